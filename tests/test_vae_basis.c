/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change of basis of the latents: encoder and decoder use the new basis, and the network is otherwise unchanged. */
#include "tests/run_tests.h"
#include "tests/small_vae.h"
#include "vae/training.h"

enum { N = 5, MIXES = 40 };

/* to := a product of simple matrices with known inverses; back := its inverse. */
static void draw_matrices(uint64_t seed, float *to, float *back) {
    double a[N][N] = {{0}}, b[N][N] = {{0}};
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int i = 0; i < N; i++)
        a[i][i] = b[i][i] = 1;
    for (int n = 0; n < MIXES; n++) {
        int i = (int)(N * tb_rng_uniform(&rng)), j = (int)(N * tb_rng_uniform(&rng));
        double f = 0.6 * (double)tb_rng_normal(&rng), scale = exp(0.3 * (double)tb_rng_normal(&rng));
        for (int k = 0; k < N; k++) {
            a[i][k] = i == j ? scale * a[i][k] : a[i][k] + f * a[j][k];
            if (i == j)
                b[k][i] /= scale;
            else
                b[k][j] -= f * b[k][i];
        }
    }
    for (int k = 0; k < N * N; k++) {
        to[k] = (float)a[k / N][k % N];
        back[k] = (float)b[k / N][k % N];
    }
}

/* y[ROWS][N] = m x */
static void multiply(const float *m, const float *x, float *y) {
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += (double)m[i * N + k] * (double)x[row * N + k];
            y[row * N + i] = (float)sum;
        }
}

/* The maximum difference relative to the maximum value. */
static double apart(const float *x, const float *y, size_t n) {
    double most = 0, size = 1e-9;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)x[i] - (double)y[i]));
        size = fmax(size, fabs((double)x[i]));
    }
    return most / size;
}

static void test_change(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        static Batch batch;
        static float mu[2][ROWS * N], logvar[2][ROWS * N], z[ROWS * N], y[2][ROWS * OUTPUT];
        float to[N * N], back[N * N];
        TbVae *vae = NULL;
        assert_int_equal(tb_vae_new(&small, seed, &vae), TB_OK);
        TbRng rng;
        tb_rng_seed(&rng, seed);
        /* Biases start at zero, where a change of basis would have no effect. */
        for (size_t i = 0; i < tb_vae_n_params(vae); i++)
            tb_vae_params(vae)[i] += 0.1f * tb_rng_normal(&rng);
        fill(&batch, seed);
        draw_matrices(seed, to, back);
        assert_int_equal(tb_vae_encode(vae, batch.x, ROWS, mu[0], logvar[0]), TB_OK);
        assert_int_equal(tb_vae_decode(vae, batch.noise, batch.condition, ROWS, y[0]), TB_OK);

        assert_int_equal(tbi_vae_change_basis(vae, to, back), TB_OK);
        multiply(to, batch.noise, z);
        assert_int_equal(tb_vae_decode(vae, z, batch.condition, ROWS, y[1]), TB_OK);
        double decoded = apart(y[0], y[1], ROWS * OUTPUT);
        multiply(to, mu[0], z);
        assert_int_equal(tb_vae_encode(vae, batch.x, ROWS, mu[1], logvar[1]), TB_OK);
        double encoded = apart(z, mu[1], ROWS * N), moved = apart(mu[0], mu[1], ROWS * N);
        print_message("decoder off by %.1e, encoder by %.1e (moved by %.2f)\n", decoded, encoded, moved);
        assert_true(moved > 0.1);
        assert_true(decoded < 1e-4 && encoded < 1e-4);
        assert_memory_equal(logvar[0], logvar[1], sizeof logvar[0]);
        tb_vae_free(vae);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_change);
}
