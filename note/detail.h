/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detail: a frame's features and phases in 8 bits per number. */
#ifndef TIMBREL_NOTE_DETAIL_H
#define TIMBREL_NOTE_DETAIL_H

#include "timbrel/note.h"

enum { N_PHASES = TB_HARMONICS + TB_PARTIALS };

void tbi_detail_pack(const float *x, uint8_t *detail);         /* [TB_FEATURES] */
void tbi_detail_unpack(const uint8_t *detail, float *x);       /* [TB_FEATURES] */
void tbi_phases_pack(const TbPhases *phases, uint8_t *detail); /* [N_PHASES] */
void tbi_phases_unpack(const uint8_t *detail, TbPhases *phases);

#endif
