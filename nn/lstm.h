/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a layer of LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), forward,
 * backward, and one step at a time:
 *
 *     i, f, o = sigmoid, g = tanh of (input[4 units][in] x + recurrent[4 units][units] h' + bias), gates in the order i
 * f g o c = f c' + i g,  h = o tanh c
 *
 * where h' and c' are the hidden and the cell state after the previous step. All steps of all sequences are one product
 * with the input weights; each step is one product with the recurrent weights, which stay packed, and in cache. RT
 * unless stated otherwise. */
#ifndef TIMBREL_NN_LSTM_H
#define TIMBREL_NN_LSTM_H

#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/parameters.h"
#include "nn/steps.h"
#include "nn/tape.h"

/* ---- weights ---- */

/* Sizes, and offsets in the slab. */
typedef struct {
    size_t in, units;
    size_t input;     /* [4 units][in] */
    size_t recurrent; /* [4 units][units] */
    size_t bias;      /* [4 units] */
} TbLstmLayout;

/* Appends the tensors NAME.input, NAME.recurrent, NAME.bias. OFF. */
TbLstmLayout tbi_lstm_add(TbParameters *parameters, const char *name, size_t in, size_t units);
/* Uniform within 1 / sqrt(units); biases 0, those of the forget gate 1 (Jozefowicz et al. 2015). OFF. */
void tbi_lstm_initialise(const TbLstmLayout *layout, float *params, TbRng *rng);

/* ---- training ---- */

/* The weights, packed, and the activations of a forward pass. Rows are those of the steps. */
typedef struct {
    TbLstmLayout layout;
    TbMatmulBackend backend;
    const float *params; /* the slab; borrowed */
    float *dropped;      /* [4 units][units]: recurrent weights after weight-drop */
    TbLinear input, recurrent;
    TbDropout drop; /* of the recurrent weights, as last packed */
} TbLstm;

/* Takes the packed weights' memory from the arena. */
void tbi_lstm_init(TbLstm *lstm, const TbLstmLayout *layout, const float *params, TbMatmulBackend backend,
                   TbArena *arena);

/* Packs the weights, after each change of them. `drop` leaves out recurrent weights, the same ones for all steps and
 * sequences (Merity et al. 2018, weight-dropped LSTM). */
void tbi_lstm_pack(TbLstm *lstm, TbDropout drop);

/* The activations of up to `rows` rows of `sequences` sequences; one per worker. */
typedef struct {
    float *gates;              /* [rows][4 units]; backward: gradients before the activation */
    float *cell, *squashed;    /* [rows][units]: c, tanh c */
    float *before;             /* [rows][units]: h' */
    float *hidden;             /* [rows][units]: the layer's output */
    float *first_cell, *dcell; /* [sequences][units]: before the first step; gradient of the running step */
    float *drecurrent;         /* [4 units][units]: gradient of the dropped weights */
    float *scratch;            /* of products */
} TbLstmTape;

void tbi_lstm_tape_init(TbLstmTape *tape, const TbLstm *lstm, size_t rows, size_t sequences, TbArena *arena);

/* x[rows][in] -> tape->hidden. hidden, cell [sequences][units]: the state before the first step, replaced by that after
 * each sequence's last one; for truncated backpropagation through time, carry it to the next chunk. */
void tbi_lstm_forward(const TbLstm *lstm, const TbSteps *steps, const float *x, size_t ldx, float *hidden, float *cell,
                      TbLstmTape *tape);

/* dhidden[rows][units] -> dx[rows][in] (NULL: not needed). Adds to the slab `gradients`; dhidden is overwritten. No
 * gradient enters from after the last step nor leaves before the first. */
void tbi_lstm_backward(const TbLstm *lstm, const TbSteps *steps, const float *x, size_t ldx, float *dhidden,
                       TbLstmTape *tape, float *dx, size_t lddx, float *gradients);

/* ---- generation ---- */

/* One step of one stream: x[in] and the state hidden[units], cell[units], which are updated; gates[8 units] is scratch.
 * Needs no packing. */
void tbi_lstm_step(const TbLstmLayout *layout, const float *params, const float *x, float *hidden, float *cell,
                   float *gates);

#endif
