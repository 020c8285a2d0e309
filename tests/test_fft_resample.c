/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FFT and resampling against slow reference implementations, in dB. */
#include "tests/run_tests.h"
#include "timbrel/audio.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double ratio_db(double signal, double noise) {
    return 10.0 * log10(signal / (noise + 1e-30));
}

static void test_fft_against_dft(void **state) {
    (void)state;
    static const size_t sizes[] = {2, 4, 6, 10, 64, 98, 128, 441 * 2, 512, 1994, 2048};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        TbFft *fft;
        TbRng rng;
        assert_int_equal(tb_fft_new(n, &fft), TB_OK);
        assert_int_equal(tb_fft_size(fft), n);
        float *x = tb_aligned_new(n), *copy = tb_aligned_new(n), *spectrum = tb_aligned_new(n + 2);
        assert_true(x && copy && spectrum);
        assert_int_equal((uintptr_t)spectrum % 64, 0);
        tb_rng_seed(&rng, n);
        for (size_t i = 0; i < n; i++)
            copy[i] = x[i] = tb_rng_normal(&rng);
        tb_fft_forward(fft, x, spectrum);
        assert_memory_equal(x, copy, n * sizeof *x); /* the input is unchanged */
        double signal = 0, noise = 0;
        for (size_t k = 0; k <= n / 2; k++) {
            double re = 0, im = 0;
            for (size_t i = 0; i < n; i++) {
                double phase = 2 * M_PI * (double)(k * i % n) / (double)n;
                re += x[i] * cos(phase);
                im -= x[i] * sin(phase);
            }
            signal += re * re + im * im;
            noise += pow(spectrum[2 * k] - re, 2) + pow(spectrum[2 * k + 1] - im, 2);
        }
        double forward = ratio_db(signal, noise);
        tb_fft_inverse(fft, spectrum, copy);
        signal = noise = 0;
        for (size_t i = 0; i < n; i++) {
            signal += (double)x[i] * x[i];
            noise += pow(copy[i] / (double)n - x[i], 2);
        }
        printf("FFT of %4zu: forward %.1f dB, and back %.1f dB\n", n, forward, ratio_db(signal, noise));
        assert_true(forward > 120 && ratio_db(signal, noise) > 120);
        tb_aligned_free(x);
        tb_aligned_free(copy);
        tb_aligned_free(spectrum);
        tb_fft_free(fft);
    }
    TbFft *fft;
    assert_int_equal(tb_fft_new(7, &fft), TB_ERR_ARGUMENT);
    assert_int_equal(tb_fft_new(0, &fft), TB_ERR_ARGUMENT);
    assert_int_equal(tb_fft_new(SIZE_MAX - 1, &fft), TB_ERR_ARGUMENT);
    assert_null(fft);
    tb_fft_free(NULL);
}

typedef struct {
    const TbFft *shared;
    int index;
    bool good;
} Worker;

/* Each thread plans other sizes while it transforms an impulse (flat spectrum) with the shared plan. */
static void *work(void *context) {
    Worker *worker = context;
    size_t n = tb_fft_size(worker->shared);
    float *x = tb_aligned_new(n), *spectrum = tb_aligned_new(n + 2);
    worker->good = x && spectrum;
    for (int turn = 0; turn < 50 && worker->good; turn++) {
        TbFft *own;
        worker->good = tb_fft_new((size_t)(64 + 2 * turn + 200 * worker->index), &own) == TB_OK;
        x[0] = (float)(worker->index + 1);
        tb_fft_forward(worker->shared, x, spectrum);
        for (size_t k = 0; k < n + 2; k++)
            worker->good = worker->good && fabsf(spectrum[k] - (k % 2 ? 0.0f : x[0])) < 1e-5f;
        tb_fft_free(own);
    }
    tb_aligned_free(x);
    tb_aligned_free(spectrum);
    return NULL;
}

static void test_fft_in_threads(void **state) {
    (void)state;
    enum { N_THREADS = 4 };
    TbFft *fft;
    pthread_t threads[N_THREADS];
    Worker pool[N_THREADS];
    assert_int_equal(tb_fft_new(1024, &fft), TB_OK);
    for (int i = 0; i < N_THREADS; i++) {
        pool[i] = (Worker){fft, i, false};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &pool[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(pool[i].good);
    }
    tb_fft_free(fft);
}

static void test_hann(void **state) {
    (void)state;
    float w[12];
    tb_hann(w, 12);
    assert_true(w[0] == 0.0f && fabsf(w[6] - 1.0f) < 1e-7f && fabsf(w[3] - 0.5f) < 1e-7f);
    for (int i = 1; i < 12; i++)
        assert_true(fabsf(w[i] - w[12 - i]) < 1e-7f);              /* periodic: symmetric around n / 2 */
    assert_true(fabsf(w[1] + w[5] + w[7] + w[11] - 2.0f) < 1e-6f); /* the sum at half-window overlap is 1 */
}

static void test_aligned_new(void **state) {
    (void)state;
    float *p = tb_aligned_new(0);
    assert_non_null(p);
    tb_aligned_free(p);
    tb_aligned_free(NULL);
    assert_null(tb_aligned_new(SIZE_MAX / 4));
    assert_null(tb_aligned_new(SIZE_MAX));
}

/* Tone to residual ratio in dB; *gain is the change of the tone's level in dB. */
static double beside_tone(const TbAudio *audio, double frequency, double level, double *gain) {
    size_t first = audio->n_samples / 4, last = audio->n_samples * 3 / 4; /* away from the ends */
    double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, xx = 0;
    for (size_t i = first; i < last; i++) {
        double phase = 2 * M_PI * frequency * (double)i / audio->sample_rate, c = cos(phase), s = sin(phase);
        double x = audio->samples[i];
        cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s, xx += x * x;
    }
    double det = cc * ss - cs * cs, a = (xc * ss - xs * cs) / det, b = (xs * cc - xc * cs) / det;
    *gain = 20 * log10(sqrt(a * a + b * b) / level);
    double noise = 0;
    for (size_t i = first; i < last; i++) {
        double phase = 2 * M_PI * frequency * (double)i / audio->sample_rate;
        noise += pow(audio->samples[i] - a * cos(phase) - b * sin(phase), 2);
    }
    assert_true(fabs(a) < 1e-3 * fabs(b)); /* no delay: the phase is preserved */
    return ratio_db(xx, noise);
}

static void test_resampling_tones(void **state) {
    (void)state;
    static const struct {
        double from, to, frequency, threshold;
    } cases[] = {
        {44100, 48000, 1000, 140},  {48000, 44100, 997, 140}, {44100, 22050, 5000, 140},   {22050, 44100, 9000, 140},
        {96000, 44100, 18000, 140}, {44100, 96000, 440, 140}, {44100, 44101, 3000, 130},   {8000, 44100, 3500, 140},
        {192000, 44100, 50, 140},   {44100, 1000, 300, 140},  {11025, 44100, 4000.5, 140}, {1e6, 44100, 1000, 140},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double seconds = 2.0, gain;
        TbAudio audio = {.n_samples = (size_t)(seconds * cases[i].from), .sample_rate = cases[i].from};
        audio.samples = malloc(audio.n_samples * sizeof(float));
        assert_non_null(audio.samples);
        for (size_t j = 0; j < audio.n_samples; j++)
            audio.samples[j] = (float)(0.5 * sin(2 * M_PI * cases[i].frequency * (double)j / cases[i].from));
        assert_int_equal(tb_audio_resample(&audio, cases[i].to), TB_OK);
        assert_true(audio.sample_rate == cases[i].to);
        assert_int_equal(audio.n_samples, (size_t)round(seconds * cases[i].to));
        double threshold = beside_tone(&audio, cases[i].frequency, 0.5, &gain);
        printf("%7.0f -> %5.0f Hz, tone of %7.1f Hz: %.1f dB, gain %+.5f dB\n", cases[i].from, cases[i].to,
               cases[i].frequency, threshold, gain);
        assert_true(threshold >= cases[i].threshold);
        assert_true(fabs(gain) < 0.01);
        tb_audio_free(&audio);
    }
}

static void test_resampling_does_not_alias(void **state) {
    (void)state;
    enum { N = 96000 };
    TbAudio audio = {malloc(N * sizeof(float)), N, 96000};
    assert_non_null(audio.samples);
    for (int i = 0; i < N; i++)
        audio.samples[i] = (float)(0.5 * sin(2 * M_PI * 30000.0 * i / 96000));
    assert_int_equal(tb_audio_resample(&audio, 44100), TB_OK);
    double left = 0;
    for (size_t i = audio.n_samples / 4; i < audio.n_samples * 3 / 4; i++)
        left += (double)audio.samples[i] * audio.samples[i];
    left = ratio_db(0.125, left / (double)(audio.n_samples / 2));
    printf("30 kHz after resampling to 44.1 kHz: down by %.1f dB\n", left);
    assert_true(left > 120);
    tb_audio_free(&audio);
}

static void test_resampling_edges(void **state) {
    (void)state;
    TbAudio audio = {calloc(1, sizeof(float)), 1, 44100};
    assert_int_equal(tb_audio_resample(&audio, 44100), TB_OK);
    assert_int_equal(audio.n_samples, 1);
    assert_int_equal(tb_audio_resample(&audio, 1000), TB_OK);
    assert_int_equal(audio.n_samples, 1);
    assert_int_equal(tb_audio_resample(&audio, 999), TB_ERR_ARGUMENT);
    assert_int_equal(tb_audio_resample(&audio, NAN), TB_ERR_ARGUMENT);
    assert_int_equal(audio.n_samples, 1); /* unchanged after an error */
    tb_audio_free(&audio);
    tb_audio_free(&audio);
    audio.sample_rate = 44100;
    assert_int_equal(tb_audio_resample(&audio, 48000), TB_ERR_EMPTY);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_fft_against_dft, test_fft_in_threads, test_hann, test_aligned_new,
                     test_resampling_tones, test_resampling_does_not_alias, test_resampling_edges);
}
