/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes that the note network learns from, and which of them are of one instrument. */
#ifndef TIMBREL_TRAIN_NOTE_SET_H
#define TIMBREL_TRAIN_NOTE_SET_H

#include "note/note.h"
#include "timbrel/sound.h"
#include "timbrel/train.h"

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
    uint8_t *features;      /* [NOTE_MOMENTS][TB_FEATURES], as tbi_detail_pack */
} NoteItem;

typedef struct NoteSet {
    int latent;
    size_t n, n_instruments;
    NoteItem *items;         /* owned, those of one instrument in a row */
    size_t *first;           /* [n_instruments + 1] into items; owned */
    float (*knob)[TB_KNOBS]; /* [n_instruments]: where each stands among all, as a normal score; owned */
    TbNoteModel facts;       /* knob, middle, width, scale are filled in; it has no network */
} NoteSet;

void tbi_note_set_init(NoteSet *set, int latent);
/* Takes a note with detail. group: its instrument; hold: seconds, 0: find out; velocity 0..1. OFF */
TB_NODISCARD TbStatus tbi_note_set_add(NoteSet *set, const TbEncodedNote *note, const float *attribute,
                                       const char *group, double hold, float velocity);
/* After the last: sorts notes into instruments, measures what is usual. OFF */
TB_NODISCARD TbStatus tbi_note_set_finish(NoteSet *set);
void tbi_note_set_free(NoteSet *set);

/* Trains a network on the set and gives it to the model; see tb_train_notes. OFF */
TB_NODISCARD TbStatus tbi_note_set_train(const NoteSet *set, const TbNoteTrainOptions *options, TbProgress progress,
                                         void *context, TbModel *model, TbNoteTrainStats *facts);

/* ---- inside of training ---- */

/* The loss of n codes' knobs, mu[n][TB_CODE_DIM], of the notes source[n]: that their order, and their place, is that of
 * the attributes (Pati and Lerch 2020, equation 3). mixed[n]: those that nobody has measured, and that do not count;
 * NULL: none. Adds its gradient to dmu. RT */
double tbi_knob_order_loss(const NoteSet *set, const size_t *source, const bool *mixed, size_t n, const float *mu,
                           float *dmu);
/* Adds to dmu the gradient of the squared covariance, over n codes, of knobs with the rest of the code. RT */
void tbi_knob_decorrelation_loss(size_t n, const float *mu, float *dmu);
enum { NOTE_FEW = 2 * TB_CODE_DIM }; /* so few instruments do not say what is usual */
/* Sets the prior of `notes` from the codes of the set's instruments. keep: it has one already, which stays. OFF */
TB_NODISCARD TbStatus tbi_note_prior(const NoteSet *set, TbNoteModel *notes, bool keep);

#endif
