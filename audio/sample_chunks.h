/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sampler chunks of WAV files. Internal to audio/. */
#ifndef TIMBREL_AUDIO_SAMPLE_CHUNKS_H
#define TIMBREL_AUDIO_SAMPLE_CHUNKS_H

#include "audio/source.h"
#include "timbrel/audio.h"

/* Inserts smpl and inst chunks before the data chunk of the WAV file at `path` and updates the RIFF size. `name` is the
 * file name for messages. OFF. */
TB_NODISCARD TbStatus tbi_sample_chunks_put(const char *path, const char *name, double sample_rate,
                                            const TbSampleInfo *info);

/* The MIDI key of the smpl chunk of a WAV file, whose pitch is nearest to that of the sample; -1 if there is none. OFF.
 */
int tbi_sample_chunks_root_key(const TbSource *source);

#endif
