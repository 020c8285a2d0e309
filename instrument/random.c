/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New instruments: drawn from the prior, varied from another one, or with offset knobs. */
#include "base/no_memory.h"
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Maximum squared norm of a typical draw: one standard deviation above the mean of the chi-square distribution. */
#define MAX_TYPICAL ((float)TB_CODE_DIM + sqrtf(2 * (float)TB_CODE_DIM))

static TbStatus no_notes(void) {
    return tb_fail(TB_ERR_UNSUPPORTED, "This model has no note network, so no instrument can be drawn from it; "
                                       "train it again, or use the default model.");
}

/* ---- the prior ---- */

/* The prior is code = mean + spread normal, so these numbers are the whitened code of a draw. */
static void normal_numbers(uint64_t seed, float normal[TB_CODE_DIM]) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int k = 0; k < TB_CODE_DIM; k++)
        normal[k] = tb_rng_normal(&rng);
}

/* Adds `amount` times a random step to a code. */
static void add_step(const TbNoteModel *notes, bool has_pitch, float amount, uint64_t seed, float code[TB_CODE_DIM]) {
    const float *spread = notes->spread[has_pitch];
    float normal[TB_CODE_DIM];
    normal_numbers(seed, normal);
    for (int i = 0; i < TB_CODE_DIM; i++)
        for (int k = 0; k <= i; k++)
            code[i] += amount * spread[i * TB_CODE_DIM + k] * normal[k];
}

TbStatus tb_instrument_random(const TbModel *model, uint64_t seed, TbInstrument **instrument) {
    const TbNoteModel *notes = tb_model_notes(model);
    float code[TB_CODE_DIM];
    *instrument = NULL;
    if (!notes)
        return no_notes();
    memcpy(code, notes->mean[1], sizeof code);
    add_step(notes, true, 1, seed, code);
    return tb_instrument_new(model, code, true, instrument);
}

/* ---- from another instrument ---- */

static TbStatus copy_layers(const TbInstrument *from, TbInstrument *to) {
    int width = note_channels(tb_vae_config(tb_model_vae(from->model))->latent_dim);
    TbStatus status = TB_OK;
    to->layer = calloc(from->n_layers + 1, sizeof *to->layer);
    if (!to->layer)
        return tbi_no_memory("for an instrument");
    for (size_t i = 0; status == TB_OK && i < from->n_layers; i++) {
        status = tbi_layer_copy(&from->layer[i], width, &to->layer[i]);
        to->n_layers += status == TB_OK;
    }
    return status;
}

TbStatus tb_instrument_vary(const TbInstrument *base, double amount, uint64_t seed, TbInstrument **instrument) {
    const TbNoteModel *notes = tb_model_notes(base->model);
    float code[TB_CODE_DIM];
    *instrument = NULL;
    if (!notes)
        return no_notes();
    if (!(amount >= 0 && amount <= 1))
        return tb_fail(TB_ERR_ARGUMENT, "A variation is from 0 to 1, not %g.", amount);
    memcpy(code, base->code, sizeof code);
    add_step(notes, base->has_pitch, (float)amount, seed, code);
    TbStatus status = tb_instrument_new(base->model, code, base->has_pitch, instrument);
    if (status == TB_OK) {
        memcpy((*instrument)->knob_offset, base->knob_offset, sizeof base->knob_offset);
        (*instrument)->above = base->above;
        status = copy_layers(base, *instrument);
    }
    if (status != TB_OK) {
        tb_instrument_free(*instrument);
        *instrument = NULL;
    }
    return status;
}

void tb_instrument_add_knobs(TbInstrument *in, const float knob[TB_KNOBS]) {
    for (int k = 0; k < TB_KNOBS; k++) {
        in->code[k] += knob[k];
        in->knob_offset[k] += knob[k];
    }
}

/* ---- spreading ---- */

typedef struct {
    float normal[TB_CODE_DIM];
    float distance; /* squared distance to the nearest chosen one; -1: chosen itself */
    bool typical;
} Candidate;

static void choose(Candidate *all, size_t among, size_t chosen) {
    const Candidate *c = &all[chosen];
    for (size_t i = 0; i < among; i++) {
        float d = 0;
        for (int k = 0; k < TB_CODE_DIM; k++) {
            float e = all[i].normal[k] - c->normal[k];
            d += e * e;
        }
        all[i].distance = fminf(all[i].distance, d);
    }
    all[chosen].distance = -1;
}

/* The one farthest from those chosen; an outlier only when there is nothing else. */
static size_t farthest(const Candidate *all, size_t among) {
    size_t best = among;
    for (size_t i = 0; i < among; i++)
        if (all[i].distance >= 0 && (best == among || (all[i].typical && !all[best].typical) ||
                                     (all[i].typical == all[best].typical && all[i].distance > all[best].distance)))
            best = i;
    return best;
}

TbStatus tb_instruments_spread(uint64_t first, size_t among, size_t n, uint64_t *chosen) {
    if (among < n)
        return tb_fail(TB_ERR_ARGUMENT, "Cannot choose %zu draws among %zu.", n, among);
    Candidate *all = calloc(among + 1, sizeof *all);
    if (!all)
        return tbi_no_memory("to choose among %zu draws", among);
    for (size_t i = 0; i < among; i++) {
        float length = 0;
        normal_numbers(first + i, all[i].normal);
        for (int k = 0; k < TB_CODE_DIM; k++)
            length += all[i].normal[k] * all[i].normal[k];
        all[i].typical = length <= MAX_TYPICAL;
        all[i].distance = INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        size_t next = farthest(all, among);
        chosen[i] = first + next;
        choose(all, among, next);
    }
    free(all);
    return TB_OK;
}
