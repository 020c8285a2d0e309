/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The losses of the note network: of tables, of the order of knobs, of their covariance with the rest of the code.
 * Their gradients match central differences, and they vanish at the optimum. */
#include "tests/central_difference.h"
#include "tests/run_tests.h"
#include "train/note_set.h"

enum { LATENT = 5, WIDTH = LATENT + 2, N = 3, WEIGHTS = NOTE_POINTS + NOTE_MOD_POINTS, CODES = 12 };
#define BOUND 1e-3

/* ---- tables ---- */

typedef struct {
    float *y, *target, *weight, scale[WIDTH];
    size_t size;
} Tables;

static Tables tables_new(void) {
    Tables t = {.size = (size_t)note_table_size(LATENT)};
    tb_rng_seed(&rng, 21);
    t.y = draw(N * t.size);
    t.target = draw(N * t.size);
    t.weight = draw(N * WEIGHTS);
    for (size_t i = 0; i < N * t.size; i++)
        t.y[i] = t.target[i] + 0.4f * t.y[i]; /* errors in the quadratic and in the linear range */
    for (size_t i = 0; i < N * WEIGHTS; i++)
        t.weight[i] = i % 7 == 0 ? 0 : fabsf(t.weight[i]);
    for (int k = 0; k < WIDTH; k++)
        t.scale[k] = 0.2f + 0.3f * (float)k;
    return t;
}

static void tables_free(Tables *t) {
    free(t->y), free(t->target), free(t->weight);
}

static double loss_of(const Tables *t, float *dy) {
    return tbi_note_loss(t->scale, LATENT, t->y, t->target, t->weight, N, dy);
}

static void test_gradient(void **state) {
    (void)state;
    Tables t = tables_new();
    float *dy = calloc(N * t.size, sizeof *dy);
    double loss = loss_of(&t, dy), error = 0, size = 0;
    assert_true(loss > 0 && fabs(loss - loss_of(&t, NULL)) == 0);
    size_t n_numbers = 0;
    for (size_t i = 0; i < N * t.size; i++) {
        const float h = 0.004f, kept = t.y[i];
        t.y[i] = kept + h;
        double up = loss_of(&t, NULL), width = t.y[i];
        t.y[i] = kept - h;
        double down = loss_of(&t, NULL);
        width -= (double)t.y[i];
        t.y[i] = kept;
        double slope = (up - down) / width, e = slope - (double)dy[i];
        n_numbers += dy[i] != 0;
        assert_true(dy[i] != 0 || fabs(slope) < 1e-12);
        error += e * e;
        size += slope * slope;
    }
    print_message("gradient error %.1e; %zu of %zu numbers count\n", sqrt(error / size), n_numbers, N * t.size);
    assert_true(sqrt(error / size) < BOUND);
    assert_true(n_numbers > N * t.size * 3 / 4); /* those with weight */
    free(dy);
    tables_free(&t);
}

static void test_adds(void **state) {
    (void)state;
    Tables t = tables_new();
    float *once = calloc(N * t.size, sizeof *once), *twice = calloc(N * t.size, sizeof *twice);
    loss_of(&t, once);
    loss_of(&t, twice);
    loss_of(&t, twice);
    for (size_t i = 0; i < N * t.size; i++)
        assert_true(fabsf(twice[i] - 2 * once[i]) < 1e-6f);
    free(once), free(twice);
    tables_free(&t);
}

static void test_nothing_to_mend(void **state) {
    (void)state;
    Tables t = tables_new();
    float *dy = calloc(N * t.size, sizeof *dy);
    memcpy(t.y, t.target, N * t.size * sizeof *t.y);
    assert_true(loss_of(&t, dy) == 0);
    for (size_t i = 0; i < N * t.size; i++)
        assert_true(dy[i] == 0);
    free(dy);
    tables_free(&t);
}

/* The mean over notes: all count equally, and large errors count linearly. */
static void test_mean(void **state) {
    (void)state;
    Tables t = tables_new();
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += tbi_note_loss(t.scale, LATENT, t.y + i * t.size, t.target + i * t.size, t.weight + i * WEIGHTS, 1, NULL);
    assert_true(fabs(sum / N - loss_of(&t, NULL)) < 1e-5 * sum);
    double lost[3];
    for (int far = 0; far < 3; far++) {
        for (size_t i = 0; i < N * t.size; i++)
            t.y[i] = t.target[i] + 100 * (float)(far + 1);
        lost[far] = loss_of(&t, NULL);
    }
    assert_true(fabs(lost[2] - 2 * lost[1] + lost[0]) < 1e-4 * lost[0]);
    tables_free(&t);
}

/* Unknown time points do not count, except that a held note must stay audible. */
static void test_unknown(void **state) {
    (void)state;
    Tables t = tables_new();
    float *dy = calloc(N * t.size, sizeof *dy);
    memset(t.weight, 0, N * WEIGHTS * sizeof *t.weight);
    loss_of(&t, dy);
    for (size_t i = 0; i < N * t.size; i++) {
        size_t at = i % t.size;
        bool loudness = at < NOTE_HELD_POINTS * WIDTH && at % WIDTH == LATENT;
        assert_true((dy[i] != 0) == loudness);
    }
    free(dy);
    tables_free(&t);
}

/* ---- knobs ---- */

typedef struct {
    NoteSet set;
    NoteItem items[CODES];
    float knob[CODES][TB_KNOBS];
    size_t source[CODES];
} Knobs;

/* Notes of 7 instruments, two of them drums; some knobs of different instruments are equal. */
static void knobs_new(Knobs *k) {
    tb_rng_seed(&rng, 22);
    *k = (Knobs){.set = {.latent = LATENT, .n = CODES, .n_instruments = 7}};
    for (size_t i = 0; i < CODES; i++) {
        k->items[i].instrument = i / 2 < 7 ? i / 2 : 6;
        k->items[i].pitched = k->items[i].instrument >= 2;
        k->source[i] = (5 * i + 3) % CODES;
    }
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < TB_KNOBS; j++)
            k->knob[i][j] = i == 4 ? k->knob[3][j] : tb_rng_normal(&rng);
    k->set.items = k->items;
    k->set.knob = k->knob;
}

static void test_order_gradient(void **state) {
    (void)state;
    Knobs k;
    knobs_new(&k);
    float *mu = draw(CODES * TB_CODE_DIM), *dmu = calloc(CODES * TB_CODE_DIM, sizeof *dmu), unread[CODES * TB_CODE_DIM];
    for (size_t i = 0; i < CODES * TB_CODE_DIM; i++)
        mu[i] *= 0.3f; /* where tanh still has a slope */
    double loss = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, dmu), error = 0, size = 0;
    assert_true(loss > 0);
    for (size_t i = 0; i < CODES * TB_CODE_DIM; i++) {
        const float h = 1e-3f, kept = mu[i];
        mu[i] = kept + h;
        double up = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, unread), width = mu[i];
        mu[i] = kept - h;
        double down = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, unread);
        width -= (double)mu[i];
        mu[i] = kept;
        double slope = (up - down) / width, e = slope - (double)dmu[i];
        if (i % TB_CODE_DIM >= TB_KNOBS)
            assert_true(dmu[i] == 0 && slope == 0); /* the rest of the code is unconstrained */
        error += e * e;
        size += slope * slope;
    }
    print_message("gradient error %.1e\n", sqrt(error / size));
    assert_true(sqrt(error / size) < BOUND);
    free(mu), free(dmu);
}

/* In order and at the right values the loss is nearly zero; in reverse order it is large; drums and pitched notes
 * are ordered separately. */
static void test_order(void **state) {
    (void)state;
    Knobs k;
    knobs_new(&k);
    float mu[CODES * TB_CODE_DIM] = {0}, dmu[CODES * TB_CODE_DIM] = {0};
    double lost[3];
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < TB_KNOBS; j++)
            k.knob[i][j] = (float)(i == 4 ? 3 : i); /* far from each other */
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < CODES; i++)
            for (size_t j = 0; j < TB_KNOBS; j++)
                mu[i * TB_CODE_DIM + j] = (way ? -1.0f : 1.0f) * k.knob[k.items[k.source[i]].instrument][j];
        lost[way] = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, dmu);
    }
    assert_true(lost[0] < 1e-2 && lost[1] > 10);
    for (size_t i = 0; i < CODES; i++) { /* each kind in order, drums above all others */
        bool drum = !k.items[k.source[i]].pitched;
        for (size_t j = 0; j < TB_KNOBS; j++)
            mu[i * TB_CODE_DIM + j] = k.knob[k.items[k.source[i]].instrument][j] + (drum ? 20 : 0);
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < TB_KNOBS; j++)
            k.knob[i][j] += 20;
    lost[2] = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, dmu);
    for (size_t i = 0; i < CODES; i++)
        k.items[i].pitched = true;
    assert_true(lost[2] < 1e-2);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < TB_KNOBS; j++)
            k.knob[i][j] -= 40; /* now they would be in the wrong order relative to drums */
    double mixed = tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, dmu);
    for (size_t i = 0; i < CODES; i++)
        k.items[i].pitched = k.items[i].instrument >= 2;
    assert_true(tbi_knob_order_loss(&k.set, k.source, NULL, CODES, mu, dmu) < mixed - 0.5);
}

/* ---- covariance of knobs and the rest ---- */

static double shared(const double *mu, const void *context) {
    double mean[TB_CODE_DIM] = {0}, sum = 0;
    (void)context;
    for (int i = 0; i < CODES * TB_CODE_DIM; i++)
        mean[i % TB_CODE_DIM] += mu[i] / CODES;
    for (int a = 0; a < TB_KNOBS; a++) {
        for (int b = TB_KNOBS; b < TB_CODE_DIM; b++) {
            double c = 0;
            for (int i = 0; i < CODES; i++)
                c += (mu[i * TB_CODE_DIM + a] - mean[a]) * (mu[i * TB_CODE_DIM + b] - mean[b]) / CODES;
            sum += c * c;
        }
    }
    return sum;
}

static void test_apart(void **state) {
    (void)state;
    tb_rng_seed(&rng, 23);
    float *mu = draw(CODES * TB_CODE_DIM), *dmu = calloc(CODES * TB_CODE_DIM, sizeof *dmu);
    tbi_knob_decorrelation_loss(CODES, mu, dmu);
    float weight = 0.3f; /* knob_loss.c: COVARIANCE_WEIGHT */
    for (int i = 0; i < CODES * TB_CODE_DIM; i++)
        dmu[i] /= weight;
    assert_true(check("knobs_keep_apart", shared, NULL, mu, dmu, CODES * TB_CODE_DIM) < GRADIENT_BOUND);
    /* Gradient descent reduces the covariance. */
    double before[CODES * TB_CODE_DIM], first = 0, last = 0;
    for (int step = 0; step < 300; step++) {
        memset(dmu, 0, CODES * TB_CODE_DIM * sizeof *dmu);
        tbi_knob_decorrelation_loss(CODES, mu, dmu);
        for (int i = 0; i < CODES * TB_CODE_DIM; i++) {
            before[i] = mu[i];
            mu[i] -= 0.5f * dmu[i];
        }
        last = shared(before, NULL);
        first = step == 0 ? last : first;
    }
    print_message("covariance squared: %.3f to %.5f\n", first, last);
    assert_true(last < 0.02 * first);
    free(mu), free(dmu);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_gradient, test_adds, test_mean, test_nothing_to_mend, test_unknown,
                     test_order_gradient, test_order, test_apart);
}
