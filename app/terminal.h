/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: single keys from the terminal, without waiting for Enter. */
#ifndef TIMBREL_APP_TERMINAL_H
#define TIMBREL_APP_TERMINAL_H

#include <stdbool.h>

/* What is not a character of its own. */
enum { KEY_NONE = -1, KEY_END = -2, KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT };

typedef struct {
    bool ended; /* nothing more will come */
    int escape; /* how much of ESC [ X has come */
} Terminal;

/* Keys come one by one and are not shown; Ctrl-C still is a signal. Where standard input is a pipe or a file, its
 * characters are the keys. */
void terminal_open(Terminal *terminal);
/* The next key, waited for so many milliseconds; KEY_NONE: none came, KEY_END: there will be none any more. */
int terminal_key(Terminal *terminal, int milliseconds);
/* The terminal is as it was before. May be called from a signal handler, and when nothing was opened. */
void terminal_close(void);

/* Columns of the terminal that is standard error; 80 when it says nothing. */
int terminal_columns(void);

#endif
