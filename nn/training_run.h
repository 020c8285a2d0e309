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

/* What a network gives to its run. */
typedef struct {
    const char *format;                                    /* of its checkpoints: "timbrel checkpoint", name, number */
    const char *what;                                      /* for errors: "rhythms" */
    const char *examples;                                  /* of a batch: "patterns" */
    size_t most_batch;                                     /* of them */
    double warm_up_steps;                                  /* of the learning rate */
    void (*step)(void *context, const TbAdamConfig *adam); /* one step of the training */
    /* The error on held-out data, with the averaged weights in place, and the mean loss of the steps since the last
     * look. */
    TbStatus (*look)(void *context, double *error, double *loss);
    bool (*report)(void *context, const TbTrainingProgress *progress); /* after each look; false: stop now */
} TbTrainingKind;

/* Reads the plan to *own. TB_ERR_ARGUMENT, unless it has steps, a batch, looks, and to resume a checkpoint; and unless
 * `also_share`, the share of examples from another set, is 0 .. 1. OFF */
TB_NODISCARD TbStatus tbi_training_plan_read(const TbTrainingKind *kind, const TbTrainingPlan *plan, double also_share,
                                             TbTrainingPlan *own);

/* Runs; afterwards the weights are those of the look with the lowest error. A run that is stopped between two looks
 * leaves a checkpoint and has a last look. about: all that must agree for a run to be the same, beside the plan: sizes,
 * data, the network's own options; context: of the kind's functions. TB_ERR_ARGUMENT: the weights stopped being
 * finite. OFF */
TB_NODISCARD TbStatus tbi_training_run(TbTraining *training, const TbTrainingKind *kind, const TbTrainingPlan *plan,
                                       const char *about, void *context);

#endif
