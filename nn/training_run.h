/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a run of training, for any network on nn/training.h: steps with a learning rate that warms up and falls,
 * looks at held-out data with the averaged weights, an early stop, a checkpoint at each look, and an end at a number of
 * steps, after a time, or when the caller says. A network gives its steps and looks.
 *
 * What is random in a step has to come from the seed and the step's number alone: then a run that is resumed from its
 * checkpoint ends as if it had not been interrupted. */
#ifndef TIMBREL_NN_TRAINING_RUN_H
#define TIMBREL_NN_TRAINING_RUN_H

#include "nn/training.h"

/* After a look. */
typedef struct {
    uint64_t step, steps;    /* taken; in all */
    double seconds;          /* of the run so far, resumed parts included */
    double held_out, lowest; /* error of this look; lowest so far */
} TbTrainingProgress;

typedef struct {
    /* ---- what its user chooses ---- */
    uint64_t seed, steps;                 /* steps: at most */
    size_t batch;                         /* examples a step */
    double learning_rate, decay, average; /* at its highest; AdamW's weight decay; of the averaged weights */
    size_t look_every, patience;          /* steps between looks; looks without a lower error before an early stop */
    double seconds;                       /* of wall clock, after which it ends; 0: no limit */
    const char *checkpoint;               /* file; NULL: none */
    bool resume;                          /* from the checkpoint */
    /* ---- what the network gives ---- */
    const char *format; /* of its checkpoints: "timbrel checkpoint", name, number */
    const char *about;  /* all else that must agree for a run to be the same: sizes, data, the network's own options */
    double warm_up;     /* steps */
    void (*step)(void *context, const TbAdamConfig *adam); /* one step of the training */
    /* Its error on held-out data, with the averaged weights in place. */
    TbStatus (*look)(void *context, double *error);
    bool (*report)(void *context, const TbTrainingProgress *progress); /* after each look; false: stop now */
    bool (*stop)(void *context); /* asked after each step; true: stop now; NULL: none */
    void *context;
} TbTrainingRun;

/* TB_ERR_ARGUMENT, unless it has steps, a batch of 1 .. most_batch, looks, and to resume a checkpoint. what, examples:
 * for the sentence: "rhythms", "patterns". OFF */
TB_NODISCARD TbStatus tbi_training_run_check(const TbTrainingRun *run, size_t most_batch, const char *what,
                                             const char *examples);

/* Runs; afterwards the weights are those of the look with the lowest error. A run that is stopped between two looks
 * leaves a checkpoint and has a last look. TB_ERR_ARGUMENT: the weights stopped being finite. OFF */
TB_NODISCARD TbStatus tbi_training_run(TbTraining *training, const TbTrainingRun *run);

#endif
