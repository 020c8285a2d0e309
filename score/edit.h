/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: notes by their place, and MIDI channels for new parts. A channel has one program at a time, and two parts
 * on it would cut each other's notes of one key. */
#ifndef TIMBREL_SCORE_EDIT_H
#define TIMBREL_SCORE_EDIT_H

#include "timbrel/score.h"

/* The first note at or after a tick; n_notes: none. RT */
size_t tbi_score_find(const TbScore *score, int32_t tick);

/* TB_ERR_ARGUMENT unless bars first .. first + n - 1, one or more, are among n_bars. ANY. */
TB_NODISCARD TbStatus tbi_bars_check(size_t first, size_t n, size_t n_bars);

/* Takes out the notes of a part that start in ticks from .. to - 1, and cuts those that last into them. ANY. */
void tbi_score_clear(TbScore *score, size_t part, int32_t from, int32_t to);

/* The channel, if no part is on it, or else a free one, -1: none. Drums share theirs. RT */
int tbi_score_free_channel(const TbScore *score, int channel);

/* tb_score_add_part on such a channel. TB_ERR_UNSUPPORTED: there is none. OFF */
TB_NODISCARD TbStatus tbi_score_add_own_part(TbScore *score, const char *name, int program, int channel, size_t *part);

#endif
