/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each loss of vae/ against a slow reference in double, and its gradient against central differences of the
 * reference. */
#include "tests/central_difference.h"
#include "tests/run_tests.h"
#include "timbrel/vae.h"
#include "vae/training.h"

enum { N = 9 };
#define INAUDIBLE 0.05 /* the weight of errors below the threshold, as in vae.h */

enum { COLUMNS = 40 }; /* group at 3..22, its levels at 0..19 for TB_COLUMN_WEIGHTED */
typedef struct {
    TbColumns groups[2];
    size_t n_groups;
    const float *target, *threshold;
} Recon;

static double huber(double e) {
    return fabs(e) < 1 ? e * e : 2 * fabs(e) - 1;
}

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
                double low = r->threshold ? r->threshold[at] : 0;
                double audible = huber(20 * (t > low ? e : fmax(y[at] - low, 0))), plain = huber(20 * e);
                double w = low >= 1.5 ? 0 : 0.15 + fmax(t, low);
                sum += w * ((1 - INAUDIBLE) * audible + INAUDIBLE * plain);
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
    for (int i = 0; i < N * COLUMNS; i++) { /* small and large errors */
        y[i] = r->target[i] + 0.1f * y[i];
        exact[i] = y[i];
    }
    memcpy(before, dy, N * COLUMNS * sizeof *dy);
    TbColumns groups[2];
    memcpy(groups, r->groups, sizeof groups);
    if (r->n_groups == 2)
        groups[0].weight = 0;
    double loss = tbi_recon_loss(groups, r->n_groups, COLUMNS, y, r->target, r->threshold, N, dy, parts);
    double twin = recon_of(exact, r);
    for (int i = 0; i < N * COLUMNS; i++)
        dy[i] -= before[i]; /* gradients accumulate */
    print_message("%-28s loss %.6f, twin %.6f\n", name, loss, twin);
    assert_true(fabs(loss - twin) < 1e-5 * twin);
    assert_true(fabs(parts[r->n_groups - 1] * groups[r->n_groups - 1].weight - twin) < 1e-5 * twin);
    assert_true(tbi_recon_loss(groups, r->n_groups, COLUMNS, y, r->target, r->threshold, N, NULL, NULL) == loss);
    assert_true(check(name, recon_of, r, y, dy, N * COLUMNS) < GRADIENT_BOUND);
    free(y), free(dy), free(before);
}

static void test_recon(void **state) {
    (void)state;
    float *target = draw(N * COLUMNS), *threshold = draw(N * COLUMNS);
    for (int i = 0; i < N * COLUMNS;
         i++) { /* thresholds far below, near and above the target, some above the range of y */
        target[i] = tb_rng_uniform(&rng) * 1.15f;
        threshold[i] = threshold[i] < -1 ? 2 : threshold[i] < -0.5f ? 0 : tb_rng_uniform(&rng) * 1.4f;
        if (i / COLUMNS == 2) /* excluded */
            threshold[i] = 1.6f + 0.4f * tb_rng_uniform(&rng);
    }
    Recon r = {.n_groups = 1, .target = target};
    r.groups[0] = (TbColumns){"group", TB_COLUMN_LEVEL, 3, 20, 0.7f, 0};
    check_recon("levels", &r);
    r.threshold = threshold;
    check_recon("levels, with floors", &r);
    r.groups[0].kind = TB_COLUMN_PLAIN;
    check_recon("plain", &r);
    r.n_groups = 2;
    r.groups[0] = (TbColumns){"levels", TB_COLUMN_LEVEL, 0, 17, 1, 0};
    r.groups[1] = (TbColumns){"ratios", TB_COLUMN_WEIGHTED, 20, 17, 0.3f, 0};
    check_recon("weighted by levels", &r);
    free(target), free(threshold);
}

/* Inaudible errors have neither loss nor gradient, except for their small weight. */
static void test_inaudible(void **state) {
    (void)state;
    static const struct {
        double audible, plain, audible_slope, plain_slope; /* for the two errors of one column */
        float target, threshold, y;
    } cases[] = {
        {0.16, 0.16, 16, 16, 0.5f, 0, 0.52f},       /* all is audible: e = 0.4 */
        {0, 0.16, 0, 16, 0.5f, 0.6f, 0.52f},        /* both are below the threshold */
        {0.16, 3.8, 16, 40, 0.5f, 0.6f, 0.62f},     /* only y is above it, e = 0.4 and 2.4 */
        {0.64, 0.64, -32, -32, 0.6f, 0.58f, 0.56f}, /* only the target is: e = -0.8 */
        {0, 0.16, 0, 16, 0.5f, 1.4f, 0.52f},        /* a threshold that y cannot reach, but not excluded */
        {0, 0, 0, 0, 0.5f, 1.6f, 0.9f},             /* excluded */
        {27, 31, 40, 40, 0.5f, 0.6f, 1.3f},         /* far above: e = 14 and 16 */
    };
    const TbColumns group = {"level", TB_COLUMN_LEVEL, 0, 1, 1, 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float dy = 0;
        double loss = tbi_recon_loss(&group, 1, 1, &cases[i].y, &cases[i].target, &cases[i].threshold, 1, &dy, NULL);
        double wanted = (1 - INAUDIBLE) * cases[i].audible + INAUDIBLE * cases[i].plain;
        double slope = (1 - INAUDIBLE) * cases[i].audible_slope + INAUDIBLE * cases[i].plain_slope;
        print_message("target %.2f, threshold %.2f, y %.2f: loss %.4f of %.4f, slope %.3f of %.3f\n", cases[i].target,
                      cases[i].threshold, cases[i].y, loss, wanted, dy, slope);
        assert_true(fabs(loss - wanted) < 1e-5 * fmax(1, wanted));
        assert_true(fabs((double)dy - slope) < 1e-3);
    }
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
    enum { DIMS = 70 }; /* more than one block of the implementation */
    float *mu = draw(N * DIMS), *logvar = draw(N * DIMS);
    for (int i = 0; i < N * DIMS; i++) /* increasing KL, so that free bits apply to some dims */
        mu[i] *= 0.03f * (float)(i % DIMS), logvar[i] *= 0.5f;
    static const double free_bits[] = {0, 0.3};
    for (int f = 0; f < 2; f++) {
        float dmu[N * DIMS] = {0}, dlogvar[N * DIMS] = {0};
        double exact[N * DIMS];
        Kl kl = {DIMS, 0.7, free_bits[f], mu, logvar, true};
        double loss = tbi_kl_loss(mu, logvar, N, DIMS, kl.beta, kl.free_bits, dmu, dlogvar);
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
        assert_true(f ? n_held > 5 && n_held < DIMS - 5 : n_held <= 1); /* mu of dim 0 is 0 */
    }
    free(mu), free(logvar);
}

int main(void) {
    tb_rng_seed(&rng, 2025);
    return RUN_TESTS(NULL, NULL, test_recon, test_inaudible, test_kl);
}
