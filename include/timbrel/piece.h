/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel piece: pieces of several parts, and a transformer that writes parts to given parts, continues a piece, and
 * fills bars between given bars.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h.
 * A piece is a TbScore. Its parts have roles (TbRole): drums, chords, bass, melody and other. All drums are read as one
 * part, and so is all bass; of several parts of another role the one with the most notes is read. Time inside is in
 * steps of a twelfth of a quarter note (TB_GRID_MELODY); what is given is read as rounded to it, but stays as it is. */
#ifndef TIMBREL_PIECE_H
#define TIMBREL_PIECE_H

#include "timbrel/nn.h"
#include "timbrel/score.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TB_PIECE_BAR = 96,    /* steps of the longest bar: 4/2 */
    TB_PIECE_BARS = 4096, /* no piece has more bars */
    TB_PIECE_ROLES = 5,   /* TB_ROLE_OTHER .. TB_ROLE_DRUMS */
};

/* ---- styles ---- */

enum { TB_PIECE_STYLES = 21, TB_PIECE_ANY_STYLE = 0 }; /* the first is "any"; the last, "own", a user's */
TB_API const char *tb_piece_style_name(int style);     /* "any", "folk", "rock" ...; "" for others. Static. ANY */
TB_API int tb_piece_style_find(const char *name);      /* -1: none of that name. ANY */

/* The roles of the parts as this network sees them: those of tb_score_roles, but pitched parts with "chord" or
 * "arpeggio" in their names are chords, too. role[n_parts]. OFF. */
TB_NODISCARD TB_API TbStatus tb_piece_roles(const TbScore *score, TbRole *role);

/* ---- pieces to learn from ---- */

typedef struct TbPieceSet TbPieceSet;

TB_NODISCARD TB_API TbStatus tb_piece_set_new(TbPieceSet **set); /* OFF */
TB_API void tb_piece_set_free(TbPieceSet *set);                  /* NULL is fine. OFF */

/* Adds a piece. style: 0 .. TB_PIECE_STYLES - 1. weight: how often its notes are learned from, compared with those of
 * other pieces; 1 is usual. held_out: not to learn from, but to stop early by. *n (may be NULL) receives the number of
 * notes; a piece of fewer than eight, and bars longer than TB_PIECE_BAR, are left out. OFF. */
TB_NODISCARD TB_API TbStatus tb_piece_set_add(TbPieceSet *set, const TbScore *score, int style, double weight,
                                              bool held_out, size_t *n);
TB_API size_t tb_piece_set_count(const TbPieceSet *set, bool held_out); /* notes. ANY */

/* ---- a model, and how it is trained ---- */

typedef struct TbPieceModel TbPieceModel; /* weights. Immutable; may be shared by threads */

/* Files are safetensors with weights of 16 bits, 2.2 MB. Others are refused with a sentence that says what they are.
 * `data` is copied; that of tb_piece_model_print is newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_piece_model_read(const char *path, TbPieceModel **model);
TB_NODISCARD TB_API TbStatus tb_piece_model_parse(const void *data, size_t n_bytes, TbPieceModel **model);
TB_NODISCARD TB_API TbStatus tb_piece_model_write(const TbPieceModel *model, const char *path);
TB_NODISCARD TB_API TbStatus tb_piece_model_print(const TbPieceModel *model, void **data, size_t *n_bytes);
TB_API void tb_piece_model_free(TbPieceModel *model); /* NULL is fine. OFF */

/* How training goes. Losses are in nats a note, of all fields together. */
typedef struct {
    TbTrainingProgress progress;
    double place, pitch, duration, velocity; /* parts of the held-out loss */
} TbPieceReport;

typedef struct {
    size_t size;
    double dropout;            /* rate */
    size_t look_windows;       /* of held-out pieces, at each look */
    const TbPieceModel *start; /* weights to start from; NULL: random */
    const TbPieceSet *also;    /* to be mixed in, such as what `start` learned from; NULL: none */
    double also_share;         /* the share of the windows that come from it, 0 .. 1 */
    bool (*report)(void *context, const TbPieceReport *report); /* after each look; false: stop now; NULL: none */
    void *context;
} TbPieceTrainOptions;

static inline void tb_piece_train_defaults(TbTrainingPlan *plan, TbPieceTrainOptions *o) {
    TB_OPTIONS_BEGIN(plan);
    TB_OPTIONS_BEGIN(o);
    plan->seed = 1;
    plan->steps = 4000;
    plan->batch = 8; /* windows of up to 512 tokens */
    plan->learning_rate = 1.5e-3;
    plan->decay = 0.05;
    plan->average = 0.998;
    plan->look_every = 200;
    plan->patience = 10;
    o->dropout = 0.1;
    o->look_windows = 64;
}

/* Trains a model; it has the weights with the lowest loss on held-out pieces (if there are none, on those learned
 * from). Uses the number of threads last set by tb_set_threads; the same options, set and number of threads give the
 * same bits, also after a resumed checkpoint. TB_ERR_EMPTY: there is no piece to learn from. OFF. */
TB_NODISCARD TB_API TbStatus tb_piece_train(const TbPieceSet *set, const TbTrainingPlan *plan,
                                            const TbPieceTrainOptions *options, TbPieceModel **model);

/* ---- what a model does ---- */

/* Pitches of new notes; an octave or more. */
typedef struct {
    int lowest, highest; /* MIDI; both 0: as usual for the role */
} TbPieceRange;

typedef struct {
    size_t size;
    uint64_t seed;                  /* the same seed gives the same notes */
    int style;                      /* 0 .. TB_PIECE_STYLES - 1 */
    double temperature;             /* 0: the most likely; 1: as varied as what the network learned from; at most 2 */
    double top_p;                   /* above 0 .. 1: only the most likely values, of this probability together */
    double density[TB_PIECE_ROLES]; /* by role: -2 .. 2: more notes; 0: as usual */
    TbPieceRange range[TB_PIECE_ROLES]; /* by role; not of drums */
    const TbRole *role;                 /* [n_parts of the given score]; NULL: as tb_piece_roles finds */
    bool loop;                          /* to be repeated: the last bar need not end the piece */
    TbProgress progress;                /* for each bar; NULL: none */
    void *context;                      /* of `progress` */
    double movement[TB_PIECE_ROLES];    /* of melody and bass, -2 .. 2: how much less often a note has the pitch of the
                                           one before it, in nats, so that it goes to another note of the chord, or
                                           leads to the next one; 0: as usual */
    const size_t *returns;              /* [bars]: of each bar an earlier one of its length, whose notes it gets as
                                           they are, whatever the chords, or
                                           itself: it is new. NULL: all are new */
} TbPieceOptions;

static inline void tb_piece_defaults(TbPieceOptions *o) {
    TB_OPTIONS_BEGIN(o);
    o->temperature = 0.9;
    o->top_p = 0.92;
}

/* A set of roles: a bit each. */
static inline unsigned tb_piece_role_bit(TbRole role) {
    return 1u << role;
}

/* What follows gives a new score `out` (tb_score_free) with the metres, tempos, key and chord symbols of the given one.
 * The key is the given one's signature; without it, the key its notes have; without these, C major. The chord symbols
 * are a strong condition: where there are none, the network is not told of chords, and is free.
 *
 * New notes are on the grid and within their range, and end with the last bar at the latest. Bass notes never
 * overlap; where the chord changes, the bass begins with its root, or its bass note if the symbol has one ("C/E"). Of
 * sixteen notes of a part of chords fifteen or more are in the chord. Notes of melody, bass and other parts are in the
 * scale or the chord, but for one in eight. Drums are written with the keys of tb_drum_map(NULL), one note for each
 * drum and time. No part has more than thrice the usual number of notes in a bar, no melody more than six of one pitch
 * in a row; no part of bass, chords or drums rests for more than two bars. Given notes stay as they are, to the tick.
 * All are OFF, and take about 10 ms a bar. TB_ERR_CANCELLED: `progress` said so; TB_ERR_ARGUMENT: an option is out of
 * range; TB_ERR_UNSUPPORTED: a bar longer than TB_PIECE_BAR, or over TB_PIECE_BARS, or no channel free for a new part;
 * TB_ERR_EMPTY: there is nothing to write. */

/* Writes the roles `write` (tb_piece_role_bit, or'ed) from the first bar to the bar line at or after given->end and the
 * last note. Parts of these roles are written anew: the first keeps its name and program, others of the same role are
 * left empty and out; a role without a part gets one ("bass", "chords", "drums", "melody", "other"). A score without
 * notes is fine: its metre, key, tempo, chord symbols and end are the controls of a whole new piece. */
TB_NODISCARD TB_API TbStatus tb_piece_write_parts(const TbPieceModel *model, const TbScore *given, unsigned write,
                                                  const TbPieceOptions *options, TbScore *out);

/* The piece and `bars` more bars of all its roles, in its last metre. Chord symbols that stand after the given end
 * count for the new bars. New notes go to the part with the most notes of each role. */
TB_NODISCARD TB_API TbStatus tb_piece_continue(const TbPieceModel *model, const TbScore *given, size_t bars,
                                               const TbPieceOptions *options, TbScore *out);

/* Bars first .. first + n - 1 of the roles `write` become new (0: all the piece has); all else stays as it is. Notes
 * that start there are replaced; one that starts before and lasts into these bars is cut at the first. */
TB_NODISCARD TB_API TbStatus tb_piece_fill(const TbPieceModel *model, const TbScore *given, size_t first, size_t n,
                                           unsigned write, const TbPieceOptions *options, TbScore *out);

#ifdef __cplusplus
}
#endif

#endif
