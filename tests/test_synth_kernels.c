/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels of synth/ against slow reference implementations in double precision, in dB. */
#include "synth/render.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMODULATE_FLOOR_DB (-115.0)
#define OSCILLATORS_FLOOR_DB (-85.0)
#define SUBTRACT_FLOOR_DB (-100.0)
#define POLAR_TURNS 2e-6
#define UNITY 1e-5
#define NOISE_POWER_DB 0.2

static double db(double power) {
    return 10 * log10(power + 1e-30);
}

/* ---- demodulate ---- */

static void slow_demodulate(const float *x, long n, long centre, int length, double f, double *re, double *im) {
    int half = length / 2;
    double sum = 0;
    *re = *im = 0;
    for (int i = -half; i <= half; i++) {
        double w = 0.5 + 0.5 * cos(TB_PI * i / half), v = centre + i >= 0 && centre + i < n ? x[centre + i] : 0;
        double a = 2 * TB_PI * f * i / (double)TB_RATE;
        *re += w * v * cos(a);
        *im -= w * v * sin(a);
        sum += w;
    }
    *re *= 2 / sum;
    *im *= 2 / sum;
}

static void test_demodulate(void **state) {
    (void)state;
    static const struct {
        int length, n_freq;
        long centre;
    } cases[] = {{512, 1, 5000},  {514, 12, 5000},   {1024, 12, 5000}, {802, 100, 5000}, {2048, 48, 5000},
                 {4096, 2, 5000}, {8192, 128, 5000}, {8192, 17, 3},    {4096, 33, 9999}, {1026, 16, -100}};
    enum { N = 10000 };
    float *x = malloc(N * sizeof *x), scratch[DEMODULATE_LONGEST + DEMODULATE_SCRATCH], freq[TB_HARMONICS];
    Cpx out[TB_HARMONICS];
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int i = 0; i < N; i++)
            x[i] = 0.1f * tb_rng_normal(&rng) + sinf(0.05f * (float)i);
        double error = 0, power = 0.51; /* of the signal */
        for (int k = 0; k < cases[c].n_freq; k++)
            freq[k] = 27.5f + 170.3f * (float)k;
        tbi_demodulate(x, N, cases[c].centre, cases[c].length, freq, cases[c].n_freq, out, scratch);
        for (int k = 0; k < cases[c].n_freq; k++) {
            double re, im;
            slow_demodulate(x, N, cases[c].centre, cases[c].length, (double)freq[k], &re, &im);
            error += (out[k].re - re) * (out[k].re - re) + (out[k].im - im) * (out[k].im - im);
        }
        double e = db(error / cases[c].n_freq / power);
        printf("demodulate length %d, %d frequencies at %ld: %.1f dB\n", cases[c].length, cases[c].n_freq,
               cases[c].centre, e);
        assert_true(e < DEMODULATE_FLOOR_DB);
    }
    freq[0] = 0;
    freq[1] = TB_RATE / 2;
    tbi_demodulate(x, N, 5000, 1024, freq, 2, out, scratch);
    assert_true(out[0].re == 0 && out[0].im == 0 && out[1].re == 0 && out[1].im == 0);
    free(x);
}

/* ---- oscillators ---- */

static void test_oscillators(void **state) {
    (void)state;
    static const int counts[] = {1, 15, 16, 17, 100, OSCILLATORS}, lengths[] = {1, 127, 128, 256, 1115};
    Oscillator o[OSCILLATORS];
    float out[1115];
    TbRng rng;
    tb_rng_seed(&rng, 2);
    for (size_t c = 0; c < 6; c++) {
        for (size_t l = 0; l < 5; l++) {
            int n = lengths[l];
            double error = 0, power = 0;
            for (int k = 0; k < counts[c]; k++) {
                o[k] = (Oscillator){.phase = tb_rng_uniform(&rng),
                                    .frequency = 0.46 * (double)tb_rng_uniform(&rng),
                                    .slope = 1e-5 * ((double)tb_rng_uniform(&rng) - 0.5),
                                    .amplitude = tb_rng_uniform(&rng),
                                    .d_amplitude = (tb_rng_uniform(&rng) - 0.5f) / 1115};
            }
            memset(out, 0, sizeof out);
            tbi_oscillators_add(o, counts[c], out, n);
            for (int i = 0; i < n; i++) {
                double v = 0;
                for (int k = 0; k < counts[c]; k++) {
                    double turns = o[k].phase + o[k].frequency * i + 0.5 * o[k].slope * i * i;
                    v += (o[k].amplitude + (double)o[k].d_amplitude * i) * sin(2 * TB_PI * turns);
                }
                error += (out[i] - v) * (out[i] - v);
                power += v * v;
            }
            double e = db(error / power);
            printf("oscillators %d x %d samples: %.1f dB\n", counts[c], n, e);
            assert_true(e < OSCILLATORS_FLOOR_DB);
        }
    }
}

static void test_polar(void **state) {
    (void)state;
    Cpx c[TB_HARMONICS];
    float amplitude[TB_HARMONICS], turns[TB_HARMONICS];
    double worst = 0;
    for (int k = 0; k < TB_HARMONICS; k++) {
        double a = 2 * TB_PI * k / TB_HARMONICS;
        c[k] = (Cpx){(float)(0.3 * cos(a)), (float)(0.3 * sin(a))};
    }
    tbi_to_polar(c, TB_HARMONICS, amplitude, turns);
    for (int k = 0; k < TB_HARMONICS; k++) {
        double exact = atan2((double)c[k].im, (double)c[k].re) / (2 * TB_PI), d = fabs(wrap_turns(turns[k] - exact));
        worst = d > worst ? d : worst;
        assert_true(turns[k] >= 0 && turns[k] <= 1);
        assert_true(fabsf(amplitude[k] - 0.3f) < 1e-6f);
    }
    printf("phases: worst error %.2g turns\n", worst);
    assert_true(worst < POLAR_TURNS);
    c[0] = (Cpx){0, 0};
    tbi_to_polar(c, 1, amplitude, turns);
    assert_true(amplitude[0] == 0 && turns[0] == 0);
}

/* Measuring and subtracting steady sinusoids leaves no residual; in the `first` hop of a note they fade in as
 * test_render finds that the synth plays them. */
static void subtract(bool first) {
    enum { N = TB_HOP_SIZE, COUNT = 40 };
    float x[N];
    Partials a, b;
    double before = 0, after = 0;
    for (int k = 0; k < COUNT; k++) {
        double f = 311.7 * (k + 1), p = fmod(0.37 * k, 1);
        a.freq[k] = b.freq[k] = (float)f;
        a.amplitude[k] = b.amplitude[k] = 1.0f / (float)(k + 1);
        a.turns[k] = (float)p;
        b.turns[k] = (float)fmod(p + f * N / (double)TB_RATE, 1);
    }
    for (int i = 0; i < N; i++) {
        double v = 0;
        for (int k = 0; k < COUNT; k++) {
            v += (double)a.amplitude[k] *
                 cos(2 * TB_PI * ((double)a.turns[k] + (double)a.freq[k] * i / (double)TB_RATE));
        }
        double u = first ? fmin((i + 0.5) / (N / 4), 1) : 1;
        x[i] = (float)(v * u * u * (3 - 2 * u));
        before += v * v;
    }
    tbi_subtract_partials(x, N, N, first, &a, &b, COUNT);
    for (int i = 0; i < N; i++)
        after += (double)x[i] * x[i];
    printf("subtraction leaves %.1f dB\n", db(after / before));
    assert_true(db(after / before) < SUBTRACT_FLOOR_DB);
}

static void test_subtract(void **state) {
    (void)state;
    subtract(false);
    subtract(true);
}

/* ---- bands ---- */

static void test_bands_are_a_partition_of_unity(void **state) {
    (void)state;
    double share = 0, last = 0;
    for (int i = 0; i < TB_BANDS; i++) {
        assert_true(tbi_band_centre(i) > last);
        last = tbi_band_centre(i);
        share += (double)tbi_band_fraction(i);
    }
    printf("bands: %.1f .. %.1f Hz, shares sum to %.6f\n", tbi_band_centre(0), last, share);
    assert_true(fabs(share - 1) < UNITY);
    for (double f = 0; f < 22050; f += 1.7) {
        int i;
        float w;
        tbi_band_position(f, &i, &w);
        assert_true(i >= 0 && i + 1 < TB_BANDS && w >= 0 && w <= 1);
        if (f > tbi_band_centre(0) &&
            f < last) /* linear in ERB number, so interpolation between the centres is exact */
            assert_true(f >= tbi_band_centre(i) - 1e-3 && f <= tbi_band_centre(i + 1) + 1e-3);
    }
}

/* A flat spectrum gives each band its fraction of the power. */
static void test_flat_spectrum_gives_flat_bands(void **state) {
    (void)state;
    float psd[NOISE_BINS], trust[NOISE_BINS], band[TB_BANDS];
    BandMap map;
    double worst = 0, sum = 0;
    tbi_band_map_init(&map);
    for (int b = 0; b < NOISE_BINS; b++) {
        psd[b] = 0.25f;
        trust[b] = b % 3 ? 1 : 1e-3f;
    }
    tbi_bands_from_psd(&map, psd, trust, band);
    for (int i = 0; i < TB_BANDS; i++) {
        double e = fabs(db((double)band[i] / (0.25 * (double)tbi_band_fraction(i))));
        worst = e > worst ? e : worst;
        sum += (double)band[i];
    }
    printf("flat bands: worst %.2g dB, power %.5f of 0.25\n", worst, sum);
    assert_true(worst < 0.001 && fabs(sum - 0.25) < 1e-4);
}

/* ---- noise ---- */

static bool flat_frames(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    (void)phases;
    memset(frame, 0, sizeof *frame);
    frame->f0 = TB_BASE_F0;
    for (int i = 0; i < TB_BANDS; i++)
        frame->band[i] = 0.01f * tbi_band_fraction(i);
    return index < *(size_t *)context;
}

static void test_noise_has_the_specified_power(void **state) {
    (void)state;
    static const double rates[] = {22050, 44100, 48000, 96000, 192000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        TbSynth *s = NULL;
        size_t n_frames = 2000, n = (size_t)(rates[r] * 11);
        float *out = calloc(n, sizeof *out);
        double sum = 0;
        assert_int_equal(tb_synth_new(rates[r], &s), TB_OK);
        tb_synth_start(s, flat_frames, &n_frames, 7);
        tb_synth_render(s, out, n);
        for (size_t i = n / 11; i < n; i++)
            sum += (double)out[i] * out[i];
        /* The bands reach up to 22.05 kHz, so at half that rate there is half the power. */
        double expected = 0.01 * (rates[r] < 44100 ? rates[r] / 44100 : 1), got = sum / (double)(n - n / 11);
        printf("noise at %.0f Hz: %.3f dB off\n", rates[r], db(got / expected));
        assert_true(fabs(db(got / expected)) < NOISE_POWER_DB);
        tb_synth_free(s);
        free(out);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_demodulate, test_oscillators, test_polar, test_subtract,
                     test_bands_are_a_partition_of_unity, test_flat_spectrum_gives_flat_bands,
                     test_noise_has_the_specified_power);
}
