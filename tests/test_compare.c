/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparison of sounds: reference values and edge cases. */
#include "compare_cases.h"
#include "tests/run_tests.h"
#include "timbrel/measure.h"

#include <stdio.h>

/* Reference values in the order of tb_metric_name, from an independent implementation in Python (numpy and scipy;
 * single precision for spectra, double precision for YIN and the envelope). Its input was the sounds of compare_cases.h
 * as raw 32-bit floats, the test padded to the reference's length. */
static const double golden[N_COMPARE_CASES][TB_N_METRICS] = {
    {6.904723, 0.3242032, 6.58052, 15.16999, 17.0001, 9.431008, 100, 0, 100, 0.6530132, 0.4081633, 0.4081633, 9.115646},
    {0.7475875, 0.2160045, 0.531583, 2.420474, 5.749893, 3.96945, 0, 0, 0, 8.319416, 54.94331, 54.94331, 16.48526},
    {2.148077, 0.6013537, 1.546723, 15.23401, 10.63881, 4.571918, NAN, NAN, NAN, 8.777525, 0.9070295, -0.9070295,
     5.37415},
    {1.610967, 0.2532093, 1.357758, 4.746711, 18.84, 9.439756, 0, 40.67797, 40.67797, 22.02772, 0.09070295, -0.09070295,
     5.986395},
    {4.477104, 0.830133, 3.646971, 17.08483, 26.00735, 14.81417, 49.01961, 35.44304, 67.08861, 2.022712, 0, 0,
     9.478458},
    {1.976275, 0.627818, 1.348457, 7.580541, 14.05243, 8.014217, 0, 0, 0, 20, 0, 0, 6.235828},
};

static void free_case(CompareCase *c) {
    free(c->reference);
    free(c->test);
}

static double deviation(double value, double expected) {
    if (isnan(value) || isnan(expected))
        return isnan(value) && isnan(expected) ? 0.0 : INFINITY;
    return fabs(value - expected) / fmax(fabs(expected), 1e-3);
}

static void test_against_reference_values(void **state) {
    (void)state;
    double worst[TB_N_METRICS] = {0};
    for (int i = 0; i < N_COMPARE_CASES; i++) {
        CompareCase c = compare_case(i);
        TbComparison result;
        assert_true(c.reference && c.test);
        assert_int_equal(
            tb_compare(c.reference, c.n_reference, c.test, c.n_test, c.midi_pitch, c.midi_pitch >= 0, &result), TB_OK);
        for (size_t k = 0; k < TB_N_METRICS; k++) {
            double d = deviation(tb_metric_value(&result, k), golden[i][k]);
            worst[k] = fmax(worst[k], d);
            if (!(d < 0.005))
                fail_msg("%s: %s is %.6g, not %.6g", c.name, tb_metric_name(k), tb_metric_value(&result, k),
                         golden[i][k]);
        }
        free_case(&c);
    }
    for (size_t k = 0; k < TB_N_METRICS; k++)
        printf("%-14s off by %.1e at most\n", tb_metric_name(k), worst[k]);
}

static void test_equal_sounds(void **state) {
    (void)state;
    CompareCase c = compare_case(1);
    TbComparison result;
    assert_int_equal(tb_compare(c.reference, c.n_reference, c.reference, c.n_reference, 57, true, &result), TB_OK);
    for (size_t k = 0; k + 1 < TB_N_METRICS; k++)
        assert_true(tb_metric_value(&result, k) == 0.0);
    assert_true(result.attack_ref > 10.0);
    /* The common level does not matter. */
    for (size_t i = 0; i < c.n_reference; i++)
        c.test[i] = c.reference[i] *= 1e-3f;
    assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, 57, true, &result), TB_OK);
    assert_true(result.mss == 0.0 && result.f0_bad == 0.0);
    free_case(&c);
}

/* If the note is unknown, the reference's own track selects the frames; for a steady tone these are the same frames but
 * for a few at its ends. */
static void test_pitch_of_an_unknown_note(void **state) {
    (void)state;
    for (int i = 0; i < 5; i += 4) {
        CompareCase c = compare_case(i);
        TbComparison known, unknown;
        assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, 57, true, &known), TB_OK);
        assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, -1, true, &unknown), TB_OK);
        printf("%s: %.2f %% bad with the note known, %.2f %% without\n", c.name, known.f0_bad, unknown.f0_bad);
        assert_true(fabs(known.f0_bad - unknown.f0_bad) < 3.0);
        assert_true(known.mss == unknown.mss);
        assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, 57, false, &known), TB_OK);
        assert_true(isnan(known.f0_err) && isnan(known.f0_miss) && isnan(known.f0_bad));
        free_case(&c);
    }
    /* A glide of an octave, and the same with the last third a semitone sharp. */
    enum { N = 60000 };
    float *glide = malloc(N * sizeof *glide), *sharp = malloc(N * sizeof *sharp);
    assert_true(glide && sharp);
    double phase = 0.0, other = 0.0;
    for (int i = 0; i < N; i++) {
        double f = 200.0 * pow(2.0, (double)i / N);
        phase += f / SIGNAL_RATE;
        other += f * (i < 2 * N / 3 ? 1.0 : pow(2.0, 1.0 / 12)) / SIGNAL_RATE;
        glide[i] = (float)(0.3 * sin(2 * M_PI * phase) + 0.2 * sin(4 * M_PI * phase));
        sharp[i] = (float)(0.3 * sin(2 * M_PI * other) + 0.2 * sin(4 * M_PI * other));
    }
    TbComparison result;
    assert_int_equal(tb_compare(glide, N, sharp, N, -1, true, &result), TB_OK);
    printf("glide, a third of it sharp: %.1f %% off, %.1f %% missed\n", result.f0_err, result.f0_miss);
    assert_true(fabs(result.f0_err - 33.3) < 4.0 && result.f0_miss < 4.0);
    /* Noise has no pitch to compare with. */
    CompareCase c = compare_case(2);
    assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, -1, true, &result), TB_OK);
    assert_true(isnan(result.f0_bad) && isfinite(result.mss));
    free_case(&c);
    free(glide);
    free(sharp);
}

static void test_any_length(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 10, 63, 100, 440, 441, 442, 881, 882, 883, 2047, 2048, 3001};
    float *tone = signal_tone(4000, 500.0, 0.0001, 1.0), *noise = signal_noise(4000, 5, 0.2, 1.0, 1.0);
    assert_true(tone && noise);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        TbComparison result;
        assert_int_equal(tb_compare(noise, lengths[i], tone, lengths[i] / 2, 60, true, &result), TB_OK);
        for (size_t k = 0; k < TB_N_METRICS; k++) {
            bool pitch = k >= 6 && k <= 8, attack = k >= 10;
            assert_true(isfinite(tb_metric_value(&result, k)) || pitch || attack);
        }
        assert_true(result.mss >= 0 && result.lsd >= 0 && result.loud >= 0);
    }
    free(tone);
    free(noise);
}

static void test_silence_and_non_finite_samples(void **state) {
    (void)state;
    CompareCase c = compare_case(0);
    TbComparison result;
    float *silence = calloc(c.n_reference, sizeof *silence);
    assert_non_null(silence);
    assert_int_equal(tb_compare(silence, c.n_reference, c.test, c.n_test, 57, true, &result), TB_ERR_EMPTY);
    assert_true(isnan(result.mss));
    assert_int_equal(tb_compare(c.reference, 0, c.test, c.n_test, 57, true, &result), TB_ERR_EMPTY);
    assert_int_equal(tb_compare(NULL, 0, NULL, 0, 57, true, &result), TB_ERR_EMPTY);
    assert_int_equal(tb_compare(NULL, 10, c.test, 10, 57, true, &result), TB_ERR_ARGUMENT);
    /* A silent test has the maximum distances, but no attack and no wrong pitch. */
    for (int missing = 0; missing < 2; missing++) {
        size_t n = missing ? 0 : c.n_reference;
        assert_int_equal(tb_compare(c.reference, c.n_reference, missing ? NULL : silence, n, 57, true, &result), TB_OK);
        printf("silence: mss %.2f, loud %.2f dB, lsd %.2f dB\n", result.mss, result.loud, result.lsd);
        assert_true(result.mss > 2.0 && result.loud > 20.0 && result.lsd > 5.0 && isfinite(result.mcd));
        assert_true(result.f0_miss == 100.0 && result.f0_bad == 100.0 && isnan(result.f0_err));
        assert_true(isnan(result.attack) && isnan(result.attack_signed) && isfinite(result.attack_ref));
    }
    c.test[100] = NAN;
    assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, 57, true, &result), TB_ERR_FORMAT);
    assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), "test"));
    assert_int_equal(tb_compare(c.test, c.n_test, c.reference, c.n_reference, 57, true, &result), TB_ERR_FORMAT);
    assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), "reference"));
    c.test[100] = 1e30f;
    assert_int_equal(tb_compare(c.reference, c.n_reference, c.test, c.n_test, 57, true, &result), TB_ERR_FORMAT);
    free(silence);
    free_case(&c);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(tb_metric_name(0), "mss");
    assert_string_equal(tb_metric_name(TB_N_METRICS - 1), "attack_ref");
    assert_string_equal(tb_metric_unit(3), "dB");
    assert_string_equal(tb_metric_name(TB_N_METRICS), "");
    TbComparison c = {.loud = 7.0};
    size_t found = 0;
    for (size_t i = 0; i < TB_N_METRICS; i++)
        if (strcmp(tb_metric_name(i), "loud") == 0 && tb_metric_value(&c, i) == 7.0)
            found++;
    assert_int_equal(found, 1);
    assert_true(isnan(tb_metric_value(&c, TB_N_METRICS)));
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_against_reference_values, test_equal_sounds, test_pitch_of_an_unknown_note,
                     test_any_length, test_silence_and_non_finite_samples, test_names);
}
