/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a model of sequences of compound tokens (Hsiao et al. 2021, "Compound Word Transformer"): a token has
 * several fields, such as a note's position, part, pitch and duration. Their embeddings are summed and go through a
 * transformer; a chain of heads predicts the fields of the next token one after the other, each knowing the fields
 * before it:
 *
 *     h_k = gelu(A_k y + b_k + sum over j < k of C_kj[field j]),   logits_k = W_k h_k + c_k
 *
 * The hidden layer of a head lets the fields before it and the context act on each other; sums of logits cannot. */
#ifndef TIMBREL_NN_TOKEN_MODEL_H
#define TIMBREL_NN_TOKEN_MODEL_H

#include "nn/embedding.h"
#include "nn/training.h"
#include "nn/transformer.h"

enum { TB_MAX_FIELDS = 12 };

typedef struct {
    TbTransformerConfig transformer;
    size_t n_fields, n_predicted;  /* the first n_predicted fields are predicted; the others are only given */
    size_t classes[TB_MAX_FIELDS]; /* of each field */
    size_t head_width;             /* of the heads' hidden layers */
} TbTokenModelConfig;

/* Offsets into the slab. */
typedef struct {
    size_t hidden, hidden_bias;  /* A, b: [head_width][width] */
    size_t given[TB_MAX_FIELDS]; /* C: [classes of j][head_width] */
    size_t logits, logits_bias;  /* W, c: [classes][head_width] */
} TbTokenHead;

typedef struct {
    TbTokenModelConfig config;
    TbParameters parameters;
    TbTransformer transformer;
    size_t embeddings[TB_MAX_FIELDS]; /* [classes][width] */
    TbTokenHead heads[TB_MAX_FIELDS];
} TbTokenModel;

/* Lays out the weights. */
void tbi_token_model_init(TbTokenModel *model, const TbTokenModelConfig *config);
/* Initial weights. RT */
void tbi_token_model_init_weights(const TbTokenModel *model, float *params, TbRng *rng);

/* ---- training ---- */

/* Sequences of tokens, one after the other. labels: the fields to be predicted from each token on; a label of -1 does
 * not count, and gives the heads after it nothing. */
typedef struct {
    TbSequences sequences;
    const int32_t *fields; /* [rows][n_fields]; TB_NO_SYMBOL: the token does not have this field */
    const int32_t *labels; /* [rows][n_predicted]; TB_NO_SYMBOL */
} TbTokenBatch;

/* The sum of the losses in nats, and the number of labels that counted, of each predicted field. */
typedef struct {
    double nats[TB_MAX_FIELDS];
    size_t count[TB_MAX_FIELDS];
} TbTokenLoss;

/* One training run: the training engine, with tapes for its workers. */
typedef struct TbTokenTrainer TbTokenTrainer;

typedef struct {
    size_t max_length; /* tokens of a sequence */
    size_t chunk;      /* a worker takes sequences of this many tokens in all at a time, at least one; 0: max_length */
    double average;    /* of the weights: tbi_training_new */
    uint64_t seed;     /* of dropout, also of the summed embeddings */
} TbTokenTrainerOptions;

/* model and params are borrowed. OFF. */
TB_NODISCARD TbStatus tbi_token_trainer_new(const TbTokenModel *model, float *params,
                                            const TbTokenTrainerOptions *options, TbTokenTrainer **trainer);
void tbi_token_trainer_free(TbTokenTrainer *trainer);
TbTraining *tbi_token_trainer_training(const TbTokenTrainer *trainer);

/* One step with the mean over all labels of the batch as the loss; returns the losses before it. OFF. */
TbTokenLoss tbi_token_trainer_step(TbTokenTrainer *trainer, const TbTokenBatch *batch, const TbAdamConfig *adam);
/* The losses with the present weights, without dropout. OFF. */
TbTokenLoss tbi_token_trainer_evaluate(TbTokenTrainer *trainer, const TbTokenBatch *batch);
/* Nats per token: the sum over the fields of the mean loss of each. */
double tbi_token_loss_nats(const TbTokenLoss *loss, size_t n_predicted);

/* ---- generation ---- */

typedef struct {
    const TbTokenModel *model;
    TbTransformerStream transformer;
    float *x, *y, *hidden;
    TbArena memory;
} TbTokenStream;

/* model and params are borrowed. OFF. */
TB_NODISCARD TbStatus tbi_token_stream_new(const TbTokenModel *model, const float *params, size_t capacity,
                                           TbTokenStream *stream);
void tbi_token_stream_free(TbTokenStream *stream);
/* Adds a token. RT */
void tbi_token_stream_add(TbTokenStream *stream, const int32_t *fields, int bar);
/* Adds n tokens, up to TB_STREAM_ROWS: fields[n][n_fields], bars[n]. Faster than one by one. RT */
void tbi_token_stream_add_all(TbTokenStream *stream, const int32_t *fields, const int *bars, size_t n);
/* Logits [classes] of predicted field k of the next token, whose fields before k are chosen[k]. RT */
void tbi_token_stream_logits(const TbTokenStream *stream, size_t k, const int32_t *chosen, float *logits);

#endif
