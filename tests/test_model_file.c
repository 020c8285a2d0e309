/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of several models of music: merged, each read back as it was, found by name; what is refused, and how. */
#include "melody/model.h"
#include "rhythm/model.h"
#include "tests/run_tests.h"
#include "tests/small_melodies.h"
#include "tests/small_rhythms.h"

static TbRhythmModel *rhythm;
static TbMelodyModel *melody;
static TbPrintedModels one[2]; /* of each */

static void draw(float *x, size_t n) {
    TbRng rng;
    tb_rng_seed(&rng, n);
    for (size_t i = 0; i < n; i++)
        x[i] = tb_half_to_float(tb_float_to_half(tb_rng_normal(&rng)));
}

static int setup(void **state) {
    (void)state;
    void *data;
    if (tbi_rhythm_model_new(&small_rhythm_sizes, &rhythm) || tbi_melody_model_new(&small_melody_sizes, &melody))
        return -1;
    draw(rhythm->params, rhythm->table.n_params);
    draw(rhythm->facts.slab, rhythm->facts.table.n_params);
    draw(melody->params, melody->at.table.n_params);
    draw(melody->facts.slab, melody->facts.table.n_params);
    if (tb_rhythm_model_print(rhythm, &data, &one[0].n_bytes))
        return -1;
    one[0].data = data;
    if (tb_melody_model_print(melody, &data, &one[1].n_bytes))
        return -1;
    one[1].data = data;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_rhythm_model_free(rhythm);
    tb_melody_model_free(melody);
    free((void *)one[0].data);
    free((void *)one[1].data);
    return 0;
}

static void assert_same(const TbRhythmModel *r, const TbMelodyModel *m) {
    assert_memory_equal(&r->sizes, &rhythm->sizes, sizeof r->sizes);
    assert_memory_equal(r->params, rhythm->params, r->table.n_params * sizeof(float));
    assert_memory_equal(r->facts.slab, rhythm->facts.slab, r->facts.table.n_params * sizeof(float));
    assert_memory_equal(&m->sizes, &melody->sizes, sizeof m->sizes);
    assert_memory_equal(m->params, melody->params, m->at.table.n_params * sizeof(float));
    assert_memory_equal(m->facts.slab, melody->facts.slab, m->facts.table.n_params * sizeof(float));
}

static void test_merged(void **state) {
    (void)state;
    void *data, *again;
    size_t n, n_again;
    TbRhythmModel *r;
    TbMelodyModel *m;
    assert_int_equal(tbi_models_merge(one, 2, &data, &n), TB_OK);
    print_message("%zu and %zu bytes, merged %zu\n", one[0].n_bytes, one[1].n_bytes, n);
    assert_true(n < one[0].n_bytes + one[1].n_bytes);
    assert_int_equal(tb_rhythm_model_parse(data, n, &r), TB_OK);
    assert_int_equal(tb_melody_model_parse(data, n, &m), TB_OK);
    assert_same(r, m);
    tb_rhythm_model_free(r);
    tb_melody_model_free(m);
    const TbPrintedModels whole = {data, n};
    assert_int_equal(tbi_models_merge(&whole, 1, &again, &n_again), TB_OK);
    assert_true(n_again == n && memcmp(again, data, n) == 0);
    free(again);
    for (int i = 0; i < 3; i++) { /* in each file alone, and in both */
        const TbPrintedModels file = i < 2 ? one[i] : whole;
        bool found;
        assert_int_equal(tbi_models_find(file.data, file.n_bytes, "rhythm", &found), TB_OK);
        assert_int_equal(found, i != 1);
        assert_int_equal(tbi_models_find(file.data, file.n_bytes, "melody", &found), TB_OK);
        assert_int_equal(found, i != 0);
        assert_int_equal(tbi_models_find(file.data, file.n_bytes, "mel", &found), TB_OK);
        assert_false(found);
    }
    free(data);
}

static void test_refused(void **state) {
    (void)state;
    static const char midi[] = "MThd\0\0\0\6\0\0\0\1\1\xE0";
    const TbPrintedModels twice[] = {one[0], one[1], one[0]}, song = {midi, sizeof midi - 1};
    void *data;
    size_t n;
    bool found;
    TbMelodyModel *m;
    assert_int_equal(tbi_models_merge(twice, 3, &data, &n), TB_ERR_ARGUMENT);
    assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "\"rhythm.version\""));
    assert_int_equal(tbi_models_merge(&song, 1, &data, &n), TB_ERR_FORMAT);
    assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), "not a file of models of music; it looks like a MIDI file"));
    assert_int_equal(tbi_models_find(midi, sizeof midi - 1, "rhythm", &found), TB_ERR_FORMAT);
    assert_int_equal(tb_melody_model_parse(one[0].data, one[0].n_bytes, &m), TB_ERR_FORMAT);
    assert_null(m);
    assert_string_equal(tb_error_text(TB_ERR_FORMAT), "This file has models of music, but not a model of melodies; "
                                                      "make one with \"timbrel train\".");
}

static void test_start(void **state) {
    (void)state;
    TbMelodyModel *m;
    assert_int_equal(tbi_melody_model_new(&small_melody_sizes, &m), TB_OK);
    assert_int_equal(tbi_model_start(&tbi_melody_model_kind, melody, m), TB_OK);
    assert_memory_equal(m->params, melody->params, m->at.table.n_params * sizeof(float));
    assert_true(m->facts.chords[0] == 0); /* to be counted again */
    tb_melody_model_free(m);
    const MelodySizes other = {.embedding = 12, .units = 16, .head = 11};
    assert_int_equal(tbi_melody_model_new(&other, &m), TB_OK);
    assert_int_equal(tbi_model_start(&tbi_melody_model_kind, melody, m), TB_ERR_ARGUMENT);
    assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "a model of melodies of another size"));
    tb_melody_model_free(m);
}

static void test_not_rhythms(void **state) {
    (void)state;
    TbRhythmModel *model;
    const float x = 1;
    const TbTensorView view = {.name = "x", .dtype = TB_F32, .n_dims = 1, .shape = {1}, .data = &x};
    const struct {
        const char *format, *version, *sizes;
        TbStatus status;
    } cases[] = {{"timbrel model", "1", "8 16 4 8 12", TB_ERR_FORMAT},
                 {"timbrel music", "2", "8 16 4 8 12", TB_ERR_VERSION},
                 {"timbrel music", "1", "8 16 4 8", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 99999", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 12 1", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 12", TB_ERR_FORMAT}}; /* no weights */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *metadata[] = {
            "format", cases[i].format, "rhythm.version", cases[i].version, "rhythm.sizes", cases[i].sizes, NULL};
        void *data;
        size_t n;
        assert_int_equal(tb_tensor_file_serialize(&view, 1, metadata, &data, &n), TB_OK);
        const TbStatus status = tb_rhythm_model_parse(data, n, &model);
        print_message("%s\n", tb_error_text(status));
        assert_int_equal(status, cases[i].status);
        assert_null(model);
        free(data);
    }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_merged, test_refused, test_not_rhythms, test_start);
}
