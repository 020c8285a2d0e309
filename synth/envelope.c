/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The course of a note's level: how long its attack takes, how fast it decays while it is held, and where it is let
 * go. */
#include "synth/envelope.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    SUBS = TB_GAINS,  /* points of the amplitude per frame */
    STEPS = 9,        /* amplitudes that a rise passes: 10 % .. 90 % */
    BLOCKS = 64,      /* points that the slope is measured from */
    RELEASE_LOOKS = 3 /* fits of the slope, each without the release that the one before showed */
};
#define SOUND_OF_SILENCE 1e-12f /* mean square that is no sound */
#define LOUDNESS_EXPONENT 0.3f
#define BLIND_SHARE 0.1875f /* of the window: by half of what its centre is moved at the beginning */
#define EFFORT 3.0f         /* a step that takes so much longer than the mean one is no part of the attack */
#define LONGEST_RISE 0.25f  /* of the note, before it is held */
#define RELEASE_DB 6.0f     /* under the line of the held note for good: it has been let go */
#define RELEASE_FOOT_DB 1.5f

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

/* The amplitude of tone and noise together. Analysis sees the first harmonics through a window that cannot begin before
 * the note does: until the middle of it a rise is too strong a tone and, in the noise, what is to be taken away from it
 * again. So there (cancels: 1, later falling to 0) noise counts against the tone, in proportion to the tone's share. */
static float joint_amplitude(float tone, float noise, float share, float cancels) {
    float c = cancels * share;
    return (1 - c) * sqrtf(tone * tone + noise) + c * fmaxf(tone - sqrtf(noise), 0);
}

/* Amplitude at SUBS points per frame, between frames as the synth goes from one to the next. */
static void trace_amplitude(const TbNote *note, size_t n, float *amplitude) {
    float tone = sqrtf(tbi_tonal_power(note->frames)), noise = band_power(note->frames);
    float blind = BLIND_SHARE * (float)tbi_harmonic_window(fmaxf(note->frames[0].f0, 1), 0) / TB_HOP_SIZE;
    for (size_t t = 0; t < n; t++) {
        const TbFrame *next = &note->frames[t + 1 < note->n_frames ? t + 1 : t];
        float next_tone = sqrtf(tbi_tonal_power(next)), next_noise = band_power(next);
        float share = tone * tone / (tone * tone + noise + SOUND_OF_SILENCE);
        for (int s = 0; s < SUBS; s++) {
            float v = (float)s / SUBS, a = tone + v * (next_tone - tone);
            float b = (noise + v * (next_noise - noise)) * gain_power(note->frames[t].gain[s]);
            amplitude[t * SUBS + (size_t)s] = joint_amplitude(a, b, share, clampf(2 - ((float)t + v) / blind, 0, 1));
        }
        tone = next_tone;
        noise = next_noise;
    }
}

/* The loudest moment of a frame's length: a single point may be a chance of the noise. */
static float highest(const float *amplitude, size_t n) {
    float high = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += amplitude[i] - (i >= SUBS ? amplitude[i - SUBS] : 0);
        high = fmaxf(high, sum / SUBS);
    }
    return high;
}

/* The attack by weakest effort (Peeters 2004): of the nine steps of the rise those at either end that take far longer
 * than the mean one are creeping up or swelling, and do not belong to it. What is left is scaled to 10 .. 90 %. */
static void measure_attack(const float *amplitude, size_t n, Envelope *envelope) {
    float top = highest(amplitude, n), at[STEPS], mean;
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
    /* A swell that takes most of the note is held already when it has come to half of its height. */
    float half = at[STEPS / 2], held = fminf(at[last], fmaxf(half, LONGEST_RISE * (float)n));
    envelope->from = (size_t)(fminf(fmaxf(held, 0), (float)n) / SUBS) + 2;
}

/* ---- the slope: Theil and Sen's median over all pairs of blocks, which a release at the end cannot pull ---- */

typedef struct {
    float value, weight;
} Weighted;

static int by_value(const void *a, const void *b) {
    float x = ((const Weighted *)a)->value, y = ((const Weighted *)b)->value;
    return (x > y) - (x < y);
}

static float weighted_median(Weighted *x, size_t n) {
    double all = 0, sum = 0;
    qsort(x, n, sizeof *x, by_value);
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

static void make_blocks(const Envelope *c, Blocks *b) {
    size_t frames = c->n - c->from;
    b->n = frames < BLOCKS ? (int)frames : BLOCKS;
    for (int i = 0; i < b->n; i++) {
        size_t from = c->from + frames * (size_t)i / (size_t)b->n,
               to = c->from + frames * (size_t)(i + 1) / (size_t)b->n;
        float level = 0, weight = 0;
        for (size_t t = from; t < to; t++) {
            level += c->level[t];
            weight += c->loudness[t];
        }
        b->level[i] = level / (float)(to - from);
        b->weight[i] = weight / (float)(to - from);
        b->at[i] = (float)(from + to - 1) / 2 * (float)TB_HOP;
    }
}

/* Slope of the first n blocks, and where its line starts. */
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

static void measure_slope(Envelope *c, Weighted *pairs) {
    Blocks b;
    float start = 0;
    make_blocks(c, &b);
    int n = b.n;
    for (int look = 0; look < RELEASE_LOOKS; look++) {
        fit_line(&b, n, pairs, &c->slope, &start);
        while (n > 2 && b.level[n - 1] < start + c->slope * b.at[n - 1] - RELEASE_DB)
            n--;
    }
    while (n > 2 && n < b.n && b.level[n - 1] < start + c->slope * b.at[n - 1] - RELEASE_FOOT_DB)
        n--;
    c->to = c->from + (c->n - c->from) * (size_t)n / (size_t)b.n;
}

/* Counts frames up to the last that is heard, and weighs each. */
static void weigh_frames(const TbNote *note, float loudest, Envelope *c) {
    float threshold = loudest * powf(10, -HEARD_DB / 10);
    c->n = 0;
    for (size_t t = 0; t < note->n_frames; t++) {
        float power = note->frames[t].power;
        bool heard = power > threshold;
        c->level[t] = 10 * log10f(heard ? power : threshold);
        c->loudness[t] = heard ? powf(power / loudest, LOUDNESS_EXPONENT) : 0;
        c->n = heard ? t + 1 : c->n;
    }
}

TbStatus tbi_envelope_new(const TbNote *note, Envelope *envelope, bool *heard) {
    TbStatus status = TB_OK;
    float loudest = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        loudest = fmaxf(loudest, note->frames[t].power);
    *heard = loudest > SOUND_OF_SILENCE && isfinite(loudest);
    if (!*heard)
        return TB_OK;
    *envelope =
        (Envelope){.loudness = malloc(note->n_frames * sizeof(float)), .level = malloc(note->n_frames * sizeof(float))};
    float *amplitude = malloc(note->n_frames * SUBS * sizeof *amplitude);
    Weighted *pairs = malloc(sizeof *pairs * BLOCKS * BLOCKS / 2);
    if (envelope->loudness && envelope->level && amplitude && pairs) {
        weigh_frames(note, loudest, envelope);
        trace_amplitude(note, envelope->n, amplitude);
        measure_attack(amplitude, envelope->n * SUBS, envelope);
        if (envelope->from + 2 > envelope->n) /* all attack: the end of it is what there is */
            envelope->from = envelope->n > 2 ? envelope->n - 2 : 0;
        envelope->to = envelope->n;
        if (envelope->n - envelope->from > 1)
            measure_slope(envelope, pairs);
    } else {
        tbi_envelope_free(envelope);
        status = tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
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
