/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel train: trains a model from folders of sounds. */
#ifndef TIMBREL_TRAIN_H
#define TIMBREL_TRAIN_H

#include "timbrel/sound.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- training frames ---- */

typedef struct TbDataset TbDataset;

typedef struct {
    size_t n_files;   /* sounds used */
    size_t n_skipped; /* files that are not sounds, or silent: see tb_dataset_skipped */
    size_t n_unheard; /* files not analysed for lack of time */
    size_t n_cut;     /* used files of which only the beginning was analysed for lack of time */
    size_t n_notes, n_frames;
    size_t n_validation;       /* frames held out */
    size_t n_validation_files; /* files they are from; 0: blocks of frames from all files */
    double seconds;            /* of sound */
    uint64_t fingerprint;      /* of all training data: a resumed run must have the same */
    size_t n_damaged;          /* used files with something wrong ... */
    char damage[400];          /* ... a sentence about the first: see tb_audio_damage */
} TbDatasetStats;

/* Finds sound files under `paths` (files or folders, searched in order of name), analyses them on `n_threads`
 * threads and keeps at most `max_frames` frames (530 bytes each), an equal share per file. About 5 % are held out
 * for validation: whole files, chosen by a hash of their names, so that the choice stays the same when other files
 * are added or removed. With fewer than 3 such files, or fewer than 20 files in all, every 20th block of 8 frames is
 * held out instead: that error says less about generalisation, but still reveals overfitting. Files that cannot be
 * read are skipped and counted. OFF. */
TB_NODISCARD TB_API TbStatus tb_dataset_new(const char *const *paths, size_t n_paths, size_t max_frames, int n_threads,
                                            TbProgress progress, void *context, TbDataset **dataset);
/* The same within about `seconds` (0: no limit): then it uses files from all over the list, and the beginnings of
 * long ones. At least one file is analysed. OFF. */
TB_NODISCARD TB_API TbStatus tb_dataset_new_within(double seconds, const char *const *paths, size_t n_paths,
                                                   size_t max_frames, int n_threads, TbProgress progress, void *context,
                                                   TbDataset **dataset);
/* File i < n_skipped + n_unheard that is not used, the unheard ones last, and the reason: "PATH: why". Borrowed. ANY.
 */
TB_API const char *tb_dataset_skipped(const TbDataset *dataset, size_t i);
TB_API void tb_dataset_free(TbDataset *dataset);
TB_API TbDatasetStats tb_dataset_stats(const TbDataset *dataset);

/* ---- a training run ---- */

typedef struct {
    size_t size;           /* see timbrel/base.h */
    TbVaeConfig net;       /* zeros: the defaults of tb_model_config */
    size_t batch;          /* frames per step (512) */
    size_t steps;          /* 0: as many as fit into budget_seconds */
    double budget_seconds; /* counted from `elapsed`; 0 with steps 0: until it stops improving, see below */
    double elapsed;        /* seconds of the budget already spent (on analysis) */
    double learning_rate;  /* 1.5e-3 */
    double beta;           /* weight of the KL term (0.001), warmed up over 1000 steps */
    double free_bits;      /* nats per latent dimension (0) */
    double augment;        /* 0..1: share of frames that are augmented: equaliser, pitch, loudness (0.5) */
    double audio_share;    /* share of the run that adds a loss on raw audio (0: none) */
    uint64_t seed;
    int n_threads;
    const char *checkpoint; /* file written every 20 s, from which a run can be resumed; NULL: none */
    bool resume;            /* resume from `checkpoint` */
    const TbModel *from;    /* start from these weights; NULL: from scratch */
} TbTrainOptions;

/* Without steps and budget the run consists of rounds: the learning rate is annealed over 6000 steps, then restarts
 * for half as many steps as were made so far, and so on. The run ends with the first round that does not reduce the
 * validation error by more than 1 %, at the latest after 500 000 steps. The same seed ends at the same step. ANY */
static inline void tb_train_defaults(TbTrainOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->net = tb_model_config();
    options->batch = 512;
    options->learning_rate = 1.5e-3;
    options->beta = 0.001;
    options->augment = 0.5;
    options->n_threads = 2;
    options->seed = 1;
}

/* One evaluation of the training progress. */
typedef struct {
    size_t step, n_steps;
    double seconds;              /* total, over all resumed parts */
    double loss, kl, audio_loss; /* running means; audio_loss is 0 before its stage */
    double validation_db;        /* level error on held-out frames (on training frames if there are none) */
    double train_db;
} TbTrainPoint;

typedef struct {
    size_t n_points;
    TbTrainPoint *points; /* owned */
    double best_db;
    double frames_per_second;
    bool interrupted; /* stopped by the progress function: the model is the best so far */
} TbTrainHistory;

/* Trains; *model is new and owned by the caller: the final weights, if their validation error is within 1 dB of the
 * best, otherwise the best. `progress` gets a sentence with the validation error. When it requests a stop, a
 * checkpoint is written and the best model so far returned (TB_OK, history->interrupted). history may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_train(const TbDataset *dataset, const TbTrainOptions *options, TbProgress progress,
                                      void *context, TbModel **model, TbTrainHistory *history);
TB_API void tb_train_history_free(TbTrainHistory *history);

/* ---- whole notes ---- */

typedef struct {
    size_t size;           /* see timbrel/base.h */
    size_t steps;          /* 0: as many as fit into budget_seconds */
    double budget_seconds; /* for the whole run; 0 with steps 0: as many steps as suit the number of notes */
    double hold;           /* seconds until note off in recordings that end within 0.75 s after; 0, others: estimated */
    uint64_t seed;
    int n_threads;
    const TbModel *from; /* start from its note network, if it has one; the meaning of the knobs stays the same */
} TbNoteTrainOptions;

static inline void tb_note_train_defaults(TbNoteTrainOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->n_threads = 2;
    options->seed = 1;
}

typedef struct {
    size_t n_notes, n_instruments, n_steps;
    size_t n_left;   /* notes not used for lack of time */
    double level_db; /* error of the levels of notes played from their instrument's code */
    bool interrupted;
} TbNoteTrainStats;

/* Trains the note network on the notes of the same sounds, for the latents of `model`, and adds it to the model.
 * Held-out files are not used. When `progress` requests a stop, the state so far is used (TB_OK,
 * stats->interrupted). TB_ERR_EMPTY when there is no note. OFF. */
TB_NODISCARD TB_API TbStatus tb_train_notes(TbDataset *dataset, const TbNoteTrainOptions *options, TbProgress progress,
                                            void *context, TbModel *model, TbNoteTrainStats *stats);

/* Describes a validation error in one short phrase: how the decoded sound compares to the original. ANY. */
TB_API const char *tb_train_verdict(double db);

#ifdef __cplusplus
}
#endif
#endif
