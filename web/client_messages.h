/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of web/: what a page says. The protocol is described in client_messages.c. */
#ifndef TIMBREL_WEB_CLIENT_MESSAGES_H
#define TIMBREL_WEB_CLIENT_MESSAGES_H

#include "web/allowed_sounds.h"

enum { MESSAGE_BYTES = 4096 }; /* at most */

typedef enum {
    CLIENT_SET,
    CLIENT_NOTE,
    CLIENT_SUSTAIN,
    CLIENT_SOUND,
    CLIENT_LOAD,
    CLIENT_SAVE,
    CLIENT_REMOVE,
    CLIENT_UNDO,
    CLIENT_REDO,
    CLIENT_COMPARE,
    CLIENT_LEARN,
    CLIENT_RECORD,
    CLIENT_PANIC
} ClientMessageKind;

typedef struct {
    ClientMessageKind kind;
    float control[TB_CONTROLS]; /* set; NAN where nothing is said */
    int number;                 /* note: the key; sound: the corner; learn: the control, or -1 */
    int velocity;               /* note: 0 .. 127; 0 ends it */
    bool on;                    /* sustain, record; compare: B */
    char name[TB_SOUND_NAME];   /* sound, load, save, remove */
    char text[TB_PRESET_TEXT];  /* save */
} ClientMessage;

/* text[n]: as it came. False: it is nothing that a page may say, and *said is not to be looked at. */
bool tbi_client_message_parse(const char *text, size_t n, const AllowedSounds *first, ClientMessage *said);

#endif
