/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "melody/model.h"

#include <stdlib.h>

/* ---- models ---- */

static void facts_new(TbArena *memory, MelodyFacts *f) {
    TbParameters *table = &f->table;
    const size_t lags =
        tbi_parameters_add(table, MELODY_PLAN_PHRASE * MELODY_PLAN_LAGS, MELODY_PLAN_LAGS, false, "lags");
    const size_t chords = tbi_parameters_add(table, MELODY_CHORDS, MELODY_CHORDS, false, "chords");
    const size_t notes = tbi_parameters_add(table, MELODY_KINDS, 12, false, "notes");
    const size_t phrases = tbi_parameters_add(table, MELODY_BANK, MELODY_LATENT, false, "phrases");
    const size_t metres = tbi_parameters_add(table, 1, MELODY_BANK, false, "metres");
    const size_t spread = tbi_parameters_add(table, 1, MELODY_LATENT, false, "spread");
    const size_t density = tbi_parameters_add(table, MELODY_METRES, 2, false, "density");
    f->slab = tbi_arena_floats(memory, table->n_params);
    if (!f->slab)
        return;
    f->lags = f->slab + lags, f->chords = f->slab + chords, f->notes = f->slab + notes;
    f->phrases = f->slab + phrases, f->metres = f->slab + metres, f->spread = f->slab + spread;
    f->density = f->slab + density;
}

static void lay_out(void *made, const int *sizes) {
    TbMelodyModel *model = made;
    memcpy(&model->sizes, sizes, sizeof model->sizes);
    tbi_melody_lay_out(&model->sizes, &model->at);
    model->params = tbi_arena_floats(&model->memory, model->at.table.n_params);
    facts_new(&model->memory, &model->facts);
}

static size_t count_weights(const int *sizes) {
    MelodyLayout at;
    tbi_melody_lay_out((const MelodySizes *)sizes, &at);
    return at.table.n_params;
}

static void contents(const void *model, TbModelContents *c) {
    const TbMelodyModel *m = model;
    *c = (TbModelContents){.n_slabs = 2,
                           .slab = {{&m->at.table, "", m->params}, {&m->facts.table, "facts.", m->facts.slab}}};
    memcpy(c->sizes, &m->sizes, sizeof m->sizes);
}

TB_MODEL_KIND(melody, Melody, "2", "a model of melodies")
