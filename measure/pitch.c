/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch metrics: how often the test's f0 matches that of the reference, frame by frame. */
#include "base/compare.h"
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>

enum { NEIGHBOURS = 5, MIN_FRAMES = 10 };

static double cents(double f, double base) {
    return 1200.0 * log2(fmax(f, 1e-3) / fmax(base, 1e-3));
}

/* Trusted frames if the note is known: voiced and within 50 cents of the note, transposed to the octave (-2 .. +3) with
 * the most such frames. Returns their number. */
static size_t trust_note(const float *f0, size_t n, double midi_pitch, bool *trusted) {
    double note = 440.0 * exp2((midi_pitch - 69.0) / 12.0);
    size_t best = 0;
    int best_octave = -2;
    for (int octave = -2; octave < 4; octave++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            count += f0[i] > 0.0f && fabs(cents(f0[i], note) - 1200.0 * octave) < 50.0;
        if (count > best) {
            best = count;
            best_octave = octave;
        }
    }
    for (size_t i = 0; i < n; i++)
        trusted[i] = f0[i] > 0.0f && fabs(cents(f0[i], note) - 1200.0 * best_octave) < 50.0;
    return best;
}

/* Trusted frames when the note is not known: voiced, and where the reference's own track is stable: of the 11 frames
 * from 5 before to 5 after (fewer at the ends) at least 6 are voiced, and this frame is within 50 cents of the median
 * of the voiced ones. Slow glides and vibrato pass; octave slips and short accidental pitches in noise do not. */
static size_t trust_stable(const float *f0, size_t n, bool *trusted) {
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        float near[2 * NEIGHBOURS + 1];
        size_t count = 0;
        for (size_t j = i < NEIGHBOURS ? 0 : i - NEIGHBOURS; j < n && j <= i + NEIGHBOURS; j++)
            if (f0[j] > 0.0f)
                near[count++] = f0[j];
        qsort(near, count, sizeof *near, tbi_compare_floats);
        trusted[i] = f0[i] > 0.0f && count > NEIGHBOURS && fabs(cents(f0[i], near[count / 2])) < 50.0;
        total += trusted[i];
    }
    return total;
}

static void score(const float *reference, const float *test, const bool *trusted, size_t n, TbComparison *result) {
    size_t total = 0, voiced = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        if (!trusted[i])
            continue;
        total++;
        if (test[i] <= 0.0f)
            continue;
        voiced++;
        off += fabs(cents(test[i], reference[i])) > 50.0;
    }
    result->f0_err = voiced ? 100.0 * (double)off / (double)voiced : NAN;
    result->f0_miss = 100.0 * (double)(total - voiced) / (double)total;
    result->f0_bad = 100.0 * (double)(total - voiced + off) / (double)total;
}

TbStatus tbi_compare_pitch(const float *reference, const float *test, size_t n, double midi_pitch,
                           TbComparison *result) {
    float *r = NULL, *t = NULL;
    size_t n_frames = 0;
    result->f0_err = result->f0_miss = result->f0_bad = NAN;
    TbStatus status = tbi_yin(reference, n, &r, &n_frames);
    bool *trusted = status ? NULL : calloc(n_frames, sizeof *trusted);
    if (!status && !trusted)
        status = tbi_no_memory("to compare two sounds");
    size_t total = 0;
    if (!status)
        total = midi_pitch >= 0.0 ? trust_note(r, n_frames, midi_pitch, trusted) : trust_stable(r, n_frames, trusted);
    /* Too few trusted frames to judge: bells and noises defeat the tracker. */
    if (!status && total >= MIN_FRAMES) {
        status = tbi_yin(test, n, &t, &n_frames);
        if (!status)
            score(r, t, trusted, n_frames, result);
    }
    free(r);
    free(t);
    free(trusted);
    return status;
}
