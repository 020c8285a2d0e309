/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: a latent vector for each phrase of four bars, as in a variational autoencoder (Kingma and
 * Welling 2014). An encoder reads the notes of the phrase in any order, since each says where it is (Zaheer et al.
 * 2017):
 *
 *     pooled     = mean over the notes of gelu(sum of S[symbols of the note] + b)
 *     mu, logvar = M pooled + m
 *     z          = mu + exp(logvar / 2) eps;   without a phrase to follow: a learned vector, "none"
 *
 * I z is added to the input of the LSTM, H z to the hidden layers of the heads. */
#ifndef TIMBREL_MELODY_LATENT_H
#define TIMBREL_MELODY_LATENT_H

#include "base/arena.h"
#include "melody/context.h"
#include "nn/parameters.h"

enum {
    MELODY_LATENT = 16,  /* width of z */
    MELODY_ENCODER = 80, /* of the encoder's hidden layer */
};

/* Symbols of the encoder: offsets of their kinds in one table. */
enum {
    ENCODER_PITCH,
    ENCODER_GAP = ENCODER_PITCH + MELODY_PITCHES,
    ENCODER_DURATION = ENCODER_GAP + MELODY_TIMES,
    ENCODER_PLACE = ENCODER_DURATION + MELODY_TIMES, /* in the phrase */
    ENCODER_SYMBOLS = ENCODER_PLACE + MELODY_PHRASE_BARS * TB_MELODY_BAR,
    ENCODER_INPUTS = 4, /* symbols of a note */
};

/* Offsets in the slab. */
typedef struct {
    size_t symbols, bias;         /* S: [ENCODER_SYMBOLS][MELODY_ENCODER]; b */
    size_t moments, moments_bias; /* M: [2 * MELODY_LATENT][MELODY_ENCODER]; m */
    size_t none;                  /* [MELODY_LATENT] */
    size_t input, heads;          /* I: [embedding][MELODY_LATENT], H: [fields * head][MELODY_LATENT] */
} MelodyLatentLayout;

/* Whether z is told: never; the mean of each phrase; a draw around it, and of some phrases nothing. */
typedef enum { MELODY_LATENT_NONE, MELODY_LATENT_MEAN, MELODY_LATENT_DRAWN } MelodyLatentUse;

/* The phrases of a batch. */
typedef struct {
    size_t n;
    size_t *current;   /* [sequences]: the phrase that the last step of each was in */
    size_t *phrase_of; /* [rows] */
    bool *is_told;     /* [rows], of phrases, as all below */
    size_t *notes;
    float *hidden, *active;         /* [rows][MELODY_ENCODER], of notes */
    float *pooled;                  /* [MELODY_ENCODER] */
    float *moments;                 /* [2 * MELODY_LATENT]: mu, logvar */
    float *eps, *z;                 /* [MELODY_LATENT] */
    float *to_input, *to_heads;     /* [embedding], [fields * head]; backward: their gradients */
    float *dz, *dmoments, *dpooled; /* as z, moments, pooled */
} MelodyPhrases;

void tbi_melody_latent_lay_out(size_t embedding, size_t heads, TbParameters *table, MelodyLatentLayout *at);
void tbi_melody_latent_initialise(const MelodyLatentLayout *at, size_t embedding, size_t heads, TbRng *rng,
                                  float *params);
void tbi_melody_phrases_init(MelodyPhrases *phrases, size_t sequences, size_t rows, size_t embedding, size_t heads,
                             TbArena *arena);

/* The means of the phrases with these steps, mu[n_phrases][MELODY_LATENT]; notes[n_phrases]: how many each has. One
 * without a note gets the vector of none. RT */
void tbi_melody_encode(const MelodyLatentLayout *at, const float *params, const MelodyStep *steps, size_t n,
                       size_t n_phrases, float *mu, size_t *notes);

#endif
