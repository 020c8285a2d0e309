/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of the note network on the bundled sounds: bit-reproducible; it learns, continues from an existing
 * network, and keeps its state when cancelled. */
#include "tests/small_notes.h"

#include "tests/bundled_dataset.h"
#include "tests/run_tests.h"
#include "train/note_set.h"

#include <math.h>
#include <stdlib.h>

enum { LATENT = 6, STEPS = 12 };

static const TbNoteTrainOptions defaults = {
    .size = sizeof(TbNoteTrainOptions), .steps = STEPS, .seed = 7, .n_threads = 2};

static TbModel *trained(const TbNoteTrainOptions *options, TbNoteTrainStats *stats) {
    TbModel *model = small_model(LATENT);
    assert_int_equal(tb_train_notes(data, options, NULL, NULL, model, stats), TB_OK);
    assert_non_null(tb_model_notes(model));
    return model;
}

static bool same_weights(const TbModel *a, const TbModel *b) {
    const TbNoteModel *x = tb_model_notes(a), *y = tb_model_notes(b);
    size_t n = tb_vae_n_params(x->net);
    return n == tb_vae_n_params(y->net) && memcmp(tb_vae_params(x->net), tb_vae_params(y->net), n * sizeof(float)) == 0;
}

static bool same_metadata(const TbNoteModel *a, const TbNoteModel *b) {
    return memcmp(a->knob, b->knob, sizeof a->knob) == 0 && memcmp(a->mean, b->mean, sizeof a->mean) == 0 &&
           memcmp(a->spread, b->spread, sizeof a->spread) == 0 && memcmp(a->middle, b->middle, sizeof a->middle) == 0 &&
           memcmp(a->width, b->width, sizeof a->width) == 0 &&
           memcmp(a->scale, b->scale, (LATENT + 2) * sizeof *a->scale) == 0;
}

static void check_finite(const TbNoteModel *notes) {
    for (size_t i = 0; i < tb_vae_n_params(notes->net); i++)
        assert_true(isfinite(tb_vae_params(notes->net)[i]));
    for (int k = 0; k < TB_KNOBS; k++)
        for (int i = 0; i < TB_KNOB_POINTS; i++) /* a knob's attribute increases with it */
            assert_true(isfinite(notes->knob[k][i]) && (i == 0 || notes->knob[k][i] >= notes->knob[k][i - 1]));
    for (int k = 0; k < LATENT + 2; k++)
        assert_true(notes->scale[k] > 0 && isfinite(notes->scale[k]));
    for (int k = 0; k < TB_KNOBS; k++)
        assert_true(notes->width[k] > 0 && isfinite(notes->middle[k]));
}

static void test_repeats(void **state) {
    (void)state;
    TbNoteTrainOptions other = defaults;
    TbNoteTrainStats stats;
    other.seed = 8;
    TbModel *a = trained(&defaults, &stats), *b = trained(&defaults, &stats), *c = trained(&other, &stats);
    assert_true(same_weights(a, b) && same_metadata(tb_model_notes(a), tb_model_notes(b)));
    assert_false(same_weights(a, c));
    assert_int_equal(stats.n_steps, STEPS);
    assert_true(stats.n_notes >= stats.n_instruments && stats.n_instruments > 5 && !stats.interrupted);
    check_finite(tb_model_notes(a));
    tb_model_free(a), tb_model_free(b), tb_model_free(c);
}

/* Training reduces the loss. */
static double loss_of(const TbModel *model) {
    NoteSet set;
    assert_int_equal(tbi_note_cache_build_set(data, model, 0, NULL, NULL, &set), TB_OK);
    const TbNoteModel *notes = tb_model_notes(model);
    float mu[TB_CODE_DIM], table[NOTE_TABLE_MAX];
    double sum = 0;
    for (size_t i = 0; i < set.n; i++) {
        const NoteItem *item = &set.items[i];
        assert_int_equal(tb_vae_encode(notes->net, item->input, 1, mu, NULL), TB_OK);
        assert_int_equal(tb_vae_decode(notes->net, mu, item->condition, 1, table), TB_OK);
        sum += tbi_note_loss(notes->scale, LATENT, table, item->input, item->weight, 1, NULL) / (double)set.n;
    }
    tbi_note_set_free(&set);
    return sum;
}

static void test_learns(void **state) {
    (void)state;
    TbNoteTrainOptions o = defaults;
    TbNoteTrainStats stats;
    o.steps = 1;
    TbModel *start = trained(&o, &stats);
    o.steps = 60;
    TbModel *end = trained(&o, &stats);
    print_message("loss %.3f, %.3f after 60 steps\n", loss_of(start), loss_of(end));
    assert_true(loss_of(end) < 0.7 * loss_of(start));
    tb_model_free(start), tb_model_free(end);
}

/* Knobs and prior are kept; the weights continue from their values. */
static void test_from(void **state) {
    (void)state;
    TbNoteTrainOptions o = defaults;
    TbNoteTrainStats stats;
    TbModel *first = trained(&defaults, &stats);
    TbNoteModel *notes = (TbNoteModel *)(uintptr_t)tb_model_notes(first);
    notes->knob[2][3] += 0.125f; /* a value this data would not give */
    notes->mean[1][4] = 0.25f;
    notes->spread[0][0] = notes->spread[1][0] = 0.5f;
    notes->scale[1] *= 2;
    notes->middle[0] += 1;
    o.from = first;
    o.steps = 1;
    TbModel *next = trained(&o, &stats);
    assert_true(same_metadata(notes, tb_model_notes(next)));
    assert_false(same_weights(first, next));
    double far = 0;
    const float *x = tb_vae_params(notes->net), *y = tb_vae_params(tb_model_notes(next)->net);
    for (size_t i = 0; i < tb_vae_n_params(notes->net); i++)
        far = fmax(far, fabs((double)x[i] - (double)y[i]));
    print_message("weights moved by at most %.1e in one step\n", far);
    assert_true(far < 1e-3);
    tb_model_free(next);
    /* A model without a note network cannot be a starting point. */
    TbModel *bare = small_model(LATENT), *scratch = NULL;
    o.from = bare;
    o.steps = STEPS;
    scratch = trained(&o, &stats);
    assert_true(same_weights(scratch, first));
    tb_model_free(scratch), tb_model_free(bare), tb_model_free(first);
}

/* The initial network keeps its shape; one for another number of latents is rejected with a message. */
static void test_from_other_shape(void **state) {
    (void)state;
    TbNoteTrainOptions o = defaults;
    TbNoteTrainStats stats;
    TbModel *from = small_model(LATENT);
    assert_int_equal(tb_model_set_notes(from, small_notes(LATENT, 3)), TB_OK); /* narrower than the default */
    o.from = from;
    o.steps = 1;
    TbModel *next = trained(&o, &stats);
    assert_memory_equal(tb_vae_config(tb_model_notes(next)->net), tb_vae_config(tb_model_notes(from)->net),
                        sizeof(TbVaeConfig));
    tb_model_free(next), tb_model_free(from);
    from = small_model(LATENT + 1);
    assert_int_equal(tb_model_set_notes(from, small_notes(LATENT + 1, 3)), TB_OK);
    o.from = from;
    next = small_model(LATENT);
    assert_int_equal(tb_train_notes(data, &o, NULL, NULL, next, &stats), TB_ERR_ARGUMENT);
    assert_true(strlen(tb_error_text(TB_ERR_ARGUMENT)) > 50);
    assert_null(tb_model_notes(next));
    tb_model_free(next), tb_model_free(from);
}

/* ---- cancellation ---- */

typedef struct {
    const char *word; /* in the progress message at which to stop */
    int said;
} Stop;

static bool until(void *context, double done, const char *what) {
    Stop *s = context;
    assert_true(done >= 0 && done <= 1);
    bool stop = strstr(what, s->word) != NULL;
    s->said += stop;
    return !stop;
}

static void test_stopped(void **state) {
    (void)state;
    TbNoteTrainOptions o = defaults;
    TbNoteTrainStats stats;
    Stop stop = {"Learning", 0};
    o.steps = 100;
    TbModel *model = small_model(LATENT);
    assert_int_equal(tb_train_notes(data, &o, until, &stop, model, &stats), TB_OK);
    assert_true(stats.interrupted && stop.said == 1 && stats.n_steps > 0 && stats.n_steps < 100);
    assert_non_null(tb_model_notes(model)); /* the state at cancellation */
    check_finite(tb_model_notes(model));
    tb_model_free(model);
}

/* Before any training step, the model's existing state is kept, even if it has none. */
static void test_stopped_early(void **state) {
    (void)state;
    TbNoteTrainStats stats;
    TbModel *model = small_model(LATENT);
    for (int had = 0; had < 2; had++) {
        Stop stop = {"Encoding", 0};
        if (had)
            assert_int_equal(tb_model_set_notes(model, small_notes(LATENT, 3)), TB_OK);
        const TbNoteModel *before = tb_model_notes(model);
        assert_int_equal(tb_train_notes(data, &defaults, until, &stop, model, &stats), TB_OK);
        assert_true(stats.interrupted && stats.n_steps == 0 && stop.said == 1);
        assert_ptr_equal(tb_model_notes(model), before);
    }
    tb_model_free(model);
}

/* ---- no data ---- */

static void test_nothing(void **state) {
    (void)state;
    TbDataset none = {.n_notes = 0};
    TbNoteTrainStats stats;
    TbModel *model = small_model(LATENT);
    assert_int_equal(tb_train_notes(&none, &defaults, NULL, NULL, model, &stats), TB_ERR_EMPTY);
    assert_null(tb_model_notes(model));
    assert_true(strcmp(tb_error_text(TB_ERR_EMPTY), tb_status_text(TB_ERR_EMPTY)) != 0);
    CachedNote *held_out = calloc(data->n_notes, sizeof *held_out); /* all of them held out */
    memcpy(held_out, data->notes, data->n_notes * sizeof *held_out);
    for (size_t i = 0; i < data->n_notes; i++)
        held_out[i].held_out = true;
    none = (TbDataset){.notes = held_out, .n_notes = data->n_notes};
    assert_int_equal(tb_train_notes(&none, &defaults, NULL, NULL, model, &stats), TB_ERR_EMPTY);
    free(held_out);
    tb_model_free(model);
    model = small_model(TB_NOTE_LATENTS + 1);
    assert_int_equal(tb_train_notes(data, &defaults, NULL, NULL, model, &stats), TB_ERR_UNSUPPORTED);
    tb_model_free(model);
}

int main(void) {
    return RUN_TESTS(listen, forget, test_repeats, test_learns, test_from, test_from_other_shape, test_stopped,
                     test_stopped_early, test_nothing);
}
