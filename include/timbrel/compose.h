/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel compose: small tracks from trained networks. From options to a finished score: a form, a melody over chords,
 * drums, a part of chords, a bass and an ending. No sound: timbrel/engine.h plays scores.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_COMPOSE_H
#define TIMBREL_COMPOSE_H

#include "timbrel/melody.h"
#include "timbrel/piece.h"
#include "timbrel/rhythm.h"
#include "timbrel/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models ---- */

/* The networks of one file. Owned; a member is NULL if the file has no such network. */
typedef struct {
    TbRhythmModel *rhythm;
    TbMelodyModel *melody;
    TbPieceModel *piece;
} TbMusicModels;

/* One safetensors file holds them, each under a prefix: "rhythm.", "melody.", "piece.". A file without any of them is
 * refused (TB_ERR_FORMAT) with a sentence that says what it is. `data` is copied; that of tb_music_models_print is
 * newly allocated (free). Members that are NULL are not written; with none at all there is nothing to write
 * (TB_ERR_EMPTY). OFF. */
TB_NODISCARD TB_API TbStatus tb_music_models_read(const char *path, TbMusicModels *models);
TB_NODISCARD TB_API TbStatus tb_music_models_parse(const void *data, size_t n_bytes, TbMusicModels *models);
TB_NODISCARD TB_API TbStatus tb_music_models_write(const TbMusicModels *models, const char *path);
TB_NODISCARD TB_API TbStatus tb_music_models_print(const TbMusicModels *models, void **data, size_t *n_bytes);
TB_API void tb_music_models_free(TbMusicModels *models); /* zeroed models are fine. OFF */

/* ---- styles ---- */

/* Styles that can be asked for: "any", those of rhythms (tb_rhythm_style_name), and some more, such as "folk". A style
 * says which drums are drawn, how fast and with how much swing. */
TB_API const char *tb_compose_style_name(int style); /* 0, 1 ...; "" after the last. Static. ANY */
TB_API int tb_compose_style_find(const char *name);  /* -1: none of that name. ANY */

/* ---- what is asked for ---- */

enum {
    TB_COMPOSE_BARS = 1024,   /* the most that are written */
    TB_COMPOSE_PHRASES = 512, /* letters of the longest form */
    TB_COMPOSE_STEPS = 256,   /* of the longest interpolation */
    TB_COMPOSE_LINE = 2048,   /* notes of the longest melody that an interpolation writes anew */
    TB_COMPOSE_TICKS = 480,   /* a quarter note of what is drawn without a given score */
};

/* Parts are bits: 1u << TbRole. */
#define TB_COMPOSE_PART(role) (1u << (role))
#define TB_COMPOSE_ALL_PARTS                                                                                           \
    (TB_COMPOSE_PART(TB_ROLE_DRUMS) | TB_COMPOSE_PART(TB_ROLE_BASS) | TB_COMPOSE_PART(TB_ROLE_CHORDS) |                \
     TB_COMPOSE_PART(TB_ROLE_MELODY))

typedef struct {
    size_t size;
    uint64_t seed;              /* the same seed gives the same score */
    int bars;                   /* 1 .. TB_COMPOSE_BARS; after a primer: so many more */
    double tempo;               /* quarter notes a minute, TB_SLOWEST .. TB_FASTEST; 0: drawn, as the style has it */
    int tonic;                  /* pitch class of the key; -1: drawn, and so is the mode, */
    bool minor;                 /* unless this is set */
    int numerator, denominator; /* metre */
    int style;                  /* tb_compose_style_find */
    double density;             /* -2 .. 2: more notes; 0: as learned */
    double swing;               /* place of the off-beat eighths in the beat, in percent: 50 (straight) .. 75; 67:
                                   triplets; 0: as the style has it */
    double temperature;         /* 0: the most likely; 1: as varied as what the networks learned from; at most 2 */
    unsigned parts;             /* of the result: bits of TB_ROLE_DRUMS, _BASS, _CHORDS and _MELODY. Others are made
                                   only as far as these need them */
    const char *form;           /* a letter for each phrase of equal length, such as "AABA"; phrases of the same letter
                                   return. NULL: drawn; "": none */
    bool loop;                  /* made to be repeated: no ending */
    const TbScore *primer;      /* how the piece begins: its notes stay as they are, to the tick. It also gives metre,
                                   tempo and, if `tonic` is -1, the key. Parts asked for that it does not have are
                                   written to it. NULL: none */
    bool continues;             /* the primer is a piece of its own: it gets no new parts, ... */
    bool without_primer;        /* ... and is left out of the result */
    const TbScore *locked;      /* a score of which these ... */
    unsigned locked_parts;      /* ... parts stay as they are, to the tick (what rings on beyond the last bar ends
                                   there); the others are written to them. It gives bars (to the last note of any
                                   part), metre, tempo and, if `tonic` is -1, the key. Not with a primer. NULL: none */
    TbProgress progress;        /* several times a second; it begins anew where a draft is put aside. NULL: none */
    void *context;              /* of `progress` */
} TbComposeOptions;

static inline void tb_compose_defaults(TbComposeOptions *o) {
    TB_OPTIONS_BEGIN(o);
    o->bars = 16;
    o->tonic = -1;
    o->numerator = o->denominator = 4;
    o->temperature = 1;
    o->parts = TB_COMPOSE_ALL_PARTS;
}

/* What was made. */
typedef struct {
    TbKey key; /* its `clarity` is that of the result */
    double tempo;
    int numerator, denominator, bars;
    int style;
    double swing;                      /* percent */
    int phrase;                        /* bars of a phrase; 0: no form, and ... */
    char form[TB_COMPOSE_PHRASES + 1]; /* ... "": a letter for each phrase */
    int first;                         /* bars of the primer in the result, before the first new one */
    int redrawn;                       /* drafts that were put aside, because they missed the key or broke off */
} TbComposeReport;

/* ---- what is made ----
 *
 * Scores that last exactly their bars, `end` on the last bar line, tidy (tb_score_tidy changes nothing). Parts are
 * named "Drums", "Bass", "Chords" and "Melody" with programs and channels of General MIDI, in this order; those of a
 * given score keep their names, programs and channels. They have tempo, metre, key and chord symbols. Unless `loop` is
 * set the last bar is an ending on the tonic. `report` may be NULL. Failures leave `out` empty:
 *   TB_ERR_ARGUMENT     an option is out of range, options exclude each other
 *   TB_ERR_UNSUPPORTED  a network cannot write in this metre; the file of models lacks a network that is needed; no
 *                       channel is free for a new part
 *   TB_ERR_EMPTY        a given score has no notes, or not the part that is to be kept
 *   TB_ERR_CANCELLED    `progress` said so
 * All are OFF. */

TB_NODISCARD TB_API TbStatus tb_compose(const TbMusicModels *models, const TbComposeOptions *options, TbScore *out,
                                        TbComposeReport *report);

/* Variations of a score. Bars, metre, tempo and key are its own; of the options count seed, density, temperature,
 * style, `progress`, and `locked_parts`, which stay as they are (`locked` is not used). */

/* amount 0: the score itself; 1: melody, drums, bass and chords are new, as far as they are not locked. Bars that
 * return do so in the result, too. Other parts stay. */
TB_NODISCARD TB_API TbStatus tb_compose_vary(const TbMusicModels *models, const TbScore *score, double amount,
                                             const TbComposeOptions *options, TbScore *out);

/* out[n], 2 .. TB_COMPOSE_STEPS: from one score, which is the first, to the other, which is the last. Both are in one
 * and the same metre; each is as long as the shorter of the two. Drums move through what their patterns mean to the
 * network of rhythms, melodies of up to TB_COMPOSE_LINE notes as tb_melody_interpolate does; the bars of all other
 * parts, and what the networks cannot have, are those of one or the other, and change one by one, far from each other.
 * All is in the key of the nearer end. */
TB_NODISCARD TB_API TbStatus tb_compose_interpolate(const TbMusicModels *models, const TbScore *from, const TbScore *to,
                                                    size_t n, const TbComposeOptions *options, TbScore *out);

/* Plays the notes as a drummer would: their velocities and their places near the grid become, `amount` (0 .. 1) of the
 * way, those that the network of rhythms gives to all parts together. Their number and pitches stay; so do triplets,
 * and bars in metres that drum patterns cannot have. */
TB_NODISCARD TB_API TbStatus tb_compose_humanise(const TbMusicModels *models, const TbScore *score, double amount,
                                                 const TbComposeOptions *options, TbScore *out);

/* Gives the score's melody new chords, and new parts of chords and bass if `parts` asks for them; all other parts
 * stay. The result ends with the bar of the last note that the score has in any part. */
TB_NODISCARD TB_API TbStatus tb_compose_harmonise(const TbMusicModels *models, const TbScore *score,
                                                  const TbComposeOptions *options, TbScore *out);

#ifdef __cplusplus
}
#endif

#endif
