/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel sound: combines the signal path and the network: models, encoded sounds, morphs. */
#ifndef TIMBREL_SOUND_H
#define TIMBREL_SOUND_H

#include "timbrel/note.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models ---- */

/* A trained network and its metadata. Immutable, may be shared by threads. */
typedef struct TbModel TbModel;

enum { TB_MODEL_INPUTS = TB_FEATURES + TB_CONDITIONS }; /* columns of the encoder's input */

/* The configuration that `timbrel train` uses by default: 32 latents, 2 x 512 on both sides. ANY */
TB_API TbVaeConfig tb_model_config(void);
/* Takes ownership of `vae` (freed with the model, also on failure). facts_json: training metadata, or NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_new(TbVae *vae, const char *facts_json, TbModel **model);
TB_NODISCARD TB_API TbStatus tb_model_read(const char *path, TbModel **model);
TB_NODISCARD TB_API TbStatus tb_model_parse(const void *data, size_t n_bytes, TbModel **model); /* data is copied */
/* half: store weights as 16-bit floats, half the size. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_write(const TbModel *model, const char *path, bool half);
TB_API void tb_model_free(TbModel *model);
TB_API const TbVae *tb_model_vae(const TbModel *model);
TB_API const TbVaeDecoder *tb_model_decoder(const TbModel *model); /* its decoder, packed for the audio thread; ANY */
TB_API const char *tb_model_facts(const TbModel *model);           /* JSON, "{}" if there is no metadata */
TB_API uint64_t tb_model_fingerprint(const TbModel *model);        /* of its weights */

/* ---- whole notes ---- */

/* The model's note network, NULL if it has none. ANY */
TB_API const TbNoteModel *tb_model_notes(const TbModel *model);
/* Its decoder, packed for the audio thread; NULL if there is none. ANY */
TB_API const TbVaeDecoder *tb_model_note_decoder(const TbModel *model);
/* Takes ownership of `notes` (freed with the model, also on failure); its weights must not change any more. OFF. */
TB_NODISCARD TB_API TbStatus tb_model_set_notes(TbModel *model, TbNoteModel *notes);

/* ---- encoded sounds ---- */

typedef struct {
    double seconds;
    int latent_dim;
    uint64_t model; /* fingerprint of the model that encoded it */
    size_t n_notes;
    TbEncodedNote *notes; /* owned */
    TbWidth width;        /* owned */
} TbSound;

/* detail: also store what the latents lose, so that decoding is as good as analysis alone allows. *sound is owned by
 * the caller, as below; free it with tb_sound_free. OFF. */
TB_NODISCARD TB_API TbStatus tb_encode(const TbModel *model, const TbAnalysis *analysis, bool detail, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_read(const char *path, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_parse(const void *data, size_t n_bytes, TbSound *sound);
TB_NODISCARD TB_API TbStatus tb_sound_write(const TbSound *sound, const char *path);
TB_API void tb_sound_free(TbSound *sound);

/* A descriptor of a whole sound, tb_descriptor_size(latent_dim) floats: mean and standard deviation over time of its
 * latents after the attack, mean during the attack (52 ms), all weighted by loudness; and its loudness envelope, dB
 * relative to its loudest frame. Pitch is not part of it. TB_ERR_EMPTY when the sound is silent. OFF. */
TB_API size_t tb_descriptor_size(int latent_dim); /* ANY */
TB_NODISCARD TB_API TbStatus tb_sound_descriptor(const TbSound *sound, float *descriptor);
/* Makes distances between n descriptors[n][size] comparable, in place: each of the four parts is centred, and scaled
 * as a whole by its spread over the n sounds, so that latents that vary little count little. OFF. */
TB_API void tb_descriptors_standardize(float *descriptors, size_t n, int latent_dim);

typedef struct {
    size_t size;      /* see timbrel/base.h */
    double transpose; /* semitones */
    double stretch;   /* 1: original length, 2: twice as long; attacks keep their length */
    double formant;   /* semitones: shifts the spectral envelope, not the pitch */
    double detail;    /* 0..1: share of the stored detail that is restored (1) */
} TbDecodeOptions;

static inline void tb_decode_defaults(TbDecodeOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->stretch = 1;
    options->detail = 1;
}

/* Decoding with another model than the one that encoded fails with TB_ERR_VERSION, unless the sound carries detail
 * and all of it is restored. OFF. */
TB_NODISCARD TB_API TbStatus tb_decode(const TbModel *model, const TbSound *sound, const TbDecodeOptions *options,
                                       TbAnalysis *analysis);

/* ---- morphs ---- */

/* How the mixing weights of a morph move from sound to sound. Weights are >= 0 and are normalised to sum 1. */
enum { TB_MORPH_MAX = 8 };

typedef struct {
    size_t size;                     /* see timbrel/base.h */
    size_t n_sounds;                 /* 2 .. TB_MORPH_MAX */
    double timbre[TB_MORPH_MAX];     /* weight of each sound at the start ... */
    double timbre_end[TB_MORPH_MAX]; /* ... and at the end */
    double pitch[TB_MORPH_MAX], pitch_end[TB_MORPH_MAX];
    double loudness[TB_MORPH_MAX], loudness_end[TB_MORPH_MAX];
    double timing[TB_MORPH_MAX];
} TbMorphOptions;

/* No sounds, no weights. */
static inline void tb_morph_defaults(TbMorphOptions *options) {
    TB_OPTIONS_BEGIN(options);
}

/* Sets all weights of options from tb_morph_defaults: two sounds at one mix, 0..1. ANY */
TB_API void tb_morph_mix(TbMorphOptions *options, double mix_start, double mix_end);
TB_NODISCARD TB_API TbStatus tb_morph(const TbModel *model, const TbSound *const *sounds, const TbMorphOptions *options,
                                      TbAnalysis *analysis);

#ifdef __cplusplus
}
#endif
#endif
