/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transformer against its slow definition: forward, gradients by central differences, dropout, and generation. */
#include "nn/transformer.h"
#include "tests/central_difference.h"
#include "tests/counting_malloc.h"
#include "tests/naive_transformer.h"
#include "tests/run_tests.h"

typedef struct {
    size_t n_sequences, lengths[4];
    TbTransformerConfig config;
} Shape;

static const Shape shapes[] = {
    {1, {7}, {1, 4, 9, {.n_heads = 1, .head_dim = 4}, 0}},
    {3, {5, 1, 9}, {2, 6, 10, {.n_heads = 2, .head_dim = 3, .n_steps = 4, .n_bars = 3, .n_bars_ahead = 1}, 0}},
    {2,
     {6, 8},
     {2, 16, 24, {.n_heads = 2, .head_dim = 8, .n_steps = 9, .n_bars = 2, .relative = TB_RELATIVE_BIAS}, 0.3f}},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

typedef struct {
    const Shape *shape;
    TbTransformer net;
    TbParameters table;
    size_t rows;
    float *params, *x, *c, *masks; /* the loss is the sum of c y */
    int *bars;
    bool of_x; /* the argument of loss_of replaces x, else the weights */
} Case;

static const TbTransformerDropout dropout = {.seed = 5, .step = 3, .first_site = 7, .ids = NULL};

static Case new_case(const Shape *shape) {
    Case k = {.shape = shape};
    const size_t width = shape->config.width;
    for (size_t i = 0; i < shape->n_sequences; i++)
        k.rows += shape->lengths[i];
    tbi_transformer_add(&k.net, &shape->config, "net.", &k.table);
    k.params = draw(k.table.n_params), k.x = draw(k.rows * width), k.c = draw(k.rows * width);
    tbi_transformer_init_weights(&k.net, k.params, &rng);
    for (size_t i = 0; i < k.table.n_params; i++) /* biases and norms, too, away from their initial values */
        k.params[i] += 0.2f * tb_rng_normal(&rng);
    k.bars = malloc(k.rows * sizeof *k.bars);
    for (size_t i = 0; i < k.rows; i++)
        k.bars[i] = (int)i / 3 - (i % 5 == 4);
    k.masks = draw(2 * shape->config.n_layers * k.rows * width);
    for (size_t site = 0; site < 2 * shape->config.n_layers; site++) {
        float *mask = k.masks + site * k.rows * width;
        for (size_t i = 0; i < k.rows * width; i++)
            mask[i] = 1;
        tbi_dropout((TbDropout){tbi_dropout_key(5, 3, 7 + (uint32_t)site), shape->config.dropout}, NULL, k.rows, width,
                    mask, width);
    }
    return k;
}

static void free_case(Case *k) {
    free(k->params), free(k->x), free(k->c), free(k->masks), free(k->bars);
}

/* All sequences of a case. */
static void naive(const Case *k, const double *params, const double *x, size_t window, double *y) {
    const size_t width = k->shape->config.width;
    double *work = malloc(k->rows * width * sizeof *work);
    memcpy(work, x, k->rows * width * sizeof *work);
    for (size_t i = 0, first = 0; i < k->shape->n_sequences; first += k->shape->lengths[i++])
        naive_sequence(&k->net, params, work + first * width, k->bars + first, k->shape->lengths[i], window,
                       k->shape->config.dropout > 0 ? k->masks + first * width : NULL, k->rows * width,
                       y + first * width);
    free(work);
}

static double loss_of(const double *argument, const void *context) {
    const Case *k = context;
    const size_t flat = k->rows * k->shape->config.width;
    double *other = k->of_x ? doubles(k->params, k->table.n_params) : doubles(k->x, flat);
    double *y = malloc(flat * sizeof *y), loss = 0;
    naive(k, k->of_x ? other : argument, k->of_x ? argument : other, k->rows, y);
    for (size_t i = 0; i < flat; i++)
        loss += k->c[i] * y[i];
    free(other), free(y);
    return loss;
}

/* ---- tests ---- */

static void check_training(const Shape *shape, TbMatmulBackend backend) {
    Case k = new_case(shape);
    const size_t width = shape->config.width, flat = k.rows * width;
    TbPackedTransformer packed;
    TbTransformerTape tape;
    TbArena memory = {0};
    float *gradients = draw(k.table.n_params);
    float *before = draw(k.table.n_params);
    tbi_transformer_packed_init(&packed, &k.net, backend, k.params, &memory);
    for (size_t worker = 0; worker < 3; worker++) /* their shares are all of it */
        tbi_transformer_pack(&packed, true, worker, 3);
    tbi_transformer_tape_init(&tape, &packed, k.rows + 2, 9, &memory);
    assert_false(memory.failed);
    const TbSequences sequences = {shape->n_sequences, shape->lengths, k.bars};
    const TbTransformerDropout *drop = shape->config.dropout > 0 ? &dropout : NULL;
    memcpy(tape.x, k.x, flat * sizeof *k.x);
    memcpy(tape.dy, k.c, flat * sizeof *k.c);
    memcpy(before, gradients, k.table.n_params * sizeof *before);
    const size_t allocations = counted_allocations();
    tbi_transformer_forward(&tape, &sequences, drop);
    tbi_transformer_backward(&tape, &sequences, drop, gradients);
    assert_int_equal(counted_allocations(), allocations);
    double *params = doubles(k.params, k.table.n_params), *x = doubles(k.x, flat), *y = malloc(flat * sizeof *y);
    naive(&k, params, x, k.rows, y);
    assert_true(distance(tape.y, y, flat) < (backend == TB_MATMUL_AMX ? 1e-4 : 5e-6));
    for (size_t i = 0; i < k.table.n_params; i++)
        gradients[i] -= before[i];
    assert_true(check("transformer, weights", loss_of, &k, k.params, gradients, k.table.n_params) < GRADIENT_BOUND);
    k.of_x = true;
    assert_true(check("transformer, input", loss_of, &k, k.x, tape.dx, flat) < GRADIENT_BOUND);
    tbi_arena_free(&memory);
    free(gradients), free(before), free(params), free(x), free(y);
    free_case(&k);
}

static void test_training(void **state) {
    (void)state;
    for (int b = 0; b < TB_MATMUL_BACKENDS; b++)
        for (size_t s = 0; tbi_matmul_available((TbMatmulBackend)b) && s < N_SHAPES; s++)
            check_training(&shapes[s], (TbMatmulBackend)b);
}

/* Token by token: equal to the whole sequence while the window holds it, and to the slow definition with that window
 * when it slides. Taking tokens back and adding them again gives the same bits. */
static void check_generation(const Shape *shape, size_t capacity) {
    Shape plain = *shape;
    plain.config.dropout = 0;
    plain.n_sequences = 1;
    plain.lengths[0] = 20;
    Case k = new_case(&plain);
    const size_t width = plain.config.width, flat = k.rows * width;
    float *y = draw(flat), *again = draw(width), *x = draw(width);
    TbTransformerStream stream;
    TbArena memory = {0};
    tbi_transformer_stream_init(&stream, &k.net, k.params, capacity, &memory);
    assert_false(memory.failed);
    const size_t allocations = counted_allocations();
    for (size_t t = 0; t < k.rows; t++) {
        memcpy(x, k.x + t * width, width * sizeof *x);
        tbi_transformer_step(&stream, x, k.bars[t], y + t * width);
    }
    assert_int_equal(counted_allocations(), allocations);
    double *params = doubles(k.params, k.table.n_params), *input = doubles(k.x, flat);
    double *twin = malloc(flat * sizeof *twin);
    naive(&k, params, input, capacity, twin);
    assert_true(distance(y, twin, flat) < 5e-6);
    if (capacity >= k.rows) {
        stream.t -= 5;
        for (size_t t = k.rows - 5; t < k.rows; t++) {
            memcpy(x, k.x + t * width, width * sizeof *x);
            tbi_transformer_step(&stream, x, k.bars[t], again);
            assert_memory_equal(again, y + t * width, width * sizeof *y);
        }
    }
    float *all =
        malloc(flat * sizeof *all); /* several at a time, more than are read at once, also as the window slides */
    for (size_t n = 3; n <= k.rows; n += k.rows - 3) {
        stream.t = 0;
        memcpy(all, k.x, flat * sizeof *all);
        for (size_t t = 0, some; t < k.rows; t += some) {
            some = t + n < k.rows ? n : k.rows - t;
            tbi_transformer_steps(&stream, all + t * width, k.bars + t, some, again);
            assert_true(distance(again, twin + (t + some - 1) * width, width) < 5e-6);
        }
    }
    free(all);
    tbi_arena_free(&memory);
    free(y), free(again), free(x), free(params), free(input), free(twin);
    free_case(&k);
}

static void test_generation(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        check_generation(&shapes[s], 20);
        check_generation(&shapes[s], 32);
        check_generation(&shapes[s], 6);
    }
}

int main(void) {
    tb_rng_seed(&rng, 1234);
    return RUN_TESTS(NULL, NULL, test_training, test_generation);
}
