/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI files to learn from: what each is good for, which are held out, drums on other channels, and what is left out.
 */
#include "app/midi_folder.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <stdio.h>

enum { RHYTHM, MELODY, PIECE, MOST_FILES = 20, NOTES = 64 };

static ScratchFolder folder;
static char path[MOST_FILES][128];

static int setup(void **state) {
    (void)state;
    assert_true(scratch_new(&folder));
    for (int i = 0; i < MOST_FILES; i++)
        snprintf(path[i], sizeof path[i], "%s/%02d.mid", folder.path, i);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    scratch_free(&folder);
    return 0;
}

static void ok(TbStatus status) {
    if (status)
        fail_msg("%s", tb_error_text(status));
}

static bool go_on(void *context, double done, const char *what) {
    (void)context, (void)done, (void)what;
    return true;
}

/* File i: eighth notes on a channel from 1, of which no two files have the same. */
static void write_tune(int i, const char *name, int channel, const int *pitches, int n_pitches) {
    TbScore s;
    ok(tb_score_new(480, &s));
    ok(tb_score_add_part(&s, name, -1, channel - 1, NULL));
    for (int k = 0; k < NOTES; k++)
        ok(tb_score_add_note(
            &s, (TbScoreNote){240 * k, 200, (uint8_t)pitches[(k + k / 8 * i) % n_pitches], (uint8_t)(60 + i), 0}));
    ok(tb_score_write(&s, path[i]));
    tb_score_free(&s);
}

static const int tune[] = {60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 62}, beat[] = {36, 42, 38, 42, 36, 36, 38, 46};

static MidiFolder read_files(int n) {
    MidiFolder found;
    char *paths[MOST_FILES];
    for (int i = 0; i < n; i++)
        paths[i] = path[i];
    ok(midi_folder_read(paths, (size_t)n, go_on, NULL, &found));
    return found;
}

static void write_tunes(int n) {
    for (int i = 0; i < n; i++)
        write_tune(i, "", 1, tune, 11);
}

static void test_every_eighth_is_held_out(void **state) {
    (void)state;
    write_tunes(MOST_FILES);
    MidiFolder found = read_files(MOST_FILES);
    assert_int_equal(found.n_used, MOST_FILES);
    assert_int_equal(found.used_by[MELODY], MOST_FILES);
    assert_int_equal(found.used_by[RHYTHM], 0);
    assert_int_equal(found.held_out[MELODY], 3);
    for (int i = 0; i < MOST_FILES; i++)
        assert_int_equal(found.files[i].held_out[MELODY], i == 3 || i == 11 || i == 19);
    void *set;
    ok(music_kinds[MELODY].set_new(&set));
    ok(midi_folder_fill(&found, MELODY, set));
    assert_int_equal(music_kinds[MELODY].count(set, true), 3 * NOTES);
    assert_int_equal(music_kinds[MELODY].count(set, false), (MOST_FILES - 3) * NOTES);
    music_kinds[MELODY].set_free(set);
    midi_folder_free(&found);
}

/* The last quarter of each of a few files, none of whose notes is in both parts. */
static void test_few_files_are_cut(void **state) {
    (void)state;
    write_tunes(2);
    MidiFolder found = read_files(2);
    assert_true(found.cut[MELODY]);
    void *set;
    ok(music_kinds[MELODY].set_new(&set));
    ok(midi_folder_fill(&found, MELODY, set));
    assert_int_equal(found.held_out[MELODY], 2);
    assert_int_equal(music_kinds[MELODY].count(set, true), 2 * NOTES / 4);
    assert_int_equal(music_kinds[MELODY].count(set, false), 2 * NOTES * 3 / 4);
    music_kinds[MELODY].set_free(set);
    midi_folder_free(&found);
}

/* Drums are known by the name of their part if their keys are those of drums. */
static void test_drums_on_other_channels(void **state) {
    (void)state;
    write_tune(0, "My Drums", 2, beat, 8);
    write_tune(1, "Steel Drum", 1, (const int[]){84, 86, 88, 89, 91}, 5);
    write_tune(2, "Lead", 3, beat, 8);
    write_tune(3, "", 10, beat, 8);
    MidiFolder found = read_files(4);
    const MidiFile *f = found.files;
    assert_int_equal(f[0].score.parts[0].channel, TB_SCORE_DRUM_CHANNEL);
    assert_true(f[0].n[RHYTHM] > 0 && strstr(f[0].remark, "\"My Drums\" on channel 2"));
    assert_true(f[1].n[RHYTHM] == 0 && f[1].n[MELODY] == NOTES && !*f[1].remark);
    assert_true(f[2].n[RHYTHM] == 0);
    assert_true(f[3].n[RHYTHM] == f[0].n[RHYTHM] && !*f[3].remark);
    midi_folder_free(&found);
}

static void test_what_is_left_out(void **state) {
    (void)state;
    char text[700], *paths[] = {path[0], path[1], path[2], path[3]};
    MidiFolder found;
    write_tune(0, "", 1, tune, 11);
    write_tune(1, "", 1, tune, 11);
    ok(tb_write_file(path[1], "RIFF\0\0\0\0WAVEfmt ", 16));
    TbScore s;
    ok(tb_score_new(480, &s));
    ok(tb_score_write(&s, path[2]));
    tb_score_free(&s);
    snprintf(path[3], sizeof path[3], "%s/.", folder.path); /* a folder stands for one that cannot be read */
    ok(midi_folder_read(paths, 4, go_on, NULL, &found));
    assert_int_equal(found.n_files, 4);
    assert_int_equal(found.n_used, 1);
    midi_file_text(&found.files[0], text, sizeof text);
    assert_string_equal(text, "melody 64 notes, piece 64 notes");
    midi_file_text(&found.files[1], text, sizeof text);
    assert_string_equal(text, "left out: it is not a MIDI file; it looks like a WAV file");
    midi_file_text(&found.files[2], text, sizeof text);
    assert_string_equal(text, "left out: it has no notes");
    assert_true(*found.files[3].left_out);
    midi_folder_free(&found);
    assert_int_equal(midi_folder_read(paths + 1, 2, go_on, NULL, &found), TB_ERR_EMPTY);
    assert_non_null(strstr(tb_error_text(TB_ERR_EMPTY), "nothing to learn from in 2 MIDI files"));
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_every_eighth_is_held_out, test_few_files_are_cut,
                     test_drums_on_other_channels, test_what_is_left_out);
}
