/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/model_file.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "nn/safetensors.h"

#include <stdio.h>
#include <stdlib.h>

static const char FORMAT[] = "timbrel music", ANY_MODEL[] = "a file of models of music",
                  ANY_ADVICE[] = "make one with \"timbrel train\"";

/* ---- models ---- */

TbStatus tbi_model_new(const TbModelKind *kind, const int *sizes, void **model) {
    TbArena *memory = *model = calloc(1, kind->bytes);
    if (memory)
        kind->lay_out(memory, sizes);
    if (memory && !memory->failed)
        return TB_OK;
    tbi_model_free(memory);
    *model = NULL;
    return tbi_no_memory("for %s", kind->what);
}

void tbi_model_free(void *model) {
    tbi_arena_free_owner(model);
}

/* ---- writing ---- */

/* The prefix of a slab's tensors. */
static const char *prefix_of(const TbModelKind *kind, const TbModelSlab *slab, char text[32]) {
    snprintf(text, 32, "%s.%s", kind->name, slab->prefix);
    return text;
}

static TbStatus serialize(const TbModelKind *kind, const TbModelContents *c, TbTensorView *views, uint16_t *halves,
                          void **data, size_t *n_bytes) {
    char prefix[32], version_key[32], sizes_key[32], sizes[TB_MODEL_SIZES * 12] = "";
    size_t n = 0, length = 0;
    for (size_t i = 0; i < c->n_slabs; i++) {
        const TbModelSlab *s = &c->slab[i];
        tbi_parameters_views(s->table, prefix_of(kind, s, prefix), s->params, halves, views + n);
        n += s->table->n_tensors;
        halves += s->table->n_params;
    }
    for (size_t i = 0; i < kind->n_sizes; i++)
        length += (size_t)snprintf(sizes + length, sizeof sizes - length, "%s%d", i ? " " : "", c->sizes[i]);
    snprintf(version_key, sizeof version_key, "%s.version", kind->name);
    snprintf(sizes_key, sizeof sizes_key, "%s.sizes", kind->name);
    const char *metadata[] = {"format", FORMAT, version_key, kind->version, sizes_key, sizes, NULL};
    return tb_tensor_file_serialize(views, n, metadata, data, n_bytes);
}

TbStatus tbi_model_print(const TbModelKind *kind, const void *model, void **data, size_t *n_bytes) {
    TbModelContents c;
    size_t n_tensors = 0, n_params = 0;
    kind->contents(model, &c);
    for (size_t i = 0; i < c.n_slabs; i++) {
        n_tensors += c.slab[i].table->n_tensors;
        n_params += c.slab[i].table->n_params;
    }
    TbTensorView *views = calloc(n_tensors, sizeof *views);
    uint16_t *halves = calloc(n_params, sizeof *halves);
    TbStatus status =
        views && halves ? serialize(kind, &c, views, halves, data, n_bytes) : tbi_no_memory("to write %s", kind->what);
    free(views);
    free(halves);
    return status;
}

TbStatus tbi_model_write(const TbModelKind *kind, const void *model, const char *path) {
    TbPrinted file = {NULL, 0};
    return tbi_write_printed(tbi_model_print(kind, model, &file.data, &file.n_bytes), &file, path);
}

/* ---- reading ---- */

static TbStatus parse_copy(const void *data, size_t n_bytes, const char *what, const char *advice,
                           TbTensorFile **file) {
    *file = NULL;
    void *copy = malloc(n_bytes + 1);
    if (!copy)
        return tbi_no_memory("to read %s", what);
    memcpy(copy, data, n_bytes);
    return tb_tensor_file_parse_as(copy, n_bytes, FORMAT, what, advice, file);
}

static const char *metadata_of(const TbTensorFile *file, const char *name, const char *key) {
    char text[64];
    snprintf(text, sizeof text, "%s.%s", name, key);
    return tb_tensor_file_metadata(file, text);
}

static bool read_sizes(const TbModelKind *kind, const char *text, int *sizes) {
    for (size_t i = 0; i < kind->n_sizes; i++) {
        char *end;
        const long value = text ? strtol(text, &end, 10) : 0;
        if (value < 1 || value > TB_MODEL_LARGEST_SIZE)
            return false;
        sizes[i] = (int)value;
        text = end;
    }
    return *text == 0;
}

static TbStatus read_tensors(const TbModelKind *kind, const TbTensorFile *file, size_t n_bytes, void **result) {
    const char *version = metadata_of(file, kind->name, "version");
    int sizes[TB_MODEL_SIZES];
    void *model;
    if (!version)
        return tb_fail(TB_ERR_FORMAT, "This file has models of music, but not %s; %s.", kind->what, kind->advice);
    if (strcmp(version, kind->version) != 0)
        return tb_fail(TB_ERR_VERSION, "This file has %s for another version of Timbrel; train it again.", kind->what);
    const size_t n_weights =
        read_sizes(kind, metadata_of(file, kind->name, "sizes"), sizes) ? kind->count_weights(sizes) : 0;
    if (n_weights == 0 || n_weights > n_bytes / sizeof(uint16_t))
        return tb_fail(TB_ERR_FORMAT, "This file has %s of impossible sizes; it is damaged.", kind->what);
    TbStatus status = tbi_model_new(kind, sizes, &model);
    if (status)
        return status;
    TbModelContents c;
    char prefix[32];
    kind->contents(model, &c);
    for (size_t i = 0; status == TB_OK && i < c.n_slabs; i++)
        status = tbi_parameters_read(c.slab[i].table, prefix_of(kind, &c.slab[i], prefix), file, c.slab[i].params);
    if (status)
        tbi_model_free(model);
    else
        *result = model;
    return status;
}

TbStatus tbi_model_parse(const TbModelKind *kind, const void *data, size_t n_bytes, void **model) {
    TbTensorFile *file;
    *model = NULL;
    TbStatus status = parse_copy(data, n_bytes, kind->what, kind->advice, &file);
    if (status)
        return status;
    status = read_tensors(kind, file, n_bytes, model);
    tb_tensor_file_free(file);
    return status;
}

TbStatus tbi_model_read(const TbModelKind *kind, const char *path, void **model) {
    TbPrinted file = {NULL, 0};
    *model = NULL;
    TbStatus status = tb_read_file(path, TB_MAX_TENSOR_FILE, &file.data, &file.n_bytes);
    status = status ? status : tbi_model_parse(kind, file.data, file.n_bytes, model);
    return tbi_parsed_file(status, &file, path);
}

/* ---- in memory ---- */

void tbi_model_round(const TbModelKind *kind, const void *model) {
    TbModelContents c;
    kind->contents(model, &c);
    for (size_t i = 0; i < c.n_slabs; i++)
        for (size_t k = 0; k < c.slab[i].table->n_params; k++)
            c.slab[i].params[k] = tb_half_to_float(tb_float_to_half(c.slab[i].params[k]));
}

TbStatus tbi_model_start(const TbModelKind *kind, const void *start, const void *model) {
    TbModelContents from, to;
    kind->contents(start, &from);
    kind->contents(model, &to);
    if (memcmp(from.sizes, to.sizes, kind->n_sizes * sizeof *from.sizes) != 0)
        return tb_fail(TB_ERR_ARGUMENT, "Training starts from %s of another size than the one to train.", kind->what);
    memcpy(to.slab[0].params, from.slab[0].params, to.slab[0].table->n_params * sizeof(float));
    return TB_OK;
}

/* ---- several models in a file ---- */

typedef struct {
    TbTensorView *views;
    const char **metadata; /* keys and values alternate */
    size_t n_views, n_metadata;
} Merged;

/* Adds the metadata and the tensors of a file. */
static TbStatus add(Merged *m, const TbTensorFile *file) {
    const char *key = NULL, *value;
    while ((key = tbi_tensor_file_next_metadata(file, key, &value))) {
        size_t i = 0;
        while (i < m->n_metadata && strcmp(m->metadata[i], key) != 0)
            i += 2;
        if (i < m->n_metadata && (strstr(key, ".version") || strcmp(m->metadata[i + 1], value) != 0))
            return tb_fail(TB_ERR_ARGUMENT,
                           "Two of the files to merge have \"%s\"; leave out one of these models of music.", key);
        if (i == m->n_metadata) {
            m->metadata[m->n_metadata++] = key;
            m->metadata[m->n_metadata++] = value;
        }
    }
    for (size_t i = 0; i < tb_tensor_file_count(file); i++)
        m->views[m->n_views++] = *tb_tensor_file_at(file, i);
    return TB_OK;
}

static TbStatus merge(TbTensorFile *const *opened, size_t n, void **data, size_t *n_bytes) {
    Merged m = {.n_views = 0};
    size_t n_views = 0, n_metadata = 0;
    for (size_t i = 0; i < n; i++) {
        const char *key = NULL, *value;
        n_views += tb_tensor_file_count(opened[i]);
        while ((key = tbi_tensor_file_next_metadata(opened[i], key, &value)))
            n_metadata += 2;
    }
    m.views = calloc(n_views + 1, sizeof *m.views);
    m.metadata = calloc(n_metadata + 1, sizeof *m.metadata);
    TbStatus status = m.views && m.metadata ? TB_OK : tbi_no_memory("to merge models of music");
    for (size_t i = 0; status == TB_OK && i < n; i++)
        status = add(&m, opened[i]);
    if (status == TB_OK)
        status = tb_tensor_file_serialize(m.views, m.n_views, m.metadata, data, n_bytes);
    free(m.views);
    free(m.metadata);
    return status;
}

TbStatus tbi_models_merge(const TbPrintedModels *files, size_t n, void **data, size_t *n_bytes) {
    TbTensorFile **opened = calloc(n + 1, sizeof *opened);
    TbStatus status = opened ? TB_OK : tbi_no_memory("to merge models of music");
    for (size_t i = 0; status == TB_OK && i < n; i++)
        status = parse_copy(files[i].data, files[i].n_bytes, ANY_MODEL, ANY_ADVICE, &opened[i]);
    if (status == TB_OK)
        status = merge(opened, n, data, n_bytes);
    for (size_t i = 0; opened && i < n; i++)
        tb_tensor_file_free(opened[i]);
    free(opened);
    return status;
}

TbStatus tbi_models_open(const void *data, size_t n_bytes, TbTensorFile **file) {
    return parse_copy(data, n_bytes, ANY_MODEL, ANY_ADVICE, file);
}

TbStatus tbi_models_find(const void *data, size_t n_bytes, const char *name, bool *found) {
    TbTensorFile *file;
    *found = false;
    TbStatus status = tbi_models_open(data, n_bytes, &file);
    if (status)
        return status;
    *found = metadata_of(file, name, "version");
    tb_tensor_file_free(file);
    return TB_OK;
}
