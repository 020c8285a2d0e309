/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: checks of what callers give. */
#ifndef TIMBREL_MELODY_CHECK_H
#define TIMBREL_MELODY_CHECK_H

#include "timbrel/melody.h"

/* Reads the options to *own, and checks all but metre, key, bars, chords and form. OFF */
TB_NODISCARD TbStatus tbi_melody_read_options(const TbMelodyOptions *options, TbMelodyOptions *own);
/* TB_ERR_ARGUMENT unless the melody is as timbrel/melody.h describes. OFF */
TB_NODISCARD TbStatus tbi_melody_check(const TbMelody *melody);

#endif
