/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: validation and reading of presets. */
#ifndef TIMBREL_SESSION_PRESET_H
#define TIMBREL_SESSION_PRESET_H

#include "timbrel/session.h"

/* Checks texts, name, sounds and the ranges of controls; returns `failure` with a sentence. ANY */
TB_NODISCARD TbStatus tbi_preset_check(const TbPreset *preset, TbStatus failure);

/* One line of valid UTF-8, terminated within `size` bytes. ANY */
bool tbi_preset_is_plain_text(const char *text, size_t size);

/* Ends in .json: a file path, which is not allowed as a preset's name. ANY */
bool tbi_preset_is_path(const char *name);

/* The path of a folder of user presets, NULL: the default one. *path: newly allocated (free). OFF */
TB_NODISCARD TbStatus tbi_preset_folder(const char *folder, char **path);
/* tb_preset_parse that also lists unknown members, as `"colour", "controls.pich"`, or "". OFF */
TB_NODISCARD TbStatus tbi_preset_parse(const char *text, size_t n_bytes, TbPreset *preset, char *unknown, size_t size);

/* tb_preset_read by name only, for remote callers, who must not be able to read files. OFF */
TB_NODISCARD TbStatus tbi_preset_find(const char *folder, const char *name, TbPreset *preset);

#endif
