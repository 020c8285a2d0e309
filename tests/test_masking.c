/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Masking thresholds against a slow reference in double precision with exact band positions. */
#include "synth/internal.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define QUIET_DB 80.0 /* relative to the loudest frame: the threshold in quiet */
#define TONES (TB_HARMONICS + TB_PARTIALS)

/* The library's table resolves 128 positions per octave, i.e. up to a twentieth of a band. If neighbouring bands have
 * similar levels, as in noise, the error is small. If one tone is far louder than its neighbours, its leakage into the
 * next band can be far off, and with it the threshold there; but that is rare. */
#define NOISE_WORST_DB 1.0
#define TONES_RMS_DB 1.5
#define TONES_FAR_DB 6.0
#define TONES_FAR_SHARE 0.01
/* With the table's positions the only error is rounding, when a strong tone is subtracted from a sum. */
#define SUMS_DB 0.3

static TbRng rng;

static double power_of(double level) {
    return level > 0 ? pow(10, 10 * (level - 1)) : 0;
}

static void silent(float *x, float *condition, double hz) {
    memset(x, 0, TB_FEATURES * sizeof *x); /* also sets inharmonicity to 0 */
    condition[0] = (float)(log2(hz / 220) / 3);
    condition[1] = 0;
}

static double db(double level) {
    return 100 * (level - 1);
}

/* Masking of a tone relative to the rest of its band in dB, measured in flat noise so that positions do not matter. */
static double masked_db(void) {
    float x[TB_FEATURES], condition[TB_CONDITIONS], threshold[TB_FEATURES];
    silent(x, condition, 220);
    for (int i = 0; i < TB_BANDS; i++)
        x[TB_FEATURE_BAND + i] = 0.8f;
    tb_masking_threshold(x, condition, 0, threshold);
    return 100 * (0.8 - (double)threshold[3]);
}

/* ---- slow reference ---- */

/* Quantises hz like the table, to the centre of one of 128 steps per octave. Lowers *edge to the relative distance from
 * the nearest step boundary. */
static double in_table(double hz, double *edge) {
    double base = pow(2, floor(log2(hz))), steps = (hz / base - 1) * 128;
    *edge = fmin(*edge, fabs(steps - rint(steps)) / 128);
    return base * (1 + (floor(steps) + 0.5) / 128);
}

/* Share of a tone's power in band i: a triangular filter between the centres of its neighbours in ERB number. */
static double share(double hz, int i) {
    double lowest = log(1 + 0.00437 * 20), highest = log(1 + 0.00437 * 20000);
    double at = (log(1 + 0.00437 * hz) - lowest) / (highest - lowest) * (TB_BANDS - 1);
    return fmax(0, 1 - fabs(fmin(fmax(at, 0), TB_BANDS - 1) - i));
}

typedef struct {
    double masked_db;
    bool exact;  /* exact positions, or those of the table */
    double edge; /* out: smallest distance of a tone from a step of the table or the limit of hearing */
} Definition;

static void reference_threshold(Definition *d, const float *x, const float *condition, double below, double *out) {
    double f0 = 220 * pow(2, 3 * (double)condition[0]), hz[TONES];
    double b = fmax(0, pow(10, 3 * (double)x[TB_FEATURE_INHARMONICITY] - 5) - 1e-5);
    d->edge = 1;
    for (int k = 0; k < TONES; k++) {
        double n = k + 1;
        hz[k] = f0 * (k < TB_HARMONICS ? n * sqrt(1 + b * n * n) : pow(2, (double)tbi_slot_ratio(k - TB_HARMONICS)));
        d->edge = fmin(d->edge, fabs(hz[k] / 20000 - 1));
        double middle = in_table(hz[k], &d->edge);
        hz[k] = k < TB_HARMONICS && hz[k] >= 20000 ? 0 : d->exact ? hz[k] : middle;
    }
    for (int k = 0; k < TB_FEATURES; k++) {
        bool tone = k < TONES, band = k >= TB_FEATURE_BAND && k < TB_FEATURE_GAIN;
        double others = 0;
        out[k] = tone && hz[k] == 0 ? 2 : 0;
        if (!(tone || band) || out[k] == 2)
            continue;
        for (int i = 0; i < TB_BANDS; i++) {
            double here = tone ? share(hz[k], i) : k == TB_FEATURE_BAND + i;
            if (here > 0) {
                others += tone ? here * power_of((double)x[TB_FEATURE_BAND + i]) : 0;
                for (int j = 0; j < TONES; j++)
                    others += j != k && hz[j] > 0 ? here * share(hz[j], i) * power_of((double)x[j]) : 0;
            }
        }
        double quiet = fmax(0, 1 - (QUIET_DB - below) / 100);
        out[k] = fmax(quiet, others > 0 ? 1 + (10 * log10(others) - d->masked_db) / 100 : 0);
    }
}

/* ---- tests ---- */

/* Noise whose level changes slowly over the bands, and tones of irregular level, above it or far below it. */
static void draw_frame(bool tones, float *x, float *condition, float *below) {
    /* no partial below 20 Hz, where the table starts */
    silent(x, condition, 81 * pow(2, 5.8 * (double)tb_rng_uniform(&rng)));
    float low = tones ? 0 : 0.3f, noise = low + 0.3f * tb_rng_uniform(&rng), tilt = tb_rng_uniform(&rng) * 0.01f;
    for (int k = 0; k < TB_HARMONICS; k++)
        x[k] = tones ? fmaxf(0, 0.95f - tilt * (float)k - 0.3f * tb_rng_uniform(&rng)) : 0.05f * tb_rng_uniform(&rng);
    for (int k = 0; k < TB_PARTIALS; k++) {
        x[TB_FEATURE_PARTIAL + k] = tones ? fmaxf(0, tb_rng_uniform(&rng) - 0.4f) : 0;
        x[TB_FEATURE_RATIO + k] = tb_rng_normal(&rng); /* thresholds are for the slots' centres */
    }
    for (int i = 0; i < TB_BANDS; i++) {
        noise = clampf(noise + 0.02f * tb_rng_normal(&rng), low, 0.9f);
        x[TB_FEATURE_BAND + i] = noise;
    }
    for (int i = 0; i < TB_GAINS; i++)
        x[TB_FEATURE_GAIN + i] = 0.3f * tb_rng_normal(&rng);
    x[TB_FEATURE_INHARMONICITY] = 0.5f * tb_rng_uniform(&rng);
    *below = 40 * tb_rng_uniform(&rng);
}

/* Deviation of the thresholds from the reference, over all audible levels. */
typedef struct {
    double worst, sum, n, n_far, n_masked;
} Errors;

static void compare(bool tones, Errors *exact, Errors *table) {
    const double masked = masked_db();
    for (int done = 0; done < 200;) {
        float x[TB_FEATURES], condition[TB_CONDITIONS], threshold[TB_FEATURES], below;
        draw_frame(tones, x, condition, &below);
        tb_masking_threshold(x, condition, below, threshold);
        for (int i = 0; i < 2; i++) {
            double wanted[TB_FEATURES];
            Definition d = {.masked_db = masked, .exact = i == 0};
            reference_threshold(&d, x, condition, (double)below, wanted);
            if (d.edge < 1e-5)
                break; /* too close to a step: float rounding decides */
            done += i;
            Errors *e = i == 0 ? exact : table;
            for (int k = 0; k < TB_FEATURES; k++) {
                double off = 100 * fabs((double)threshold[k] - wanted[k]);
                e->worst = fmax(e->worst, off);
                if (wanted[k] > 0 && wanted[k] < 2) {
                    e->sum += off * off;
                    e->n_far += off > TONES_FAR_DB;
                    e->n_masked += wanted[k] > 1e-6 + 1 - (QUIET_DB - (double)below) / 100;
                    e->n++;
                }
            }
        }
    }
    print_message("%s %.0f levels, %.0f masked; exact positions: %.2f dB, RMS %.3f dB, %.2f %% over %.0f dB; those of "
                  "the table: %.5f dB\n",
                  tones ? "tones" : "noise", exact->n, exact->n_masked, exact->worst, sqrt(exact->sum / exact->n),
                  100 * exact->n_far / exact->n, TONES_FAR_DB, table->worst);
    assert_true(exact->n_masked > 5000);
}

static void test_against_reference(void **state) {
    (void)state;
    Errors exact = {0}, table = {0}, noise_exact = {0}, noise_table = {0};
    compare(false, &noise_exact, &noise_table);
    assert_true(noise_exact.worst < NOISE_WORST_DB && noise_table.worst < SUMS_DB);
    compare(true, &exact, &table);
    assert_true(table.worst < SUMS_DB);
    assert_true(sqrt(exact.sum / exact.n) < TONES_RMS_DB && exact.n_far < TONES_FAR_SHARE * exact.n);
}

static void test_masked_by_noise(void **state) {
    (void)state;
    double masked = masked_db();
    print_message("noise masks a tone %.2f dB below it\n", masked);
    assert_true(masked > 6 && masked < 24); /* plausible range for masking of a tone by noise */
    for (int k = 1; k < 60; k += 7) {
        float x[TB_FEATURES], condition[TB_CONDITIONS], threshold[TB_FEATURES];
        double hz = 200.0 * (k + 1);
        int band;
        float w;
        tbi_band_position(hz, &band, &w);
        band += w > 0.5f; /* the nearest band */
        silent(x, condition, 200);
        x[k] = 0.3f;
        x[TB_FEATURE_BAND + band] = 0.9f;
        tb_masking_threshold(x, condition, 0, threshold);
        double shared =
            10 * log10(1 - fmin((double)w, 1 - (double)w)); /* noise shared with the next band: up to 3 dB */
        assert_true(fabs(db((double)threshold[k]) - (-10 - masked + shared)) < 1.5);
        assert_true(x[k] < threshold[k]);
        /* The noise is not masked by itself or by the much weaker tone. */
        assert_true(db((double)threshold[TB_FEATURE_BAND + band]) < -70);
        /* There is no masking far from the noise. */
        int far = hz < 2000 ? 80 : 2;
        assert_true(fabs(db((double)threshold[far]) + QUIET_DB) < 0.01);
        /* A strong tone masks the noise. */
        x[k] = 0.9f;
        x[TB_FEATURE_BAND + band] = 0.3f;
        tb_masking_threshold(x, condition, 0, threshold);
        assert_true(fabs(db((double)threshold[TB_FEATURE_BAND + band]) - (-10 - masked + shared)) < 1.5);
        assert_true(x[k] > threshold[k] + 0.3f);
    }
}

/* A component on its own is audible down to QUIET_DB below the loudest frame, at any frequency; `below` shifts that. */
static void test_alone(void **state) {
    (void)state;
    static const float belows[] = {0, 13, 40, 79, 100};
    for (size_t i = 0; i < sizeof belows / sizeof *belows; i++) {
        double quiet = -QUIET_DB + (double)belows[i], worst = 0;
        for (int k = 0; k < TB_FEATURES; k++) {
            float x[TB_FEATURES], condition[TB_CONDITIONS], threshold[TB_FEATURES];
            if ((k >= TB_FEATURE_RATIO && k < TB_FEATURE_BAND) || k >= TB_FEATURE_GAIN)
                continue;
            silent(x, condition, 110);
            x[k] = 0.95f;
            tb_masking_threshold(x, condition, belows[i], threshold);
            worst = fmax(worst, fabs(db((double)threshold[k]) - quiet));
        }
        print_message("%3.0f dB below the loudest: error %.4f dB\n", (double)belows[i], worst);
        assert_true(worst < 0.001);
    }
}

static void test_columns_without_threshold(void **state) {
    (void)state;
    static const double cases[] = {27.5, 155, 157, 440, 1000, 4500};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int stiff = 0; stiff < 2; stiff++) {
            float x[TB_FEATURES], condition[TB_CONDITIONS], threshold[TB_FEATURES];
            silent(x, condition, cases[c]);
            for (int k = 0; k < TB_FEATURES; k++)
                x[k] = 0.7f;
            x[TB_FEATURE_INHARMONICITY] = stiff ? 0.4f : 0;
            tb_masking_threshold(x, condition, 200, threshold);
            double b = pow(10, 3 * (double)x[TB_FEATURE_INHARMONICITY] - 5) - 1e-5;
            for (int k = 0; k < TB_FEATURES; k++) {
                double n = k + 1;
                bool level = k < TB_FEATURE_RATIO || (k >= TB_FEATURE_BAND && k < TB_FEATURE_GAIN);
                if (k < TB_HARMONICS && cases[c] * n * sqrt(1 + b * n * n) >= 20000)
                    assert_true(threshold[k] == 2);
                else if (level)
                    assert_true(fabsf(threshold[k] - 2.2f) <
                                1e-4f); /* everything is inaudible 200 dB below the loudest frame */
                else
                    assert_true(threshold[k] == 0);
            }
        }
    }
}

int main(void) {
    tb_rng_seed(&rng, 20);
    return RUN_TESTS(NULL, NULL, test_against_reference, test_masked_by_noise, test_alone,
                     test_columns_without_threshold);
}
