/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel train: from folders of sounds to a model. */
#ifndef TIMBREL_TRAIN_H
#define TIMBREL_TRAIN_H

#include "timbrel/sound.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- frames to learn from ---- */

typedef struct TbDataset TbDataset;

typedef struct {
    size_t n_files;   /* sounds used */
    size_t n_skipped; /* files that are no sounds, or only silence: see tb_dataset_skipped */
    size_t n_unheard; /* files that there was no time for */
    size_t n_cut;     /* used files of which only the beginning was heard, for want of time */
    size_t n_notes, n_frames;
    size_t n_validation;       /* frames kept aside */
    size_t n_validation_files; /* files they are of; 0: blocks of frames of all files */
    double seconds;            /* of sound */
    uint64_t fingerprint;      /* of all that training sees: a resumed run must see the same */
} TbDatasetStats;

/* Finds sound files under `paths` (files or folders, searched in order of name), analyses them on `n_threads` threads
 * and keeps at most `max_frames` frames (530 bytes each), an equal share per file. About 5 % is kept aside for
 * validation: whole files, chosen by their names alone, so that they stay the same when others come or go. Where these
 * would be fewer than 3, or the files fewer than 20, it is every 20th block of 8 frames instead: an error on these says
 * less of other sounds, but still when training has gone too far. A file that cannot be read is counted and passed
 * over. OFF. */
TB_NODISCARD TB_API TbStatus tb_dataset_new(const char *const *paths, size_t n_paths, size_t max_frames, int n_threads,
                                            TbProgress progress, void *context, TbDataset **dataset);
/* The same within about so many seconds (0: as long as it takes): then files from all over the list, and the beginnings
 * of long ones, are what is learned from. At least one file is heard. OFF. */
TB_NODISCARD TB_API TbStatus tb_dataset_new_within(double seconds, const char *const *paths, size_t n_paths,
                                                   size_t max_frames, int n_threads, TbProgress progress, void *context,
                                                   TbDataset **dataset);
/* Which file was passed over, i < n_skipped, and why: "PATH: why". Borrowed. ANY. */
TB_API const char *tb_dataset_skipped(const TbDataset *dataset, size_t i);
TB_API void tb_dataset_free(TbDataset *dataset);
TB_API TbDatasetStats tb_dataset_stats(const TbDataset *dataset);

/* ---- a run of training ---- */

typedef struct {
    TbVaeConfig net;       /* zeros: the defaults of tb_model_config */
    size_t batch;          /* frames per step (512) */
    size_t steps;          /* 0: as many as fit into budget_seconds */
    double budget_seconds; /* counted from `elapsed`; 0 with steps 0: until it stops getting better, see below */
    double elapsed;        /* seconds of the budget already spent (on analysis) */
    double learning_rate;  /* 1.5e-3 */
    double beta;           /* weight of the KL term (0.001), warmed up over 1000 steps */
    double free_bits;      /* nats per latent dimension (0) */
    double augment;        /* 0..1: share of frames that are varied: equaliser, pitch, loudness (0.5) */
    double audio_share;    /* share of the run whose loss is taken on raw audio (0: none) */
    uint64_t seed;
    int n_threads;
    const char *checkpoint; /* file to write every 20 s and to go on from; NULL: none */
    bool resume;            /* go on from `checkpoint` */
    const TbModel *from;    /* start from these weights; NULL: from scratch */
} TbTrainOptions;

/* Without steps and budget the run goes in rounds: the learning rate falls over 6000 steps, then begins anew over half
 * as many as were made so far, and so on. It ends with the first round, the last third of all steps, that has not made
 * the validation error lower by more than 1 %; at the latest after 500 000 steps. The same seed ends at the same step.
 */
TB_API void tb_train_defaults(TbTrainOptions *options);

/* One look at how far training has come. */
typedef struct {
    size_t step, n_steps;
    double seconds;              /* spent, over all resumed parts */
    double loss, kl, audio_loss; /* of the last steps; audio_loss 0 before its stage */
    double validation_db;        /* level error on frames kept aside (on training frames if there are none) */
    double train_db;
} TbTrainPoint;

typedef struct {
    size_t n_points;
    TbTrainPoint *points; /* owned */
    double best_db;
    double frames_per_second;
    bool interrupted; /* the progress function said stop: the model is what was reached */
} TbTrainHistory;

/* Trains; *model is new: the last weights, if their validation error is within 1 dB of the best, else those with the
 * best. `progress` sees a sentence with the validation error. When it says stop, training ends with a
 * checkpoint written and the best model so far (TB_OK, history->interrupted). history may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_train(const TbDataset *dataset, const TbTrainOptions *options, TbProgress progress,
                                      void *context, TbModel **model, TbTrainHistory *history);
TB_API void tb_train_history_free(TbTrainHistory *history);

/* ---- whole notes ---- */

typedef struct {
    size_t steps; /* 0: as many as fit into budget_seconds */
    double
        budget_seconds; /* for all that is done, not only for steps; 0 with steps 0: as many as the notes are worth */
    double hold;        /* seconds for which the key was held in every recording; 0: found for each */
    uint64_t seed;
    int n_threads;
    const TbModel *from; /* begin with its network of notes, if it has one; what knobs mean stays what it was */
} TbNoteTrainOptions;

typedef struct {
    size_t n_notes, n_instruments, n_steps;
    size_t n_left;   /* notes that there was no time for */
    double level_db; /* error of levels of notes played from their instrument's code */
    bool interrupted;
} TbNoteTrainStats;

/* Trains the level above on the notes of the same sounds, for the frames of `model`, and gives it to the model. Files
 * kept aside are not learned from. When `progress` says stop, what was reached is given (TB_OK, facts->interrupted).
 * TB_ERR_EMPTY when there is no note. OFF. */
TB_NODISCARD TB_API TbStatus tb_train_notes(TbDataset *dataset, const TbNoteTrainOptions *options, TbProgress progress,
                                            void *context, TbModel *model, TbNoteTrainStats *facts);

/* What a validation error means for the ear, in one short sentence. ANY. */
TB_API const char *tb_train_verdict(double db);

#ifdef __cplusplus
}
#endif
#endif
