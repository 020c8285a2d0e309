/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a VAE: losses, gradients, steps. A table of column groups (TbColumns) describes the vector, so the same code
 * serves the spectral frame and the whole note. Threads: see timbrel/base.h. */
#ifndef TIMBREL_VAE_TRAINING_H
#define TIMBREL_VAE_TRAINING_H

#include "nn/training.h"
#include "timbrel/vae.h"

/* The tensors of the network, which owns the table. ANY. */
const TbParameters *tbi_vae_parameters(const TbVae *vae);

/* ---- the latents ---- */

/* Changes the basis of the latent space in place: the encoder's mu becomes to[latent_dim][latent_dim] mu, and the
 * decoder expects z in the new basis; back: the inverse of `to`. Only the means change; logvar is left
 * unchanged. OFF. */
TB_NODISCARD TbStatus tbi_vae_change_basis(TbVae *vae, const float *to, const float *back);

/* ---- the loss ---- */

/* How the decoder's output columns are scored. A group is a range of columns of one kind; its loss for one row is
 * normalised within the group and multiplied by `weight`, and the groups are summed. */
typedef enum {
    /* Levels on a 0..1 scale for 100 dB: Huber loss of the error in units of 5 dB (e^2 if |e| < 1 else 2 |e| - 1). A
     * target below the column's masking `threshold` is inaudible: then only the excess of y over the threshold
     * counts, and the error itself keeps a twentieth of its weight. Columns are weighted by 0.15 + the greater of
     * target and threshold; columns with a threshold of 1.5 or more are excluded. Divided by the sum of the weights. */
    TB_COLUMN_LEVEL,
    /* Squared error times 16, mean over the group. */
    TB_COLUMN_PLAIN,
    /* Squared error times 100, columns weighted by the squared target in the columns of group `by` (same size),
     * divided by the sum of these weights + 0.3: for ratios, which matter only where the level of their partial is
     * high. */
    TB_COLUMN_WEIGHTED,
} TbColumnKind;

typedef struct {
    const char *name;
    TbColumnKind kind;
    int offset, size; /* columns of the output */
    float weight;
    int by; /* for TB_COLUMN_WEIGHTED: index of the group of levels that weights it */
} TbColumns;

/* Reconstruction loss of n rows: y and target [n][output_dim]; threshold[n][output_dim], or NULL for none. Adds d
 * loss / dy for the MEAN over rows to dy (may be NULL). Returns the mean loss; `parts` [n_groups] may be NULL and
 * receives each group's unweighted mean. RT */
double tbi_recon_loss(const TbColumns *groups, size_t n_groups, int output_dim, const float *y, const float *target,
                      const float *threshold, size_t n, float *dy, double *parts);

/* KL divergence from N(0, 1), summed over dims, mean over rows, times beta. Free bits (Kingma et al. 2016): the
 * batch mean of each dim contributes at least `free_bits` nats. Adds gradients to dmu, dlogvar (may be NULL). RT */
double tbi_kl_loss(const float *mu, const float *logvar, size_t n, int latent_dim, double beta, double free_bits,
                   float *dmu, float *dlogvar);

/* Refines z[n][latent_dim], initially from tb_vae_encode, to minimise each row's reconstruction loss of
 * target[n][output_dim] plus beta / 2 |z|^2, by `steps` gradient steps (Kim et al. 2018, "Semi-amortized variational
 * autoencoders"). No row's loss increases. threshold may be NULL. OFF. */
TB_NODISCARD TbStatus tbi_vae_refine(const TbVae *vae, const TbColumns *groups, size_t n_groups, const float *target,
                                     const float *threshold, const float *condition, size_t n, int steps, double beta,
                                     float *z);

/* The decoder with frozen weights, forward and backward to its inputs: pulls the gradient of a loss on y back to z. */
typedef struct TbPullback TbPullback;

/* `vae` is borrowed, and its decoder must not change during the lifetime of this object; rows: the largest n; uses
 * the number of threads last set by tb_set_threads. OFF. */
TB_NODISCARD TbStatus tbi_pullback_new(const TbVae *vae, size_t rows, TbPullback **pullback);
void tbi_pullback_free(TbPullback *pullback);
/* z[n][latent_dim], condition[n][condition_dim] -> y[n][output_dim], valid until the next forward. OFF. */
const float *tbi_pullback_forward(TbPullback *pullback, const float *z, const float *condition, size_t n);
/* For the rows of the last forward: dy[n][output_dim] -> dz[n][latent_dim]. OFF. */
void tbi_pullback_backward(TbPullback *pullback, const float *dy, float *dz);

/* ---- training ---- */

/* A training run and its scratch. */
typedef struct TbTrainer TbTrainer;

/* `vae` is borrowed and updated by the steps; batch_rows is the largest n of a step. OFF. */
TB_NODISCARD TbStatus tbi_trainer_new(TbVae *vae, size_t batch_rows, TbTrainer **trainer);
void tbi_trainer_free(TbTrainer *trainer);

/* Forward: encode x, reparameterize z = mu + exp(logvar / 2) noise, decode with condition. noise[n][latent_dim]
 * comes from the caller (zeros: z = mu). Returns pointers into the trainer's scratch, valid until the next forward.
 * OFF. */
typedef struct {
    const float *mu, *logvar, *z; /* [n][latent_dim] */
    const float *y;               /* [n][output_dim] */
} TbForward;
TbForward tbi_trainer_forward(TbTrainer *trainer, const float *x, const float *condition, const float *noise, size_t n);

/* Backward of the last forward: dy[n][output_dim], and gradients that reach mu and logvar directly (from the KL; may
 * be NULL). Accumulates into the gradient slab. OFF. */
void tbi_trainer_backward(TbTrainer *trainer, const float *dy, const float *dmu, const float *dlogvar);
void tbi_trainer_zero_gradients(TbTrainer *trainer);
float *tbi_trainer_gradients(TbTrainer *trainer); /* slab, as tb_vae_params */
/* One AdamW step with the accumulated gradients; returns the gradient norm before clipping. If the norm is not
 * finite, the weights stay as they are. OFF. */
double tbi_trainer_step(TbTrainer *trainer, const TbAdamConfig *config);
/* The optimizer, best weights and checkpoints of this run (nn/training.h); owned by the trainer. */
TbTraining *tbi_trainer_training(TbTrainer *trainer);

#endif
