/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides whether a sound follows the keys as a tone. The analyser finds a pitch in kick drums, in snares and
 * sometimes in wind noise; but a falling pitch, or a tone that is a small part of a noise, is not a melodic note. */
#include "base/compare.h"
#include "base/no_memory.h"
#include "instrument/recorded_layer.h"
#include "synth/envelope.h"

#include <math.h>
#include <stdlib.h>

#define STEADY_RANGE 1.0f /* semitones within which a pitch is steady */
#define SETTLED 0.5       /* share of the audible frames that must be steady ... */
#define AUDIBLE 1e-3f     /* of the loudest frame's power */
#define TONAL 0.25        /* of all energy */
enum { LONG_TONE = 35 };  /* ... or 0.2 s: a tom's pitch falls too, but it rings on */

/* Whether the pitch of this note is steady for long enough. scratch[n_frames] */
static bool is_steady(const TbNote *note, float *scratch) {
    size_t audible = 0, longest = 0;
    float loudest = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        loudest = fmaxf(loudest, note->frames[t].power);
    for (size_t t = 0; t < note->n_frames; t++)
        if (note->frames[t].power >= AUDIBLE * loudest)
            scratch[audible++] = 12 * log2f(note->frames[t].f0);
    qsort(scratch, audible, sizeof *scratch, tbi_compare_floats);
    for (size_t low = 0, high = 0; low < audible; low++) {
        while (high < audible && scratch[high] <= scratch[low] + STEADY_RANGE)
            high++;
        longest = high - low > longest ? high - low : longest;
    }
    return longest >= LONG_TONE || (double)longest >= SETTLED * (double)audible;
}

TbStatus tbi_analyses_are_pitched(const TbAnalysis *analyses, size_t n, bool *pitched) {
    double all = 0, tonal = 0;
    TbStatus status = TB_OK;
    for (size_t s = 0; status == TB_OK && s < n; s++) {
        for (size_t i = 0; status == TB_OK && i < analyses[s].n_notes; i++) {
            const TbNote *note = &analyses[s].notes[i];
            float *scratch = malloc((note->n_frames + 1) * sizeof *scratch);
            status = scratch ? TB_OK : tbi_no_memory("for an instrument");
            double counts = scratch && note->pitched && is_steady(note, scratch) ? 1 : 0;
            for (size_t t = 0; t < note->n_frames; t++) {
                all += (double)note->frames[t].power;
                tonal += counts * (double)tbi_tonal_power(&note->frames[t]);
            }
            free(scratch);
        }
    }
    *pitched = tonal > TONAL * all;
    return status;
}
