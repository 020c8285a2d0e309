/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: knobs as a person turns them: brightness=+1.5. */
#ifndef TIMBREL_APP_KNOBS_H
#define TIMBREL_APP_KNOBS_H

#include "app/options.h"
#include "timbrel/sound.h"

/* NAME=NUMBER, any number of them, -> knob[TB_KNOBS], 0 where none is named. NUMBER: standard deviations, -4..4.
 * TB_ERR_ARGUMENT with a sentence that says which names there are. */
TB_NODISCARD TbStatus knobs_parse(const OptionTexts *texts, float knob[TB_KNOBS]);

#endif
