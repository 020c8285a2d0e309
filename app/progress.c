/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/progress.h"
#include "app/terminal.h"
#include "base/clock.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double FIRST_AFTER = 0.5, BAR_EVERY = 0.1, LINE_EVERY = 5, SAME_WISH = 1; /* seconds */

static atomic_int interrupted; /* written by a signal handler, read by all threads */

/* A second signal stops at once; but a repeating key, or a program that signals both a process group and its leader,
 * does not count as a second one. */
static void on_signal(int number) {
    static double first;
    double now = tbi_now();
    if (interrupted && now - first < SAME_WISH)
        return;
    if (interrupted) {
        terminal_close();
        _exit(128 + number);
    }
    first = now;
    interrupted = 1;
}

void progress_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup goes on */
        sigaction(SIGHUP, &action, NULL);
}

bool progress_interrupted(void) {
    return interrupted;
}

void progress_begin(Progress *progress, const char *label) {
    const char *term = getenv("TERM");
    *progress = (Progress){.label = label, .started = tbi_now()};
    progress->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    progress->shown = progress->started + FIRST_AFTER - (progress->terminal ? BAR_EVERY : LINE_EVERY);
    if (!progress->terminal)
        progress->shown = progress->started;
}

void progress_within(Progress *progress, double started, double until) {
    progress->started = started;
    progress->until = until;
}

/* "1:05 left", or "" while unknown. */
static void time_left(char *text, size_t size, double done, double elapsed) {
    text[0] = 0;
    if (done < 0.005 || elapsed < 1)
        return;
    long s = lrint(elapsed * (1 - done) / done);
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld left", s / 60, s % 60);
}

static void draw_bar(Progress *progress, double done, const char *left, const char *what) {
    enum { BAR = 24 };
    char bar[BAR + 1] = "", line[400];
    if (done >= 0) {
        int filled = (int)(done * BAR);
        memset(bar, '#', (size_t)filled);
        memset(bar + filled, '.', (size_t)(BAR - filled));
        snprintf(line, sizeof line, "%s [%s] %3.0f %%  %s  %s", progress->label, bar, 100 * done, left, what);
    } else {
        snprintf(line, sizeof line, "%s  %s", progress->label, what);
    }
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, line);
    fflush(stderr);
    progress->drawn = true;
}

bool progress_report(void *context, double done, const char *what) {
    Progress *progress = context;
    if (!progress)
        return !interrupted;
    double t = tbi_now();
    if (t - progress->shown >= (progress->terminal ? BAR_EVERY : LINE_EVERY)) {
        char left[40];
        progress->shown = t;
        what = what ? what : "";
        if (progress->until > 0)
            done = (t - progress->started) / (progress->until - progress->started);
        done = done > 1 ? 1 : done;
        time_left(left, sizeof left, done, t - progress->started);
        if (progress->terminal)
            draw_bar(progress, done, left, what);
        else if (done >= 0)
            fprintf(stderr, "%s: %.0f %%%s%s%s%s\n", progress->label, 100 * done, *left ? ", " : "", left,
                    *what ? ", " : "", what);
        else
            fprintf(stderr, "%s%s%s\n", progress->label, *what ? ": " : "", what);
    }
    return !interrupted;
}

void progress_end(Progress *progress) {
    if (progress->drawn)
        fprintf(stderr, "\r\033[K");
    progress->drawn = false;
}
