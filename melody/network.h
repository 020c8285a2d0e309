/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the network. The symbols of a step (melody/context.h) are embedded and summed, an LSTM reads
 * them, and a chain of heads predicts the fields of the next note, each knowing the fields before it:
 *
 *     hidden_k = gelu(A_k h + b_k + sum of C_k[symbols of head k] + H_k z)
 *     logits_k = W_k hidden_k + c_k, + D[chord] for the pitch, + for each candidate j, at its class:
 *                copy_k[j][run_j] + (E_k h + e_k)[j]
 *
 * The last line points to earlier notes (as the pointers of See et al. 2017 do, with candidates in place of attention):
 * returns of any material cost it nothing to learn. */
#ifndef TIMBREL_MELODY_NETWORK_H
#define TIMBREL_MELODY_NETWORK_H

#include "melody/latent.h"
#include "nn/lstm.h"
#include "nn/training.h"

typedef struct {
    int embedding, units, head; /* widths: of the embedded input, of the LSTM, of the heads' hidden layers */
} MelodySizes;

static const MelodySizes melody_default_sizes = {.embedding = 160, .units = 256, .head = 128};

/* Offsets in the slab. */
typedef struct {
    TbParameters table;
    size_t input; /* [IN_SYMBOLS][embedding] */
    TbLstmLayout lstm;
    size_t out, out_bias;                                     /* A and E: [fields * (head + candidates)][units] */
    size_t symbols[MELODY_FIELDS];                            /* C: [symbols of the head][head] */
    size_t logits[MELODY_FIELDS], logits_bias[MELODY_FIELDS]; /* W, c: [classes][head] */
    size_t copy[MELODY_FIELDS];                               /* [candidates][MELODY_RUNS] */
    size_t chord;                                             /* D: [MELODY_CHORDS][MELODY_PITCHES] */
    MelodyLatentLayout latent;
} MelodyLayout;

void tbi_melody_lay_out(const MelodySizes *sizes, MelodyLayout *at);             /* OFF */
void tbi_melody_initialise(const MelodySizes *sizes, TbRng *rng, float *params); /* OFF */

/* The columns of `out`: the heads' hidden layers, then the scores of the candidates. */
static inline size_t melody_out(const MelodySizes *s) {
    return MELODY_FIELDS * ((size_t)s->head + MELODY_CANDIDATES);
}
static inline size_t melody_copy_column(const MelodySizes *s, int field, int candidate) {
    return MELODY_FIELDS * (size_t)s->head + (size_t)(field * MELODY_CANDIDATES + candidate);
}

/* The steps of a melody, or a part of them; the LSTM begins with a state of 0. */
typedef struct {
    const MelodyStep *steps;
    size_t n;
    bool chords, ends; /* whether it is told of chords, and of the bars that are left */
    uint32_t id;       /* for dropout */
    MelodyLatentUse latent;
} MelodySequence;

typedef struct {
    double nats[MELODY_FIELDS]; /* sums */
    double kl;                  /* of the phrases that are told, from the prior; a sum, in nats */
    size_t n_notes, n_phrases;
} MelodyLosses;

static inline double melody_nats(const MelodyLosses *l) {
    double sum = 0;
    for (int k = 0; k < MELODY_FIELDS; k++)
        sum += l->nats[k];
    return sum / (double)(l->n_notes ? l->n_notes : 1);
}

typedef struct {
    float embedded, recurrent, output; /* rates */
    float phrase;                      /* the share of phrases whose z is not told */
    float kl, free_bits;               /* weight of KL; nats of a phrase that cost nothing */
    uint64_t seed;
} MelodyDropout;

typedef struct MelodyNetwork MelodyNetwork;

/* For up to `sequences` of up to `rows` notes in all a worker. params (the slab) is borrowed. OFF */
TB_NODISCARD TbStatus tbi_melody_network_new(const MelodySizes *sizes, const float *params, size_t sequences,
                                             size_t rows, int workers, MelodyNetwork **net);
void tbi_melody_network_free(MelodyNetwork *net);

/* The losses of sequences, sorted by falling n. dropout: NULL without; learn: leaves the gradient of the mean loss of a
 * note in the training. The pool of `training` does the work. OFF */
MelodyLosses tbi_melody_run(MelodyNetwork *net, TbTraining *training, const MelodySequence *sequences, size_t n,
                            const MelodyDropout *dropout, bool learn);

/* ---- between the files of the network ---- */

typedef struct {
    size_t *length, *first, *sequence_of, *step_of; /* [sequences], [steps + 1], [rows] twice */
    const MelodySequence **sequence;                /* [sequences] */
    size_t n_sequences;
    uint32_t *id; /* [rows] */
    TbSteps steps;
    float *x, *dx;                                          /* [rows][embedding] */
    float *hidden, *cell;                                   /* [sequences][units] */
    float *h, *dh;                                          /* [rows][units], after dropout */
    float *y, *dy;                                          /* [rows][melody_out] */
    float *active[MELODY_FIELDS], *dactive;                 /* [rows][head] */
    float *logits[MELODY_FIELDS], *log_sums[MELODY_FIELDS]; /* [rows][classes], [rows] */
    int32_t *labels;                                        /* [rows][fields] */
    float *scratch;
    TbLstmTape tape;
    MelodyPhrases phrases;
    MelodyLosses losses;
} MelodyWorker;

struct MelodyNetwork {
    TbArena memory; /* first: tbi_arena_free_owner */
    MelodySizes sizes;
    MelodyLayout at;
    TbMatmulBackend backend;
    const float *params; /* borrowed */
    size_t sequences, rows;
    TbLstm lstm;
    TbLinear out, head[MELODY_FIELDS];
    int n_workers;
    MelodyWorker *worker;
    struct {
        const MelodySequence *sequences;
        size_t n, n_notes;
        const MelodyDropout *dropout;
        bool learn;
        TbTraining *training;
    } job;
};

void tbi_melody_forward(MelodyNetwork *net, MelodyWorker *w);
void tbi_melody_backward(MelodyNetwork *net, MelodyWorker *w, float *gradients);

/* z of the phrases, and what it adds; then from the gradients of both, phrases.to_input and phrases.to_heads. */
void tbi_melody_latent_forward(const MelodyNetwork *net, MelodyWorker *w);
void tbi_melody_latent_backward(const MelodyNetwork *net, MelodyWorker *w, float *gradients);

enum { MELODY_DROP_EMBEDDED, MELODY_DROP_RECURRENT, MELODY_DROP_OUTPUT, MELODY_DROP_PHRASES };
static inline TbDropout melody_drop(const MelodyNetwork *net, uint32_t site) {
    const MelodyDropout *d = net->job.dropout;
    if (!d)
        return (TbDropout){0};
    const float rate[] = {d->embedded, d->recurrent, d->output};
    return (TbDropout){tbi_dropout_key(d->seed, tbi_training_n_steps(net->job.training), site), rate[site]};
}

#endif
