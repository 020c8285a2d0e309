/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel rhythm: two-bar drum patterns, and a variational autoencoder of them that draws, varies, interpolates,
 * humanises, fills in, and makes beats of tapped rhythms.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h.
 * Steps are sixteenths of a whole note; offsets are parts of a step; tempo is in quarter notes a minute. */
#ifndef TIMBREL_RHYTHM_H
#define TIMBREL_RHYTHM_H

#include "timbrel/nn.h"
#include "timbrel/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- patterns ---- */

enum {
    TB_RHYTHM_BARS = 2,
    TB_RHYTHM_BAR_STEPS = 24, /* at most, in 12/8 and 6/4 */
    TB_RHYTHM_STEPS = TB_RHYTHM_BARS * TB_RHYTHM_BAR_STEPS,
};

/* One cell: how a drum is struck near a step. */
typedef struct {
    float velocity; /* 1/127 .. 1; 0: no hit */
    float offset;   /* of the hit from its step, in (-0.5, 0.5]: early is negative; 0 without a hit */
} TbDrumHit;

/* A pattern of two bars. Cells from tb_rhythm_steps on are empty. */
typedef struct {
    uint8_t numerator, denominator; /* of the metre, such as 4/4: tb_rhythm_metre_is_possible */
    double tempo;                   /* TB_SLOWEST .. TB_FASTEST */
    TbDrumHit cell[TB_RHYTHM_STEPS][TB_DRUM_CLASSES];
} TbRhythm;

/* Whether a bar of this metre is 1 .. TB_RHYTHM_BAR_STEPS whole sixteenths. ANY. */
static inline bool tb_rhythm_metre_is_possible(int numerator, int denominator) {
    return numerator > 0 && numerator <= 255 && denominator > 0 && denominator <= 16 &&
           (denominator & (denominator - 1)) == 0 && numerator * (16 / denominator) <= TB_RHYTHM_BAR_STEPS;
}
/* The number of steps of a pattern in this metre: 32 in 4/4, 24 in 3/4 and 6/8. ANY. */
static inline int tb_rhythm_steps(const TbRhythm *rhythm) {
    return TB_RHYTHM_BARS * rhythm->numerator * (16 / rhythm->denominator);
}

TB_API void tb_rhythm_clear(int numerator, int denominator, double tempo, TbRhythm *rhythm); /* an empty pattern. RT */
TB_API size_t tb_rhythm_hits(const TbRhythm *rhythm);                                        /* their number. RT */
TB_API float tb_rhythm_mean_offset(const TbRhythm *rhythm); /* over the hits; 0 without hits. RT */
TB_API void tb_rhythm_shift(TbRhythm *rhythm, float shift); /* adds to all offsets, within their limits. RT */
TB_API void tb_rhythm_quantise(TbRhythm *rhythm);           /* all offsets become 0. RT */

/* The drums of bars `bar` and `bar` + 1, by the map; keys that it does not know are left out. A hit belongs to the
 * nearest step, halfway between two to the earlier one, even if it sounds just before the first bar; one that is
 * nearest to the bar line at the end belongs to what follows or, if the piece ends there, to the first step. Of several
 * hits in a cell the loudest stays. TB_ERR_UNSUPPORTED: the metre is not possible, or not that of both bars.
 * TB_ERR_ARGUMENT: there are no such bars. OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_from_score(const TbBars *bars, size_t bar, const TbDrumMap *map,
                                                  TbRhythm *rhythm);

/* Appends the hits to part `part` of the score, the first step at `tick`; then call tb_score_sort. Notes last a tenth
 * of a second, as electronic drums send them, but end before the drum is hit again, whatever the bar after theirs has.
 * Closed hi-hats get the map's key of the pedal where the hands are busy elsewhere. A hit before tick 0 is moved there.
 * Offsets are limited to a little less than half a step, so that hits of neighbouring steps never coincide. OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_add_to_score(const TbRhythm *rhythm, const TbDrumMap *map, int32_t tick,
                                                    size_t part, TbScore *score);
/* A new score that holds the pattern once, ends exactly on its last bar line, and may be looped: 480 ticks a quarter
 * note, one part on TB_SCORE_DRUM_CHANNEL. OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_to_score(const TbRhythm *rhythm, const TbDrumMap *map, TbScore *score);

/* ---- styles ---- */

enum { TB_RHYTHM_STYLES = 19, TB_RHYTHM_ANY_STYLE = 0 }; /* the first is "any" */
TB_API const char *tb_rhythm_style_name(int style);      /* "any", "afrobeat", "blues" ...; static. ANY */
/* The style of that name; what follows a slash does not count ("rock/indie"). -1: none of that name. ANY. */
TB_API int tb_rhythm_style_find(const char *name);

/* ---- patterns to learn from ---- */

typedef struct TbRhythmSet TbRhythmSet;

TB_NODISCARD TB_API TbStatus tb_rhythm_set_new(TbRhythmSet **set); /* OFF */
TB_API void tb_rhythm_set_free(TbRhythmSet *set);                  /* NULL is fine. OFF */

/* Adds all patterns of a piece: two bars at each bar, and one bar twice if it has only one. Left out are those with
 * fewer than four hits, or in a metre that is not possible. group: such as the number of the drummer; groups with many
 * patterns weigh less. held_out: not to learn from, but to stop early by. *n (may be NULL) receives the number. OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_set_add(TbRhythmSet *set, const TbScore *score, const TbDrumMap *map, int style,
                                               int group, bool held_out, size_t *n);
TB_API size_t tb_rhythm_set_count(const TbRhythmSet *set, bool held_out); /* ANY */

/* ---- a model, and how it is trained ---- */

/* Weights, and what was measured on the patterns they were learned from. Immutable; may be shared by threads. */
typedef struct TbRhythmModel TbRhythmModel;

/* Files are safetensors with weights of 16 bits, 1.5 MB. Others are refused with a sentence that says what they are.
 * `data` is copied; that of tb_rhythm_model_print is newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_model_read(const char *path, TbRhythmModel **model);
TB_NODISCARD TB_API TbStatus tb_rhythm_model_parse(const void *data, size_t n_bytes, TbRhythmModel **model);
TB_NODISCARD TB_API TbStatus tb_rhythm_model_write(const TbRhythmModel *model, const char *path);
TB_NODISCARD TB_API TbStatus tb_rhythm_model_print(const TbRhythmModel *model, void **data, size_t *n_bytes);
TB_API void tb_rhythm_model_free(TbRhythmModel *model); /* NULL is fine. OFF */

/* How training goes. Losses are in nats a pattern, weighted. */
typedef struct {
    TbTrainingProgress progress;
    double hits;        /* of the hits alone, when held-out patterns are reconstructed: nats a pattern ... */
    double f1;          /* ... and the F1 measure */
    double ms, squared; /* humanised: mean absolute error of the offsets in ms, mean squared error in steps */
    double velocity;    /* humanised: mean absolute error, 0 .. 1 */
} TbRhythmReport;

typedef struct {
    size_t size;
    double dropout;             /* rate */
    double balance;             /* 0: each pattern counts the same; 1: each group */
    double kl, free_bits;       /* weight of KL, and the nats a pattern that are free */
    const TbRhythmModel *start; /* weights to start from; NULL: random */
    const TbRhythmSet *also;    /* to be mixed in, such as what `start` learned from; NULL: none */
    double also_share;          /* the share of the patterns that come from it, 0 .. 1 */
    bool (*report)(void *context, const TbRhythmReport *report); /* after each look; false: stop now; NULL: none */
    void *context;
} TbRhythmTrainOptions;

static inline void tb_rhythm_train_defaults(TbTrainingPlan *plan, TbRhythmTrainOptions *o) {
    TB_OPTIONS_BEGIN(plan);
    TB_OPTIONS_BEGIN(o);
    plan->seed = 1;
    plan->steps = 8000;
    plan->batch = 64; /* patterns */
    plan->learning_rate = 3e-3;
    plan->decay = 0.02;
    plan->average = 0.998;
    plan->look_every = 250;
    plan->patience = 20;
    o->dropout = 0.1;
    o->balance = 0.5;
    o->kl = 0.2;
    o->free_bits = 32;
}

/* Trains a model; it has the weights with the lowest loss on held-out patterns (if there are none, on those learned
 * from). Uses the number of threads last set by tb_set_threads; the same options, set and number of threads give the
 * same bits, also after a resumed checkpoint. TB_ERR_EMPTY: there is no pattern to learn from. OFF. */
TB_NODISCARD TB_API TbStatus tb_rhythm_train(const TbRhythmSet *set, const TbTrainingPlan *plan,
                                             const TbRhythmTrainOptions *options, TbRhythmModel **model);

/* ---- what a model does ---- */

/* Knobs, from -2 to 2; 0 changes nothing. Each moves its own measure (TbRhythmMeasures) up:
 *   density      more hits: first those that the network held for nearly right
 *   syncopation  hits move from strong to weak places of the bar
 *   swing        the second half of each beat comes later, up to half a step; not in compound metres
 *   dynamics     velocities spread further around their mean
 *   tightness    offsets shrink */
typedef enum {
    TB_RHYTHM_DENSITY,
    TB_RHYTHM_SYNCOPATION,
    TB_RHYTHM_SWING,
    TB_RHYTHM_DYNAMICS,
    TB_RHYTHM_TIGHTNESS,
    TB_RHYTHM_KNOBS,
} TbRhythmKnob;
TB_API const char *tb_rhythm_knob_name(int knob); /* "density" ...; "" for others. Static. ANY */

typedef struct {
    size_t size;
    uint64_t seed;              /* of all that is random; the same seed gives the same pattern */
    int style;                  /* 0 .. TB_RHYTHM_STYLES - 1 */
    int numerator, denominator; /* metre and ... */
    double tempo;               /* ... tempo of a draw; otherwise those of the given pattern count */
    double temperature;         /* 0: the most likely; 1: as varied as what the network learned from; at most 2 */
    double knob[TB_RHYTHM_KNOBS];
} TbRhythmOptions;

static inline void tb_rhythm_defaults(TbRhythmOptions *o) {
    TB_OPTIONS_BEGIN(o);
    o->numerator = o->denominator = 4;
    o->tempo = 110;
    o->temperature = 1;
}

/* All results have at least one hit, velocities of at least 1/127 and offsets in (-0.5, 0.5]. The drummers that the
 * network learned from play a little before the beat on average: that is taken out of what it plays. Patterns that are
 * given are checked (TB_ERR_ARGUMENT). `out` may be the same as what is given. All are OFF, and take some
 * milliseconds. */

TB_NODISCARD TB_API TbStatus tb_rhythm_draw(const TbRhythmModel *model, const TbRhythmOptions *options, TbRhythm *out);

/* amount 0: the pattern itself; 1: a new draw; between: a mixture of what the two mean to the network. */
TB_NODISCARD TB_API TbStatus tb_rhythm_vary(const TbRhythmModel *model, const TbRhythm *rhythm, double amount,
                                            const TbRhythmOptions *options, TbRhythm *out);

/* out[n], n >= 2: from the reconstruction of `from` to that of `to`, along the great circle (slerp) between the means
 * of their z. Both in the same metre; the tempo moves from one to the other. Nothing is random. */
TB_NODISCARD TB_API TbStatus tb_rhythm_interpolate(const TbRhythmModel *model, const TbRhythm *from, const TbRhythm *to,
                                                   size_t n, const TbRhythmOptions *options, TbRhythm *out);

/* Plays the hits of a pattern as a drummer would: velocities and offsets are replaced; amount (0 .. 1) of the way. The
 * hits stay; density and syncopation do nothing. */
TB_NODISCARD TB_API TbStatus tb_rhythm_humanise(const TbRhythmModel *model, const TbRhythm *rhythm, double amount,
                                                const TbRhythmOptions *options, TbRhythm *out);

/* Fills in the cells that are not locked; locked ones stay as they are, hits and rests. */
typedef bool TbRhythmMask[TB_RHYTHM_STEPS][TB_DRUM_CLASSES];
TB_NODISCARD TB_API TbStatus tb_rhythm_fill(const TbRhythmModel *model, const TbRhythm *rhythm, TbRhythmMask locked,
                                            const TbRhythmOptions *options, TbRhythm *out);

/* Makes a beat of tapped times: the hits of all drums of `taps`, whichever they are; of several at a step the loudest
 * counts. Each tapped step has a hit, of the drum that fits best. loudness: whether their velocities say something. */
TB_NODISCARD TB_API TbStatus tb_rhythm_from_taps(const TbRhythmModel *model, const TbRhythm *taps, bool loudness,
                                                 const TbRhythmOptions *options, TbRhythm *out);

/* ---- the drums of a section ---- */

/* A draw that can be repeated, and is no fill or break: the first of several whose two bars are alike and begin with
 * the kick; if there is none, the one that comes nearest to that. */
TB_NODISCARD TB_API TbStatus tb_rhythm_draw_beat(const TbRhythmModel *model, const TbRhythmOptions *options,
                                                 TbRhythm *out);

typedef struct {
    size_t size;
    size_t n_bars; /* 1 .. 4096 */
    double change; /* 0 .. 1: how far each return of the pattern is from it, as in tb_rhythm_vary */
    int fill;      /* so many beats of the end are a drum fill; 0: none; at most the last bar is one */
    bool crash;    /* begins with crash cymbal and kick, as after a fill */
    bool ending;   /* the last bar is one hit on its first beat; the fill comes before it */
} TbRhythmSection;

static inline void tb_rhythm_section_defaults(TbRhythmSection *section) {
    TB_OPTIONS_BEGIN(section);
    section->n_bars = 8;
    section->change = 0.15;
    section->fill = 2;
}

/* out[(n_bars + 1) / 2]: the pattern and its returns, all in its metre and tempo, for tb_rhythm_add_to_score one after
 * the other; if n_bars is odd, the second bar of the last is empty. Beats are quarter notes, in compound metres three
 * eighths. Of the knobs, which the pattern has been made with, only how hits are played counts, and only in the fill.
 */
TB_NODISCARD TB_API TbStatus tb_rhythm_section(const TbRhythmModel *model, const TbRhythm *rhythm,
                                               const TbRhythmSection *section, const TbRhythmOptions *options,
                                               TbRhythm *out);

/* ---- measures of a pattern ---- */

typedef struct {
    double density;     /* hits a bar */
    double syncopation; /* mean weight of the hits' places: 0 on the bar line, 1 between all beats */
    double swing;       /* mean place of the second eighths of the beats, 50: straight; NAN without them */
    double dynamics;    /* standard deviation of the velocities, 0 .. 1 */
    double tightness;   /* 1 - twice the mean absolute offset */
} TbRhythmMeasures;
TB_API void tb_rhythm_measure(const TbRhythm *rhythm, TbRhythmMeasures *measures); /* RT */

#ifdef __cplusplus
}
#endif

#endif
