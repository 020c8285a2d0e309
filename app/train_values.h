/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the two kinds of training behind `timbrel train`, and what they share. */
#ifndef TIMBREL_APP_TRAIN_VALUES_H
#define TIMBREL_APP_TRAIN_VALUES_H

#include "timbrel/base.h"

/* What to learn from: "auto" is what the folders have. */
typedef enum { LEARN_AUTO, LEARN_SOUNDS, LEARN_MIDI } Learn;

typedef struct {
    const char *output, *from;
    double budget, hold;
    int steps, note_steps, latent, width, layers, batch, seed, threads, frames, learn;
    int only; /* the one network of music that learns, from 1 in order of music_kinds; 0: all */
    double learning_rate, beta, free_bits, augment, audio_share;
    bool resume, force;
    size_t n_found; /* files to learn from, set by the command itself */
} TrainValues;

enum { TRAIN_MOST_THREADS = 64 };
int train_threads(const TrainValues *values); /* that are to be used */

/* A checkpoint may be hours of work: never replaces one unasked, and reports missing ones. checkpoints[n]: the paths of
 * those that a run has; *resume: whether to go on from those of them that exist. */
TB_NODISCARD TbStatus train_checkpoint_check(const TrainValues *values, char *const *checkpoints, size_t n,
                                             bool *resume);

/* The path of the model without .safetensors, and an ending. Newly allocated; NULL: no memory. */
char *train_beside(const char *model_path, const char *ending);

/* A model of sounds, from folders and files of sounds (train_sounds.c). */
TB_NODISCARD TbStatus train_sounds(const TrainValues *values, char *const *paths, int n_paths);
/* The networks of music, from MIDI files among paths[n_paths] (train_music.c). */
TB_NODISCARD TbStatus train_music(const TrainValues *values, char *const *paths, size_t n_paths);

#endif
