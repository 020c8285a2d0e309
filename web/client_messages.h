/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: messages from a page. client_messages.c documents the protocol. */
#ifndef TIMBREL_WEB_CLIENT_MESSAGES_H
#define TIMBREL_WEB_CLIENT_MESSAGES_H

#include "web/allowed_sounds.h"

enum { MESSAGE_BYTES = 4096 }; /* maximum */

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
    float control[TB_CONTROLS]; /* CLIENT_SET; NAN: unchanged */
    int number;                 /* CLIENT_NOTE: the key; CLIENT_SOUND: the corner; CLIENT_LEARN: the control, or -1 */
    int velocity;               /* CLIENT_NOTE: 0 .. 127; 0 is note-off */
    bool on;                    /* CLIENT_SUSTAIN, CLIENT_RECORD; CLIENT_COMPARE: side B */
    char name[TB_SOUND_NAME];   /* CLIENT_SOUND, CLIENT_LOAD, CLIENT_SAVE, CLIENT_REMOVE */
    char text[TB_PRESET_TEXT];  /* CLIENT_SAVE */
} ClientMessage;

/* Parses an untrusted text[n]. False: not a valid message; *received is then undefined. ANY */
bool tbi_client_message_parse(const char *text, size_t n, const AllowedSounds *initial, ClientMessage *received);

#endif
