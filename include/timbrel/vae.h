/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel vae: a conditional variational autoencoder (Kingma and Welling 2014) from vectors to latents and back. It is
 * independent of audio: a table of column groups (TbColumns) describes the vector, so the same code serves the spectral
 * frame and the whole note.
 *
 * Shapes are row-major, [rows][columns]. Weights (TbVae) are immutable while in use and may be shared by threads;
 * scratch belongs to the caller. */
#ifndef TIMBREL_VAE_H
#define TIMBREL_VAE_H

#include "timbrel/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the network ---- */

typedef struct {
    int input_dim;     /* encoder input columns */
    int condition_dim; /* columns given to the decoder in addition to z (pitch, loudness) */
    int latent_dim;
    int output_dim;                    /* decoder output columns */
    int encoder_width, encoder_layers; /* hidden layers: linear, LayerNorm, LeakyReLU 0.1 */
    int decoder_width, decoder_layers;
} TbVaeConfig;

typedef struct TbVae TbVae;

/* New weights, initialised from `seed` (He initialisation). Dims 1..65536, layers 1..8. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_new(const TbVaeConfig *config, uint64_t seed, TbVae **vae);
TB_NODISCARD TB_API TbStatus tb_vae_clone(const TbVae *vae, TbVae **copy);
TB_API void tb_vae_free(TbVae *vae);
TB_API const TbVaeConfig *tb_vae_config(const TbVae *vae);
TB_API size_t tb_vae_n_params(const TbVae *vae);
TB_API float *tb_vae_params(TbVae *vae); /* all weights in one slab, in the order of the tensor table */

/* Changes the basis of the latent space in place: the encoder's mu becomes to[latent_dim][latent_dim] mu, and the
 * decoder expects z in the new basis; back: the inverse of `to`. Only the means change; logvar is left
 * unchanged. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_change_basis(TbVae *vae, const float *to, const float *back);

/* The tensor table. */
TB_API size_t tb_vae_n_tensors(const TbVae *vae);
TB_API const TbTensor *tb_vae_tensor(const TbVae *vae, size_t i);

/* x[n][input_dim] -> mu[n][latent_dim], logvar[n][latent_dim] (may be NULL). OFF (allocates scratch for n rows). */
TB_NODISCARD TB_API TbStatus tb_vae_encode(const TbVae *vae, const float *x, size_t n, float *mu, float *logvar);
/* z[n][latent_dim], condition[n][condition_dim] -> y[n][output_dim]. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_decode(const TbVae *vae, const float *z, const float *condition, size_t n,
                                           float *y);

/* A decoder for the audio thread, with weights packed once for this processor: faster from two rows up, up to ten
 * times with many rows. With Intel AMX the weights are rounded to bfloat16, 8 bits of fraction (error of y near
 * 1e-3); elsewhere they keep full precision. `vae` is borrowed, and its decoder must not change during the lifetime
 * of this object. */
typedef struct TbVaeDecoder TbVaeDecoder;
TB_NODISCARD TB_API TbStatus tb_vae_decoder_new(const TbVae *vae, TbVaeDecoder **decoder); /* OFF */
TB_API void tb_vae_decoder_free(TbVaeDecoder *decoder);                                    /* OFF */
/* scratch: tb_vae_decoder_scratch(decoder, n) floats, provided by the caller, enough for n rows or fewer. RT */
TB_API size_t tb_vae_decoder_scratch(const TbVaeDecoder *decoder, size_t n);
TB_API void tb_vae_decoder_run(const TbVaeDecoder *decoder, const float *z, const float *condition, size_t n,
                               float *scratch, float *y);
/* The same in steps 0 .. tb_vae_decoder_steps - 1; scratch must be preserved between them. The first step reads z
 * and condition, the last writes y. RT */
TB_API int tb_vae_decoder_steps(const TbVaeDecoder *decoder);
TB_API void tb_vae_decoder_step(const TbVaeDecoder *decoder, int step, const float *z, const float *condition, size_t n,
                                float *scratch, float *y);
/* Cost of a run: multiply-adds per row; bytes of weights read per 16 rows or fewer. ANY */
TB_API size_t tb_vae_decoder_macs(const TbVaeDecoder *decoder);
TB_API size_t tb_vae_decoder_bytes(const TbVaeDecoder *decoder);

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
TB_API double tb_recon_loss(const TbColumns *groups, size_t n_groups, int output_dim, const float *y,
                            const float *target, const float *threshold, size_t n, float *dy, double *parts);

/* KL divergence from N(0, 1), summed over dims, mean over rows, times beta. Free bits (Kingma et al. 2016): the
 * batch mean of each dim contributes at least `free_bits` nats. Adds gradients to dmu, dlogvar (may be NULL). RT */
TB_API double tb_kl_loss(const float *mu, const float *logvar, size_t n, int latent_dim, double beta, double free_bits,
                         float *dmu, float *dlogvar);

/* Refines z[n][latent_dim], initially from tb_vae_encode, to minimise each row's reconstruction loss of
 * target[n][output_dim] plus beta / 2 |z|^2, by `steps` gradient steps (Kim et al. 2018, "Semi-amortized variational
 * autoencoders"). No row's loss increases. threshold may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_refine(const TbVae *vae, const TbColumns *groups, size_t n_groups,
                                           const float *target, const float *threshold, const float *condition,
                                           size_t n, int steps, double beta, float *z);

/* The decoder with frozen weights, forward and backward to its inputs: pulls the gradient of a loss on y back to z. */
typedef struct TbPullback TbPullback;

/* `vae` is borrowed, and its decoder must not change during the lifetime of this object; rows: the largest n; uses
 * the number of threads last set by tb_set_threads. OFF. */
TB_NODISCARD TB_API TbStatus tb_pullback_new(const TbVae *vae, size_t rows, TbPullback **pullback);
TB_API void tb_pullback_free(TbPullback *pullback);
/* z[n][latent_dim], condition[n][condition_dim] -> y[n][output_dim], valid until the next forward. OFF. */
TB_API const float *tb_pullback_forward(TbPullback *pullback, const float *z, const float *condition, size_t n);
/* For the rows of the last forward: dy[n][output_dim] -> dz[n][latent_dim]. OFF. */
TB_API void tb_pullback_backward(TbPullback *pullback, const float *dy, float *dz);

/* ---- training ---- */

/* Gradients, Adam moments and scratch of one training run. */
typedef struct TbTrainer TbTrainer;

/* `vae` is borrowed and updated by the steps; batch_rows is the largest n of a step. OFF. */
TB_NODISCARD TB_API TbStatus tb_trainer_new(TbVae *vae, size_t batch_rows, TbTrainer **trainer);
TB_API void tb_trainer_free(TbTrainer *trainer);

/* Forward: encode x, reparameterize z = mu + exp(logvar / 2) noise, decode with condition. noise[n][latent_dim]
 * comes from the caller (zeros: z = mu). Returns pointers into the trainer's scratch, valid until the next forward.
 * OFF. */
typedef struct {
    const float *mu, *logvar, *z; /* [n][latent_dim] */
    const float *y;               /* [n][output_dim] */
} TbForward;
TB_API TbForward tb_trainer_forward(TbTrainer *trainer, const float *x, const float *condition, const float *noise,
                                    size_t n);

/* Backward of the last forward: dy[n][output_dim], and gradients that reach mu and logvar directly (from the KL; may
 * be NULL). Accumulates into the gradient slab. OFF. */
TB_API void tb_trainer_backward(TbTrainer *trainer, const float *dy, const float *dmu, const float *dlogvar);
TB_API void tb_trainer_zero_gradients(TbTrainer *trainer);
TB_API float *tb_trainer_gradients(TbTrainer *trainer); /* slab, as tb_vae_params */
/* One AdamW step with the accumulated gradients; returns the gradient norm before clipping. If the norm is not
 * finite, the weights stay as they are. OFF. */
TB_API double tb_trainer_step(TbTrainer *trainer, const TbAdamConfig *config);
/* The optimizer's state, for checkpoints: first and second moments (slabs) and the number of steps taken. */
TB_API float *tb_trainer_moment1(TbTrainer *trainer);
TB_API float *tb_trainer_moment2(TbTrainer *trainer);
TB_API uint64_t tb_trainer_n_steps(const TbTrainer *trainer);
TB_API void tb_trainer_set_n_steps(TbTrainer *trainer, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
