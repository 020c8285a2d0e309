/* The notes that the note network learns from, and which of them are of one instrument.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_NOTE_SET_H
#define TIMBREL_TRAIN_NOTE_SET_H

#include "sound/note.h"
#include "train/train.h"

/* One note; the arrays lie in one block, owned. */
typedef struct {
    size_t instrument; /* index, once the set is complete */
    char *group;       /* name of its instrument; owned */
    bool pitched;
    float key;
    float attribute[TB_KNOBS];
    float *input;           /* [note_inputs] for the encoder; its table is also what the decoder shall give */
    float *condition;       /* [NOTE_CONDITIONS] */
    float *weight;          /* [NOTE_MOMENTS + NOTE_MOVES] */
    float *frame_condition; /* [NOTE_MOMENTS][TB_CONDITIONS] */
    float *below;           /* [NOTE_MOMENTS] dB under the note's loudest frame */
    uint8_t *features;      /* [NOTE_MOMENTS][TB_FEATURES], as detail_pack */
} NoteItem;

typedef struct NoteSet {
    int latent;
    size_t n, n_instruments;
    NoteItem *items;                   /* owned, those of one instrument in a row */
    size_t *first;                     /* [n_instruments + 1] into items; owned */
    float (*knob)[TB_KNOBS];           /* [n_instruments]: where each stands among all, as a normal score; owned */
    TbNoteModel facts; /* knob, middle, width, scale are filled in; it has no network */
} NoteSet;

/* What a file's name says of the note in it: "flute_C4_v80", "flute-60-100", "0_60_100". Without a number or note name
 * at its end the instrument is the whole name. */
typedef struct {
    size_t length;  /* of the part of the name that is the instrument's */
    float key;      /* MIDI note number, or -1 */
    float velocity; /* 0..1, or -1 */
} NoteName;
NoteName note_name_parse(const char *path);

void note_set_init(NoteSet *set, int latent);
/* Takes a note with detail. group: its instrument; hold: seconds, 0: find out; velocity 0..1. OFF */
TbStatus note_set_add(NoteSet *set, const TbEncodedNote *note, const float *attribute, const char *group, double hold,
                      float velocity);
/* After the last: sorts notes into instruments, measures what is usual. OFF */
TbStatus note_set_finish(NoteSet *set);
void note_set_free(NoteSet *set);

TbStatus note_set_train(const NoteSet *set, const TbNoteTrainOptions *options, TbProgress progress, void *context,
                        TbModel *model, TbNoteTrainFacts *facts);

#endif
