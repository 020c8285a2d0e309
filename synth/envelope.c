/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The envelope of a note: attack time, decay slope while the note is held, and the start of the release. */
#include "synth/envelope.h"
#include "base/compare.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    SUBS = TB_GAINS,   /* amplitude points per frame */
    STEPS = 9,         /* amplitude thresholds of the attack: 10 % .. 90 % */
    BLOCKS = 64,       /* points for the slope fit */
    RELEASE_PASSES = 3 /* slope fits, each without the release found by the one before */
};
#define SILENT_POWER 1e-12f /* mean square of silence */
#define LOUDNESS_EXPONENT 0.3f
#define BLIND_SHARE 0.1875f /* of the window: half of the shift of its centre at the onset */
#define EFFORT 3.0f         /* a step this many times longer than the mean is not part of the attack */
#define LONGEST_RISE 0.25f  /* of the note: the latest start of the held part */
#define RELEASE_DB 6.0f     /* below the fitted line until the end: the note has been released */
#define RELEASE_FOOT_DB 1.5f

void tbi_frame_scale(TbFrame *frame, float gain) {
    for (int k = 0; k < TB_HARMONICS; k++)
        frame->harmonic[k] *= gain;
    for (int k = 0; k < TB_PARTIALS; k++)
        frame->partial[k] *= gain;
    for (int i = 0; i < TB_BANDS; i++)
        frame->band[i] *= gain * gain;
    frame->power *= gain * gain;
}

float tbi_tonal_power(const TbFrame *frame) {
    float sum = 0;
    for (int k = 0; k < TB_HARMONICS; k++)
        sum += frame->harmonic[k] * frame->harmonic[k];
    for (int k = 0; k < TB_PARTIALS; k++)
        sum += frame->partial[k] * frame->partial[k];
    return sum / 2;
}

static float band_power(const TbFrame *frame) {
    float sum = 0;
    for (int b = 0; b < TB_BANDS; b++)
        sum += frame->band[b];
    return sum;
}

static float gain_power(float gain) {
    return powf(10, clampf(gain, -60, 18) / 10);
}

float tbi_noise_gain(const TbFrame *frame) {
    float gain = 0;
    for (int s = 0; s < TB_GAINS; s++)
        gain += gain_power(frame->gain[s]);
    return gain / TB_GAINS;
}

float tbi_noise_power(const TbFrame *frame) {
    return band_power(frame) * tbi_noise_gain(frame);
}

/* Amplitude of tone and noise together. The networks that ship have learned from notes whose tone was overestimated
 * until the window of the harmonics had passed the onset, with noise that cancels the excess. There (cancels = 1, then
 * falling to 0) the noise is subtracted from the tone, in proportion to the tone's share of the power. */
static float joint_amplitude(float tone, float noise, float share, float cancels) {
    float w = cancels * share;
    return (1 - w) * sqrtf(tone * tone + noise) + w * fmaxf(tone - sqrtf(noise), 0);
}

/* amplitude[n * SUBS], interpolated between frames like the synth does. */
static void trace_amplitude(const TbNote *note, size_t n, float *amplitude) {
    float tone = sqrtf(tbi_tonal_power(note->frames)), noise = band_power(note->frames);
    bool analysed = note->n_phases > 0; /* networks give no phases */
    float blind = BLIND_SHARE * (float)tbi_harmonic_window(fmaxf(note->frames[0].f0, 1), 0) / TB_HOP_SIZE;
    for (size_t t = 0; t < n; t++) {
        const TbFrame *next = &note->frames[t + 1 < note->n_frames ? t + 1 : t];
        float next_tone = sqrtf(tbi_tonal_power(next)), next_noise = band_power(next);
        float share = tone * tone / (tone * tone + noise + SILENT_POWER);
        for (int s = 0; s < SUBS; s++) {
            float v = (float)s / SUBS, a = tone + v * (next_tone - tone);
            float b = (noise + v * (next_noise - noise)) * gain_power(note->frames[t].gain[s]);
            float cancels = analysed ? 0 : clampf(2 - ((float)t + v) / blind, 0, 1);
            amplitude[t * SUBS + (size_t)s] = joint_amplitude(a, b, share, cancels);
        }
        tone = next_tone;
        noise = next_noise;
    }
}

/* Peak amplitude, averaged over one frame because a single point can be a random peak of the noise. */
static float peak_amplitude(const float *amplitude, size_t n) {
    float high = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += amplitude[i] - (i >= SUBS ? amplitude[i - SUBS] : 0);
        high = fmaxf(high, sum / SUBS);
    }
    return high;
}

/* The attack by the weakest effort method (Peeters 2004): steps at either end of the rise that take far longer than the
 * mean are not part of the attack. The rest is scaled to 10 .. 90 %. */
static void measure_attack(const float *amplitude, size_t n, Envelope *envelope) {
    float top = peak_amplitude(amplitude, n), at[STEPS], mean;
    size_t i = 0;
    for (int s = 0; s < STEPS; s++) {
        float level = top * (float)(s + 1) / (STEPS + 1);
        while (i + 1 < n && amplitude[i] < level)
            i++;
        float before = i > 0 ? amplitude[i - 1] : 0, rise = amplitude[i] - before; /* silence before the onset */
        at[s] = (float)i - (rise > 0 ? clampf((amplitude[i] - level) / rise, 0, 1) : 0);
    }
    int first = 0, last = STEPS - 1;
    mean = (at[last] - at[first]) / (STEPS - 1);
    while (first < last && at[first + 1] - at[first] > EFFORT * mean)
        first++;
    while (last > first + 1 && at[last] - at[last - 1] > EFFORT * mean)
        last--;
    envelope->attack = (at[last] - at[first]) * (STEPS - 1) / (float)(last - first) * (float)TB_HOP / SUBS;
    /* A swell that takes most of the note counts as held from half its amplitude on. */
    float half = at[STEPS / 2], held = fminf(at[last], fmaxf(half, LONGEST_RISE * (float)n));
    envelope->from = (size_t)(fminf(fmaxf(held, 0), (float)n) / SUBS) + 2;
}

/* ---- slope: weighted Theil-Sen estimator over all pairs of blocks, robust against a release at the end ---- */

typedef struct {
    float value, weight; /* sorted by the first */
} Weighted;

static float weighted_median(Weighted *x, size_t n) {
    double all = 0, sum = 0;
    qsort(x, n, sizeof *x, tbi_compare_floats);
    for (size_t i = 0; i < n; i++)
        all += x[i].weight;
    for (size_t i = 0; i < n; i++) {
        sum += x[i].weight;
        if (sum >= all / 2)
            return x[i].value;
    }
    return 0;
}

typedef struct {
    int n;
    float at[BLOCKS], level[BLOCKS], weight[BLOCKS]; /* s, dB, loudness */
} Blocks;

static void make_blocks(const Envelope *e, Blocks *b) {
    size_t frames = e->n - e->from;
    b->n = frames < BLOCKS ? (int)frames : BLOCKS;
    for (int i = 0; i < b->n; i++) {
        size_t from = e->from + frames * (size_t)i / (size_t)b->n,
               to = e->from + frames * (size_t)(i + 1) / (size_t)b->n;
        float level = 0, weight = 0;
        for (size_t t = from; t < to; t++) {
            level += e->level[t];
            weight += e->loudness[t];
        }
        b->level[i] = level / (float)(to - from);
        b->weight[i] = weight / (float)(to - from);
        b->at[i] = (float)(from + to - 1) / 2 * (float)TB_HOP;
    }
}

/* Fits level = start + slope * time to the first n blocks. */
static void fit_line(const Blocks *b, int n, Weighted *pairs, float *slope, float *start) {
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            float apart = b->at[j] - b->at[i];
            pairs[count].value = (b->level[j] - b->level[i]) / apart;
            pairs[count++].weight = apart * b->weight[i] * b->weight[j];
        }
    }
    *slope = weighted_median(pairs, count);
    for (int i = 0; i < n; i++) {
        pairs[i].value = b->level[i] - *slope * b->at[i];
        pairs[i].weight = b->weight[i];
    }
    *start = weighted_median(pairs, (size_t)n);
}

static void measure_slope(Envelope *e, Weighted *pairs) {
    Blocks b;
    float start = 0;
    make_blocks(e, &b);
    int n = b.n;
    for (int pass = 0; pass < RELEASE_PASSES; pass++) {
        fit_line(&b, n, pairs, &e->slope, &start);
        while (n > 2 && b.level[n - 1] < start + e->slope * b.at[n - 1] - RELEASE_DB)
            n--;
    }
    while (n > 2 && n < b.n && b.level[n - 1] < start + e->slope * b.at[n - 1] - RELEASE_FOOT_DB)
        n--;
    e->to = e->from + (e->n - e->from) * (size_t)n / (size_t)b.n;
}

/* Finds the last audible frame, and the level and loudness of each frame. */
static void weigh_frames(const TbNote *note, float loudest, Envelope *e) {
    float threshold = loudest * powf(10, -AUDIBLE_DB / 10);
    e->n = 0;
    for (size_t t = 0; t < note->n_frames; t++) {
        float power = note->frames[t].power;
        bool audible = power > threshold;
        e->level[t] = 10 * log10f(audible ? power : threshold);
        e->loudness[t] = audible ? powf(power / loudest, LOUDNESS_EXPONENT) : 0;
        e->n = audible ? t + 1 : e->n;
    }
}

TbStatus tbi_envelope_new(const TbNote *note, Envelope *envelope, bool *audible) {
    TbStatus status = TB_OK;
    float loudest = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        loudest = fmaxf(loudest, note->frames[t].power);
    *audible = loudest > SILENT_POWER && isfinite(loudest);
    if (!*audible)
        return TB_OK;
    *envelope =
        (Envelope){.loudness = malloc(note->n_frames * sizeof(float)), .level = malloc(note->n_frames * sizeof(float))};
    float *amplitude = malloc(note->n_frames * SUBS * sizeof *amplitude);
    Weighted *pairs = malloc(sizeof *pairs * BLOCKS * BLOCKS / 2);
    if (envelope->loudness && envelope->level && amplitude && pairs) {
        weigh_frames(note, loudest, envelope);
        trace_amplitude(note, envelope->n, amplitude);
        measure_attack(amplitude, envelope->n * SUBS, envelope);
        if (envelope->from + 2 > envelope->n) /* the whole note is attack: use its last frames */
            envelope->from = envelope->n > 2 ? envelope->n - 2 : 0;
        envelope->to = envelope->n;
        if (envelope->n - envelope->from > 1)
            measure_slope(envelope, pairs);
    } else {
        tbi_envelope_free(envelope);
        status = tbi_no_memory("to analyse this sound");
    }
    free(pairs);
    free(amplitude);
    return status;
}

void tbi_envelope_free(Envelope *envelope) {
    free(envelope->loudness);
    free(envelope->level);
    envelope->loudness = envelope->level = NULL;
}
