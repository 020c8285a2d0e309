/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel compose` says of what it has made. */
#ifndef TIMBREL_APP_COMPOSE_REPORT_H
#define TIMBREL_APP_COMPOSE_REPORT_H

#include "app/composition.h"
#include "app/track.h"

/* Prints key, tempo, form, chords, sounds, loudness, the longest match with what was learned, and files; track NULL:
 * MIDI alone.
 */
TB_NODISCARD TbStatus compose_report(const ComposeRequest *request, const Composition *composition, const Track *track);

/* A line about the score for a picture: "track · D minor · 96 BPM · A A B A". */
TB_NODISCARD TbStatus compose_title(const ComposeRequest *request, const TbScore *score, char *title, size_t size);

#endif
