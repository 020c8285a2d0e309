/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: writes the bars of a melody that are not kept. */
#ifndef TIMBREL_MELODY_COMPOSE_H
#define TIMBREL_MELODY_COMPOSE_H

#include "melody/model.h"

enum { MELODY_KEPT = 255 /* in place of a lag */ };

/* given: key, metre, bars, chords, and the notes of the bars that are kept. lag[n_bars] of each bar: MELODY_KEPT; 0:
 * new; else it returns the bar that many bars ago, if that has the same chords and length; otherwise it is new, too.
 * *out gets copies of all that is given. OFF */
TB_NODISCARD TbStatus tbi_melody_compose(const TbMelodyModel *model, const TbMelodyOptions *options,
                                         const TbMelody *given, const uint8_t *lag, TbMelody *out);

#endif
