/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to jam/: key, metre and a progression of chords, and how notes follow when these change. */
#ifndef TIMBREL_JAM_HARMONY_H
#define TIMBREL_JAM_HARMONY_H

#include "timbrel/jam.h"

enum { JAM_CHORDS = 32 };

typedef struct {
    TbKey key;
    int numerator, denominator;
    int bars; /* of the progression: 1, 2, 4, 8 */
    int n;    /* chords, the first at tick 0 */
    struct {
        int32_t tick;
        TbChord chord;
    } at[JAM_CHORDS];
} JamHarmony;

static inline int32_t tbi_jam_bar_ticks(const JamHarmony *h) {
    return 4 * TB_JAM_TICKS * h->numerator / h->denominator;
}

/* The chord at a tick from bar 0 of the jam on. RT */
TbChord tbi_jam_chord(const JamHarmony *harmony, int32_t tick);

/* Reads chords: see tb_jam_set_chords. Metre and key of *harmony stay. TB_ERR_ARGUMENT. */
TB_NODISCARD TbStatus tbi_jam_chords_parse(const char *text, JamHarmony *harmony);
void tbi_jam_chords_print(const JamHarmony *harmony, char text[TB_JAM_CHORDS]); /* RT */
/* The key that the chords are in. RT */
TbKey tbi_jam_chords_key(const JamHarmony *harmony);
/* Draws a progression of `bars` bars in its key and metre. */
TB_NODISCARD TbStatus tbi_jam_chords_draw(const TbMusicModels *models, int style, int bars, uint64_t seed,
                                          JamHarmony *harmony);
/* Moves the progression to another key; if the mode changes, each chord becomes that of its degree. RT */
void tbi_jam_harmony_move(JamHarmony *harmony, TbKey key);
/* Appends key and chords of bar `bar` of the jam to a score, its line at `tick`. */
TB_NODISCARD TbStatus tbi_jam_harmony_add(const JamHarmony *harmony, uint64_t bar, int32_t tick, TbScore *score);

/* The pitch that is over `to` in one key what `pitch` is over `from` in another: the same tone of the chord, or else
 * the same degree of the scale, as near as possible. RT */
int tbi_jam_fit(int pitch, TbChord from, TbKey key_from, TbChord to, TbKey key_to);
/* Whether two harmonies are the same to the notes of a tick. RT */
bool tbi_jam_same_chord(TbChord a, TbChord b);

#endif
