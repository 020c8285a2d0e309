/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of notes: sampling a track at the time points and interpolating gives the track. */
#include "note/note.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LATENT = 3, LOUDNESS = LATENT, PITCH, WIDTH, ROW = 4 * WIDTH + 1 };

typedef struct {
    NoteTrack track;
    float *rows, table[NOTE_TABLE_MAX], weight[NOTE_POINTS + NOTE_MOD_POINTS];
} Note;

static float after(double frames, double begin, double settled, double frames_to_settle) {
    return (float)(settled + (begin - settled) * exp(-frames / frames_to_settle));
}

/* A smooth note: latents move from attack to sustained values; a release of `up` dB/s. */
static void note_new(Note *note, size_t n, size_t release, double fall, double up) {
    NoteTrack *t = &note->track;
    *t = (NoteTrack){.latent = LATENT, .n = n, .release = release, .key = 60, .velocity = 0.7f, .pitched = true};
    t->channels = calloc(n * WIDTH, sizeof *t->channels);
    for (size_t i = 0; i < n; i++) {
        float *x = t->channels + i * WIDTH;
        double since = i < release ? 0 : (double)(i - release + 1), f = (double)i;
        x[0] = after(f, 2, 0.3, 8) + after(since, 0, -0.8, 12);
        x[1] = after(f, -1, 1, 40);
        x[2] = after(f, 0.5, -0.5, 150);
        double attack = fmax(-90, 20 * log10(1 - exp(-(f + 0.5) / 5)));
        x[LOUDNESS] = tbi_note_loudness_channel((float)(-20 + attack - TB_HOP * (fall * f + up * since)));
        x[PITCH] = tbi_note_pitch_channel(after(f, -0.3, 0, 10));
    }
    note->rows = malloc(n * ROW * sizeof *note->rows);
    assert_int_equal(tbi_note_decompose(t, note->rows), TB_OK);
    for (int i = 0; i < NOTE_TABLE_MAX; i++)
        note->table[i] = NAN;
    tbi_note_table(t, note->rows, note->table, note->weight);
    for (int i = 0; i < note_table_size(LATENT); i++)
        assert_true(isfinite(note->table[i]));
    for (int i = 0; i < NOTE_POINTS + NOTE_MOD_POINTS; i++)
        assert_true(note->weight[i] >= 0 && note->weight[i] < 5);
}

static void note_free(Note *note) {
    free(note->rows);
    tbi_note_track_free(&note->track);
}

/* Maximum error of the latents, and of the loudness in dB. */
typedef struct {
    double latents, db;
} Error;

static void add_error(Error *e, const float *x, const float *want) {
    for (int k = 0; k < LATENT; k++)
        e->latents = fmax(e->latents, fabs((double)x[k] - (double)want[k]));
    e->db = fmax(e->db, fabs(20 * ((double)x[LOUDNESS] - (double)want[LOUDNESS])));
}

static Error held_error(const Note *note, size_t from, size_t end) {
    Error e = {0, 0};
    for (size_t i = from; i < end; i++) {
        float x[WIDTH];
        tbi_note_table_held(note->table, LATENT, (float)i, x);
        add_error(&e, x, note->track.channels + i * WIDTH);
    }
    return e;
}

/* The change since the release. */
static Error released_error(const Note *note) {
    const NoteTrack *t = &note->track;
    const float *last = t->channels + (t->release - 1) * WIDTH;
    Error e = {0, 0};
    for (size_t i = t->release; i < t->n && i < t->release + 80; i++) {
        float x[WIDTH], want[WIDTH];
        tbi_note_table_released(note->table, LATENT, (float)(i - t->release + 1), x);
        for (int k = 0; k < WIDTH; k++)
            want[k] = t->channels[i * WIDTH + (size_t)k] - last[k];
        add_error(&e, x, want);
    }
    return e;
}

static void test_smooth_track(void **state) {
    (void)state;
    static const struct {
        size_t n, release;
        double fall, up; /* dB/s */
    } cases[] = {{500, 400, 0, 100}, {500, 400, 0, 60},  {500, 400, 6, 100}, {500, 320, -6, 100},
                 {400, 250, 0, 100}, {300, 100, 0, 100}, {150, 60, 0, 150},  {500, 400, 30, 60}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        Note note;
        note_new(&note, cases[c].n, cases[c].release, cases[c].fall, cases[c].up);
        size_t known = cases[c].release < NOTE_FREEZE ? cases[c].release : NOTE_FREEZE;
        Error attack = held_error(&note, 0, 21), held = held_error(&note, 21, known), up = released_error(&note);
        print_message(
            "release at %3zu, fall %3.0f dB/s: attack %.3f %.2f dB, held %.3f %.2f dB, released %.3f %.2f dB\n",
            cases[c].release, cases[c].fall, attack.latents, attack.db, held.latents, held.db, up.latents, up.db);
        assert_true(attack.latents < 0.06 && attack.db < 0.4); /* latents move by 3 */
        assert_true(held.latents < 0.06 && held.db < 0.2);
        assert_true(up.latents < 0.15 && up.db < 0.2);
        note_free(&note);
    }
}

/* Without a known release, the last frame is repeated with zero weight. */
static void test_no_release(void **state) {
    (void)state;
    Note note;
    note_new(&note, 200, 200, 3, 0);
    for (int m = NOTE_HELD_POINTS; m < NOTE_POINTS; m++)
        assert_true(note.weight[m] == 0 && tbi_note_point_frame(&note.track, m) >= 200);
    for (int m = 0; m < NOTE_HELD_POINTS; m++) /* nor do time points it does not reach */
        assert_true((note.weight[m] > 0) == (tbi_note_held_frames[m] < 200));
    Error e = held_error(&note, 0, 180);
    assert_true(e.latents < 0.06 && e.db < 0.4);
    note_free(&note);
}

/* Held time points after the release repeat the frame at the release; release time points after the end are silent. */
static void test_let_go_early(void **state) {
    (void)state;
    Note note;
    float x[WIDTH];
    note_new(&note, 120, 90, 10, 100);
    tbi_note_table_held(note.table, LATENT, NOTE_FREEZE, x);
    Error e = {0, 0};
    add_error(&e, x, note.track.channels + (size_t)89 * WIDTH);
    assert_true(e.latents < 0.06 && e.db < 0.2);
    for (int m = NOTE_HELD_POINTS; m < NOTE_POINTS; m++) {
        bool known = tbi_note_release_frames[m - NOTE_HELD_POINTS] <= 30;
        assert_true((note.weight[m] > 0) == known);
        float channel = note.table[m * WIDTH + LOUDNESS];
        assert_true(known || fabsf(tbi_note_channel_loudness(channel) - NOTE_SILENCE_DB) < 0.01f);
    }
    for (int m = 0; m < NOTE_MOD_POINTS; m++)
        assert_true((note.weight[NOTE_POINTS + m] > 0) == (tbi_note_mod_frames[m] + 10 < 90));
    note_free(&note);
}

static void test_every_length(void **state) {
    (void)state;
    for (size_t n = 1; n < 420; n += n < 12 ? 1 : 29) {
        for (size_t release = 1; release <= n; release += release < 12 ? 1 : 23) {
            Note note;
            float x[WIDTH];
            note_new(&note, n, release, 5, 60); /* checks that all numbers are finite */
            tbi_note_table_held(note.table, LATENT, 0, x);
            assert_memory_equal(x, note.rows, sizeof x); /* the first frame is exact */
            note_free(&note);
        }
    }
}

/* Beyond the first and last time points values are constant. */
static void test_reading_outside(void **state) {
    (void)state;
    Note note;
    float a[3 * WIDTH], b[3 * WIDTH];
    note_new(&note, 500, 400, 3, 60);
    tbi_note_table_held(note.table, LATENT, NOTE_FREEZE, a);
    tbi_note_table_held(note.table, LATENT, 1e6f, b);
    assert_memory_equal(a, b, WIDTH * sizeof *a);
    tbi_note_table_released(note.table, LATENT, (float)tbi_note_release_frames[NOTE_RELEASE_POINTS - 1], a);
    tbi_note_table_released(note.table, LATENT, 1e6f, b);
    assert_memory_equal(a, b, WIDTH * sizeof *a);
    tbi_note_table_released(note.table, LATENT, 0, a);
    tbi_note_table_released(note.table, LATENT, -3, b);
    for (int k = 0; k < WIDTH; k++)
        assert_true(a[k] == 0 && b[k] == 0);
    tbi_note_table_modulation(note.table, LATENT, (float)tbi_note_mod_frames[NOTE_MOD_POINTS - 1], a);
    tbi_note_table_modulation(note.table, LATENT, 1e6f, b);
    assert_memory_equal(a, b, sizeof a);
    note_free(&note);
}

/* The vibrato read from the table is the original one; it fades in at the start. */
static void test_movement(void **state) {
    (void)state;
    Note note;
    float m[3 * WIDTH];
    note_new(&note, 500, 400, 0, 60);
    for (size_t i = 0; i < note.track.n; i++) {
        float *x = note.track.channels + i * WIDTH;
        double turn = 2 * M_PI * 5.2 * TB_HOP * (double)i;
        x[1] += (float)(0.2 * cos(turn)); /* a quarter period ahead */
        x[PITCH] = tbi_note_pitch_channel((float)(0.25 * sin(turn)));
    }
    assert_int_equal(tbi_note_decompose(&note.track, note.rows), TB_OK);
    tbi_note_table(&note.track, note.rows, note.table, note.weight);
    for (int frame = 90; frame < 300; frame += 30) { /* at 90 part of it still counts as trajectory */
        tbi_note_table_modulation(note.table, LATENT, (float)frame, m);
        assert_true(fabs((double)m[PITCH] / NOTE_CENT_SCALE - 0.25) < 0.0375);
        assert_true(fabs((double)m[WIDTH + 1] - 0.2) < 0.03 && fabsf(m[1]) < 0.02f);
    }
    tbi_note_table_modulation(note.table, LATENT, 0, m);
    for (int k = 0; k < 2 * WIDTH; k++)
        assert_true(m[k] == 0);
    assert_true(fabs(NOTE_RATE * exp2((double)note.table[note_table_rate(LATENT)]) - 5.2) < 0.1);
    note_free(&note);
}

static void test_channels(void **state) {
    (void)state;
    for (float v = -90; v <= 20; v += 0.7f)
        assert_true(fabsf(tbi_note_channel_loudness(tbi_note_loudness_channel(v)) - v) < 1e-4f);
    assert_true(tbi_note_channel_loudness(tbi_note_loudness_channel(-300)) == NOTE_SILENCE_DB);
    for (float v = -60; v <= 60; v += 0.37f)
        assert_true(fabsf(tbi_note_channel_pitch(tbi_note_pitch_channel(v)) - v) < 1e-4f * (1 + fabsf(v)));
    assert_true(fabsf(tbi_note_pitch_channel(0.01f) - 0.01f * NOTE_CENT_SCALE) < 1e-3f);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_smooth_track, test_no_release, test_let_go_early, test_every_length,
                     test_reading_outside, test_movement, test_channels);
}
