/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/warning.h"
#include "app/standard_streams.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REMEMBERED = 256 }; /* later ones may be printed twice */

void warning_print(const char *label, const char *given) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char *printed[REMEMBERED];
    size_t i = 0;
    char text[2000];
    snprintf(text, sizeof text, "%s", given);
    standard_input_rename(text);
    pthread_mutex_lock(&lock);
    while (i < REMEMBERED && printed[i] && strcmp(printed[i], text) != 0)
        i++;
    if (i == REMEMBERED || !printed[i]) {
        if (i < REMEMBERED)
            printed[i] = strdup(text);
        fflush(stdout); /* stdout before stderr */
        fprintf(stderr, "%s%s: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", label, text);
    }
    pthread_mutex_unlock(&lock);
}
