/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The token model against its slow definition: losses, gradients by central differences, one and two workers, a run
 * that learns and repeats to the bit, generation. */
#include "nn/gelu.h"
#include "nn/mlp.h"
#include "nn/token_model.h"
#include "tests/central_difference.h"
#include "tests/counting_malloc.h"
#include "tests/naive_transformer.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

enum { N_FIELDS = 4, N_PREDICTED = 3, ROWS = 17, CHUNK = 10 };

static const size_t lengths[] = {3, 8, 1, 5};
static const TbTokenModelConfig config = {
    .transformer = {2, 8, 16, {.n_heads = 2, .head_dim = 4, .n_steps = 5, .n_bars = 3}, 0},
    .n_fields = N_FIELDS,
    .n_predicted = N_PREDICTED,
    .classes = {5, 3, 20, 4},
    .head_width = 7,
};

typedef struct {
    TbTokenModel model;
    TbTokenBatch batch;
    float *params;
    int32_t fields[ROWS * N_FIELDS], labels[ROWS * N_PREDICTED];
    int bars[ROWS];
} Case;

/* Some fields and labels are missing. */
static Case *new_case(void) {
    Case *k = calloc(1, sizeof *k);
    tbi_token_model_init(&k->model, &config);
    k->params = draw(k->model.parameters.n_params);
    tbi_token_model_init_weights(&k->model, k->params, &rng);
    for (size_t i = 0; i < k->model.parameters.n_params; i++)
        k->params[i] += 0.1f * tb_rng_normal(&rng);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t f = 0; f < N_FIELDS; f++)
            k->fields[i * N_FIELDS + f] =
                (i + f) % 7 == 0 ? TB_NO_SYMBOL : (int32_t)(tb_rng_next(&rng) % config.classes[f]);
        for (size_t f = 0; f < N_PREDICTED; f++)
            k->labels[i * N_PREDICTED + f] =
                (i + f) % 5 == 0 ? TB_NO_SYMBOL : (int32_t)(tb_rng_next(&rng) % config.classes[f]);
        k->bars[i] = (int)i / 2;
    }
    k->batch = (TbTokenBatch){{sizeof lengths / sizeof *lengths, lengths, k->bars}, k->fields, k->labels};
    return k;
}

static void free_case(Case *k) {
    free(k->params);
    free(k);
}

/* ---- the slow definition ---- */

/* Logits of head k for one row. */
static void naive_head(const Case *c, const double *params, size_t k, const double *y, const int32_t *label,
                       double *logits) {
    const TbTokenHead *head = &c->model.heads[k];
    double hidden[16];
    naive_linear(y, config.transformer.width, params + head->hidden, params + head->hidden_bias, config.head_width,
                 hidden);
    for (size_t h = 0; h < config.head_width; h++) {
        for (size_t j = 0; j < k; j++)
            if (label[j] != TB_NO_SYMBOL)
                hidden[h] += params[head->given[j] + (size_t)label[j] * config.head_width + h];
        hidden[h] = naive_gelu(hidden[h]);
    }
    naive_linear(hidden, config.head_width, params + head->logits, params + head->logits_bias, config.classes[k],
                 logits);
}

/* The output of the transformer for every row. */
static void naive_transformed(const Case *c, const double *params, double *y) {
    const size_t width = config.transformer.width;
    double x[ROWS * 8] = {0};
    for (size_t i = 0; i < ROWS; i++)
        for (size_t f = 0; f < N_FIELDS; f++)
            for (size_t k = 0; k < width && c->fields[i * N_FIELDS + f] != TB_NO_SYMBOL; k++)
                x[i * width + k] += params[c->model.embeddings[f] + (size_t)c->fields[i * N_FIELDS + f] * width + k];
    for (size_t s = 0, first = 0; s < c->batch.sequences.n_sequences; first += lengths[s++])
        naive_sequence(&c->model.transformer, params, x + first * width, c->bars + first, lengths[s], lengths[s], NULL,
                       0, y + first * width);
}

/* Means over the labels, summed over the fields. */
static double loss_of(const double *params, const void *context) {
    const Case *c = context;
    double y[ROWS * 8], logits[32], total = 0;
    naive_transformed(c, params, y);
    for (size_t k = 0; k < N_PREDICTED; k++) {
        double nats = 0, count = 0;
        for (size_t i = 0; i < ROWS; i++) {
            const int32_t *label = c->labels + i * N_PREDICTED;
            double sum = 0;
            if (label[k] == TB_NO_SYMBOL)
                continue;
            naive_head(c, params, k, y + i * 8, label, logits);
            for (size_t n = 0; n < config.classes[k]; n++)
                sum += exp(logits[n]);
            nats += log(sum) - logits[label[k]];
            count++;
        }
        total += nats / count;
    }
    return total;
}

/* ---- tests ---- */

static const TbAdamConfig still = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}; /* a step that changes nothing */

static void test_gradients(void **state) {
    (void)state;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        Case *k = new_case();
        TbTokenTrainer *trainer;
        tb_set_threads(n_threads);
        const TbTokenTrainerOptions options = {.max_length = 8, .chunk = n_threads == 2 ? CHUNK : 0};
        assert_int_equal(tbi_token_trainer_new(&k->model, k->params, &options, &trainer), TB_OK);
        double *params = doubles(k->params, k->model.parameters.n_params);
        TbTokenLoss loss = tbi_token_trainer_step(trainer, &k->batch, &still);
        const double expected = loss_of(params, k), bound = 1e-4 * expected;
        assert_true(fabs(tbi_token_loss_nats(&loss, N_PREDICTED) - expected) < bound);
        assert_true(check("token model", loss_of, k, k->params,
                          tbi_training_gradients(tbi_token_trainer_training(trainer)),
                          k->model.parameters.n_params) < GRADIENT_BOUND);
        loss = tbi_token_trainer_evaluate(trainer, &k->batch);
        assert_true(fabs(tbi_token_loss_nats(&loss, N_PREDICTED) - expected) < bound);
        tbi_token_trainer_free(trainer);
        free(params);
        free_case(k);
    }
}

enum { N_STEPS = 50, STOP = 20 };

/* The model with dropout. */
static const TbTokenModel *dropping(void) {
    static TbTokenModel model;
    TbTokenModelConfig with_dropout = config;
    with_dropout.transformer.dropout = 0.1f;
    tbi_token_model_init(&model, &with_dropout);
    return &model;
}

static TbTokenTrainer *new_trainer(float *params, uint64_t seed) {
    TbTokenTrainer *trainer;
    const TbTokenTrainerOptions options = {.max_length = 8, .chunk = CHUNK, .average = 0.9, .seed = seed};
    tb_set_threads(2);
    assert_int_equal(tbi_token_trainer_new(dropping(), params, &options, &trainer), TB_OK);
    return trainer;
}

/* N_STEPS steps on two workers; the weights after them, to be freed. stop: after STOP steps the run is saved, and goes
 * on in a new one. */
static float *trained(Case *k, uint64_t seed, bool stop, double *first, double *last) {
    static const TbAdamConfig adam = {
        .learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.01, .clip_norm = 1};
    const size_t n = k->model.parameters.n_params;
    float *params = draw(n);
    memcpy(params, k->params, n * sizeof *params);
    TbTokenTrainer *trainer = new_trainer(params, seed);
    TbTokenLoss loss = tbi_token_trainer_evaluate(trainer, &k->batch);
    *first = tbi_token_loss_nats(&loss, N_PREDICTED);
    const size_t before = counted;
    for (int step = 0; step < (stop ? STOP : N_STEPS); step++)
        tbi_token_trainer_step(trainer, &k->batch, &adam);
    assert_int_equal(counted, before);
    if (stop) {
        ScratchFolder folder;
        assert_true(scratch_new(&folder));
        const char *file = scratch_path(folder.path, "checkpoint");
        TbTensorFile *checkpoint;
        const TbCheckpoint saved = {.format = "test", .run = "run", .place = ""};
        assert_int_equal(tbi_training_save(tbi_token_trainer_training(trainer), &saved, file), TB_OK);
        tbi_token_trainer_free(trainer);
        memset(params, 0, n * sizeof *params);
        trainer = new_trainer(params, seed);
        assert_int_equal(tbi_training_resume(tbi_token_trainer_training(trainer), "test", "run", file, &checkpoint),
                         TB_OK);
        tb_tensor_file_free(checkpoint);
        scratch_free(&folder);
        for (int step = STOP; step < N_STEPS; step++)
            tbi_token_trainer_step(trainer, &k->batch, &adam);
    }
    loss = tbi_token_trainer_evaluate(trainer, &k->batch);
    *last = tbi_token_loss_nats(&loss, N_PREDICTED);
    tbi_token_trainer_free(trainer);
    return params;
}

static void test_training(void **state) {
    (void)state;
    Case *k = new_case();
    double first, last;
    float *a = trained(k, 1, false, &first, &last), *b = trained(k, 1, false, &first, &last);
    float *c = trained(k, 2, false, &first, &last), *d = trained(k, 1, true, &first, &last);
    const size_t n_bytes = k->model.parameters.n_params * sizeof *a;
    print_message("nats before %.3f, after %.3f\n", first, last);
    assert_true(last < 0.5 * first);
    assert_memory_equal(a, b, n_bytes);
    assert_memory_not_equal(a, c, n_bytes); /* dropout follows the seed */
    assert_memory_equal(a, d, n_bytes);
    free(a), free(b), free(c), free(d);
    free_case(k);
}

/* Token by token: the logits of every head equal those of the slow definition; nothing is allocated. */
static void test_generation(void **state) {
    (void)state;
    Case *k = new_case();
    double *params = doubles(k->params, k->model.parameters.n_params), y[ROWS * 8], twin[32];
    naive_transformed(k, params, y);
    for (size_t s = 0, row = 0; s < k->batch.sequences.n_sequences; s++) {
        TbTokenStream stream;
        assert_int_equal(tbi_token_stream_new(&k->model, k->params, 8, &stream), TB_OK);
        const size_t before = counted_allocations();
        for (size_t t = 0; t < lengths[s]; t++, row++) {
            tbi_token_stream_add(&stream, k->fields + row * N_FIELDS, k->bars[row]);
            for (size_t head = 0; head < N_PREDICTED; head++) {
                const int32_t *chosen = k->labels + row * N_PREDICTED;
                float logits[32];
                tbi_token_stream_logits(&stream, head, chosen, logits);
                naive_head(k, params, head, y + row * 8, chosen, twin);
                assert_true(distance(logits, twin, config.classes[head]) < 5e-6);
            }
        }
        assert_int_equal(counted_allocations(), before);
        tbi_token_stream_free(&stream);
    }
    free(params);
    free_case(k);
}

int main(void) {
    tb_rng_seed(&rng, 31);
    return RUN_TESTS(NULL, NULL, test_gradients, test_training, test_generation);
}
