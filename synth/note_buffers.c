/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The buffers of a note under analysis. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <string.h>

void tbi_note_release(Note *note) {
    tbi_arena_free(&note->memory);
}

TbStatus tbi_note_init(Note *note, const float *x, size_t n, bool follows, bool cut) {
    memset(note, 0, sizeof *note);
    note->x = x;
    note->n = n;
    note->follows = follows;
    note->cut = cut;
    note->n_frames = n / TB_HOP_SIZE + 1;
    note->f0 = tbi_arena_floats(&note->memory, note->n_frames);
    note->harmonic = tbi_arena_alloc(&note->memory, note->n_frames * TB_HARMONICS, sizeof *note->harmonic);
    note->partial_freq = tbi_arena_floats(&note->memory, note->n_frames * TB_PARTIALS);
    note->partial = tbi_arena_alloc(&note->memory, note->n_frames * TB_PARTIALS, sizeof *note->partial);
    note->residual = tbi_arena_floats(&note->memory, n);
    if (note->memory.failed) {
        tbi_note_release(note);
        return tbi_no_memory("to analyse this sound");
    }
    return TB_OK;
}
