/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: presets by what a person types: a name, a number of `timbrel presets`, or a file. */
#ifndef TIMBREL_APP_PRESET_NAMES_H
#define TIMBREL_APP_PRESET_NAMES_H

#include "timbrel/session.h"

/* As tb_preset_read; a number is that of the list, unless a preset has it for its name. Of a name that is none, the
 * message tells the closest. Warnings of a file go to standard error. */
TB_NODISCARD TbStatus preset_load(const char *name, TbPreset *preset);

/* Says on standard error what is wrong with the user's presets (path NULL) or with one file: the first few of many. */
void preset_faults_print(const char *path);

#endif
