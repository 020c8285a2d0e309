/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: which sounds a page may load. A page may be used by someone else, so files and folders of this
 * machine are allowed only if they were named when Timbrel was started. */
#ifndef TIMBREL_WEB_ALLOWED_SOUNDS_H
#define TIMBREL_WEB_ALLOWED_SOUNDS_H

#include "timbrel/session.h"

typedef struct {
    int n;
    char name[TB_PARTS][TB_SOUND_NAME]; /* on the corners at startup */
} AllowedSounds;

/* Allowed are bundled sounds, "seed:7", mixes of those as described in app/instruments.h, and the sounds of startup. */
bool tbi_allowed_sound(const AllowedSounds *initial, const char *name);

#endif
