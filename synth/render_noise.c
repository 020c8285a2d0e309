/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise of a sounding note. Each frame filters four hops of white noise by FFT; the middle halves overlap-add under
 * Hann windows. All frames filter the same continuous white noise, so for a constant spectrum the windows sum to 1 and
 * the result is one static filter: steep spectra keep their depth. */
#include "base/cpu.h"
#include "synth/render.h"

#include <math.h>
#include <string.h>

/* level[TB_BANDS]: levels of the noise spectrum at time p in frames. */
static void noise_level(TbSynth *s, double p, float *level) {
    size_t i = (size_t)p;
    float w = (float)(p - (double)i);
    const TbFrame *a = tbi_frame_at(s, i), *b = tbi_frame_at(s, i + 1);
    for (int k = 0; k < TB_BANDS; k++) {
        float va = a ? a->band[k] : 0, vb = b ? b->band[k] : 0;
        level[k] = (va + w * (vb - va)) * s->band_level[k];
    }
}

/* gain[n_shaped]: square root of the spectrum, interpolated between the levels of the bands. */
TB_MULTIVERSION
static void bin_gains(const TbSynth *s, const float *restrict level, float *restrict gain) {
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

/* Renders the next noise_hop samples of noise. */
static void render_frame(TbSynth *s) {
    float level[TB_BANDS], *gain = s->shaped; /* not in use yet */
    double at = (double)s->noise_frame * s->noise_hop - s->noise_offset;
    noise_level(s, fmax(at, 0) / s->hop, level);
    bin_gains(s, level, gain);
    multiply_bins(s->spectrum, noise_source_spectrum(s->white, 0, s->noise_start_at[0] + s->noise_frame),
                  noise_source_spectrum(s->white, 1, s->noise_start_at[1] + s->noise_frame), gain, s->n_shaped);
    memset(s->spectrum + 2 * s->n_shaped, 0, 2 * (size_t)(s->n_bins - s->n_shaped) * sizeof(float));
    tb_fft_inverse(s->fft, s->spectrum, s->shaped);
    overlap(s->noise, s->tail, s->shaped, s->window, s->noise_hop);
    /* Frame 0 is centred on the note's first sample or up to a hop before it: skip the samples before the note. */
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
            render_frame(s);
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
