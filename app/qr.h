/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: an address as a QR code in the terminal. */
#ifndef TIMBREL_APP_QR_H
#define TIMBREL_APP_QR_H

#include <stdio.h>

/* Draws the code if `file` is a terminal that is wide enough and supports Unicode; else does nothing. */
void qr_print(FILE *file, const char *text);

#endif
