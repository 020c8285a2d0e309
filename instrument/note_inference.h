/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of instrument/: what the network of notes is asked, and the scratch of it all. */
#ifndef TIMBREL_INSTRUMENT_NOTE_INFERENCE_H
#define TIMBREL_INSTRUMENT_NOTE_INFERENCE_H

#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "timbrel/sound.h"

enum { NOTE_BATCH = TB_NOTES_BATCH }; /* they are what a tile of weights serves */

/* One block of the caller's, cut up for n notes. */
typedef struct {
    float *z, *frame_condition, *features, *net;
    float *code, *note_condition, *table, *want; /* [ASK]: to and from the network of notes */
} Scratch;

/* NULL: how many floats that are. */
size_t tbi_note_scratch_init(const TbModel *model, size_t n, float *block, Scratch *s);

/* Whether what is mixed follows the keys. */
bool tbi_note_has_pitch(const TbPlayedNote *note);
/* Semitones from the key at which a note is played to where it sounds, as for a 16-foot organ: what most of it is made
 * of says that. */
float tbi_note_above_key(const TbPlayedNote *note);

#endif
