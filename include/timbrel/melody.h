/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel melody: single lines of notes over bars and chords, and a network that learns to continue them.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h.
 * Time is in steps of a twelfth of a quarter note (TB_GRID_MELODY), from the first bar line on. */
#ifndef TIMBREL_MELODY_H
#define TIMBREL_MELODY_H

#include "timbrel/nn.h"
#include "timbrel/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- melodies ---- */

enum {
    TB_MELODY_BAR = 96,      /* steps of the longest bar: 4/2 */
    TB_MELODY_BARS = 4096,   /* no melody has more bars, ... */
    TB_MELODY_NOTES = 16384, /* ... nor more notes */
};

typedef struct {
    int32_t onset, duration; /* steps; 1 or more: a note ends before the next one starts, or there */
    uint8_t pitch, velocity; /* MIDI: 0 .. 127, 1 .. 127 */
} TbMelodyNote;

typedef struct {
    int32_t step; /* from here on, until the next */
    TbChord chord;
} TbMelodyChord;

/* Bar b lasts from line[b] to line[b + 1]. The metre is that of most bars. The arrays are owned, and belong together:
 * tb_melody_free frees them. */
typedef struct {
    uint8_t numerator, denominator;
    TbKey key;
    int32_t n_bars;
    int32_t *line; /* [n_bars + 1], line[0] = 0 */
    TbMelodyNote *notes;
    size_t n_notes;
    TbMelodyChord *chords;
    size_t n_chords;
} TbMelody;

/* Whether bars of this metre can be written in steps: 1 .. TB_MELODY_BAR whole ones. ANY. */
static inline bool tb_melody_metre_is_possible(int numerator, int denominator) {
    return numerator > 0 && numerator <= 255 && denominator > 0 && denominator <= 64 &&
           (denominator & (denominator - 1)) == 0 && numerator * 4 * TB_GRID_MELODY % denominator == 0 &&
           numerator * 4 * TB_GRID_MELODY / denominator <= TB_MELODY_BAR;
}

/* Bars first .. first + n - 1 (n = 0: to the last note's) of the score's melody: the top line of its part with the role
 * TB_ROLE_MELODY (else of all parts without chords and drums), rounded to the grid. Of notes that start at one step the
 * highest stays; a note that lasts into the next is cut there. Chords are the score's symbols; without these, those of
 * its part of chords; without that, none. The key is the one the whole score has. TB_ERR_EMPTY: no note;
 * TB_ERR_UNSUPPORTED: a metre that is not possible, or too many bars or notes; TB_ERR_ARGUMENT: no such bars. OFF. */
TB_NODISCARD TB_API TbStatus tb_melody_from_score(const TbScore *score, size_t first, size_t n, TbMelody *melody);
TB_API void tb_melody_free(TbMelody *melody); /* a zeroed melody is fine. OFF */

/* ---- melodies to learn from ---- */

typedef struct TbMelodySet TbMelodySet;

TB_NODISCARD TB_API TbStatus tb_melody_set_new(TbMelodySet **set); /* OFF */
TB_API void tb_melody_set_free(TbMelodySet *set);                  /* NULL is fine. OFF */

/* Adds the melody of a piece, without the empty bars before it, in parts of up to 512 notes; one of fewer than eight
 * is left out. held_out: not to learn from, but to stop early by. *n (may be NULL) receives the number of notes. OFF.
 */
TB_NODISCARD TB_API TbStatus tb_melody_set_add(TbMelodySet *set, const TbScore *score, bool held_out, size_t *n);
TB_API size_t tb_melody_set_count(const TbMelodySet *set, bool held_out); /* notes. ANY */

/* ---- a model, and how it is trained ---- */

/* Weights, and what was counted in the melodies they were learned from. Immutable; may be shared by threads. */
typedef struct TbMelodyModel TbMelodyModel;

/* Files are safetensors with weights of 16 bits, 2 MB. Others are refused with a sentence that says what they are.
 * `data` is copied; that of tb_melody_model_print is newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_melody_model_read(const char *path, TbMelodyModel **model);
TB_NODISCARD TB_API TbStatus tb_melody_model_parse(const void *data, size_t n_bytes, TbMelodyModel **model);
TB_NODISCARD TB_API TbStatus tb_melody_model_write(const TbMelodyModel *model, const char *path);
TB_NODISCARD TB_API TbStatus tb_melody_model_print(const TbMelodyModel *model, void **data, size_t *n_bytes);
TB_API void tb_melody_model_free(TbMelodyModel *model); /* NULL is fine. OFF */

/* How training goes. Losses are in nats a note, of all fields together. */
typedef struct {
    TbTrainingProgress progress;
    double gap, duration, pitch; /* parts of the held-out loss */
} TbMelodyReport;

typedef struct {
    size_t size;
    double embedded, recurrent, output; /* rates of dropout */
    double no_chords, no_end;   /* shares of the melodies that are learned without chords, without their length */
    const TbMelodyModel *start; /* weights to start from; NULL: random */
    const TbMelodySet *also;    /* to be mixed in, such as what `start` learned from; NULL: none */
    double also_share;          /* the share of the melodies that come from it, 0 .. 1 */
    bool (*report)(void *context, const TbMelodyReport *report); /* after each look; false: stop now; NULL: none */
    void *context;
} TbMelodyTrainOptions;

static inline void tb_melody_train_defaults(TbTrainingPlan *plan, TbMelodyTrainOptions *o) {
    TB_OPTIONS_BEGIN(plan);
    TB_OPTIONS_BEGIN(o);
    plan->seed = 1;
    plan->steps = 4000;
    plan->batch = 16; /* melodies */
    plan->learning_rate = 4e-3;
    plan->decay = 0.02;
    plan->average = 0.995;
    plan->look_every = 100;
    plan->patience = 12;
    o->embedded = 0.15;
    o->recurrent = 0.2;
    o->output = 0.3;
    o->no_chords = 0.2;
    o->no_end = 0.5;
}

/* Trains a model; it has the weights with the lowest loss on held-out melodies (if there are none, on those learned
 * from). Uses the number of threads last set by tb_set_threads; the same options, set and number of threads give the
 * same bits, also after a resumed checkpoint. TB_ERR_EMPTY: there is no melody to learn from. OFF. */
TB_NODISCARD TB_API TbStatus tb_melody_train(const TbMelodySet *set, const TbTrainingPlan *plan,
                                             const TbMelodyTrainOptions *options, TbMelodyModel **model);

/* ---- what a model does ---- */

typedef struct {
    size_t size;
    uint64_t seed;               /* the same seed gives the same melody */
    int numerator, denominator;  /* metre of a draw, */
    int tonic;                   /* its key: a pitch class, */
    bool minor;                  /* mode, */
    int bars;                    /* and length. Otherwise those of the given melody count */
    const TbMelodyChord *chords; /* [n_chords], in order of step from the first new bar on, to be followed by a draw or
                                    a continuation; NULL: a draw makes its own */
    size_t n_chords;
    double temperature;  /* 0: the most likely; 1: as varied as what the network learned from; at most 2 */
    double top_p;        /* above 0 .. 1: only the most likely values, of this probability together */
    double density;      /* -2 .. 2: more notes; 0: as learned */
    int lowest, highest; /* MIDI pitches of new notes, an octave or more apart */
    const char *form;    /* of new bars: a letter for each phrase of equal length, of which the last may be shorter,
                            such as "AABA"; phrases of the same letter return. NULL: for a draw a form as in what was
                            learned from; "": none */
    bool loop;           /* to be repeated: the last note need not be the tonic */
    TbProgress progress; /* for each note or more; NULL: none */
    void *context;       /* of `progress` */
} TbMelodyOptions;

static inline void tb_melody_defaults(TbMelodyOptions *o) {
    TB_OPTIONS_BEGIN(o);
    o->numerator = o->denominator = 4;
    o->bars = 16;
    o->temperature = 0.9;
    o->top_p = 0.95;
    o->lowest = 55;
    o->highest = 81;
}

/* All results are melodies as described above that last exactly their bars: no note sounds after the last bar line.
 * New notes are within the range; no more than three in twelve are outside the scale, no more than four in a row have
 * one pitch (returns of bars aside), no two bars in a row are empty. Melodies that are given are checked
 * (TB_ERR_ARGUMENT), and may be the same as `out` only after they have been freed. TB_ERR_CANCELLED: `progress` said
 * so. All are OFF, and take some milliseconds. */

TB_NODISCARD TB_API TbStatus tb_melody_draw(const TbMelodyModel *model, const TbMelodyOptions *options, TbMelody *out);

/* The primer, which stays as it is, and `bars` more bars, in its metre. If it has chords and the options give none, the
 * last one stays. */
TB_NODISCARD TB_API TbStatus tb_melody_continue(const TbMelodyModel *model, const TbMelody *primer,
                                                const TbMelodyOptions *options, TbMelody *out);

/* Bars first .. first + n - 1 become new; the others stay as they are. */
TB_NODISCARD TB_API TbStatus tb_melody_fill(const TbMelodyModel *model, const TbMelody *melody, size_t first, size_t n,
                                            const TbMelodyOptions *options, TbMelody *out);

/* Each bar becomes new with a probability of `amount`, 0 .. 1, and the more, the less it is like what it was; bars that
 * return an earlier one go with it. */
TB_NODISCARD TB_API TbStatus tb_melody_vary(const TbMelodyModel *model, const TbMelody *melody, double amount,
                                            const TbMelodyOptions *options, TbMelody *out);

/* out[n], 2 or more: a way from one melody to another with the same bars. The first and the last are these two; those
 * between are new, in the key of the nearer one, and nearer to the other by and by. The options' seed, temperature and
 * top_p count. To be freed each. */
TB_NODISCARD TB_API TbStatus tb_melody_interpolate(const TbMelodyModel *model, const TbMelody *from, const TbMelody *to,
                                                   size_t n, const TbMelodyOptions *options, TbMelody *out);

/* How different two melodies with the same bars are: the share of the time in which another pitch sounds above the
 * tonic, or none; half of it where only one of them starts. 0: the same; 1: all is different. */
TB_NODISCARD TB_API TbStatus tb_melody_distance(const TbMelody *a, const TbMelody *b, double *distance);

/* The melody with other chords: the most likely ones, one a bar or, with half_bars, two in bars that can be halved.
 * Viterbi search; shares of chords after each other and of notes in them as in what the model learned from. */
TB_NODISCARD TB_API TbStatus tb_melody_harmonise(const TbMelodyModel *model, const TbMelody *melody, bool half_bars,
                                                 TbMelody *out);

/* Appends the notes of bars first .. first + n - 1 to part `part` of the score, the first bar's line at `tick`, and
 * their chords as symbols; then call tb_score_sort. A note that starts before these bars is left out. OFF. */
TB_NODISCARD TB_API TbStatus tb_melody_add_to_score(const TbMelody *melody, size_t first, size_t n, int32_t tick,
                                                    size_t part, TbScore *score);
/* A new score of 480 ticks a quarter note that holds the melody in one part, with its metres, key and chords, and ends
 * on its last bar line. OFF. */
TB_NODISCARD TB_API TbStatus tb_melody_to_score(const TbMelody *melody, TbScore *score);

#ifdef __cplusplus
}
#endif

#endif
