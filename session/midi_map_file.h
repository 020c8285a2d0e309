/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: the MIDI map file. */
#ifndef TIMBREL_SESSION_MIDI_MAP_FILE_H
#define TIMBREL_SESSION_MIDI_MAP_FILE_H

#include "timbrel/session.h"

/* JSON: {"timbrel_midi_map": 1, "controllers": {"74": "brightness"}}; controllers not listed are unassigned, unknown
 * controls ignored. Errors as in tb_preset_parse. OFF */
TB_NODISCARD TbStatus tbi_midi_map_parse(const char *text, size_t n_bytes, TbMidiMap *map);
/* TB_ERR_NOT_FOUND: there is no such file. OFF */
TB_NODISCARD TbStatus tbi_midi_map_read(const char *path, TbMidiMap *map);
TB_NODISCARD TbStatus tbi_midi_map_write(const char *path, const TbMidiMap *map);

#endif
