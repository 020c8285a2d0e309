/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: knob settings such as brightness=+1.5. */
#ifndef TIMBREL_APP_KNOBS_H
#define TIMBREL_APP_KNOBS_H

#include "app/options.h"
#include "timbrel/sound.h"

/* Parses any number of NAME=NUMBER into knob[TB_KNOBS]; others are 0. NUMBER is in standard deviations, -4..4.
 * TB_ERR_ARGUMENT lists the names. */
TB_NODISCARD TbStatus knobs_parse(const OptionTexts *texts, float knob[TB_KNOBS]);

#endif
