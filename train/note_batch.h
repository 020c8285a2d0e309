/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One training batch of the note network. */
#ifndef TIMBREL_TRAIN_NOTE_BATCH_H
#define TIMBREL_TRAIN_NOTE_BATCH_H

#include "base/arena.h"
#include "nn/thread_pool.h"
#include "train/note_set.h"

enum {
    CODES = 96, /* notes per step ... */
    FRAMES = 8, /* ... and frames of each that go through the frame decoder */
    BATCH = CODES * FRAMES,
};

/* Codes of notes, and the notes of the same instruments to reproduce from them. */
typedef struct {
    const NoteSet *set;
    size_t source[CODES];                          /* items that are encoded ... */
    bool mixed[CODES];                             /* ... and whether another instrument is mixed in */
    int point[BATCH];                              /* time points of the frames */
    TbArena memory;                                /* of all arrays below */
    float *input;                                  /* [CODES][note_inputs] */
    float *noise;                                  /* [CODES][TB_CODE_DIM] */
    float *condition;                              /* [CODES][NOTE_CONDITIONS] */
    float *target;                                 /* [CODES][note_table_size] */
    float *weight;                                 /* [CODES][NOTE_POINTS + NOTE_MOD_POINTS] */
    float *frame_condition, *features, *threshold; /* [BATCH][TB_CONDITIONS or TB_FEATURES] */
} NoteBatch;

/* The set is borrowed. OFF */
TB_NODISCARD TbStatus tbi_note_batch_new(const NoteSet *set, NoteBatch *batch);
void tbi_note_batch_free(NoteBatch *batch);
/* Draws a batch, determined by seed and step, independent of the number of workers. OFF */
void tbi_note_batch_draw(NoteBatch *batch, TbThreadPool *pool, uint64_t seed, size_t step);

#endif
