/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks of made tones: resynthesised, they rise as they do, with no noise before or above them. */
#include "synth/internal.h"
#include "tests/run_tests.h"
#include "tests/tones.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEVEL_DB 1.5 /* of each quarter of the rise */

enum { ONSET = 4000, FIRST = RATE / 10 };

/* Mean square of x[n] in dB; of its second difference if `high`: noise of all frequencies shows there, a low tone does
 * not. */
static double level_db(const float *x, size_t n, bool high) {
    double sum = 1e-15;
    for (size_t i = 1; i + 1 < n; i++) {
        double v = high ? (double)x[i + 1] - 2 * (double)x[i] + (double)x[i - 1] : (double)x[i];
        sum += v * v / (double)n;
    }
    return 10 * log10(sum);
}

/* A tone that rises linearly within `rise` seconds, and a resynthesis of it. */
static void resynthesise(double f0, int count, double rise, float *x, size_t n, TbAudio *out) {
    add_tone(x, ONSET, n, f0, 0, count, 1, 0.3);
    for (size_t i = ONSET; i < n; i++)
        x[i] *= (float)fmin(1, (double)(i - ONSET) / (rise * RATE + 1));
    TbAnalysis analysis = analyse(x, n, RATE);
    assert_int_equal(analysis.n_notes, 1);
    assert_int_equal(tb_synthesize(&analysis, RATE, 1, out), TB_OK);
    tb_analysis_free(&analysis);
}

static void test_rise(void **state) {
    (void)state;
    static const struct {
        double f0, rise;
        int count;
        double above; /* dB: most noise above the tone */
    } cases[] = {{65.4, 0.002, 20, 14}, {65.4, 0.02, 20, 3}, {65.4, 0.1, 20, 4},
                 {174.6, 0.02, 8, 2},   {174.6, 0.06, 8, 2}, {440, 0.001, 10, 2},
                 {440, 0.01, 4, 2},     {440, 0.08, 4, 2},   {1046.5, 0.02, 3, 2}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        size_t n = RATE;
        float *x = silence(n);
        TbAudio out;
        resynthesise(cases[c].f0, cases[c].count, cases[c].rise, x, n, &out);
        double before = 0, worst = 0,
               high = level_db(out.samples + ONSET - FIRST / 2, FIRST, true) -
                      level_db(x + ONSET - FIRST / 2, FIRST, true);
        for (size_t i = 0; i < ONSET - 64; i++)
            before = fmax(before, fabs((double)out.samples[i]));
        for (size_t i = 0; i < 4; i++) { /* four pieces of the rise */
            size_t step = (size_t)fmax(cases[c].rise * RATE / 4, 1.5 * RATE / cases[c].f0), at = ONSET + i * step;
            double off = level_db(out.samples + at, step, false) - level_db(x + at, step, false);
            worst = fabs(off) > fabs(worst) ? off : worst;
        }
        printf("%.1f Hz rising in %.0f ms: up to %.4f before, %.1f dB off while it rises, above it %.1f dB\n",
               cases[c].f0, 1000 * cases[c].rise, before, worst, high);
        assert_true(before < 1e-4);
        assert_true(fabs(worst) < LEVEL_DB && high < cases[c].above);
        tb_audio_free(&out);
        free(x);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_rise);
}
