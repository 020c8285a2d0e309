/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: reads OSC packets. */
#ifndef TIMBREL_SESSION_OSC_MESSAGE_H
#define TIMBREL_SESSION_OSC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *types; /* liblo's, [n] */
    void *const *arg;  /* [n] */
    int n;
} OscArguments;

/* Gets each message: its path and its arguments, valid during the call. */
typedef void (*OscHandler)(void *context, const char *path, const OscArguments *arguments);

/* Reads a message, or all messages of a bundle; malformed ones are ignored. data[n_bytes] is untrusted and only read.
 * CT */
void tbi_osc_read(OscHandler handler, void *context, uint8_t *data, size_t n_bytes);

/* The argument at a position as a number, of whatever type; NaN: none there. As a text; NULL: none there. */
double tbi_osc_number(const OscArguments *arguments, int position);
const char *tbi_osc_text(const OscArguments *arguments, int position);

#endif
