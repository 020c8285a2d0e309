/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the data set: sounds are analysed on several threads, in an order independent of the number of threads. */
#include "train/dataset.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "nn/thread_pool.h"
#include "sound/infer_latents.h"
#include "train/find_sounds.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_NOTE_FRAMES = 4000000 }; /* 270 bytes each */
#define QUIET_DB -75.0f             /* quieter frames are left out */

typedef struct {
    const FileList *files;
    FileFrames *found; /* one per file */
    size_t quota;      /* rows per file */
    size_t chunks;     /* chunks per file */
    size_t frames;     /* of notes to keep, per file */
    double deadline;   /* tbi_now; 0: none */
    TbProgress progress;
    void *context;
    pthread_mutex_t lock; /* protects all members below, and nothing of `found`, whose files have one thread each */
    size_t next, done, cached;
    TbStatus status;
    char message[256]; /* reason of an out-of-memory failure: error messages are per thread */
    bool stop;
} Work;

/* Keeps up to `quota` frames of an analysis, spread evenly but denser in attacks (selected by position, so
 * reproducible). */
static TbStatus keep_rows(const TbAnalysis *analysis, size_t quota, FileFrames *out) {
    size_t n = 0, n_kept = 0;
    float loudest = tbi_loudest_power(analysis);
    for (size_t i = 0; i < analysis->n_notes; i++)
        for (size_t t = 0; t < analysis->notes[i].n_frames; t++)
            n += 10 * log10f(analysis->notes[i].frames[t].power + 1e-20f) > QUIET_DB;
    size_t room = n < quota ? n : quota;
    out->rows = malloc((room ? room : 1) * ROW * sizeof *out->rows);
    if (!out->rows)
        return tbi_no_memory("for the training frames; ask for fewer with --frames");
    double step = room ? (double)n / (double)room : 1, at = 0;
    size_t index = 0;
    for (size_t i = 0; i < analysis->n_notes; i++) {
        for (size_t t = 0; t < analysis->notes[i].n_frames; t++) {
            const TbFrame *f = &analysis->notes[i].frames[t];
            if (!(10 * log10f(f->power + 1e-20f) > QUIET_DB))
                continue;
            if ((double)index >= at && n_kept < room) {
                tbi_dataset_pack(f, loudest, out->rows + n_kept * ROW);
                n_kept++;
                at += step;
            }
            index++;
        }
    }
    out->n_rows = n_kept;
    out->n_notes = analysis->n_notes;
    out->seconds = analysis->seconds;
    out->used = n_kept > 0;
    return TB_OK;
}

/* Minimum analysis speed in seconds of sound per second, and the seconds of a file analysed in any case. */
#define ANALYSIS_SPEED 4.0
#define MIN_ANALYSED 2.0

static bool cut_to_time(const Work *w, TbAudio *audio) {
    double left = fmax((w->deadline - tbi_now()) * ANALYSIS_SPEED, MIN_ANALYSED) * audio->sample_rate;
    bool cut = w->deadline > 0 && left < (double)audio->n_samples;
    audio->n_samples = cut ? (size_t)left : audio->n_samples;
    return cut;
}

/* Makes "PATH: why"; the reason may contain the path already. */
static TbStatus describe_skipped(const char *path, const char *text, char **why) {
    int n = strstr(text, path) ? asprintf(why, "%s", text) : asprintf(why, "\"%s\": %s", path, text);
    if (n < 0) {
        *why = NULL;
        return tbi_no_memory("for the list of files");
    }
    return TB_OK;
}

/* Analyses the file and keeps what training needs of it. */
static TbStatus analyse_file(Work *w, size_t i) {
    FileFrames *f = &w->found[i];
    const char *path = w->files->paths[i];
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    TbStatus status = tb_audio_read(path, &audio, &f->info);
    if (status == TB_OK)
        f->cut = cut_to_time(w, &audio);
    if (status == TB_OK && audio.sample_rate != TB_ANALYSIS_RATE)
        status = tb_audio_resample(&audio, TB_ANALYSIS_RATE);
    if (status == TB_OK)
        status = tb_analyze(&audio, NULL, NULL, NULL, &analysis);
    if (status == TB_OK)
        status = keep_rows(&analysis, w->quota, f);
    if (status == TB_OK && f->used)
        status = tbi_note_cache_add(&analysis, path, w->frames, f);
    if (status == TB_OK && f->used) {
        f->path = path;
        f->chunks = malloc(w->chunks * sizeof *f->chunks);
        if (f->chunks)
            f->n_chunks = tbi_cut_chunks(&analysis, &audio, w->chunks, f->chunks);
        else
            status = tbi_no_memory("for the training frames");
    }
    tb_analysis_free(&analysis);
    tb_audio_free(&audio);
    if (f->used || status == TB_ERR_NO_MEMORY)
        return status;
    return describe_skipped(path, status == TB_OK ? "It is silent." : tb_error_text(status), &f->why);
}

/* Takes one file after another until none is left. */
static void analyse_files(Work *w) {
    for (;;) {
        pthread_mutex_lock(&w->lock);
        size_t i = w->next++;
        bool stop = w->stop || i >= w->files->n, late = w->deadline > 0 && w->cached > 0 && tbi_now() > w->deadline;
        pthread_mutex_unlock(&w->lock);
        if (stop)
            return;
        i = w->deadline > 0 ? tbi_dataset_spread(i, w->files->n) : i;
        w->found[i].unheard = late;
        TbStatus status =
            late ? describe_skipped(w->files->paths[i], "There was no time to listen to it.", &w->found[i].why)
                 : analyse_file(w, i);
        pthread_mutex_lock(&w->lock);
        w->cached += w->found[i].used;
        if (status == TB_ERR_NO_MEMORY) { /* a file that is not a sound is only skipped */
            w->status = status;
            w->stop = true;
            snprintf(w->message, sizeof w->message, "%s", tb_error_text(status));
        }
        w->done++;
        pthread_mutex_unlock(&w->lock);
    }
}

/* On the caller's thread, which may be asked to stop: reports progress until the others are done. */
static void report_progress(Work *w) {
    for (bool busy = true; busy;) {
        struct timespec nap = {.tv_nsec = 50 * 1000 * 1000};
        nanosleep(&nap, NULL);
        pthread_mutex_lock(&w->lock);
        size_t done = w->done;
        busy = done < w->files->n && !w->stop;
        pthread_mutex_unlock(&w->lock);
        if (w->progress && !w->progress(w->context, (double)done / (double)w->files->n, "Analysing the sounds")) {
            pthread_mutex_lock(&w->lock);
            w->stop = true;
            w->status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
            pthread_mutex_unlock(&w->lock);
        }
    }
}

static void work(void *context, int worker) {
    if (worker == 0)
        report_progress(context);
    else
        analyse_files(context);
}

static TbStatus analyse_all(Work *w, int n_threads) {
    TbThreadPool *pool = NULL;
    TbStatus status = tbi_thread_pool_new(1 + (n_threads < 1 ? 1 : n_threads > 64 ? 64 : n_threads), &pool);
    if (status != TB_OK)
        return status;
    tbi_thread_pool_run(pool, work, w);
    tbi_thread_pool_free(pool);
    return w->status == TB_ERR_NO_MEMORY ? tb_fail(w->status, "%s", w->message) : w->status;
}

static void find_damaged(const Work *w, TbDatasetStats *stats) {
    char text[sizeof stats->damage];
    for (size_t i = 0; i < w->files->n; i++) {
        bool damaged = w->found[i].used && tb_audio_damage(&w->found[i].info, w->files->paths[i], text, sizeof text);
        if (damaged && stats->n_damaged++ == 0)
            memcpy(stats->damage, text, sizeof text);
    }
}

TbStatus tb_dataset_new(const char *const *paths, size_t n_paths, size_t max_frames, int n_threads, TbProgress progress,
                        void *context, TbDataset **dataset) {
    return tb_dataset_new_within(0, paths, n_paths, max_frames, n_threads, progress, context, dataset);
}

TbStatus tb_dataset_new_within(double seconds, const char *const *paths, size_t n_paths, size_t max_frames,
                               int n_threads, TbProgress progress, void *context, TbDataset **dataset) {
    FileList files = {0};
    Work w = {.files = &files,
              .deadline = seconds > 0 ? tbi_now() + seconds : 0,
              .progress = progress,
              .context = context,
              .lock = PTHREAD_MUTEX_INITIALIZER};
    *dataset = NULL;
    TbStatus status = tbi_find_sounds(paths, n_paths, NULL, &files);
    if (status == TB_OK) {
        w.quota = max_frames / files.n > 8 ? max_frames / files.n : 8;
        w.frames = MAX_NOTE_FRAMES / files.n;
        w.chunks = MAX_CHUNKS / files.n;
        w.chunks = w.chunks < 1 ? 1 : w.chunks > MAX_CHUNKS_PER_FILE ? MAX_CHUNKS_PER_FILE : w.chunks;
        w.found = calloc(files.n, sizeof *w.found);
        *dataset = calloc(1, sizeof **dataset);
        if (!w.found || !*dataset)
            status = tbi_no_memory("for the training frames");
    }
    if (status == TB_OK)
        status = analyse_all(&w, n_threads);
    if (status == TB_OK)
        status = tbi_split_validation(w.found, files.n, *dataset);
    if (status == TB_OK)
        find_damaged(&w, &(*dataset)->stats);
    if (status == TB_OK && (*dataset)->stats.n_frames == 0) {
        status = files.n == 1 && w.found[0].why
                     ? tb_fail(TB_ERR_EMPTY, "There is no sound to learn from: %s", w.found[0].why)
                 : files.n == 1 ? tb_fail(TB_ERR_EMPTY, "\"%s\" has no sound to learn from.", files.paths[0])
                                : tb_fail(TB_ERR_EMPTY, "None of the %zu files has a sound to learn from.", files.n);
    }
    for (size_t i = 0; w.found && i < files.n; i++) {
        free(w.found[i].rows);
        free(w.found[i].chunks);
        for (size_t k = 0; k < w.found[i].n_cached; k++)
            tbi_cached_note_free(&w.found[i].cached[k]);
        free(w.found[i].cached);
        free(w.found[i].why);
    }
    free(w.found);
    tbi_file_list_free(&files);
    if (status != TB_OK) {
        tb_dataset_free(*dataset);
        *dataset = NULL;
    }
    return status;
}

static size_t n_left_out(const TbDataset *dataset) {
    return dataset->stats.n_skipped + dataset->stats.n_unheard;
}

void tb_dataset_free(TbDataset *dataset) {
    if (dataset) {
        free(dataset->rows);
        free(dataset->validation);
        free(dataset->chunks);
        for (size_t i = 0; i < dataset->n_notes; i++)
            tbi_cached_note_free(&dataset->notes[i]);
        free(dataset->notes);
        for (size_t i = 0; dataset->skipped && i < n_left_out(dataset); i++)
            free(dataset->skipped[i]);
        free(dataset->skipped);
        free(dataset);
    }
}

TbDatasetStats tb_dataset_stats(const TbDataset *dataset) {
    return dataset->stats;
}

const char *tb_dataset_skipped(const TbDataset *dataset, size_t i) {
    return i < n_left_out(dataset) ? dataset->skipped[i] : "";
}
