/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of an encoded sound: safetensors, the notes concatenated.
 *
 *   name          type  shape                       contents
 *   notes         I64   [notes][3]                  frames; 1 if it has a pitch; flags (HAS_... below)
 *   times         I64   [notes][2]                  start and length in seconds: the bits of two doubles
 *   pitch         F32   [notes][2]                  Hz; inharmonicity
 *   ratios        F32   [notes][TB_PARTIALS]        log2
 *   phases        F32   [notes][N_PHASES]           at the start, in turns
 *   z             F16   [frames][latents]
 *   f0            F32   [frames]                    Hz
 *   loudness      F32   [frames]                    dB
 *   detail        U8    [detail frames][TB_FEATURES]
 *   phase_detail  U8    [phase frames][N_PHASES]
 *   width         U8    [steps][3 TB_WIDTH_BANDS]   only of sounds of two channels: TbWidth
 *
 * The two before it hold only the frames of notes with the corresponding flag. Programs that do not know a tensor pass
 * it over. Metadata: format, version, seconds (decimal) and seconds_bits (of the double, hexadecimal), latent_dim,
 * model (fingerprint, hexadecimal), notes, frames. */
#ifndef TIMBREL_SOUND_SOUND_FILE_H
#define TIMBREL_SOUND_SOUND_FILE_H

#include "note/detail.h"
#include "timbrel/sound.h"

#define SOUND_FORMAT "timbrel sound"
#define SOUND_VERSION "1"

enum {
    NOTE_COLUMNS = 3,
    HAS_DETAIL = 1,
    HAS_PHASES = 2,
    MAX_LATENTS = 256,
};
#define MAX_SECONDS 86400.0

#endif
