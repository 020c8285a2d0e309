/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to compose/: a track while it is written. Its stages are called in the order of this header. */
#ifndef TIMBREL_COMPOSE_DRAFT_H
#define TIMBREL_COMPOSE_DRAFT_H

#include "base/arena.h"
#include "compose/stage.h"
#include "compose/styles.h"

enum { LETTERS = 52 /* of a form: A .. Z, a .. z */ };

typedef struct {
    const TbMusicModels *models;
    TbComposeOptions o;
    const ComposeStyle *style;
    uint64_t seed;      /* of this attempt */
    ComposeStage stage; /* the present one */

    /* What is given: its notes, tempos and metres are in `score`. */
    int given_bars;
    int32_t given_end;              /* the tick of their last line */
    TbRhythm given_rhythm;          /* its last two bars of drums; numerator 0: none */
    TbMelody given_melody;          /* of these bars: their lines and chords; notes if there is a melody */
    int from[TB_ROLE_DRUMS + 1];    /* the first bar to write of each role; `bars`: nothing */
    size_t part[TB_ROLE_DRUMS + 1]; /* index in `score`; SIZE_MAX: none yet */

    /* The plan. */
    TbKey key;
    double tempo, swing; /* percent */
    int numerator, denominator;
    int first, bars;                 /* the first bar that is planned; bars in all */
    int phrase, n_phrases;           /* from `first` on; the last phrase may be shorter */
    bool returns;                    /* phrases of one letter are alike */
    uint8_t letter[TB_COMPOSE_BARS]; /* of each phrase, 0 .. LETTERS - 1 */

    TbMelody melody; /* all bars, with their chords; steps */
    TbScore score;   /* what has been written so far */
    TbBars lines;    /* of `score`, all bars */
} Draft;

/* Random numbers of one stage, the same for the same seed. */
typedef enum {
    STAGE_PLAN = 0x506C616E,
    STAGE_CHORDS = 0x43686F72,
    STAGE_MELODY = 0x4D656C6F,
    STAGE_DRUMS = 0x4472756D,
    STAGE_PARTS = 0x50617274,
    STAGE_PLAY = 0x506C6179,
    STAGE_RETURNS = 0x52657475
} DraftStage;
static inline uint64_t tbi_draft_seed(const Draft *d, DraftStage stage) {
    const uint64_t x = (d->seed ^ (uint64_t)stage << 32) * 0xBF58476D1CE4E5B9u;
    return (x ^ x >> 31) * 0x94D049BB133111EBu;
}

/* Whether a role is asked for, and has bars to be written. */
static inline bool tbi_draft_writes(const Draft *d, TbRole role) {
    return d->o.parts >> role & 1 && d->from[role] < d->bars;
}

/* The bars of phrase i: first .. end - 1. Phrase -1 is what comes before the planned bars. */
static inline int tbi_phrase_first(const Draft *d, int i) {
    return i < 0 ? 0 : d->first + i * d->phrase;
}
static inline int tbi_phrase_end(const Draft *d, int i) {
    const int end = i < 0 ? d->first : tbi_phrase_first(d, i) + d->phrase;
    return end < d->bars ? end : d->bars;
}

/* ---- stages ---- */

/* What is given becomes the beginning of `score`, or parts of it. */
TB_NODISCARD TbStatus tbi_draft_take_primer(Draft *draft);
TB_NODISCARD TbStatus tbi_draft_take_locked(Draft *draft);

/* Key, tempo, phrases and letters, as far as they are not given. RT */
void tbi_draft_plan(Draft *draft);
/* Whether a phrase ends on the tonic, and not on the fifth. RT */
bool tbi_draft_closes(const Draft *draft, int phrase);
/* How much louder than the mean a place is, in velocities: sections differ, and phrases swell. RT */
double tbi_draft_level(const Draft *draft, double bar);
void tbi_draft_form(const Draft *draft, char form[TB_COMPOSE_PHRASES + 1]); /* RT */

/* chords[up to two for each planned bar], steps from the first planned bar on. */
TB_NODISCARD TbStatus tbi_draft_chords(Draft *draft, TbMelodyChord *chords, size_t *n);

/* draft->melody. */
TB_NODISCARD TbStatus tbi_draft_melody(Draft *draft);

/* How well the melody fits: up to 2 for the key together with the chords, 1 for the key alone, 1 for the share of the
 * notes on strong beats that are in the chord. */
TB_NODISCARD TbStatus tbi_draft_judge(const Draft *draft, double *value);

/* These append to the score. */
TB_NODISCARD TbStatus tbi_draft_add_melody(Draft *draft); /* with the chord symbols */
TB_NODISCARD TbStatus tbi_draft_add_drums(Draft *draft);
TB_NODISCARD TbStatus tbi_draft_add_parts(Draft *draft); /* bass and chords */

/* returns[bars]: of each bar the bar of an earlier phrase of its letter whose bass and chords it gets, or itself. RT */
void tbi_draft_returns(const Draft *draft, size_t *returns);

/* All parts get one swing, and the bass the kick's place. RT */
void tbi_draft_swing(Draft *draft);

/* Bass notes begin with the kick that is near them. The score needs to be sorted afterwards. RT */
void tbi_draft_follow_kick(Draft *draft);

/* The score ends with its last bar and is tidy; what is given has not changed. */
TB_NODISCARD TbStatus tbi_draft_finish(Draft *draft);

#endif
