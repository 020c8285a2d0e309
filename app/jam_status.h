/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel jam` shows: a line for all parts together, and one for each. */
#ifndef TIMBREL_APP_JAM_STATUS_H
#define TIMBREL_APP_JAM_STATUS_H

#include "app/jam_keys.h"
#include "timbrel/live.h"

typedef struct {
    const JamKeys *keys;
    TbLive *live;
    bool redraws;    /* standard error is a terminal whose lines can be drawn anew */
    int lines;       /* that are drawn */
    bool lost;       /* the device; it has been told */
    uint64_t failed; /* loops that could not be written; they have been told */
} JamStatus;

void jam_status_begin(JamStatus *status, const JamKeys *keys, TbLive *live);
void jam_status_show(JamStatus *status); /* about ten times a second */
void jam_status_end(JamStatus *status);  /* clears the lines, and says how it went */

/* The line of a part in a bar that plays: text[size]. place: 0 .. 1 of the bar. */
void jam_status_part(const TbJamPartState *part, int number, bool chosen, uint64_t bar, double place, char *text,
                     size_t size);

#endif
