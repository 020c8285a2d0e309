/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the networks of music, each with what `timbrel train` needs to fine-tune it. */
#ifndef TIMBREL_APP_MUSIC_KINDS_H
#define TIMBREL_APP_MUSIC_KINDS_H

#include "app/progress.h"
#include "timbrel/score.h"

typedef struct {
    uint64_t step;
    double seconds, learned, held_out; /* learned: error of the steps since the point before; NAN: none */
} MusicPoint;

/* One run of fine-tuning. */
typedef struct {
    const void *set, *also, *start; /* what to learn from, what to mix in; the model to start from */
    uint64_t seed, steps;
    double seconds;       /* 0: no limit */
    double learning_rate; /* NAN: the kind's own */
    const char *checkpoint;
    bool resume;
    Progress *progress;
    /* ---- results ---- */
    uint64_t step;
    double before, lowest; /* errors on what was held out; before: of the start */
    bool interrupted, failed;
    MusicPoint *points; /* [n_points], owned */
    size_t n_points;
} MusicRun;

typedef struct {
    const char *name, *plural; /* "rhythm", "rhythms" */
    const char *unit, *per;    /* what a file has of it: "pattern"; error: nats a ... */
    double share;              /* of the time of a budget, compared with the others */
    TbStatus (*set_new)(void **set);
    void (*set_free)(void *set);
    TbStatus (*add)(void *set, const TbScore *score, int group, bool held_out, size_t *n);
    size_t (*count)(const void *set, bool held_out);
    TbStatus (*parse)(const void *data, size_t n_bytes, void **model);
    TbStatus (*print)(const void *model, void **data, size_t *n_bytes);
    void (*free)(void *model);
    TbStatus (*draw)(const void *model, int i, TbScore *score); /* music for music_recall */
    int n_recalled;
    TbStatus (*train)(MusicRun *run, void **model);
} MusicKind;

enum { MUSIC_KINDS = 3 };
extern const MusicKind music_kinds[MUSIC_KINDS];

/* Adds music that the model draws: it stands for what the model learned from, which does not ship. */
TB_NODISCARD TbStatus music_recall(const MusicKind *kind, const void *model, void *set, TbProgress progress,
                                   void *context);

#endif
