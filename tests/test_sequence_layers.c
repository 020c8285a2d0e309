/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sequence networks are made of beside the LSTM: steps, activations, embedding, dropout, binary cross-entropy;
 * each against its definition, gradients against central differences. */
#include "base/cpu.h"
#include "nn/activations.h"
#include "nn/bernoulli_loss.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/steps.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"

/* ---- steps ---- */

static void test_steps(void **state) {
    (void)state;
    static const size_t length[] = {5, 5, 2, 1}, wanted[] = {0, 4, 7, 9, 11, 13};
    size_t first[6];
    TbSteps steps = tbi_steps(length, 4, first);
    assert_int_equal(steps.n_steps, 5);
    assert_memory_equal(first, wanted, sizeof wanted);
    assert_int_equal(tbi_steps_rows(&steps), 13);
    assert_int_equal(tbi_steps_running(&steps, 1), 3);
    assert_int_equal(tbi_steps_running(&steps, 4), 2);
    assert_int_equal(tbi_steps_running(&steps, 5), 0);
    steps = tbi_steps(length, 0, first);
    assert_int_equal(tbi_steps_rows(&steps), 0);
}

/* ---- activations ---- */

typedef struct {
    float x[16], exp[16], sigmoid[16], tanh[16], softplus[16], second[16];
} Values;

TB_MULTIVERSION static void activate(Values *v) {
    TbVector x = *(TbVector *)v->x, sigmoid;
    TbVector e = x, s = x, t = x, p = x;
    tb_exp16(&e);
    tb_sigmoid16(&s);
    tb_tanh16(&t);
    tb_softplus16(&p, &sigmoid);
    *(TbVector *)v->exp = e;
    *(TbVector *)v->sigmoid = s;
    *(TbVector *)v->tanh = t;
    *(TbVector *)v->softplus = p;
    *(TbVector *)v->second = sigmoid;
}

static void test_activations(void **state) {
    (void)state;
    double worst[5] = {0};
    for (double at = -86.9; at < 87.9; at += 16 * 0.00037) {
        Values v;
        for (int i = 0; i < 16; i++)
            v.x[i] = (float)(at + i * 0.00037);
        activate(&v);
        for (int i = 0; i < 16; i++) {
            double x = v.x[i], e = exp(x), s = 1 / (1 + exp(-x));
            worst[0] = fmax(worst[0], fabs(v.exp[i] - e) / e);
            worst[1] = fmax(worst[1], fabs(v.sigmoid[i] - s));
            worst[2] = fmax(worst[2], fabs(v.tanh[i] - tanh(x)));
            worst[3] = fmax(worst[3], fabs(v.softplus[i] - (fmax(x, 0) + log1p(exp(-fabs(x))))) / (1 + fabs(x)));
            worst[4] = fmax(worst[4], fabs(v.second[i] - s));
        }
    }
    print_message("exp %.1e, sigmoid %.1e and %.1e, tanh %.1e, softplus %.1e\n", worst[0], worst[1], worst[4], worst[2],
                  worst[3]);
    assert_true(worst[0] < 3e-7 && worst[1] < 2e-7 && worst[4] < 2e-7 && worst[2] < 3e-7 && worst[3] < 2e-7);
    Values far = {.x = {-1e30f, 1e30f, -INFINITY, INFINITY, NAN, -200, 200, -88, 88}};
    activate(&far);
    for (int i = 0; i < 9; i++) {
        if (i == 4) {
            assert_true(isnan(far.exp[i]) && isnan(far.sigmoid[i]) && isnan(far.tanh[i]));
            continue;
        }
        bool up = far.x[i] > 0;
        assert_true(fabs(far.sigmoid[i] - up) < 1e-7 && fabs(far.tanh[i] - (up ? 1 : -1)) < 1e-7);
        assert_true(up ? far.softplus[i] == far.x[i] : far.softplus[i] >= 0 && far.softplus[i] < 1e-30);
    }
}

/* ---- embedding ---- */

enum { SYMBOLS = 7, N = 9 };
static const int32_t symbol[2 * N] = {3, 0, 0, 1, 3, 2, 6, 3, -1, 4, 5, 5, 3, 6, 1, -1, -1, 0};

typedef struct {
    size_t width;
    const float *c;
} Embedding;

static double embedding_of(const double *table, const void *context) {
    const Embedding *e = context;
    double loss = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; symbol[2 * i] >= 0 && k < e->width; k++)
            loss += e->c[i * e->width + k] * table[(size_t)symbol[2 * i] * e->width + k];
    return loss;
}

static void test_embedding(void **state) {
    (void)state;
    static const size_t widths[] = {1, 5, 16, 37};
    for (size_t w = 0; w < 4; w++) {
        const size_t width = widths[w];
        float *table = draw(SYMBOLS * width), *c = draw(N * width), *y = draw(N * width), *d = draw(SYMBOLS * width);
        float *y0 = draw(N * width), *d0 = draw(SYMBOLS * width);
        memcpy(y0, y, N * width * sizeof *y);
        memcpy(d0, d, SYMBOLS * width * sizeof *d);
        tbi_embedding_forward(table, width, symbol, 2, N, y, width);
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < width; k++) {
                float more = symbol[2 * i] < 0 ? 0 : table[(size_t)symbol[2 * i] * width + k];
                assert_true(y[i * width + k] == y0[i * width + k] + more);
            }
        tbi_embedding_backward(c, width, width, symbol, 2, N, d);
        for (size_t i = 0; i < SYMBOLS * width; i++)
            d[i] -= d0[i]; /* gradients accumulate */
        const Embedding e = {width, c};
        assert_true(check("embedding", embedding_of, &e, table, d, SYMBOLS * width) < GRADIENT_BOUND);
        free(table), free(c), free(y), free(d), free(y0), free(d0);
    }
}

/* ---- dropout ---- */

static void test_dropout(void **state) {
    (void)state;
    enum { ROWS = 200, WIDTH = 333 };
    static const float rates[] = {0.1f, 0.5f, 0.9f};
    float *x = draw(ROWS * WIDTH), *y = draw(ROWS * WIDTH), *part = draw(ROWS * WIDTH);
    for (int r = 0; r < 3; r++) {
        const TbDropout drop = {tbi_dropout_key(5, 17, (uint32_t)r), rates[r]};
        memcpy(y, x, ROWS * WIDTH * sizeof *x);
        tbi_dropout(drop, NULL, ROWS, WIDTH, y, WIDTH);
        size_t kept = 0, pairs = 0, below = 0;
        for (size_t i = 0; i < ROWS * WIDTH; i++) {
            assert_true(y[i] == 0 || fabsf(y[i] - x[i] / (1 - rates[r])) <= 1e-6f * fabsf(y[i]));
            kept += y[i] != 0;
            pairs += i % WIDTH && y[i] != 0 && y[i - 1] != 0; /* neighbours are independent */
            below += i >= WIDTH && y[i] != 0 && y[i - WIDTH] != 0;
        }
        double n = ROWS * WIDTH, p = 1 - rates[r], bound = 5 * sqrt(p * (1 - p) / n);
        print_message("rate %.1f: kept %.4f, pairs %.4f and %.4f\n", rates[r], kept / n, pairs / n, below / n);
        assert_true(fabs(kept / n - p) < bound);
        assert_true(fabs(pairs / n - p * p * (WIDTH - 1) / WIDTH) < 2 * bound);
        assert_true(fabs(below / n - p * p * (ROWS - 1) / ROWS) < 2 * bound);
        /* Row by row, in another order, by place: the same mask. */
        memcpy(part, x, ROWS * WIDTH * sizeof *x);
        for (uint32_t i = ROWS; i-- > 0;)
            tbi_dropout(drop, &i, 1, WIDTH, part + i * WIDTH, WIDTH);
        assert_memory_equal(part, y, ROWS * WIDTH * sizeof *y);
        const TbDropout other = {tbi_dropout_key(5, 18, (uint32_t)r), rates[r]};
        memcpy(part, x, ROWS * WIDTH * sizeof *x);
        tbi_dropout(other, NULL, ROWS, WIDTH, part, WIDTH);
        assert_memory_not_equal(part, y, ROWS * WIDTH * sizeof *y);
    }
    memcpy(y, x, ROWS * WIDTH * sizeof *x);
    tbi_dropout((TbDropout){1, 0}, NULL, ROWS, WIDTH, y, WIDTH);
    assert_memory_equal(x, y, ROWS * WIDTH * sizeof *x);
    free(x), free(y), free(part);
}

/* ---- binary cross-entropy ---- */

typedef struct {
    const float *target, *weight; /* weight may be NULL */
    size_t n;
} Bernoulli;

static double bernoulli_of(const double *x, const void *context) {
    const Bernoulli *b = context;
    double loss = 0;
    for (size_t i = 0; i < b->n; i++)
        loss += (b->weight ? b->weight[i] : 1) * (fmax(x[i], 0) + log1p(exp(-fabs(x[i]))) - b->target[i] * x[i]);
    return loss;
}

static void test_bernoulli(void **state) {
    (void)state;
    static const size_t cases[][2] = {{1, 1}, {3, 5}, {4, 16}, {7, 88}, {31, 88}};
    for (size_t s = 0; s < 5; s++)
        for (int masked = 0; masked < 2; masked++) {
            size_t n = cases[s][0] * cases[s][1];
            float *x = draw(n), *target = draw(n), *weight = draw(n), *d = draw(n);
            double *twin = malloc(n * sizeof *twin);
            for (size_t i = 0; i < n; i++) {
                x[i] *= 5;
                twin[i] = x[i];
                target[i] = i % 3 == 0 ? tb_rng_uniform(&rng) : (float)(i % 2);
                weight[i] = i % 5 < 2 ? 0 : 2 * tb_rng_uniform(&rng);
            }
            const Bernoulli b = {target, masked ? weight : NULL, n};
            double wanted = bernoulli_of(twin, &b);
            double got = tbi_bernoulli_loss(x, target, b.weight, cases[s][0], cases[s][1], 0.25f, d);
            assert_true(fabs(got - wanted) < 1e-6 * (1 + wanted));
            assert_true(got == tbi_bernoulli_loss(x, target, b.weight, cases[s][0], cases[s][1], 1, NULL));
            for (size_t i = 0; i < n; i++) {
                assert_true(!masked || i % 5 >= 2 || d[i] == 0);
                d[i] *= 4; /* scale */
            }
            assert_true(check("binary cross-entropy", bernoulli_of, &b, x, d, n) < GRADIENT_BOUND);
            free(x), free(target), free(weight), free(d), free(twin);
        }
}

int main(void) {
    tb_rng_seed(&rng, 3);
    return RUN_TESTS(NULL, NULL, test_steps, test_activations, test_embedding, test_dropout, test_bernoulli);
}
