/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to rhythm/: one or several patterns through a model's network. */
#ifndef TIMBREL_RHYTHM_PLAY_H
#define TIMBREL_RHYTHM_PLAY_H

#include "rhythm/model.h"

/* Memory for n patterns in a call; what is given to the network, and what it says. */
typedef struct {
    const TbRhythmModel *model;
    TbRhythmOptions o;
    TbRng rng;
    RhythmNetwork *net;
    size_t n, latent;
    RhythmLesson *lesson;   /* [n] */
    RhythmItem *item;       /* [n]: those of the lessons, side by side */
    TbRhythm *given;        /* [n]: the patterns that the items point to, as early as the network's drummers */
    RhythmOutput *output;   /* [n] */
    float *mu, *logvar, *z; /* [n][latent] */
    TbArena memory;
    float *noise; /* [latent] */
} Play;

/* Checks and copies the options. */
TB_NODISCARD TbStatus tbi_play_new(const TbRhythmModel *model, const TbRhythmOptions *options, size_t n, Play *play);
void tbi_play_free(Play *play);

/* TB_ERR_ARGUMENT with its sentence, if it is none. */
TB_NODISCARD TbStatus tbi_rhythm_check(const TbRhythm *rhythm);

/* Gives pattern i, of which `what` is known to encoder and decoder. */
void tbi_play_give(Play *play, size_t i, const TbRhythm *rhythm, Given seen, Given told);
void tbi_play_encode(Play *play);               /* all -> mu, logvar */
void tbi_play_decode(Play *play);               /* z -> output */
void tbi_play_draw_prior(Play *play, float *z); /* z[latent] of the style, at the options' temperature */
void tbi_play_draw_posterior(Play *play);       /* z around mu, at the options' temperature; -> output */

/* n items, all what the first one is: to draw several of it at once. */
void tbi_play_repeat(Play *play, size_t n);

/* A pattern of what the network says of item i. locked (NULL: nothing) cells are those of `source`; random: hits and
 * how they are played are drawn at the options' temperature. bias (NULL: none) is added to the logits. */
void tbi_play_finish(Play *play, size_t i, const TbRhythm *source, const bool (*locked)[TB_DRUM_CLASSES], bool random,
                     const float (*bias)[TB_DRUM_CLASSES], TbRhythm *out);

/* The logit that a hit has to be above. */
float tbi_play_threshold(const Play *play, bool random);

/* A hit as the network says, and a random part. */
TbDrumHit tbi_play_hit(Play *play, size_t i, int step, int drum, bool random);

#endif
