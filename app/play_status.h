/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel play` says while it plays: a line that stands, and sentences for what happens seldom. */
#ifndef TIMBREL_APP_PLAY_STATUS_H
#define TIMBREL_APP_PLAY_STATUS_H

#include "app/computer_keyboard.h"
#include "timbrel/session.h"

typedef struct {
    TbLive *live;
    TbSession *session;
    const ComputerKeyboard *keys;
    bool line; /* standard error is a terminal that can take back a line */

    /* what has been said */
    char midi[2000], last_error[256], device_trouble[200], preset[TB_PRESET_NAME];
    bool lost, record_failed, rights_known;
    double named; /* second of playing at which a preset was named last */
} PlayStatus;

void play_status_begin(PlayStatus *status, TbLive *live, TbSession *session, const ComputerKeyboard *keys);
void play_status_show(PlayStatus *status); /* ten times a second or so */
void play_status_clear(const PlayStatus *status);
void play_status_end(const TbLiveState *state); /* after the last block: a summary */

#endif
