/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what of a score the networks have written. */
#ifndef TIMBREL_APP_WRITTEN_H
#define TIMBREL_APP_WRITTEN_H

#include "timbrel/score.h"

/* A copy of `score` without the notes that one of the n given scores has, too: of the same pitch, or drum, at the same
 * time. */
TB_NODISCARD TbStatus written_notes(const TbScore *score, const TbScore *given, size_t n, TbScore *written);

#endif
