/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what the notes of a sound are like. */
#ifndef TIMBREL_APP_INFO_ATTRIBUTES_H
#define TIMBREL_APP_INFO_ATTRIBUTES_H

#include "app/info.h"
#include "timbrel/synth.h"

/* "bright, very hollow": what is not as in most sounds; "" when all is. value[TB_ATTRIBUTES]. */
void attributes_in_words(const float *value, char *text, size_t size);

/* Adds how many notes there are, the perceptual attributes of the loudest, and a list of all. */
TB_NODISCARD TbStatus info_attributes(Info *info, const TbScore *score);

#endif
