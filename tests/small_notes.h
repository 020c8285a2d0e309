/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small model with a note network, for tests: untrained, with random tables. */
#ifndef TIMBREL_TESTS_SMALL_NOTES_H
#define TIMBREL_TESTS_SMALL_NOTES_H

#include "note/note.h"
#include "timbrel/sound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline TbModel *small_model(int latent) {
    TbModel *model = NULL;
    TbVae *vae = NULL;
    TbVaeConfig c = tb_model_config();
    c.latent_dim = latent;
    c.encoder_width = c.decoder_width = 24;
    assert_int_equal(tb_vae_new(&c, 1, &vae), TB_OK);
    assert_int_equal(tb_model_new(vae, NULL, &model), TB_OK);
    return model;
}

static inline void fill_normal(TbRng *rng, float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = tb_rng_normal(rng);
}

/* A small note network, with random numbers in all its tables. */
static inline TbNoteModel *small_notes(int latent, uint64_t seed) {
    TbNoteModel *notes = NULL;
    TbRng rng;
    tb_rng_seed(&rng, seed);
    TbVaeConfig c = tbi_note_net_config(latent);
    c.encoder_width = 20, c.decoder_width = 28;
    notes = calloc(1, sizeof *notes);
    assert_int_equal(tb_vae_new(&c, seed, &notes->net), TB_OK);
    fill_normal(&rng, notes->knob[0], sizeof notes->knob / sizeof(float));
    fill_normal(&rng, notes->mean[0], sizeof notes->mean / sizeof(float));
    fill_normal(&rng, notes->spread[0], sizeof notes->spread / sizeof(float));
    fill_normal(&rng, notes->middle, TB_KNOBS);
    fill_normal(&rng, notes->width, TB_KNOBS);
    fill_normal(&rng, notes->scale, (size_t)note_channels(latent));
    return notes;
}

#endif
