/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to instrument/: inference of the note network, and its scratch. */
#ifndef TIMBREL_INSTRUMENT_NOTE_INFERENCE_H
#define TIMBREL_INSTRUMENT_NOTE_INFERENCE_H

#include "instrument/played_notes.h"
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "timbrel/sound.h"

enum { NOTE_BATCH = TB_NOTES_BATCH }; /* rows that one pass over the weights serves */

/* Scratch for n notes, in one block owned by the caller. */
typedef struct {
    float *z, *frame_condition, *features, *net;
    float *code, *note_condition, *table, *want; /* [NOTE_BATCH]: inputs and outputs of the note network */
} Scratch;

/* Returns the number of floats needed; sets up *s in `block` unless that is NULL. RT */
size_t tbi_note_scratch_init(const TbModel *model, size_t n, float *block, Scratch *s);

/* Whether the mix of a note's instruments follows the keys. RT */
bool tbi_note_has_pitch(const TbPlayedNote *note);
/* Semitones from the key of a note to its sounding pitch, as for a 16-foot organ stop: from the part with the
 * largest weight. RT */
float tbi_note_above_key(const TbPlayedNote *note);

#endif
