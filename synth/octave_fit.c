/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides the octave of a note. The pitch tracker prefers the shortest good period, which is too short if every second
 * harmonic is weak (bassoon) or if the lowest rank of an organ sounds an octave or two below the rest. */
#include "base/compare.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WELL_EXPLAINED_DB 15.0f
#define LOWER_OCTAVE_GAIN_DB 6.0f  /* improvement required for a lower octave without partials between harmonics */
#define PARTIALS_SEEN_GAIN_DB 3.0f /* the same with such partials */
#define LOWEST_F0 20.0f
#define LOWEST_SEEN 60.0f /* Hz: partials below are resonances of the body or room */

#define POORLY_EXPLAINED_DB 10.0f
#define STEADY_GAIN_DB 0.5f
#define UNSTEADY_RATIO 1.2f

enum { SEEN = 8, TIMES = 6, WINDOW = 8192, NEEDED = 4 };
#define PROMINENCE 4.0 /* power ratio, 6 dB, over the spectrum beside it */
#define RELEVANT 3e-5  /* of the strongest harmonic: -45 dB */

/* Whether there are partials midway between the harmonics, i.e. odd harmonics of half the pitch. */
static TbStatus partials_between(const Note *note, bool *between) {
    double half[SEEN] = {0}, beside[SEEN] = {0}, strongest = 0;
    *between = false;
    if (note->n < WINDOW)
        return TB_OK;
    float *scratch = malloc((WINDOW + DEMODULATE_SCRATCH) * sizeof *scratch);
    if (!scratch)
        return tbi_no_memory("to analyse this sound");
    for (int m = 0; m < TIMES; m++) {
        long centre = WINDOW / 2 + (long)((double)(note->n - WINDOW) * 0.6 * m / (TIMES - 1));
        float f0 = note->f0[centre / TB_HOP_SIZE], freq[4 * SEEN];
        Cpx c[4 * SEEN];
        for (int k = 0; k < SEEN; k++) { /* 1/2, 1/4 and 3/4 of the way from harmonic k to k + 1, and k + 1 */
            freq[4 * k] = f0 * ((float)k + 0.5f);
            freq[4 * k + 1] = f0 * ((float)k + 0.25f);
            freq[4 * k + 2] = f0 * ((float)k + 0.75f);
            freq[4 * k + 3] = f0 * (float)(k + 1);
        }
        tbi_demodulate(note->x, note->n, centre, WINDOW, freq, 4 * SEEN, c, scratch);
        for (int k = 0; k < SEEN; k++) {
            double p[4];
            for (int i = 0; i < 4; i++)
                p[i] = (double)c[4 * k + i].re * c[4 * k + i].re + (double)c[4 * k + i].im * c[4 * k + i].im;
            half[k] += p[0];
            beside[k] += p[1] + p[2];
            strongest = p[3] > strongest ? p[3] : strongest;
        }
    }
    free(scratch);
    int seen = 0;
    for (int k = 0; k < SEEN; k++)
        seen += half[k] > PROMINENCE * beside[k] / 2 && half[k] > RELEVANT * TIMES * strongest;
    *between = seen >= NEEDED;
    return TB_OK;
}

/* Replaces an unsteady pitch by its median if that explains more of the note: the partials of a bell fade one by one,
 * and the tracker jumps from one to the next. */
static TbStatus prefer_steady(Note *note, const float *track, float explained) {
    Note steady;
    size_t n = note->n_frames;
    float *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return tbi_no_memory("to analyse this sound");
    memcpy(sorted, track, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, tbi_compare_floats);
    float middle = sorted[n / 2], lowest = sorted[n / 20], highest = sorted[n - 1 - n / 20];
    free(sorted);
    if (highest < UNSTEADY_RATIO * lowest)
        return TB_OK;
    TbStatus status = tbi_note_init(&steady, note->x, note->n, note->follows, note->cut);
    if (status != TB_OK)
        return status;
    for (size_t t = 0; t < n; t++)
        steady.f0[t] = middle;
    float explained_steady = 0;
    status = tbi_tune_harmonics(&steady);
    if (status == TB_OK)
        status = tbi_harmonics_explain(&steady, &explained_steady);
    if (status == TB_OK && explained_steady > explained + STEADY_GAIN_DB) {
        Note keep = *note;
        *note = steady;
        steady = keep;
    }
    tbi_note_release(&steady);
    return status;
}

/* Fits harmonics; if they explain little, tries one and two octaves lower. */
TbStatus tbi_fit_with_octaves(Note *note, const float *track) {
    float explained = 0;
    bool between = false;
    size_t n = note->n_frames;
    TbStatus status = tbi_tune_harmonics(note);
    if (status == TB_OK)
        status = tbi_harmonics_explain(note, &explained);
    if (status == TB_OK && track[0] > 2 * LOWEST_SEEN)
        status = partials_between(note, &between);
    for (int octave = 1; octave <= 2 && status == TB_OK && (explained < WELL_EXPLAINED_DB || (between && octave == 1));
         octave++) {
        float gain = between && octave == 1 ? PARTIALS_SEEN_GAIN_DB : LOWER_OCTAVE_GAIN_DB;
        Note lower;
        if (track[0] / (float)(1 << octave) < LOWEST_F0)
            break;
        status = tbi_note_init(&lower, note->x, note->n, note->follows, note->cut);
        if (status != TB_OK)
            break;
        for (size_t t = 0; t < n; t++)
            lower.f0[t] = track[t] / (float)(1 << octave);
        float e = 0;
        status = tbi_tune_harmonics(&lower);
        if (status == TB_OK)
            status = tbi_harmonics_explain(&lower, &e);
        if (status == TB_OK && e > explained + gain && e > 8) {
            Note keep = *note;
            *note = lower;
            lower = keep;
            explained = e;
        }
        tbi_note_release(&lower);
    }
    if (status == TB_OK && explained < POORLY_EXPLAINED_DB)
        status = prefer_steady(note, track, explained);
    if (status == TB_OK)
        tbi_measure_harmonics(note);
    return status;
}
