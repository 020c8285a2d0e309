/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: what a preset may be. */
#ifndef TIMBREL_SESSION_PRESET_H
#define TIMBREL_SESSION_PRESET_H

#include "timbrel/session.h"

/* Texts that end, are UTF-8 and go on one line, a name that names, sounds, controls in their ranges; else `failure`
 * with a sentence. ANY */
TB_NODISCARD TbStatus tbi_preset_check(const TbPreset *preset, TbStatus failure);

/* UTF-8 on one line, ended within `size` bytes. ANY */
bool tbi_preset_is_plain_text(const char *text, size_t size);

/* It ends in .json: the path of a file, which no preset is named like. ANY */
bool tbi_preset_is_path(const char *name);

/* The path of a folder of presets, NULL: the user's own. *path: newly allocated (free). OFF */
TB_NODISCARD TbStatus tbi_preset_folder(const char *folder, char **path);
/* tb_preset_parse, which also writes the members that no preset has, as `"colour", "controls.pich"`, or "". OFF */
TB_NODISCARD TbStatus tbi_preset_parse(const char *text, size_t n_bytes, TbPreset *preset, char *unknown, size_t size);

/* tb_preset_read for names alone: who asks from afar shall not choose a file. OFF */
TB_NODISCARD TbStatus tbi_preset_find(const char *folder, const char *name, TbPreset *preset);

#endif
