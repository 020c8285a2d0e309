/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: attributes of the notes of a sound. */
#ifndef TIMBREL_APP_INFO_ATTRIBUTES_H
#define TIMBREL_APP_INFO_ATTRIBUTES_H

#include "app/info.h"
#include "timbrel/synth.h"

/* "bright, very hollow": attributes that differ from most sounds; "" if none does. value[TB_ATTRIBUTES]. */
void attributes_in_words(const float *value, char *text, size_t size);

/* The note of the most energy. NULL: there is none. Borrowed. */
const TbNote *main_note(const TbAnalysis *analysis);

/* Adds the number of notes, the attributes of the main one, and a list of all. */
TB_NODISCARD TbStatus info_attributes(Info *info, const TbAnalysis *analysis);

#endif
