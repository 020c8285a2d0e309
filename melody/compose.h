/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: writes the bars of a melody that are not kept. */
#ifndef TIMBREL_MELODY_COMPOSE_H
#define TIMBREL_MELODY_COMPOSE_H

#include "melody/model.h"

enum { MELODY_KEPT = 255 /* in place of a lag */ };

/* What new notes are to be like, beside the options. All may be NULL. */
typedef struct {
    const float *z;            /* the latent vectors of the phrases, of melody/phrases.h */
    const TbMelody *toward[2]; /* melodies of the same bars: their notes are more likely, ... */
    float pull[2];             /* ... by so many nats */
} MelodyGuide;

/* given: key, metre, bars, chords, and the notes of the bars that are kept. lag[n_bars] of each bar: MELODY_KEPT; 0:
 * new; else it returns the bar that many bars ago, if that has the same chords and length; otherwise it is new, too.
 * guide: NULL: none. *out gets copies of all that is given. OFF */
TB_NODISCARD TbStatus tbi_melody_compose(const TbMelodyModel *model, const TbMelodyOptions *options,
                                         const MelodyGuide *guide, const TbMelody *given, const uint8_t *lag,
                                         TbMelody *out);

#endif
