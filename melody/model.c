/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models and their files. */
#include "melody/model.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>

static const char FORMAT[] = "timbrel-melody", VERSION[] = "1";

/* ---- models ---- */

static void facts_new(TbArena *memory, MelodyFacts *f) {
    TbParameters *table = &f->table;
    const size_t lags =
        tbi_parameters_add(table, MELODY_PLAN_PHRASE * MELODY_PLAN_LAGS, MELODY_PLAN_LAGS, false, "lags");
    const size_t chords = tbi_parameters_add(table, MELODY_CHORDS, MELODY_CHORDS, false, "chords");
    const size_t notes = tbi_parameters_add(table, MELODY_KINDS, 12, false, "notes");
    f->slab = tbi_arena_floats(memory, table->n_params);
    if (f->slab)
        f->lags = f->slab + lags, f->chords = f->slab + chords, f->notes = f->slab + notes;
}

TbStatus tbi_melody_model_new(const MelodySizes *sizes, TbMelodyModel **result) {
    TbMelodyModel *model = *result = calloc(1, sizeof *model);
    if (!model)
        return tbi_no_memory("for a model of melodies");
    model->sizes = *sizes;
    tbi_melody_lay_out(sizes, &model->at);
    model->params = tbi_arena_floats(&model->memory, model->at.table.n_params);
    facts_new(&model->memory, &model->facts);
    if (model->memory.failed) {
        tb_melody_model_free(model);
        *result = NULL;
        return tbi_no_memory("for a model of melodies");
    }
    return TB_OK;
}

void tb_melody_model_free(TbMelodyModel *model) {
    if (!model)
        return;
    tbi_arena_free(&model->memory);
    free(model);
}

static void round_slab(float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = tb_half_to_float(tb_float_to_half(x[i]));
}

void tbi_melody_round(TbMelodyModel *model) {
    round_slab(model->params, model->at.table.n_params);
    round_slab(model->facts.slab, model->facts.table.n_params);
}

/* ---- files ---- */

TbStatus tb_melody_model_print(const TbMelodyModel *m, void **data, size_t *n_bytes) {
    const TbParameters *tables[] = {&m->at.table, &m->facts.table};
    const MelodySizes *s = &m->sizes;
    const size_t n = m->at.table.n_tensors + m->facts.table.n_tensors;
    TbTensorView *views = calloc(n, sizeof *views);
    uint16_t *halves = calloc(m->at.table.n_params + m->facts.table.n_params, sizeof *halves);
    TbStatus status = views && halves ? TB_OK : tbi_no_memory("to write a model of melodies");
    if (status == TB_OK) {
        char net[96];
        snprintf(net, sizeof net, "%d %d %d", s->embedding, s->units, s->head);
        const char *metadata[] = {"format", FORMAT, "version", VERSION, "net", net, NULL};
        tbi_parameters_views(tables[0], "", m->params, halves, views);
        tbi_parameters_views(tables[1], "facts.", m->facts.slab, halves + m->at.table.n_params,
                             views + m->at.table.n_tensors);
        status = tb_tensor_file_serialize(views, n, metadata, data, n_bytes);
    }
    free(views);
    free(halves);
    return status;
}

TbStatus tb_melody_model_write(const TbMelodyModel *model, const char *path) {
    void *data;
    size_t n_bytes;
    TbStatus status = tb_melody_model_print(model, &data, &n_bytes);
    if (status)
        return status;
    status = tb_write_file(path, data, n_bytes);
    free(data);
    return status;
}

/* The metadata's "net": the members of MelodySizes, in order. */
static bool read_sizes(const TbTensorFile *file, MelodySizes *s) {
    enum { MOST = 1024 };
    const char *net = tb_tensor_file_metadata(file, "net");
    int *const member[] = {&s->embedding, &s->units, &s->head};
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

static TbStatus read_tensors(const TbTensorFile *file, size_t n_bytes, TbMelodyModel **result) {
    const char *version = tb_tensor_file_metadata(file, "version");
    MelodySizes sizes;
    MelodyLayout at;
    TbMelodyModel *m;
    if (!version || strcmp(version, VERSION) != 0)
        return tb_fail(TB_ERR_VERSION,
                       "This file is a model of melodies for another version of Timbrel; train it again.");
    const bool possible = read_sizes(file, &sizes);
    if (possible)
        tbi_melody_lay_out(&sizes, &at);
    if (!possible || at.table.n_params > n_bytes / sizeof(uint16_t))
        return tb_fail(TB_ERR_FORMAT, "This file is a model of melodies without possible sizes; it is damaged.");
    TbStatus status = tbi_melody_model_new(&sizes, &m);
    if (status)
        return status;
    status = tbi_parameters_read(&m->at.table, "", file, m->params);
    if (status == TB_OK)
        status = tbi_parameters_read(&m->facts.table, "facts.", file, m->facts.slab);
    if (status) {
        tb_melody_model_free(m);
        return status;
    }
    *result = m;
    return TB_OK;
}

TbStatus tb_melody_model_parse(const void *data, size_t n_bytes, TbMelodyModel **model) {
    TbTensorFile *file;
    *model = NULL;
    void *copy = malloc(n_bytes + 1);
    if (!copy)
        return tbi_no_memory("to read a model of melodies");
    memcpy(copy, data, n_bytes);
    TbStatus status =
        tb_tensor_file_parse_as(copy, n_bytes, FORMAT, "a model of melodies", "make one with tb_melody_train", &file);
    if (status)
        return status;
    status = read_tensors(file, n_bytes, model);
    tb_tensor_file_free(file);
    return status;
}

TbStatus tb_melody_model_read(const char *path, TbMelodyModel **model) {
    void *data;
    size_t n_bytes;
    *model = NULL;
    TbStatus status = tb_read_file(path, TB_MAX_TENSOR_FILE, &data, &n_bytes);
    if (status)
        return status;
    status = tb_fail_in(tb_melody_model_parse(data, n_bytes, model), path);
    free(data);
    return status;
}
