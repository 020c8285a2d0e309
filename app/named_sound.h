/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: any name of a sound or of an instrument as a sound. Of an instrument (seed:7, flute,bell@0.3,
 * "preset:Warm Front") that is the note which `timbrel sample` writes. */
#ifndef TIMBREL_APP_NAMED_SOUND_H
#define TIMBREL_APP_NAMED_SOUND_H

#include "app/inputs.h"

/* As audio_load. model: for instruments; NULL: the built-in one. */
TB_NODISCARD TbStatus named_audio_load(const TbModel *model, const char *name, TbAudio *audio);
/* The same, and the width of a sound of two channels, the caller's. */
TB_NODISCARD TbStatus named_audio_load_wide(const char *name, TbAudio *audio, TbWidth *width);
/* As input_load. */
TB_NODISCARD TbStatus named_input_load(const TbModel *model, const char *name, bool latents_only, TbProgress progress,
                                       void *context, Input *input);

#endif
