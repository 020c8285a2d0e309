/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: names in scores. */
#ifndef TIMBREL_SCORE_TEXT_H
#define TIMBREL_SCORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Copies as much of n bytes as fits into to[size], ended by zeros: UTF-8 or else taken as Latin-1, without control
 * characters and without spaces at the end. ANY. */
void tbi_copy_text(const void *bytes, size_t n, char *to, size_t size);

/* Whether a name contains a word, which is in small letters. ANY. */
bool tbi_name_has(const char *name, const char *word);

#endif
