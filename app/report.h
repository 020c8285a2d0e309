/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel compare` prints. */
#ifndef TIMBREL_APP_REPORT_H
#define TIMBREL_APP_REPORT_H

#include "app/pairs.h"

/* One pair: a figure a line, in words. Several: a line a pair, then means and medians; `all` shows every column. */
TB_NODISCARD TbStatus report_text(const Pairs *pairs, bool all);

/* An object with the figures of every pair, their means, medians and counts. */
TB_NODISCARD TbStatus report_json(const Pairs *pairs, const char *reference, const char *test);

#endif
