/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fine-tunes the networks of music on MIDI files, one after the other; each that is done is in the model at once. */
#include "app/files.h"
#include "app/midi_folder.h"
#include "app/music_report.h"
#include "app/numbers.h"
#include "app/train_values.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "nn/model_file.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Without a budget: steps at most, and where nothing is held out to stop early by. */
enum { STEPS = 800, STEPS_UNJUDGED = 100, STEPS_WITHIN_BUDGET = 1000000 };
static const double WRITE_SECONDS = 0.5;

typedef struct {
    void *data; /* owned */
    size_t n_bytes;
} PrintedModel;

typedef struct {
    const TrainValues *v;
    double started;
    void *start; /* the file of the networks to start from: borrowed if it is built in */
    size_t n_start;
    bool owns_start;
    bool has[MUSIC_KINDS]; /* the start does */
    MidiFolder folder;
    MusicResult result[MUSIC_KINDS];
    Progress progress;
    PrintedModel printed[MUSIC_KINDS]; /* data is NULL: not in the start */
    char *const *paths;
    size_t n_paths;
} Training;

static TbStatus open_start(Training *t) {
    const char *from = t->v->from;
    TbStatus status = TB_OK;
    if (!from || strcmp(from, "default") == 0) {
        const void *data = tb_music_data(&t->n_start);
        if (!data)
            return tb_fail(TB_ERR_NOT_FOUND, "This build of Timbrel has no networks of music; name a file of them with "
                                             "--from.");
        memcpy(&t->start, &data, sizeof data);
    } else {
        status = tb_read_file(from, TB_MAX_TENSOR_FILE, &t->start, &t->n_start);
        t->owns_start = status == TB_OK;
    }
    for (int k = 0; k < MUSIC_KINDS && status == TB_OK; k++) {
        status = tbi_models_find(t->start, t->n_start, music_kinds[k].name, &t->has[k]);
        if (status == TB_OK && t->has[k]) {
            void *model;
            status = music_kinds[k].parse(t->start, t->n_start, &model);
            if (status == TB_OK) {
                status = music_kinds[k].print(model, &t->printed[k].data, &t->printed[k].n_bytes);
                music_kinds[k].free(model);
            }
        }
    }
    return from ? tb_fail_in(status, from) : status;
}

/* Options of training on sounds are refused, not ignored. */
static TbStatus check_options(const TrainValues *v) {
    const struct {
        const char *option;
        bool given;
    } of_sounds[] = {{"--latent", v->latent > 0},
                     {"--width", v->width > 0},
                     {"--layers", v->layers > 0},
                     {"--note-steps", v->note_steps > 0},
                     {"--hold", isfinite(v->hold)},
                     {"--batch", v->batch > 0},
                     {"--frames", v->frames > 0},
                     {"--beta", isfinite(v->beta)},
                     {"--free-bits", isfinite(v->free_bits)},
                     {"--augment", isfinite(v->augment)},
                     {"--audio-share", isfinite(v->audio_share)}};
    for (size_t i = 0; i < sizeof of_sounds / sizeof *of_sounds; i++)
        if (of_sounds[i].given)
            return tb_fail(TB_ERR_ARGUMENT, "%s is for the network of sounds, and these are MIDI files; leave it out.",
                           of_sounds[i].option);
    return TB_OK;
}

static char *checkpoint_of(const Training *t, int kind) {
    char *path;
    return asprintf(&path, "%s.%s.checkpoint", t->v->output, music_kinds[kind].name) < 0 ? NULL : path;
}

static TbStatus check_checkpoints(const Training *t, bool *resume) {
    char *paths[MUSIC_KINDS];
    bool whole = true;
    for (int k = 0; k < MUSIC_KINDS; k++)
        whole = (paths[k] = checkpoint_of(t, k)) && whole;
    TbStatus status = whole ? train_checkpoint_check(t->v, paths, MUSIC_KINDS, resume) : tbi_no_memory("to train");
    for (int k = 0; k < MUSIC_KINDS; k++)
        free(paths[k]);
    return status;
}

/* ---- one network ---- */

static bool learns(const Training *t, int kind) {
    return t->has[kind] && t->folder.used_by[kind] > 0 && (t->v->only == 0 || t->v->only == kind + 1);
}

/* Its part of what is left of the budget; 0: no limit. */
static double seconds_for(const Training *t, int kind) {
    double shares = 0;
    if (!isfinite(t->v->budget))
        return 0;
    for (int k = kind; k < MUSIC_KINDS; k++)
        shares += learns(t, k) ? music_kinds[k].share : 0;
    const double left = t->v->budget - (tbi_now() - t->started) - WRITE_SECONDS;
    return fmax(0.1, left * music_kinds[kind].share / shares);
}

static TbStatus replace_printed(const MusicKind *kind, const void *model, PrintedModel *printed) {
    PrintedModel trained;
    TbStatus status = kind->print(model, &trained.data, &trained.n_bytes);
    if (status)
        return status;
    free(printed->data);
    *printed = trained;
    return TB_OK;
}

static TbStatus run_kind(Training *t, int kind, MusicRun *run, void *sets[2]) {
    const MusicKind *k = &music_kinds[kind];
    const double begun = tbi_now(), limit = seconds_for(t, kind);
    Progress *progress = &t->progress;
    char label[60];
    void *model = NULL;
    snprintf(label, sizeof label, "learning %s", k->plural);
    progress_begin(progress, label);
    if (limit > 0)
        progress_within(progress, begun, begun + limit);
    run->progress = progress;
    TbStatus status = midi_folder_fill(&t->folder, kind, sets[0]);
    if (status == TB_OK)
        status = music_recall(k, run->start, sets[1], progress_report, progress);
    run->set = sets[0];
    run->also = sets[1];
    run->seconds = limit > 0 ? fmax(0.05, limit - (tbi_now() - begun)) : 0;
    run->steps = t->v->steps                    ? (uint64_t)t->v->steps
                 : k->count(sets[0], true) == 0 ? STEPS_UNJUDGED
                 : limit > 0                    ? STEPS_WITHIN_BUDGET
                                                : STEPS;
    if (status == TB_OK)
        status = k->train(run, &model);
    progress_end(progress);
    if (status == TB_OK && run->failed)
        status = tbi_no_memory("to train");
    if (status == TB_OK)
        status = replace_printed(k, model, &t->printed[kind]);
    k->free(model);
    return status;
}

static TbStatus train_kind(Training *t, int kind, bool resume) {
    const MusicKind *k = &music_kinds[kind];
    void *start = NULL, *sets[2] = {NULL, NULL};
    char *checkpoint = checkpoint_of(t, kind);
    MusicRun run = {.seed = (uint64_t)t->v->seed, .learning_rate = t->v->learning_rate, .checkpoint = checkpoint};
    run.before = run.lowest = NAN;
    TbStatus status = checkpoint ? k->parse(t->start, t->n_start, &start) : tbi_no_memory("to train");
    for (int i = 0; i < 2 && status == TB_OK; i++)
        status = k->set_new(&sets[i]);
    if (status == TB_OK) {
        run.start = start;
        run.resume = resume && path_kind(checkpoint) != PATH_ABSENT;
        status = run_kind(t, kind, &run, sets);
    }
    t->result[kind] = (MusicResult){.trained = status == TB_OK,
                                    .interrupted = run.interrupted || status == TB_ERR_CANCELLED,
                                    .before = run.before,
                                    .after = run.lowest,
                                    .steps = run.step,
                                    .held_out = t->folder.held_out[kind],
                                    .cut = t->folder.cut[kind],
                                    .points = run.points,
                                    .n_points = run.n_points};
    for (int i = 0; i < 2; i++)
        k->set_free(sets[i]);
    k->free(start);
    free(checkpoint);
    return status == TB_ERR_CANCELLED ? TB_OK : status; /* what is done so far is written */
}

/* ---- the model ---- */

static TbStatus index_of(const Training *t, TbCopyIndex *index) {
    TbStatus status = tb_music_copies_parse(index, t->start, t->n_start);
    for (size_t i = 0; i < t->folder.n_files && status == TB_OK; i++)
        if (!*t->folder.files[i].left_out)
            status = tb_copy_index_add(index, path_base(t->folder.files[i].path), &t->folder.files[i].score);
    return status;
}

/* What the networks to start from learned, and what they learned here. *text is newly allocated (free). */
static TbStatus learned_text(const Training *t, char **text) {
    char here[1000];
    TbTensorFile *start;
    *text = NULL;
    TbStatus status = tbi_models_open(t->start, t->n_start, &start);
    if (status)
        return status;
    const char *before = tb_tensor_file_metadata(start, "learned");
    music_results_text(&t->folder, t->result, here, sizeof here);
    if (asprintf(text, "%s%s%s", before ? before : "", before ? "; then " : "", here) < 0) {
        *text = NULL;
        status = tbi_no_memory("for the model");
    }
    tb_tensor_file_free(start);
    return status;
}

/* The networks, and what the copy meter needs of the files. */
static TbStatus write_model(Training *t) {
    TbPrintedModels files[MUSIC_KINDS + 1];
    size_t n = 0, n_bytes;
    void *data = NULL, *learned = NULL;
    char *text = NULL;
    TbCopyIndex *index;
    TbStatus status = tb_copy_index_new(&index);
    if (status)
        return status;
    status = index_of(t, index);
    if (status == TB_OK)
        status = learned_text(t, &text);
    for (int k = 0; k < MUSIC_KINDS; k++)
        if (t->printed[k].data)
            files[n++] = (TbPrintedModels){t->printed[k].data, t->printed[k].n_bytes};
    if (status == TB_OK)
        status = tb_music_copies_print(index, text, &learned, &files[n].n_bytes);
    files[n++].data = learned;
    if (status == TB_OK)
        status = tbi_models_merge(files, n, &data, &n_bytes);
    if (status == TB_OK)
        status = tb_write_file(t->v->output, data, n_bytes);
    free(data);
    free(learned);
    free(text);
    tb_copy_index_free(index);
    return status;
}

static void remove_checkpoints(const Training *t) {
    for (int k = 0; k < MUSIC_KINDS; k++) {
        char *path = checkpoint_of(t, k);
        if (path && path_kind(path) != PATH_ABSENT && remove(path) != 0)
            fprintf(stderr, "Cannot remove \"%s\", which is no longer needed.\n", path);
        free(path);
    }
}

static TbStatus finish(Training *t, bool interrupted, bool any) {
    TbStatus status = any ? music_report_write(t->v->output, &t->folder, t->result, tbi_now() - t->started) : TB_OK;
    if (status)
        return status;
    music_results_print(&t->folder, t->result);
    if (interrupted) {
        if (any)
            printf("the model so far is %s; the same command with --resume continues\n", t->v->output);
        return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    printf("the model is %s\n", t->v->output);
    remove_checkpoints(t);
    return TB_OK;
}

static TbStatus train(Training *t) {
    bool resume, interrupted = false, any = false;
    TbStatus status = check_checkpoints(t, &resume);
    if (status)
        return status;
    progress_begin(&t->progress, "reading the MIDI files");
    status = midi_folder_read(t->paths, t->n_paths, progress_report, &t->progress, &t->folder);
    progress_end(&t->progress);
    if (status)
        return status;
    midi_folder_print(&t->folder);
    for (int k = 0; k < MUSIC_KINDS && status == TB_OK && !interrupted; k++) {
        if (!learns(t, k))
            continue;
        status = train_kind(t, k, resume);
        interrupted = t->result[k].interrupted;
        any = any || t->result[k].trained;
        if (status == TB_OK && t->result[k].trained)
            status = write_model(t);
    }
    if (status == TB_OK && !any && !interrupted)
        status = tb_fail(TB_ERR_EMPTY, "None of the networks to start from learns from these files.");
    return status ? status : finish(t, interrupted, any);
}

TbStatus train_music(const TrainValues *v, char *const *paths, size_t n_paths) {
    Training t = {.v = v, .started = tbi_now(), .paths = paths, .n_paths = n_paths};
    tb_set_threads(train_threads(v));
    TbStatus status = check_options(v);
    if (status == TB_OK)
        status = open_start(&t);
    if (status == TB_OK)
        status = train(&t);
    for (int k = 0; k < MUSIC_KINDS; k++) {
        free(t.printed[k].data);
        free(t.result[k].points);
    }
    midi_folder_free(&t.folder);
    if (t.owns_start)
        free(t.start);
    return status;
}
