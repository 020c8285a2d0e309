/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores from and to MIDI files: what files get wrong, what is written, and that what is written is read back. */
#include "tests/score_pieces.h"
#include "timbrel/engine.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD(format, tracks, division) "MThd\0\0\0\6\0" format "\0" tracks division
#define TRACK(length, events) "MTrk\0\0\0" length events
#define END "\0\xff\x2f\0"
#define BYTES(text) (text), sizeof(text) - 1
#define ONE_TRACK(length, events) BYTES(HEAD("\0", "\1", "\0\x60") TRACK(length, events))

static TbScore parse(const char *bytes, size_t n) {
    TbScore s;
    piece_ok(tb_score_parse(bytes, n, &s));
    return s;
}

static void expect_note(const TbScore *s, size_t i, int32_t onset, int32_t duration, int pitch, int velocity) {
    TbScoreNote n = s->notes[i];
    if (n.onset != onset || n.duration != duration || n.pitch != pitch || n.velocity != velocity)
        fail_msg("note %zu is at %d for %d, pitch %d, velocity %d", i, (int)n.onset, (int)n.duration, n.pitch,
                 n.velocity);
}

/* The first that is pressed is the first that is released; what is never released ends with the track. */
static void test_notes_are_paired(void **state) {
    (void)state;
    TbScore s = parse(ONE_TRACK(
        "\x1c", "\0\x90\x3c\x40\x10\x3c\x41\x10\x80\x3c\0\x10\x90\x3c\0\0\x80\x3c\0\0\x90\x3e\x20\x08\xff\x2f\0"));
    assert_int_equal(s.n_notes, 3);
    expect_note(&s, 0, 0, 32, 60, 64);
    expect_note(&s, 1, 16, 32, 60, 65);
    expect_note(&s, 2, 48, 8, 62, 32);
    assert_true(s.faults.overlaps == 1 && s.faults.stray_offs == 1 && s.faults.unclosed == 1 &&
                s.faults.zero_length == 0 && s.faults.open_tracks == 0);
    assert_int_equal(s.end, 56);
    tb_score_free(&s);
    s = parse(ONE_TRACK("\x08", "\0\x90\x3c\x40\0\x3c\0\0"));
    expect_note(&s, 0, 0, 0, 60, 64); /* kept: drums have such */
    assert_true(s.faults.zero_length == 1 && s.faults.open_tracks == 1);
    tb_score_free(&s);
}

/* Format 0 has a part for each channel; the first program counts, wherever it is; names are UTF-8 or Latin-1. */
static void test_parts(void **state) {
    (void)state;
    TbScore s = parse(
        ONE_TRACK("\x29", "\0\xff\3\4"
                          "\xdc"
                          "b \1"
                          "\0\x99\x24\x40\0\xc2\x05\0\x92\x3c\x40\0\xc2\x06\x10\x89\x24\0\0\x82\x3c\0\0\xc9\x10" END));
    assert_int_equal(s.n_parts, 2);
    assert_true(s.parts[0].channel == 2 && s.parts[0].program == 5 && s.parts[1].channel == TB_SCORE_DRUM_CHANNEL);
    assert_int_equal(s.parts[1].program, 16);
    assert_string_equal(s.parts[0].name, "\xc3\x9c"
                                         "b");
    assert_string_equal(s.title, "\xc3\x9c"
                                 "b");
    assert_true(s.notes[0].part == 1 && s.notes[1].part == 0); /* by time, then pitch */
    tb_score_free(&s);
}

/* Tempo, metre and chords in any track; a tempo of 0 and a metre of 0/4 are none; the last at a tick counts. */
static void test_maps(void **state) {
    (void)state;
    TbScore s = parse(BYTES(HEAD("\1", "\2", "\0\x60") TRACK(
        "\x21", "\x60\xff\x51\3\x0f\x42\x40\0\xff\x58\4\0\2\x18\x08\0\xff\x58\4\6\3\x24\x08\0\xff\x59\2\xfd\1" END)
                                TRACK("\x36", "\0\xff\1\x0a"
                                              "D:minor/Fb"
                                              "\0\xff\1\2"
                                              "Am"
                                              "\x60\xff\1\4"
                                              "N.C."
                                              "\0\xff\x51\3\0\0\0\0\xff\x51\3\x07\xa1\x20"
                                              "\0\xff\6\4"
                                              "F: x" END)));
    assert_int_equal(s.n_tempos, 2);
    assert_true(s.tempos[0].us_per_quarter == 500000 && s.tempos[1].tick == 96 && s.tempos[1].us_per_quarter == 500000);
    assert_true(s.faults.bad_tempos == 1 && s.faults.bad_metres == 1);
    assert_true(s.n_metres == 2 && s.metres[0].numerator == 4 && s.metres[1].numerator == 6 &&
                s.metres[1].denominator == 8 && s.metres[1].tick == 96);
    assert_true(s.n_keys == 1 && s.keys[0].sharps == -3 && s.keys[0].minor);
    assert_int_equal(s.n_chords, 2);
    assert_string_equal(s.chords[0].text, "D:minor/Fb");
    assert_string_equal(s.chords[1].text, "F: x");
    assert_int_equal(s.n_parts, 0);
    tb_score_free(&s);
}

static void test_wrapped_and_smpte(void **state) {
    (void)state;
    TbScore s = parse(BYTES("RIFF\x32\0\0\0RMIDdata\x26\0\0\0" HEAD("\0", "\1", "\0\x60")
                                TRACK("\x0c", "\0\x90\x3c\x40\x60\x80\x3c\0" END)));
    assert_int_equal(s.n_notes, 1);
    tb_score_free(&s);
    s = parse(BYTES(HEAD("\0", "\1", "\xe7\x28") TRACK("\x0d", "\0\x90\x3c\x40\x87\x68\x80\x3c\0" END)));
    assert_int_equal(s.ticks_per_quarter, 500); /* 25 frames of 40 ticks: half a second */
    assert_true(fabs(tb_score_seconds(&s, 1000) - 1) < 1e-12);
    tb_score_free(&s);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        TbStatus status;
        const char *text;
    } cases[] = {
        {BYTES("no MIDI"), TB_ERR_FORMAT, "not a MIDI file"},
        {BYTES(HEAD("\0", "\0", "\0\x60")), TB_ERR_FORMAT, "no tracks"},
        {ONE_TRACK("\x0e", "\xff\xff\xff\x7f\x90\x3c\x40\xff\xff\xff\x7f\xff\x2f\0"), TB_ERR_UNSUPPORTED, "bars"},
        {BYTES(HEAD("\0", "\1", "\x7f\xff")
                   TRACK("\x1f", "\xff\xff\xff\x7f\x90\x3c\x40\xff\xff\xff\x7f\x3c\x40\xff\xff\xff\x7f\x3c\x40\xff\xff"
                                 "\xff\x7f\x3c\x40\xff\xff\xff\x7f\x3c\x40")),
         TB_ERR_UNSUPPORTED, "ticks"},
        {ONE_TRACK("\x10", "\0\xff\x58\4\1\6\x18\x08\x8f\xff\xff\x7f\xff\x2f\0\0"), TB_ERR_UNSUPPORTED, "bars"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbScore s;
        TbStatus status = tb_score_parse(cases[i].bytes, cases[i].n, &s);
        if (status != cases[i].status || !strstr(tb_error_text(status), cases[i].text))
            fail_msg("case %zu: status %d, %s", i, status, tb_error_text(status));
        assert_true(!s.notes && !s.parts && !s.tempos);
    }
    TbScore s;
    assert_int_equal(tb_score_read("/no/such.mid", &s), TB_ERR_NOT_FOUND);
}

static void expect_same(const TbScore *a, const TbScore *b) {
    assert_true(a->ticks_per_quarter == b->ticks_per_quarter && a->end == b->end);
    assert_string_equal(a->title, b->title);
    assert_int_equal(a->n_notes, b->n_notes);
    assert_int_equal(a->n_parts, b->n_parts);
    assert_int_equal(a->n_tempos, b->n_tempos);
    assert_int_equal(a->n_metres, b->n_metres);
    assert_int_equal(a->n_keys, b->n_keys);
    assert_int_equal(a->n_chords, b->n_chords);
    assert_memory_equal(a->notes, b->notes, a->n_notes * sizeof *a->notes);
    for (size_t i = 0; i < a->n_parts; i++) {
        assert_string_equal(a->parts[i].name, b->parts[i].name);
        assert_true(a->parts[i].program == b->parts[i].program && a->parts[i].channel == b->parts[i].channel);
    }
    for (size_t i = 0; i < a->n_tempos; i++)
        assert_true(a->tempos[i].tick == b->tempos[i].tick && a->tempos[i].seconds == b->tempos[i].seconds &&
                    a->tempos[i].us_per_quarter == b->tempos[i].us_per_quarter);
    for (size_t i = 0; i < a->n_metres; i++)
        assert_true(a->metres[i].tick == b->metres[i].tick && a->metres[i].numerator == b->metres[i].numerator &&
                    a->metres[i].denominator == b->metres[i].denominator);
    for (size_t i = 0; i < a->n_keys; i++)
        assert_true(a->keys[i].tick == b->keys[i].tick && a->keys[i].sharps == b->keys[i].sharps &&
                    a->keys[i].minor == b->keys[i].minor);
    for (size_t i = 0; i < a->n_chords; i++) {
        assert_int_equal(a->chords[i].tick, b->chords[i].tick);
        assert_string_equal(a->chords[i].text, b->chords[i].text);
    }
}

static void expect_no_faults(const TbScore *s) {
    static const TbScoreFaults none;
    assert_memory_equal(&s->faults, &none, sizeof none);
}

static void test_written_is_read_back(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        TbScore s = piece(seed), back;
        TbSong song;
        void *data;
        size_t n;
        piece_ok(tb_score_print(&s, &data, &n));
        piece_ok(tb_score_parse(data, n, &back));
        expect_same(&s, &back);
        expect_no_faults(&back);
        piece_ok(tb_song_parse(data, n, &song)); /* the engine hears the same */
        assert_int_equal(song.n_notes, s.n_notes);
        assert_true(!*song.warning && fabs(song.seconds - tb_score_seconds(&s, s.end)) < 1e-9);
        tb_song_free(&song);
        free(data);
        tb_score_free(&s);
        tb_score_free(&back);
    }
}

/* Any notes at all, on few keys and channels: nothing hangs, nothing overlaps, what is left is what the rule says. */
static void test_collisions(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 5);
    for (int k = 0; k < 300; k++) {
        TbScore s, back;
        TbScoreTidied counts;
        void *data;
        size_t n;
        piece_ok(tb_score_new(96, &s));
        for (int p = 0; p < 3; p++)
            piece_ok(tb_score_add_part(&s, "", -1, p / 2, NULL)); /* two share a channel */
        for (int i = 0; i < 60; i++)
            piece_ok(tb_score_add_note(&s, (TbScoreNote){draw(&rng, 40), draw(&rng, 30), (uint8_t)(60 + draw(&rng, 2)),
                                                         (uint8_t)(1 + draw(&rng, 127)), (uint16_t)draw(&rng, 3)}));
        piece_ok(tb_score_print(&s, &data, &n));
        piece_ok(tb_score_parse(data, n, &back));
        expect_no_faults(&back);
        assert_int_equal(back.end, 384);
        tb_score_tidy(&s, &counts);
        assert_int_equal(s.n_notes, 60 - counts.removed);
        assert_int_equal(s.n_notes, back.n_notes);
        for (size_t i = 0; i < s.n_notes; i++) {
            for (size_t j = 0; j < i; j++) {
                TbScoreNote a = s.notes[j], b = s.notes[i];
                bool same = a.pitch == b.pitch && s.parts[a.part].channel == s.parts[b.part].channel;
                assert_false(same && a.onset + a.duration > b.onset);
            }
            assert_true(s.notes[i].duration > 0);
        }
        tb_score_tidy(&s, &counts);
        assert_true(counts.removed + counts.shortened + counts.lengthened == 0);
        free(data);
        tb_score_free(&s);
        tb_score_free(&back);
    }
}

static void test_the_rule(void **state) {
    (void)state;
    TbScore s;
    TbScoreTidied c;
    static const TbScoreNote notes[] = {{0, 10, 60, 50, 0}, {0, 20, 60, 40, 1}, {15, 5, 60, 90, 0}, {15, 0, 61, 90, 0}};
    piece_ok(tb_score_new(96, &s));
    for (int p = 0; p < 2; p++)
        piece_ok(tb_score_add_part(&s, "", -1, 0, NULL));
    for (size_t i = 0; i < 4; i++)
        piece_ok(tb_score_add_note(&s, notes[i]));
    tb_score_tidy(&s, &c);
    assert_true(c.removed == 1 && c.shortened == 1 && c.lengthened == 1 && s.n_notes == 3);
    expect_note(&s, 0, 0, 15, 60, 50); /* the longer, as loud as the louder, cut by the next */
    assert_int_equal(s.notes[0].part, 1);
    expect_note(&s, 1, 15, 1, 61, 90);
    expect_note(&s, 2, 15, 5, 60, 90);
    tb_score_free(&s);
}

/* Every track ends on the first bar line that nothing sounds after; long rests are written in several steps. */
static void test_ends(void **state) {
    (void)state;
    static const struct {
        int32_t onset, duration, end, expected;
    } cases[] = {
        {0, 1, 0, 384},
        {0, 384, 0, 384},
        {0, 385, 0, 768},
        {0, 1, 384, 384},
        {0, 1, 400, 768},
        {400, 1, 384, 768},
        {0, 1, 96 * 200000, 96 * 200000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbScore s, back;
        void *data;
        size_t n, ends = 0;
        piece_ok(tb_score_new(96, &s));
        piece_ok(tb_score_add_part(&s, "P", 3, 4, NULL));
        piece_ok(tb_score_add_note(&s, (TbScoreNote){cases[i].onset, cases[i].duration, 60, 90, 0}));
        s.end = cases[i].end;
        piece_ok(tb_score_print(&s, &data, &n));
        piece_ok(tb_score_parse(data, n, &back));
        assert_int_equal(back.end, cases[i].expected);
        for (size_t k = 0; k + 2 < n; k++)
            ends += memcmp((char *)data + k, "\xff\x2f", 3) == 0;
        assert_int_equal(ends, 2);
        free(data);
        tb_score_free(&s);
        tb_score_free(&back);
    }
    TbScore s, back;
    void *data;
    size_t n;
    piece_ok(tb_score_new(32767, &s));
    piece_ok(tb_score_add_part(&s, "P", 3, 4, NULL));
    piece_ok(tb_score_add_note(&s, (TbScoreNote){1000000000, 10, 60, 90, 0})); /* over 28 bits */
    piece_ok(tb_score_print(&s, &data, &n));
    piece_ok(tb_score_parse(data, n, &back));
    expect_note(&back, 0, 1000000000, 10, 60, 90);
    free(data);
    tb_score_free(&back);
    s.notes[0].part = 1;
    assert_int_equal(tb_score_print(&s, &data, &n), TB_ERR_ARGUMENT);
    tb_score_free(&s);
}

/* A file is written whole or not at all. */
static void test_writing(void **state) {
    (void)state;
    char folder[] = "/tmp/timbrel-score-XXXXXX", path[64];
    TbScore s = piece(1), back;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/piece.mid", folder);
    piece_ok(tb_score_write(&s, path));
    piece_ok(tb_score_read(path, &back));
    expect_same(&s, &back);
    assert_int_equal(tb_score_write(&s, "/no/such/folder/piece.mid") != TB_OK, true);
    tb_score_free(&s);
    tb_score_free(&back);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_notes_are_paired, test_parts, test_maps, test_wrapped_and_smpte, test_refused,
                     test_written_is_read_back, test_collisions, test_the_rule, test_ends, test_writing);
}
