/* Inside of web/: what a page says. The protocol is described in client_messages.c.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_WEB_CLIENT_MESSAGES_H
#define TIMBREL_WEB_CLIENT_MESSAGES_H

#include "web/allowed_sounds.h"

enum { MESSAGE_BYTES = 4096 }; /* at most */

typedef enum {
    SAID_SET,
    SAID_NOTE,
    SAID_SUSTAIN,
    SAID_SOUND,
    SAID_LOAD,
    SAID_SAVE,
    SAID_REMOVE,
    SAID_UNDO,
    SAID_REDO,
    SAID_COMPARE,
    SAID_LEARN,
    SAID_RECORD,
    SAID_PANIC
} SaidKind;

typedef struct {
    SaidKind kind;
    float control[TB_CONTROLS]; /* set; NAN where nothing is said */
    int number;                 /* note: the key; sound: the corner; learn: the control, or -1 */
    int velocity;               /* note: 0 .. 127; 0 ends it */
    bool on;                    /* sustain, record; compare: B */
    char name[TB_SOUND_NAME];   /* sound, load, save, remove */
    char text[TB_PRESET_TEXT];  /* save */
} Said;

/* text[n]: as it came. False: it is nothing that a page may say, and *said is not to be looked at. */
bool page_message(const char *text, size_t n, const FirstSounds *first, Said *said);

#endif
