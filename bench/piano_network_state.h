/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of PianoNetwork, for the files piano_network*.c. */
#ifndef TIMBREL_BENCH_PIANO_NETWORK_STATE_H
#define TIMBREL_BENCH_PIANO_NETWORK_STATE_H

#include "bench/piano_network.h"
#include "nn/lstm.h"

enum {
    VOICES = 4,
    PITCH_CLASSES = 12,
    LONG_CYCLE = 32, /* cycles of the place in time: 4/4 and its like, 3/4 and 6/8 */
    SHORT_CYCLE = 24,
    LEAP = 12, /* longer motions count as this */
    MOTIONS = 2 * LEAP + 1,
    TIMES = VOICES * KEYS, /* first symbols of each kind */
    MOVES = TIMES + LONG_CYCLE + SHORT_CYCLE,
    SYMBOLS = MOVES + VOICES * MOTIONS,
    MOST_SYMBOLS = KEYS + 2 + VOICES,
    PLAIN = KEYS + PITCH_CLASSES, /* inputs that are not embedded */
};

/* Offsets in the slab. */
typedef struct {
    size_t embedding, direct, out, bias, distance;
    TbLstmLayout lstm[MAX_LAYERS];
} Offsets;

/* What one worker needs; [rows] are those of its excerpts. */
typedef struct {
    float *x;                    /* [rows][in]: embedding, keys, pitch classes */
    float *kept;                 /* [rows][PLAIN]: 1 / (1 - rate) or 0 of each key */
    float *y, *logits, *target;  /* [rows][outputs], [rows][KEYS] twice */
    float *recalled, *drecalled; /* [rows][KEYS] */
    float *dquery;               /* [rows][outputs]: of queries and keys */
    float *weight, *dweight;     /* [chunk + 16] */
    float *dhidden, *dx, *dbelow;
    float *dropped[MAX_LAYERS]; /* [rows][units]: the layers' outputs after dropout */
    float *hidden, *cell;       /* [sequences][units] */
    float *scratch;
    TbLstmTape tape[MAX_LAYERS];
    const Excerpt *excerpt[MAX_STREAMS];
    size_t n_excerpts, first[1 << 14];
    const Excerpt **row_excerpt; /* [rows] */
    size_t *row_frame;           /* [rows] */
    size_t *sequence_row;        /* [rows] */
    uint32_t *row_id;            /* [rows]: place for dropout */
    TbSteps steps;
    double loss;
} Worker;

struct PianoNetwork {
    TbArena memory; /* first: tbi_arena_free_owner */
    PianoOptions options;
    TbParameters parameters;
    Offsets at;
    TbTraining *training;
    TbMatmulBackend backend;
    size_t in, filters, outputs, ld_out, rows; /* rows: at most, per worker */
    size_t recall_filter, query, key;          /* columns of the output, if there is recall */
    float *params, *state;                     /* state: [layers][hidden, cell][streams][units] */
    TbLstm lstm[MAX_LAYERS];
    TbLinear out;
    int n_workers;
    Worker *worker;
    struct {
        const Excerpt *excerpts;
        size_t n, n_rows;
        bool learn;
    } job;
};

static inline float *state_of(const PianoNetwork *net, int layer, int which, int stream) {
    const PianoOptions *o = &net->options;
    return net->state + (size_t)(((layer * 2 + which) * o->streams + stream) * o->units);
}

static inline size_t width_in(const PianoNetwork *net, int layer) {
    return layer ? (size_t)net->options.units : net->in;
}

#endif
