// SPDX-License-Identifier: GPL-3.0-or-later
/* Rendering: frames become samples. Nothing here allocates, locks or fails; synth_new.c makes what this plays on. */
#include "synth/render.h"

#include <math.h>
#include <string.h>

#define HIGHEST 0.465f /* of the sample rate: nothing sounds above */
#define HIGHEST_NOISE 22050.0f

/* The frame at `index`, from the cache; behind the last one NULL. */
static const TbFrame *frame_at(TbSynth *s, size_t index) {
    while (!s->ended && s->n_cached <= index) {
        const TbPhases *phases = NULL;
        size_t slot = s->n_cached % FRAME_CACHE;
        if (!s->source(s->context, s->n_cached, &s->cache[slot], &phases)) {
            s->ended = true;
            s->n_frames = s->n_cached;
            break;
        }
        s->has_phases[slot] = phases != NULL;
        if (phases) {
            s->phase_cache[slot] = *phases;
        }
        s->n_cached++;
    }
    return index < s->n_cached ? &s->cache[index % FRAME_CACHE] : NULL;
}

static const TbPhases *phases_at(TbSynth *s, size_t index) {
    return frame_at(s, index) && s->has_phases[index % FRAME_CACHE] ? &s->phase_cache[index % FRAME_CACHE] : NULL;
}

static float partial_frequency(const TbFrame *f, int i) {
    if (i < TB_HARMONICS) {
        float k = (float)(i + 1);
        return f->f0 * k * sqrtf(1 + f->inharmonicity * k * k);
    }
    return f->f0 * exp2f(f->ratio[i - TB_HARMONICS]);
}

static float partial_amplitude(const TbFrame *f, int i) {
    return i < TB_HARMONICS ? f->harmonic[i] : f->partial[i - TB_HARMONICS];
}

static float partial_phase(const TbPhases *p, int i) {
    return i < TB_HARMONICS ? p->harmonic[i] : p->partial[i - TB_HARMONICS];
}

/* Oscillators are sines, measured phases are of cosines. */
#define COSINE 0.25

static void start_phases(TbSynth *s) {
    const TbPhases *p = phases_at(s, 0);
    for (int i = 0; i < OSCILLATORS; i++) {
        /* Scattered, so that no pulse stands up: multiples of the golden ratio. */
        s->phase[i] = p ? partial_phase(p, i) + COSINE : fmod(0.6180339887 * (i + 1) * (i + 1), 1.0);
    }
}

/* Adds the partials between frame and frame + 1 to out, whose first sample lies `offset` samples behind the frame. */
static void add_partials(TbSynth *s, float *out, int n, double offset) {
    Oscillator bank[OSCILLATORS];
    int count = 0;
    const TbFrame *a = frame_at(s, s->frame), *b = frame_at(s, s->frame + 1);
    const TbPhases *target = phases_at(s, s->frame + 1);
    float limit = HIGHEST * (float)s->rate;
    for (int i = 0; i < OSCILLATORS; i++) {
        float a0 = partial_amplitude(a, i), a1 = b ? partial_amplitude(b, i) : 0;
        float f0 = partial_frequency(a, i), f1 = b ? partial_frequency(b, i) : f0;
        a0 = f0 > limit ? 0 : a0;
        a1 = f1 > limit ? 0 : a1;
        double advance = 0.5 * ((double)f0 + (double)f1) / s->rate * s->hop, bend = 0;
        if (target) {
            double err = (double)partial_phase(target, i) + COSINE - s->phase[i] - advance;
            bend = err - rint(err);
        }
        if (a0 > 1e-7f || a1 > 1e-7f) {
            double w = f0 / s->rate + bend / s->hop, slope = ((double)f1 - (double)f0) / s->rate / s->hop;
            double phase = s->phase[i] + (w + 0.5 * slope * offset) * offset;
            float step = (a1 - a0) / (float)s->hop;
            bank[count++] = (Oscillator){.phase = (float)(phase - floor(phase)),
                                         .frequency = (float)(w + slope * offset),
                                         .slope = (float)slope,
                                         .amplitude = a0 + step * (float)offset,
                                         .d_amplitude = step};
        }
        double phase = s->phase[i] + advance + bend;
        s->phase[i] = phase - floor(phase);
    }
    oscillators_add(bank, count, out, n);
}

/* Square root of the noise spectrum at time p (in frames), per bin. */
static void noise_magnitude(TbSynth *s, double p, float *magnitude) {
    size_t i = (size_t)p;
    float w = (float)(p - (double)i), level[TB_BANDS];
    const TbFrame *a = frame_at(s, i), *b = frame_at(s, i + 1);
    float scale = TB_RATE / (float)s->rate;
    for (int k = 0; k < TB_BANDS; k++) {
        float va = a ? a->band[k] : 0, vb = b ? b->band[k] : 0;
        level[k] = (va + w * (vb - va)) / band_fraction(k) * scale;
    }
    for (int k = 0; k < s->n_bins; k++) {
        int j = s->bin_band[k];
        magnitude[k] = j < 0 ? 0 : sqrtf(level[j] + s->bin_weight[k] * (level[j + 1] - level[j]));
    }
}

/* Makes the next noise_hop samples of noise and puts them into the FIFO. White noise under a square-root Hann window,
 * shaped, windowed again; the windows' product overlaps to exactly 1, so that a flat spectrum gives back the white
 * noise itself. */
static void make_noise(TbSynth *s) {
    int h = s->noise_hop;
    float *next = s->white + h; /* white holds the previous half and the new one */
    memcpy(s->white, next, (size_t)h * sizeof *next);
    for (int i = 0; i < h; i++) {
        next[i] = tb_rng_normal(&s->rng);
    }
    for (int i = 0; i < 2 * h; i++) {
        s->shaped[i] = s->white[i] * s->window[i];
    }
    memset(s->shaped + 2 * h, 0, (size_t)(s->noise_fft - 2 * h) * sizeof *s->shaped);
    tb_fft_forward(s->fft, s->shaped, s->spectrum);
    float *magnitude = s->shaped; /* free for the moment */
    noise_magnitude(s, (double)s->noise_frame * h / s->hop, magnitude);
    for (int k = 0; k < s->n_bins; k++) {
        float g = magnitude[k] / (float)s->noise_fft;
        s->spectrum[2 * k] *= g;
        s->spectrum[2 * k + 1] *= g;
    }
    tb_fft_inverse(s->fft, s->spectrum, s->shaped);
    float *out = s->noise + s->noise_count;
    for (int i = 0; i < h; i++) {
        out[i] = s->tail[i] + s->shaped[i] * s->window[i];
        s->tail[i] = s->shaped[h + i] * s->window[h + i];
    }
    /* Frame 0 is centred on sample 0: its first half lies before the note. */
    s->noise_count += s->noise_frame > 0 ? h : 0;
    s->noise_frame++;
}

static float gain_point(TbSynth *s, size_t index, int sub) {
    const TbFrame *f = frame_at(s, index);
    return f && f->gain[sub] != 0 ? powf(10, f->gain[sub] / 20) : 1;
}

/* Adds noise times the interpolated sub-frame gains. */
static void add_noise(TbSynth *s, float *out, int n, double offset) {
    while (s->noise_count < n) {
        make_noise(s);
    }
    float g[TB_GAINS + 1];
    for (int i = 0; i < TB_GAINS; i++) {
        g[i] = gain_point(s, s->frame, i);
    }
    g[TB_GAINS] = gain_point(s, s->frame + 1, 0);
    float step = TB_GAINS / (float)s->hop;
    for (int i = 0; i < n; i++) {
        float p = ((float)i + (float)offset) * step;
        int j = p < TB_GAINS ? (int)p : TB_GAINS - 1;
        out[i] += s->noise[i] * (g[j] + (p - (float)j) * (g[j + 1] - g[j]));
    }
    s->noise_count -= n;
    memmove(s->noise, s->noise + n, (size_t)s->noise_count * sizeof *s->noise);
}

/* Makes the samples between two frames. */
static void make_hop(TbSynth *s) {
    s->taken = 0;
    s->n_ready = 0;
    if (!frame_at(s, s->frame)) {
        s->over = true;
        return;
    }
    double from = (double)s->frame * s->hop, to = (double)(s->frame + 1) * s->hop;
    int n = (int)(ceil(to) - ceil(from));
    double offset = ceil(from) - from;
    memset(s->ready, 0, (size_t)n * sizeof *s->ready);
    add_partials(s, s->ready, n, offset);
    add_noise(s, s->ready, n, offset);
    if (!frame_at(s, s->frame + 1)) { /* the last hop fades, noise too */
        for (int i = 0; i < n; i++) {
            s->ready[i] *= 1 - (float)(i + 1) / (float)n;
        }
    }
    s->n_ready = n;
    s->frame++;
}

void tb_synth_start(TbSynth *s, TbFrameSource source, void *context, uint64_t seed) {
    s->source = source;
    s->context = context;
    s->n_cached = s->n_frames = s->frame = 0;
    s->ended = s->over = false;
    s->n_ready = s->taken = 0;
    s->noise_frame = 0;
    s->noise_count = 0;
    tb_rng_seed(&s->rng, seed);
    for (int i = 0; i < s->noise_hop; i++) {
        s->white[s->noise_hop + i] = tb_rng_normal(&s->rng);
    }
    memset(s->tail, 0, (size_t)s->noise_hop * sizeof *s->tail);
    start_phases(s);
}

bool tb_synth_render(TbSynth *s, float *out, size_t n) {
    while (n > 0 && !s->over) {
        if (s->taken == s->n_ready) {
            make_hop(s);
            continue;
        }
        size_t take = (size_t)(s->n_ready - s->taken);
        take = take < n ? take : n;
        for (size_t i = 0; i < take; i++) {
            out[i] += s->ready[s->taken + (int)i];
        }
        s->taken += (int)take;
        out += take;
        n -= take;
    }
    return !s->over;
}
