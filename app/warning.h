/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: warnings on standard error, each once. */
#ifndef TIMBREL_APP_WARNING_H
#define TIMBREL_APP_WARNING_H

/* Prints "LABEL: TEXT", over a progress bar if there is one, unless this text was printed before. From any thread. */
void warning_print(const char *label, const char *text);

#endif
