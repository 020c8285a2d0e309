/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: who plays what in a track: a sound for each part of a score. */
#ifndef TIMBREL_APP_ORCHESTRA_H
#define TIMBREL_APP_ORCHESTRA_H

#include "app/options.h"
#include "app/song_instruments.h"
#include "timbrel/score.h"

typedef struct {
    size_t part; /* of the score */
    TbRole role;
    const char *sound;              /* as in app/instruments.h; of drums: the name of a kit, a folder or a sound */
    const TbInstrument *instrument; /* NULL for drums */
} OrchestraPart;

typedef struct {
    OrchestraPart *part; /* [n_parts]: the parts that have notes, in order of the score */
    size_t n_parts;
    TbDrum kit[128]; /* for the drums */
    Instruments instruments;
} Orchestra;

/* Chooses and loads. sounds: "PART=SOUND", where PART is a role (melody, chords, bass, drums, other) and SOUND what
 * app/instruments.h or kit_load knows; roles without one get a sound that suits them and the style ("folk"), chosen by
 * the seed. The model is borrowed. TB_ERR_ARGUMENT: no such PART, or one that is given twice. */
TB_NODISCARD TbStatus orchestra_check(const OptionTexts *sounds);
TB_NODISCARD TbStatus orchestra_load(const TbScore *score, const TbModel *model, const OptionTexts *sounds,
                                     const char *style, uint64_t seed, Part progress, Orchestra *orchestra);
void orchestra_free(Orchestra *orchestra);

/* The drum keys without a sound that the score has: their number, and the first of them. */
size_t orchestra_silent_drums(const TbScore *score, const Orchestra *orchestra, int *key);

#endif
