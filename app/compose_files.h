/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the files of a composition: sound, MIDI, stems, picture. */
#ifndef TIMBREL_APP_COMPOSE_FILES_H
#define TIMBREL_APP_COMPOSE_FILES_H

#include "app/compose_values.h"
#include "app/track.h"

/* The MIDI file: the output itself, or beside it under the same name. Newly allocated; NULL: out of memory. */
char *compose_midi_path(const ComposeRequest *request);

/* Refuses to write over a file that is read, or over a MIDI file beside a new track. */
TB_NODISCARD TbStatus compose_files_check(const ComposeRequest *request);

/* Writes all files of a request, the MIDI file last; track is NULL for MIDI alone. title: of the picture. */
TB_NODISCARD TbStatus compose_files_write(const ComposeRequest *request, const TbScore *score, const Track *track,
                                          const char *title);

#endif
