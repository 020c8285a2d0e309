// SPDX-License-Identifier: GPL-3.0-or-later
// Each operator of vae/ against a slow twin in double, and each gradient against central differences of that twin.
#include "vae/kernels.h"
#include "vae/linear.h"
#include "vae/vae.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double GRADIENT_BOUND = 1e-4; // relative, for every operator
static const double PRODUCT_BOUND[TB_N_PRODUCTS] = {1e-6, 1e-6, 2e-5};
static const char *const BACKENDS[TB_N_PRODUCTS] = {"OpenBLAS", "AVX-512", "AMX"};

// AVX-512's code is sound on every machine, only slow; AMX's is not.
static bool runs_here(int backend) {
    bool runs = backend == TB_PRODUCT_AVX512 || tb_product_available((TbProductBackend)backend);
    if (!runs)
        print_message("%s: SKIPPED, this machine has none\n", BACKENDS[backend]);
    return runs;
}

static TbRng rng;

static float *draw(size_t n) {
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64 + 64);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = tb_rng_normal(&rng);
    return x;
}

// Relative distance of two vectors.
static double distance(const float *x, const double *twin, size_t n) {
    double error = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        error += (x[i] - twin[i]) * (x[i] - twin[i]);
        size += twin[i] * twin[i];
    }
    return sqrt(error / (size + 1e-30));
}

// ---- matrix products ----

static double product_error(TbProductBackend backend, size_t m, size_t k, size_t n, bool left_turned, bool right_turned,
                            bool add) {
    size_t lda = (left_turned ? m : k) + 3, ldb = (right_turned ? k : n) + 1, ldc = n + 2;
    float *a = draw((left_turned ? k : m) * lda), *b = draw((right_turned ? n : k) * ldb), *c = draw(m * ldc);
    float *packed = draw(tb_packed_size(backend, k, n)), *scratch = draw(tb_product_scratch(backend, m, k));
    double *twin = malloc(m * ldc * sizeof *twin);
    for (size_t i = 0; i < m * ldc; i++)
        twin[i] = c[i]; // columns beyond n must stay as they are
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = add ? c[i * ldc + j] : 0;
            for (size_t p = 0; p < k; p++)
                sum += (double)a[left_turned ? p * lda + i : i * lda + p] * b[right_turned ? j * ldb + p : p * ldb + j];
            twin[i * ldc + j] = sum;
        }
    const TbLeft left = {.a = a, .lda = lda, .transposed = left_turned, .m = m};
    const TbRight right = {.b = b, .ldb = ldb, .transposed = right_turned, .k = k, .n = n, .packed = packed};
    tb_pack(backend, &right);
    tb_product(backend, &left, &right, c, ldc, add, scratch);
    double error = distance(c, twin, m * ldc);
    free(a), free(b), free(c), free(packed), free(scratch), free(twin);
    return error;
}

static void test_products(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1},    {2, 3, 1},    {13, 31, 17},  {14, 32, 32},   {15, 33, 33},
                                       {28, 64, 48}, {31, 70, 49}, {65, 100, 97}, {64, 600, 261}, {45, 512, 16}};
    for (int backend = 0; backend < TB_N_PRODUCTS; backend++) {
        double worst = 0;
        if (!runs_here(backend))
            continue;
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int flags = 0; flags < 8; flags++)
                worst = fmax(worst, product_error((TbProductBackend)backend, shapes[s][0], shapes[s][1], shapes[s][2],
                                                  flags & 1, flags & 2, flags & 4));
        print_message("product, %-9s error %.1e\n", BACKENDS[backend], worst);
        assert_true(worst < PRODUCT_BOUND[backend]);
    }
}

// ---- central differences ----

// A function of `n` numbers, in double. `context` is the test's own.
typedef double (*Function)(const double *x, const void *context);

// Compares gradient[n] with central differences of f at x; returns the relative error over all.
static double check(const char *name, Function f, const void *context, const float *at, const float *gradient,
                    size_t n) {
    double *x = malloc(n * sizeof *x), *numeric = malloc(n * sizeof *numeric);
    for (size_t i = 0; i < n; i++)
        x[i] = at[i];
    for (size_t i = 0; i < n; i++) {
        const double h = 1e-6, kept = x[i];
        x[i] = kept + h;
        double up = f(x, context);
        x[i] = kept - h;
        numeric[i] = (up - f(x, context)) / (2 * h);
        x[i] = kept;
    }
    double error = distance(gradient, numeric, n);
    print_message("%-28s gradient error %.1e\n", name, error);
    free(x), free(numeric);
    return error;
}

// ---- linear ----

enum { N = 9, IN = 21, OUT = 35 };
typedef struct {
    const float *x, *w, *c; // the loss is the sum of c y
} Linear;

static double linear_of_w(const double *w, const void *context) {
    const Linear *l = context;
    double loss = 0;
    for (int i = 0; i < N; i++)
        for (int o = 0; o < OUT; o++)
            for (int k = 0; k < IN; k++)
                loss += (double)l->c[i * OUT + o] * w[o * IN + k] * l->x[i * IN + k];
    return loss;
}

static double linear_of_x(const double *x, const void *context) {
    const Linear *l = context;
    double loss = 0;
    for (int i = 0; i < N; i++)
        for (int o = 0; o < OUT; o++)
            for (int k = 0; k < IN; k++)
                loss += (double)l->c[i * OUT + o] * l->w[o * IN + k] * x[i * IN + k];
    return loss;
}

static void test_linear(void **state) {
    (void)state;
    for (int b = 0; b < TB_N_PRODUCTS; b++) {
        TbProductBackend backend = (TbProductBackend)b;
        if (!runs_here(b))
            continue;
        print_message("%s:\n", BACKENDS[b]);
        float *x = draw(N * IN), *w = draw(OUT * IN), *c = draw(N * OUT), *y = draw(N * OUT), *few = draw(N * OUT);
        float *dx = draw(N * IN), *dw = draw(OUT * IN), *before = draw(OUT * IN);
        float *packed = draw(tb_linear_packed_size(backend, IN, OUT));
        float *scratch = draw(tb_linear_scratch(backend, IN, OUT, N));
        TbLinear linear;
        tb_linear_init(&linear, backend, w, IN, OUT, packed);
        tb_linear_pack(&linear, false);
        tb_linear_pack(&linear, true);
        tb_linear_forward(&linear, x, IN, N, y, OUT, scratch);
        tb_linear_few(w, IN, OUT, x, IN, N, few, OUT);
        double twin[N * OUT];
        for (int i = 0; i < N * OUT; i++) {
            twin[i] = 0;
            for (int k = 0; k < IN; k++)
                twin[i] += (double)x[i / OUT * IN + k] * w[i % OUT * IN + k];
        }
        assert_true(distance(y, twin, N * OUT) < PRODUCT_BOUND[b]);
        assert_true(distance(few, twin, N * OUT) < 1e-6);
        memcpy(before, dw, OUT * IN * sizeof *dw);
        tb_linear_backward_weight(&linear, c, OUT, x, IN, N, dw, scratch);
        tb_linear_backward_input(&linear, c, OUT, N, dx, IN, scratch);
        for (int i = 0; i < OUT * IN; i++)
            dw[i] -= before[i]; // it adds
        const Linear context = {x, w, c};
        assert_true(check("linear, weight", linear_of_w, &context, w, dw, OUT * IN) < GRADIENT_BOUND);
        assert_true(check("linear, input", linear_of_x, &context, x, dx, N * IN) < GRADIENT_BOUND);
        free(x), free(w), free(c), free(y), free(few), free(dx), free(dw), free(before), free(packed), free(scratch);
    }
}

// ---- bias, LayerNorm, LeakyReLU ----

enum { WIDTH = 53, LD = 64 };
typedef struct {
    const float *h, *bias, *scale, *shift, *c; // the loss is the sum of c a
    int which;                                 // which of the first four the argument stands for
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
            d[p][k] = 100; // it adds
    tb_norm_forward(x, LD, N, WIDTH, bias, scale, shift, a, inverse);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < WIDTH; k++)
            row[0][k] = h[i * LD + k], row[1][k] = bias[k], row[2][k] = scale[k], row[3][k] = shift[k];
        norm_row(row[0], row[1], row[2], row[3], twin);
        assert_true(distance(a + i * LD, twin, WIDTH) < 1e-6);
    }
    tb_norm_backward(da, x, LD, N, WIDTH, scale, shift, inverse, d[0], d[1], d[2]);
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < WIDTH; k++)
            d[p][k] -= 100;
    for (int i = 0; i < N; i++)
        for (int k = WIDTH; k < LD; k++)
            da[i * LD + k] = 0; // nobody's columns
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
    tb_bias_backward(y, LD, N, WIDTH, db);
    assert_true(distance(db, sums, WIDTH) < 1e-6);
    tb_bias_forward(y, LD, N, WIDTH, bias);
    assert_true(distance(y + LD, moved, WIDTH) < 1e-7);
    free(y), free(bias), free(db);
}

// ---- losses ----

enum { COLUMNS = 40 }; // group at 3..22, its levels at 0..19 for TB_COLUMN_WEIGHTED
typedef struct {
    TbColumns groups[2];
    size_t n_groups;
    const float *target, *mask;
} Recon;

static double recon_of(const double *y, const void *context) {
    const Recon *r = context;
    const TbColumns *g = &r->groups[r->n_groups - 1];
    double total = 0;
    for (int i = 0; i < N; i++) {
        double sum = 0, weights = g->kind == TB_COLUMN_WEIGHTED ? 0.3 : 0;
        for (int k = 0; k < g->size; k++) {
            int at = i * COLUMNS + g->offset + k;
            double t = r->target[at], e = y[at] - t;
            if (g->kind == TB_COLUMN_PLAIN) {
                sum += 16 * e * e;
                weights += 1;
            } else if (g->kind == TB_COLUMN_WEIGHTED) {
                double w = r->target[i * COLUMNS + r->groups[0].offset + k];
                sum += 100 * w * w * e * e;
                weights += w * w;
            } else {
                double w = (0.15 + t) * (r->mask ? r->mask[at] : 1);
                e = fabs(20 * (fmin(fmax(y[at], -0.05), 1.2) - t));
                sum += w * (e < 1 ? e * e : 2 * e - 1);
                weights += w;
            }
        }
        total += weights > 0 ? g->weight * sum / weights / N : 0;
    }
    return total;
}

static void check_recon(const char *name, const Recon *r) {
    float *y = draw(N * COLUMNS), *dy = draw(N * COLUMNS), *before = draw(N * COLUMNS);
    double exact[N * COLUMNS], parts[2];
    for (int i = 0; i < N * COLUMNS; i++) { // small and large errors, and some outside of the clamp
        y[i] = r->target[i] + 0.1f * y[i];
        exact[i] = y[i];
    }
    memcpy(before, dy, N * COLUMNS * sizeof *dy);
    TbColumns groups[2];
    memcpy(groups, r->groups, sizeof groups);
    if (r->n_groups == 2)
        groups[0].weight = 0;
    double loss = tb_recon_loss(groups, r->n_groups, COLUMNS, y, r->target, r->mask, N, dy, parts);
    double twin = recon_of(exact, r);
    for (int i = 0; i < N * COLUMNS; i++)
        dy[i] -= before[i]; // it adds
    print_message("%-28s loss %.6f, twin %.6f\n", name, loss, twin);
    assert_true(fabs(loss - twin) < 1e-5 * twin);
    assert_true(fabs(parts[r->n_groups - 1] * groups[r->n_groups - 1].weight - twin) < 1e-5 * twin);
    assert_true(tb_recon_loss(groups, r->n_groups, COLUMNS, y, r->target, r->mask, N, NULL, NULL) == loss);
    assert_true(check(name, recon_of, r, y, dy, N * COLUMNS) < GRADIENT_BOUND);
    free(y), free(dy), free(before);
}

static void test_recon(void **state) {
    (void)state;
    float *target = draw(N * COLUMNS), *mask = draw(N * COLUMNS);
    for (int i = 0; i < N * COLUMNS; i++) {
        target[i] = tb_rng_uniform(&rng) * 1.15f;
        mask[i] = mask[i] > 0 && i / COLUMNS != 2; // row 2 is masked altogether
    }
    Recon r = {.n_groups = 1, .target = target};
    r.groups[0] = (TbColumns){"group", TB_COLUMN_LEVEL, 3, 20, 0.7f, 0};
    check_recon("levels", &r);
    r.mask = mask;
    check_recon("levels, masked", &r);
    r.groups[0].kind = TB_COLUMN_PLAIN;
    check_recon("plain", &r);
    r.n_groups = 2;
    r.groups[0] = (TbColumns){"levels", TB_COLUMN_LEVEL, 0, 17, 1, 0};
    r.groups[1] = (TbColumns){"ratios", TB_COLUMN_WEIGHTED, 20, 17, 0.3f, 0};
    check_recon("weighted by levels", &r);
    free(target), free(mask);
}

typedef struct {
    int dims;
    double beta, free_bits;
    const float *mu, *logvar;
    bool of_mu;
} Kl;

static double kl_of(const double *x, const void *context) {
    const Kl *kl = context;
    double total = 0;
    for (int k = 0; k < kl->dims; k++) {
        double mean = 0;
        for (int i = 0; i < N; i++) {
            int at = i * kl->dims + k;
            double mu = kl->of_mu ? x[at] : (double)kl->mu[at], v = kl->of_mu ? (double)kl->logvar[at] : x[at];
            mean += 0.5 * (mu * mu + exp(v) - 1 - v) / N;
        }
        total += fmax(mean, kl->free_bits);
    }
    return kl->beta * total;
}

static void test_kl(void **state) {
    (void)state;
    enum { DIMS = 70 }; // more than one of its blocks
    float *mu = draw(N * DIMS), *logvar = draw(N * DIMS);
    for (int i = 0; i < N * DIMS; i++) // dims from shy to loud, so that free bits hold some
        mu[i] *= 0.03f * (float)(i % DIMS), logvar[i] *= 0.5f;
    static const double free_bits[] = {0, 0.3};
    for (int f = 0; f < 2; f++) {
        float dmu[N * DIMS] = {0}, dlogvar[N * DIMS] = {0};
        double exact[N * DIMS];
        Kl kl = {DIMS, 0.7, free_bits[f], mu, logvar, true};
        double loss = tb_kl_loss(mu, logvar, N, DIMS, kl.beta, kl.free_bits, dmu, dlogvar);
        for (int i = 0; i < N * DIMS; i++)
            exact[i] = mu[i];
        print_message("KL, free bits %.1f:%*sloss %.6f, twin %.6f\n", kl.free_bits, 12, "", loss, kl_of(exact, &kl));
        assert_true(fabs(loss - kl_of(exact, &kl)) < 1e-6 * loss);
        assert_true(check("KL, mu", kl_of, &kl, mu, dmu, N * DIMS) < GRADIENT_BOUND);
        kl.of_mu = false;
        assert_true(check("KL, logvar", kl_of, &kl, logvar, dlogvar, N * DIMS) < GRADIENT_BOUND);
        int n_held = 0;
        for (int k = 0; k < DIMS; k++)
            n_held += dmu[k] == 0;
        assert_true(f ? n_held > 5 && n_held < DIMS - 5 : n_held <= 1); // mu of dim 0 is 0
    }
    free(mu), free(logvar);
}

int main(void) {
    tb_rng_seed(&rng, 2024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products), cmocka_unit_test(test_linear), cmocka_unit_test(test_norm),
        cmocka_unit_test(test_bias),     cmocka_unit_test(test_recon),  cmocka_unit_test(test_kl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
