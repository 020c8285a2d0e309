/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rendering: frames become samples. Nothing here allocates, locks or fails; synth_new.c makes what this plays on. */
#include "synth/render.h"
#include "base/cpu.h"

#include <math.h>
#include <string.h>

enum { PIECE = 256 }; /* samples given out at once */

#define NOTHING 1e-7f  /* an amplitude that is never heard */
#define HIGHEST 0.465f /* of the sample rate: nothing sounds above */

/* Frequency and amplitude of a frame's partials, into its place in the cache. */
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
    s->audible[slot] = fmaxf(s->pruning * sqrtf(power), NOTHING);
}

/* The frame at `index`, from the cache; behind the last one NULL. */
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

/* Where the partials of frame `index` stand, in turns of a sine (measured phases are of cosines); false: anywhere. */
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
        /* Scattered, so that no pulse stands up: multiples of the golden ratio. */
        s->phase[i] = known ? turns[i] : fmod(0.6180339887 * (i + 1) * (i + 1), 1.0);
    }
}

/* What bends each oscillator so that it meets the phases of the next frame: turns over the hop. Moves s->phase on to
 * that frame. */
TB_MULTIVERSION
static void advance_phases(TbSynth *s, const float *f0, const float *f1, const float *target, double *start,
                           double *bend) {
    double half_hop = 0.5 * s->hop / s->rate;
    for (int i = 0; i < OSCILLATORS; i++) {
        double end = s->phase[i] + half_hop * ((double)f0[i] + (double)f1[i]);
        start[i] = s->phase[i];
        bend[i] = target ? wrap_turns((double)target[i] - end) : 0;
        s->phase[i] = wrap_turns(end + bend[i]);
    }
}

/* The partials between tone_frame and the one behind it -> out[n], whose first sample lies `offset` samples behind it.
 */
static void make_partials(TbSynth *s, float *out, int n, double offset) {
    static const float silence[OSCILLATORS];
    Oscillator bank[OSCILLATORS];
    float target[OSCILLATORS];
    double start[OSCILLATORS], bend[OSCILLATORS];
    int count = 0;
    bool more = tbi_frame_at(s, s->tone_frame + 1) != NULL;
    size_t a = s->tone_frame % FRAME_CACHE, b = (s->tone_frame + 1) % FRAME_CACHE;
    const float *f0 = s->frequency[a], *f1 = more ? s->frequency[b] : f0;
    const float *a0 = s->amplitude[a], *a1 = more ? s->amplitude[b] : silence;
    bool known = phases_at(s, s->tone_frame + 1, target);
    advance_phases(s, f0, f1, known ? target : NULL, start, bend);
    float h0 = s->audible[a], h1 = more ? s->audible[b] : NOTHING;
    double per_rate = 1 / s->rate, per_hop = 1 / s->hop;
    for (int i = 0; i < OSCILLATORS; i++) {
        if (a0[i] > h0 || a1[i] > h1) {
            double w = f0[i] * per_rate + bend[i] * per_hop,
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
}

/* Samples between a frame and the next, and how far behind the frame the first of them lies. */
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

/* On to the samples behind the next frame. */
static void next_hop(TbSynth *s) {
    tb_synth_render_ahead(s);
    s->over = s->n_ahead == 0;
    float *made = s->ahead;
    s->ahead = s->tone;
    s->tone = made;
    s->n_tone = s->n_ahead;
    s->n_ahead = s->taken = 0;
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
    s->n_tone = s->n_ahead = s->taken = 0;
    tb_rng_seed(&s->rng, seed);
    tbi_noise_start(s);
    start_phases(s);
}

/* n samples of the hop that is being given out, from `taken` on. */
static void give(TbSynth *s, float *tone, float *noise, int n) {
    double offset;
    int whole = hop_at(s, s->frame, &offset);
    const float *x = s->tone + s->taken;
    float one[PIECE] = {0};
    tbi_noise_add(s, one, n, s->taken, offset);
    bool last = !tbi_frame_at(s, s->frame + 1);
    for (int i = 0; i < n; i++) { /* the last hop fades, noise too */
        float fade = last ? 1 - (float)(s->taken + i + 1) / (float)whole : 1;
        tone[i] += fade * x[i];
        noise[i] += fade * one[i];
    }
    s->taken += n;
}

bool tb_synth_render_parts(TbSynth *s, float *tone, float *noise, size_t n) {
    while (n > 0 && !s->over) {
        if (s->taken == s->n_tone) {
            next_hop(s);
            continue;
        }
        int take = s->n_tone - s->taken < PIECE ? s->n_tone - s->taken : PIECE;
        take = (size_t)take < n ? take : (int)n;
        give(s, tone, noise, take);
        tone += take;
        noise += take;
        n -= (size_t)take;
    }
    return !s->over;
}

bool tb_synth_render(TbSynth *s, float *out, size_t n) {
    return tb_synth_render_parts(s, out, out, n);
}
