/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudness and true peak against the values that ITU-R BS.1770-4 and EBU Tech 3341 state. */
#include "tests/run_tests.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A sine in sections of a level in dBFS each, of so many seconds. */
static float *sine(double rate, double hertz, const double level[][2], size_t n_levels, size_t *n) {
    float *x = malloc(100 * (size_t)rate * sizeof *x);
    assert_non_null(x);
    *n = 0;
    for (size_t k = 0; k < n_levels; k++)
        for (size_t end = *n + (size_t)(level[k][1] * rate); *n < end; ++*n)
            x[*n] = (float)(pow(10, level[k][0] / 20) * sin(2 * M_PI * hertz * (double)*n / rate));
    return x;
}

static double lufs(const float *left, const float *right, size_t n, double rate) {
    double value;
    assert_int_equal(tb_loudness((const float *const[]){left, right}, right ? 2 : 1, n, rate, &value), TB_OK);
    return value;
}

/* A sine of 997 Hz at full scale in one channel has -3.01 LUFS, at any rate. */
static void test_reference(void **state) {
    (void)state;
    static const double rates[] = {8000, 22050, 44100, 48000, 96000, 192000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        size_t n;
        float *x = sine(rates[i], 997, (const double[][2]){{0, 2}}, 1, &n), *quiet = calloc(n, sizeof *quiet);
        printf("%6.0f Hz: %.3f LUFS\n", rates[i], lufs(x, NULL, n, rates[i]));
        assert_true(fabs(lufs(x, NULL, n, rates[i]) + 3.01) < (rates[i] < 20000 ? 0.15 : 0.03));
        assert_true(fabs(lufs(x, quiet, n, rates[i]) - lufs(x, NULL, n, rates[i])) < 1e-9);
        assert_true(fabs(lufs(x, x, n, rates[i]) - lufs(x, NULL, n, rates[i]) - 3.01) < 0.01);
        free(x);
        free(quiet);
    }
}

/* EBU Tech 3341, cases 1 to 5: stereo sines of 1 kHz. */
static void test_gates(void **state) {
    (void)state;
    static const struct {
        double level[5][2];
        size_t n;
        double lufs;
    } cases[] = {
        {{{-23, 20}}, 1, -23},
        {{{-33, 20}}, 1, -33},
        {{{-36, 10}, {-23, 60}, {-36, 10}}, 3, -23},
        {{{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}, 5, -23},
        {{{-26, 20}, {-20, 20.1}, {-26, 20}}, 3, -23},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n;
        float *x = sine(48000, 1000, cases[i].level, cases[i].n, &n);
        printf("case %zu: %.2f LUFS\n", i + 1, lufs(x, x, n, 48000));
        assert_true(fabs(lufs(x, x, n, 48000) - cases[i].lufs) < 0.1);
        free(x);
    }
}

static void test_nothing(void **state) {
    (void)state;
    static const float zero[48000];
    double value = 0;
    assert_true(isinf(lufs(zero, NULL, 48000, 48000)));
    assert_true(isinf(lufs(zero, NULL, 0, 48000)));
    assert_int_equal(tb_loudness((const float *const[]){zero}, 3, 10, 48000, &value), TB_ERR_ARGUMENT);
    assert_int_equal(tb_loudness((const float *const[]){zero}, 1, 10, 7999, &value), TB_ERR_ARGUMENT);
}

static float true_peak(const float *x, size_t n) {
    float *peak = calloc(n, sizeof *peak), high = 0;
    tb_true_peaks(x, n, peak);
    for (size_t i = 0; i < n; i++) {
        assert_true(peak[i] >= fabsf(x[i]));
        high = fmaxf(high, peak[i]);
    }
    free(peak);
    return high;
}

/* A quarter of the sampling rate, sampled between its peaks, which are 3 dB higher than the samples. Its beginning and
 * end are faded: a cut signal has other peaks. */
static void test_true_peak(void **state) {
    (void)state;
    enum { N = 9000 };
    static const double hertz[] = {0.25, 1.0 / 6, 0.1, 0.01};
    for (size_t k = 0; k < sizeof hertz / sizeof *hertz; k++) {
        float x[N];
        for (int i = 0; i < N; i++)
            x[i] = (float)(fmin(1, fmin(i, N - 1 - i) / 500.0) * sin(2 * M_PI * hertz[k] * i + M_PI / 4));
        float peak = true_peak(x, N);
        printf("%.3f of the rate: true peak %.3f\n", hertz[k], (double)peak);
        assert_true(fabsf(20 * log10f(peak)) < 0.2f);
    }
    assert_true(true_peak((const float[]){0.5f}, 1) == 0.5f);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_reference, test_gates, test_nothing, test_true_peak);
}
