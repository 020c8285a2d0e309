/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/defects.h"
#include "base/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 32768, NEAR = 4 /* bins that one partial occupies */, AROUND = 8 /* blocks */ };
#define TWO_PI 6.283185307179586
#define HIGHEST 20000.0
#define BLOCK 0.006 /* s */
#define FAINT 3e-5  /* floor for second differences: below -90 dBFS nothing counts */

/* ---- aliasing ---- */

/* Power spectrum (in amplitudes) of `size` samples from `start` on. Blackman-Harris: side lobes 92 dB down. */
static double *spectrum(const TbAudio *audio, size_t start, size_t size) {
    TbFft *fft = NULL;
    float *x = tb_aligned_new(size), *s = tb_aligned_new(size + 2);
    double *power = calloc(size / 2 + 1, sizeof *power);
    if (x && s && power && tb_fft_new(size, &fft) == TB_OK) {
        for (size_t i = 0; i < size; i++) {
            double t = TWO_PI * (double)i / (double)size;
            double w = 0.35875 - 0.48829 * cos(t) + 0.14128 * cos(2 * t) - 0.01168 * cos(3 * t);
            x[i] = start + i < audio->n_samples ? (float)w * audio->samples[start + i] : 0;
        }
        tb_fft_forward(fft, x, s);
        for (size_t k = 0; k <= size / 2; k++) {
            double re = s[2 * k] / (double)size, im = s[2 * k + 1] / (double)size;
            power[k] = re * re + im * im;
        }
    }
    tb_fft_free(fft);
    tb_aligned_free(x);
    tb_aligned_free(s);
    return power;
}

double aliasing_db(const TbAudio *single, const TbAudio *twice, double from) {
    double *a = spectrum(single, (size_t)(from * single->sample_rate), SIZE);
    double *b = spectrum(twice, (size_t)(from * twice->sample_rate), 2 * (size_t)SIZE), all = 0, excess = 0;
    size_t last = (size_t)(HIGHEST / single->sample_rate * SIZE);
    for (size_t k = NEAR; a && b && k < last; k++) {
        double most = 0;
        for (size_t j = k - NEAR; j <= k + NEAR; j++)
            most = fmax(most, b[j]);
        all += a[k];
        excess += fmax(0, a[k] - 2 * most);
    }
    free(a);
    free(b);
    return all > 1e-12 && excess > 0 ? fmax(10 * log10(excess / all), -200) : -200;
}

/* ---- clicks ---- */

static double median(const double *x, size_t n) {
    double y[AROUND];
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
    qsort(y, n, sizeof *y, tbi_compare_doubles);
    return y[n / 2];
}

double click_db(const float *samples, size_t n, double rate, double f0, double from, double to, double *when) {
    size_t first = (size_t)(from * rate) + 1, size = (size_t)(rate * fmax(BLOCK, 1.1 / f0));
    size_t end = (size_t)(to * rate) < n ? (size_t)(to * rate) : n;
    size_t blocks = end > first + size ? (end - first - 1) / size : 0;
    double *most = calloc(blocks + 1, sizeof *most), worst = 0;
    *when = 0;
    for (size_t b = 0; most && b < blocks; b++)
        for (size_t i = first + b * size; i < first + (b + 1) * size; i++)
            most[b] = fmax(most[b], fabs((double)samples[i - 1] - 2 * (double)samples[i] + (double)samples[i + 1]));
    for (size_t b = AROUND; most && b + AROUND + 1 < blocks;
         b++) { /* the two neighbours may contain part of the click */
        double before = median(most + b - AROUND, AROUND - 1), after = median(most + b + 2, AROUND - 1);
        double out = 20 * log10((most[b] + FAINT) / (fmax(before, after) + FAINT));
        if (out > worst) {
            worst = out;
            *when = from + (double)(b * size) / rate;
        }
    }
    free(most);
    return worst;
}

/* ---- self-test ---- */

/* Harmonics of 1567 Hz up to `top`: those above half the rate alias. */
static void tones(TbAudio *audio, double rate, double top) {
    audio->sample_rate = rate;
    audio->n_samples = (size_t)(1.2 * rate);
    audio->samples = malloc(audio->n_samples * sizeof *audio->samples);
    for (size_t i = 0; audio->samples && i < audio->n_samples; i++) {
        double sum = 0;
        for (int k = 1; k * 1567.0 < top; k++)
            sum += 0.2 / k * cos(TWO_PI * k * 1567.0 * (double)i / rate);
        audio->samples[i] = (float)sum;
    }
}

bool defects_self_test(void) {
    TbAudio single, twice, folded, plain;
    double when;
    tones(&single, 44100, 20000);
    tones(&twice, 88200, 40000);
    tones(&folded, 44100, 40000);
    double none = aliasing_db(&single, &twice, 0.2), some = aliasing_db(&folded, &twice, 0.2);
    tones(&plain, 44100, 5000);
    double smooth = click_db(plain.samples, plain.n_samples, 44100, 1567, 0.1, 1.1, &when);
    plain.samples[22050] += 0.2f;
    double click = click_db(plain.samples, plain.n_samples, 44100, 1567, 0.1, 1.1, &when);
    bool detected = none < -85 && some > -40 && smooth < 1 && click > 6 && fabs(when - 0.5) < 0.01;
    if (!detected) {
        fprintf(stderr, "aliasing %.1f and %.1f dB; clicks %.1f and %.1f dB at %.3f s\n", none, some, smooth, click,
                when);
    }
    tb_audio_free(&single);
    tb_audio_free(&twice);
    tb_audio_free(&folded);
    tb_audio_free(&plain);
    return detected;
}
