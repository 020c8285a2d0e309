/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The codes of General MIDI in a model: stored with it, and played at the pitch of the keys. */
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "timbrel/instrument.h"

#include <math.h>
#include <unistd.h>

enum { LATENT = 6, KNOWN = 16, DRUM = TB_DRUM_KEYS + 38 };

static TbModel *model_with_programs(void) {
    TbModel *model = small_model(LATENT);
    TbNoteModel *notes = small_notes(LATENT, 3);
    notes->program[KNOWN] = (TbProgram){.code = {1, -0.5f}, .kind = 2, .above = -24};
    notes->program[DRUM] = (TbProgram){.code = {-1, 0.25f}, .kind = 1};
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    return model;
}

static void test_in_the_file(void **state) {
    (void)state;
    char path[] = "/tmp/timbrel-program-XXXXXX";
    close(mkstemp(path));
    for (int half = 0; half < 2; half++) {
        TbModel *model = model_with_programs(), *back = NULL;
        assert_int_equal(tb_model_write(model, path, half), TB_OK);
        assert_int_equal(tb_model_read(path, &back), TB_OK);
        assert_memory_equal(tb_model_notes(model)->program, tb_model_notes(back)->program,
                            sizeof(TbProgram) * TB_PROGRAMS);
        tb_model_free(model);
        tb_model_free(back);
    }
    unlink(path);
}

static void test_damaged(void **state) {
    (void)state;
    static const TbProgram wrong[] = {{.kind = 3}, {.kind = 2, .above = 1e30f}, {.kind = 1, .code = {1e9f}}};
    char path[] = "/tmp/timbrel-program-XXXXXX";
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        TbModel *model = small_model(LATENT), *back = NULL;
        TbNoteModel *notes = small_notes(LATENT, 3);
        notes->program[KNOWN] = wrong[i];
        assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
        assert_int_equal(tb_model_write(model, path, false), TB_OK);
        assert_int_equal(tb_model_read(path, &back), TB_ERR_FORMAT);
        assert_null(back);
        tb_model_free(model);
    }
    unlink(path);
}

static void test_unknown(void **state) {
    (void)state;
    TbModel *model = model_with_programs();
    TbInstrument *in = NULL;
    assert_int_equal(tb_instrument_program(model, KNOWN + 1, &in), TB_ERR_UNSUPPORTED);
    assert_non_null(strstr(tb_error_text(TB_ERR_UNSUPPORTED), "program 18"));
    assert_int_equal(tb_instrument_program(model, DRUM + 1, &in), TB_ERR_UNSUPPORTED);
    assert_non_null(strstr(tb_error_text(TB_ERR_UNSUPPORTED), "key 39"));
    assert_int_equal(tb_instrument_program(model, -1, &in), TB_ERR_ARGUMENT);
    assert_int_equal(tb_instrument_program(model, TB_PROGRAMS, &in), TB_ERR_ARGUMENT);
    assert_null(in);
    tb_model_free(model);
}

/* The f0 of a key, of one instrument or of a mix of two. */
static float f0_of_mix(const TbModel *model, const TbInstrument *in, const TbInstrument *other, float share,
                       float key) {
    TbPlayedNote note = {.part = {in, other}, .weight = {1 - share, share}, .key = key, .velocity = 0.8f, .held = true},
                 *notes = &note;
    float *scratch = malloc(tb_notes_scratch(model, 1) * sizeof *scratch);
    TbFrame frame = {0}, *frames = &frame;
    tb_note_start(&note, 1);
    for (int t = 0; t < 100; t++) /* until it is in tune */
        tb_notes_next(model, &notes, 1, scratch, &frames);
    free(scratch);
    return frame.f0;
}

static float first_f0(const TbModel *model, const TbInstrument *in, float key) {
    return f0_of_mix(model, in, NULL, 0, key);
}

static void test_pitch(void **state) {
    (void)state;
    TbModel *model = model_with_programs();
    TbInstrument *organ = NULL, *again = NULL, *snare = NULL;
    assert_int_equal(tb_instrument_program(model, KNOWN, &organ), TB_OK);
    assert_int_equal(tb_instrument_program(model, DRUM, &snare), TB_OK);
    assert_int_equal(tb_instrument_vary(organ, 0, 1, &again), TB_OK);
    assert_true(tb_instrument_has_pitch(organ) && !tb_instrument_has_pitch(snare));
    assert_true(tb_instrument_code(organ)[1] == -0.5f);
    assert_true(fabsf(12 * log2f(first_f0(model, organ, 69) / 110)) < 1);
    assert_true(fabsf(12 * log2f(first_f0(model, again, 69) / 110)) < 1);
    assert_true(first_f0(model, snare, 38) == first_f0(model, snare, 69));
    tb_instrument_free(organ);
    tb_instrument_free(again);
    tb_instrument_free(snare);
    tb_model_free(model);
}

/* Octaves that differ mix as they go: no jump where the weights cross. */
static void test_mixed(void **state) {
    (void)state;
    TbModel *model = model_with_programs();
    TbInstrument *low = NULL, *plain = NULL;
    const float code[TB_CODE_DIM] = {0};
    assert_int_equal(tb_instrument_program(model, KNOWN, &low), TB_OK);
    assert_int_equal(tb_instrument_new(model, code, true, &plain), TB_OK);
    for (float share = 0.1f; share < 1; share += 0.1f)
        assert_true(fabsf(12 * log2f(f0_of_mix(model, low, plain, share, 69) / 440) + 24 * (1 - share)) < 1);
    tb_instrument_free(low);
    tb_instrument_free(plain);
    tb_model_free(model);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_in_the_file, test_damaged, test_unknown, test_pitch, test_mixed);
}
