/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel vae: a conditional variational autoencoder (Kingma and Welling 2014) from vectors to latents and back. It is
 * independent of audio. Its training is private to the library.
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
/* The same with all weights 0, for weights that come from elsewhere, such as a file. OFF. */
TB_NODISCARD TB_API TbStatus tb_vae_new_zero(const TbVaeConfig *config, TbVae **vae);
TB_NODISCARD TB_API TbStatus tb_vae_clone(const TbVae *vae, TbVae **copy);
TB_API void tb_vae_free(TbVae *vae);
TB_API const TbVaeConfig *tb_vae_config(const TbVae *vae);
TB_API size_t tb_vae_n_params(const TbVae *vae);
TB_API float *tb_vae_params(TbVae *vae); /* all weights in one slab, in the order of the tensor table */

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

#ifdef __cplusplus
}
#endif
#endif
