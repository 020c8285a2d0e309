/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training set of the note network, grouped by instrument. */
#ifndef TIMBREL_TRAIN_NOTE_SET_H
#define TIMBREL_TRAIN_NOTE_SET_H

#include "note/note.h"
#include "timbrel/sound.h"
#include "timbrel/train.h"

/* One note; the arrays are in one block, owned. */
typedef struct {
    size_t instrument; /* index, valid once the set is complete */
    char *group;       /* name of its instrument; owned */
    bool pitched;
    float key;
    float attribute[TB_KNOBS];
    float *input;           /* [note_inputs] for the encoder; its table is also the decoder's target */
    float *condition;       /* [NOTE_CONDITIONS] */
    float *weight;          /* [NOTE_POINTS + NOTE_MOD_POINTS] */
    float *frame_condition; /* [NOTE_POINTS][TB_CONDITIONS] */
    float *below;           /* [NOTE_POINTS] dB below the note's loudest frame */
    uint8_t *features;      /* [NOTE_POINTS][TB_FEATURES], as tbi_detail_pack */
} NoteItem;

typedef struct NoteSet {
    int latent;
    size_t n, n_instruments;
    NoteItem *items;         /* owned, grouped by instrument */
    size_t *first;           /* [n_instruments + 1] into items; owned */
    float (*knob)[TB_KNOBS]; /* [n_instruments]: attributes as normal scores among all instruments; owned */
    TbNoteModel facts;       /* only knob, middle, width and scale are set; without a network */
} NoteSet;

void tbi_note_set_init(NoteSet *set, int latent);
/* Adds a note with detail. group: its instrument; hold: seconds, 0: estimate; velocity 0..1. OFF */
TB_NODISCARD TbStatus tbi_note_set_add(NoteSet *set, const TbEncodedNote *note, const float *attribute,
                                       const char *group, double hold, float velocity);
/* After the last note: groups the notes by instrument and computes the statistics. OFF */
TB_NODISCARD TbStatus tbi_note_set_finish(NoteSet *set);
void tbi_note_set_free(NoteSet *set);

/* Trains a note network on the set and adds it to the model; see tb_train_notes. OFF */
TB_NODISCARD TbStatus tbi_note_set_train(const NoteSet *set, const TbNoteTrainOptions *options, TbProgress progress,
                                         void *context, TbModel *model, TbNoteTrainStats *stats);

/* ---- internal to training ---- */

/* Attribute loss of n codes, mu[n][TB_CODE_DIM], of the notes source[n]: their order and values must match the
 * attributes' (Pati and Lerch 2020, equation 3). mixed[n]: codes to exclude, because their attributes were not
 * measured; NULL: none. Adds its gradient to dmu. RT */
double tbi_knob_order_loss(const NoteSet *set, const size_t *source, const bool *mixed, size_t n, const float *mu,
                           float *dmu);
/* Adds to dmu the gradient of the squared covariance, over n codes, between knobs and the rest of the code. RT */
void tbi_knob_decorrelation_loss(size_t n, const float *mu, float *dmu);
enum { NOTE_TOO_FEW = 2 * TB_CODE_DIM }; /* up to this many instruments are too few for statistics */
/* Fits the prior of `notes` to the codes of the set's instruments. keep: keep an existing prior. OFF */
TB_NODISCARD TbStatus tbi_note_prior(const NoteSet *set, TbNoteModel *notes, bool keep);

#endif
