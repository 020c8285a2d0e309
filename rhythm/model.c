/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "rhythm/model.h"

#include <stdlib.h>

/* ---- models ---- */

static void facts_new(const RhythmSizes *s, TbArena *memory, RhythmFacts *f) {
    TbParameters *table = &f->table;
    const size_t latent = (size_t)s->latent;
    const size_t mean = tbi_parameters_add(table, TB_RHYTHM_STYLES, latent, false, "mean");
    const size_t centre = tbi_parameters_add(table, RHYTHM_CENTRES, latent, false, "centre");
    const size_t share = tbi_parameters_add(table, RHYTHM_KINDS, RHYTHM_CENTRES, false, "share");
    const size_t factor = tbi_parameters_add(table, latent, latent, false, "factor");
    const size_t velocity = tbi_parameters_add(table, 1, TB_DRUM_CLASSES, false, "velocity");
    const size_t offset = tbi_parameters_add(table, 1, TB_DRUM_CLASSES, false, "offset");
    const size_t threshold = tbi_parameters_add(table, 1, 1, false, "threshold");
    const size_t early = tbi_parameters_add(table, 1, 1, false, "early");
    f->slab = tbi_arena_floats(memory, table->n_params);
    if (!f->slab)
        return;
    f->mean = f->slab + mean, f->factor = f->slab + factor;
    f->centre = f->slab + centre, f->share = f->slab + share;
    f->velocity = f->slab + velocity, f->offset = f->slab + offset;
    f->threshold = f->slab + threshold, f->early = f->slab + early;
    for (size_t k = 0; k < latent; k++)
        f->factor[k * latent + k] = 1;
    for (size_t kind = 0; kind < RHYTHM_KINDS; kind++)
        f->share[kind * RHYTHM_CENTRES] = 1;
}

static void lay_out(void *made, const int *sizes) {
    TbRhythmModel *model = made;
    memcpy(&model->sizes, sizes, sizeof model->sizes);
    model->params = tbi_arena_floats(&model->memory, tbi_rhythm_parameters(&model->sizes, &model->table));
    facts_new(&model->sizes, &model->memory, &model->facts);
}

static size_t count_weights(const int *sizes) {
    TbParameters table = {.n_tensors = 0};
    return tbi_rhythm_parameters((const RhythmSizes *)sizes, &table);
}

static void contents(const void *model, TbModelContents *c) {
    const TbRhythmModel *m = model;
    *c = (TbModelContents){.n_slabs = 2,
                           .slab = {{&m->table, "", m->params}, {&m->facts.table, "facts.", m->facts.slab}}};
    memcpy(c->sizes, &m->sizes, sizeof m->sizes);
}

TB_MODEL_KIND(rhythm, Rhythm, "1", "a model of rhythms")
