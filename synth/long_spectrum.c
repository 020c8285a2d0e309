/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean spectrum of a note at a resolution of a few Hz, for what a pitch tracker cannot decide: stiff strings, whose
 * waveform does not repeat, and chords. */
#include "synth/long_spectrum.h"
#include "base/no_memory.h"

#include <math.h>
#include <string.h>

enum { HOP = LONG_FFT / 4, SKIPPED = 1024 /* samples: the attack */ };
#define SECONDS 2.0f

TbStatus tbi_long_spectrum(const float *x, size_t n, float *db) {
    TbFft *fft = NULL;
    TbStatus status = tb_fft_new(LONG_FFT, &fft);
    TbArena memory = {0};
    float *real = tbi_arena_floats(&memory, LONG_FFT), *spectrum = tbi_arena_floats(&memory, LONG_FFT + 2);
    float *window = tbi_arena_floats(&memory, LONG_FFT);
    if (status == TB_OK && memory.failed)
        status = tbi_no_memory("to analyse this sound");
    if (status == TB_OK) {
        size_t limit = (size_t)(SECONDS * TB_RATE), from = n > LONG_FFT + SKIPPED ? SKIPPED : 0;
        limit = limit < n ? limit : n;
        size_t size = limit - from < LONG_FFT ? limit - from : LONG_FFT;
        int frames = 0;
        memset(db, 0, LONG_BINS * sizeof *db);
        memset(real, 0, LONG_FFT * sizeof *real);
        tb_hann(window, size);
        for (size_t start = from; frames == 0 || start + size <= limit; start += HOP, frames++) {
            for (size_t i = 0; i < size; i++)
                real[i] = x[start + i] * window[i];
            tb_fft_forward(fft, real, spectrum);
            for (int b = 0; b < LONG_BINS; b++)
                db[b] += spectrum[2 * b] * spectrum[2 * b] + spectrum[2 * b + 1] * spectrum[2 * b + 1];
        }
        for (int b = 0; b < LONG_BINS; b++)
            db[b] = 10 * log10f(db[b] / (float)frames + 1e-12f);
    }
    tbi_arena_free(&memory);
    tb_fft_free(fft);
    return status;
}

/* ---- stiff strings ---- */

#define STIFF_LOWEST 25.0f /* Hz */
#define STIFF_HIGHEST 130.0f
#define STIFF_STEP 1.002f
#define STIFF_B_STEP 1.06f
#define STIFF_B_LEAST 2e-5f
#define STIFF_B_MOST 2e-3f
#define STIFF_TOP 2000.0f /* Hz: partials below */
#define PROMINENT_DB 6.0f
#define PROMINENCE_MAX_DB 20.0f
#define STIFF_SHARE 0.85f /* of the partials that must be prominent */

enum { STIFF_LEAST = 12 };

/* Level near a frequency in bins. */
static float level_at(const float *db, float bin) {
    return db[clampl(lrintf(bin), 0, LONG_BINS - 1)];
}

/* By how much the partials of a string stand out of what is between them, summed in dB; *share is that of those which
 * stand out clearly. peak[LONG_BINS] is the highest level within a bin of each. */
static float string_score(const float *db, const float *peak, float f0, float b, float *share) {
    const float per_hz = LONG_FFT / TB_RATE;
    float sum = 0, before = 0;
    int count = 0, prominent = 0;
    for (int k = 1;; k++, count++) {
        float n = (float)k, f = f0 * n * sqrtf(1 + b * n * n) * per_hz, gap = f - before;
        if (f > STIFF_TOP * per_hz)
            break;
        float between =
            fmaxf(level_at(db, f - gap / 2), fmaxf(level_at(db, f - gap / 3), level_at(db, f - gap * 2 / 3)));
        float stands_out = level_at(peak, f) - between;
        sum += clampf(stands_out, -PROMINENCE_MAX_DB, PROMINENCE_MAX_DB);
        prominent += stands_out > PROMINENT_DB;
        before = f;
    }
    *share = (float)prominent / (float)(count > STIFF_LEAST ? count : STIFF_LEAST);
    return sum;
}

TbStatus tbi_stiff_string(const float *x, size_t n, float *pitch) {
    float db[LONG_BINS], peak[LONG_BINS], best = 0, best_f0 = 0, best_share = 0, share;
    TbStatus status = tbi_long_spectrum(x, n, db);
    *pitch = 0;
    if (status != TB_OK)
        return status;
    for (int i = 0; i < LONG_BINS; i++)
        peak[i] = fmaxf(db[i], fmaxf(db[i > 0 ? i - 1 : i], db[i + 1 < LONG_BINS ? i + 1 : i]));
    for (float b = STIFF_B_LEAST; b < STIFF_B_MOST; b *= STIFF_B_STEP)
        for (float f0 = STIFF_LOWEST; f0 < STIFF_HIGHEST; f0 *= STIFF_STEP) {
            float score = string_score(db, peak, f0, b, &share);
            if (score > best) {
                best = score;
                best_f0 = f0;
                best_share = share;
            }
        }
    if (best_share > STIFF_SHARE)
        *pitch = best_f0;
    return TB_OK;
}
