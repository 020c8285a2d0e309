/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders frames to samples. All functions are RT; allocation is in synth_new.c. */
#include "synth/render.h"
#include "base/cpu.h"
#include "synth/internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 }; /* maximum number of samples output at once */

#define INAUDIBLE 1e-7f /* amplitude below which partials are skipped */
#define HIGHEST 0.465f  /* of the sample rate: partials above are muted */

/* Computes frequency and amplitude of the partials of a cached frame. */
TB_MULTIVERSION
static void list_partials(TbSynth *s, size_t slot) {
    const TbFrame *f = &s->cache[slot];
    float *hz = s->frequency[slot], *a = s->amplitude[slot], limit = HIGHEST * (float)s->rate;
    for (int i = 0; i < TB_HARMONICS; i++) {
        float k = (float)(i + 1);
        hz[i] = f->f0 * k * sqrtf(1 + f->inharmonicity * k * k);
        a[i] = hz[i] > limit ? 0 : f->harmonic[i];
    }
    for (int i = 0; i < TB_PARTIALS; i++) {
        float v = f->f0 * exp2f(f->ratio[i]);
        hz[TB_HARMONICS + i] = v;
        a[TB_HARMONICS + i] = v > limit ? 0 : f->partial[i];
    }
    float squares[OSCILLATORS];
    for (int i = 0; i < OSCILLATORS; i++)
        squares[i] = a[i] * a[i];
    float power = sum_of(squares, OSCILLATORS) + 2 * sum_of(f->band, TB_BANDS);
    s->audible[slot] = fmaxf(s->pruning * sqrtf(power), INAUDIBLE);
}

const TbFrame *tbi_frame_at(TbSynth *s, size_t index) {
    while (!s->ended && s->n_cached <= index) {
        const TbPhases *phases = NULL;
        size_t slot = s->n_cached % FRAME_CACHE;
        if (!s->source(s->context, s->n_cached, &s->cache[slot], &phases)) {
            s->ended = true;
            s->n_frames = s->n_cached;
            break;
        }
        s->has_phases[slot] = phases != NULL;
        if (phases)
            s->phase_cache[slot] = *phases;
        list_partials(s, slot);
        s->n_cached++;
    }
    return index < s->n_cached ? &s->cache[index % FRAME_CACHE] : NULL;
}

/* turns[OSCILLATORS]: phases of the partials of frame `index`, as sines (measured phases are those of cosines). False
 * if unknown. */
static bool phases_at(TbSynth *s, size_t index, float *turns) {
    if (!tbi_frame_at(s, index) || !s->has_phases[index % FRAME_CACHE])
        return false;
    const TbPhases *p = &s->phase_cache[index % FRAME_CACHE];
    for (int i = 0; i < TB_HARMONICS; i++)
        turns[i] = p->harmonic[i] + 0.25f;
    for (int i = 0; i < TB_PARTIALS; i++)
        turns[TB_HARMONICS + i] = p->partial[i] + 0.25f;
    return true;
}

static void start_phases(TbSynth *s) {
    float turns[OSCILLATORS];
    bool known = phases_at(s, 0, turns);
    for (int i = 0; i < OSCILLATORS; i++) {
        /* Multiples of the golden ratio: spread phases avoid a pulse. */
        s->phase[i] = known ? turns[i] : fmod(0.6180339887 * (i + 1) * (i + 1), 1.0);
    }
}

/* Advances s->phase to the next frame. start[] is the phase before that; correction[] is the phase correction over the
 * hop, in turns, that makes each oscillator reach target[] (NULL: none). */
TB_MULTIVERSION
static void advance_phases(TbSynth *s, const float *f0, const float *f1, const float *target, double *start,
                           double *correction) {
    double half_hop = 0.5 * s->hop / s->rate;
    for (int i = 0; i < OSCILLATORS; i++) {
        double end = s->phase[i] + half_hop * ((double)f0[i] + (double)f1[i]);
        start[i] = s->phase[i];
        correction[i] = target ? wrap_turns((double)target[i] - end) : 0;
        s->phase[i] = wrap_turns(end + correction[i]);
    }
}

/* out[n] = the partials between tone_frame and the next frame; out[0] is `offset` samples after tone_frame. */
static void make_partials(TbSynth *s, float *out, int n, double offset) {
    static const float silence[OSCILLATORS];
    Oscillator bank[OSCILLATORS];
    float target[OSCILLATORS];
    double start[OSCILLATORS], correction[OSCILLATORS];
    int count = 0;
    bool more = tbi_frame_at(s, s->tone_frame + 1) != NULL;
    size_t a = s->tone_frame % FRAME_CACHE, b = (s->tone_frame + 1) % FRAME_CACHE;
    const float *f0 = s->frequency[a], *f1 = more ? s->frequency[b] : f0;
    const float *a0 = s->amplitude[a], *a1 = more ? s->amplitude[b] : silence;
    bool known = phases_at(s, s->tone_frame + 1, target);
    advance_phases(s, f0, f1, known ? target : NULL, start, correction);
    float h0 = s->audible[a], h1 = more ? s->audible[b] : INAUDIBLE;
    double per_rate = 1 / s->rate, per_hop = 1 / s->hop;
    for (int i = 0; i < OSCILLATORS; i++) {
        if (a0[i] > h0 || a1[i] > h1) {
            double w = f0[i] * per_rate + correction[i] * per_hop,
                   slope = ((double)f1[i] - (double)f0[i]) * per_rate * per_hop;
            float step = (a1[i] - a0[i]) * (float)per_hop;
            bank[count++] = (Oscillator){.phase = start[i] + (w + 0.5 * slope * offset) * offset,
                                         .frequency = w + slope * offset,
                                         .slope = slope,
                                         .amplitude = a0[i] + step * (float)offset,
                                         .d_amplitude = step};
        }
    }
    memset(out, 0, (size_t)n * sizeof *out);
    tbi_oscillators_add(bank, count, out, n);
    if (s->tone_frame == 0)
        tbi_fade_in(out, n, FADE_IN * (float)s->hop);
}

/* Number of samples between a frame and the next; *offset is the time from the frame to the first, in samples. */
static int hop_at(const TbSynth *s, size_t frame, double *offset) {
    double from = (double)frame * s->hop, to = (double)(frame + 1) * s->hop;
    *offset = ceil(from) - from;
    return (int)(ceil(to) - ceil(from));
}

bool tb_synth_render_ahead(TbSynth *s) {
    if (s->n_ahead > 0 || s->over || !tbi_frame_at(s, s->tone_frame))
        return false;
    double offset;
    int n = hop_at(s, s->tone_frame, &offset);
    make_partials(s, s->ahead, n, offset);
    s->n_ahead = n;
    s->tone_frame++;
    return true;
}

/* Advances to the next hop. */
static void next_hop(TbSynth *s) {
    tb_synth_render_ahead(s);
    s->over = s->n_ahead == 0;
    float *rendered = s->ahead;
    s->ahead = s->tone;
    s->tone = rendered;
    s->n_tone = s->n_ahead;
    s->n_ahead = s->n_played = 0;
    s->frame = s->tone_frame - (s->over ? 0 : 1);
}

void tb_synth_set_pruning(TbSynth *s, float share) {
    s->pruning = share;
}

void tb_synth_set_noise_offset(TbSynth *s, float share) {
    s->noise_offset = (int)(share * (float)s->noise_hop) % s->noise_hop;
}

void tb_synth_start(TbSynth *s, TbFrameSource source, void *context, uint64_t seed) {
    s->source = source;
    s->context = context;
    s->n_cached = s->n_frames = s->frame = s->tone_frame = 0;
    s->ended = s->over = false;
    s->n_tone = s->n_ahead = s->n_played = 0;
    tb_rng_seed(&s->rng, seed);
    tbi_noise_start(s);
    start_phases(s);
}

/* Adds n samples of the current hop, from n_played on, to tone[n] and noise[n]. */
static void play(TbSynth *s, float *tone, float *noise, int n) {
    double offset;
    int whole = hop_at(s, s->frame, &offset);
    const float *x = s->tone + s->n_played;
    float one[BLOCK] = {0};
    tbi_noise_add(s, one, n, s->n_played, offset);
    bool last = !tbi_frame_at(s, s->frame + 1);
    for (int i = 0; i < n; i++) { /* fade out over the last hop */
        float fade = last ? 1 - (float)(s->n_played + i + 1) / (float)whole : 1;
        tone[i] += fade * x[i];
        noise[i] += fade * one[i];
    }
    s->n_played += n;
}

bool tb_synth_render_parts(TbSynth *s, float *tone, float *noise, size_t n) {
    while (n > 0 && !s->over) {
        if (s->n_played == s->n_tone) {
            next_hop(s);
            continue;
        }
        int count = s->n_tone - s->n_played < BLOCK ? s->n_tone - s->n_played : BLOCK;
        count = (size_t)count < n ? count : (int)n;
        play(s, tone, noise, count);
        tone += count;
        noise += count;
        n -= (size_t)count;
    }
    return !s->over;
}

bool tb_synth_render(TbSynth *s, float *out, size_t n) {
    return tb_synth_render_parts(s, out, out, n);
}
