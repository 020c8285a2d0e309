/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before; /* settings to restore while is_raw */
static volatile sig_atomic_t is_raw;

void terminal_open(Terminal *t) {
    *t = (Terminal){0};
    if (tcgetattr(STDIN_FILENO, &before) == 0) {
        struct termios now = before;
        now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        now.c_cc[VMIN] = 1;
        now.c_cc[VTIME] = 0;
        is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
    }
}

void terminal_close(void) {
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    is_raw = 0;
}

/* Terminals send arrow keys as ESC [ A to D, or ESC O A to D. */
static int decode(Terminal *t, unsigned char c) {
    static const int arrows[] = {KEY_UP, KEY_DOWN, KEY_RIGHT, KEY_LEFT};
    int escape = t->escape;
    t->escape = c == 27 ? 1 : escape == 1 && (c == '[' || c == 'O') ? 2 : 0;
    if (escape == 2 && c >= 'A' && c <= 'D')
        return arrows[c - 'A'];
    return t->escape ? KEY_NONE : c;
}

int terminal_key(Terminal *t, int milliseconds) {
    struct pollfd input = {.fd = t->ended ? -1 : STDIN_FILENO, .events = POLLIN};
    unsigned char c;
    if (poll(&input, 1, milliseconds) <= 0)
        return t->ended ? KEY_END : KEY_NONE;
    ssize_t n = read(STDIN_FILENO, &c, 1);
    if (n == 1)
        return decode(t, c);
    t->ended = n == 0 || (errno != EINTR && errno != EAGAIN);
    return t->ended ? KEY_END : KEY_NONE;
}

int terminal_columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}
