/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/. */
#ifndef TIMBREL_SCORE_KEY_H
#define TIMBREL_SCORE_KEY_H

#include "score/scope.h"

TbKey tbi_key_of(const TbScoreNote *notes, size_t n, int ticks_per_quarter);

#endif
