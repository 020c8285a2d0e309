/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax cross-entropy, GELU and LayerNorm against slow definitions and central differences; drawing classes. */
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/sampling.h"
#include "nn/softmax_loss.h"
#include "tests/central_difference.h"
#include "tests/counting_malloc.h"
#include "tests/run_tests.h"

/* ---- cross-entropy ---- */

static double loss_of(const double *logits, const void *context) {
    const TbSoftmaxRows *rows = context;
    double loss = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const double *x = logits + i * rows->ld;
        const int32_t label = rows->labels[i * rows->label_stride];
        double max = -INFINITY, sum = 0;
        for (size_t k = 0; k < rows->classes; k++)
            max = fmax(max, x[k]);
        for (size_t k = 0; k < rows->classes; k++)
            sum += exp(x[k] - max);
        loss += label < 0 ? 0 : max + log(sum) - x[label];
    }
    return loss;
}

static void check_loss(size_t n, size_t classes, float size) {
    const size_t ld = classes + 5;
    int32_t *labels = calloc(2 * n, sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) { /* every third row does not count; the other field must not matter */
        labels[2 * i] = i % 3 == 1 ? -1 : (int)(tb_rng_next(&rng) % classes);
        labels[2 * i + 1] = 1 << 30;
        count += i % 3 != 1;
    }
    const TbSoftmaxRows rows = {.n = n, .classes = classes, .ld = ld, .labels = labels, .label_stride = 2};
    float *logits = draw(n * ld), *gradient = draw(n * ld), *log_sums = draw(n);
    double *twin = malloc(n * ld * sizeof *twin);
    for (size_t i = 0; i < n * ld; i++)
        twin[i] = gradient[i] = logits[i] *= size;
    double nats = tbi_softmax_loss_forward(&rows, logits, log_sums), expected = loss_of(twin, &rows);
    assert_true(fabs(nats - expected) <= 1e-6 * (fabs(expected) + (double)size));
    assert_int_equal(tbi_softmax_rows_count(&rows), count);
    tbi_softmax_loss_backward(&rows, log_sums, 0.25f, gradient);
    for (size_t i = 0; i < n * ld; i++)
        if (i % ld >= classes) {
            assert_true(gradient[i] == logits[i]); /* columns beyond the classes are not touched */
            gradient[i] = 0;
        } else {
            gradient[i] *= 4;
        }
    if (classes > 1)
        assert_true(check("cross-entropy", loss_of, &rows, logits, gradient, n * ld) < GRADIENT_BOUND);
    free(labels), free(logits), free(gradient), free(log_sums), free(twin);
}

static void test_loss(void **state) {
    (void)state;
    static const size_t classes[] = {1, 2, 15, 16, 17, 33, 90};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        check_loss(7, classes[i], 1);
    check_loss(5, 20, 40);
}

/* Logits far beyond the range of exp. */
static void test_large_logits(void **state) {
    (void)state;
    float logits[] = {1e4f, -1e4f, 0}, log_sum;
    const int32_t label = 1;
    const TbSoftmaxRows rows = {.n = 1, .classes = 3, .ld = 3, .labels = &label, .label_stride = 1};
    assert_true(fabs(tbi_softmax_loss_forward(&rows, logits, &log_sum) - 2e4) < 1e-2);
    tbi_softmax_loss_backward(&rows, &log_sum, 1, logits);
    assert_true(fabsf(logits[0] - 1) < 1e-6f && fabsf(logits[1] + 1) < 1e-6f && fabsf(logits[2]) < 1e-6f);
}

/* ---- GELU ---- */

enum { N = 5, LD = 64 };
typedef struct {
    const float *x, *bias, *c;
    size_t width;
    bool of_bias;
} Gelu;

static double gelu(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / 3.14159265358979) * (x + 0.044715 * x * x * x)));
}

static double gelu_of(const double *argument, const void *context) {
    const Gelu *g = context;
    double loss = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < g->width; k++)
            loss += g->c[i * LD + k] * gelu(g->of_bias ? (double)g->x[i * LD + k] + argument[k]
                                                       : argument[i * LD + k] + (double)g->bias[k]);
    return loss;
}

static void test_gelu(void **state) {
    (void)state;
    static const size_t widths[] = {1, 16, 37, 64};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t width = widths[w];
        float *x = draw(N * LD), *bias = draw(LD), *c = draw(N * LD), *y = draw(N * LD), *at = draw(N * LD);
        float *dy = draw(N * LD), *dbias = draw(LD), *before = draw(LD);
        for (size_t i = 0; i < N * LD; i++)
            at[i] = x[i] *= 2;
        memcpy(dy, c, N * LD * sizeof *c);
        memcpy(before, dbias, LD * sizeof *dbias);
        tbi_gelu_forward(at, LD, N, width, bias, y);
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < width; k++)
                assert_true(fabs(y[i * LD + k] - gelu((double)x[i * LD + k] + (double)bias[k])) < 1e-6);
        tbi_gelu_backward(dy, at, LD, N, width, dbias);
        for (size_t i = 0; i < N * LD; i++)
            dy[i] = i % LD < width ? dy[i] : 0;
        for (size_t k = 0; k < LD; k++)
            dbias[k] -= before[k];
        Gelu g = {x, bias, c, width, false};
        assert_true(check("GELU, input", gelu_of, &g, x, dy, N * LD) < GRADIENT_BOUND);
        g.of_bias = true;
        assert_true(check("GELU, bias", gelu_of, &g, bias, dbias, width) < GRADIENT_BOUND);
        free(x), free(bias), free(c), free(y), free(at), free(dy), free(dbias), free(before);
    }
}

/* ---- LayerNorm ---- */

typedef struct {
    const float *x, *scale, *shift, *c;
    size_t width;
    int which; /* the argument replaces x, scale or shift */
} Norm;

static double norm_of(const double *argument, const void *context) {
    const Norm *norm = context;
    const size_t width = norm->width;
    double loss = 0;
    for (size_t i = 0; i < N; i++) {
        double row[LD], mean = 0, variance = 0;
        for (size_t k = 0; k < width; k++)
            row[k] = norm->which == 0 ? argument[i * LD + k] : (double)norm->x[i * LD + k];
        for (size_t k = 0; k < width; k++)
            mean += row[k] / (double)width;
        for (size_t k = 0; k < width; k++)
            variance += (row[k] - mean) * (row[k] - mean) / (double)width;
        for (size_t k = 0; k < width; k++)
            loss += norm->c[i * LD + k] * ((row[k] - mean) / sqrt(variance + 1e-5) *
                                               (norm->which == 1 ? argument[k] : (double)norm->scale[k]) +
                                           (norm->which == 2 ? argument[k] : (double)norm->shift[k]));
    }
    return loss;
}

static void test_layer_norm(void **state) {
    (void)state;
    static const size_t widths[] = {3, 16, 53};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t width = widths[w];
        float *x = draw(N * LD), *scale = draw(LD), *shift = draw(LD), *c = draw(N * LD), *y = draw(N * LD);
        float *normalised = draw(N * LD), *dx = draw(N * LD), *before = draw(N * LD), inverse[N];
        float d[2][LD] = {{0}};
        memcpy(before, dx, N * LD * sizeof *dx);
        tbi_layer_norm_forward(x, LD, N, (int)width, scale, shift, normalised, y, inverse);
        Norm norm = {x, scale, shift, c, width, 0};
        double loss = 0, *at = malloc(N * LD * sizeof *at);
        for (size_t i = 0; i < N * LD; i++) {
            at[i] = x[i];
            loss += i % LD < width ? (double)c[i] * (double)y[i] : 0;
        }
        assert_true(fabs(loss - norm_of(at, &norm)) < 1e-5);
        tbi_layer_norm_backward(c, normalised, LD, N, (int)width, scale, inverse, dx, d[0], d[1]);
        for (size_t i = 0; i < N * LD; i++)
            dx[i] -= before[i]; /* adds to the gradient of the residual path */
        assert_true(check("LayerNorm, input", norm_of, &norm, x, dx, N * LD) < GRADIENT_BOUND);
        norm.which = 1;
        assert_true(check("LayerNorm, scale", norm_of, &norm, scale, d[0], width) < GRADIENT_BOUND);
        norm.which = 2;
        assert_true(check("LayerNorm, shift", norm_of, &norm, shift, d[1], width) < GRADIENT_BOUND);
        free(x), free(scale), free(shift), free(c), free(y), free(normalised), free(dx), free(before), free(at);
    }
}

/* ---- drawing ---- */

enum { CLASSES = 6, DRAWS = 20000 };
static const float logits[CLASSES] = {0, 1, 2, -1, 2, 0.5f};

/* Relative frequencies of DRAWS draws; nothing is allocated. */
static void frequencies(const TbSampling *sampling, const bool *allowed, double f[CLASSES]) {
    float scratch[CLASSES];
    const size_t before = counted_allocations();
    memset(f, 0, CLASSES * sizeof *f);
    for (int i = 0; i < DRAWS; i++)
        f[tbi_sample(sampling, logits, allowed, CLASSES, &rng, scratch)] += 1.0 / DRAWS;
    assert_int_equal(counted_allocations(), before);
}

/* Expected: exp(logit / temperature), of the classes in `kept` alone. */
static void check_frequencies(const TbSampling *sampling, const bool *allowed, const bool kept[CLASSES]) {
    double f[CLASSES], sum = 0;
    frequencies(sampling, allowed, f);
    for (int k = 0; k < CLASSES; k++)
        sum += kept[k] ? exp((double)(logits[k] / sampling->temperature)) : 0;
    for (int k = 0; k < CLASSES; k++) {
        double expected = kept[k] ? exp((double)(logits[k] / sampling->temperature)) / sum : 0;
        assert_true(kept[k] ? fabs(f[k] - expected) < 0.02 : f[k] == 0); /* 0.02: more than five deviations */
    }
}

static void test_sampling(void **state) {
    (void)state;
    static const bool all[CLASSES] = {1, 1, 1, 1, 1, 1}, some[CLASSES] = {1, 0, 0, 1, 0, 1}, none[CLASSES] = {0};
    static const bool nucleus[CLASSES] = {0, 1, 1, 0, 1, 0}, nucleus_of_some[CLASSES] = {1, 0, 0, 0, 0, 1};
    check_frequencies(&(TbSampling){.temperature = 1, .top_p = 1}, NULL, all);
    check_frequencies(&(TbSampling){.temperature = 0.5f, .top_p = 1}, all, all);
    check_frequencies(&(TbSampling){.temperature = 2, .top_p = 1}, some, some);
    check_frequencies(&(TbSampling){.temperature = 1, .top_p = 0.8f}, NULL, nucleus); /* 0.36 + 0.36 + 0.13 */
    check_frequencies(&(TbSampling){.temperature = 1, .top_p = 0.8f}, some, nucleus_of_some);
    float scratch[CLASSES];
    assert_int_equal(tbi_sample(&(TbSampling){.temperature = 0, .top_p = 1}, logits, NULL, CLASSES, &rng, scratch), 2);
    assert_int_equal(tbi_sample(&(TbSampling){.temperature = 0, .top_p = 1}, logits, some, CLASSES, &rng, scratch), 5);
    assert_int_equal(tbi_sample(&(TbSampling){.temperature = 1, .top_p = 0}, logits, some, CLASSES, &rng, scratch),
                     tbi_sample(&(TbSampling){.temperature = 1, .top_p = 1}, logits, none, CLASSES, &rng, scratch) + 6);
}

/* The same seed draws the same classes, and a draw takes one number, whatever is drawn. */
static void test_repeatable(void **state) {
    (void)state;
    static const TbSampling sampling = {.temperature = 1, .top_p = 0.9f};
    TbRng a, b;
    float scratch[CLASSES];
    tb_rng_seed(&a, 3);
    tb_rng_seed(&b, 3);
    for (int i = 0; i < 100; i++) {
        int drawn = tbi_sample(&sampling, logits, NULL, CLASSES, &a, scratch);
        assert_int_equal(drawn, tbi_sample(&sampling, logits, NULL, CLASSES, &b, scratch));
    }
    tbi_sample(&(TbSampling){.temperature = 0, .top_p = 1}, logits, NULL, CLASSES, &a, scratch);
    tb_rng_next(&b);
    assert_int_equal(tb_rng_next(&a), tb_rng_next(&b));
}

int main(void) {
    tb_rng_seed(&rng, 77);
    return RUN_TESTS(NULL, NULL, test_loss, test_large_logits, test_gelu, test_layer_norm, test_sampling,
                     test_repeatable);
}
