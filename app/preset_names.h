/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: finds presets by what a user types: a name, a number from `timbrel presets`, or a file. */
#ifndef TIMBREL_APP_PRESET_NAMES_H
#define TIMBREL_APP_PRESET_NAMES_H

#include "timbrel/session.h"

/* Like tb_preset_read; a number is an index of the list unless a preset has that name. For an unknown name the message
 * suggests the closest. Warnings about the preset's file go to standard error. */
TB_NODISCARD TbStatus preset_load(const char *name, TbPreset *preset);

/* Prints problems of the user's presets (path NULL) or of one file to standard error, at most the first few; none is
 * printed twice. */
void preset_faults_print(const char *path);

#endif
