/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: a computer's keyboard as a piano with knobs.
 *
 *    w e   t y u   o p      black keys
 *   a s d f g h j k l ;     white keys, a is C
 *
 *   z x   an octave down, up          1 .. 7  choose a knob; - and = turn it
 *   c v   softer, harder              arrows  move on the pad
 *   space hold notes, let them go     0       all knobs to the middle
 *
 * A terminal does not say when a key is let go: a note lasts 0.4 s, and on while its key repeats. */
#ifndef TIMBREL_APP_COMPUTER_KEYBOARD_H
#define TIMBREL_APP_COMPUTER_KEYBOARD_H

#include "timbrel/live.h"

typedef struct {
    TbLive *live;
    int octave;   /* MIDI: of the key a, in semitones */
    int velocity; /* 1 .. 127 */
    bool hold;
    int knob; /* selected TbKnob */
    double off[128],
        struck[128]; /* seconds: when each note ends (0: not sounding), and when its key was last pressed */
} ComputerKeyboard;

void computer_keyboard_begin(ComputerKeyboard *keys, TbLive *live);
/* Handles a key from terminal_key at `time` seconds. False: unused key. */
bool computer_keyboard_press(ComputerKeyboard *keys, int key, double now);
/* Ends notes whose time is up. */
void computer_keyboard_poll(ComputerKeyboard *keys, double now);
/* Name of the selected knob. */
TbControl computer_keyboard_knob(const ComputerKeyboard *keys);

#endif
