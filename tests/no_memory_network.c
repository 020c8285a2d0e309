/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: networks and their files, encoded sounds, instruments. */
#include "sound/infer_latents.h"
#include "tests/no_memory.h"
#include "timbrel/presets.h"
#include "vae/training.h"

#include <stdlib.h>
#include <unistd.h>

enum { LATENT = 8, ROWS = 3 };

/* ---- vae ---- */

static TbVaeConfig small_config(void) {
    TbVaeConfig c = tb_model_config();
    c.latent_dim = LATENT;
    c.encoder_width = c.decoder_width = 16;
    return c;
}

static TbStatus vae_new(Out *out) {
    TbVaeConfig c = small_config();
    return tb_vae_new(&c, 1, &out->vae);
}

static TbStatus vae_new_zero(Out *out) {
    TbVaeConfig c = small_config();
    return tb_vae_new_zero(&c, &out->vae);
}

static TbStatus vae_clone(Out *out) {
    return tb_vae_clone(things.vae, &out->vae);
}

static void free_vae(Out *out) {
    tb_vae_free(out->vae);
}

static TbStatus change_basis(Out *out) {
    (void)out;
    float identity[LATENT * LATENT] = {0};
    for (int i = 0; i < LATENT; i++)
        identity[i * LATENT + i] = 1;
    return tbi_vae_change_basis(things.vae, identity, identity);
}

static const float x[ROWS * TB_MODEL_INPUTS], floors[ROWS * TB_FEATURES], conditions[ROWS * TB_CONDITIONS];

static TbStatus encode_rows(Out *out) {
    return tb_vae_encode(things.vae, x, ROWS, out->values, NULL);
}

static TbStatus decode_rows(Out *out) {
    (void)out;
    float y[ROWS * TB_FEATURES];
    return tb_vae_decode(things.vae, x, conditions, ROWS, y);
}

static TbStatus decoder_new(Out *out) {
    return tb_vae_decoder_new(things.vae, &out->decoder);
}

static void free_decoder(Out *out) {
    tb_vae_decoder_free(out->decoder);
}

/* z is an input as well as an output, so it is not part of `out`. */
static TbStatus refine(Out *out) {
    (void)out;
    float z[ROWS * LATENT] = {0};
    size_t n;
    const TbColumns *columns = tbi_model_columns(&n);
    return tbi_vae_refine(things.vae, columns, n, x, floors, conditions, ROWS, 2, 0.001, z);
}

static TbStatus pullback_new(Out *out) {
    return tbi_pullback_new(things.vae, ROWS, &out->pullback);
}

static void free_pullback(Out *out) {
    tbi_pullback_free(out->pullback);
}

static TbStatus trainer_new(Out *out) {
    return tbi_trainer_new(things.vae, ROWS, &out->trainer);
}

static void free_trainer(Out *out) {
    tbi_trainer_free(out->trainer);
}

/* ---- models ---- */

static TbStatus model_new(Out *out) {
    TbVae *vae = NULL;
    TbStatus status = tb_vae_clone(things.vae, &vae);
    return status ? status : tb_model_new(vae, "{\"a\": 1}", &out->model);
}

static TbStatus model_set_notes(Out *out) {
    TbVae *vae = NULL, *net = NULL;
    TbModel *model = NULL;
    TbStatus status = tb_vae_clone(things.vae, &vae);
    status = status ? status : tb_model_new(vae, NULL, &model);
    status = status ? status : tb_vae_clone(tb_model_notes(things.model)->net, &net);
    TbNoteModel *notes = status ? NULL : malloc(sizeof *notes);
    if (!status && !notes) {
        tb_vae_free(net);
        status = tb_fail(TB_ERR_NO_MEMORY, "no memory");
    }
    if (!status) {
        *notes = *tb_model_notes(things.model);
        notes->net = net;
        status = tb_model_set_notes(model, notes);
    }
    if (status)
        tb_model_free(model);
    else
        out->model = model;
    return status;
}

static TbStatus model_write(Out *out) {
    (void)out;
    return tb_model_write(things.model, scratch_file("model.tbm"), false);
}

static TbStatus model_write_half(Out *out) {
    (void)out;
    return tb_model_write(things.model, scratch_file("half.tbm"), true);
}

static const char *model_file(void) {
    const char *path = scratch_file("read.tbm");
    if (access(path, F_OK))
        (void)!tb_model_write(things.model, path, true);
    return path;
}

static TbStatus model_read(Out *out) {
    return tb_model_read(model_file(), &out->model);
}

static TbStatus model_parse(Out *out) {
    void *data = NULL;
    size_t n;
    TbStatus status = tb_read_file(model_file(), 1 << 28, &data, &n);
    status = status ? status : tb_model_parse(data, n, &out->model);
    free(data);
    return status;
}

static TbStatus music_copies(Out *out) {
    return tb_music_copies((TbCopyIndex **)&out->p);
}

static void free_copies(Out *out) {
    tb_copy_index_free(out->p);
}

/* An empty index: what reads and writes one with pieces is a case of scores. */
static TbStatus copies_in_models(Out *out) {
    (void)out;
    TbCopyIndex *index;
    void *data;
    size_t n;
    TbStatus status = tb_copy_index_new(&index);
    if (status)
        return status;
    status = tb_music_copies_print(index, "nothing", &data, &n);
    if (status == TB_OK) {
        status = tb_music_copies_parse(index, data, n);
        free(data);
    }
    tb_copy_index_free(index);
    return status;
}

static TbStatus default_model(Out *out) {
    return tb_default_model(&out->model);
}

static TbStatus infer(Out *out) {
    return tbi_model_infer(things.vae, x, x, floors, conditions, ROWS, out->values);
}

static TbStatus infer_track(Out *out) {
    return tbi_model_infer_track(things.vae, x, x, floors, conditions, ROWS, out->values);
}

/* ---- encoded sounds ---- */

static TbStatus encode(Out *out) {
    return tb_encode(things.model, &things.analysis, true, &out->sound);
}

static const char *encoded_file(void) {
    const char *path = scratch_file("read.tbs");
    if (access(path, F_OK))
        (void)!tb_sound_write(&things.sound, path);
    return path;
}

static TbStatus sound_read(Out *out) {
    return tb_sound_read(encoded_file(), &out->sound);
}

static TbStatus sound_parse(Out *out) {
    void *data = NULL;
    size_t n;
    TbStatus status = tb_read_file(encoded_file(), 1 << 28, &data, &n);
    status = status ? status : tb_sound_parse(data, n, &out->sound);
    free(data);
    return status;
}

static TbStatus sound_write(Out *out) {
    (void)out;
    return tb_sound_write(&things.sound, scratch_file("sound.tbs"));
}

static void free_sound(Out *out) {
    tb_sound_free(&out->sound);
}

static TbStatus descriptor(Out *out) {
    (void)out;
    float d[1000];
    return tb_sound_descriptor(&things.sound, d);
}

static TbStatus decode(Out *out) {
    TbDecodeOptions o;
    tb_decode_defaults(&o);
    return tb_decode(things.model, &things.sound, &o, &out->analysis);
}

static TbStatus decode_stretched(Out *out) {
    TbDecodeOptions o;
    tb_decode_defaults(&o);
    o.stretch = 1.5;
    o.transpose = 3;
    return tb_decode(things.model, &things.sound, &o, &out->analysis);
}

static TbStatus morph(Out *out) {
    TbMorphOptions o = {.size = sizeof(TbMorphOptions)};
    const TbSound *two[] = {&things.sound, &things.sound};
    tb_morph_mix(&o, 0.2, 0.8);
    return tb_morph(things.model, two, &o, &out->analysis);
}

/* ---- instruments ---- */

static TbStatus draw(Out *out) {
    return tb_instrument_random(things.model, 7, &out->instrument);
}

static TbStatus vary(Out *out) {
    return tb_instrument_vary(things.recorded, 0.5, 7, &out->instrument);
}

static TbStatus spread(Out *out) {
    (void)out;
    uint64_t chosen[3];
    return tb_instruments_spread(1, 10, 3, chosen);
}

static TbStatus instrument_new(Out *out) {
    return tb_instrument_new(things.model, tb_instrument_code(things.instrument), true, &out->instrument);
}

static TbStatus program(Out *out) {
    return tb_instrument_program(things.model, 0, &out->instrument);
}

static TbStatus of_sounds(Out *out) {
    const TbSound *sounds[] = {&things.sound, &things.sound};
    return tb_instrument_from_sounds(things.model, sounds, NULL, 2, &out->instrument);
}

static void free_instrument(Out *out) {
    tb_instrument_free(out->instrument);
}

static TbStatus note(Out *out) {
    TbNoteOptions o = {
        .size = sizeof(TbNoteOptions), .key = 60, .velocity = 0.8, .hold = 0.1, .longest = 0.3, .seed = 1};
    return tb_instrument_note(things.recorded, &o, 44100, &out->audio);
}

const NoMemoryCase cases_network[] = {
    {.covers = "tb_vae_new", .run = vae_new, .release = free_vae},
    {.covers = "tb_vae_new_zero", .run = vae_new_zero, .release = free_vae},
    {.covers = "tb_vae_clone", .run = vae_clone, .release = free_vae},
    {.covers = "tbi_vae_change_basis", .run = change_basis},
    {.covers = "tb_vae_encode", .run = encode_rows},
    {.covers = "tb_vae_decode", .run = decode_rows},
    {.covers = "tb_vae_decoder_new", .run = decoder_new, .release = free_decoder},
    {.covers = "tbi_vae_refine", .run = refine},
    {.covers = "tbi_pullback_new", .run = pullback_new, .release = free_pullback},
    {.covers = "tbi_trainer_new", .run = trainer_new, .release = free_trainer},
    {.covers = "tb_model_new", .run = model_new, .release = free_model},
    {.covers = "tb_model_set_notes", .run = model_set_notes, .release = free_model},
    {.covers = "tb_model_write", .run = model_write, .writes = "model.tbm"},
    {.covers = "tb_model_write (half)", .run = model_write_half, .writes = "half.tbm"},
    {.covers = "tb_model_read", .run = model_read, .release = free_model},
    {.covers = "tb_model_parse", .run = model_parse, .release = free_model},
    {.covers = "tb_music_copies", .run = music_copies, .release = free_copies, .slow = true},
    {.covers = "tb_music_copies_print tb_music_copies_parse", .run = copies_in_models},
    {.covers = "tb_default_model", .run = default_model, .release = free_model, .slow = true},
    {.covers = "tbi_model_infer", .run = infer},
    {.covers = "tbi_model_infer_track", .run = infer_track},
    {.covers = "tb_encode", .run = encode, .release = free_sound},
    {.covers = "tb_sound_read", .run = sound_read, .release = free_sound},
    {.covers = "tb_sound_parse", .run = sound_parse, .release = free_sound},
    {.covers = "tb_sound_write", .run = sound_write, .writes = "sound.tbs"},
    {.covers = "tb_sound_descriptor", .run = descriptor},
    {.covers = "tb_decode", .run = decode, .release = free_analysis},
    {.covers = "tb_decode (stretched)", .run = decode_stretched, .release = free_analysis},
    {.covers = "tb_morph", .run = morph, .release = free_analysis, .slow = true},
    {.covers = "tb_instrument_random", .run = draw, .release = free_instrument},
    {.covers = "tb_instrument_vary", .run = vary, .release = free_instrument},
    {.covers = "tb_instruments_spread", .run = spread},
    {.covers = "tb_instrument_new", .run = instrument_new, .release = free_instrument},
    {.covers = "tb_instrument_program", .run = program, .release = free_instrument},
    {.covers = "tb_instrument_from_sounds", .run = of_sounds, .release = free_instrument},
    {.covers = "tb_instrument_note", .run = note, .release = free_audio},
    {.run = NULL},
};
