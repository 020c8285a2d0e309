/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what plays the parts of a jam, and how loud. */
#ifndef TIMBREL_APP_JAM_SOUNDS_H
#define TIMBREL_APP_JAM_SOUNDS_H

#include "app/orchestra.h"
#include "timbrel/jam.h"

enum { JAM_MESSAGES = 3 * TB_JAM_PARTS };

typedef struct {
    Orchestra orchestra;
    double gain;                      /* of the engine, dB */
    uint8_t message[JAM_MESSAGES][3]; /* that set volume, pan and reverb of the parts */
    int n_messages;
} JamSounds;

/* Loads a sound for each part of the jam, as `timbrel compose` chooses them, and finds out at which levels the loops as
 * they are now are a finished mix. */
TB_NODISCARD TbStatus jam_sounds_load(TbJam *jam, const TbModel *model, const OptionTexts *sounds, const char *style,
                                      double sample_rate, uint64_t seed, Part progress, JamSounds *all);
/* Gives a new engine the sounds; the messages are to be sent to it in its first block. */
void jam_sounds_set(const JamSounds *all, const TbJam *jam, TbEngine *engine);
void jam_sounds_free(JamSounds *all);

#endif
