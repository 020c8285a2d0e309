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
#define HELD_CENTS 60.0f /* maximum range of a held pitch */
#define CLEAR_DIP 0.05f
#define JUMP_CENTS 80.0f
#define SLIP_CENTS 70.0f /* tolerance around the interval of a slip */

/* Whether the pitch is held for HELD frames; *cents is their mean pitch. */
static bool held(const PitchTrack *track, size_t from, float *cents) {
    float lo = 1e9f, hi = -1e9f, sum = 0;
    int clear = 0;
    for (size_t t = from; t < from + HELD; t++) {
        if (!(track->f0[t] > 0))
            return false;
        float c = 1200 * log2f(track->f0[t] / 10);
        lo = fminf(lo, c);
        hi = fmaxf(hi, c);
        sum += c;
        clear += track->dip[t] < CLEAR_DIP;
    }
    *cents = sum / HELD;
    return hi - lo < HELD_CENTS && clear >= CLEAR;
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

size_t tbi_pitch_jumps(const PitchTrack *track, size_t *at, size_t max) {
    size_t count = 0, last = 0;
    for (size_t t = HELD; t + TRANSITION + HELD <= track->n && count < max; t++) {
        float before, after, step = 0;
        size_t where = t + TRANSITION / 2;
        if (!held(track, t - HELD, &before) || !held(track, t + TRANSITION, &after) ||
            fabsf(after - before) < JUMP_CENTS || is_slip(after - before) || t < last + HELD)
            continue;
        for (size_t i = t; i <= t + TRANSITION; i++) { /* the largest step of the transition */
            float s = track->f0[i] > 0 && track->f0[i - 1] > 0 ? fabsf(log2f(track->f0[i] / track->f0[i - 1])) : 0;
            if (s > step) {
                step = s;
                where = i;
            }
        }
        at[count++] = last = where;
        t = where + HELD - 1;
    }
    return count;
}
