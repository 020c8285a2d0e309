/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training loop. All randomness is derived from the seed and the step, so an interrupted and resumed run ends
 * with exactly the same weights as an uninterrupted one. */
#include "base/arena.h"
#include "base/arena_floats.h"
#include "base/clock.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "nn/learning_rate.h"
#include "nn/thread_pool.h"
#include "sound/infer_latents.h"
#include "train/audio_stage.h"
#include "train/augment.h"
#include "train/checkpoint.h"
#include "train/dataset.h"
#include "train/level_error.h"
#include "vae/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WARM_UP_STEPS = 100,
    BETA_STEPS = 1000,
    EVALUATIONS = 40, /* evaluations of the validation error per run */
    SPEED_STEPS = 50, /* steps timed before the length of a run with a time budget is set */
};
#define CHECKPOINT_SECONDS 20.0
#define FINAL_RATE 0.01
#define PITCH_JITTER 0.003f
#define LOUDNESS_JITTER 0.03f
#define CLIP_NORM 5.0
/* A fully annealed network sounds better than an earlier one with a slightly lower error on a few files. */
#define AS_GOOD_DB 1.0
#define AUDIO_WEIGHT 1.0 /* of the loss on raw audio */
/* Without steps or budget the run consists of rounds; each after the first is the last third of all steps. */
#define FIRST_ROUND 6000
#define LONGEST_RUN 500000
#define MIN_IMPROVEMENT 0.99 /* a round that does not reduce the lowest error to this share is the last */

const char *tb_train_verdict(double db) {
    return db < 2.0   ? "hard to tell from the original"
           : db < 3.0 ? "very close to the original"
           : db < 4.5 ? "clearly the same sound, slightly off in colour"
           : db < 7.0 ? "recognisable, but coarse"
                      : "rough: more training or more sounds are needed";
}

typedef struct {
    const TbDataset *data;
    const TbTrainOptions *options;
    const TbColumns *columns;
    size_t n_columns;
    TbVae *vae;
    TbTrainer *trainer;
    TbThreadPool *pool;
    TbArena memory; /* of the arrays */
    float *x, *target, *threshold, *condition, *noise, *dy, *dmu, *dlogvar;
    AudioStage *audio;  /* NULL: no training on raw audio */
    TrainState state;   /* as stored in a checkpoint */
    size_t points_room; /* of state.points, in which the room of a resumed run is unknown: 0 */
    TbTrainHistory history;
    double started, resumed_seconds, last_save;
} Run;

static bool in_rounds(const Run *r) {
    return r->options->steps == 0 && r->options->budget_seconds <= 0;
}

static double seconds_spent(const Run *r) {
    return r->resumed_seconds + tbi_now() - r->started;
}

/* The lowest validation error so far; infinite before the first evaluation. */
static double best_db(const Run *r) {
    return r->trainer ? tbi_training_lowest_error(tbi_trainer_training(r->trainer)) : INFINITY;
}

/* ---- one step ---- */

/* Draws one row of the batch, with its own random sequence, so that threads may share the rows. */
static void draw_row(Run *r, size_t i) {
    const TbTrainOptions *o = r->options;
    size_t latent = (size_t)tb_vae_config(r->vae)->latent_dim;
    float *x = r->x + i * TB_MODEL_INPUTS, *target = r->target + i * TB_FEATURES, *c = r->condition + i * TB_CONDITIONS;
    TbRng rng;
    tb_rng_seed(&rng, (o->seed * 0x9e3779b97f4a7c15u + r->state.step) * 0xd1342543de82ef95u + i);
    uint64_t draw = ((uint64_t)tb_rng_next(&rng) << 32 | tb_rng_next(&rng)) % r->data->stats.n_frames;
    float below;
    tbi_dataset_unpack(r->data->rows + draw * ROW, x, target, c, &below);
    if (tb_rng_uniform(&rng) < o->augment)
        tbi_augment_frame(x, target, c, 1, &rng);
    tb_masking_threshold(target, c, below, r->threshold + i * TB_FEATURES);
    /* Jitter, so that pitch and loudness cannot be encoded in z exactly. */
    c[0] += PITCH_JITTER * tb_rng_normal(&rng);
    c[1] += LOUDNESS_JITTER * tb_rng_normal(&rng);
    for (size_t k = 0; k < latent; k++)
        r->noise[i * latent + k] = tb_rng_normal(&rng);
}

static void draw_rows(void *context, int index) {
    Run *r = context;
    size_t n = (size_t)tbi_thread_pool_count(r->pool), batch = r->options->batch;
    for (size_t i = batch * (size_t)index / n; i < batch * (size_t)(index + 1) / n; i++)
        draw_row(r, i);
}

/* The completed share of this round. */
static double share_done(const Run *r) {
    return (double)(r->state.step - r->state.round_first) / (double)(r->state.n_steps - r->state.round_first);
}

static double learning_rate(const Run *r) {
    const TbLearningRate rate = {r->options->learning_rate, FINAL_RATE, WARM_UP_STEPS};
    return tbi_learning_rate(&rate, r->state.step, share_done(r));
}

static void step(Run *r) {
    const TbTrainOptions *o = r->options;
    const TbVaeConfig *c = tb_vae_config(r->vae);
    size_t n = o->batch, n_latent = n * (size_t)c->latent_dim, n_out = n * TB_FEATURES;
    TbRng rng;
    tb_rng_seed(&rng, o->seed * 0x9e3779b97f4a7c15u + r->state.step);
    tbi_thread_pool_run(r->pool, draw_rows, r);
    TbForward f = tbi_trainer_forward(r->trainer, r->x, r->condition, r->noise, n);
    memset(r->dy, 0, n_out * sizeof *r->dy);
    memset(r->dmu, 0, n_latent * sizeof *r->dmu);
    memset(r->dlogvar, 0, n_latent * sizeof *r->dlogvar);
    double loss = tbi_recon_loss(r->columns, r->n_columns, TB_FEATURES, f.y, r->target, r->threshold, n, r->dy, NULL);
    double beta = o->beta * fmin(1, (double)r->state.step / BETA_STEPS);
    double kl = tbi_kl_loss(f.mu, f.logvar, n, c->latent_dim, beta, o->free_bits, r->dmu, r->dlogvar);
    tbi_trainer_zero_gradients(r->trainer);
    tbi_trainer_backward(r->trainer, r->dy, r->dmu, r->dlogvar);
    if (r->audio && share_done(r) >= 1 - o->audio_share) {
        double audio = tbi_audio_stage_gradients(r->audio, r->trainer, AUDIO_WEIGHT, &rng);
        r->state.audio_loss = r->state.audio_loss == 0 ? audio : 0.98 * r->state.audio_loss + 0.02 * audio;
    }
    TbAdamConfig adam = {.learning_rate = learning_rate(r),
                         .beta1 = 0.9,
                         .beta2 = 0.98,
                         .epsilon = 1e-8,
                         .weight_decay = 0,
                         .clip_norm = CLIP_NORM};
    tbi_trainer_step(r->trainer, &adam);
    r->state.step++;
    r->state.loss = r->state.loss == 0 ? loss : 0.98 * r->state.loss + 0.02 * loss;
    r->state.kl = r->state.kl == 0 ? kl : 0.98 * r->state.kl + 0.02 * kl;
}

/* ---- evaluation ---- */

static TbStatus evaluate(Run *r) {
    TbTrainPoint p = {.step = r->state.step,
                      .n_steps = r->state.n_steps,
                      .seconds = seconds_spent(r),
                      .loss = r->state.loss,
                      .kl = r->state.kl,
                      .audio_loss = r->state.audio_loss};
    const TbDataset *d = r->data;
    TbStatus status = tbi_level_error(r->vae, d->rows, d->stats.n_frames, &p.train_db);
    p.validation_db = p.train_db;
    if (status == TB_OK && d->stats.n_validation > 0)
        status = tbi_level_error(r->vae, d->validation, d->stats.n_validation, &p.validation_db);
    if (status != TB_OK)
        return status;
    if (!tbi_grow(&r->state.points, r->state.n_points + 1, &r->points_room))
        return tbi_no_memory("for the training history");
    r->state.points[r->state.n_points++] = p;
    tbi_training_evaluated(tbi_trainer_training(r->trainer), p.validation_db);
    return TB_OK;
}

/* ---- run ---- */

static TbStatus prepare(Run *r) {
    const TbTrainOptions *o = r->options;
    const TbVaeConfig *c = &o->net;
    size_t n = o->batch, latent = (size_t)c->latent_dim;
    TbStatus status = o->from ? tb_vae_clone(tb_model_vae(o->from), &r->vae) : tb_vae_new(c, o->seed, &r->vae);
    if (status != TB_OK)
        return status;
    latent = (size_t)tb_vae_config(r->vae)->latent_dim;
    tb_set_threads(o->n_threads);
    bool audio = o->audio_share > 0 && r->data->n_chunks > 0;
    status = tbi_trainer_new(r->vae, audio && n < AUDIO_STAGE_ROWS ? AUDIO_STAGE_ROWS : n, &r->trainer);
    if (status == TB_OK)
        status = tbi_training_keep_best(tbi_trainer_training(r->trainer));
    if (status == TB_OK)
        status = tbi_thread_pool_new(o->n_threads, &r->pool);
    r->columns = tbi_model_columns(&r->n_columns);
    const TbArenaFloats arrays[] = {{&r->x, n * TB_MODEL_INPUTS},
                                    {&r->target, n * TB_FEATURES},
                                    {&r->threshold, n * TB_FEATURES},
                                    {&r->condition, n * TB_CONDITIONS},
                                    {&r->noise, n * latent},
                                    {&r->dy, n * TB_FEATURES},
                                    {&r->dmu, n * latent},
                                    {&r->dlogvar, n * latent}};
    tbi_arena_floats_each(&r->memory, arrays, sizeof arrays / sizeof *arrays);
    if (status == TB_OK && audio)
        status = tbi_audio_stage_new(r->data, o->n_threads, (int)latent, &r->audio);
    if (status == TB_OK && r->memory.failed)
        status = tbi_no_memory("to train with %zu frames a step", n);
    return status;
}

static void release(Run *r) {
    tbi_audio_stage_free(r->audio);
    tbi_thread_pool_free(r->pool);
    tbi_trainer_free(r->trainer);
    tb_vae_free(r->vae);
    tbi_arena_free(&r->memory);
}

/* Converts a time budget to a number of steps, from the speed so far; updated at every evaluation. */
static void plan(Run *r, size_t steps_here, double seconds_here) {
    const TbTrainOptions *o = r->options;
    if (o->steps > 0 || o->budget_seconds <= 0 || seconds_here <= 0)
        return;
    double left = o->budget_seconds - o->elapsed - seconds_spent(r);
    double more = left > 0 ? left * (double)steps_here / seconds_here : 0;
    r->state.n_steps = r->state.step + (size_t)more;
}

/* A spent budget ends the run whatever was planned: steps may take longer than those that were timed. */
static bool is_late(const Run *r) {
    const TbTrainOptions *o = r->options;
    return o->steps == 0 && o->budget_seconds > 0 && o->elapsed + seconds_spent(r) >= o->budget_seconds;
}

/* At the end of a round: plans another one if this one has reduced the error. */
static void plan_round(Run *r) {
    double before = INFINITY, here = INFINITY;
    for (size_t i = 0; i < r->state.n_points; i++) {
        const TbTrainPoint *p = &r->state.points[i];
        double *lowest = p->step > r->state.round_first ? &here : &before;
        *lowest = fmin(*lowest, p->validation_db);
    }
    if (here < MIN_IMPROVEMENT * before && r->state.step < LONGEST_RUN) {
        r->state.round_first = r->state.step;
        r->state.n_steps = r->state.step + r->state.step / 2;
    }
}

static TbStatus save(Run *r) {
    r->state.seconds = seconds_spent(r);
    r->last_save = tbi_now();
    return r->options->checkpoint
               ? tbi_checkpoint_write(r->options->checkpoint, &r->state, tbi_trainer_training(r->trainer), r->options,
                                      r->data->stats.fingerprint)
               : TB_OK;
}

static TbStatus loop(Run *r, TbProgress progress, void *context) {
    size_t first = r->state.step;
    TbStatus status = TB_OK;
    r->started = r->last_save = tbi_now();
    r->resumed_seconds = r->state.seconds;
    while (status == TB_OK && r->state.step < r->state.n_steps) {
        step(r);
        size_t here = r->state.step - first;
        double t = tbi_now();
        if (is_late(r))
            r->state.n_steps = r->state.step;
        if (here == SPEED_STEPS)
            plan(r, here, t - r->started);
        size_t every = r->state.n_steps / EVALUATIONS > 0 ? r->state.n_steps / EVALUATIONS : 1;
        if (r->state.step % every == 0 || r->state.step >= r->state.n_steps) {
            status = evaluate(r);
            if (here > SPEED_STEPS)
                plan(r, here, tbi_now() - r->started);
            if (in_rounds(r) && r->state.step >= r->state.n_steps)
                plan_round(r);
        }
        if (status == TB_OK && t - r->last_save > CHECKPOINT_SECONDS)
            status = save(r);
        if (status == TB_OK && progress) {
            char words[96] = "Training";
            if (r->state.n_points) {
                double db = r->state.points[r->state.n_points - 1].validation_db;
                snprintf(words, sizeof words, "Training: error %.2f dB, %s", db, tb_train_verdict(db));
            }
            double done = in_rounds(r) ? -1 : (double)r->state.step / (double)r->state.n_steps;
            if (!progress(context, done, words)) {
                r->history.interrupted = true;
                break;
            }
        }
    }
    if (status == TB_OK)
        status = save(r);
    double spent = tbi_now() - r->started;
    r->history.frames_per_second = spent > 0 ? (double)((r->state.step - first) * r->options->batch) / spent : 0;
    return status;
}

static char *facts_json(const Run *r) {
    const TbDatasetStats *f = &r->data->stats;
    char *text = NULL;
    if (asprintf(&text,
                 "{\"files\": %zu, \"notes\": %zu, \"seconds\": %.0f, \"frames\": %zu, \"validation_frames\": %zu, "
                 "\"steps\": %zu, \"batch\": %zu, \"seed\": %llu, \"validation_db\": %.3f}",
                 f->n_files, f->n_notes, f->seconds, f->n_frames, f->n_validation, r->state.step, r->options->batch,
                 (unsigned long long)r->options->seed, best_db(r)) < 0)
        return NULL;
    return text;
}

static TbStatus make_model(const Run *r, TbModel **model) {
    TbVae *chosen = NULL;
    TbStatus status = tb_vae_clone(r->vae, &chosen);
    if (status != TB_OK)
        return status;
    const TbTrainPoint *last = r->state.n_points > 0 ? &r->state.points[r->state.n_points - 1] : NULL;
    bool last_is_good =
        last && last->step == r->state.step && last->validation_db <= best_db(r) + AS_GOOD_DB; /* trained longer */
    if (!last_is_good && best_db(r) < INFINITY)
        memcpy(tb_vae_params(chosen), tbi_training_best(tbi_trainer_training(r->trainer)),
               tb_vae_n_params(chosen) * sizeof(float));
    char *facts = facts_json(r);
    if (!facts) {
        tb_vae_free(chosen);
        return tbi_no_memory("for the model");
    }
    status = tb_model_new(chosen, facts, model);
    free(facts);
    return status;
}

TbStatus tb_train(const TbDataset *dataset, const TbTrainOptions *given, TbProgress progress, void *context,
                  TbModel **model, TbTrainHistory *history) {
    TbTrainOptions own, *options = &own;
    Run r = {.data = dataset, .options = options};
    *model = NULL;
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status) {
        if (history)
            *history = (TbTrainHistory){0};
        return status;
    }
    r.state.n_steps = options->steps > 0 ? options->steps : in_rounds(&r) ? FIRST_ROUND : SPEED_STEPS * 20;
    status = prepare(&r);
    if (status == TB_OK && options->resume && options->checkpoint) {
        status = tbi_checkpoint_read(options->checkpoint, &r.state, tbi_trainer_training(r.trainer), options,
                                     dataset->stats.fingerprint);
    }
    if (status == TB_OK)
        status = loop(&r, progress, context);
    if (status == TB_OK)
        status = make_model(&r, model);
    r.history.n_points = r.state.n_points;
    r.history.points = r.state.points;
    r.history.best_db = best_db(&r);
    if (history && status == TB_OK)
        *history = r.history;
    else
        tb_train_history_free(&r.history);
    release(&r);
    return status;
}

void tb_train_history_free(TbTrainHistory *history) {
    free(history->points);
    memset(history, 0, sizeof *history);
}
