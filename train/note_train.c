/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the note network. The loss is on latents, loudness, pitch and modulation, and, through the frozen frame
 * decoder, on the spectrum of the latents. The first dimensions of the code are tied to attributes of the sound
 * (Pati and Lerch 2020, "Attribute-based regularization of latent spaces for variational auto-encoders"). */
#include "base/arena_floats.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "nn/learning_rate.h"
#include "sound/infer_latents.h"
#include "train/dataset.h"
#include "train/note_basis.h"
#include "train/note_batch.h"
#include "vae/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WARM_UP_STEPS = 100,
    BETA_STEPS = 1000,
    SPEED_STEPS = 50,
    REPORT_STEPS = 20,
};
#define LEARNING_RATE 1.5e-3
#define FINE_TUNING_RATE 5e-4 /* when starting from an existing network */
#define BETA 0.01             /* weight of the KL term */
#define SPECTRUM_WEIGHT 1.0f  /* of the loss through the frame decoder */
#define FINAL_RATE 0.01
#define CLIP_NORM 5.0
#define WEIGHT_DECAY 0.05

typedef struct {
    const NoteSet *set;
    const TbNoteTrainOptions *options;
    const TbNoteModel *from; /* NULL: from scratch */
    const TbColumns *columns;
    size_t n_columns, step, n_steps;
    TbNoteModel *notes;
    TbTrainer *trainer;
    TbPullback *frames; /* the frame decoder */
    TbThreadPool *pool;
    NoteBatch batch;
    TbArena memory; /* of the arrays */
    float *dy, *dmu, *dlogvar, *z, *dz, *dfeatures;
    double loss, spectrum, kl, order;
    double deadline; /* end of the steps (tbi_now); 0: none */
} Run;

/* Parts of a budget: the share for encoding the notes, and the ends of the training steps and of the change of
 * basis, if there is one. */
#define ENCODE_SHARE 0.35
#define STEPS_END 0.75
#define BASIS_END 0.97

/* ---- losses ---- */

/* The loss of the spectrum of the latents in y, through the frame decoder: adds to dy. */
static double spectrum_loss(Run *r, const float *y) {
    size_t latent = (size_t)r->set->latent, size = (size_t)note_table_size(r->set->latent), width = latent + 2;
    for (size_t i = 0; i < BATCH; i++)
        memcpy(r->z + i * latent, y + i / FRAMES * size + (size_t)r->batch.point[i] * width, latent * sizeof *r->z);
    const float *x = tbi_pullback_forward(r->frames, r->z, r->batch.frame_condition, BATCH);
    memset(r->dfeatures, 0, BATCH * TB_FEATURES * sizeof *r->dfeatures);
    double loss = tbi_recon_loss(r->columns, r->n_columns, TB_FEATURES, x, r->batch.features, r->batch.threshold, BATCH,
                                 r->dfeatures, NULL);
    tbi_pullback_backward(r->frames, r->dfeatures, r->dz);
    for (size_t i = 0; i < BATCH; i++) {
        float *to = r->dy + i / FRAMES * size + (size_t)r->batch.point[i] * width;
        for (size_t k = 0; k < latent; k++)
            to[k] += SPECTRUM_WEIGHT * r->dz[i * latent + k];
    }
    return loss;
}

static void running(double *mean, double v) {
    *mean = *mean == 0 ? v : 0.98 * *mean + 0.02 * v;
}

static void step(Run *r) {
    size_t size = (size_t)note_table_size(r->set->latent);
    tbi_note_batch_draw(&r->batch, r->pool, r->options->seed, r->step);
    TbForward f = tbi_trainer_forward(r->trainer, r->batch.input, r->batch.condition, r->batch.noise, CODES);
    memset(r->dy, 0, CODES * size * sizeof *r->dy);
    memset(r->dmu, 0, CODES * TB_CODE_DIM * sizeof *r->dmu);
    memset(r->dlogvar, 0, CODES * TB_CODE_DIM * sizeof *r->dlogvar);
    double loss =
        tbi_note_loss(r->set->facts.scale, r->set->latent, f.y, r->batch.target, r->batch.weight, CODES, r->dy);
    running(&r->loss, loss);
    running(&r->spectrum, spectrum_loss(r, f.y));
    double beta = BETA * fmin(1, (double)r->step / BETA_STEPS);
    running(&r->kl, tbi_kl_loss(f.mu, f.logvar, CODES, TB_CODE_DIM, beta, 0, r->dmu, r->dlogvar));
    running(&r->order, tbi_knob_order_loss(r->set, r->batch.source, r->batch.mixed, CODES, f.mu, r->dmu));
    tbi_knob_decorrelation_loss(CODES, f.mu, r->dmu);
    tbi_trainer_zero_gradients(r->trainer);
    tbi_trainer_backward(r->trainer, r->dy, r->dmu, r->dlogvar);
    const TbLearningRate rate = {r->from ? FINE_TUNING_RATE : LEARNING_RATE, FINAL_RATE, WARM_UP_STEPS};
    TbAdamConfig adam = {.learning_rate = tbi_learning_rate(&rate, r->step, (double)r->step / (double)r->n_steps),
                         .beta1 = 0.9,
                         .beta2 = 0.98,
                         .epsilon = 1e-8,
                         .weight_decay = WEIGHT_DECAY,
                         .clip_norm = CLIP_NORM};
    tbi_trainer_step(r->trainer, &adam);
    r->step++;
}

/* ---- run ---- */

/* The initial network: a new one, or a copy of the existing one, of whatever width; then the prior and the scales
 * are kept, so that seeds and knobs keep their meaning. */
static TbStatus begin(Run *r) {
    if (!r->from) {
        TbStatus status = tbi_note_model_new(r->set->latent, r->options->seed, &r->notes);
        if (status == TB_OK) {
            TbVae *net = r->notes->net;
            *r->notes = r->set->facts;
            r->notes->net = net;
        }
        return status;
    }
    const TbVaeConfig *c = tb_vae_config(r->from->net);
    if (c->output_dim != note_table_size(r->set->latent)) {
        return tb_fail(TB_ERR_ARGUMENT,
                       "The model to start from has another number of latents; start from a model with %d.",
                       r->set->latent);
    }
    r->notes = malloc(sizeof *r->notes);
    if (!r->notes)
        return tbi_no_memory("to train on notes");
    *r->notes = *r->from;
    r->notes->net = NULL;
    return tb_vae_clone(r->from->net, &r->notes->net);
}

static TbStatus prepare(Run *r, const TbModel *model) {
    size_t latent = (size_t)r->set->latent, size = (size_t)note_table_size(r->set->latent);
    TbStatus status = begin(r);
    if (status != TB_OK)
        return status;
    TbVae *net = r->notes->net;
    tb_set_threads(r->options->n_threads);
    status = tbi_trainer_new(net, CODES, &r->trainer);
    if (status == TB_OK)
        status = tbi_pullback_new(tb_model_vae(model), BATCH, &r->frames);
    if (status == TB_OK)
        status = tbi_thread_pool_new(r->options->n_threads, &r->pool);
    if (status == TB_OK)
        status = tbi_note_batch_new(r->set, &r->batch);
    const TbArenaFloats arrays[] = {
        {&r->dy, CODES * size},  {&r->dmu, CODES * TB_CODE_DIM}, {&r->dlogvar, CODES * TB_CODE_DIM},
        {&r->z, BATCH * latent}, {&r->dz, BATCH * latent},       {&r->dfeatures, BATCH * TB_FEATURES}};
    tbi_arena_floats_each(&r->memory, arrays, sizeof arrays / sizeof *arrays);
    return r->memory.failed ? tbi_no_memory("to train on notes") : status;
}

/* The number of steps without a limit: in proportion to the notes, within bounds. */
static size_t default_steps(size_t n_notes, bool from) {
    double n = from ? 200 + 8 * (double)n_notes : 1000 + 4 * (double)n_notes;
    return (size_t)fmin(n, 15000);
}

static void set_steps(Run *r, double spent) {
    const TbNoteTrainOptions *o = r->options;
    if (o->steps > 0) {
        r->n_steps = o->steps;
    } else if (o->budget_seconds <= 0) {
        r->n_steps = default_steps(r->set->n, r->from != NULL);
    } else if (r->step > 0) {
        double all = spent + r->deadline - tbi_now();
        r->n_steps = (size_t)fmax((double)r->step, all * (double)r->step / spent);
    }
}

static TbStatus learn(Run *r, TbProgress progress, void *context, bool *interrupted) {
    double started = tbi_now();
    r->n_steps = SPEED_STEPS * 20;
    set_steps(r, 0);
    while (r->step < r->n_steps) {
        step(r);
        if (r->step % SPEED_STEPS == 0)
            set_steps(r, tbi_now() - started);
        if (r->deadline > 0 && tbi_now() > r->deadline)
            r->n_steps = r->step;
        if (progress && r->step % REPORT_STEPS == 0) {
            char words[128];
            snprintf(words, sizeof words, "Learning notes: loss %.3f, spectrum %.3f, knobs %.3f, code %.1f nats",
                     r->loss, r->spectrum, r->order, r->kl / BETA);
            if (!progress(context, (double)r->step / (double)r->n_steps, words)) {
                *interrupted = true;
                break;
            }
        }
    }
    return tbi_note_prior(r->set, r->notes, r->from != NULL);
}

/* Changes the basis of a new network's code, once the model can play it; when cancelled, the basis stays as it is. */
static TbStatus change_basis(double deadline, const NoteSet *set, uint64_t seed, TbProgress progress, void *context,
                             TbModel *model, bool *interrupted) {
    const TbNoteModel *learned = tb_model_notes(model);
    size_t pitched = 0;
    for (size_t i = 0; i < set->n_instruments; i++)
        pitched += set->items[set->first[i]].pitched;
    if (pitched <= NOTE_TOO_FEW)
        return TB_OK;
    TbNoteModel *aligned = malloc(sizeof *aligned);
    if (!aligned)
        return tbi_no_memory("to train on notes");
    *aligned = *learned;
    aligned->net = NULL;
    TbStatus status = tb_vae_clone(learned->net, &aligned->net);
    if (status == TB_OK)
        status = tbi_note_basis_until(deadline, model, aligned, NOTE_BASIS_SAMPLES, seed, progress, context);
    if (status == TB_OK)
        status = tbi_note_prior(set, aligned, false);
    if (status != TB_OK) {
        tb_note_model_free(aligned);
        *interrupted = status == TB_ERR_CANCELLED;
        return *interrupted ? TB_OK : status;
    }
    return tb_model_set_notes(model, aligned);
}

/* Whether the basis of the code is changed at the end. */
static bool changes_basis(const Run *r) {
    return !r->from;
}

static TbStatus train_until(double started, size_t n_left, const NoteSet *set, const TbNoteTrainOptions *options,
                            TbProgress progress, void *context, TbModel *model, TbNoteTrainStats *stats);

/* Given a set instead of a dataset. */
TbStatus tbi_note_set_train(const NoteSet *set, const TbNoteTrainOptions *options, TbProgress progress, void *context,
                            TbModel *model, TbNoteTrainStats *stats) {
    return train_until(tbi_now(), 0, set, options, progress, context, model, stats);
}

/* started: when the budget began. */
static TbStatus train_until(double started, size_t n_left, const NoteSet *set, const TbNoteTrainOptions *options,
                            TbProgress progress, void *context, TbModel *model, TbNoteTrainStats *stats) {
    Run r = {.set = set, .options = options, .from = options->from ? tb_model_notes(options->from) : NULL};
    double budget = options->steps > 0 ? 0 : fmax(options->budget_seconds, 0), end = started + BASIS_END * budget;
    r.deadline = budget <= 0 ? 0 : changes_basis(&r) ? started + STEPS_END * budget : end;
    *stats = (TbNoteTrainStats){.n_notes = set->n, .n_instruments = set->n_instruments, .n_left = n_left};
    r.columns = tbi_model_columns(&r.n_columns);
    TbStatus status = prepare(&r, model);
    if (status == TB_OK)
        status = learn(&r, progress, context, &stats->interrupted);
    stats->n_steps = r.step;
    tbi_thread_pool_free(r.pool);
    tbi_pullback_free(r.frames);
    tbi_trainer_free(r.trainer);
    tbi_note_batch_free(&r.batch);
    tbi_arena_free(&r.memory);
    if (status != TB_OK) {
        tb_note_model_free(r.notes);
        return status;
    }
    bool align = changes_basis(&r) && !stats->interrupted;
    status = tb_model_set_notes(model, r.notes);
    return status == TB_OK && align
               ? change_basis(budget > 0 ? end : 0, set, options->seed, progress, context, model, &stats->interrupted)
               : status;
}

TbStatus tb_train_notes(TbDataset *dataset, const TbNoteTrainOptions *given, TbProgress progress, void *context,
                        TbModel *model, TbNoteTrainStats *stats) {
    TbNoteTrainOptions own, *options = &own;
    NoteSet set;
    *stats = (TbNoteTrainStats){0};
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status)
        return status;
    if (tb_vae_config(tb_model_vae(model))->latent_dim > TB_NOTE_LATENTS) {
        return tb_fail(TB_ERR_UNSUPPORTED, "A model of more than %d latents cannot learn whole notes.",
                       TB_NOTE_LATENTS);
    }
    tb_set_threads(options->n_threads);
    double started = tbi_now(), budget = options->steps > 0 ? 0 : options->budget_seconds;
    size_t n_left;
    status = tbi_note_cache_build_set_until(budget > 0 ? started + ENCODE_SHARE * budget : 0, dataset, model,
                                            options->hold, progress, context, &set, &n_left);
    if (status == TB_ERR_CANCELLED) {
        stats->interrupted = true;
        return TB_OK;
    }
    if (status == TB_OK && set.n == 0) {
        tbi_note_set_free(&set);
        status = tb_fail(TB_ERR_EMPTY, "No note was found in these sounds.");
    }
    if (status == TB_OK) {
        status = train_until(started, n_left, &set, options, progress, context, model, stats);
        tbi_note_set_free(&set);
    }
    return status;
}
