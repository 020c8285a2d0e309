/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "rhythm/model.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>

static const char FORMAT[] = "timbrel-rhythm", VERSION[] = "1";

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

TbStatus tbi_rhythm_model_new(const RhythmSizes *sizes, TbRhythmModel **result) {
    TbRhythmModel *model = *result = calloc(1, sizeof *model);
    if (!model)
        return tbi_no_memory("for a model of rhythms");
    model->sizes = *sizes;
    model->params = tbi_arena_floats(&model->memory, tbi_rhythm_parameters(sizes, &model->table));
    facts_new(sizes, &model->memory, &model->facts);
    if (model->memory.failed) {
        tb_rhythm_model_free(model);
        *result = NULL;
        return tbi_no_memory("for a model of rhythms");
    }
    return TB_OK;
}

void tb_rhythm_model_free(TbRhythmModel *model) {
    if (!model)
        return;
    tbi_arena_free(&model->memory);
    free(model);
}

static void round_slab(float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = tb_half_to_float(tb_float_to_half(x[i]));
}

void tbi_rhythm_round(TbRhythmModel *model) {
    round_slab(model->params, model->table.n_params);
    round_slab(model->facts.slab, model->facts.table.n_params);
}

/* ---- files ---- */

TbStatus tb_rhythm_model_print(const TbRhythmModel *m, void **data, size_t *n_bytes) {
    const TbParameters *tables[] = {&m->table, &m->facts.table};
    const RhythmSizes *s = &m->sizes;
    const size_t n = m->table.n_tensors + m->facts.table.n_tensors;
    TbTensorView *views = calloc(n, sizeof *views);
    uint16_t *halves = calloc(m->table.n_params + m->facts.table.n_params, sizeof *halves);
    TbStatus status = views && halves ? TB_OK : tbi_no_memory("to write a model of rhythms");
    if (status == TB_OK) {
        char net[96];
        snprintf(net, sizeof net, "%d %d %d %d %d", s->latent, s->hidden, s->code, s->encoder, s->decoder);
        const char *metadata[] = {"format", FORMAT, "version", VERSION, "net", net, NULL};
        tbi_parameters_views(tables[0], "", m->params, halves, views);
        tbi_parameters_views(tables[1], "facts.", m->facts.slab, halves + m->table.n_params,
                             views + m->table.n_tensors);
        status = tb_tensor_file_serialize(views, n, metadata, data, n_bytes);
    }
    free(views);
    free(halves);
    return status;
}

TbStatus tb_rhythm_model_write(const TbRhythmModel *model, const char *path) {
    void *data;
    size_t n_bytes;
    TbStatus status = tb_rhythm_model_print(model, &data, &n_bytes);
    if (status)
        return status;
    status = tb_write_file(path, data, n_bytes);
    free(data);
    return status;
}

/* The metadata's "net": the members of RhythmSizes, in order. */
static bool read_sizes(const TbTensorFile *file, RhythmSizes *s) {
    enum { MOST = 1024 };
    const char *net = tb_tensor_file_metadata(file, "net");
    int *const member[] = {&s->latent, &s->hidden, &s->code, &s->encoder, &s->decoder};
    for (size_t i = 0; i < sizeof member / sizeof *member; i++) {
        char *end;
        long value = net ? strtol(net, &end, 10) : 0;
        if (value < 1 || value > MOST)
            return false;
        *member[i] = (int)value;
        net = end;
    }
    return *net == 0;
}

static TbStatus read_tensors(const TbTensorFile *file, size_t n_bytes, TbRhythmModel **result) {
    const char *version = tb_tensor_file_metadata(file, "version");
    RhythmSizes sizes;
    TbParameters table;
    TbRhythmModel *m;
    if (!version || strcmp(version, VERSION) != 0)
        return tb_fail(TB_ERR_VERSION,
                       "This file is a model of rhythms for another version of Timbrel; train it again.");
    if (!read_sizes(file, &sizes) || tbi_rhythm_parameters(&sizes, &table) > n_bytes / sizeof(uint16_t))
        return tb_fail(TB_ERR_FORMAT, "This file is a model of rhythms without possible sizes; it is damaged.");
    TbStatus status = tbi_rhythm_model_new(&sizes, &m);
    if (status)
        return status;
    status = tbi_parameters_read(&m->table, "", file, m->params);
    if (status == TB_OK)
        status = tbi_parameters_read(&m->facts.table, "facts.", file, m->facts.slab);
    if (status) {
        tb_rhythm_model_free(m);
        return status;
    }
    *result = m;
    return TB_OK;
}

TbStatus tb_rhythm_model_parse(const void *data, size_t n_bytes, TbRhythmModel **model) {
    TbTensorFile *file;
    *model = NULL;
    void *copy = malloc(n_bytes + 1);
    if (!copy)
        return tbi_no_memory("to read a model of rhythms");
    memcpy(copy, data, n_bytes);
    TbStatus status =
        tb_tensor_file_parse_as(copy, n_bytes, FORMAT, "a model of rhythms", "make one with tb_rhythm_train", &file);
    if (status)
        return status;
    status = read_tensors(file, n_bytes, model);
    tb_tensor_file_free(file);
    return status;
}

TbStatus tb_rhythm_model_read(const char *path, TbRhythmModel **model) {
    void *data;
    size_t n_bytes;
    *model = NULL;
    TbStatus status = tb_read_file(path, TB_MAX_TENSOR_FILE, &data, &n_bytes);
    if (status)
        return status;
    status = tb_fail_in(tb_rhythm_model_parse(data, n_bytes, model), path);
    free(data);
    return status;
}
