/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise of a sounding note: a stretch of one long run of white noise, four hops long, is shaped by FFT, and its middle
 * cross-fades under Hann windows from frame to frame. All frames shape the same white noise: where the spectrum stands
 * still the windows add up to 1 and nothing but the filter is heard, so steep spectra keep their depth. */
#include "base/cpu.h"
#include "synth/render.h"

#include <math.h>
#include <string.h>

/* Levels of the noise spectrum at time p (in frames). */
static void noise_level(TbSynth *s, double p, float *level) {
    size_t i = (size_t)p;
    float w = (float)(p - (double)i);
    const TbFrame *a = tbi_frame_at(s, i), *b = tbi_frame_at(s, i + 1);
    for (int k = 0; k < TB_BANDS; k++) {
        float va = a ? a->band[k] : 0, vb = b ? b->band[k] : 0;
        level[k] = (va + w * (vb - va)) * s->band_level[k];
    }
}

/* The gain of each bin: square root of the spectrum between two bands' levels. */
TB_MULTIVERSION
static void tbi_noise_gain(const TbSynth *s, const float *restrict level, float *restrict gain) {
    const int *band = s->bin_band;
    const float *weight = s->bin_weight, scale = 1 / (float)s->noise_fft;
    for (int k = 0; k < s->n_shaped; k++) {
        float a = level[band[k]], v = a + weight[k] * (level[band[k] + 1] - a);
        gain[k] = sqrtf(v) * scale;
    }
}

TB_MULTIVERSION
static void multiply_bins(float *restrict spectrum, const float *restrict a, const float *restrict b,
                          const float *restrict gain, int n_bins) {
    for (int k = 0; k < n_bins; k++) {
        spectrum[2 * k] = gain[k] * (a[2 * k] + b[2 * k]);
        spectrum[2 * k + 1] = gain[k] * (a[2 * k + 1] + b[2 * k + 1]);
    }
}

TB_MULTIVERSION
static void overlap(float *restrict out, float *restrict tail, const float *restrict shaped,
                    const float *restrict window, int h) {
    for (int i = 0; i < h; i++) {
        out[i] = tail[i] + shaped[h + i] * window[i];
        tail[i] = shaped[2 * h + i] * window[h + i];
    }
}

/* Makes the next noise_hop samples of noise. */
static void make_noise(TbSynth *s) {
    float level[TB_BANDS], *gain = s->shaped; /* free for the moment */
    double at = (double)s->noise_frame * s->noise_hop - s->noise_offset;
    noise_level(s, fmax(at, 0) / s->hop, level);
    tbi_noise_gain(s, level, gain);
    multiply_bins(s->spectrum, noise_source_spectrum(s->white, 0, s->noise_start_at[0] + s->noise_frame),
                  noise_source_spectrum(s->white, 1, s->noise_start_at[1] + s->noise_frame), gain, s->n_shaped);
    memset(s->spectrum + 2 * s->n_shaped, 0, 2 * (size_t)(s->n_bins - s->n_shaped) * sizeof(float));
    tb_fft_inverse(s->fft, s->spectrum, s->shaped);
    overlap(s->noise, s->tail, s->shaped, s->window, s->noise_hop);
    /* Frame 0 lies on the note's first sample, or before it: what is before the note is left out. */
    int skip = s->noise_frame == 0 ? s->noise_hop : s->noise_frame == 1 ? s->noise_offset : 0;
    s->noise_next = s->noise + skip;
    s->noise_count = s->noise_hop - skip;
    s->noise_frame++;
}

static float gain_point(TbSynth *s, size_t index, int sub) {
    const TbFrame *f = tbi_frame_at(s, index);
    return f && f->gain[sub] != 0 ? powf(10, f->gain[sub] / 20) : 1;
}

void tbi_noise_add(TbSynth *s, float *out, int n, int first, double offset) {
    float g[TB_GAINS + 1], step = TB_GAINS / (float)s->hop;
    bool flat = true;
    for (int i = 0; i <= TB_GAINS; i++) {
        g[i] = gain_point(s, s->frame + (size_t)(i / TB_GAINS), i % TB_GAINS);
        flat = flat && g[i] == 1;
    }
    for (int end = first + n; first < end;) {
        while (s->noise_count == 0)
            make_noise(s);
        int count = s->noise_count < end - first ? s->noise_count : end - first;
        for (int i = 0; i < count && flat; i++)
            out[i] += s->noise_next[i];
        for (int i = 0; i < count && !flat; i++) {
            float p = ((float)(first + i) + (float)offset) * step;
            int j = p < TB_GAINS ? (int)p : TB_GAINS - 1;
            out[i] += s->noise_next[i] * (g[j] + (p - (float)j) * (g[j + 1] - g[j]));
        }
        s->noise_next += count;
        s->noise_count -= count;
        out += count;
        first += count;
    }
}

void tbi_noise_start(TbSynth *s) {
    size_t h = (size_t)s->noise_hop;
    s->noise_frame = 0;
    s->noise_count = 0;
    for (int i = 0; i < NOISE_LOOPS; i++)
        s->noise_start_at[i] = tb_rng_next(&s->rng) % s->white->length[i];
    memset(s->tail, 0, h * sizeof *s->tail);
}
