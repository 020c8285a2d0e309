/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each operator of nn/ against a slow reference in double, and each gradient against central differences of the
 * reference. */
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"
#include "timbrel/vae.h"

static const double PRODUCT_BOUND[TB_MATMUL_BACKENDS] = {1e-6, 1e-6, 1e-6, 2e-5};
static const char *const BACKENDS[TB_MATMUL_BACKENDS] = {"plain", "AVX2", "AVX-512", "AMX"};

static bool runs_here(int backend) {
    bool runs = tbi_matmul_available((TbMatmulBackend)backend);
    if (!runs)
        print_message("%s: SKIPPED, this machine has none\n", BACKENDS[backend]);
    return runs;
}

/* ---- matrix products ---- */

static double product_error(TbMatmulBackend backend, size_t m, size_t k, size_t n, bool left_turned, bool right_turned,
                            bool add) {
    size_t lda = (left_turned ? m : k) + 3, ldb = (right_turned ? k : n) + 1, ldc = n + 2;
    float *a = draw((left_turned ? k : m) * lda), *b = draw((right_turned ? n : k) * ldb), *c = draw(m * ldc);
    float *packed = draw(tbi_packed_size(backend, k, n)), *scratch = draw(tbi_matmul_scratch(backend, m, k));
    double *twin = malloc(m * ldc * sizeof *twin);
    for (size_t i = 0; i < m * ldc; i++)
        twin[i] = c[i]; /* columns beyond n must not change */
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = add ? c[i * ldc + j] : 0;
            for (size_t p = 0; p < k; p++)
                sum += (double)a[left_turned ? p * lda + i : i * lda + p] * b[right_turned ? j * ldb + p : p * ldb + j];
            twin[i * ldc + j] = sum;
        }
    const TbLeft left = {.a = a, .lda = lda, .transposed = left_turned, .m = m};
    const TbRight right = {.b = b, .ldb = ldb, .transposed = right_turned, .k = k, .n = n, .packed = packed};
    tbi_pack(backend, &right);
    tbi_product(backend, &left, &right, c, ldc, add, scratch);
    double error = distance(c, twin, m * ldc);
    free(a), free(b), free(c), free(packed), free(scratch), free(twin);
    return error;
}

static void test_products(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1},    {2, 3, 1},    {13, 31, 17},  {14, 32, 32},   {15, 33, 33},
                                       {28, 64, 48}, {31, 70, 49}, {65, 100, 97}, {64, 600, 261}, {45, 512, 16}};
    for (int backend = 0; backend < TB_MATMUL_BACKENDS; backend++) {
        double worst = 0;
        if (!runs_here(backend))
            continue;
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int flags = 0; flags < 8; flags++)
                worst = fmax(worst, product_error((TbMatmulBackend)backend, shapes[s][0], shapes[s][1], shapes[s][2],
                                                  flags & 1, flags & 2, flags & 4));
        print_message("product, %-9s error %.1e\n", BACKENDS[backend], worst);
        assert_true(worst < PRODUCT_BOUND[backend]);
    }
}

/* The right side keeps 8 bits of fraction: the reference uses the same rounded values, so that only the remaining
 * error counts. */
static float upper_half(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000; /* round to even */
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double few_error(TbMatmulBackend backend, size_t m, size_t k, size_t n) {
    size_t lda = k + 3, ldb = k + 1, ldc = n + 2;
    float *a = draw(m * lda), *b = draw(n * ldb), *c = draw(m * ldc);
    float *packed = draw(tbi_packed_size(backend, k, n)), *scratch = draw(tbi_matmul_scratch(backend, m, k));
    double *twin = malloc(m * ldc * sizeof *twin);
    for (size_t i = 0; i < m * ldc; i++)
        twin[i] = c[i];
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            twin[i * ldc + j] = 0;
            for (size_t p = 0; p < k; p++)
                twin[i * ldc + j] += (double)a[i * lda + p] * upper_half(b[j * ldb + p]);
        }
    const TbRight right = {.b = b, .ldb = ldb, .transposed = true, .k = k, .n = n, .packed = packed};
    tbi_pack(backend, &right);
    tbi_halve(backend, &right);
    tbi_matmul_few(backend, &(TbLeft){.a = a, .lda = lda, .m = m}, &right, c, ldc, scratch);
    double error = distance(c, twin, m * ldc);
    free(a), free(b), free(c), free(packed), free(scratch), free(twin);
    return error;
}

static void test_few(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1}, {2, 3, 1}, {13, 31, 17}, {16, 32, 32}, {17, 33, 33}, {40, 100, 97}};
    for (int backend = 0; backend < TB_MATMUL_BACKENDS; backend++) {
        double worst = 0;
        if (!tbi_matmul_available((TbMatmulBackend)backend) || !tbi_matmul_halves((TbMatmulBackend)backend))
            continue;
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            worst = fmax(worst, few_error((TbMatmulBackend)backend, shapes[s][0], shapes[s][1], shapes[s][2]));
        print_message("product of few rows, %s: error %.1e\n", BACKENDS[backend], worst);
        assert_true(worst < PRODUCT_BOUND[backend]);
    }
}

/* The default backend is available, and is the fastest one. */
static void test_default(void **state) {
    (void)state;
    TbMatmulBackend backend = tbi_matmul_default();
    assert_true(tbi_matmul_available(backend));
    for (int better = (int)backend + 1; better < TB_MATMUL_BACKENDS; better++)
        assert_false(tbi_matmul_available((TbMatmulBackend)better));
    assert_true(tbi_matmul_available(TB_MATMUL_PLAIN));
}

/* ---- linear ---- */

enum { N = 9, IN = 21, OUT = 35 };
typedef struct {
    const float *x, *w, *c; /* the loss is the sum of c y */
} Linear;

/* With w or x replaced, unless it is NULL. */
static double linear_loss(const Linear *l, const double *w, const double *x) {
    double loss = 0;
    for (int i = 0; i < N; i++)
        for (int o = 0; o < OUT; o++)
            for (int k = 0; k < IN; k++)
                loss += (double)l->c[i * OUT + o] * (w ? w[o * IN + k] : (double)l->w[o * IN + k]) *
                        (x ? x[i * IN + k] : (double)l->x[i * IN + k]);
    return loss;
}

static double linear_of_w(const double *w, const void *context) {
    return linear_loss(context, w, NULL);
}

static double linear_of_x(const double *x, const void *context) {
    return linear_loss(context, NULL, x);
}

static void test_linear(void **state) {
    (void)state;
    for (int b = 0; b < TB_MATMUL_BACKENDS; b++) {
        TbMatmulBackend backend = (TbMatmulBackend)b;
        if (!runs_here(b))
            continue;
        print_message("%s:\n", BACKENDS[b]);
        float *x = draw(N * IN), *w = draw(OUT * IN), *c = draw(N * OUT), *y = draw(N * OUT), *few = draw(N * OUT);
        float *dx = draw(N * IN), *dw = draw(OUT * IN), *before = draw(OUT * IN);
        float *packed = draw(tbi_linear_packed_size(backend, IN, OUT));
        float *scratch = draw(tbi_linear_scratch(backend, IN, OUT, N));
        TbLinear linear;
        tbi_linear_init(&linear, backend, w, IN, OUT, packed);
        tbi_linear_pack(&linear, false);
        tbi_linear_pack(&linear, true);
        tbi_linear_forward(&linear, x, IN, N, y, OUT, scratch);
        tbi_linear_small(w, IN, OUT, x, IN, N, few, OUT);
        double twin[N * OUT];
        for (int i = 0; i < N * OUT; i++) {
            twin[i] = 0;
            for (int k = 0; k < IN; k++)
                twin[i] += (double)x[i / OUT * IN + k] * w[i % OUT * IN + k];
        }
        assert_true(distance(y, twin, N * OUT) < PRODUCT_BOUND[b]);
        assert_true(distance(few, twin, N * OUT) < 1e-6);
        memcpy(before, dw, OUT * IN * sizeof *dw);
        tbi_linear_backward_weight(&linear, c, OUT, x, IN, N, dw, scratch);
        tbi_linear_backward_input(&linear, c, OUT, N, dx, IN, scratch);
        for (int i = 0; i < OUT * IN; i++)
            dw[i] -= before[i]; /* gradients accumulate */
        const Linear context = {x, w, c};
        assert_true(check("linear, weight", linear_of_w, &context, w, dw, OUT * IN) < GRADIENT_BOUND);
        assert_true(check("linear, input", linear_of_x, &context, x, dx, N * IN) < GRADIENT_BOUND);
        free(x), free(w), free(c), free(y), free(few), free(dx), free(dw), free(before), free(packed), free(scratch);
    }
}

/* ---- bias, LayerNorm, LeakyReLU ---- */

enum { WIDTH = 53, LD = 64 };
typedef struct {
    const float *h, *bias, *scale, *shift, *c; /* the loss is the sum of c a */
    int which;                                 /* index of the parameter that the argument replaces */
} Norm;

static void norm_row(const double *h, const double *bias, const double *scale, const double *shift, double *a) {
    double mean = 0, variance = 0;
    for (int k = 0; k < WIDTH; k++)
        mean += (h[k] + bias[k]) / WIDTH;
    for (int k = 0; k < WIDTH; k++)
        variance += (h[k] + bias[k] - mean) * (h[k] + bias[k] - mean) / WIDTH;
    for (int k = 0; k < WIDTH; k++) {
        double u = scale[k] * (h[k] + bias[k] - mean) / sqrt(variance + 1e-5) + shift[k];
        a[k] = u > 0 ? u : 0.1 * u;
    }
}

static double norm_of(const double *argument, const void *context) {
    const Norm *norm = context;
    double loss = 0, part[4][WIDTH], a[WIDTH];
    for (int i = 0; i < N; i++) {
        const float *parts[] = {norm->h + i * LD, norm->bias, norm->scale, norm->shift};
        for (int p = 0; p < 4; p++)
            for (int k = 0; k < WIDTH; k++)
                part[p][k] = p != norm->which ? (double)parts[p][k] : argument[p ? k : i * LD + k];
        norm_row(part[0], part[1], part[2], part[3], a);
        for (int k = 0; k < WIDTH; k++)
            loss += norm->c[i * LD + k] * a[k];
    }
    return loss;
}

static void test_norm(void **state) {
    (void)state;
    float *h = draw(N * LD), *bias = draw(WIDTH), *scale = draw(WIDTH), *shift = draw(WIDTH), *c = draw(N * LD);
    float *x = draw(N * LD), *a = draw(N * LD), *da = draw(N * LD), inverse[N];
    float d[3][WIDTH];
    double twin[WIDTH], row[4][WIDTH];
    memcpy(x, h, N * LD * sizeof *h);
    memcpy(da, c, N * LD * sizeof *c);
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < WIDTH; k++)
            d[p][k] = 100; /* gradients accumulate */
    tbi_norm_forward(x, LD, N, WIDTH, bias, scale, shift, a, inverse);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < WIDTH; k++)
            row[0][k] = h[i * LD + k], row[1][k] = bias[k], row[2][k] = scale[k], row[3][k] = shift[k];
        norm_row(row[0], row[1], row[2], row[3], twin);
        assert_true(distance(a + i * LD, twin, WIDTH) < 1e-6);
    }
    tbi_norm_backward(da, x, LD, N, WIDTH, scale, shift, inverse, d[0], d[1], d[2]);
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < WIDTH; k++)
            d[p][k] -= 100;
    for (int i = 0; i < N; i++)
        for (int k = WIDTH; k < LD; k++)
            da[i * LD + k] = 0; /* padding columns */
    Norm norm = {h, bias, scale, shift, c, 0};
    assert_true(check("norm, input", norm_of, &norm, h, da, N * LD) < GRADIENT_BOUND);
    static const char *const names[] = {"norm, bias", "norm, scale", "norm, shift"};
    const float *const at[] = {bias, scale, shift};
    for (int p = 0; p < 3; p++) {
        norm.which = p + 1;
        assert_true(check(names[p], norm_of, &norm, at[p], d[p], WIDTH) < GRADIENT_BOUND);
    }
    free(h), free(bias), free(scale), free(shift), free(c), free(x), free(a), free(da);
}

static void test_bias(void **state) {
    (void)state;
    float *y = draw(N * LD), *bias = draw(WIDTH), *db = draw(WIDTH);
    double sums[WIDTH], moved[WIDTH];
    for (int k = 0; k < WIDTH; k++) {
        sums[k] = db[k];
        for (int i = 0; i < N; i++)
            sums[k] += y[i * LD + k];
        moved[k] = (double)y[LD + k] + bias[k];
    }
    tbi_bias_backward(y, LD, N, WIDTH, db);
    assert_true(distance(db, sums, WIDTH) < 1e-6);
    tbi_bias_forward(y, LD, N, WIDTH, bias);
    assert_true(distance(y + LD, moved, WIDTH) < 1e-7);
    free(y), free(bias), free(db);
}

int main(void) {
    tb_rng_seed(&rng, 2024);
    return RUN_TESTS(NULL, NULL, test_products, test_few, test_default, test_linear, test_norm, test_bias);
}
