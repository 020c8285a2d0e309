/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to compose/: a copy of a score whose bars are changed. */
#ifndef TIMBREL_COMPOSE_EDIT_H
#define TIMBREL_COMPOSE_EDIT_H

#include "base/arena.h"
#include "timbrel/compose.h"

typedef struct {
    TbScore score;                  /* a copy */
    TbBars lines;                   /* of it, to the first bar line at or after its end and its last note */
    TbRole *role;                   /* [n_parts] */
    size_t part[TB_ROLE_DRUMS + 1]; /* of each role the one with the most notes at first; SIZE_MAX: none */
    TbArena memory;
} ScoreEdit;

/* TB_ERR_EMPTY: the score has no notes. */
TB_NODISCARD TbStatus tbi_edit_begin(const TbScore *score, ScoreEdit *edit);
void tbi_edit_end(ScoreEdit *edit);

/* The score, tidy, becomes *out. RT */
void tbi_edit_finish(ScoreEdit *edit, TbScore *out);

/* The tick from which on notes of a role belong to bar `bar`, and not to the one before; n_bars: to none. Drums belong
 * to the bar of their nearest sixteenth; others may be a little early. RT */
int32_t tbi_edit_from(const ScoreEdit *edit, TbRole role, size_t bar);

/* Takes out the notes of a role in bars first .. end - 1; drums only if the map knows their keys (NULL: all). RT */
void tbi_edit_clear(ScoreEdit *edit, TbRole role, const TbDrumMap *map, size_t first, size_t end);

#endif
