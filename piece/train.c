/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network on windows of pieces. All that is random in a step comes from its number alone, so a run continues
 * exactly from a checkpoint. */
#include "piece/train.h"
#include "base/no_memory.h"
#include "nn/model_training.h"
#include "piece/window.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const TbPieceSet *set;
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceModel *model;
    TbTokenModel net; /* the model's, with dropout */
    TbTokenTrainer *trainer;
    PieceTokens tokens; /* of a batch */
    size_t *lengths;    /* [batch] */
    size_t n_sequences;
    TbArena memory;
    TbTokenLoss loss, held_out; /* since the last look; of the last look */
} Run;

static void add_loss(TbTokenLoss *sum, const TbTokenLoss *l) {
    for (int k = 0; k < PIECE_PREDICTED; k++) {
        sum->nats[k] += l->nats[k];
        sum->count[k] += l->count[k];
    }
}

static double per_note(const TbTokenLoss *l, PieceField field) {
    return l->count[PIECE_PITCH] ? l->nats[field] / (double)l->count[PIECE_PITCH] : 0;
}

double tbi_piece_nats(const TbTokenLoss *l) {
    double nats = 0;
    for (int k = 0; k < PIECE_PREDICTED; k++)
        nats += per_note(l, (PieceField)k);
    return nats;
}

/* ---- batches ---- */

static const PieceExample *draw(const PieceExamples *e, TbRng *rng) {
    double place = (double)tb_rng_uniform(rng) * e->weight;
    for (size_t i = 0; i < e->n; i++) {
        if (place < e->example[i].weight)
            return &e->example[i];
        place -= e->example[i].weight;
    }
    return &e->example[e->n - 1];
}

/* A window of a piece of e, or with that probability of `also`. Of some pieces all tries end without tokens. */
static void add_window(Run *r, const PieceExamples *e, const PieceExamples *also, bool varied, TbRng *rng) {
    enum { TRIES = 16 };
    PieceTokens *all = &r->tokens, one = {.room = PIECE_WINDOW};
    one.fields = all->fields + all->n * PIECE_FIELDS;
    one.labels = all->labels + all->n * PIECE_PREDICTED;
    one.bars = all->bars + all->n;
    for (int i = 0; i < TRIES && one.n == 0; i++) {
        const bool other = also && also->n > 0 && (double)tb_rng_uniform(rng) < r->o.also_share;
        tbi_piece_draw_window(&draw(other ? also : e, rng)->piece, varied, rng, &one);
    }
    if (one.n == 0)
        return;
    all->n += one.n;
    r->lengths[r->n_sequences++] = one.n;
}

static TbTokenBatch batch_of(Run *r, const PieceExamples *e, const PieceExamples *also, bool varied, size_t n,
                             TbRng *rng) {
    r->tokens.n = r->n_sequences = 0;
    for (size_t i = 0; i < n; i++)
        add_window(r, e, also, varied, rng);
    return (TbTokenBatch){{r->n_sequences, r->lengths, r->tokens.bars}, r->tokens.fields, r->tokens.labels};
}

static void step(void *context, const TbAdamConfig *adam) {
    Run *r = context;
    TbRng rng;
    tb_rng_seed(&rng, r->plan.seed ^
                          (tbi_training_n_steps(tbi_token_trainer_training(r->trainer)) + 1) * 0xD1B54A32D192ED03u);
    const PieceExamples *also = r->o.also ? &r->o.also->part[false] : NULL;
    const TbTokenBatch batch = batch_of(r, &r->set->part[false], also, true, r->plan.batch, &rng);
    const TbTokenLoss loss = tbi_token_trainer_step(r->trainer, &batch, adam);
    add_loss(&r->loss, &loss);
}

/* The same windows at each look. */
static TbStatus look(void *context, double *error, double *loss) {
    Run *r = context;
    const PieceExamples *e = &r->set->part[r->set->part[true].n > 0];
    TbRng rng;
    tb_rng_seed(&rng, 1);
    r->held_out = (TbTokenLoss){.nats = {0}};
    for (size_t done = 0, n; done < r->o.look_windows; done += n) {
        n = r->o.look_windows - done < r->plan.batch ? r->o.look_windows - done : r->plan.batch;
        const TbTokenBatch batch = batch_of(r, e, NULL, false, n, &rng);
        const TbTokenLoss part = tbi_token_trainer_evaluate(r->trainer, &batch);
        add_loss(&r->held_out, &part);
    }
    *error = tbi_piece_nats(&r->held_out);
    *loss = tbi_piece_nats(&r->loss);
    r->loss = (TbTokenLoss){.nats = {0}};
    return TB_OK;
}

static bool report(void *context, const TbTrainingProgress *progress) {
    const Run *r = context;
    const TbPieceReport report = {.progress = *progress,
                                  .place = per_note(&r->held_out, PIECE_PLACE),
                                  .pitch = per_note(&r->held_out, PIECE_PITCH),
                                  .duration = per_note(&r->held_out, PIECE_DURATION),
                                  .velocity = per_note(&r->held_out, PIECE_VELOCITY)};
    return !r->o.report || r->o.report(r->o.context, &report);
}

/* ---- the run ---- */

static const TbTrainingKind kind = {"timbrel checkpoint piece 1", "pieces", "windows", 256, 100, step, look, report};

static void initialise(void *model, TbRng *rng) {
    TbPieceModel *m = model;
    tbi_token_model_init_weights(&m->net, m->params, rng);
}

static void describe(const void *context, char *text, size_t n) {
    const Run *r = context;
    const TbPieceTrainOptions *o = &r->o;
    const PieceSizes *s = &r->model->sizes;
    snprintf(text, n, "%d %d %d %d %d %d %d %d, %zu, %zu and %zu notes of weight %a, %a, %a %zu", s->layers, s->heads,
             s->head_dim, s->hidden, s->head_width, s->steps, s->bars, s->ahead, r->set->part[0].n_notes,
             r->set->part[1].n_notes, o->also ? o->also->part[0].n_notes : 0, r->set->part[0].weight, o->also_share,
             o->dropout, o->look_windows);
}

static TbStatus set_up(void *context, const TbTrainingPlan *plan, void *model, TbTraining **training) {
    Run *r = context;
    TbPieceModel *m = r->model = model;
    const size_t rows = plan->batch * PIECE_WINDOW;
    const TbTokenModelConfig config = tbi_piece_config(&m->sizes, r->o.dropout);
    const TbTokenTrainerOptions options = {
        .max_length = PIECE_WINDOW, .chunk = 2 * PIECE_WINDOW, .average = plan->average, .seed = plan->seed};
    if (r->set->part[false].n == 0)
        return tb_fail(TB_ERR_EMPTY, "There is no piece to learn from; eight notes are the least.");
    if (r->o.look_windows == 0 || !(r->o.dropout >= 0 && r->o.dropout < 1))
        return tb_fail(TB_ERR_ARGUMENT, "Training on pieces needs held-out windows to look at, and a rate of dropout "
                                        "of 0 and below 1.");
    r->plan = *plan;
    r->tokens = (PieceTokens){.fields = tbi_arena_alloc(&r->memory, rows * PIECE_FIELDS, sizeof(int32_t)),
                              .labels = tbi_arena_alloc(&r->memory, rows * PIECE_PREDICTED, sizeof(int32_t)),
                              .bars = tbi_arena_alloc(&r->memory, rows, sizeof(int)),
                              .room = rows};
    r->lengths = tbi_arena_alloc(&r->memory, plan->batch, sizeof *r->lengths);
    if (r->memory.failed)
        return tbi_no_memory("to train on pieces");
    tbi_token_model_init(&r->net, &config);
    TbStatus status = tbi_token_trainer_new(&r->net, m->params, &options, &r->trainer);
    if (status == TB_OK)
        *training = tbi_token_trainer_training(r->trainer);
    return status;
}

static void release(void *context) {
    Run *r = context;
    tbi_token_trainer_free(r->trainer);
    tbi_arena_free(&r->memory);
}

TB_MODEL_TRAIN(piece, Piece, NULL)
