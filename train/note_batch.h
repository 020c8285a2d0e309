/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one step of the note network learns from. */
#ifndef TIMBREL_TRAIN_NOTE_BATCH_H
#define TIMBREL_TRAIN_NOTE_BATCH_H

#include "nn/thread_pool.h"
#include "train/note_set.h"

enum {
    CODES = 96, /* notes per step ... */
    FRAMES = 8, /* ... and frames of each that go through the frame decoder */
    BATCH = CODES * FRAMES,
};

/* A note of an instrument, whose code is to play another note of it. */
typedef struct {
    const NoteSet *set;
    size_t source[CODES];                          /* items that the codes are of ... */
    bool mixed[CODES];                             /* ... and whether another instrument has been mixed in */
    int moment[BATCH];                             /* of the frames */
    float *block;                                  /* owned; everything below lies in it */
    float *input;                                  /* [CODES][note_inputs] */
    float *noise;                                  /* [CODES][TB_CODE_DIM] */
    float *condition;                              /* [CODES][NOTE_CONDITIONS] */
    float *target;                                 /* [CODES][note_table_size] */
    float *weight;                                 /* [CODES][NOTE_MOMENTS + NOTE_MOVES] */
    float *frame_condition, *features, *threshold; /* [BATCH][TB_CONDITIONS or TB_FEATURES] */
} NoteBatch;

/* The set is borrowed. OFF */
TB_NODISCARD TbStatus tbi_note_batch_new(const NoteSet *set, NoteBatch *batch);
void tbi_note_batch_free(NoteBatch *batch);
/* Draws a batch; the same seed and step, the same batch, whatever the number of workers. OFF */
void tbi_note_batch_draw(NoteBatch *batch, TbThreadPool *pool, uint64_t seed, size_t step);

#endif
