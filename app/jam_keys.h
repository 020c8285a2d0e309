/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the terminal's keys of `timbrel jam`. */
#ifndef TIMBREL_APP_JAM_KEYS_H
#define TIMBREL_APP_JAM_KEYS_H

#include "timbrel/jam.h"

typedef struct {
    TbJam *jam;
    int part; /* chosen */
    double taps[4];
    int n_taps;
    char message[200]; /* why the last key did nothing; "" */
} JamKeys;

#define JAM_KEYS_HELP                                                                                                  \
    "Keys for the part that 1 to 8 or the up and down arrows choose: g generates at each turn or loops, o\n"           \
    "generates once, n a new loop, r resets, v varies a little, V much, l locks, m mutes, s solo, u undoes,\n"         \
    ", and . halve and double the loop. For all: a new loops, - = tempo, t taps it, [ ] swing, k K another key,\n"     \
    "j major or minor, c new chords, left and right arrows intensity, 9 0 temperature, b begins new loops at the\n"    \
    "bar or at their turn; q ends.\n"

/* Does what the key says at time t, in seconds; false: it has no meaning. */
bool jam_keys_press(JamKeys *keys, int key, double t);

#endif
