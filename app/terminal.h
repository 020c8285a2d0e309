/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: single keys from the terminal, without waiting for Enter. */
#ifndef TIMBREL_APP_TERMINAL_H
#define TIMBREL_APP_TERMINAL_H

#include <stdbool.h>

/* Keys that are not characters. */
enum { KEY_NONE = -1, KEY_END = -2, KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT };

typedef struct {
    bool ended; /* end of input */
    int escape; /* progress in parsing ESC [ X */
} Terminal;

/* Switches to single keys without echo; Ctrl-C is still a signal. If standard input is a pipe or a file, its characters
 * are the keys. */
void terminal_open(Terminal *terminal);
/* The next key, waiting at most `milliseconds`; KEY_NONE: none, KEY_END: end of input. */
int terminal_key(Terminal *terminal, int milliseconds);
/* Restores the terminal. May be called from a signal handler, and without terminal_open. */
void terminal_close(void);

/* Columns of the terminal on standard error; 80 if unknown. */
int terminal_columns(void);

#endif
