/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks of one file. */
#include "base/no_memory.h"
#include "nn/model_file.h"
#include "timbrel/compose.h"

#include <stdlib.h>

enum { KINDS = 3, LARGEST_FILE = 1 << 28 };

/* One member of TbMusicModels. */
typedef struct {
    const char *name; /* in files */
    size_t member;
    TbStatus (*parse)(const void *data, size_t n_bytes, void **model);
    TbStatus (*print)(const void *model, void **data, size_t *n_bytes);
    void (*free)(void *model);
} Kind;

/* The functions of a room for pointers of no type. */
#define FUNCTIONS_OF(room, Model)                                                                                      \
    static TbStatus parse_##room(const void *data, size_t n_bytes, void **model) {                                     \
        Model *parsed = NULL;                                                                                          \
        TbStatus status = tb_##room##_model_parse(data, n_bytes, &parsed);                                             \
        *model = parsed;                                                                                               \
        return status;                                                                                                 \
    }                                                                                                                  \
    static TbStatus print_##room(const void *model, void **data, size_t *n_bytes) {                                    \
        return tb_##room##_model_print(model, data, n_bytes);                                                          \
    }                                                                                                                  \
    static void free_##room(void *model) {                                                                             \
        tb_##room##_model_free(model);                                                                                 \
    }
FUNCTIONS_OF(rhythm, TbRhythmModel)
FUNCTIONS_OF(melody, TbMelodyModel)
FUNCTIONS_OF(piece, TbPieceModel)

#define KIND(room)                                                                                                     \
    { #room, offsetof(TbMusicModels, room), parse_##room, print_##room, free_##room }
static const Kind kinds[KINDS] = {KIND(rhythm), KIND(melody), KIND(piece)};

static void *get(const TbMusicModels *models, const Kind *kind) {
    void *model;
    memcpy(&model, (const char *)models + kind->member, sizeof model);
    return model;
}

static void set(TbMusicModels *models, const Kind *kind, void *model) {
    memcpy((char *)models + kind->member, &model, sizeof model);
}

void tb_music_models_free(TbMusicModels *models) {
    if (!models)
        return;
    for (int k = 0; k < KINDS; k++)
        kinds[k].free(get(models, &kinds[k]));
    memset(models, 0, sizeof *models);
}

TbStatus tb_music_models_parse(const void *data, size_t n_bytes, TbMusicModels *models) {
    TbStatus status = TB_OK;
    bool any = false;
    memset(models, 0, sizeof *models);
    for (int k = 0; status == TB_OK && k < KINDS; k++) {
        bool found;
        void *model = NULL;
        status = tbi_models_find(data, n_bytes, kinds[k].name, &found);
        if (status || !found)
            continue;
        any = true;
        status = kinds[k].parse(data, n_bytes, &model);
        set(models, &kinds[k], model);
    }
    if (status == TB_OK && !any)
        status = tb_fail(TB_ERR_FORMAT, "This file has no network of rhythms, melodies or pieces; use one that "
                                        "\"timbrel train\" has made from MIDI files.");
    if (status)
        tb_music_models_free(models);
    return status;
}

TbStatus tb_music_models_read(const char *path, TbMusicModels *models) {
    void *data;
    size_t n_bytes;
    memset(models, 0, sizeof *models);
    TbStatus status = tb_read_file(path, LARGEST_FILE, &data, &n_bytes);
    if (status)
        return status;
    status = tb_fail_in(tb_music_models_parse(data, n_bytes, models), path);
    free(data);
    return status;
}

TbStatus tb_music_models_print(const TbMusicModels *models, void **data, size_t *n_bytes) {
    void *printed[KINDS] = {NULL};
    TbPrintedModels files[KINDS];
    size_t n = 0;
    TbStatus status = TB_OK;
    for (int k = 0; status == TB_OK && k < KINDS; k++) {
        const void *model = get(models, &kinds[k]);
        if (!model)
            continue;
        status = kinds[k].print(model, &printed[n], &files[n].n_bytes);
        files[n].data = printed[n];
        n += status == TB_OK;
    }
    if (status == TB_OK)
        status = n ? tbi_models_merge(files, n, data, n_bytes) : tb_fail(TB_ERR_EMPTY, "There is no network to write.");
    for (size_t i = 0; i < n; i++)
        free(printed[i]);
    return status;
}

TbStatus tb_music_models_write(const TbMusicModels *models, const char *path) {
    void *data;
    size_t n_bytes;
    TbStatus status = tb_music_models_print(models, &data, &n_bytes);
    if (status)
        return status;
    status = tb_write_file(path, data, n_bytes);
    free(data);
    return status;
}
