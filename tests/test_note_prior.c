/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The prior has the mean and the covariance of the codes of the instruments, each weighted by its number of notes. */
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "train/note_set.h"

#include <math.h>

enum { LATENT = 4, NOTES = 9, MANY = 60, FEW = 20 };

/* `n` instruments of each kind, every third with NOTES notes, the others with one; each has a different encoding. */
typedef struct {
    NoteSet set;
    NoteItem items[2 * MANY * NOTES];
    size_t first[2 * MANY + 1];
    float *inputs;
} Instruments;

static Instruments *instruments_new(const size_t n[2]) {
    size_t inputs = (size_t)note_inputs(LATENT);
    Instruments *in = malloc(sizeof *in);
    TbRng rng;
    tb_rng_seed(&rng, 3);
    *in = (Instruments){.set = {.latent = LATENT, .items = in->items, .first = in->first}};
    in->inputs = malloc(2 * MANY * NOTES * inputs * sizeof *in->inputs);
    fill_normal(&rng, in->inputs, 2 * MANY * NOTES * inputs);
    for (int pitched = 0; pitched < 2; pitched++) {
        for (size_t i = 0; i < n[pitched]; i++) {
            in->first[in->set.n_instruments] = in->set.n;
            for (size_t j = 0; j < (i % 3 ? 1 : NOTES); j++) {
                size_t at = in->set.n++;
                in->items[at] = (NoteItem){
                    .instrument = in->set.n_instruments, .pitched = pitched, .input = in->inputs + at * inputs};
                in->items[at].input[0] += 3 * (float)pitched; /* so that both kinds differ */
                in->items[at].input[1] += i % 3 ? 0 : 4;      /* and large instruments from small ones */
            }
            in->set.n_instruments++;
        }
    }
    in->first[in->set.n_instruments] = in->set.n;
    return in;
}

static void drop(Instruments *in, TbNoteModel *notes) {
    free(in->inputs), free(in);
    tb_note_model_free(notes);
}

/* The mean of the encodings of its notes; returns their number. */
static double code_of(const Instruments *in, const TbNoteModel *notes, size_t instrument, double *code) {
    double n = (double)(in->first[instrument + 1] - in->first[instrument]);
    memset(code, 0, TB_CODE_DIM * sizeof *code);
    for (size_t j = in->first[instrument]; j < in->first[instrument + 1]; j++) {
        float mu[TB_CODE_DIM];
        assert_int_equal(tb_vae_encode(notes->net, in->items[j].input, 1, mu, NULL), TB_OK);
        for (int k = 0; k < TB_CODE_DIM; k++)
            code[k] += (double)mu[k] / n;
    }
    return n;
}

static void check_prior(const Instruments *in, const TbNoteModel *notes, int pitched, size_t begin, size_t n) {
    double mean[TB_CODE_DIM] = {0}, covariance[TB_CODE_DIM][TB_CODE_DIM] = {{0}}, code[MANY][TB_CODE_DIM];
    double weight[MANY], all = (double)(in->first[begin + n] - in->first[begin]);
    const float *spread = notes->spread[pitched];
    for (size_t i = 0; i < n; i++) {
        weight[i] = code_of(in, notes, begin + i, code[i]) / all;
        for (int k = 0; k < TB_CODE_DIM; k++)
            mean[k] += weight[i] * code[i][k];
    }
    double error = 0, size = 0, differ = 0;
    for (int a = 0; a < TB_CODE_DIM; a++) {
        assert_true(fabs(mean[a] - (double)notes->mean[pitched][a]) < 1e-4);
        differ = fmax(differ, fabs((double)notes->mean[0][a] - (double)notes->mean[1][a]));
        for (int b = 0; b < TB_CODE_DIM; b++) {
            double product = 0;
            for (size_t i = 0; i < n; i++)
                covariance[a][b] += weight[i] * (code[i][a] - mean[a]) * (code[i][b] - mean[b]);
            for (int k = 0; k < TB_CODE_DIM; k++)
                product += (double)spread[a * TB_CODE_DIM + k] * (double)spread[b * TB_CODE_DIM + k];
            covariance[a][b] += a == b ? 1e-3 : 0;                   /* regularisation */
            assert_true(b <= a || spread[a * TB_CODE_DIM + b] == 0); /* lower triangular */
            error += (product - covariance[a][b]) * (product - covariance[a][b]);
            size += covariance[a][b] * covariance[a][b];
        }
    }
    print_message("covariance off by %.2e; means apart by %.3f\n", sqrt(error / size), differ);
    assert_true(sqrt(error / size) < 1e-3);
}

static void test_many(void **state) {
    (void)state;
    Instruments *in = instruments_new((const size_t[2]){MANY - 7, MANY});
    TbNoteModel *notes = small_notes(LATENT, 4);
    assert_int_equal(tbi_note_prior(&in->set, notes, false), TB_OK);
    check_prior(in, notes, 0, 0, MANY - 7);
    check_prior(in, notes, 1, MANY - 7, MANY);
    drop(in, notes);
}

/* With few instruments the covariance is not estimated: the prior is a standard normal, as in the KL loss. */
static void test_few(void **state) {
    (void)state;
    static const size_t n[][2] = {{FEW, MANY}, {MANY, FEW}, {0, 1}};
    for (int c = 0; c < 3; c++) {
        Instruments *in = instruments_new(n[c]);
        TbNoteModel *notes = NULL;
        assert_int_equal(tbi_note_model_new(LATENT, 4, &notes), TB_OK);
        assert_int_equal(tbi_note_prior(&in->set, notes, false), TB_OK);
        for (int pitched = 0; pitched < 2; pitched++) {
            for (int i = 0; n[c][pitched] < MANY && i < TB_CODE_DIM * TB_CODE_DIM; i++)
                assert_true(notes->spread[pitched][i] == (i % (TB_CODE_DIM + 1) == 0));
            for (int i = 0; n[c][pitched] < MANY && i < TB_CODE_DIM; i++)
                assert_true(notes->mean[pitched][i] == 0);
            if (n[c][pitched] == MANY)
                check_prior(in, notes, pitched, pitched ? n[c][0] : 0, MANY);
        }
        drop(in, notes);
    }
}

/* Nine instruments with one note count as much as one with nine. */
static void test_counts_notes(void **state) {
    (void)state;
    Instruments *in = instruments_new((const size_t[2]){0, MANY});
    TbNoteModel *notes = small_notes(LATENT, 6);
    assert_int_equal(tbi_note_prior(&in->set, notes, false), TB_OK);
    double whole[TB_CODE_DIM] = {0}, single[TB_CODE_DIM] = {0}, code[TB_CODE_DIM], differ = 0;
    for (size_t i = 0; i < MANY; i++) {
        double *sum = code_of(in, notes, i, code) > 1 ? whole : single;
        for (int k = 0; k < TB_CODE_DIM; k++)
            sum[k] += code[k];
    }
    for (int k = 0; k < TB_CODE_DIM; k++) {
        double mean = (NOTES * whole[k] + single[k]) / (double)in->set.n;
        differ = fmax(differ, fabs(mean - (whole[k] + single[k]) / MANY));
        assert_true(fabs(mean - (double)notes->mean[1][k]) < 1e-4);
    }
    print_message("means apart by %.3f\n", differ);
    assert_true(differ > 0.05); /* from the result with equal weights */
    drop(in, notes);
}

static void test_kept(void **state) {
    (void)state;
    Instruments *in = instruments_new((const size_t[2]){MANY, MANY});
    TbNoteModel *notes = small_notes(LATENT, 5);
    TbNoteModel before = *notes;
    assert_int_equal(tbi_note_prior(&in->set, notes, true), TB_OK);
    assert_memory_equal(before.mean, notes->mean, sizeof before.mean);
    assert_memory_equal(before.spread, notes->spread, sizeof before.spread);
    drop(in, notes);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_many, test_few, test_counts_notes, test_kept);
}
