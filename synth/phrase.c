/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speech is heard in phrases: a syllable after a stop (p, t, k) is no new note. What tells it from a note that is
 * played again is the pitch, which goes on moving through the stop. */
#include "synth/internal.h"

#include <math.h>

enum {
    AROUND = 17640, /* samples: 0.4 s on each side count */
    NEAR = 15,      /* pitch frames, 170 ms: between voiced sounds on both sides of a stop */
    VOICED_LEAST = 8,
    CLOSED_BLOCK = 441,   /* samples, 10 ms */
    CLOSED_WITHIN = 4410, /* before the burst */
};
#define SAME_CENTS 150.0f
#define MOVES_CENTS 20.0f  /* from the first to the last quarter of 0.4 s */
#define MOVES_MOST 400.0f  /* more is a drum */
#define CLOSED 0.03f       /* power: -15 dB */
#define VOICE_LOWEST 60.0f /* Hz */
#define VOICE_HIGHEST 500.0f
#define LEVEL_RATIO 6.0f /* power, of the louder syllable over the other */

/* The voiced frames nearest to the stop, which is at the end of `track` if `before`, otherwise at its beginning. */
typedef struct {
    float near;  /* Hz */
    float moves; /* cents */
    float level;
    size_t gap; /* frames to the stop */
} Side;

static float mean_cents(const float *cents, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += cents[i];
    return sum / (float)n;
}

/* Whether the sound before a burst is as quiet as while the lips are closed, so that nothing rings on. */
static bool is_closed(const float *x, size_t start, size_t at, float level) {
    for (size_t end = at; end >= start + CLOSED_BLOCK && end + CLOSED_WITHIN >= at; end -= CLOSED_BLOCK) {
        float sum = 0;
        for (size_t i = end - CLOSED_BLOCK; i < end; i++)
            sum += x[i] * x[i];
        if (sum < CLOSED * level * CLOSED_BLOCK)
            return true;
    }
    return false;
}

static bool side_of(const PitchTrack *track, bool before, Side *side) {
    float cents[AROUND / PITCH_HOP + 2], level = 0;
    size_t n = 0;
    for (size_t i = 0; i < track->n && n < sizeof cents / sizeof *cents; i++) {
        size_t t = before ? track->n - 1 - i : i;
        if (!(track->f0[t] > 0)) {
            if (n > 0)
                break;
            continue;
        }
        if (track->f0[t] < VOICE_LOWEST || track->f0[t] > VOICE_HIGHEST)
            return false;
        if (n == 0)
            side->gap = i;
        level = fmaxf(level, track->level[t]);
        cents[n++] = 1200 * log2f(track->f0[t]);
    }
    if (n < VOICED_LEAST)
        return false;
    side->near = mean_cents(cents, n / 4);
    side->moves = fabsf(mean_cents(cents + n - n / 4, n / 4) - side->near);
    side->level = level;
    return true;
}

TbStatus tbi_same_phrase(const float *x, size_t start, size_t at, size_t stop, bool *same) {
    PitchTrack track[2] = {{0}};
    Side side[2];
    size_t from = at - start > AROUND ? at - AROUND : start, to = stop - at > AROUND ? at + AROUND : stop;
    *same = false;
    TbStatus status = tbi_track_pitch(x + from, at - from, VOICE_LOWEST / 2, 4 * VOICE_HIGHEST, &track[0]);
    if (status == TB_OK && side_of(&track[0], true, &side[0]) && side[0].moves > MOVES_CENTS &&
        is_closed(x, start, at, side[0].level))
        status = tbi_track_pitch(x + at, to - at, VOICE_LOWEST / 2, 4 * VOICE_HIGHEST, &track[1]);
    if (status == TB_OK && track[1].n > 0 && side_of(&track[1], false, &side[1]))
        *same = side[0].moves < MOVES_MOST && side[1].moves > MOVES_CENTS && side[1].moves < MOVES_MOST &&
                fabsf(side[1].near - side[0].near) < SAME_CENTS && side[0].gap + side[1].gap < NEAR &&
                side[0].level < LEVEL_RATIO * side[1].level && side[1].level < LEVEL_RATIO * side[0].level;
    tbi_pitch_track_free(&track[0]);
    tbi_pitch_track_free(&track[1]);
    return status;
}
