/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives one channel its width back (Breebaart et al. 2005, section 3.3): left and right are sums of the sound and of a
 * decorrelated copy, weighted so that both have their levels and their correlation, and the copy cancels in their
 * mean. The copy comes from all-pass filters (Schroeder 1962); in each band of each block it is made orthogonal to the
 * sound and as loud, since a short block of a tone is never uncorrelated by itself. */
#include "audio/width.h"
#include "base/arena.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OVERLAP = 4, FILTERS = 4 };
static const double DELAYS[FILTERS] = {0.0017, 0.0029, 0.0043, 0.0067}; /* seconds */
#define FEEDBACK 0.5f
#define MOST_GAIN 4.0 /* of the copy, where little of it is left */

typedef struct {
    float *line; /* [delay] */
    size_t delay, at;
} AllPass;

typedef struct {
    TbArena memory;
    TbFft *fft;
    size_t size, hop;
    float *window, *real, *sound, *copy; /* [size] */
    float *x, *d, *side[2];              /* [size / 2 + 1][2] */
    float *out[2];                       /* [size] */
    double *position;                    /* [size / 2 + 1]: in bands, 0.5 in the middle of the first */
    uint8_t *band;                       /* [size / 2 + 1] */
    AllPass filter[FILTERS];
} Widener;

/* What both channels take of the sound and of its copy. */
typedef struct {
    double sound[2], copy[2];
} Shares;

static void widener_free(Widener *w) {
    tb_fft_free(w->fft);
    tbi_arena_free(&w->memory);
}

static TbStatus widener_new(double rate, Widener *w) {
    *w = (Widener){.size = 64};
    while ((double)w->size < 1.5 * TB_WIDTH_STEP * rate)
        w->size *= 2;
    w->hop = w->size / OVERLAP;
    size_t bins = w->size / 2 + 1;
    float **blocks[] = {&w->window, &w->real, &w->sound, &w->copy, &w->out[0], &w->out[1]},
          **spectra[] = {&w->x, &w->d, &w->side[0], &w->side[1]};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        *blocks[i] = tbi_arena_floats(&w->memory, w->size);
    for (size_t i = 0; i < sizeof spectra / sizeof *spectra; i++)
        *spectra[i] = tbi_arena_floats(&w->memory, 2 * bins);
    w->position = tbi_arena_alloc(&w->memory, bins, sizeof *w->position);
    w->band = tbi_arena_alloc(&w->memory, bins, 1);
    for (int f = 0; f < FILTERS; f++) {
        w->filter[f].delay = (size_t)fmax(1, DELAYS[f] * rate);
        w->filter[f].line = tbi_arena_floats(&w->memory, w->filter[f].delay);
    }
    TbStatus status = w->memory.failed ? tbi_no_memory("for a stereo sound") : tb_fft_new(w->size, &w->fft);
    if (status) {
        widener_free(w);
        return status;
    }
    tb_hann(w->window, w->size);
    size_t first[TB_WIDTH_BANDS + 1];
    for (int b = 0; b <= TB_WIDTH_BANDS; b++)
        first[b] = bins;
    for (size_t k = bins; k-- > 0;) {
        w->band[k] = (uint8_t)tbi_width_band((double)k * rate / (double)w->size);
        for (int b = w->band[k]; b >= 0 && first[b] > k; b--)
            first[b] = k;
    }
    for (size_t k = 0; k < bins; k++) {
        int b = w->band[k];
        w->position[k] = b + ((double)(k - first[b]) + 0.5) / (double)(first[b + 1] - first[b]);
    }
    return TB_OK;
}

static float decorrelated(Widener *w, float x) {
    for (int f = 0; f < FILTERS; f++) {
        AllPass *a = &w->filter[f];
        float late = a->line[a->at], y = late - FEEDBACK * x;
        a->line[a->at] = x + FEEDBACK * y;
        a->at = a->at + 1 < a->delay ? a->at + 1 : 0;
        x = y;
    }
    return x;
}

/* The shares of a copy that is orthogonal and as loud. */
static Shares shares_at(const TbWidth *width, double step, int band) {
    step = fmin(fmax(step, 0), (double)(width->n - 1));
    size_t i = (size_t)step, j = i + 1 < width->n ? i + 1 : i;
    double p = step - (double)i;
    const TbWidthBand *a = &width->bands[i * TB_WIDTH_BANDS + (size_t)band],
                      *b = &width->bands[j * TB_WIDTH_BANDS + (size_t)band];
    double left = (1 - p) * tb_width_level(a->left) + p * tb_width_level(b->left);
    double right = (1 - p) * tb_width_level(a->right) + p * tb_width_level(b->right);
    double alike = ((1 - p) * (a->likeness - 127.0) + p * (b->likeness - 127.0)) / 127;
    double cosine = fmin(fmax(alike, -1), 1), sine = sqrt(1 - cosine * cosine);
    double first = atan2(right * sine, left + right * cosine), second = acos(cosine) - first;
    double c1 = cos(first), c2 = cos(second), s1 = sin(first), s2 = sin(second);
    return (Shares){{left * c1, right * c2}, {left * s1, -right * s2}};
}

/* Turns shares of the orthogonal copy into shares of the copy as it is. */
static void adapt(Shares *s, double sound, double copy, double cross) {
    double slope = sound > 0 ? cross / sound : 0, rest = copy - slope * cross;
    double gain = sound > 0 ? fmin(sqrt(sound / fmax(rest, 1e-30)), MOST_GAIN) : 0;
    for (int c = 0; c < 2; c++) {
        s->copy[c] *= gain;
        s->sound[c] -= s->copy[c] * slope;
    }
}

/* Adds both channels of the block that ends at `end` to out. */
static void add_block(Widener *w, const TbWidth *width, double step) {
    double sound[TB_WIDTH_BANDS] = {0}, copy[TB_WIDTH_BANDS] = {0}, cross[TB_WIDTH_BANDS] = {0};
    Shares shares[TB_WIDTH_BANDS];
    size_t bins = w->size / 2 + 1;
    for (int part = 0; part < 2; part++) {
        const float *from = part ? w->copy : w->sound;
        for (size_t i = 0; i < w->size; i++)
            w->real[i] = from[i] * w->window[i];
        tb_fft_forward(w->fft, w->real, part ? w->d : w->x);
    }
    for (size_t k = 0; k < bins; k++) {
        const float *x = w->x + 2 * k, *d = w->d + 2 * k;
        sound[w->band[k]] += (double)(x[0] * x[0] + x[1] * x[1]);
        copy[w->band[k]] += (double)(d[0] * d[0] + d[1] * d[1]);
        cross[w->band[k]] += (double)(x[0] * d[0] + x[1] * d[1]);
    }
    for (int b = 0; b < TB_WIDTH_BANDS; b++) {
        shares[b] = shares_at(width, step, b);
        adapt(&shares[b], sound[b], copy[b], cross[b]);
    }
    for (size_t k = 0; k < bins; k++) { /* between the middles of two bands, between their shares */
        double p = fmin(fmax(w->position[k] - 0.5, 0), TB_WIDTH_BANDS - 1);
        int b = (int)p, next = b + 1 < TB_WIDTH_BANDS ? b + 1 : b;
        p -= b;
        for (int c = 0; c < 2; c++) {
            float of_sound = (float)((1 - p) * shares[b].sound[c] + p * shares[next].sound[c]);
            float of_copy = (float)((1 - p) * shares[b].copy[c] + p * shares[next].copy[c]);
            for (size_t i = 2 * k; i < 2 * k + 2; i++)
                w->side[c][i] = of_sound * w->x[i] + of_copy * w->d[i];
        }
    }
    float scale = 1 / (1.5f * (float)w->size); /* overlapping squared windows add to 1.5 */
    for (int c = 0; c < 2; c++) {
        tb_fft_inverse(w->fft, w->side[c], w->real);
        for (size_t i = 0; i < w->size; i++)
            w->out[c][i] += scale * w->window[i] * w->real[i];
    }
}

static void shift(float *x, size_t n, size_t by) {
    memmove(x, x + by, (n - by) * sizeof *x);
    memset(x + n - by, 0, by * sizeof *x);
}

TbStatus tb_widen(const float *mono, size_t n, double sample_rate, const TbWidth *width, float *stereo) {
    Widener w;
    if (!(sample_rate >= 8000 && sample_rate <= 192000) || width->n == 0)
        return tb_fail(TB_ERR_ARGUMENT, "A stereo sound needs a width, and a sample rate from 8 to 192 kHz.");
    TbStatus status = widener_new(sample_rate, &w);
    for (size_t end = w.hop; status == TB_OK && end < n + w.size; end += w.hop) {
        shift(w.sound, w.size, w.hop);
        shift(w.copy, w.size, w.hop);
        for (size_t i = 0; i < w.hop; i++) {
            size_t at = end - w.hop + i;
            float x = at < n ? mono[at] : 0;
            w.sound[w.size - w.hop + i] = x;
            w.copy[w.size - w.hop + i] = decorrelated(&w, x);
        }
        add_block(&w, width, ((double)end - (double)w.size / 2) / (sample_rate * TB_WIDTH_STEP));
        for (size_t i = 0; i < w.hop && end >= w.size; i++) /* what no later block adds to */
            for (size_t c = 0; c < 2 && end - w.size + i < n; c++)
                stereo[2 * (end - w.size + i) + c] = w.out[c][i];
        shift(w.out[0], w.size, w.hop);
        shift(w.out[1], w.size, w.hop);
    }
    if (status == TB_OK)
        widener_free(&w);
    return status;
}
