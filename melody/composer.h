/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the state of a melody that is being written, and the guards of what is drawn for it. */
#ifndef TIMBREL_MELODY_COMPOSER_H
#define TIMBREL_MELODY_COMPOSER_H

#include "melody/compose.h"
#include "melody/stream.h"

typedef struct {
    const TbMelodyOptions *o;
    const MelodyGuide *guide;
    const TbMelody *given;
    TbMelody *out;
    MelodyReader reader;
    MelodyStream stream;
    MelodyStep step;
    bool is_read; /* the step before the next note */
    TbRng rng;
    int lowest, highest; /* pitches that can be drawn */
    double weight[12];   /* steps of each pitch class so far */
    bool *closes;        /* [n_bars]: the bar is the last, or the last returns it: it ends on the tonic */
} Composer;

/* The end of the last note. RT */
static inline int32_t melody_last_end(const TbMelody *m) {
    return m->n_notes ? m->notes[m->n_notes - 1].onset + m->notes[m->n_notes - 1].duration : 0;
}

static inline bool melody_is_tonic(const TbMelody *m, int pitch) {
    return (pitch - m->key.tonic) % 12 == 0;
}

typedef enum { MELODY_OFF_BEAT, MELODY_BEAT, MELODY_STRONG_BEAT } MelodyAccent;
MelodyAccent tbi_melody_accent(const TbMelody *melody, int32_t onset); /* RT */

/* Which classes of pitch may follow; closes: it is the last note of a bar that closes. allowed[MELODY_PITCHES]. RT */
void tbi_melody_allow_pitches(const Composer *c, bool closes, bool *allowed);

/* Change the stream's logits of the next note's gap or duration, at `onset` (of a gap: the last note's), or of its
 * pitch. RT */
void tbi_melody_pull_time(Composer *c, MelodyField field, int32_t onset);
void tbi_melody_pull_pitch(Composer *c, int32_t onset);

#endif
