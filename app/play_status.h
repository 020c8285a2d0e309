/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: output of `timbrel play`: a status line, and sentences for rare events. */
#ifndef TIMBREL_APP_PLAY_STATUS_H
#define TIMBREL_APP_PLAY_STATUS_H

#include "app/computer_keyboard.h"
#include "timbrel/session.h"

typedef struct {
    TbLive *live;
    TbSession *session;
    const ComputerKeyboard *keys;
    bool line; /* standard error is a terminal that can redraw a line */

    /* events already reported */
    char midi[2000], last_error[256], device_trouble[200], preset[TB_PRESET_NAME];
    bool lost, record_failed, rights_known;
    TbStatus record_status; /* why the recording that `play` began has ended early; its file is closed */
    char record_error[400]; /* the sentence */
    double rate;            /* Hz */
    int record_files;       /* of the recording */
    double named;           /* time of playing at which a preset was last named, seconds */
} PlayStatus;

void play_status_begin(PlayStatus *status, TbLive *live, TbSession *session, const ComputerKeyboard *keys);
void play_status_show(PlayStatus *status); /* about ten times a second */
void play_status_clear(const PlayStatus *status);
void play_status_end(const TbLiveState *state); /* prints a summary after the last block */

#endif
