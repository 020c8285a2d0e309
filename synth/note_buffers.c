/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The buffers of a note under analysis. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <stdlib.h>
#include <string.h>

void tbi_note_release(Note *note) {
    free(note->f0);
    free(note->harmonic);
    free(note->partial_freq);
    free(note->partial);
    free(note->residual);
}

TbStatus tbi_note_init(Note *note, const float *x, size_t n, bool cut) {
    memset(note, 0, sizeof *note);
    note->x = x;
    note->n = n;
    note->cut = cut;
    note->n_frames = n / TB_HOP_SIZE + 1;
    note->f0 = malloc(note->n_frames * sizeof *note->f0);
    note->harmonic = calloc(note->n_frames * TB_HARMONICS, sizeof *note->harmonic);
    note->partial_freq = calloc(note->n_frames * TB_PARTIALS, sizeof *note->partial_freq);
    note->partial = calloc(note->n_frames * TB_PARTIALS, sizeof *note->partial);
    note->residual = malloc(n * sizeof *note->residual);
    if (!(note->f0 && note->harmonic && note->partial_freq && note->partial && note->residual)) {
        tbi_note_release(note);
        return tbi_no_memory("to analyse this sound");
    }
    return TB_OK;
}
