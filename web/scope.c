/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/scope.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOW_HZ 30.0
#define HIGH_HZ 18000.0
enum { WAVE_SPAN = 1024, STEP = WAVE_SPAN / SCOPE_WAVE, PEAK_DB = 60, BAND_DB = 90 };

TbStatus tbi_web_scope_new(Scope **scope) {
    Scope *p = *scope = calloc(1, sizeof *p);
    if (!p)
        return tbi_no_memory("for the page's displays");
    p->windowed = tbi_arena_floats(&p->memory, SCOPE_FFT);
    p->spectrum = tbi_arena_floats(&p->memory, SCOPE_FFT + 2);
    tb_hann(p->window, SCOPE_FFT);
    TbStatus status = p->memory.failed ? tbi_no_memory("for the page's displays") : tb_fft_new(SCOPE_FFT, &p->fft);
    if (status) {
        tbi_web_scope_free(p);
        *scope = NULL;
    }
    return status;
}

void tbi_web_scope_free(Scope *p) {
    if (p)
        tb_fft_free(p->fft);
    tbi_arena_free_owner(p);
}

/* amplitude -> 0 .. 255 over `range` dB below full scale */
static uint8_t decibels(double amplitude, double range) {
    double db = 20 * log10(amplitude + 1e-12);
    return (uint8_t)(255 * fmin(fmax(1 + db / range, 0), 1) + 0.5);
}

static void draw_wave(const Scope *p, int8_t *wave) {
    size_t last = SCOPE_FFT - WAVE_SPAN, from = last;
    for (size_t i = last; i > last - WAVE_SPAN;
         i--) { /* start at a rising zero crossing, so that a steady tone stands still */
        if (p->samples[i - 1] < 0 && p->samples[i] >= 0) {
            from = i;
            break;
        }
    }
    for (size_t i = 0; i < SCOPE_WAVE; i++)
        wave[i] = (int8_t)lrintf(127 * fminf(fmaxf(p->samples[from + i * STEP], -1), 1));
}

static double magnitude(const float *spectrum, int bin) {
    return hypot((double)spectrum[2 * bin], (double)spectrum[2 * bin + 1]);
}

static double between_bins(const float *spectrum, double at) {
    int i = (int)fmin(at, SCOPE_FFT / 2 - 1);
    double share = fmin(at - i, 1);
    return (1 - share) * magnitude(spectrum, i) + share * magnitude(spectrum, i + 1);
}

/* A full-scale sine reads 0 dB in its band. */
static void draw_spectrum(Scope *p, double sample_rate, uint8_t *band) {
    double bin = sample_rate / SCOPE_FFT, ratio = log(HIGH_HZ / LOW_HZ) / SCOPE_BANDS;
    for (int i = 0; i < SCOPE_FFT; i++)
        p->windowed[i] = p->window[i] * p->samples[i];
    tb_fft_forward(p->fft, p->windowed, p->spectrum);
    for (int b = 0; b < SCOPE_BANDS; b++) {
        double from = LOW_HZ * exp(ratio * b) / bin, to = LOW_HZ * exp(ratio * (b + 1)) / bin;
        double peak = between_bins(p->spectrum, (from + to) / 2);
        for (int i = (int)from + 1; i < to && i <= SCOPE_FFT / 2; i++)
            peak = fmax(peak, magnitude(p->spectrum, i));
        band[b] = decibels(peak * 4 / SCOPE_FFT, BAND_DB);
    }
}

void tbi_web_scope_draw(Scope *p, TbLive *live, const TbLiveState *state, uint8_t bytes[SCOPE_BYTES]) {
    tb_live_output(live, p->samples, SCOPE_FFT);
    memset(bytes, 0, SCOPE_BYTES);
    bytes[1] = decibels((double)state->peak[0], PEAK_DB);
    bytes[2] = decibels((double)state->peak[1], PEAK_DB);
    for (int key = 0; key < 128; key++)
        bytes[3 + key / 8] |= (uint8_t)(state->held[key] << key % 8);
    draw_wave(p, (int8_t *)bytes + 19);
    draw_spectrum(p, state->sample_rate, bytes + 19 + SCOPE_WAVE);
}
