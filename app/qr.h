/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: an address as a picture that a phone reads from the terminal. */
#ifndef TIMBREL_APP_QR_H
#define TIMBREL_APP_QR_H

#include <stdio.h>

/* Draws it when `file` is a terminal that is wide enough and knows Unicode; else does nothing. */
void qr_print(FILE *file, const char *text);

#endif
