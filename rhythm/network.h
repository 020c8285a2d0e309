/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: the network, a variational autoencoder of patterns whose decoder is also told what is given.
 *
 *     encoder  bidirectional LSTM over the steps; a code of each step from its output and its input; all codes in one
 * row
 *              -> a multilayer perceptron, plus a linear map -> mean and log variance of z
 *     decoder  z -> a multilayer perceptron, plus a linear map -> a code of each step; with what is given at the step
 *              -> two bidirectional LSTMs; from their output and their input -> hit, velocity and offset of each drum
 *
 * The linear path through it all is worth a principal component analysis: the rest learns what that leaves. Both see a
 * pattern through what is given (RhythmGiven), so the same weights reconstruct, humanise, fill in and follow taps. */
#ifndef TIMBREL_RHYTHM_NETWORK_H
#define TIMBREL_RHYTHM_NETWORK_H

#include "nn/lstm.h"
#include "nn/training.h"
#include "timbrel/rhythm.h"

enum {
    RHYTHM_DECODERS = 2, /* layers */
    RHYTHM_SLOTS = 32,   /* codes of steps in a row, 16 for each bar */
    RHYTHM_OUTPUTS = 3 * TB_DRUM_CLASSES,
    RHYTHM_LD_OUT = 32,
    /* What is told of a step: 9 drums' hit, velocity, offset; whether that is given, the hit alone or all of it; the
     * tap; place in the bar; style; tempo. */
    RHYTHM_INPUTS = 5 * TB_DRUM_CLASSES + 4 + TB_RHYTHM_BAR_STEPS + 2 + TB_RHYTHM_STYLES + 2,
};

typedef struct {
    int latent, hidden, code; /* dims of z, of the perceptrons' hidden layers, and of a step's code */
    int encoder, decoder;     /* units of each LSTM */
} RhythmSizes;

static const RhythmSizes rhythm_default_sizes = {.latent = 64, .hidden = 160, .code = 16, .encoder = 48, .decoder = 96};

/* The velocity of a tap of which only the time is known. */
static const float RHYTHM_TAP_VELOCITY = 0.4f;

/* What is given of a cell. */
typedef enum { GIVEN_NOTHING, GIVEN_HIT, GIVEN_ALL } Given;

/* What is given of a pattern. Taps: the loudest hit of each step, of whatever drum. */
typedef struct {
    uint8_t cell[TB_RHYTHM_STEPS][TB_DRUM_CLASSES]; /* Given */
    bool taps;
} RhythmGiven;

typedef struct {
    const TbRhythm *pattern; /* target, and source of what is given */
    const RhythmGiven *seen; /* by the encoder */
    const RhythmGiven *told; /* to the decoder */
    const TbDrumHit *tap;    /* [TB_RHYTHM_STEPS], if either has taps */
    int style;
} RhythmItem;

/* What the decoder says of one pattern. */
typedef struct {
    float logit[TB_RHYTHM_STEPS][TB_DRUM_CLASSES];   /* of a hit */
    TbDrumHit hit[TB_RHYTHM_STEPS][TB_DRUM_CLASSES]; /* how, if there is one */
} RhythmOutput;

/* Weights of the parts of the loss, which is in nats a pattern. */
typedef struct {
    float velocity, offset; /* of squared error; of the pseudo-Huber loss in steps, whose bend is at `bend` */
    float bend, kl, free;   /* kl counts above `free` nats a pattern */
} RhythmLoss;

typedef struct {
    double hits, velocity, offset, kl; /* sums over patterns, unweighted */
} RhythmLosses;

typedef struct RhythmNetwork RhythmNetwork;

/* Fills the table of tensors; returns the number of weights. OFF */
size_t tbi_rhythm_parameters(const RhythmSizes *sizes, TbParameters *parameters);
void tbi_rhythm_initialise(const RhythmSizes *sizes, TbRng *rng, float *params); /* OFF */

/* For up to `patterns` patterns at once by `workers` threads. params (the slab) is borrowed. OFF */
TB_NODISCARD TbStatus tbi_rhythm_network_new(const RhythmSizes *sizes, const float *params, size_t patterns,
                                             int workers, RhythmNetwork **net);
void tbi_rhythm_network_free(RhythmNetwork *net);

/* After each change of the weights. pool: NULL for one thread. */
void tbi_rhythm_pack(RhythmNetwork *net, TbThreadPool *pool);

/* mu, logvar [n][latent]; logvar may be NULL. Without a pool: one thread. RT but for the pool */
void tbi_rhythm_encode(RhythmNetwork *net, const RhythmItem *items, size_t n, TbThreadPool *pool, float *mu,
                       float *logvar);
void tbi_rhythm_decode(RhythmNetwork *net, const RhythmItem *items, size_t n, const float *z, TbThreadPool *pool,
                       RhythmOutput *out);

/* One pass over a batch with the noise [n][latent] of z (NULL: its mean). gradients: one slab per worker, to which
 * those of loss / n are added; NULL: only the loss. drop: key and rate of dropout. */
typedef struct {
    const RhythmItem *items;
    size_t n;
    const float *noise;
    RhythmLoss loss;
    TbDropout drop;
} RhythmBatch;
RhythmLosses tbi_rhythm_run(RhythmNetwork *net, const RhythmBatch *batch, TbTraining *training);

/* ---- between the files of the network ---- */

/* A layer that reads the steps in both directions. */
typedef struct {
    TbLstmLayout forth, back;
} BiLayout;

typedef struct {
    TbParameters table;
    BiLayout encoder, decoder[RHYTHM_DECODERS];
    size_t code, code_bias;        /* [code][2 encoder + inputs] */
    TbMlp to_z, from_z;            /* slots * code -> hidden -> 2 latent; latent -> hidden -> slots * code */
    size_t linear_to, linear_from; /* [latent][slots * code], [slots * code][latent] */
    size_t out, out_bias;          /* [27][2 decoder + code + inputs] */
} RhythmLayout;

typedef struct {
    TbLstm forth, back;
} BiLstm;

typedef struct {
    TbLstmTape forth, back;
    float *reversed, *dreversed, *dback; /* [rows][in], and the gradients of input and output of `back` */
} BiTape;

/* One worker: the activations of up to `patterns` patterns. Rows are those of `steps`. */
typedef struct {
    size_t *length, *reverse, *slot; /* [patterns]; of a row: the row of the opposite step, slot of its code */
    size_t *order, *sequence;        /* place of a sequence in the batch; sequence of a row */
    uint32_t *id;                    /* [rows]: for dropout */
    size_t first[TB_RHYTHM_STEPS + 1];
    TbSteps steps;
    size_t n, n_rows;
    float *x, *h, *code;                         /* [rows][inputs], [rows][2 encoder + inputs], [rows][code] */
    float *flat, *bottleneck, *mu, *z;           /* [n][slots * code], [n][2 latent], [n][latent] twice */
    float *flat2, *y[RHYTHM_DECODERS + 1], *out; /* y[0]: input; y[i]: output of layer i, y[last] with the input */
    float *dout, *dy[RHYTHM_DECODERS + 1], *dflat, *dz, *dbottleneck, *dcode, *dh, *dlinear;
    float *hidden, *cell, *scratch;
    float *logits, *target, *weight; /* [rows][9]: of hits */
    BiTape encoder, decoder[RHYTHM_DECODERS];
    TbShare share; /* of the batch */
    RhythmLosses losses;
} RhythmWorker;

/* What the workers do. */
typedef struct {
    const RhythmBatch *batch;
    TbTraining *training;
    float *mu, *logvar;
    const float *z;
    RhythmOutput *output;
} RhythmJob;

struct RhythmNetwork {
    TbArena memory; /* first: tbi_arena_free_owner */
    RhythmSizes sizes;
    RhythmLayout at;
    TbMatmulBackend backend;
    const float *params; /* borrowed */
    size_t patterns, rows;
    BiLstm encoder, decoder[RHYTHM_DECODERS];
    TbLinear code, linear_to, linear_from, out;
    TbTape to_z, from_z; /* rows are patterns */
    TbFlow flow;
    int n_workers;
    RhythmWorker *worker;
    RhythmJob job;
};

static inline size_t rhythm_flat(const RhythmSizes *s) {
    return RHYTHM_SLOTS * (size_t)s->code;
}
static inline size_t rhythm_decoder_in(const RhythmSizes *s) {
    return (size_t)s->code + RHYTHM_INPUTS;
}
/* The width of y[i]. */
static inline size_t rhythm_width(const RhythmSizes *s, int i) {
    return (i ? 2 * (size_t)s->decoder : 0) + (i == 0 || i == RHYTHM_DECODERS ? rhythm_decoder_in(s) : 0);
}

/* The slot of a step's code. Bars of any length begin at the same slots; the end of a bar of more than 16 steps shares
 * those of the bar's last beats. */
static inline size_t rhythm_slot(const TbRhythm *rhythm, int step) {
    const int bar = tb_rhythm_steps(rhythm) / TB_RHYTHM_BARS, each = RHYTHM_SLOTS / TB_RHYTHM_BARS, place = step % bar;
    return (size_t)(step / bar * each + (place < each ? place : place - (bar - each)));
}

/* Sorts items first .. first + n - 1 into the worker's rows. */
void tbi_rhythm_take(RhythmWorker *w, const RhythmItem *items, TbShare share);
/* x[RHYTHM_INPUTS]: what `given` tells of a step of the item. */
void tbi_rhythm_features(const RhythmItem *item, const RhythmGiven *given, int step, float *x);

void tbi_bi_forward(const BiLstm *lstm, RhythmWorker *w, const float *x, size_t ldx, BiTape *tape, float *y,
                    size_t ldy);
/* dy[rows][ldy] -> dx (added to; NULL: not needed). */
void tbi_bi_backward(const BiLstm *lstm, RhythmWorker *w, const float *x, size_t ldx, const float *dy, size_t lddy,
                     BiTape *tape, float *dx, size_t lddx, float *gradients);

/* Fill w->mu and w->bottleneck from the items that the worker took; w->out from w->z. */
void tbi_rhythm_encoder_forward(RhythmNetwork *net, RhythmWorker *w, const RhythmItem *items);
void tbi_rhythm_decoder_forward(RhythmNetwork *net, RhythmWorker *w, const RhythmItem *items, TbDropout drop);
/* Loss of w->out; fills w->dout. */
void tbi_rhythm_loss(RhythmNetwork *net, RhythmWorker *w, const RhythmBatch *batch);
/* w->dout -> w->dz, then dz and the gradient of KL -> the encoder. */
void tbi_rhythm_decoder_backward(RhythmNetwork *net, RhythmWorker *w, TbDropout drop, float *gradients);
void tbi_rhythm_encoder_backward(RhythmNetwork *net, RhythmWorker *w, const RhythmBatch *batch, float *gradients);

#endif
