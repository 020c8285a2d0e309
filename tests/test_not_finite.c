/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NaN and infinity: files that contain them are rejected, naming the tensor; a filter treats them as silence,
 * without any after-effect. */
#include "engine/limiter.h"
#include "engine/reverb.h"
#include "engine/stereo_width.h"
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "timbrel/instrument.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, 1e38f, -1e38f};
enum { BAD = sizeof bad / sizeof *bad, LATENT = 6, LENGTH = 6000, AT = 1000, AFTER = 3 };

/* ---- files ---- */

static void spoil(const TbTensorView *t, size_t i, float x) {
    uint8_t *data = (uint8_t *)(uintptr_t)t->data;
    uint16_t half = tb_float_to_half(x);
    if (t->dtype == TB_F32)
        memcpy(data + 4 * i, &x, sizeof x);
    else
        memcpy(data + 2 * i, &half, sizeof half);
}

static void test_model(void **state) {
    (void)state;
    char path[] = "/tmp/timbrel-not-finite-XXXXXX";
    close(mkstemp(path));
    TbModel *model = small_model(LATENT), *back = NULL;
    assert_int_equal(tb_model_set_notes(model, small_notes(LATENT, 3)), TB_OK);
    size_t refused = 0;
    for (int half = 0; half < 2; half++) {
        void *whole;
        size_t n_bytes;
        TbTensorFile *file;
        assert_int_equal(tb_model_write(model, path, half), TB_OK);
        assert_int_equal(tb_read_file(path, (size_t)1 << 30, &whole, &n_bytes), TB_OK);
        assert_int_equal(tb_tensor_file_read(path, &file), TB_OK);
        for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
            TbTensorView t = *tb_tensor_file_at(file, i), in_place = t;
            size_t n = 1;
            for (size_t d = 0; d < t.n_dims; d++)
                n *= t.shape[d];
            const TbTensorView *first = tb_tensor_file_at(file, 0);
            const uint8_t *begin = first->data; /* of the data, which is at the end of the file */
            for (size_t k = 1; k < tb_tensor_file_count(file); k++)
                begin = (const uint8_t *)tb_tensor_file_at(file, k)->data < begin ? tb_tensor_file_at(file, k)->data
                                                                                  : begin;
            uint64_t n_header;
            memcpy(&n_header, whole, sizeof n_header);
            void *copy = malloc(n_bytes);
            memcpy(copy, whole, n_bytes);
            in_place.data = (uint8_t *)copy + 8 + n_header + ((const uint8_t *)t.data - begin);
            spoil(&in_place, i % n, bad[i % 4]);
            assert_int_equal(tb_model_parse(copy, n_bytes, &back), TB_ERR_FORMAT);
            assert_null(back);
            assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), t.name));
            assert_non_null(strstr(tb_error_text(TB_ERR_FORMAT), "not finite"));
            free(copy);
            refused++;
        }
        assert_int_equal(tb_model_parse(whole, n_bytes, &back), TB_OK);
        tb_model_free(back);
        tb_tensor_file_free(file);
        free(whole);
    }
    printf("%zu tensors\n", refused);
    assert_true(refused > 40);
    tb_model_free(model);
    unlink(path);
}

/* ---- notes ---- */

/* A note whose network output is not audible ends like any other. */
static void test_note_ends(void **state) {
    (void)state;
    float code[TB_CODE_DIM] = {NAN};
    TbModel *model = small_model(LATENT);
    TbInstrument *instrument;
    TbAudio audio = {0};
    assert_int_equal(tb_model_set_notes(model, small_notes(LATENT, 3)), TB_OK);
    assert_int_equal(tb_instrument_new(model, code, true, &instrument), TB_OK);
    const TbNoteOptions options = {
        .size = sizeof(TbNoteOptions), .key = 60, .velocity = 0.8, .hold = 0.1, .longest = 5, .seed = 1};
    assert_int_equal(tb_instrument_note(instrument, &options, 44100, &audio), TB_OK);
    printf("%.2f s\n", (double)audio.n_samples / 44100);
    assert_true(audio.n_samples < 44100);
    tb_audio_free(&audio);
    tb_instrument_free(instrument);
    tb_model_free(model);
}

/* ---- filters ---- */

typedef struct {
    float x[2][LENGTH];
} Stereo;

/* Noise with a bad value from AT on, for AFTER samples in one channel or both. */
static void fill(Stereo *s, float x, bool both) {
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (size_t i = 0; i < LENGTH; i++) {
        for (int side = 0; side < 2; side++) {
            s->x[side][i] = 0.3f * tb_rng_normal(&rng);
            if (i >= AT && i < AT + AFTER && (both || side == 0))
                s->x[side][i] = x;
        }
    }
}

typedef void Run(Stereo *s);

static void run_reverb(Stereo *s) {
    Stereo *out = calloc(1, sizeof *out);
    Reverb *r;
    assert_int_equal(tbi_reverb_new(48000, &r), TB_OK);
    tbi_reverb_run(r, (float *[2]){s->x[0], s->x[1]}, (float *[2]){out->x[0], out->x[1]}, LENGTH);
    tbi_reverb_free(r);
    *s = *out;
    free(out);
}

static void run_width(Stereo *s) {
    Stereo *out = calloc(1, sizeof *out);
    StereoWidth *w;
    assert_int_equal(tbi_stereo_width_new(48000, &w), TB_OK);
    tbi_stereo_width_run(w, s->x[0], 1, 0, out->x[0], out->x[1], LENGTH);
    tbi_stereo_width_free(w);
    *s = *out;
    free(out);
}

static void run_limiter(Stereo *s) {
    Limiter l;
    tbi_limiter_start(&l, 0.9f, 48000);
    tbi_limiter_run(&l, s->x[0], s->x[1], LENGTH);
}

static void run_limiter_mono(Stereo *s) {
    Limiter l;
    tbi_limiter_start(&l, 0.9f, 48000);
    tbi_limiter_run(&l, s->x[0], NULL, LENGTH);
    memset(s->x[1], 0, sizeof s->x[1]);
}

static void test_filters(void **state) {
    (void)state;
    static Run *const runs[] = {run_reverb, run_width, run_limiter, run_limiter_mono};
    static Stereo silence, spoilt;
    for (size_t f = 0; f < sizeof runs / sizeof *runs; f++) {
        for (int k = 0; k < 2 * BAD; k++) {
            fill(&silence, 0, k % 2);
            fill(&spoilt, bad[k / 2], k % 2);
            runs[f](&silence);
            runs[f](&spoilt);
            double sum = 0;
            for (size_t i = AT + AFTER; i < LENGTH; i++)
                sum += fabs((double)silence.x[0][i]);
            assert_true(sum > 1);
            assert_memory_equal(&silence, &spoilt, sizeof silence);
        }
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_model, test_note_ends, test_filters);
}
