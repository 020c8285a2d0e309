/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note network in the model file: it is read as written; damage is detected. */
#include "tests/run_tests.h"
#include "tests/small_notes.h"

#include <math.h>
#include <unistd.h>

enum { LATENT = 6, MOST_TENSORS = 80 };

static char folder[] = "/tmp/timbrel-note-model-XXXXXX", path[64], other[64];

static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model", folder);
    snprintf(other, sizeof other, "%s/damaged", folder);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

static TbModel *model_with_notes(uint64_t seed) {
    TbModel *model = small_model(LATENT);
    assert_int_equal(tb_model_set_notes(model, small_notes(LATENT, seed)), TB_OK);
    return model;
}

static TbModel *again(const TbModel *model, bool half) {
    TbModel *back = NULL;
    assert_int_equal(tb_model_write(model, path, half), TB_OK);
    assert_int_equal(tb_model_read(path, &back), TB_OK);
    return back;
}

/* ---- round trip ---- */

static void test_round_trip(void **state) {
    (void)state;
    for (int half = 0; half < 2; half++) {
        TbModel *model = model_with_notes(5), *back = again(model, half);
        const TbNoteModel *a = tb_model_notes(model), *b = tb_model_notes(back);
        assert_non_null(b);
        assert_memory_equal(a->knob, b->knob, sizeof a->knob);
        assert_memory_equal(a->mean, b->mean, sizeof a->mean);
        assert_memory_equal(a->spread, b->spread, sizeof a->spread);
        assert_memory_equal(a->middle, b->middle, sizeof a->middle);
        assert_memory_equal(a->width, b->width, sizeof a->width);
        assert_memory_equal(a->scale, b->scale, (LATENT + 2) * sizeof *a->scale);
        assert_memory_equal(tb_vae_config(a->net), tb_vae_config(b->net), sizeof(TbVaeConfig));
        const float *x = tb_vae_params(a->net), *y = tb_vae_params(b->net);
        for (size_t i = 0; i < tb_vae_n_params(a->net); i++)
            assert_true(y[i] == (half ? tb_half_to_float(tb_float_to_half(x[i])) : x[i]));
        /* Frames do not depend on the note network, and a sound refers to the frame network. */
        if (!half)
            assert_true(tb_model_fingerprint(model) == tb_model_fingerprint(back));
        float code[TB_CODE_DIM] = {0.5f, -1}, condition[NOTE_CONDITIONS], t[2][NOTE_TABLE_MAX];
        tbi_note_condition(64, 0.8f, true, condition);
        assert_int_equal(tb_vae_decode(a->net, code, condition, 1, t[0]), TB_OK);
        assert_int_equal(tb_vae_decode(b->net, code, condition, 1, t[1]), TB_OK);
        for (int i = 0; i < note_table_size(LATENT); i++)
            assert_true(fabsf(t[0][i] - t[1][i]) <= (half ? 0.02f : 0));
        tb_model_free(model);
        tb_model_free(back);
    }
}

static void test_without_notes(void **state) {
    (void)state;
    for (int half = 0; half < 2; half++) {
        TbModel *model = small_model(LATENT), *back = again(model, half);
        assert_null(tb_model_notes(model));
        assert_null(tb_model_notes(back));
        tb_model_free(model);
        tb_model_free(back);
    }
}

/* Any shape of the network is accepted. */
static void test_other_shape(void **state) {
    (void)state;
    TbModel *model = model_with_notes(6);
    TbNoteModel *notes = malloc(sizeof *notes);
    *notes = *tb_model_notes(model);
    TbVaeConfig c = tbi_note_net_config(LATENT);
    c.encoder_layers = 1, c.encoder_width = 20, c.decoder_layers = 4, c.decoder_width = 28;
    assert_int_equal(tb_vae_new(&c, 3, &notes->net), TB_OK);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    TbModel *back = again(model, false);
    assert_memory_equal(tb_vae_config(tb_model_notes(back)->net), &c, sizeof c);
    assert_memory_equal(tb_vae_params(tb_model_notes(back)->net), tb_vae_params(notes->net),
                        tb_vae_n_params(notes->net) * sizeof(float));
    tb_model_free(model);
    tb_model_free(back);
}

/* ---- damage ---- */

typedef struct {
    TbTensorFile *file;
    size_t n;
    TbTensorView views[MOST_TENSORS];
} Opened;

static void open_model(const TbModel *model, Opened *o) {
    assert_int_equal(tb_model_write(model, path, false), TB_OK);
    assert_int_equal(tb_tensor_file_read(path, &o->file), TB_OK);
    o->n = tb_tensor_file_count(o->file);
    assert_true(o->n < MOST_TENSORS);
    for (size_t i = 0; i < o->n; i++)
        o->views[i] = *tb_tensor_file_at(o->file, i);
}

/* Writes these tensors with the model's own metadata and reads them as a model, which must fail with a message. */
static void refused(const Opened *o, const TbTensorView *views, size_t n) {
    static const char *const keys[] = {"format", "version", "net", "features", "sample_rate", "training"};
    const char *metadata[2 * 6 + 1] = {NULL};
    void *data = NULL;
    size_t size;
    for (int i = 0; i < 6; i++) {
        metadata[2 * i] = keys[i];
        metadata[2 * i + 1] = tb_tensor_file_metadata(o->file, keys[i]);
    }
    assert_int_equal(tb_tensor_file_serialize(views, n, metadata, &data, &size), TB_OK);
    TbModel *model = (TbModel *)1;
    assert_int_equal(tb_model_parse(data, size, &model), TB_ERR_FORMAT);
    assert_null(model);
    assert_true(strcmp(tb_error_text(TB_ERR_FORMAT), tb_status_text(TB_ERR_FORMAT)) != 0);
    free(data);
}

static bool of_notes(const TbTensorView *v) {
    return strncmp(v->name, "note.", 5) == 0;
}

static void test_missing_tensors(void **state) {
    (void)state;
    TbModel *model = model_with_notes(7);
    Opened o;
    int n_tried = 0;
    open_model(model, &o);
    for (size_t i = 0; i < o.n; i++) {
        TbTensorView left[MOST_TENSORS];
        memcpy(left, o.views, i * sizeof *left);
        memcpy(left + i, o.views + i + 1, (o.n - i - 1) * sizeof *left);
        if (of_notes(&o.views[i])) {
            refused(&o, left, o.n - 1);
            n_tried++;
        }
    }
    assert_int_equal(n_tried, tbi_note_model_n_tensors(tb_model_notes(model)));
    tb_tensor_file_free(o.file);
    tb_model_free(model);
}

/* A row too few, an empty row too many, integers. */
static void test_wrong_shapes(void **state) {
    (void)state;
    TbModel *model = model_with_notes(8);
    Opened o;
    open_model(model, &o);
    for (size_t i = 0; i < o.n; i++) {
        TbTensorView *v = &o.views[i], kept = *v;
        if (!of_notes(v))
            continue;
        v->shape[0]--;
        refused(&o, o.views, o.n);
        *v = kept;
        v->n_dims = 1;
        v->shape[0] = 0;
        refused(&o, o.views, o.n);
        *v = kept;
        v->dtype = TB_U8;
        refused(&o, o.views, o.n);
        *v = kept;
    }
    tb_tensor_file_free(o.file);
    tb_model_free(model);
}

/* A note network in a model with too many latents, or with a different number. */
static void test_latents(void **state) {
    (void)state;
    static const int latents[] = {TB_NOTE_LATENTS + 1, LATENT + 1, LATENT - 1, 200};
    TbModel *model = model_with_notes(9);
    Opened o;
    open_model(model, &o);
    for (size_t i = 0; i < sizeof latents / sizeof *latents; i++) {
        TbModel *large = small_model(latents[i]);
        Opened l;
        assert_int_equal(tb_model_write(large, other, false), TB_OK);
        open_model(large, &l);
        for (size_t k = 0; k < o.n; k++)
            if (of_notes(&o.views[k]))
                l.views[l.n++] = o.views[k];
        refused(&l, l.views, l.n);
        tb_tensor_file_free(l.file);
        tb_model_free(large);
    }
    tb_tensor_file_free(o.file);
    tb_model_free(model);
}

/* All shapes are consistent, but there are too many latents. */
static void test_too_many_latents(void **state) {
    (void)state;
    TbModel *model = small_model(TB_NOTE_LATENTS + 1), *back = NULL;
    TbNoteModel *notes = calloc(2, sizeof *notes); /* larger than one model: its tables are read past their end */
    TbVaeConfig c = tbi_note_net_config(TB_NOTE_LATENTS + 1);
    c.encoder_width = c.decoder_width = 20;
    assert_int_equal(tb_vae_new(&c, 1, &notes->net), TB_OK);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    assert_int_equal(tb_model_write(model, path, false), TB_OK);
    assert_int_equal(tb_model_read(path, &back), TB_ERR_FORMAT);
    assert_null(back);
    tb_model_free(model);
}

/* ---- knobs ---- */

static void test_knob_shown(void **state) {
    (void)state;
    TbNoteModel *notes = small_notes(LATENT, 11);
    for (int k = 0; k < TB_KNOBS; k++) {
        for (int i = 0; i < TB_KNOB_POINTS; i++)
            notes->knob[k][i] = (float)(k + 1) * (float)i;
        for (float at = -2; at <= 2; at += 0.125f) { /* displayed values: any scale, but increasing */
            float shown = tb_knob_display(notes, k, at), value = (float)(k + 1) * (at + 2) * 2;
            assert_true(fabsf(shown - tb_attribute_display(k, value)) <= 1e-4f * fabsf(shown) + 1e-5f);
        }
        assert_true(tb_knob_display(notes, k, -9) == tb_knob_display(notes, k, -2));
        assert_true(tb_knob_display(notes, k, 9) == tb_knob_display(notes, k, 2));
    }
    tb_note_model_free(notes);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_round_trip, test_without_notes, test_other_shape, test_missing_tensors,
                     test_wrong_shapes, test_latents, test_too_many_latents, test_knob_shown);
}
