/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separation of trajectory and modulation, on tracks with known vibrato, flicker and attack. */
#include "note/note.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LATENT = 4, LOUDNESS = LATENT, PITCH, WIDTH, ROW = 4 * WIDTH + 1, FRAMES = 500, RELEASE = 400 };
enum { SETTLED = 110, BEHIND = RELEASE - 40 }; /* between these frames every window is inside the note */

/* The modulation of a note: a vibrato from its start, and noise. */
typedef struct {
    double rate;                                     /* Hz; 0: none */
    double cents, tremolo, in_phase, against, ahead; /* of pitch; dB; of latents 0 .. 2 */
    double flicker, keeps;                           /* of latent 3; pole of the noise */
    double drift;                                    /* of all latents, over the whole note */
    uint64_t seed;
} Movement;

static NoteTrack track_of(const Movement *m, size_t n, size_t release) {
    NoteTrack t = {.latent = LATENT, .n = n, .release = release, .key = 60, .velocity = 0.7f, .pitched = true};
    TbRng rng;
    double noise = 0;
    tb_rng_seed(&rng, m->seed);
    t.channels = calloc(n * WIDTH, sizeof *t.channels);
    for (size_t i = 0; i < n; i++) {
        float *x = t.channels + i * WIDTH;
        double turn = 2 * M_PI * (m->rate * (double)i * TB_HOP + 0.3), s = sin(turn);
        double fall = i < release ? 0 : 0.6 * (double)(i - release + 1);
        noise = m->keeps * noise + sqrt(1 - m->keeps * m->keeps) * tb_rng_normal(&rng);
        for (int k = 0; k < LATENT; k++)
            x[k] = (float)(0.3 * k + m->drift * sin(M_PI * (double)i / (double)n));
        x[0] += (float)(m->in_phase * s);
        x[1] -= (float)(m->against * s);
        x[2] += (float)(m->ahead * cos(turn));
        x[3] += (float)(m->flicker * noise);
        x[LOUDNESS] = tbi_note_loudness_channel((float)(-20 - fall + m->tremolo * s));
        x[PITCH] = tbi_note_pitch_channel((float)(m->cents / 100 * s));
    }
    return t;
}

static float *apart(const NoteTrack *t) {
    float *rows = malloc(t->n * ROW * sizeof *rows);
    assert_int_equal(tbi_note_decompose(t, rows), TB_OK);
    for (size_t i = 0; i < t->n * ROW; i++)
        assert_true(isfinite(rows[i]));
    return rows;
}

/* Mean of column k of the rows over the settled part of a note. */
static double mean(const float *rows, int k) {
    double sum = 0;
    for (int i = SETTLED; i < BEHIND; i++)
        sum += rows[i * ROW + k];
    return sum / (BEHIND - SETTLED);
}

static double rate_of(const float *rows) {
    return NOTE_RATE * exp2(rows[SETTLED * ROW + 4 * WIDTH]);
}

/* The amplitude at `rate` Hz that remains in the smooth trajectory of channel k. */
static double left_of(const float *rows, int k, double rate) {
    double re = 0, im = 0, all = 0;
    for (int i = SETTLED; i < BEHIND; i++) {
        double u = sin(M_PI * (i - SETTLED + 0.5) / (BEHIND - SETTLED)), turn = 2 * M_PI * rate * i * TB_HOP;
        double v = rows[i * ROW + k] - mean(rows, k);
        re += u * u * v * cos(turn);
        im += u * u * v * sin(turn);
        all += u * u;
    }
    return 2 * hypot(re, im) / all;
}

static void test_vibrato(void **state) {
    (void)state;
    static const Movement cases[] = {
        {.rate = 5.5, .cents = 30, .tremolo = 1, .in_phase = 0.2, .against = 0.1, .ahead = 0.3, .drift = 0.2},
        {.rate = 5.5, .cents = 60, .in_phase = 0.2, .against = 0.3, .ahead = 0.1},
        {.rate = 4, .cents = 15, .tremolo = 2, .in_phase = 0.1, .against = 0.1, .ahead = 0.1, .drift = 0.3},
        {.rate = 7.3, .cents = 20, .tremolo = 0.5, .in_phase = 0.2, .against = 0.1, .ahead = 0.3, .flicker = 0.1},
        {.rate = 6, .tremolo = 2, .in_phase = 0.2, .against = 0.1, .ahead = 0.3}, /* with tremolo alone, it leads */
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const Movement *m = &cases[c];
        NoteTrack t = track_of(m, FRAMES, RELEASE);
        float *rows = apart(&t);
        const double size[WIDTH] = {m->in_phase, -m->against,       m->ahead,
                                    0,           m->tremolo / 20.0, m->cents / 100 * NOTE_CENT_SCALE};
        assert_true(fabs(rate_of(rows) - m->rate) < 0.2);
        for (int k = 0; k < WIDTH; k++) {
            double re = mean(rows, WIDTH + k), im = mean(rows, 2 * WIDTH + k), want_re = k == 2 ? 0 : size[k],
                   want_im = k == 2 ? size[k] : 0;
            double near = 0.15 * fabs(size[k]) + (k == 3 ? 0.4 * m->flicker : 0) + 2e-3,
                   left = left_of(rows, k, m->rate);
            print_message("case %zu, channel %d: pointer %+.3f %+.3f of %+.3f %+.3f, left %.4f\n", c, k, re, im,
                          want_re, want_im, left);
            assert_true(hypot(re - want_re, im - want_im) < near);
            assert_true(left < near);
            double flicker = exp(mean(rows, 3 * WIDTH + k));
            assert_true(flicker < 0.1 * fabs(size[k]) + (k == 3 ? 1.3 * m->flicker : 0) + 2 * NOTE_FLICKER_MIN);
        }
        free(rows);
        tbi_note_track_free(&t);
    }
}

/* Steady, drifting or flickering notes have no vibrato. */
static void test_no_vibrato(void **state) {
    (void)state;
    static const Movement cases[] = {
        {.drift = 0}, {.drift = 1}, {.flicker = 0.2}, {.rate = 5, .cents = 1}, {.rate = 5, .in_phase = 0.3}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        NoteTrack t = track_of(&cases[c], FRAMES, RELEASE);
        float *rows = apart(&t);
        for (int i = 0; i < FRAMES; i++) {
            assert_true(rows[i * ROW + 4 * WIDTH] == 0);
            for (int k = WIDTH; k < 3 * WIDTH; k++)
                assert_true(rows[i * ROW + k] == 0);
        }
        free(rows);
        tbi_note_track_free(&t);
    }
}

static void test_flicker(void **state) {
    (void)state;
    for (int vibrato = 0; vibrato < 2; vibrato++) {
        for (int c = 0; c < 8; c++) {
            Movement m = {.flicker = 0.02 * exp2(c / 2), .keeps = c % 2 ? 0.7 : 0, .drift = 0.2, .seed = (uint64_t)c};
            m.rate = 6 * vibrato;
            m.cents = 30;
            NoteTrack t = track_of(&m, FRAMES, RELEASE);
            float *rows = apart(&t);
            double found = exp(mean(rows, 3 * WIDTH + 3));
            print_message("flicker %.3f, found %.3f\n", m.flicker, found);
            assert_true(fabs(found / m.flicker - 1) < 0.3);
            assert_true(exp(mean(rows, 3 * WIDTH)) < 2 * NOTE_FLICKER_MIN); /* for channels without flicker */
            free(rows);
            tbi_note_track_free(&t);
        }
    }
}

/* The interpolated frame at which column k of x rises through `level`. */
static double crossing(const float *x, size_t stride, int k, double level) {
    int i = 0;
    while (x[(size_t)(i + 1) * stride + (size_t)k] < level)
        i++;
    double a = x[(size_t)i * stride + (size_t)k], b = x[(size_t)(i + 1) * stride + (size_t)k];
    return i + (level - a) / (b - a);
}

/* Attacks keep their start and their rise time. */
static void test_attacks(void **state) {
    (void)state;
    static const int frames[] = {1, 2, 4, 8, 16, 32, 64};
    for (size_t c = 0; c < sizeof frames / sizeof *frames; c++) {
        NoteTrack t = track_of(&(Movement){.drift = 0}, FRAMES, RELEASE);
        for (int i = 0; i < frames[c]; i++) {
            float w = (float)i / (float)frames[c];
            t.channels[i * WIDTH + LOUDNESS] = tbi_note_loudness_channel(-70 + 50 * w);
            t.channels[i * WIDTH] = -1 + w;
        }
        float *rows = apart(&t);
        for (int k = 0; k <= LOUDNESS; k += LOUDNESS) {
            double low = k ? tbi_note_loudness_channel(-70) : -1, height = k ? 2.5 : 1, worst = 0, slower = 0;
            for (int i = 0; i < SETTLED; i++)
                worst = fmax(worst, fabs((double)rows[i * ROW + k] - (double)t.channels[i * WIDTH + k]) / height);
            for (int share = 1; share <= 9; share += 4) {
                double level = low + 0.1 * share * height;
                slower = fmax(slower, fabs(crossing(rows, ROW, k, level) - crossing(t.channels, WIDTH, k, level)));
            }
            print_message("attack of %2d frames: %.1f %% off, %.2f frames\n", frames[c], 100 * worst, slower);
            assert_true(worst < 0.08);
            assert_true(slower < 0.5 + 0.05 * frames[c]);
        }
        free(rows);
        tbi_note_track_free(&t);
    }
}

/* After the release the channels are unchanged, and keep the modulation at the release. */
static void test_release(void **state) {
    (void)state;
    NoteTrack t = track_of(&(Movement){.rate = 5, .cents = 20, .flicker = 0.1}, FRAMES, RELEASE);
    float *rows = apart(&t);
    for (int i = RELEASE; i < FRAMES; i++) {
        assert_memory_equal(rows + i * ROW, t.channels + i * WIDTH, WIDTH * sizeof *rows);
        assert_memory_equal(rows + i * ROW + WIDTH, rows + (RELEASE - 1) * ROW + WIDTH, (3 * WIDTH + 1) * sizeof *rows);
    }
    free(rows);
    tbi_note_track_free(&t);
}

static void test_short(void **state) {
    (void)state;
    for (size_t n = 1; n < 150; n += n < 10 ? 1 : 13) {
        for (size_t release = 1; release <= n; release += release < 10 ? 1 : 7) {
            NoteTrack t = track_of(&(Movement){.rate = 5, .cents = 20, .flicker = 0.1}, n, release);
            free(apart(&t));
            tbi_note_track_free(&t);
        }
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_vibrato, test_no_vibrato, test_flicker, test_attacks, test_release, test_short);
}
