/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Controls moved during held notes, in 7-bit steps and continuously: no zipper noise between the partials, and changed
 * sounds do not click. */
#include "tests/run_tests.h"
#include "tests/still_model.h"
#include "timbrel/engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BESIDE_HZ 40.0 /* distance from the nearest partial; the window's main lobe is 12 Hz wide */
#define BESIDE_DB -60.0
#define STEPS_DB 3.0 /* allowed excess of 7-bit steps over a continuous sweep */
enum { KEY = 72, RATE = 48000, SIZE = 16384, LONGEST = 5, BLOCK = 64 };

static TbModel *model;
static const TbInstrument *corner[TB_PARTS]; /* sustained sounds */

/* The four-term Blackman-Harris window: side lobes under -92 dB. */
static void make_window(float *w) {
    for (int i = 0; i < SIZE; i++) {
        double t = 2 * M_PI * i / SIZE;
        w[i] = (float)(0.35875 - 0.48829 * cos(t) + 0.14128 * cos(2 * t) - 0.01168 * cos(3 * t));
    }
}

/* Power between the partials of KEY in the worst window, relative to the tone's mean power, in dB. */
static double between_partials(const float *x, size_t n) {
    static float w[SIZE];
    double f0 = 440 * exp2((KEY - 69) / 12.0), worst = 0, sum = 1e-20, windows = 0;
    TbFft *fft;
    float *real = tb_aligned_new(SIZE), *s = tb_aligned_new(SIZE + 2);
    assert_int_equal(tb_fft_new(SIZE, &fft), TB_OK);
    make_window(w);
    for (size_t at = 0; at + SIZE <= n; at += SIZE / 4, windows++) {
        double out = 1e-20;
        for (size_t i = 0; i < SIZE; i++)
            real[i] = w[i] * x[at + i];
        tb_fft_forward(fft, real, s);
        for (size_t k = 1; k < SIZE / 2; k++) {
            double hz = (double)k * RATE / SIZE, off = fabs(hz - f0 * fmax(round(hz / f0), 1));
            double power = (double)s[2 * k] * (double)s[2 * k] + (double)s[2 * k + 1] * (double)s[2 * k + 1];
            sum += power;
            out += off > BESIDE_HZ ? power : 0;
        }
        worst = fmax(worst, out);
    }
    tb_fft_free(fft);
    tb_aligned_free(real);
    tb_aligned_free(s);
    return 10 * log10(worst * windows / sum);
}

/* ---- sweeps ---- */

/* One sweep up and down, `seconds` each way, in controller steps or continuously. */
static double swept(int control, double seconds, bool steps) {
    static float out[RATE * LONGEST];
    size_t n = (size_t)(RATE * fmin(seconds + 2, LONGEST));
    TbEngine *e;
    const TbEngineOptions options = {.size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .seed = 3};
    assert_int_equal(tb_engine_new(model, &options, &e), TB_OK);
    tb_engine_set_corners(e, corner, TB_PARTS);
    tb_engine_event(e, 0, (const uint8_t[]){0x90, KEY, 100}, 3);
    for (size_t at = 0; at < n; at += BLOCK) {
        double phase = fmod((double)at / RATE / seconds, 2), x = phase < 1 ? phase : 2 - phase;
        if (control >= 0) {
            const TbControlInfo *c = tb_control_info((TbControl)control);
            float value = c->low + (c->high - c->low) * (float)x;
            if (steps) {
                value =
                    tb_control_from_cc((TbControl)control, (int)lrintf(tb_control_to_cc((TbControl)control, value)));
            }
            tb_engine_set_control(e, (TbControl)control, value);
        }
        tb_engine_render(e, out + at, NULL, BLOCK);
    }
    tb_engine_free(e);
    return between_partials(out + RATE, n - RATE); /* after the attack */
}

/* A slow sweep adds nothing between the partials. A fast sweep does, since partials that change quickly are broad, but
 * steps add no more than a continuous sweep. Only the latter is required of movement, which is itself vibrato, of
 * noisiness, which removes all partials of this model, and of decay, which ends the note. */
static bool stays_a_tone(int control) {
    return control != TB_CONTROL_KNOBS + TB_MOVEMENT && control != TB_CONTROL_KNOBS + TB_NOISINESS &&
           control != TB_CONTROL_KNOBS + TB_DECAY;
}

#ifdef TB_SANITIZE /* about thirty times slower, with the same results */
enum { FROM = TB_CONTROL_VOLUME };
#else
enum { FROM = 0 };
#endif

static void test_sweeps(void **state) {
    (void)state;
    printf("worst window, dB between the partials; no movement: %.1f\n", swept(-1, 1, false));
    for (int i = FROM; i <= TB_CONTROL_VOLUME; i++) {
        double slow = swept(i, 4, false), slow_steps = swept(i, 4, true);
        double fast = swept(i, 1, false), fast_steps = swept(i, 1, true);
        printf("%-10s in 4 s: %.1f, in 7-bit steps %.1f; in 1 s: %.1f, in steps %.1f\n",
               tb_control_info((TbControl)i)->name, slow, slow_steps, fast, fast_steps);
        assert_true(!stays_a_tone(i) || (slow < BESIDE_DB && slow_steps < BESIDE_DB));
        assert_true(slow_steps < fmax(slow + STEPS_DB, BESIDE_DB) && fast_steps < fmax(fast + STEPS_DB, BESIDE_DB));
    }
}

static int make(void **state) {
    static const uint64_t seeds[TB_PARTS] = {3, 12, 16, 35};
    TbStatus status = still_model_new(&model);
    (void)state;
    for (int i = 0; status == TB_OK && i < TB_PARTS; i++) {
        TbInstrument *instrument;
        status = tb_instrument_random(model, seeds[i], &instrument);
        corner[i] = instrument;
    }
    return status != TB_OK;
}
static int drop(void **state) {
    (void)state;
    for (int i = 0; i < TB_PARTS; i++)
        tb_instrument_free((TbInstrument *)corner[i]);
    tb_model_free(model);
    return 0;
}

int main(void) {
    return RUN_TESTS(make, drop, test_sweeps);
}
