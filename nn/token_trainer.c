/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of a token model: each worker takes its share of the sequences forward and backward, a chunk of rows at a
 * time, so that the activations of one chunk are all the memory it needs. */
#include "base/no_memory.h"
#include "nn/adamw.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/mlp.h"
#include "nn/softmax_loss.h"
#include "nn/tape.h"
#include "nn/token_model.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    TbLinear hidden, logits;
} PackedHead;

/* One worker's memory. */
typedef struct {
    TbTransformerTape tape;
    float *hidden, *gelu, *dhidden, *logits; /* of the head in work; rows are the widest head's, padded, apart */
    float *log_sums, *products;
    uint32_t *ids;
    TbTokenLoss loss;
} Worker;

struct TbTokenTrainer {
    TbArena memory; /* first: tbi_arena_free_owner */
    const TbTokenModel *model;
    const float *params;
    TbTraining *training;
    TbTokenTrainerOptions options;
    size_t max_rows, n_workers, widest; /* widest: classes of a head, padded */
    TbPackedTransformer packed;
    PackedHead heads[TB_MAX_FIELDS];
    Worker *workers;
    /* The call in progress. */
    const TbTokenBatch *batch;
    bool training_step;
    float scale[TB_MAX_FIELDS]; /* of each field's gradients */
};

/* ---- memory ---- */

static void init_linear(TbTokenTrainer *t, TbLinear *linear, size_t weight, size_t in, size_t out) {
    const TbMatmulBackend backend = t->packed.backend;
    float *packed = tbi_arena_floats(&t->memory, tbi_linear_packed_size(backend, in, out));
    tbi_linear_init(linear, backend, t->params + weight, in, out, packed);
}

static void init_weights(TbTokenTrainer *t) {
    const TbTokenModelConfig *c = &t->model->config;
    tbi_transformer_packed_init(&t->packed, &t->model->transformer, tbi_matmul_default(), t->params, &t->memory);
    for (size_t k = 0; k < c->n_predicted; k++) {
        init_linear(t, &t->heads[k].hidden, t->model->heads[k].hidden, c->transformer.width, c->head_width);
        init_linear(t, &t->heads[k].logits, t->model->heads[k].logits, c->head_width, c->classes[k]);
    }
}

static void init_worker(TbTokenTrainer *t, Worker *w) {
    const TbTokenModelConfig *c = &t->model->config;
    const TbMatmulBackend backend = t->packed.backend;
    const size_t head = t->max_rows * c->head_width;
    size_t products = tbi_linear_scratch(backend, c->transformer.width, c->head_width, t->max_rows);
    for (size_t k = 0; k < c->n_predicted; k++) {
        size_t logits = tbi_linear_scratch(backend, c->head_width, c->classes[k], t->max_rows);
        products = logits > products ? logits : products;
    }
    w->hidden = tbi_arena_floats(&t->memory, head);
    w->gelu = tbi_arena_floats(&t->memory, head);
    w->dhidden = tbi_arena_floats(&t->memory, head);
    w->logits = tbi_arena_floats(&t->memory, t->max_rows * t->widest);
    w->log_sums = tbi_arena_floats(&t->memory, t->max_rows);
    w->ids = tbi_arena_alloc(&t->memory, t->max_rows, sizeof *w->ids);
    w->products = tbi_arena_floats(&t->memory, products);
    tbi_transformer_tape_init(&w->tape, &t->packed, t->max_rows, t->options.max_length, &t->memory);
}

TbStatus tbi_token_trainer_new(const TbTokenModel *model, float *params, const TbTokenTrainerOptions *options,
                               TbTokenTrainer **result) {
    *result = NULL;
    TbTokenTrainer *t = calloc(1, sizeof *t);
    if (!t)
        return tbi_no_memory("to train");
    t->model = model;
    t->params = params;
    t->options = *options;
    t->max_rows = options->chunk > options->max_length ? options->chunk : options->max_length;
    for (size_t k = 0; k < model->config.n_predicted; k++) {
        size_t padded = tb_padded((int)model->config.classes[k]);
        t->widest = padded > t->widest ? padded : t->widest;
    }
    TbStatus status = tbi_training_new(&model->parameters, params, options->average, &t->training);
    if (status == TB_OK) {
        t->n_workers = (size_t)tbi_thread_pool_count(tbi_training_pool(t->training));
        t->workers = tbi_arena_alloc(&t->memory, t->n_workers, sizeof *t->workers);
        init_weights(t);
        for (size_t i = 0; t->workers && i < t->n_workers; i++)
            init_worker(t, &t->workers[i]);
    }
    if (t->memory.failed)
        status = tbi_no_memory("to train with %zu tokens at a time", t->max_rows);
    if (status != TB_OK) {
        tbi_token_trainer_free(t);
        return status;
    }
    *result = t;
    return TB_OK;
}

void tbi_token_trainer_free(TbTokenTrainer *t) {
    if (t)
        tbi_training_free(t->training);
    tbi_arena_free_owner(t);
}

TbTraining *tbi_token_trainer_training(const TbTokenTrainer *t) {
    return t->training;
}

/* ---- heads ---- */

/* Head k over n rows, whose first is `row` of the batch: loss, and when training its gradients; adds to tape.dy. */
static void run_head(const TbTokenTrainer *t, Worker *w, size_t k, size_t row, size_t n, float *gradients) {
    const TbTokenModelConfig *c = &t->model->config;
    const TbTokenHead *head = &t->model->heads[k];
    const size_t width = c->transformer.width, hidden = c->head_width, ld = t->widest, labels = c->n_predicted;
    const int32_t *label = t->batch->labels + row * labels;
    const TbSoftmaxRows rows = {
        .n = n, .classes = c->classes[k], .ld = ld, .labels = label + k, .label_stride = labels};
    tbi_linear_forward(&t->heads[k].hidden, w->tape.y, width, n, w->hidden, hidden, w->products);
    for (size_t j = 0; j < k; j++)
        tbi_embedding_forward(t->params + head->given[j], hidden, label + j, labels, n, w->hidden, hidden);
    tbi_gelu_forward(w->hidden, hidden, n, hidden, t->params + head->hidden_bias, w->gelu);
    tbi_linear_forward(&t->heads[k].logits, w->gelu, hidden, n, w->logits, ld, w->products);
    tbi_bias_forward(w->logits, ld, n, (int)rows.classes, t->params + head->logits_bias);
    w->loss.nats[k] += tbi_softmax_loss_forward(&rows, w->logits, w->log_sums);
    w->loss.count[k] += tbi_softmax_rows_count(&rows);
    if (!gradients)
        return;
    tbi_softmax_loss_backward(&rows, w->log_sums, t->scale[k], w->logits);
    tbi_bias_backward(w->logits, ld, n, (int)rows.classes, gradients + head->logits_bias);
    tbi_linear_backward_weight(&t->heads[k].logits, w->logits, ld, w->gelu, hidden, n, gradients + head->logits,
                               w->products);
    tbi_linear_backward_input(&t->heads[k].logits, w->logits, ld, n, w->dhidden, hidden, w->products);
    tbi_gelu_backward(w->dhidden, w->hidden, hidden, n, hidden, gradients + head->hidden_bias);
    for (size_t j = 0; j < k; j++)
        tbi_embedding_backward(w->dhidden, hidden, hidden, label + j, labels, n, gradients + head->given[j]);
    tbi_linear_backward_weight(&t->heads[k].hidden, w->dhidden, hidden, w->tape.y, width, n, gradients + head->hidden,
                               w->products);
    tbi_linear_backward_input(&t->heads[k].hidden, w->dhidden, hidden, n, w->tape.branch, width, w->products);
    tbi_add(w->tape.dy, w->tape.branch, n * width);
}

/* ---- a worker's share ---- */

/* Sequences of n rows in all, the first of which is `row` of the batch. */
static void run_chunk(const TbTokenTrainer *t, Worker *w, const TbSequences *sequences, size_t row, size_t n,
                      float *gradients) {
    const TbTokenModel *model = t->model;
    const TbTransformerConfig *c = &model->config.transformer;
    const size_t width = c->width, n_fields = model->config.n_fields;
    const int32_t *fields = t->batch->fields + row * n_fields;
    const uint64_t step = tbi_training_n_steps(t->training);
    const TbTransformerDropout dropout = {.seed = t->options.seed, .step = step, .first_site = 1, .ids = w->ids};
    const TbDropout of_input = {tbi_dropout_key(t->options.seed, step, 0), gradients ? c->dropout : 0};
    for (size_t i = 0; i < n; i++)
        w->ids[i] = (uint32_t)(row + i);
    memset(w->tape.x, 0, n * width * sizeof *w->tape.x);
    for (size_t f = 0; f < n_fields; f++)
        tbi_embedding_forward(t->params + model->embeddings[f], width, fields + f, n_fields, n, w->tape.x, width);
    tbi_dropout(of_input, w->ids, n, width, w->tape.x, width);
    tbi_transformer_forward(&w->tape, sequences, gradients ? &dropout : NULL);
    memset(w->tape.dy, 0, n * width * sizeof *w->tape.dy);
    for (size_t k = 0; k < model->config.n_predicted; k++)
        run_head(t, w, k, row, n, gradients);
    if (!gradients)
        return;
    tbi_transformer_backward(&w->tape, sequences, &dropout, gradients);
    tbi_dropout(of_input, w->ids, n, width, w->tape.dx, width);
    for (size_t f = 0; f < n_fields; f++)
        tbi_embedding_backward(w->tape.dx, width, width, fields + f, n_fields, n, gradients + model->embeddings[f]);
}

static void pack_share(void *context, int index) {
    const TbTokenTrainer *t = context;
    const size_t worker = (size_t)index;
    tbi_transformer_pack(&t->packed, t->training_step, worker, t->n_workers);
    for (size_t k = 0; k < t->model->config.n_predicted; k++)
        if (k % t->n_workers == worker)
            for (int backward = 0; backward <= (int)t->training_step; backward++) {
                tbi_linear_pack(&t->heads[k].hidden, backward);
                tbi_linear_pack(&t->heads[k].logits, backward);
            }
}

static void run_share(void *context, int index) {
    TbTokenTrainer *t = context;
    Worker *w = &t->workers[index];
    const TbSequences *all = &t->batch->sequences;
    const TbShare share = tb_share(all->n_sequences, t->n_workers, (size_t)index);
    const size_t last = share.first + share.n;
    float *gradients = t->training_step ? tbi_training_worker_gradients(t->training, index) : NULL;
    size_t row = 0, n;
    w->loss = (TbTokenLoss){0};
    for (size_t i = 0; i < share.first; i++)
        row += all->lengths[i];
    for (size_t first = share.first, end; first < last; first = end, row += n) {
        n = all->lengths[first];
        for (end = first + 1; end < last && n + all->lengths[end] <= t->max_rows; end++)
            n += all->lengths[end];
        const TbSequences chunk = {end - first, all->lengths + first, all->bars ? all->bars + row : NULL};
        run_chunk(t, w, &chunk, row, n, gradients);
    }
}

/* ---- calls ---- */

static TbTokenLoss run(TbTokenTrainer *t, const TbTokenBatch *batch, bool training_step) {
    t->batch = batch;
    t->training_step = training_step;
    TbThreadPool *pool = tbi_training_pool(t->training);
    tbi_thread_pool_run(pool, pack_share, t);
    tbi_thread_pool_run(pool, run_share, t);
    TbTokenLoss loss = {0};
    for (size_t i = 0; i < t->n_workers; i++)
        for (size_t k = 0; k < t->model->config.n_predicted; k++) {
            loss.nats[k] += t->workers[i].loss.nats[k];
            loss.count[k] += t->workers[i].loss.count[k];
        }
    return loss;
}

TbTokenLoss tbi_token_trainer_step(TbTokenTrainer *t, const TbTokenBatch *batch, const TbAdamConfig *adam) {
    const size_t n_predicted = t->model->config.n_predicted;
    size_t n_rows = 0, n_labels[TB_MAX_FIELDS] = {0};
    for (size_t i = 0; i < batch->sequences.n_sequences; i++)
        n_rows += batch->sequences.lengths[i];
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_predicted; k++)
            n_labels[k] += batch->labels[i * n_predicted + k] >= 0;
    for (size_t k = 0; k < n_predicted; k++)
        t->scale[k] = n_labels[k] ? 1 / (float)n_labels[k] : 0;
    tbi_training_zero_gradients(t->training);
    TbTokenLoss loss = run(t, batch, true);
    tbi_training_reduce(t->training);
    tbi_training_step(t->training, adam);
    return loss;
}

TbTokenLoss tbi_token_trainer_evaluate(TbTokenTrainer *t, const TbTokenBatch *batch) {
    return run(t, batch, false);
}

double tbi_token_loss_nats(const TbTokenLoss *loss, size_t n_predicted) {
    double nats = 0;
    for (size_t k = 0; k < n_predicted; k++)
        nats += loss->count[k] ? loss->nats[k] / (double)loss->count[k] : 0;
    return nats;
}
