/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the picture of a morph: source sounds and steps between them, one above the other. */
#ifndef TIMBREL_APP_MORPH_PICTURE_H
#define TIMBREL_APP_MORPH_PICTURE_H

#include "timbrel/audio.h"

enum { PICTURE_MORPHS = 5 }; /* at most this many: the first, the last and some between */

typedef struct {
    TbAudio morphs[PICTURE_MORPHS];
    char titles[PICTURE_MORPHS][40];
    size_t n;
} MorphPicture;

/* Whether morph i of n is drawn. */
bool morph_picture_wants(size_t i, size_t n);
/* Takes ownership of the sound. */
void morph_picture_add(MorphPicture *picture, TbAudio *audio, const char *title);
void morph_picture_free(MorphPicture *picture);

/* Draws the sounds, with the morphs after the first one. */
TB_NODISCARD TbStatus morph_picture_write(const MorphPicture *picture, const char *png, const TbAudio *sounds,
                                          const char *const *names, size_t n_sounds);

#endif
