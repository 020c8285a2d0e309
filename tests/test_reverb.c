/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reverb: decay times, level, silence without denormals at the end, and a mono sum as loud as each side. */
#include "engine/reverb.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECAY_LOW 1.7 /* RT60 in seconds, at 300 Hz and at 6 kHz */
#define DECAY_HIGH 0.75
#define DECAY_TOLERANCE 0.12 /* relative */

enum { RATE = 48000, LENGTH = 8 * RATE };

typedef struct {
    float in[2][LENGTH], out[2][LENGTH];
} Sound;

static Sound *new_reverb(void) {
    Sound *s = calloc(1, sizeof *s);
    assert_non_null(s);
    return s;
}

static void run(Reverb *r, Sound *s, size_t at, size_t n) {
    tbi_reverb_run(r, (float *[2]){s->in[0] + at, s->in[1] + at}, (float *[2]){s->out[0] + at, s->out[1] + at}, n);
}

static Reverb *room(double rate) {
    Reverb *r;
    assert_int_equal(tbi_reverb_new(rate, &r), TB_OK);
    return r;
}

static double power(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum / (double)n;
}

/* The decay time of the tail of a short tone. */
static double decay_of(double rate, double hertz) {
    Sound *s = new_reverb();
    Reverb *r = room(rate);
    size_t burst = (size_t)(0.1 * rate), later = (size_t)(0.4 * rate), window = (size_t)(0.15 * rate);
    double fall = 0;
    for (size_t i = 0; i < burst; i++) {
        double window_at = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)burst);
        s->in[0][i] = (float)(window_at * sin(2 * M_PI * hertz * (double)i / rate));
    }
    run(r, s, 0, 2 * burst + later + window);
    for (int side = 0; side < 2; side++)
        fall += 5 * log10(power(s->out[side] + 2 * burst, window) / power(s->out[side] + 2 * burst + later, window));
    tbi_reverb_free(r);
    free(s);
    return 60 * 0.4 / fall;
}

static void test_decay(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000};
    for (size_t i = 0; i < 3; i++) {
        for (int high = 0; high < 2; high++) {
            double hertz = high ? 5400 : 300, decay = 0, meant = high ? DECAY_HIGH : DECAY_LOW;
            for (int k = 0; k < 8; k++) /* few echoes fall on one frequency: average neighbours */
                decay += decay_of(rates[i], hertz * (1 + 0.03 * k)) / 8;
            printf("%.0f Hz, at %.0f Hz: 60 dB in %.2f s (%.2f s meant)\n", rates[i], hertz, decay, meant);
            assert_true(fabs(decay / meant - 1) < DECAY_TOLERANCE);
        }
    }
}

/* The impulse response: dense, about unit energy, equally loud in the mono sum and each side. */
static void test_pulse(void **state) {
    (void)state;
    Sound *s = new_reverb();
    Reverb *r = room(RATE);
    s->in[0][0] = s->in[1][0] = 1;
    run(r, s, 0, LENGTH);
    double energy[2], sum = 0, both = 0;
    size_t first = 0, count = 0;
    for (int side = 0; side < 2; side++)
        energy[side] = power(s->out[side], LENGTH) * LENGTH;
    for (size_t i = 0; i < LENGTH; i++) {
        double a = (double)s->out[0][i], b = (double)s->out[1][i];
        sum += (a + b) * (a + b) / 2;
        both += a * b;
        first = first == 0 && a != 0 ? i : first;
        count += i >= RATE / 10 && i < RATE / 10 + 1000 && fabs(a) > 1e-4;
    }
    double correlation = both / sqrt(energy[0] * energy[1]);
    printf(
        "energy %.2f %.2f, of their sum %.2f; correlation %.2f; first echo after %.1f ms; %zu of 1000 samples sound\n",
        energy[0], energy[1], sum, correlation, 1e3 * (double)first / RATE, count);
    assert_true(energy[0] > 0.4 && energy[0] < 1.5 && fabs(energy[1] / energy[0] - 1) < 0.25);
    assert_true(fabs(10 * log10(sum / energy[0])) < 1.5 && fabs(correlation) < 0.3);
    assert_true(count > 700);
    tbi_reverb_free(r);
    free(s);
}

/* Full-scale noise for seconds, then silence: the output is bounded, becomes silent, and has no denormals although the
 * processor does not flush them here. */
static void test_stable_and_silent(void **state) {
    (void)state;
    Sound *s = new_reverb();
    Reverb *r = room(RATE);
    TbRng rng;
    tb_rng_seed(&rng, 2);
    double most = 0;
    size_t denormal = 0, last = 0;
    assert_false(tbi_reverb_rings(r));
    tb_rng_white(&rng, s->in[0], 3 * RATE);
    tb_rng_white(&rng, s->in[1], 3 * RATE);
    run(r, s, 0, 3 * RATE);
    assert_true(tbi_reverb_rings(r));
    run(r, s, 3 * RATE, LENGTH - 3 * RATE);
    for (size_t i = 0; i < 2 * LENGTH; i++) {
        float x = s->out[i / LENGTH][i % LENGTH];
        most = fmax(most, fabs((double)x));
        denormal += fpclassify(x) == FP_SUBNORMAL;
        last = x != 0 && i % LENGTH > last ? i % LENGTH : last;
    }
    double in = power(s->in[0], 3 * RATE), out = power(s->out[0] + RATE, 2 * RATE);
    printf("noise of %.1f dB becomes %.1f dB, peak %.1f; silent %.1f s after it, %zu denormal numbers\n",
           10 * log10(in), 10 * log10(out), most, (double)last / RATE - 3, denormal);
    assert_true(out < 2 * in && most < 8);
    assert_int_equal(denormal, 0);
    assert_true(last < LENGTH - 1);
    assert_false(tbi_reverb_rings(r));
    tbi_reverb_free(r);
    free(s);
}

static void test_block_size_independence(void **state) {
    (void)state;
    Sound *once = new_reverb(), *parts = new_reverb();
    TbRng rng;
    tb_rng_seed(&rng, 3);
    tb_rng_white(&rng, once->in[0], RATE / 2);
    tb_rng_white(&rng, once->in[1] + 100, RATE / 2);
    memcpy(parts->in, once->in, sizeof parts->in);
    Reverb *r = room(RATE), *q = room(RATE);
    run(r, once, 0, LENGTH);
    for (size_t at = 0, n = 1; at < LENGTH; at += n, n = (n * 7 + 3) % 1000 + 1)
        run(q, parts, at, n < LENGTH - at ? n : LENGTH - at);
    assert_memory_equal(once->out, parts->out, sizeof once->out);
    tbi_reverb_free(r);
    tbi_reverb_free(q);
    free(once);
    free(parts);
}

static void test_rates(void **state) {
    (void)state;
    static const double bad[] = {0, 7999, 192001, NAN, -1};
    Reverb *r;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(tbi_reverb_new(bad[i], &r), TB_ERR_ARGUMENT);
        assert_null(r);
    }
    tbi_reverb_free(NULL);
    tbi_reverb_free(room(8000));
    tbi_reverb_free(room(192000));
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_decay, test_pulse, test_stable_and_silent, test_block_size_independence,
                     test_rates);
}
