/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks of one file. */
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "melody/model_kind.h"
#include "piece/model_kind.h"
#include "rhythm/model_kind.h"
#include "timbrel/compose.h"

#include <stdlib.h>

enum { KINDS = 3, LARGEST_FILE = 1 << 28 };

/* One member of TbMusicModels. */
typedef struct {
    const TbModelKind *kind;
    size_t member;
} Member;
static const Member members[KINDS] = {{&tbi_rhythm_model_kind, offsetof(TbMusicModels, rhythm)},
                                      {&tbi_melody_model_kind, offsetof(TbMusicModels, melody)},
                                      {&tbi_piece_model_kind, offsetof(TbMusicModels, piece)}};

static void *get(const TbMusicModels *models, int k) {
    void *model;
    memcpy(&model, (const char *)models + members[k].member, sizeof model);
    return model;
}

static void set(TbMusicModels *models, int k, void *model) {
    memcpy((char *)models + members[k].member, &model, sizeof model);
}

void tb_music_models_free(TbMusicModels *models) {
    if (!models)
        return;
    for (int k = 0; k < KINDS; k++)
        tbi_model_free(get(models, k));
    memset(models, 0, sizeof *models);
}

TbStatus tb_music_models_parse(const void *data, size_t n_bytes, TbMusicModels *models) {
    TbStatus status = TB_OK;
    bool any = false;
    memset(models, 0, sizeof *models);
    for (int k = 0; status == TB_OK && k < KINDS; k++) {
        bool found;
        void *model = NULL;
        status = tbi_models_find(data, n_bytes, members[k].kind->name, &found);
        if (status || !found)
            continue;
        any = true;
        status = tbi_model_parse(members[k].kind, data, n_bytes, &model);
        set(models, k, model);
    }
    if (status == TB_OK && !any)
        status = tb_fail(TB_ERR_FORMAT, "This file has no network of rhythms, melodies or pieces; use one that "
                                        "\"timbrel train\" has made from MIDI files.");
    if (status)
        tb_music_models_free(models);
    return status;
}

TbStatus tb_music_models_read(const char *path, TbMusicModels *models) {
    TbPrinted file = {NULL, 0};
    memset(models, 0, sizeof *models);
    TbStatus status = tb_read_file(path, LARGEST_FILE, &file.data, &file.n_bytes);
    status = status ? status : tb_music_models_parse(file.data, file.n_bytes, models);
    return tbi_parsed_file(status, &file, path);
}

TbStatus tb_music_models_print(const TbMusicModels *models, void **data, size_t *n_bytes) {
    void *printed[KINDS] = {NULL};
    TbPrintedModels files[KINDS];
    size_t n = 0;
    TbStatus status = TB_OK;
    for (int k = 0; status == TB_OK && k < KINDS; k++) {
        const void *model = get(models, k);
        if (!model)
            continue;
        status = tbi_model_print(members[k].kind, model, &printed[n], &files[n].n_bytes);
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
    TbPrinted file = {NULL, 0};
    return tbi_write_printed(tb_music_models_print(models, &file.data, &file.n_bytes), &file, path);
}
