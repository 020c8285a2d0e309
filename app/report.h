/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: output of `timbrel compare`. */
#ifndef TIMBREL_APP_REPORT_H
#define TIMBREL_APP_REPORT_H

#include "app/pairs.h"

/* One pair: one metric per line, with a description. Several: one pair per line, then means and medians; `all` shows
 * every column. */
TB_NODISCARD TbStatus report_text(const Pairs *pairs, bool all);

/* JSON object with the metrics of every pair, their means, medians and counts. */
TB_NODISCARD TbStatus report_json(const Pairs *pairs, const char *reference, const char *test);

#endif
