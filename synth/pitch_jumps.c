/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Legato detection: a held pitch changes to another without an onset. To exclude glides, vibrato and slips of the pitch
 * tracker, both pitches must be held, the transition must be short, and the interval must not be one of a slip. */
#include "synth/internal.h"

#include <math.h>

enum {
    HELD = 7,       /* pitch frames on each side: 80 ms */
    CLEAR = 5,      /* of them must be clearly periodic */
    TRANSITION = 3, /* pitch frames of the transition */
};
/* Placing a jump exactly. */
enum {
    JUMP_HARMONICS = 6,
    JUMP_STEP = 64, /* samples */
    JUMP_POINTS = 56,
    JUMP_LONGEST = 4096,
};
#define JUMP_CYCLES 3.0f /* of the difference of the two pitches, in a window */
#define HELD_CENTS 60.0f /* maximum range of a held pitch */
#define CLEAR_DIP 0.05f
#define JUMP_CENTS 80.0f
#define STEEP_SHARE 0.25f  /* of the interval, within one pitch frame: less is a glide or vibrato */
#define STEEPER_SHARE 0.5f /* the same if the pitch moves before or after */
#define CLEARLY_WIDER 4.0f
#define SLIP_CENTS 70.0f /* tolerance around the interval of a slip */

/* A held pitch, in cents. */
typedef struct {
    float mean, range;
    float slope; /* per frame */
} Held;

/* Whether the pitch is held for HELD frames. */
static bool is_held(const PitchTrack *track, size_t from, Held *pitch) {
    float lo = 1e9f, hi = -1e9f, sum = 0, moment = 0;
    int clear = 0;
    for (size_t t = from; t < from + HELD; t++) {
        if (!(track->f0[t] > 0))
            return false;
        float c = 1200 * log2f(track->f0[t] / 10);
        lo = fminf(lo, c);
        hi = fmaxf(hi, c);
        sum += c;
        moment += c * ((float)(t - from) - 0.5f * (HELD - 1));
        clear += track->dip[t] < CLEAR_DIP;
    }
    pitch->mean = sum / HELD;
    pitch->range = hi - lo;
    pitch->slope = moment / ((HELD * HELD - 1) * HELD / 12.0f); /* least squares */
    return hi - lo < HELD_CENTS && clear >= CLEAR;
}

static float hz_of(float cents) {
    return 10 * exp2f(cents / 1200);
}

/* Whether an interval is typical of a slip, i.e. between a period and its small multiples: octave, twelfth, ... */
static bool is_slip(float cents) {
    static const float slips[] = {1200, 1902, 2400, 2786, 3102, 3369, 3600};
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
        if (fabsf(fabsf(cents) - slips[i]) < SLIP_CENTS)
            return true;
    return false;
}

enum { BRIEF = 13 /* pitch frames: 150 ms */ };

/* Whether the pitch of frame t is a slip from f0. */
static bool slipped(const PitchTrack *track, size_t t, float f0) {
    return track->f0[t] > 0 && is_slip(1200 * log2f(track->f0[t] / f0));
}

void tbi_fix_octave_slips(PitchTrack *track, float f0) {
    for (size_t from = 0, to; from < track->n; from = to + 1) {
        for (to = from; to < track->n && slipped(track, to, f0); to++) {
        }
        bool returns = from > 0 && to < track->n;
        if (to - from > BRIEF && !returns) /* a lasting change of octave */
            continue;
        for (size_t t = from; t < to; t++) {
            float ratio = track->f0[t] / f0;
            track->f0[t] /= ratio > 1 ? rintf(ratio) : 1 / rintf(1 / ratio);
        }
    }
}

size_t tbi_pitch_jumps(const PitchTrack *track, PitchJump *jumps, size_t max) {
    size_t count = 0, last = 0;
    for (size_t t = HELD; t + TRANSITION + HELD <= track->n && count < max; t++) {
        Held before, after;
        float step = 0;
        bool unvoiced = false;
        size_t where = t + TRANSITION / 2;
        if (t < last + HELD || !is_held(track, t - HELD, &before) || !is_held(track, t + TRANSITION, &after) ||
            is_slip(after.mean - before.mean))
            continue;
        /* In a glide or vibrato, the pitch moves before or after as it does between. */
        float interval = after.mean - before.mean, size = fabsf(interval), range = fmaxf(before.range, after.range);
        float moves = interval > 0 ? fmaxf(before.slope, after.slope) : -fminf(before.slope, after.slope);
        if (size - fmaxf(moves, 0) * (HELD + TRANSITION) < JUMP_CENTS)
            continue;
        for (size_t i = t; i <= t + TRANSITION; i++) { /* the largest step of the transition */
            bool voiced = track->f0[i] > 0 && track->f0[i - 1] > 0;
            float s = voiced ? fabsf(log2f(track->f0[i] / track->f0[i - 1])) : 0;
            unvoiced = unvoiced || !voiced;
            if (s > step) {
                step = s;
                where = i;
            }
        }
        if (!unvoiced && step * 1200 < (size > CLEARLY_WIDER * range ? STEEP_SHARE : STEEPER_SHARE) * size)
            continue;
        jumps[count++] = (PitchJump){where, hz_of(before.mean), hz_of(after.mean)};
        last = where;
        t = where + HELD - 1;
    }
    return count;
}

/* Power of the first harmonics of f0 around `centre`. */
static float harmonic_power(const float *x, size_t n, long centre, int length, float f0, float *scratch) {
    float freq[JUMP_HARMONICS], sum = 0;
    Cpx c[JUMP_HARMONICS];
    for (int k = 0; k < JUMP_HARMONICS; k++)
        freq[k] = f0 * (float)(k + 1);
    tbi_demodulate(x, n, centre, length, freq, JUMP_HARMONICS, c, scratch);
    for (int k = 0; k < JUMP_HARMONICS; k++)
        sum += c[k].re * c[k].re + c[k].im * c[k].im;
    return sum;
}

size_t tbi_place_jump(const float *x, size_t n, const PitchJump *jump) {
    float old[JUMP_POINTS], new[JUMP_POINTS], top_old = 1e-20f, top_new = 1e-20f;
    float scratch[JUMP_LONGEST + DEMODULATE_SCRATCH];
    int length = (int)clampf(JUMP_CYCLES * TB_RATE / fabsf(jump->after - jump->before), 512, JUMP_LONGEST) / 2 * 2;
    long first = (long)(jump->at * PITCH_HOP) - JUMP_POINTS / 2 * JUMP_STEP;
    for (int i = 0; i < JUMP_POINTS; i++) {
        old[i] = harmonic_power(x, n, first + i * JUMP_STEP, length, jump->before, scratch);
        new[i] = harmonic_power(x, n, first + i * JUMP_STEP, length, jump->after, scratch);
        top_old = fmaxf(top_old, old[i]);
        top_new = fmaxf(top_new, new[i]);
    }
    int i = 0;
    while (i + 1 < JUMP_POINTS && new[i] / top_new < old[i] / top_old)
        i++;
    return (size_t)clampl(first + i * JUMP_STEP, 1, (long)n - 1);
}
