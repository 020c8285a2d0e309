/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refinement of latents by gradient steps: no row gets worse, nearly all get much better, and rows of the same call
 * are independent. */
#include "tests/run_tests.h"
#include "tests/small_vae.h"
#include "vae/training.h"

enum { LATENT = 5, MANY = 600 }; /* two full chunks of tbi_vae_refine and a partial one */
#define BETA 0.001

/* A refined row depends on its neighbours only through the rounding of matrix products of other shapes. Register
 * tiles give identical bits; the bounds allow for other processors, and for a step that is narrowly accepted or
 * rejected. */
#define GROUPING_Z 1e-3
#define GROUPING_LOSS 1e-4
/* The loss is measured with tb_vae_decode, whose products round differently. */
#define ROUNDING 1e-5

typedef struct {
    TbVae *vae;
    float *condition, *target, *threshold, *start; /* start: latents some distance from those that give the target */
    double lost[MANY];                             /* loss of every row at the start */
} Problem;

static void *numbers(size_t n) {
    float *x = calloc(n, sizeof *x);
    assert_non_null(x);
    return x;
}

/* Loss of every row, of the decoder's output at z. */
static void measure(const Problem *p, const float *z, double *lost) {
    float *y = numbers(MANY * OUTPUT);
    assert_int_equal(tb_vae_decode(p->vae, z, p->condition, MANY, y), TB_OK);
    for (int i = 0; i < MANY; i++) {
        lost[i] = tbi_recon_loss(groups, N_GROUPS, OUTPUT, y + i * OUTPUT, p->target + i * OUTPUT,
                                 p->threshold ? p->threshold + i * OUTPUT : NULL, 1, NULL, NULL);
        for (int k = 0; k < LATENT; k++)
            lost[i] += BETA / 2 * (double)z[i * LATENT + k] * (double)z[i * LATENT + k];
    }
    free(y);
}

static void pose(Problem *p, int condition_dim, bool floors, float off) {
    TbVaeConfig config = small;
    TbRng rng;
    tb_rng_seed(&rng, 31);
    config.condition_dim = condition_dim;
    assert_int_equal(tb_vae_new(&config, 5, &p->vae), TB_OK);
    /* Scale the last layer to the range of levels, since the loss's clamp has no slope outside. */
    const TbTensor *bias = tb_vae_tensor(p->vae, tb_vae_n_tensors(p->vae) - 1), *weight = bias - 1;
    assert_true(bias->rows == 1 && bias->cols == OUTPUT && weight->rows == OUTPUT);
    for (size_t k = 0; k < bias->cols; k++)
        tb_vae_params(p->vae)[bias->offset + k] = 0.5f;
    for (size_t k = 0; k < weight->rows * weight->cols; k++)
        tb_vae_params(p->vae)[weight->offset + k] *= 0.2f;
    p->condition = condition_dim ? numbers((size_t)(MANY * condition_dim)) : NULL;
    p->target = numbers(MANY * OUTPUT);
    p->threshold = floors ? numbers(MANY * OUTPUT) : NULL;
    p->start = numbers(MANY * LATENT);
    for (int i = 0; i < MANY * condition_dim; i++)
        p->condition[i] = tb_rng_uniform(&rng);
    for (int i = 0; i < MANY * LATENT; i++)
        p->start[i] = tb_rng_normal(&rng);
    assert_int_equal(tb_vae_decode(p->vae, p->start, p->condition, MANY, p->target), TB_OK);
    for (int i = 0; floors && i < MANY * OUTPUT; i++)
        p->threshold[i] = tb_rng_uniform(&rng) < 0.2f ? 2 : 0.5f * tb_rng_uniform(&rng);
    for (int i = 0; i < MANY * LATENT; i++)
        p->start[i] += off * tb_rng_normal(&rng);
    measure(p, p->start, p->lost);
}

static void put_away(Problem *p) {
    tb_vae_free(p->vae);
    free(p->condition), free(p->target), free(p->threshold), free(p->start);
}

/* Refines a copy of the start, with at most `together` rows per call. */
static float *refined(const Problem *p, int steps, int together) {
    float *z = numbers(MANY * LATENT);
    int extra = tb_vae_config(p->vae)->condition_dim;
    memcpy(z, p->start, MANY * LATENT * sizeof *z);
    for (int i = 0; i < MANY; i += together)
        assert_int_equal(
            tbi_vae_refine(p->vae, groups, N_GROUPS, p->target + i * OUTPUT,
                           p->threshold ? p->threshold + i * OUTPUT : NULL, extra ? p->condition + i * extra : NULL,
                           (size_t)(MANY - i < together ? MANY - i : together), steps, BETA, z + i * LATENT),
            TB_OK);
    return z;
}

static void test_no_row_gets_worse(void **state) {
    (void)state;
    static const struct {
        int condition_dim;
        bool floors;
        float off; /* distance of the start, per dimension */
        int steps;
        double left; /* maximum share of the loss that may remain */
    } cases[] = {
        {2, true, 0.3f, 1, 0.8},  {2, true, 0.3f, 10, 0.1},  {2, true, 0.3f, 40, 0.05}, {2, false, 0.3f, 10, 0.1},
        {0, true, 0.3f, 10, 0.1}, {0, false, 0.3f, 10, 0.1}, {2, true, 3, 10, 0.75},    {2, false, 0, 10, 1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        Problem p;
        pose(&p, cases[c].condition_dim, cases[c].floors, cases[c].off);
        double lost[MANY], before = 0, after = 0, worst = -INFINITY;
        float *z = refined(&p, cases[c].steps, MANY);
        measure(&p, z, lost);
        int n_moved = 0;
        for (int i = 0; i < MANY; i++) {
            assert_true(isfinite(lost[i]));
            before += p.lost[i] / MANY, after += lost[i] / MANY;
            worst = fmax(worst, (lost[i] - p.lost[i]) / (p.lost[i] + 1e-3));
            n_moved += memcmp(z + i * LATENT, p.start + i * LATENT, LATENT * sizeof *z) != 0;
        }
        print_message("condition %d, floors %d, off by %.1f: loss %.4f -> %.4f in %2d steps; %d rows moved; worst row "
                      "%+.1e\n",
                      cases[c].condition_dim, cases[c].floors, (double)cases[c].off, before, after, cases[c].steps,
                      n_moved, worst);
        assert_true(worst < ROUNDING);
        assert_true(after <= cases[c].left * before);
        free(z);
        put_away(&p);
    }
}

/* Iterations do not depend on their total number, and the best is kept: more cannot be worse. */
static void test_more_steps_are_not_worse(void **state) {
    (void)state;
    Problem p;
    pose(&p, 2, true, 1);
    double last[MANY], lost[MANY];
    memcpy(last, p.lost, sizeof last);
    for (int steps = 1; steps <= 16; steps++) {
        float *z = refined(&p, steps, MANY);
        measure(&p, z, lost);
        for (int i = 0; i < MANY; i++)
            assert_true(lost[i] <= last[i] * (1 + ROUNDING) + 1e-7);
        memcpy(last, lost, sizeof last);
        free(z);
    }
    put_away(&p);
}

static void test_no_steps(void **state) {
    (void)state;
    Problem p;
    pose(&p, 2, true, 0.3f);
    float *z = refined(&p, 0, MANY);
    assert_memory_equal(z, p.start, MANY * LATENT * sizeof *z);
    assert_int_equal(tbi_vae_refine(p.vae, groups, N_GROUPS, p.target, p.threshold, p.condition, 0, 10, BETA, z),
                     TB_OK);
    assert_memory_equal(z, p.start, MANY * LATENT * sizeof *z);
    free(z);
    put_away(&p);
}

static void test_repeats(void **state) {
    (void)state;
    Problem p;
    pose(&p, 2, true, 0.3f);
    float *a = refined(&p, 10, MANY), *b = refined(&p, 10, MANY);
    assert_memory_equal(a, b, MANY * LATENT * sizeof *a);
    assert_memory_not_equal(a, p.start, MANY * LATENT * sizeof *a);
    free(a), free(b);
    put_away(&p);
}

static void test_grouping(void **state) {
    (void)state;
    static const int sizes[] = {1, 2, 7, 100, 255, 256, 257, 512};
    for (int floors = 0; floors < 2; floors++) {
        Problem p;
        pose(&p, 2, floors, 0.3f);
        float *whole = refined(&p, 10, MANY);
        double lost_whole[MANY], lost[MANY];
        measure(&p, whole, lost_whole);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            float *z = refined(&p, 10, sizes[s]);
            measure(&p, z, lost);
            double off = 0, worse = 0;
            int n_other = 0;
            for (int i = 0; i < MANY; i++) {
                for (int k = i * LATENT; k < (i + 1) * LATENT; k++)
                    off = fmax(off, fabs((double)z[k] - (double)whole[k]));
                worse = fmax(worse, fabs(lost[i] - lost_whole[i]) / p.lost[i]);
                n_other += memcmp(z + i * LATENT, whole + i * LATENT, LATENT * sizeof *z) != 0;
            }
            print_message("%3d rows a call: %3d rows differ, z by at most %.1e, loss by %.1e of the first\n", sizes[s],
                          n_other, off, worse);
            assert_true(off < GROUPING_Z);
            assert_true(worse < GROUPING_LOSS);
            free(z);
        }
        free(whole);
        put_away(&p);
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_no_row_gets_worse, test_more_steps_are_not_worse, test_no_steps, test_repeats,
                     test_grouping);
}
