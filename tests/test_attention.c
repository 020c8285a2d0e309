/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention against its slow definition, its gradients against central differences, and generation from a cache against
 * the whole sequence. */
#include "tests/central_difference.h"
#include "tests/counting_malloc.h"
#include "tests/naive_attention.h"
#include "tests/run_tests.h"

/* The products' bounds (test_nn_kernels.c), a few products deep. */
static const double FORWARD_BOUND[TB_MATMUL_BACKENDS] = {2e-6, 2e-6, 2e-6, 5e-5};

typedef struct {
    size_t n;
    TbAttentionConfig config;
} Shape;

static const Shape shapes[] = {
    {5, {.n_heads = 1, .head_dim = 4, .n_steps = 3, .n_bars = 2}},
    {17, {.n_heads = 3, .head_dim = 5}},
    {17, {.n_heads = 2, .head_dim = 16, .n_steps = 40}},
    {40, {.n_heads = 2, .head_dim = 6, .n_steps = 7, .n_bars = 3, .n_bars_ahead = 2}},
    {40, {.n_heads = 2, .head_dim = 6, .n_steps = 7, .n_bars = 3, .n_bars_ahead = 2, .relative = TB_RELATIVE_BIAS}},
    {67, {.n_heads = 2, .head_dim = 5, .n_bars = 4}},
    /* two blocks of queries; distances that the first block has not, that both have, that only far keys have */
    {130, {.n_heads = 1, .head_dim = 2, .n_steps = 300, .n_bars = 5}},
    {130, {.n_heads = 1, .head_dim = 1, .n_steps = 270, .n_bars = 5, .relative = TB_RELATIVE_BIAS}},
    {130, {.n_heads = 1, .head_dim = 1, .n_steps = 20}},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes, PAD = 3 /* columns beyond the queries, keys and values */ };

/* A case: random input, the loss is the sum of c out. */
typedef struct {
    const Shape *shape;
    size_t width, ld, n_table;
    float *qkv, *table, *c;
    int *bars;
    bool of_table; /* the argument of loss_of replaces the table, else qkv */
} Case;

/* Bars get longer and shorter, and the last third of the tokens is before the others, as in filling in. */
static Case new_case(const Shape *shape) {
    const TbAttentionConfig *config = &shape->config;
    const size_t n = shape->n, width = config->n_heads * config->head_dim, ld = 3 * width + PAD;
    const size_t n_table = config->n_heads * tbi_relative_rows(config) * tbi_relative_cols(config);
    Case k = {.shape = shape, .width = width, .ld = ld, .n_table = n_table};
    k.qkv = draw(n * ld), k.table = draw(n_table), k.c = draw(n * width);
    k.bars = malloc(n * sizeof *k.bars);
    for (size_t i = 0, bar = 0; i < n; i++) {
        bar += tb_rng_uniform(&rng) < 0.15f;
        k.bars[i] = i < n - n / 3 ? (int)bar : (int)bar - 4;
    }
    return k;
}

static void free_case(Case *k) {
    free(k->qkv), free(k->table), free(k->c), free(k->bars);
}

static double loss_of(const double *argument, const void *context) {
    const Case *k = context;
    const size_t n = k->shape->n;
    double *other = k->of_table ? doubles(k->qkv, n * k->ld) : doubles(k->table, k->n_table);
    double *out = malloc(n * k->width * sizeof *out), loss = 0;
    naive_attention(&k->shape->config, k->of_table ? other : argument, k->ld, k->of_table ? argument : other, k->bars,
                    n, n, out);
    for (size_t i = 0; i < n * k->width; i++)
        loss += k->c[i] * out[i];
    free(other), free(out);
    return loss;
}

/* The attention of a case on a backend, its table packed, and its scratch. */
static TbAttention attention_of(const Case *k, TbMatmulBackend backend, TbAttentionScratch *scratch, TbArena *memory) {
    TbAttention attention;
    tbi_attention_init(&attention, backend, &k->shape->config, k->table, memory);
    tbi_attention_scratch_init(scratch, backend, &k->shape->config, k->shape->n, memory);
    assert_false(memory->failed);
    tbi_attention_pack(&attention);
    return attention;
}

/* The gradients of a backend: the plain one's against central differences, which are slow; the others' against the
 * plain one's, which are kept in plain[]. */
static void check_gradients(Case *k, const TbAttention *attention, const float *out, const float *log_sums,
                            TbAttentionScratch *scratch, double *plain[2]) {
    const size_t n = k->shape->n, sizes[] = {n * k->ld, k->n_table};
    float *dqkv = draw(n * k->ld), *dtable = draw(k->n_table + 1), *before = draw(k->n_table + 1);
    const float *const at[] = {k->qkv, k->table}, *const gradients[] = {dqkv, dtable};
    static const char *const names[] = {"  queries, keys, values", "  relative positions"};
    memcpy(before, dtable, k->n_table * sizeof *dtable);
    const TbAttentionInput input = {k->qkv, k->ld, k->bars, n};
    tbi_attention_backward(attention, &input, out, k->c, k->width, log_sums, dqkv, dtable, scratch);
    for (size_t i = 0; i < n; i++)
        memset(dqkv + i * k->ld + 3 * k->width, 0, PAD * sizeof *dqkv);
    for (size_t i = 0; i < k->n_table; i++)
        dtable[i] -= before[i]; /* gradients accumulate */
    for (int of_table = 0; of_table < 2; of_table++) {
        if (plain[of_table]) {
            assert_true(distance(gradients[of_table], plain[of_table], sizes[of_table]) < GRADIENT_BOUND);
            continue;
        }
        plain[of_table] = doubles(gradients[of_table], sizes[of_table]);
        k->of_table = of_table;
        assert_true(check(names[of_table], loss_of, k, at[of_table], gradients[of_table], sizes[of_table]) <
                    GRADIENT_BOUND);
    }
    free(dqkv), free(dtable), free(before);
}

static void check_backend(Case *k, TbMatmulBackend backend, const double *twin, double *plain[2]) {
    const size_t n = k->shape->n;
    TbArena memory = {0};
    TbAttentionScratch scratch;
    TbAttention attention = attention_of(k, backend, &scratch, &memory);
    const TbAttentionInput input = {k->qkv, k->ld, k->bars, n};
    float *out = draw(n * k->width), *log_sums = draw(n * k->shape->config.n_heads);
    tbi_attention_forward(&attention, &input, out, k->width, log_sums, &scratch);
    double error = distance(out, twin, n * k->width);
    print_message("backend %d, shape %td: error %.1e\n", (int)backend, k->shape - shapes, error);
    assert_true(error < FORWARD_BOUND[backend]);
    check_gradients(k, &attention, out, log_sums, &scratch, plain);
    tbi_arena_free(&memory), free(out), free(log_sums);
}

static void test_training(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        Case k = new_case(&shapes[s]);
        const size_t n = shapes[s].n;
        double *qkv = doubles(k.qkv, n * k.ld), *table = doubles(k.table, k.n_table), *plain[2] = {NULL};
        double *twin = malloc(n * k.width * sizeof *twin);
        naive_attention(&shapes[s].config, qkv, k.ld, table, k.bars, n, n, twin);
        for (int b = TB_MATMUL_PLAIN; b < TB_MATMUL_BACKENDS; b++)
            if (tbi_matmul_available((TbMatmulBackend)b))
                check_backend(&k, (TbMatmulBackend)b, twin, plain);
        free(qkv), free(table), free(twin), free(plain[0]), free(plain[1]);
        free_case(&k);
    }
}

/* Logits of several hundred neither overflow nor lose the largest weight. */
static void test_large_logits(void **state) {
    (void)state;
    Case k = new_case(&shapes[3]);
    const size_t n = shapes[3].n;
    for (size_t i = 0; i < n * k.ld; i++)
        k.qkv[i] *= 10;
    TbArena memory = {0};
    TbAttentionScratch scratch;
    TbAttention attention = attention_of(&k, TB_MATMUL_PLAIN, &scratch, &memory);
    const TbAttentionInput input = {k.qkv, k.ld, k.bars, n};
    float *out = draw(n * k.width), *log_sums = draw(n * shapes[3].config.n_heads);
    tbi_attention_forward(&attention, &input, out, k.width, log_sums, &scratch);
    double *qkv = doubles(k.qkv, n * k.ld), *table = doubles(k.table, k.n_table);
    double *twin = malloc(n * k.width * sizeof *twin);
    naive_attention(&shapes[3].config, qkv, k.ld, table, k.bars, n, n, twin);
    assert_true(distance(out, twin, n * k.width) < 1e-4);
    tbi_arena_free(&memory), free(out), free(log_sums), free(qkv), free(table), free(twin);
    free_case(&k);
}

/* Token by token from a cache of `capacity`: equal to the slow definition with that window, and nothing is allocated.
 */
static double generation_error(const Shape *shape, size_t capacity) {
    Case k = new_case(shape);
    const TbAttentionConfig *config = &shape->config;
    const size_t n = shape->n;
    TbAttention attention;
    tbi_attention_init(&attention, TB_MATMUL_PLAIN, config, k.table, NULL);
    const TbAttentionCache cache = {capacity, draw(capacity * k.width), draw(capacity * k.width)};
    float *out = draw(n * k.width), *scratch = draw(tbi_attention_step_scratch(config, capacity));
    int *bars = calloc(capacity, sizeof *bars);
    const size_t before = counted_allocations();
    for (size_t t = 0; t < n; t++) {
        bars[t % capacity] = k.bars[t];
        tbi_attention_step(&attention, &cache, k.qkv + t * k.ld, bars, t, out + t * k.width, scratch);
    }
    assert_int_equal(counted_allocations(), before);
    double *qkv = doubles(k.qkv, n * k.ld), *table = doubles(k.table, k.n_table);
    double *twin = malloc(n * k.width * sizeof *twin);
    naive_attention(config, qkv, k.ld, table, k.bars, n, capacity, twin);
    const double error = distance(out, twin, n * k.width);
    free(cache.keys), free(cache.values), free(out), free(scratch), free(bars), free(qkv), free(table), free(twin);
    free_case(&k);
    return error;
}

static void test_generation(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        const size_t n = shapes[s].n, capacities[] = {n, n + 5, n / 3 + 1, 1};
        for (size_t i = 0; i < 4; i++)
            assert_true(generation_error(&shapes[s], capacities[i]) < 2e-6);
    }
}

int main(void) {
    tb_rng_seed(&rng, 512);
    return RUN_TESTS(NULL, NULL, test_training, test_large_logits, test_generation);
}
