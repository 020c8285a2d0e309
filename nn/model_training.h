/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: from a plan to a trained model of one kind: a model with weights to start from, a run of training
 * (nn/training_run.h), the facts about what was learned from, and weights rounded as in its file. */
#ifndef TIMBREL_NN_MODEL_TRAINING_H
#define TIMBREL_NN_MODEL_TRAINING_H

#include "base/options.h"
#include "nn/model_file.h"
#include "nn/training_run.h"

/* What a network gives to its training; context is the caller's. */
typedef struct {
    void (*initialise)(void *model, TbRng *rng); /* random weights */
    /* Checks the examples, and makes what the steps need; *training as soon as there is one. */
    TbStatus (*set_up)(void *context, const TbTrainingPlan *plan, void *model, TbTraining **training);
    void (*describe)(const void *context, char *text, size_t n); /* `about` of tbi_training_run */
    TbStatus (*finish)(void *context); /* after the run, before weights are rounded; NULL: nothing is left to do */
    void (*release)(void *context);    /* of whatever set_up has made */
    const TbTrainingKind *run;
    const TbModelKind *model;
    const int *default_sizes;
} TbModelTrainer;

typedef struct {
    const int *sizes;  /* of the network; NULL: those of `start`, or the default */
    const void *start; /* a model to begin with; NULL: random weights */
    double also_share; /* of the examples: from another set, 0 .. 1 */
    const TbTrainingPlan *plan;
} TbModelTask;

/* Trains a model; NULL on failure. Errors: those of tbi_training_plan_read, tbi_model_start, tbi_training_run and of
 * the trainer's functions. OFF */
TB_NODISCARD TbStatus tbi_model_train(const TbModelTrainer *trainer, const TbModelTask *task, void *context,
                                      void **model);

/* Defines tb_NAME_train and tbi_NAME_train, which is told sizes. The file has the TbTrainingKind `kind`, the functions
 * of a TbModelTrainer by their names, `finish` or NULL, and a struct Run for their context, with the members `set` and
 * `o`, the caller's options. */
#define TB_MODEL_TRAIN(name, Name, finish)                                                                             \
    TbStatus tbi_##name##_train(const Tb##Name##Set *set, const Name##Sizes *sizes, const TbTrainingPlan *plan,        \
                                const Tb##Name##TrainOptions *options, Tb##Name##Model **model) {                      \
        static const TbModelTrainer trainer = {initialise,                                                             \
                                               set_up,                                                                 \
                                               describe,                                                               \
                                               finish,                                                                 \
                                               release,                                                                \
                                               &kind,                                                                  \
                                               &tbi_##name##_model_kind,                                               \
                                               (const int *)&name##_default_sizes};                                    \
        Run r = {.set = set};                                                                                          \
        void *made = NULL;                                                                                             \
        TbStatus status = tbi_options_read(options, &r.o, sizeof r.o);                                                 \
        const TbModelTask task = {(const int *)sizes, r.o.start, r.o.also_share, plan};                                \
        status = status ? status : tbi_model_train(&trainer, &task, &r, &made);                                        \
        *model = made;                                                                                                 \
        return status;                                                                                                 \
    }                                                                                                                  \
    TbStatus tb_##name##_train(const Tb##Name##Set *set, const TbTrainingPlan *plan,                                   \
                               const Tb##Name##TrainOptions *options, Tb##Name##Model **model) {                       \
        return tbi_##name##_train(set, NULL, plan, options, model);                                                    \
    }

#endif
