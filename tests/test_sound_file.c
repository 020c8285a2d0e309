/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of encoded sounds: they are read as written, and damage is detected. */
#include "timbrel/sound.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LATENT = 5, PHASES = TB_HARMONICS + TB_PARTIALS, MAX_TENSORS = 16 };

static char path[] = "/tmp/timbrel-sound-XXXXXX";

static void make_note(TbRng *rng, TbEncodedNote *n, double start, size_t frames, bool detail) {
    *n = (TbEncodedNote){.start = start, .seconds = (double)frames * TB_HOP, .pitched = detail, .n_frames = frames};
    n->f0 = 100 + 300 * tb_rng_uniform(rng);
    n->inharmonicity = 0.001f * tb_rng_uniform(rng);
    n->z = malloc(frames * LATENT * sizeof *n->z);
    n->f0_track = malloc(frames * sizeof *n->f0_track);
    n->loudness = malloc(frames * sizeof *n->loudness);
    for (size_t i = 0; i < frames * LATENT; i++)
        n->z[i] = tb_half_to_float(tb_float_to_half(tb_rng_normal(rng)));
    for (size_t i = 0; i < frames; i++) {
        n->f0_track[i] = 100 + tb_rng_uniform(rng);
        n->loudness[i] = -100 * tb_rng_uniform(rng);
    }
    for (int i = 0; i < TB_PARTIALS; i++)
        n->ratio[i] = tb_rng_normal(rng);
    for (int i = 0; i < TB_HARMONICS; i++)
        n->start_phases.harmonic[i] = tb_rng_uniform(rng);
    for (int i = 0; i < TB_PARTIALS; i++)
        n->start_phases.partial[i] = tb_rng_uniform(rng);
    if (!detail)
        return;
    n->detail = malloc(frames * TB_FEATURES);
    n->phase_detail = malloc(frames * PHASES);
    for (size_t i = 0; i < frames * TB_FEATURES; i++)
        n->detail[i] = (uint8_t)tb_rng_next(rng);
    for (size_t i = 0; i < frames * PHASES; i++)
        n->phase_detail[i] = (uint8_t)tb_rng_next(rng);
}

static void make_sound(TbSound *sound) {
    TbRng rng;
    tb_rng_seed(&rng, 7);
    *sound = (TbSound){.seconds = 1.2345678901234, .latent_dim = LATENT, .model = 0xfedcba9876543210u, .n_notes = 2};
    sound->notes = calloc(2, sizeof *sound->notes);
    make_note(&rng, &sound->notes[0], 0.1, 7, true);
    make_note(&rng, &sound->notes[1], 0.5, 3, false);
}

static void assert_same(const TbSound *a, const TbSound *b) {
    assert_memory_equal(&a->seconds, &b->seconds, sizeof a->seconds);
    assert_int_equal(a->latent_dim, b->latent_dim);
    assert_true(a->model == b->model);
    assert_int_equal(a->n_notes, b->n_notes);
    for (size_t i = 0; i < a->n_notes; i++) {
        const TbEncodedNote *x = &a->notes[i], *y = &b->notes[i];
        assert_memory_equal(&x->start, &y->start, sizeof x->start);
        assert_memory_equal(&x->seconds, &y->seconds, sizeof x->seconds);
        assert_int_equal(x->n_frames, y->n_frames);
        assert_int_equal(x->pitched, y->pitched);
        assert_true(x->f0 == y->f0 && x->inharmonicity == y->inharmonicity);
        assert_memory_equal(x->ratio, y->ratio, sizeof x->ratio);
        assert_memory_equal(&x->start_phases, &y->start_phases, sizeof x->start_phases);
        assert_memory_equal(x->z, y->z, x->n_frames * LATENT * sizeof *x->z);
        assert_memory_equal(x->f0_track, y->f0_track, x->n_frames * sizeof *x->f0_track);
        assert_memory_equal(x->loudness, y->loudness, x->n_frames * sizeof *x->loudness);
        assert_int_equal(x->detail != NULL, y->detail != NULL);
        assert_int_equal(x->phase_detail != NULL, y->phase_detail != NULL);
        if (x->detail)
            assert_memory_equal(x->detail, y->detail, x->n_frames * TB_FEATURES);
        if (x->phase_detail)
            assert_memory_equal(x->phase_detail, y->phase_detail, x->n_frames * PHASES);
    }
}

/* The bytes of the sound's file. */
static void *file_bytes(const TbSound *sound, size_t *n_bytes) {
    void *data;
    assert_int_equal(tb_sound_write(sound, path), TB_OK);
    assert_int_equal(tb_read_file(path, 1 << 24, &data, n_bytes), TB_OK);
    return data;
}

static void test_round_trip(void **state) {
    (void)state;
    TbSound sound, back;
    make_sound(&sound);
    size_t n_bytes;
    void *data = file_bytes(&sound, &n_bytes);
    assert_int_equal(tb_sound_read(path, &back), TB_OK);
    assert_same(&sound, &back);
    tb_sound_free(&back);
    assert_int_equal(tb_sound_parse(data, n_bytes, &back), TB_OK);
    assert_same(&sound, &back);
    tb_sound_free(&back);
    free(data);
    tb_sound_free(&sound);
}

static void test_silence(void **state) {
    (void)state;
    TbSound sound = {.seconds = 3, .latent_dim = 32, .model = 1}, back;
    assert_int_equal(tb_sound_write(&sound, path), TB_OK);
    assert_int_equal(tb_sound_read(path, &back), TB_OK);
    assert_int_equal(back.n_notes, 0);
    assert_true(back.seconds == 3);
    tb_sound_free(&back);
}

typedef enum { SET_FLOAT, SET_HALF, SET_INT, SET_TIME, CUT, DROP, RETYPE, METADATA } DamageKind;
typedef struct {
    DamageKind kind;
    const char *name; /* of the tensor, or of the key */
    size_t index;
    double number;
    const char *text;   /* new value of the key, NULL: without it */
    const char *phrase; /* in the message */
} Damage;

static const Damage damages[] = {
    {SET_FLOAT, "f0", 3, 0, NULL, "a pitch is not a frequency"},
    {SET_FLOAT, "f0", 9, -5, NULL, "a pitch is not a frequency"},
    {SET_FLOAT, "f0", 9, NAN, NULL, "\"f0\" is not finite"},
    {SET_FLOAT, "f0", 0, INFINITY, NULL, "\"f0\" is not finite"},
    {SET_FLOAT, "loudness", 2, NAN, NULL, "\"loudness\" is not finite"},
    {SET_FLOAT, "loudness", 2, -INFINITY, NULL, "\"loudness\" is not finite"},
    {SET_FLOAT, "loudness", 2, 1e9, NULL, "a loudness"},
    {SET_HALF, "z", 11, NAN, NULL, "\"z\" is not finite"},
    {SET_HALF, "z", 49, INFINITY, NULL, "\"z\" is not finite"},
    {SET_FLOAT, "ratios", 40, NAN, NULL, "\"ratios\" is not finite"},
    {SET_FLOAT, "phases", 40, 1e30, NULL, "phase"},
    {SET_FLOAT, "pitch", 0, 0, NULL, "the pitch of a note"},
    {SET_FLOAT, "pitch", 3, NAN, NULL, "\"pitch\" is not finite"},
    {SET_INT, "notes", 0, 0, NULL, "list of notes"},
    {SET_INT, "notes", 0, -1, NULL, "list of notes"},
    {SET_INT, "notes", 0, 9e18, NULL, "list of notes"},
    {SET_INT, "notes", 0, 8, NULL, "more frames than it has"},
    {SET_INT, "notes", 0, 6, NULL, "belong to no note"},
    {SET_INT, "notes", 3, 4, NULL, "more frames than it has"},
    {SET_INT, "notes", 3, 2, NULL, "belong to no note"},
    {SET_INT, "notes", 1, 2, NULL, "list of notes"},
    {SET_INT, "notes", 2, 4, NULL, "list of notes"},
    {SET_INT, "notes", 2, 1, NULL, "belong to no note"},
    {SET_INT, "notes", 5, 1, NULL, "more frames than it has"},
    {SET_TIME, "times", 0, -0.5, NULL, "extends beyond its length"},
    {SET_TIME, "times", 0, NAN, NULL, "extends beyond its length"},
    {SET_TIME, "times", 2, 1e300, NULL, "extends beyond its length"},
    {SET_TIME, "times", 1, INFINITY, NULL, "extends beyond its length"},
    {SET_TIME, "times", 1, -1, NULL, "extends beyond its length"},
    {SET_TIME, "times", 1, 1.5, NULL, "length does not match its frames"},
    {SET_TIME, "times", 2, 0.05, NULL, "out of order"},
    {SET_TIME, "times", 2, 0.11, NULL, "out of order"},
    {CUT, "z", 0, 0, NULL, "\"z\" has the wrong shape"},
    {CUT, "f0", 0, 0, NULL, "wrong shape"},
    {CUT, "loudness", 0, 0, NULL, "\"loudness\" has the wrong shape"},
    {CUT, "notes", 0, 0, NULL, "wrong shape"},
    {CUT, "times", 0, 0, NULL, "\"times\" has the wrong shape"},
    {CUT, "pitch", 0, 0, NULL, "\"pitch\" has the wrong shape"},
    {CUT, "ratios", 0, 0, NULL, "\"ratios\" has the wrong shape"},
    {CUT, "phases", 0, 0, NULL, "\"phases\" has the wrong shape"},
    {CUT, "detail", 0, 0, NULL, "more frames than it has"},
    {CUT, "phase_detail", 0, 0, NULL, "more frames than it has"},
    {DROP, "z", 0, 0, NULL, "no \"z\""},
    {DROP, "notes", 0, 0, NULL, "no \"notes\""},
    {DROP, "times", 0, 0, NULL, "no \"times\""},
    {DROP, "detail", 0, 0, NULL, "no \"detail\""},
    {RETYPE, "z", 0, 0, NULL, "\"z\" has the wrong shape"},
    {RETYPE, "notes", 0, 0, NULL, "\"notes\" has the wrong shape"},
    {METADATA, "format", 0, 0, NULL, "not an encoded sound"},
    {METADATA, "format", 0, 0, "timbrel model", "not an encoded sound"},
    {METADATA, "version", 0, 0, "2", "another version"},
    {METADATA, "version", 0, 0, NULL, "another version"},
    {METADATA, "seconds_bits", 0, 0, NULL, "its length is missing"},
    {METADATA, "seconds_bits", 0, 0, "3", "its length is missing"},
    {METADATA, "seconds_bits", 0, 0, "7ff8000000000000", "between 0 seconds and a day"},
    {METADATA, "seconds_bits", 0, 0, "7ff0000000000000", "between 0 seconds and a day"},
    {METADATA, "seconds_bits", 0, 0, "bff0000000000000", "between 0 seconds and a day"},
    {METADATA, "latent_dim", 0, 0, NULL, "number of latents"},
    {METADATA, "latent_dim", 0, 0, "0", "number of latents"},
    {METADATA, "latent_dim", 0, 0, "-4", "number of latents"},
    {METADATA, "latent_dim", 0, 0, "257", "number of latents"},
    {METADATA, "latent_dim", 0, 0, "5x", "number of latents"},
    {METADATA, "latent_dim", 0, 0, "4", "\"z\" has the wrong shape"},
    {METADATA, "model", 0, 0, NULL, "model that encoded it is missing"},
    {METADATA, "model", 0, 0, "zzzzzzzzzzzzzzzz", "model that encoded it is missing"},
};

static void damage_tensor(TbTensorView *view, const Damage *d, uint8_t *data) {
    float f = (float)d->number;
    uint16_t half = tb_float_to_half(f);
    int64_t integer = d->kind == SET_INT ? (int64_t)d->number : 0;
    switch (d->kind) {
    case SET_FLOAT:
        memcpy(data + 4 * d->index, &f, 4);
        break;
    case SET_HALF:
        memcpy(data + 2 * d->index, &half, 2);
        break;
    case SET_INT:
        memcpy(data + 8 * d->index, &integer, 8);
        break;
    case SET_TIME:
        memcpy(data + 8 * d->index, &d->number, 8);
        break;
    case CUT:
        view->shape[0]--;
        break;
    case RETYPE: /* to bytes, with the same total size */
        view->shape[view->n_dims - 1] *= view->dtype == TB_I64 ? 8 : 2;
        view->dtype = TB_U8;
        break;
    default:
        break;
    }
}

static size_t view_bytes(const TbTensorView *view) {
    size_t n = view->dtype == TB_I64 ? 8 : view->dtype == TB_F32 ? 4 : view->dtype == TB_F16 ? 2 : 1;
    for (size_t i = 0; i < view->n_dims; i++)
        n *= view->shape[i];
    return n;
}

/* The file with the damage applied. */
static void *damaged(const TbTensorFile *file, const Damage *d, size_t *n_bytes) {
    static const char *const keys[] = {"format", "version", "seconds_bits", "latent_dim", "model"};
    enum { N_KEYS = sizeof keys / sizeof *keys };
    const char *metadata[2 * N_KEYS + 1] = {NULL};
    TbTensorView views[MAX_TENSORS];
    void *copies[MAX_TENSORS], *bytes;
    size_t n = 0, n_metadata = 0;
    for (size_t i = 0; i < N_KEYS; i++) {
        bool hit = d->kind == METADATA && strcmp(d->name, keys[i]) == 0;
        const char *value = hit ? d->text : tb_tensor_file_metadata(file, keys[i]);
        if (value) {
            metadata[n_metadata++] = keys[i];
            metadata[n_metadata++] = value;
        }
    }
    for (size_t i = 0; i < tb_tensor_file_count(file); i++) {
        TbTensorView view = *tb_tensor_file_at(file, i);
        bool hit = d->kind != METADATA && strcmp(d->name, view.name) == 0;
        if (hit && d->kind == DROP)
            continue;
        copies[n] = malloc(view_bytes(&view) + 1);
        memcpy(copies[n], view.data, view_bytes(&view));
        if (hit)
            damage_tensor(&view, d, copies[n]);
        view.data = copies[n];
        views[n++] = view;
    }
    assert_int_equal(tb_tensor_file_serialize(views, n, metadata, &bytes, n_bytes), TB_OK);
    for (size_t i = 0; i < n; i++)
        free(copies[i]);
    return bytes;
}

static void test_damage(void **state) {
    (void)state;
    static const Damage none = {METADATA, "", 0, 0, NULL, ""};
    TbSound sound, back;
    TbTensorFile *file;
    size_t n_bytes;
    make_sound(&sound);
    void *data = file_bytes(&sound, &n_bytes), *bytes;
    assert_int_equal(tb_tensor_file_parse(data, n_bytes, &file), TB_OK);
    bytes = damaged(file, &none, &n_bytes);
    assert_int_equal(tb_sound_parse(bytes, n_bytes, &back), TB_OK);
    assert_same(&sound, &back);
    tb_sound_free(&back);
    free(bytes);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const Damage *d = &damages[i];
        bytes = damaged(file, d, &n_bytes);
        TbStatus status = tb_sound_parse(bytes, n_bytes, &back);
        if ((status != TB_ERR_FORMAT && status != TB_ERR_VERSION) || !strstr(tb_error_text(status), d->phrase))
            fail_msg("%s[%zu] = %g %s gave %d: %s", d->name, d->index, d->number, d->text ? d->text : "", status,
                     tb_error_text(status));
        assert_int_equal(back.n_notes, 0);
        assert_null(back.notes);
        free(bytes);
    }
    tb_tensor_file_free(file);
    tb_sound_free(&sound);
}

/* A truncated file is rejected; one with any byte changed is either valid or rejected, without a crash. */
static void test_cut_and_changed(void **state) {
    (void)state;
    TbSound sound, back;
    TbRng rng;
    size_t n_bytes;
    make_sound(&sound);
    uint8_t *data = file_bytes(&sound, &n_bytes);
    for (size_t n = 0; n < n_bytes; n += 13)
        assert_int_not_equal(tb_sound_parse(data, n, &back), TB_OK);
    tb_rng_seed(&rng, 3);
    for (int i = 0; i < 3000; i++) {
        size_t at = tb_rng_next(&rng) % n_bytes;
        uint8_t was = data[at];
        data[at] = (uint8_t)tb_rng_next(&rng);
        if (tb_sound_parse(data, n_bytes, &back) == TB_OK)
            tb_sound_free(&back);
        data[at] = was;
    }
    free(data);
    tb_sound_free(&sound);
}

static void test_nothing_written(void **state) {
    (void)state;
    TbSound sound = {.seconds = 1e9, .latent_dim = 32}, back;
    assert_int_equal(tb_sound_write(&sound, path), TB_ERR_ARGUMENT);
    sound.seconds = 1;
    assert_int_not_equal(tb_sound_write(&sound, "/nonexistent/sound"), TB_OK);
    assert_int_equal(tb_sound_read("/nonexistent/sound", &back), TB_ERR_NOT_FOUND);
    assert_int_equal(back.n_notes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_silence),         cmocka_unit_test(test_damage),
        cmocka_unit_test(test_cut_and_changed), cmocka_unit_test(test_nothing_written),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    remove(path);
    return failures;
}
