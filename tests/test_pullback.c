/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frozen decoder: forward equals tb_vae_decode, backward matches central differences of a slow reference, for
 * any number of rows and threads. */
#include "tests/run_tests.h"
#include "tests/small_vae.h"
#include "vae/training.h"

enum { LATENT = 5, EXTRA = 2, ENCODER_TENSORS = 2 * 4 + 2 };
#define ROUNDING 1e-4 /* 1e-6 for products in float, more on tile units (nn/matmul.h) */
#define GRADIENT 3e-4

typedef struct {
    TbVae *vae;
    double *params;
    float z[ROWS * LATENT], condition[ROWS * EXTRA], slope[ROWS * OUTPUT], bend[ROWS * OUTPUT];
} Problem;

static void read_params(Problem *p) {
    for (size_t i = 0; i < tb_vae_n_params(p->vae); i++)
        p->params[i] = tb_vae_params(p->vae)[i];
}

/* Perturbs all parameters, so that norms and biases are not at 1 and 0. */
static void perturb(Problem *p, uint64_t seed) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (size_t i = 0; i < tb_vae_n_params(p->vae); i++)
        tb_vae_params(p->vae)[i] += 0.05f * tb_rng_normal(&rng);
    read_params(p);
}

static void pose(Problem *p, int condition_dim) {
    TbVaeConfig config = small;
    TbRng rng;
    config.condition_dim = condition_dim;
    assert_int_equal(tb_vae_new(&config, 3, &p->vae), TB_OK);
    p->params = calloc(tb_vae_n_params(p->vae), sizeof *p->params);
    perturb(p, 4);
    tb_rng_seed(&rng, 5);
    for (int i = 0; i < ROWS * LATENT; i++)
        p->z[i] = tb_rng_normal(&rng);
    for (int i = 0; i < ROWS * EXTRA; i++)
        p->condition[i] = tb_rng_uniform(&rng);
    for (int i = 0; i < ROWS * OUTPUT; i++) {
        p->slope[i] = tb_rng_normal(&rng);
        p->bend[i] = tb_rng_uniform(&rng);
    }
}

static void put_away(Problem *p) {
    tb_vae_free(p->vae);
    free(p->params);
}

/* A nonlinear loss of one row's output that differs between rows; its slope. */
static double twin_loss(const Problem *p, int row, const double *z) {
    double x[64] = {0}, y[64], sum = 0;
    int extra = tb_vae_config(p->vae)->condition_dim;
    size_t tensor = ENCODER_TENSORS;
    for (int k = 0; k < LATENT; k++)
        x[k] = z[k];
    for (int k = 0; k < extra; k++)
        x[LATENT + k] = p->condition[row * extra + k];
    twin_mlp(p->params, p->vae, &tensor, small.decoder_layers, x, y);
    for (int k = 0; k < OUTPUT; k++)
        sum += p->slope[row * OUTPUT + k] * y[k] + 0.5 * p->bend[row * OUTPUT + k] * y[k] * y[k];
    return sum;
}

static void slope_of(const Problem *p, const float *y, int n, float *dy) {
    for (int i = 0; i < n * OUTPUT; i++)
        dy[i] = p->slope[i] + p->bend[i] * y[i];
}

static double decode_error(const Problem *p, const float *y, int n) {
    float want[ROWS * OUTPUT];
    double error = 0, size = 0;
    assert_int_equal(tb_vae_decode(p->vae, p->z, p->condition, (size_t)n, want), TB_OK);
    for (int i = 0; i < n * OUTPUT; i++) {
        error = fmax(error, fabs((double)y[i] - (double)want[i]));
        size = fmax(size, fabs((double)want[i]));
    }
    return error / size;
}

static double slope_error(const Problem *p, const float *dz, int n) {
    double error = 0, size = 0;
    for (int row = 0; row < n; row++) {
        double z[LATENT];
        for (int k = 0; k < LATENT; k++)
            z[k] = p->z[row * LATENT + k];
        for (int k = 0; k < LATENT; k++) {
            double kept = z[k], h = 1e-6;
            z[k] = kept + h;
            double up = twin_loss(p, row, z);
            z[k] = kept - h;
            double slope = (up - twin_loss(p, row, z)) / (2 * h), e = slope - (double)dz[row * LATENT + k];
            z[k] = kept;
            error += e * e;
            size += slope * slope;
        }
    }
    return sqrt(error / size);
}

/* Compares one forward and backward of n rows with the decoder and the reference. */
static void compare(const Problem *p, TbPullback *pull, int n, float *dz) {
    float dy[ROWS * OUTPUT];
    for (int i = 0; i < ROWS * LATENT; i++)
        dz[i] = 77;
    const float *y = tbi_pullback_forward(pull, p->z, p->condition, (size_t)n);
    assert_true(decode_error(p, y, n) < ROUNDING);
    slope_of(p, y, n, dy);
    tbi_pullback_backward(pull, dy, dz);
    assert_true(slope_error(p, dz, n) < GRADIENT);
    for (int i = n * LATENT; i < ROWS * LATENT; i++)
        assert_true(dz[i] == 77); /* other rows are unchanged */
}

static void test_forward_and_back(void **state) {
    (void)state;
    static const int rows[] = {ROWS, 1, 2, 7, ROWS - 1, ROWS};
    for (int extra = 0; extra <= EXTRA; extra += EXTRA) {
        for (int threads = 1; threads <= 2; threads++) {
            Problem p;
            TbPullback *pull;
            float dz[ROWS * LATENT];
            pose(&p, extra);
            tb_set_threads(threads);
            assert_int_equal(tbi_pullback_new(p.vae, ROWS, &pull), TB_OK);
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                compare(&p, pull, rows[i], dz);
            tbi_pullback_free(pull);
            put_away(&p);
        }
    }
}

static void test_no_rows(void **state) {
    (void)state;
    Problem p;
    TbPullback *pull;
    float dy[1] = {0}, dz[1] = {5};
    pose(&p, EXTRA);
    tb_set_threads(2);
    assert_int_equal(tbi_pullback_new(p.vae, ROWS, &pull), TB_OK);
    tbi_pullback_forward(pull, p.z, p.condition, 0);
    tbi_pullback_backward(pull, dy, dz);
    assert_true(dz[0] == 5);
    tbi_pullback_free(pull);
    put_away(&p);
}

static void test_repeats(void **state) {
    (void)state;
    Problem p;
    TbPullback *a, *b;
    float first[ROWS * LATENT], second[ROWS * LATENT];
    pose(&p, EXTRA);
    tb_set_threads(2);
    assert_int_equal(tbi_pullback_new(p.vae, ROWS, &a), TB_OK);
    assert_int_equal(tbi_pullback_new(p.vae, ROWS, &b), TB_OK);
    compare(&p, a, ROWS, first);
    compare(&p, b, 3, second);
    compare(&p, b, ROWS, second); /* earlier calls have no influence */
    assert_memory_equal(first, second, sizeof first);
    tbi_pullback_free(a);
    tbi_pullback_free(b);
    put_away(&p);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_forward_and_back, test_no_rows, test_repeats);
}
