/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads models and folders of recordings, makes instruments and notes from them. */
#include "base/grow.h"
#include "bench/tools.h"
#include "timbrel/presets.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OF_ONE = 32 };

static int by_program(const void *a, const void *b) {
    const Recorded *x = a, *y = b;
    return x->program != y->program ? (x->program > y->program) - (x->program < y->program)
           : x->key != y->key       ? (x->key > y->key) - (x->key < y->key)
                                    : strcmp(x->path, y->path);
}

TbStatus folder_open(const char *path, Folder *folder) {
    *folder = (Folder){0};
    DIR *dir = opendir(path);
    if (!dir)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no folder %s.", path);
    size_t room = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        Recorded note;
        int end = 0;
        if (sscanf(entry->d_name, "%d_%d_%d.wav%n", &note.program, &note.key, &note.velocity, &end) != 3 || end == 0)
            continue;
        snprintf(note.path, sizeof note.path, "%s/%s", path, entry->d_name);
        if (!tbi_grow(&folder->note, folder->n + 1, &room))
            break;
        folder->note[folder->n++] = note;
    }
    closedir(dir);
    if (folder->n == 0) {
        folder_close(folder);
        return tb_fail(TB_ERR_EMPTY, "%s has no files called PROGRAM_KEY_VELOCITY.wav.", path);
    }
    qsort(folder->note, folder->n, sizeof *folder->note, by_program);
    return TB_OK;
}

void folder_close(Folder *folder) {
    free(folder->note);
    *folder = (Folder){0};
}

size_t folder_next_program(const Folder *folder, size_t i) {
    size_t end = i;
    while (end < folder->n && folder->note[end].program == folder->note[i].program)
        end++;
    return end;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static TbStatus encode(const TbModel *model, const Recorded *note, TbSound *sound) {
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    TbAnalysisOptions analysis_options = {.size = sizeof(TbAnalysisOptions), .single_note = true};
    TbStatus status = tb_audio_read(note->path, &audio, NULL);
    status = status == TB_OK ? tb_analyze(&audio, &analysis_options, NULL, NULL, &analysis) : status;
    status = status == TB_OK ? tb_encode(model, &analysis, true, sound) : status;
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    return status;
}

TbStatus folder_instrument(const TbModel *model, const Folder *folder, size_t first, size_t end,
                           TbInstrument **instrument) {
    TbSound sound[MOST_OF_ONE] = {{0}};
    const TbSound *sounds[MOST_OF_ONE] = {NULL};
    TbRecordedNote as[MOST_OF_ONE] = {{0}};
    size_t n = 0;
    TbStatus status = TB_OK;
    *instrument = NULL;
    for (size_t i = first; i < end && n < MOST_OF_ONE && status == TB_OK; i++) {
        status = encode(model, &folder->note[i], &sound[n]);
        sounds[n] = &sound[n];
        as[n] = tb_recorded_note_parse(file_name(folder->note[i].path));
        as[n].drum = folder->note[i].program == 128;
        n++;
    }
    status = status == TB_OK ? tb_instrument_from_sounds(model, sounds, as, n, instrument) : status;
    for (size_t i = 0; i < n; i++)
        tb_sound_free(&sound[i]);
    return status;
}

TbModel *bench_model(const char *path) {
    TbModel *model = NULL;
    TbStatus status = path && strcmp(path, "default") != 0 ? tb_model_read(path, &model) : tb_default_model(&model);
    if (status != TB_OK) {
        fprintf(stderr, "%s\n", tb_error_text(status));
    } else if (!tb_model_notes(model)) {
        fprintf(stderr, "This model has no note network; train it again.\n");
        tb_model_free(model);
        model = NULL;
    }
    return model;
}

TbStatus bench_note(const TbInstrument *instrument, double key, double hold, bool no_noise, double rate,
                    TbAudio *audio) {
    TbNoteOptions note = {.size = sizeof(TbNoteOptions),
                          .key = key,
                          .velocity = 100 / 127.0,
                          .hold = hold,
                          .longest = hold + 2,
                          .seed = 1,
                          .no_noise = no_noise};
    return tb_instrument_note(instrument, &note, rate, audio);
}
