/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The levels of a spectrogram on a log-frequency axis. No single window length suits both ends of that axis: low rows
 * use long windows (fine frequency resolution), high rows short ones (fine time resolution), with crossfades between.
 */
#include "base/arena.h"
#include "base/no_memory.h"
#include "plot/draw.h"
#include "timbrel/measure.h"

#include <math.h>

enum { N_WINDOWS = 3 };
static const double window_seconds[N_WINDOWS] = {0.186, 0.093, 0.046};
static const double crossover_hz[N_WINDOWS - 1] = {200.0, 900.0}; /* crossfades span half an octave on each side */

typedef struct {
    TbStft *stft;
    size_t size, n_bins;
    TbArena memory;    /* of the arrays */
    float *magnitudes; /* [n_bins] of one frame */
    float *strongest;  /* [n_bins] maximum over the frames of a column */
} Window;

static TbStatus window_new(Window *w, double rate, double seconds) {
    size_t size = 64;
    while ((double)size < 0.75 * rate * seconds)
        size *= 2;
    w->size = size;
    w->n_bins = size / 2 + 1;
    TbStatus status = tb_stft_new(size, size / 4, &w->stft);
    w->magnitudes = tbi_arena_floats(&w->memory, w->n_bins);
    w->strongest = tbi_arena_floats(&w->memory, w->n_bins);
    if (!status && w->memory.failed)
        status = tbi_no_memory("for a spectrogram");
    return status;
}

static void window_free(Window *w) {
    tb_stft_free(w->stft);
    tbi_arena_free(&w->memory);
}

/* Maximum over the frames with their centres in one column, so that short sounds stay visible in long pictures. */
static void measure_column(Window *w, const TbAudio *sound, double start, double end) {
    for (size_t k = 0; k < w->n_bins; k++)
        w->strongest[k] = 0.0f;
    double hop = (double)(w->size / 4);
    size_t n_frames = end - start <= hop ? 1 : (size_t)ceil((end - start) / hop);
    for (size_t i = 0; i < n_frames; i++) {
        double centre = start + (end - start) * ((double)i + 0.5) / (double)n_frames;
        tb_stft_magnitudes(w->stft, sound->samples, sound->n_samples, (size_t)centre, w->magnitudes);
        for (size_t k = 0; k < w->n_bins; k++)
            w->strongest[k] = fmaxf(w->strongest[k], w->magnitudes[k]); /* fmaxf ignores NaN */
    }
}

/* Level of a row that covers low..high Hz: its strongest bin, or interpolated if the row is narrower than a bin. */
static double row_level(const Window *w, double rate, double low, double high) {
    double per_bin = rate / (double)w->size;
    size_t last = w->n_bins - 1;
    double a = low / per_bin, b = high / per_bin;
    double magnitude = 0.0;
    for (size_t k = (size_t)ceil(a); k <= last && (double)k <= b; k++)
        magnitude = fmax(magnitude, w->strongest[k]);
    double middle = 0.5 * (a + b);
    size_t k = (size_t)middle;
    if (b - a < 1.0 && k < last) {
        double part = middle - (double)k;
        magnitude = exp((1.0 - part) * log(w->strongest[k] + 1e-12) + part * log(w->strongest[k + 1] + 1e-12));
    }
    return 20.0 * log10(magnitude * 4.0 / (double)w->size + 1e-12); /* a full-scale sine has magnitude size / 4 */
}

static double blended_level(const Window *windows, double rate, double low, double high) {
    double f = sqrt(low * high), level = 0.0, left = 1.0;
    for (int i = 0; i < N_WINDOWS; i++) {
        /* Crossfade from this window to the next: 0..1 within one octave around the crossover. */
        double above = i < N_WINDOWS - 1 ? fmin(fmax(log2(f / crossover_hz[i]) + 0.5, 0.0), 1.0) : 0.0;
        double share = left * (1.0 - above);
        if (share > 0.0)
            level += share * row_level(&windows[i], rate, low, high);
        left *= above;
    }
    return level;
}

static void fill_column(const Window *windows, double rate, int n_columns, int n_rows, float *level) {
    double ratio = TB_PLOT_HIGH_HZ / TB_PLOT_LOW_HZ;
    for (int row = 0; row < n_rows; row++) {
        double high = TB_PLOT_LOW_HZ * pow(ratio, (double)(n_rows - row) / n_rows);
        double low = TB_PLOT_LOW_HZ * pow(ratio, (double)(n_rows - row - 1) / n_rows);
        level[(size_t)row * (size_t)n_columns] =
            high > 0.5 * rate ? NAN : (float)blended_level(windows, rate, low, high);
    }
}

TbStatus tbi_spectrogram(const TbAudio *sound, double seconds_per_column, int n_columns, int n_rows, float *level) {
    Window windows[N_WINDOWS] = {0};
    TbStatus status = TB_OK;
    for (int i = 0; i < N_WINDOWS && !status; i++)
        status = window_new(&windows[i], sound->sample_rate, window_seconds[i]);
    double per_column = seconds_per_column * sound->sample_rate;
    for (int column = 0; column < n_columns && !status; column++) {
        double start = column * per_column;
        if (start >= (double)sound->n_samples) {
            for (int row = 0; row < n_rows; row++)
                level[row * n_columns + column] = NAN;
            continue;
        }
        for (int i = 0; i < N_WINDOWS; i++)
            measure_column(&windows[i], sound, start, fmin(start + per_column, (double)sound->n_samples));
        fill_column(windows, sound->sample_rate, n_columns, n_rows, level + column);
    }
    for (int i = 0; i < N_WINDOWS; i++)
        window_free(&windows[i]);
    return status;
}
