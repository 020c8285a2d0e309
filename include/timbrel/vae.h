/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel vae: the variational autoencoder (Kingma and Welling 2014): vectors in, latents, vectors out. It knows
 * nothing of sound files. What a vector means is told by a table of column groups (TbColumns), so that the same code
 * carries the spectral frame of today and the whole note of tomorrow.
 *
 * Shapes are row-major, [rows][columns]. Weights (TbVae) are immutable while in use and may be shared by threads;
 * scratch belongs to its caller. */
#ifndef TIMBREL_VAE_H
#define TIMBREL_VAE_H

#include "timbrel/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the network ---- */

typedef struct {
    int input_dim;     /* encoder input columns */
    int condition_dim; /* columns given to the decoder beside z (pitch, loudness) */
    int latent_dim;
    int output_dim;                    /* decoder output columns */
    int encoder_width, encoder_layers; /* hidden layers: linear, LayerNorm, LeakyReLU 0.1 */
    int decoder_width, decoder_layers;
} TbVaeConfig;

typedef struct TbVae TbVae;

/* New weights, drawn with `seed` (He initialisation). Dims 1..65536, layers 1..8. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_new(const TbVaeConfig *config, uint64_t seed, TbVae **vae);
TB_NODISCARD TB_API TbStatus tb_vae_clone(const TbVae *vae, TbVae **copy);
TB_API void tb_vae_free(TbVae *vae);
TB_API const TbVaeConfig *tb_vae_config(const TbVae *vae);
TB_API size_t tb_vae_n_params(const TbVae *vae);
TB_API float *tb_vae_params(TbVae *vae); /* the one slab of all weights, in the order of the tensor table */

/* Changes the coordinates of the latents: what was mu is now to[latent_dim][latent_dim] mu, and the decoder understands
 * it; back: the inverse of `to`. Means follow; logvar stays as it was. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_change_basis(TbVae *vae, const float *to, const float *back);

/* The table of its tensors. */
TB_API size_t tb_vae_n_tensors(const TbVae *vae);
TB_API const TbTensor *tb_vae_tensor(const TbVae *vae, size_t i);

/* x[n][input_dim] -> mu[n][latent_dim], logvar[n][latent_dim] (may be NULL). OFF (allocates scratch for n rows). */
TB_NODISCARD TB_API TbStatus tb_vae_encode(const TbVae *vae, const float *x, size_t n, float *mu, float *logvar);
/* z[n][latent_dim], condition[n][condition_dim] -> y[n][output_dim]. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_decode(const TbVae *vae, const float *z, const float *condition, size_t n,
                                           float *y);

/* The same for the audio thread, with the weights packed once for this machine: from two rows on it is faster, by up to
 * ten times with many. On the tile unit of newer Xeons weights keep 8 bits of fraction (an error of y near 1e-3),
 * elsewhere all. The network is borrowed, and its decoder must not change while this lives. */
typedef struct TbVaeDecoder TbVaeDecoder;
TB_NODISCARD TB_API TbStatus tb_vae_decoder_new(const TbVae *vae, TbVaeDecoder **decoder); /* OFF */
TB_API void tb_vae_decoder_free(TbVaeDecoder *decoder);                                    /* OFF */
/* scratch: tb_vae_decoder_scratch(decoder, n) floats of the caller's, enough for n rows or fewer. RT */
TB_API size_t tb_vae_decoder_scratch(const TbVaeDecoder *decoder, size_t n);
TB_API void tb_vae_decoder_run(const TbVaeDecoder *decoder, const float *z, const float *condition, size_t n,
                               float *scratch, float *y);
/* The same in steps, 0 .. tb_vae_decoder_steps - 1, between which scratch is left alone: z and condition are read by
 * the first, y is written by the last. RT */
TB_API int tb_vae_decoder_steps(const TbVaeDecoder *decoder);
TB_API void tb_vae_decoder_step(const TbVaeDecoder *decoder, int step, const float *z, const float *condition, size_t n,
                                float *scratch, float *y);
/* What a run costs: multiply-adds for each row; bytes of weights that are read for each 16 rows or fewer. ANY */
TB_API size_t tb_vae_decoder_macs(const TbVaeDecoder *decoder);
TB_API size_t tb_vae_decoder_bytes(const TbVaeDecoder *decoder);

/* ---- the loss ---- */

/* How the decoder's output columns are scored. A group is a run of columns of one kind; its loss for one row is
 * normalised inside the group, multiplied by `weight`, and the groups are added. */
typedef enum {
    /* Levels on a 0..1 scale for 100 dB: Huber of the error in units of 5 dB (e^2 if |e| < 1 else 2 |e| - 1). A target
     * under the column's `threshold` is not heard: then only what y has over the floor counts, and a twentieth of the
     * weight is kept for the error itself. Columns are weighted by 0.15 + the greater of target and floor, those with a
     * floor of 1.5 or more not at all; divided by the sum of the weights. */
    TB_COLUMN_LEVEL,
    /* Plain squared error times 16, mean over the group. */
    TB_COLUMN_PLAIN,
    /* Squared error times 100, columns weighted by the square of the target in the columns of group `by`
     * (same size), divided by the sum of these weights + 0.3: ratios that matter only where their level is high. */
    TB_COLUMN_WEIGHTED,
} TbColumnKind;

typedef struct {
    const char *name;
    TbColumnKind kind;
    int offset, size; /* columns of the output */
    float weight;
    int by; /* for TB_COLUMN_WEIGHTED: index of the group of levels that weighs it */
} TbColumns;

/* Reconstruction loss of n rows: y and target [n][output_dim]; threshold[n][output_dim], or NULL for none.
 * Adds d loss / dy for the MEAN over rows to dy (may be NULL). Returns the mean loss; `parts` [n_groups] may be NULL
 * and receives each group's unweighted mean. RT */
TB_API double tb_recon_loss(const TbColumns *groups, size_t n_groups, int output_dim, const float *y,
                            const float *target, const float *threshold, size_t n, float *dy, double *parts);

/* KL divergence from N(0, 1), summed over dims (each dim's batch mean is held above `free_bits` nats, Kingma et al.
 * 2016), mean over rows, times beta. Adds gradients to dmu, dlogvar (may be NULL). RT */
TB_API double tb_kl_loss(const float *mu, const float *logvar, size_t n, int latent_dim, double beta, double free_bits,
                         float *dmu, float *dlogvar);

/* Moves z[n][latent_dim], as tb_vae_encode gave it, to where the decoder gives each row of target[n][output_dim] best:
 * `steps` gradient steps on the reconstruction loss of that row plus beta / 2 |z|^2 (Kim et al. 2018, "Semi-amortized
 * variational autoencoders"). No row gets worse. threshold may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_refine(const TbVae *vae, const TbColumns *groups, size_t n_groups,
                                           const float *target, const float *threshold, const float *condition,
                                           size_t n, int steps, double beta, float *z);

/* The decoder with its weights frozen, forward and back to its inputs: what a loss on y means for z. */
typedef struct TbPullback TbPullback;

/* `vae` is borrowed, and its decoder must not change while this lives; rows: the largest n; threads as tb_set_threads.
 * OFF. */
TB_NODISCARD TB_API TbStatus tb_pullback_new(const TbVae *vae, size_t rows, TbPullback **pullback);
TB_API void tb_pullback_free(TbPullback *pullback);
/* z[n][latent_dim], condition[n][condition_dim] -> y[n][output_dim], valid until the next forward. OFF. */
TB_API const float *tb_pullback_forward(TbPullback *pullback, const float *z, const float *condition, size_t n);
/* For the rows of the last forward: dy[n][output_dim] -> dz[n][latent_dim]. OFF. */
TB_API void tb_pullback_backward(TbPullback *pullback, const float *dy, float *dz);

/* ---- training ---- */

/* Gradients, Adam moments, scratch of one training run. */
typedef struct TbTrainer TbTrainer;

/* `vae` is borrowed and changed by the steps; batch_rows is the largest n of a step. OFF. */
TB_NODISCARD TB_API TbStatus tb_trainer_new(TbVae *vae, size_t batch_rows, TbTrainer **trainer);
TB_API void tb_trainer_free(TbTrainer *trainer);

/* Forward: encode x, reparameterize z = mu + exp(logvar / 2) noise, decode with condition. noise[n][latent_dim] is
 * given by the caller (zeros: z = mu). Returns pointers into the trainer's scratch, valid until the next forward. OFF.
 */
typedef struct {
    const float *mu, *logvar, *z; /* [n][latent_dim] */
    const float *y;               /* [n][output_dim] */
} TbForward;
TB_API TbForward tb_trainer_forward(TbTrainer *trainer, const float *x, const float *condition, const float *noise,
                                    size_t n);

/* Backward of the last forward: dy[n][output_dim], and gradients that reach mu and logvar directly (from the KL; may be
 * NULL), accumulate into the gradient slab. OFF. */
TB_API void tb_trainer_backward(TbTrainer *trainer, const float *dy, const float *dmu, const float *dlogvar);
TB_API void tb_trainer_zero_gradients(TbTrainer *trainer);
TB_API float *tb_trainer_gradients(TbTrainer *trainer); /* slab as tb_vae_params */
/* One AdamW step from the gradients; returns the gradient norm before clipping. A non-finite norm skips the step. */
TB_API double tb_trainer_step(TbTrainer *trainer, const TbAdamConfig *config);
/* The optimiser's state, for checkpoints: first and second moments (slabs) and the number of steps taken. */
TB_API float *tb_trainer_moment1(TbTrainer *trainer);
TB_API float *tb_trainer_moment2(TbTrainer *trainer);
TB_API uint64_t tb_trainer_n_steps(const TbTrainer *trainer);
TB_API void tb_trainer_set_n_steps(TbTrainer *trainer, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
