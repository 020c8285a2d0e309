/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the recording that `timbrel play --record` makes, and what is said about it. */
#ifndef TIMBREL_APP_TAKE_H
#define TIMBREL_APP_TAKE_H

#include "timbrel/live.h"

/* Whether `path`, which may be NULL, can be recorded to. Names an earlier recording there that was not finished.
 * bits: index into "16|24|32f". */
TB_NODISCARD TbStatus take_check(const char *path, int bits);

/* Prints name and length of a recording asked for as `path`; first_file: its first file, which may have got a number.
 */
void take_print(const char *path, const char *first_file, const TbLiveState *state);

#endif
