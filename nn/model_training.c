/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/model_training.h"

/* Gives a new model its first weights, and trains it. */
static TbStatus train(const TbModelTrainer *t, const void *start, const TbTrainingPlan *plan, void *context,
                      void *model) {
    TbTraining *training = NULL;
    TbRng rng;
    char about[512];
    tb_rng_seed(&rng, plan->seed);
    t->initialise(model, &rng);
    TbStatus status = start ? tbi_model_start(t->model, start, model) : TB_OK;
    if (status)
        return status;
    status = t->set_up(context, plan, model, &training);
    if (status == TB_OK) {
        t->describe(context, about, sizeof about);
        status = tbi_training_run(training, t->run, plan, about, context);
    }
    if (status == TB_OK && t->finish)
        status = t->finish(context);
    if (status == TB_OK)
        tbi_model_round(t->model, model);
    t->release(context);
    return status;
}

TbStatus tbi_model_train(const TbModelTrainer *trainer, const TbModelTask *task, void *context, void **model) {
    TbTrainingPlan plan;
    TbModelContents contents;
    const int *sizes = task->sizes ? task->sizes : trainer->default_sizes;
    *model = NULL;
    TbStatus status = tbi_training_plan_read(trainer->run, task->plan, task->also_share, &plan);
    if (status)
        return status;
    if (!task->sizes && task->start) {
        trainer->model->contents(task->start, &contents);
        sizes = contents.sizes;
    }
    status = tbi_model_new(trainer->model, sizes, model);
    if (status)
        return status;
    status = train(trainer, task->start, &plan, context, *model);
    if (status) {
        tbi_model_free(*model);
        *model = NULL;
    }
    return status;
}
