/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Consonants inside a pitched note. Where the tracker finds no pitch for a while, the harmonics measured along the
 * interpolated pitch are only noise in their analysis windows: mutes them, and the noise bands represent the sound. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    LASTING = 4,  /* minimum number of unvoiced pitch frames: 46 ms */
    ONSET = 10,   /* pitch frames: an attack may be unvoiced for this long */
    FADE = 2,     /* frames on each side */
    LEVEL = 1024, /* samples: window for comparing the harmonics with the sound */
};
/* Harmonics measured over four periods explain 1.5 / 4 of the energy of noise: a Hann window is 1.5 bins wide. */
#define HISS 0.0203f     /* the value of a sine of 1 kHz, see hisses() */
#define SWELL 2.0f       /* 3 dB */
#define KEEP_SHARE 0.65f /* explained share of the energy above which harmonics are kept */
#define DROP_SHARE 0.50f /* the same below which they are muted */

static float level_at(const Note *note, size_t t) {
    long from = clampl((long)(t * TB_HOP_SIZE) - LEVEL / 2, 0, (long)note->n),
         to = clampl((long)(t * TB_HOP_SIZE) + LEVEL / 2, 0, (long)note->n);
    float sum = 0;
    for (long i = from; i < to; i++)
        sum += note->x[i] * note->x[i];
    return to > from ? sum / (float)(to - from) : 0;
}

static float explained_share(const Note *note, size_t t) {
    float sum = 0;
    for (size_t k = 0; k < (size_t)note->n_harmonics; k++) {
        Cpx c = note->harmonic[t * TB_HARMONICS + k];
        sum += c.re * c.re + c.im * c.im;
    }
    return sum / 2 / (level_at(note, t) + 1e-12f);
}

/* Whether the sound around frame t is mostly above 1 kHz, as consonants are, but the decay of a kick drum is not. For a
 * sine, the mean square of the first difference over that of the samples is (2 pi f / rate)^2. */
static bool hisses(const Note *note, size_t t) {
    long from = clampl((long)(t * TB_HOP_SIZE) - LEVEL / 2, 1, (long)note->n),
         to = clampl((long)(t * TB_HOP_SIZE) + LEVEL / 2, 1, (long)note->n);
    float sum = 0, difference = 0;
    for (long i = from; i < to; i++) {
        float d = note->x[i] - note->x[i - 1];
        sum += note->x[i] * note->x[i];
        difference += d * d;
    }
    return difference > HISS * sum;
}

/* Whether the level rises, as in a consonant or the vowel after it, but not at the end of a note. */
static bool swells(const PitchTrack *track, size_t from, size_t to) {
    float lowest = track->level[from];
    for (size_t t = from; t < to + LASTING && t < track->n; t++) {
        if (track->level[t] > SWELL * lowest)
            return true;
        lowest = track->level[t] < lowest ? track->level[t] : lowest;
    }
    return false;
}

TbStatus tbi_mute_unvoiced(Note *note, const PitchTrack *track) {
    size_t n = note->n_frames;
    float *keep = malloc(n * sizeof *keep);
    if (!keep)
        return tbi_no_memory("to analyse this sound");
    for (size_t t = 0; t < n; t++)
        keep[t] = 1;
    for (size_t from = 0, to; from < track->n; from = to + 1) {
        for (to = from; to < track->n && track->f0[to] <= 0; to++) {
        }
        if (to - from < LASTING || (from == 0 && to < ONSET) || !swells(track, from, to))
            continue;
        long first = (long)(from * PITCH_HOP - PITCH_DELAY) / TB_HOP_SIZE, last = (long)(to * PITCH_HOP) / TB_HOP_SIZE;
        for (size_t t = (size_t)(first > 0 ? first : 0); t < (size_t)last && t < n; t++) {
            if (!hisses(note, t))
                continue;
            keep[t] = clampf((explained_share(note, t) - DROP_SHARE) / (KEEP_SHARE - DROP_SHARE), 0, 1);
        }
    }
    for (size_t t = 0; t < n; t++) {
        float sum = 0;
        for (long j = -FADE; j <= FADE; j++)
            sum += keep[clampl((long)t + j, 0, (long)n - 1)];
        sum /= 2 * FADE + 1;
        for (size_t k = 0; k < TB_HARMONICS && sum < 1; k++) {
            note->harmonic[t * TB_HARMONICS + k].re *= sum;
            note->harmonic[t * TB_HARMONICS + k].im *= sum;
        }
    }
    free(keep);
    return TB_OK;
}
