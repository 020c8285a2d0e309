/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Computes an instrument's code from its notes. */
#include "base/no_memory.h"
#include "note/note.h"

#include <stdlib.h>
#include <string.h>

/* Encodes one note: mu[TB_CODE_DIM]. scratch: [note_inputs + longest track * note_row] */
static TbStatus encode(const TbNoteModel *notes, const NoteTrack *track, float *scratch, float *mu) {
    float *input = scratch, *rows = scratch + note_inputs(track->latent);
    float weight[NOTE_POINTS + NOTE_MOD_POINTS], condition[NOTE_CONDITIONS];
    TbStatus status = tbi_note_decompose(track, rows);
    if (status != TB_OK)
        return status;
    tbi_note_table(track, rows, input, weight);
    tbi_note_condition(track->key, track->velocity, track->pitched, condition);
    tbi_note_input_finish(notes, track->latent, condition, track->attribute, input);
    return tb_vae_encode(notes->net, input, 1, mu, NULL);
}

TbStatus tbi_note_code(const TbNoteModel *notes, const NoteTrack *tracks, size_t n, float *code) {
    size_t longest = 1;
    for (size_t i = 0; i < n; i++)
        longest = tracks[i].n > longest ? tracks[i].n : longest;
    int latent = tracks[0].latent;
    float *scratch = malloc(((size_t)note_inputs(latent) + longest * (size_t)note_row(latent)) * sizeof *scratch);
    TbStatus status = scratch ? TB_OK : tbi_no_memory("for an instrument of %zu notes", n);
    memset(code, 0, TB_CODE_DIM * sizeof *code);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        float mu[TB_CODE_DIM];
        status = encode(notes, &tracks[i], scratch, mu);
        for (int k = 0; status == TB_OK && k < TB_CODE_DIM; k++)
            code[k] += mu[k] / (float)n;
    }
    free(scratch);
    return status;
}
