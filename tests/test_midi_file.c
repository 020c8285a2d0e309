/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI files: a table of valid and damaged files, and all of them truncated at every byte. */
#include "tests/run_tests.h"
#include "timbrel/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(format, tracks, division) "MThd\0\0\0\6\0" format "\0" tracks division
#define TRACK(length, events) "MTrk\0\0\0" length events
#define END "\0\xff\x2f\0"
#define BYTES(text) (text), sizeof(text) - 1

typedef struct {
    const char *what, *bytes;
    size_t n;
    TbStatus status;
    size_t n_events, n_notes;
    double seconds; /* to the end of the longest track */
    bool warns;
} Case;

/* 96 ticks per quarter note of half a second, except where stated. */
static const Case cases[] = {
    {"one note, format 0", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0" END)), TB_OK,
     2, 1, 0.5, false},
    {"running status, velocity 0", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0b", "\0\x90\x3c\x40\x60\x3c\0" END)),
     TB_OK, 2, 1, 0.5, false},
    {"long delta", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0d", "\0\x90\x3c\x40\x86\0\x80\x3c\0" END)), TB_OK, 2, 1,
     4, false},
    {"program has one byte of data", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0b", "\0\xc0\5\0\x90\x3c\x40" END)),
     TB_OK, 2, 1, 0, false},
    {"tempo 60 halfway",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x13", "\0\x90\x3c\x40\x60\xff\x51\3\x0f\x42\x40\x60\x80\x3c\0" END)),
     TB_OK, 2, 1, 1.5, false},
    {"tempo on one track counts on the other",
     BYTES(HEAD("\1", "\2", "\0\x60") TRACK("\x0b", "\0\xff\x51\3\x0f\x42\x40" END)
               TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0" END)),
     TB_OK, 2, 1, 1, false},
    {"tempo 0 is ignored",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x12", "\0\xff\x51\3\0\0\0"
                                                    "\0\x90\x3c\x40\x60\x3c\0" END)),
     TB_OK, 2, 1, 0.5, false},
    {"format 2: one after the other",
     BYTES(HEAD("\2", "\2", "\0\x60") TRACK("\x13", "\0\xff\x51\3\x0f\x42\x40\0\x90\x3c\x40\x60\x80\x3c\0" END)
               TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0" END)),
     TB_OK, 4, 2, 1.5, false},
    {"SMPTE, 25 frames of 40 ticks",
     BYTES(HEAD("\0", "\1", "\xe7\x28") TRACK("\x0d", "\0\x90\x3c\x40\x87\x68\x80\x3c\0" END)), TB_OK, 2, 1, 1, false},
    {"SMPTE ignores tempo",
     BYTES(HEAD("\0", "\1", "\xe7\x28") TRACK("\x14", "\0\xff\x51\3\x0f\x42\x40\0\x90\x3c\x40\x87\x68\x80\x3c\0" END)),
     TB_OK, 2, 1, 1, false},
    {"a reset is kept, text and the unknown skipped",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x1b", "\0\xf0\5\x7e\x7f\x09\1\xf7\0\xff\1\3"
                                                    "abc"
                                                    "\0\xf7\1\x40\0\x90\x3c\x40" END)),
     TB_OK, 2, 1, 0, false},
    {"other system exclusive messages are skipped, however long",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x20", "\0\xf0\5\x7e\x7f\x09\4\xf7\0\xf0\x0d"
                                                    "0123456789abc"
                                                    "\0\x90\x3c\x40" END)),
     TB_OK, 1, 1, 0, false},
    {"a value over 127 is 127, and the rest is played",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x10", "\0\xb0\7\xff\0\x90\x3c\x40\x60\x80\x3c\0" END)), TB_OK, 3, 1, 0.5,
     true},
    {"a key over 127 is passed over",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x10", "\0\x90\x90\x40\0\x90\x3c\x40\x60\x80\x3c\0" END)), TB_OK, 2, 1,
     0.5, true},
    {"running status over a text",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x10", "\0\x90\x3c\x40\0\xff\1\1x\0\x3e\x40" END)), TB_OK, 2, 2, 0, false},
    {"a longer header", BYTES("MThd\0\0\0\x08\0\0\0\1\0\x60zz" TRACK("\x08", "\0\x90\x3c\x40" END)), TB_OK, 1, 1, 0,
     false},
    {"an unknown chunk", BYTES(HEAD("\0", "\1", "\0\x60") "XFIH\0\0\0\2zz" TRACK("\x08", "\0\x90\x3c\x40" END)), TB_OK,
     1, 1, 0, false},
    {"RIFF", BYTES("RIFF\x26\0\0\0RMIDdata\x1a\0\0\0" HEAD("\0", "\1", "\0\x60") TRACK("\x04", END)), TB_OK, 0, 0, 0,
     false},
    {"no events", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\4", END)), TB_OK, 0, 0, 0, false},
    {"an empty track", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\0", "")), TB_OK, 0, 0, 0, false},
    {"events after the end of track are ignored",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0c", "\0\x90\x3c\x40" END "\0\x90\x3e\x40")), TB_OK, 1, 1, 0, false},
    {"same time: by track",
     BYTES(HEAD("\1", "\2", "\0\x60") TRACK("\x08", "\x60\x90\x3c\x40" END) TRACK("\x08", "\x60\x91\x3c\x40" END)),
     TB_OK, 2, 2, 0.5, false},

    {"a rest at the end",
     BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0"
                                                    "\x60\xff\x2f\0")),
     TB_OK, 2, 1, 1, false},
    {"a rest at the end of the longer track, at its tempo",
     BYTES(HEAD("\1", "\2", "\0\x60") TRACK("\x0b", "\x60\xff\x51\3\x0f\x42\x40\x60\xff\x2f\0")
               TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0" END)),
     TB_OK, 2, 1, 1.5, false},
    {"no rest before damage", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0b", "\0\x90\x3c\x40\x60\x90\x90" END)), TB_OK,
     1, 1, 0, true},
    {"one port", BYTES(HEAD("\0", "\1", "\0\x60") TRACK("\x0d", "\0\xff\x21\1\0\0\x90\x3c\x40" END)), TB_OK, 1, 1, 0,
     false},
    {"two ports",
     BYTES(HEAD("\1", "\2", "\0\x60") TRACK("\x0d", "\0\xff\x21\1\0\0\x90\x3c\x40" END)
               TRACK("\x0d", "\0\xff\x21\1\1\0\x90\x3c\x40" END)),
     TB_OK, 2, 2, 0, true},
    {"a rest of more than a day", BYTES(HEAD("\0", "\1", "\0\1") TRACK("\x07", "\xff\xff\xff\x7f\xff\x2f\0")),
     TB_ERR_UNSUPPORTED, 0, 0, 0, false},
};

static void test_files(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        TbSong song;
        TbStatus status = tb_song_parse(c->bytes, c->n, &song);
        if (status != c->status || song.n_events != c->n_events || song.n_notes != c->n_notes ||
            fabs(song.seconds - c->seconds) > 1e-9 || (*song.warning != 0) != c->warns) {
            fail_msg("%s: status %d, %zu events, %zu notes, %.6f s, \"%s\"", c->what, status, song.n_events,
                     song.n_notes, song.seconds, song.warning);
        }
        for (size_t k = 1; k < song.n_events; k++)
            assert_true(song.events[k].seconds >= song.events[k - 1].seconds);
        tb_song_free(&song);
    }
}

/* Copied to memory of the exact size, so that sanitizers detect reads past the end. */
static void test_cut_off_everywhere(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t n = 0; n < cases[i].n; n++) {
            char *data = malloc(n ? n : 1);
            TbSong song;
            memcpy(data, cases[i].bytes, n);
            if (tb_song_parse(data, n, &song) == TB_OK)
                assert_true(song.n_events <= cases[i].n_events);
            tb_song_free(&song);
            free(data);
        }
    }
}

static const Case *case_named(const char *what) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].what, what) == 0)
            return &cases[i];
    fail_msg("no case \"%s\"", what);
    return NULL;
}

static void test_messages_are_whole(void **state) {
    (void)state;
    static const uint8_t reset[TB_SONG_MESSAGE] = {0xf0, 0x7e, 0x7f, 9, 1, 0xf7}, volume[] = {0xb0, 7, 127};
    TbSong song;
    const Case *c = case_named("a reset is kept, text and the unknown skipped");
    assert_int_equal(tb_song_parse(c->bytes, c->n, &song), TB_OK);
    assert_int_equal(song.events[0].n_bytes, 6);
    assert_memory_equal(song.events[0].message, reset, sizeof reset);
    assert_int_equal(song.events[1].n_bytes, 3);
    tb_song_free(&song);
    c = case_named("a value over 127 is 127, and the rest is played");
    assert_int_equal(tb_song_parse(c->bytes, c->n, &song), TB_OK);
    assert_memory_equal(song.events[0].message, volume, sizeof volume);
    tb_song_free(&song);
}

static void test_order_is_kept(void **state) {
    (void)state;
    TbSong song;
    const Case *c = case_named("same time: by track");
    assert_int_equal(tb_song_parse(c->bytes, c->n, &song), TB_OK);
    assert_int_equal(song.events[0].message[0], 0x90);
    assert_int_equal(song.events[1].message[0], 0x91);
    tb_song_free(&song);
}

static void test_reading(void **state) {
    (void)state;
    TbSong song;
    assert_int_equal(tb_song_read("/no/such.mid", &song), TB_ERR_NOT_FOUND);
    assert_null(song.events);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_files, test_cut_off_everywhere, test_messages_are_whole, test_order_is_kept,
                     test_reading);
}
