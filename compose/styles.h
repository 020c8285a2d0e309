/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to compose/: what a style asks for. */
#ifndef TIMBREL_COMPOSE_STYLES_H
#define TIMBREL_COMPOSE_STYLES_H

#include "timbrel/compose.h"

enum { DRUM_KICK = 0, DRUM_RIDE = 8 }; /* classes of drums */

typedef struct {
    const char *name, *drums; /* the latter: of tb_rhythm_style_name */
    double slow, fast;        /* tempo, quarter notes a minute */
    double swing;             /* percent; 0: as the drums have it */
    double minor;             /* the share of pieces in minor */
    bool sevenths;            /* chords have sevenths */
    double movement;          /* of the bass: TbPieceOptions */
} ComposeStyle;

/* NULL: there is no such style. ANY */
const ComposeStyle *tbi_compose_style(int style);

#endif
