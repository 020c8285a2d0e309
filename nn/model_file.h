/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: files of models of music. One safetensors file, with weights of 16 bits, holds one model or several, each
 * of another kind. A kind has a name, such as "rhythm":
 *
 *     metadata  "format": "timbrel music"; "rhythm.version"; "rhythm.sizes", the numbers that define the network
 *     tensors   "rhythm." and the names in the tables of the network
 *
 * A room describes its kind once (TbModelKind); printing, parsing and their errors are the same for all. */
#ifndef TIMBREL_NN_MODEL_FILE_H
#define TIMBREL_NN_MODEL_FILE_H

#include "nn/parameters.h"

enum { TB_MODEL_SLABS = 2, TB_MODEL_SIZES = 12 /* at most */, TB_MODEL_LARGEST_SIZE = 1024 };

typedef struct {
    const TbParameters *table;
    const char *prefix; /* of the names of its tensors: "" or such as "facts." */
    float *params;
} TbModelSlab;

/* What a file holds of a model. The first slab has the weights. */
typedef struct {
    int sizes[TB_MODEL_SIZES]; /* 1 .. TB_MODEL_LARGEST_SIZE */
    size_t n_slabs;
    TbModelSlab slab[TB_MODEL_SLABS];
} TbModelContents;

typedef struct {
    const char *name, *version;
    const char *what, *advice; /* for errors: "a model of rhythms", "make one with ..." */
    size_t n_sizes;
    /* The number of weights of a network of these sizes; 0: it cannot have them. */
    size_t (*count_weights)(const int *sizes);
    size_t bytes; /* of a model, whose first member is the arena of its arrays */
    /* Gives a zeroed model its sizes, tables and arrays. */
    void (*lay_out)(void *model, const int *sizes);
    void (*contents)(const void *model, TbModelContents *contents); /* all but sizes after n_sizes */
} TbModelKind;

/* A model of these sizes; its weights are 0. *model is NULL on failure. OFF */
TB_NODISCARD TbStatus tbi_model_new(const TbModelKind *kind, const int *sizes, void **model);
void tbi_model_free(void *model); /* NULL is fine. OFF */

/* *data is newly allocated (free). OFF */
TB_NODISCARD TbStatus tbi_model_print(const TbModelKind *kind, const void *model, void **data, size_t *n_bytes);
TB_NODISCARD TbStatus tbi_model_write(const TbModelKind *kind, const void *model, const char *path);

/* Makes the model of this kind in a file, which may hold others, too. TB_ERR_FORMAT: there is none; the sentence says
 * what the file is instead. TB_ERR_VERSION: it is for another version of Timbrel. *model is NULL on failure. OFF */
TB_NODISCARD TbStatus tbi_model_parse(const TbModelKind *kind, const void *data, size_t n_bytes, void **model);
TB_NODISCARD TbStatus tbi_model_read(const TbModelKind *kind, const char *path, void **model);

/* Weights and facts lose what 16 bits cannot hold, so that a model is what its file will say. OFF */
void tbi_model_round(const TbModelKind *kind, const void *model);

/* `model` gets the weights of `start`, which training begins with. TB_ERR_ARGUMENT: their sizes differ. OFF */
TB_NODISCARD TbStatus tbi_model_start(const TbModelKind *kind, const void *start, const void *model);

/* Defines the kind of a network of music, tbi_NAME_model_kind, and its models' functions: tbi_NAME_model_new, and
 * tb_NAME_model_free, _print, _write, _parse and _read. The file has count_weights, lay_out and contents. */
#define TB_MODEL_KIND(name, Name, version, what)                                                                       \
    const TbModelKind tbi_##name##_model_kind = {#name,                                                                \
                                                 version,                                                              \
                                                 what,                                                                 \
                                                 "make one with \"timbrel train\"",                                    \
                                                 sizeof(Name##Sizes) / sizeof(int),                                    \
                                                 count_weights,                                                        \
                                                 sizeof(Tb##Name##Model),                                              \
                                                 lay_out,                                                              \
                                                 contents};                                                            \
    TbStatus tbi_##name##_model_new(const Name##Sizes *sizes, Tb##Name##Model **model) {                               \
        void *made;                                                                                                    \
        TbStatus status = tbi_model_new(&tbi_##name##_model_kind, (const int *)sizes, &made);                          \
        *model = made;                                                                                                 \
        return status;                                                                                                 \
    }                                                                                                                  \
    void tb_##name##_model_free(Tb##Name##Model *model) {                                                              \
        tbi_model_free(model);                                                                                         \
    }                                                                                                                  \
    TbStatus tb_##name##_model_print(const Tb##Name##Model *model, void **data, size_t *n_bytes) {                     \
        return tbi_model_print(&tbi_##name##_model_kind, model, data, n_bytes);                                        \
    }                                                                                                                  \
    TbStatus tb_##name##_model_write(const Tb##Name##Model *model, const char *path) {                                 \
        return tbi_model_write(&tbi_##name##_model_kind, model, path);                                                 \
    }                                                                                                                  \
    TbStatus tb_##name##_model_parse(const void *data, size_t n_bytes, Tb##Name##Model **model) {                      \
        void *made;                                                                                                    \
        TbStatus status = tbi_model_parse(&tbi_##name##_model_kind, data, n_bytes, &made);                             \
        *model = made;                                                                                                 \
        return status;                                                                                                 \
    }                                                                                                                  \
    TbStatus tb_##name##_model_read(const char *path, Tb##Name##Model **model) {                                       \
        void *made;                                                                                                    \
        TbStatus status = tbi_model_read(&tbi_##name##_model_kind, path, &made);                                       \
        *model = made;                                                                                                 \
        return status;                                                                                                 \
    }

/* ---- several models in a file ---- */

typedef struct {
    const void *data;
    size_t n_bytes;
} TbPrintedModels;

/* One file of all models in n files, and the rest of their metadata. TB_ERR_ARGUMENT: two models are of the same kind,
 * or two files say different things. *data is newly allocated (free). OFF */
TB_NODISCARD TbStatus tbi_models_merge(const TbPrintedModels *files, size_t n, void **data, size_t *n_bytes);

/* The tensors and metadata of a file of models, of which there may be none. TB_ERR_FORMAT: it is another kind of file.
 * OFF */
TB_NODISCARD TbStatus tbi_models_open(const void *data, size_t n_bytes, TbTensorFile **file);

/* Whether a file holds a model of this name. TB_ERR_FORMAT: it is not a file of models of music. OFF */
TB_NODISCARD TbStatus tbi_models_find(const void *data, size_t n_bytes, const char *name, bool *found);

#endif
