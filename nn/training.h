/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the state of a training run and its steps, for any network: gradients of several workers, clipping, AdamW,
 * averaged weights, the best weights so far, checkpoints. A network's own code computes the gradients.
 *
 *     tbi_training_zero_gradients(training);
 *     tbi_thread_pool_run(tbi_training_pool(training), backward_share, net);  each worker adds to its own slab
 *     tbi_training_reduce(training);
 *     tbi_training_step(training, &adam);
 *
 * The slabs of the workers are added in their order, so that the same seed, data and number of threads give the same
 * bits. OFF, one thread at a time, except where stated. */
#ifndef TIMBREL_NN_TRAINING_H
#define TIMBREL_NN_TRAINING_H

#include "nn/parameters.h"
#include "nn/thread_pool.h"

typedef struct TbTraining TbTraining;

/* `parameters` and the slab `params` are borrowed; the steps update params. average: decay per step of an exponential
 * moving average of the weights, below 1; 0: none. The first steps use (1 + t) / (10 + t) if that is less, so that the
 * average forgets the initial weights. Uses the number of threads last set by tb_set_threads. */
TB_NODISCARD TbStatus tbi_training_new(const TbParameters *parameters, float *params, double average,
                                       TbTraining **training);
void tbi_training_free(TbTraining *training);
TbThreadPool *tbi_training_pool(const TbTraining *training); /* owned by the training */

/* ---- steps ---- */

void tbi_training_zero_gradients(TbTraining *training);
/* The slab that worker `index` adds its gradients to; called once per backward pass, by each worker that the pool
 * runs, and in it. */
float *tbi_training_worker_gradients(TbTraining *training, int index);
/* Adds the workers' slabs to the gradients. */
void tbi_training_reduce(TbTraining *training);
float *tbi_training_gradients(TbTraining *training); /* the slab of the sum */

/* One AdamW step with the accumulated gradients; returns their norm before clipping. If the norm is not finite, the
 * weights stay as they are. */
double tbi_training_step(TbTraining *training, const TbAdamConfig *config);
uint64_t tbi_training_n_steps(const TbTraining *training); /* steps taken; resumed ones included */

/* ---- averaged and best weights ---- */

/* Exchanges the weights and their average; to evaluate the average, call it before and after. */
void tbi_training_swap_average(TbTraining *training);

/* From now on the training keeps the weights of the lowest error, in a slab of their own; to be called before the first
 * evaluation, and before a checkpoint is resumed. Again: nothing. */
TB_NODISCARD TbStatus tbi_training_keep_best(TbTraining *training);
/* Records the error of the present weights on held-out data. Returns the number of evaluations since the lowest, 0 if
 * it is this one: the caller's early stop. */
size_t tbi_training_evaluated(TbTraining *training, double error);
double tbi_training_lowest_error(const TbTraining *training); /* infinite before the first */
const float *tbi_training_best(const TbTraining *training);   /* slab; NULL: the training does not keep it */

/* ---- checkpoints ---- */

/* A checkpoint is the whole state of the training and what the caller adds: a run that is resumed from it continues
 * exactly as if it had not been interrupted. */
typedef struct {
    const char *format;        /* of the file, with a version */
    const char *run;           /* all that must agree for the run to be the same: sizes, options, data */
    const char *place;         /* the caller's own state as a text without floats that are rounded */
    const TbTensorView *extra; /* the caller's own arrays */
    size_t n_extra;
} TbCheckpoint;

TB_NODISCARD TbStatus tbi_training_save(const TbTraining *training, const TbCheckpoint *checkpoint, const char *path);

/* Reads a checkpoint of the same format and run; others are refused with advice. The training's state is overwritten,
 * even if a damaged file then fails; the caller reads "place" and its arrays from *file and frees it. */
TB_NODISCARD TbStatus tbi_training_resume(TbTraining *training, const char *format, const char *run, const char *path,
                                          TbTensorFile **file);
/* TB_ERR_FORMAT with its sentence, for a checkpoint in which the caller's own state cannot be read. */
TB_NODISCARD TbStatus tbi_checkpoint_damaged(const char *path);

/* Doubles are stored as their bits: exact, and independent of the locale. */
static inline uint64_t tbi_bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline double tbi_double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
