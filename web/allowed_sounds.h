/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of web/: which sounds a page may name. Whoever is at a page is perhaps not who is at the machine: files and
 * folders of it are opened only when they were named where Timbrel was started. */
#ifndef TIMBREL_WEB_ALLOWED_SOUNDS_H
#define TIMBREL_WEB_ALLOWED_SOUNDS_H

#include "timbrel/session.h"

typedef struct {
    int n;
    char name[TB_PARTS][TB_SOUND_NAME]; /* that were on the corners at first */
} AllowedSounds;

/* A bundled sound, "seed:7", one of the first, or a mix of the former two as app/instruments.h describes it. */
bool tbi_allowed_sound(const AllowedSounds *first, const char *name);

#endif
