/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel sound: where the signal path and the network meet. A model; a sound as latents; morphs of sounds. */
#ifndef TIMBREL_SOUND_H
#define TIMBREL_SOUND_H

#include "timbrel/note.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models ---- */

/* A trained network and what its file says about it. Immutable, may be shared by threads. */
typedef struct TbModel TbModel;

enum { TB_MODEL_INPUTS = TB_FEATURES + TB_CONDITIONS }; /* columns of the encoder's input */

/* The network that `timbrel train` makes by default: 32 latents, 2 x 512 on both sides. */
TB_API TbVaeConfig tb_model_config(void);
/* Takes over `vae` (freed with the model, also on failure). facts_json: what is known of its training, or NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_new(TbVae *vae, const char *facts_json, TbModel **model);
TB_NODISCARD TB_API TbStatus tb_model_read(const char *path, TbModel **model);
TB_NODISCARD TB_API TbStatus tb_model_parse(const void *data, size_t n_bytes, TbModel **model); /* data is copied */
/* half: weights as 16-bit floats, half the size. */
TB_NODISCARD TB_API TbStatus tb_model_write(const TbModel *model, const char *path, bool half);
TB_API void tb_model_free(TbModel *model);
TB_API const TbVae *tb_model_vae(const TbModel *model);
TB_API const TbVaeDecoder *tb_model_decoder(const TbModel *model); /* its decoder, ready for the audio thread; ANY */
TB_API const char *tb_model_facts(const TbModel *model);           /* JSON, "{}" if nothing is known */
TB_API uint64_t tb_model_fingerprint(const TbModel *model);        /* of its weights */

/* How the loss reads the decoder's columns; used by training and its tests. */
TB_API const TbColumns *tb_model_columns(size_t *n_columns);
/* One frame -> encoder input [TB_MODEL_INPUTS]. RT */
TB_API void tb_model_input(const TbFrame *frame, float *x);
/* Latents of n frames: the encoder's guess for x[n][TB_MODEL_INPUTS], refined by gradient steps until the decoder gives
 * features[n][TB_FEATURES] as well as it can; threshold as tb_masking_threshold. -> z[n][latent_dim]. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_infer(const TbVae *vae, const float *x, const float *features,
                                            const float *threshold, const float *condition, size_t n, float *z);
/* The same for frames that follow each other: faster, since neighbours are alike, and steadier, since z settles where
 * the sound stands still. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_infer_track(const TbVae *vae, const float *x, const float *features,
                                                  const float *threshold, const float *condition, size_t n, float *z);

/* ---- the level above: whole notes ---- */

/* NULL when the model has none. ANY */
TB_API const TbNoteModel *tb_model_notes(const TbModel *model);
/* Its decoder, ready for the audio thread; NULL when there is none. ANY */
TB_API const TbVaeDecoder *tb_model_note_decoder(const TbModel *model);
/* Takes over `notes` (freed with the model, also on failure); its weights must not change any more. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_set_notes(TbModel *model, TbNoteModel *notes);

/* ---- encoded sounds ---- */

typedef struct {
    double seconds;
    int latent_dim;
    uint64_t model; /* fingerprint of the model that encoded it */
    size_t n_notes;
    TbEncodedNote *notes; /* owned */
} TbSound;

/* detail: keep what the latents lose, so that the sound can be decoded as well as analysis alone allows. OFF. */
TB_NODISCARD TB_API TbStatus tb_encode(const TbModel *model, const TbScore *score, bool detail, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_read(const char *path, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_parse(const void *data, size_t n_bytes, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_write(const TbSound *sound, const char *path);
TB_API void tb_sound_free(TbSound *sound);

/* One vector for a whole sound, tb_descriptor_size(latent_dim) floats: mean and standard deviation over time of its
 * latents after the attack, mean during the attack (52 ms), all weighted by loudness; and the course of its loudness,
 * dB under its loudest frame. Pitch has no part in it. TB_ERR_EMPTY when the sound is silent. OFF. */
TB_API size_t tb_descriptor_size(int latent_dim); /* ANY */
TB_NODISCARD TB_API TbStatus tb_sound_descriptor(const TbSound *sound, float *descriptor);
/* Makes distances of n descriptors[n][size] comparable, in place: each of the four parts is centred and scaled by its
 * spread over the n sounds, as a whole: a latent that moves little shall count little. OFF. */
TB_API void tb_descriptors_standardize(float *descriptors, size_t n, int latent_dim);

typedef struct {
    double transpose; /* semitones */
    double stretch;   /* 1: as it was, 2: twice as long; attacks keep their length */
    double formant;   /* semitones: moves the spectral envelope, not the pitch */
    double detail;    /* 0..1: how much of the kept detail is put back (1) */
} TbDecodeOptions;

TB_API void tb_decode_defaults(TbDecodeOptions *options);
/* A model other than the one that encoded is TB_ERR_VERSION, unless the sound carries detail
 * and all of it is put back. OFF. */
TB_NODISCARD TB_API TbStatus tb_decode(const TbModel *model, const TbSound *sound, const TbDecodeOptions *options,
                                       TbScore *score);

/* ---- morphs ---- */

/* How the weights of the parts of a morph move from sound to sound. Weights are >= 0 and are normalised to sum 1. */
enum { TB_MORPH_MAX = 8 };

typedef struct {
    size_t n_sounds;                 /* 2 .. TB_MORPH_MAX */
    double timbre[TB_MORPH_MAX];     /* weight of each sound at the beginning ... */
    double timbre_end[TB_MORPH_MAX]; /* ... and at the end */
    double pitch[TB_MORPH_MAX], pitch_end[TB_MORPH_MAX];
    double loudness[TB_MORPH_MAX], loudness_end[TB_MORPH_MAX];
    double timing[TB_MORPH_MAX];
} TbMorphOptions;

/* Two sounds at one mix, 0..1, everything together. */
TB_API void tb_morph_mix(TbMorphOptions *options, double mix_start, double mix_end);
TB_NODISCARD TB_API TbStatus tb_morph(const TbModel *model, const TbSound *const *sounds, const TbMorphOptions *options,
                                      TbScore *score);

#ifdef __cplusplus
}
#endif
#endif
