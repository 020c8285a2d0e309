/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MP3 files without a header that tells their length. Internal to audio/. OFF. */
#ifndef TIMBREL_AUDIO_MP3_HEADER_H
#define TIMBREL_AUDIO_MP3_HEADER_H

#include "audio/source.h"

/* If this is an MP3 file without such a header (a Xing frame), or one that begins within a frame, makes the source read
 * as if it had one, with the number of frames that are there. Without it the decoder guesses the length from the first
 * frame, and leaves out what is beyond. */
void tbi_mp3_header_complete(TbSource *source);

#endif
