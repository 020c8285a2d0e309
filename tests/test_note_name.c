/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File names as musicians use them, and the note that each gives. */
#include "tests/run_tests.h"
#include "train/note_set.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *path, *instrument;
    int key, velocity; /* -1: not in the name */
} cases[] = {
    {"flute_C4_v80.wav", "flute", 60, 80},
    {"0_60_100.wav", "0", 60, 100},
    {"flute-60-100.flac", "flute", 60, 100},
    {"guitar_acoustic_000-060-127.wav", "guitar_acoustic_000", 60, 127},
    {"flute C4.wav", "flute", 60, -1},
    {"flute - C4.wav", "flute", 60, -1},
    {"flute.C4.wav", "flute", 60, -1},
    {"flute__C4__V80.aiff", "flute", 60, 80},
    {"samples/Grand Piano A#3 v100.wav", "samples/Grand Piano", 58, 100},
    {"samples/Solo Cello/f#2.wav", "samples/Solo Cello", 42, -1},
    {"/cello/Bb3.wav", "/cello", 58, -1},
    {"cello/Gs3 v7.wav", "cello", 56, 7},
    {"Bb3", "", 58, -1},
    {"C4_v80.wav", "", 60, 80},
    {"organ_C-1.wav", "organ", 0, -1},
    {"organ_Bb-1_v90.wav", "organ", 10, 90},
    {"organ-G9.wav", "organ", 127, -1},
    {"oboe_Cb4.wav", "oboe", 59, -1},
    {"oboe_E#4_v0.wav", "oboe", 65, 0},
    {"oboe_C4_2.wav", "oboe", 60, -1}, /* the second take */
    {"oboe_C4.1.wav", "oboe", 60, -1},
    {"oboe_60_1.wav", "oboe", 60, -1},
    {"piano_100_C4.wav", "piano_100", 60, -1},
    {".C4", "", 60, -1},
};

/* Names without a note: all of it, but for the suffix .wav, is the instrument's. */
static const char *const noteless[] = {"kick.wav",
                                       "C4/kick.wav",
                                       "drums.v2/kick 01",
                                       "kick_01_02.wav",
                                       "808.wav",
                                       "60_100.wav",
                                       "v100.wav",
                                       "v60_100.wav",
                                       "loop_120.wav",
                                       "loop 4 bars 120.wav",
                                       "oboe_H3.wav",
                                       "oboe_G#9.wav" /* over 127 */,
                                       "oboe_C10.wav",
                                       "oboe_Cb-1.wav" /* below 0 */,
                                       "oboe_C4_v128.wav",
                                       "oboe_C4_1000.wav",
                                       "oboe_C4_v.wav",
                                       "choir_a.wav",
                                       "face.wav",
                                       "-1",
                                       "_.wav",
                                       "",
                                       "folder/",
                                       ".",
                                       "----C4----"};

static void check_name(const char *path, const char *instrument, int key, int velocity) {
    const NoteFileName name = tbi_note_file_name_parse(path);
    const int found = (int)rintf(name.key), strength = name.velocity < 0 ? -1 : (int)rintf(127 * name.velocity);
    print_message("\"%s\": instrument \"%.*s\", key %d, velocity %d\n", path, (int)name.length, path, found, strength);
    assert_int_equal(found, key);
    assert_int_equal(strength, velocity);
    assert_int_equal(name.length, strlen(instrument));
    assert_memory_equal(path, instrument, name.length);
}

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_name(cases[i].path, cases[i].instrument, cases[i].key, cases[i].velocity);
    for (size_t i = 0; i < sizeof noteless / sizeof *noteless; i++) {
        char instrument[64];
        snprintf(instrument, sizeof instrument, "%s", noteless[i]);
        char *suffix = strstr(instrument, ".wav");
        if (suffix)
            *suffix = 0;
        check_name(noteless[i], instrument, -1, -1);
    }
}

/* Every key by name, with sharps and with flats. */
static void test_all_keys(void **state) {
    (void)state;
    static const char *const sharps[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    static const char *const flats[] = {"c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b"};
    for (int key = 0; key < 128; key++) {
        for (int flat = 0; flat < 2; flat++) {
            char path[64];
            snprintf(path, sizeof path, "a b/oboe_%s%d_v%d.wav", (flat ? flats : sharps)[key % 12], key / 12 - 1, key);
            NoteFileName name = tbi_note_file_name_parse(path);
            assert_int_equal((int)rintf(name.key), key);
            assert_int_equal((int)rintf(127 * name.velocity), key);
            assert_int_equal(name.length, strlen("a b/oboe"));
        }
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_names, test_all_keys);
}
