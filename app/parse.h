/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: strict readers of what a person types after an option. The whole text must be used; the locale does not
 * matter; inf, nan and hexadecimal are refused. Each returns false when the text is not what it should be. */
#ifndef TIMBREL_APP_PARSE_H
#define TIMBREL_APP_PARSE_H

#include "app/options.h"

bool parse_number(const char *text, double *value);
bool parse_int(const char *text, int *value);
bool parse_seconds(const char *text, double *seconds);          /* 90, 90s, 10m, 1.5h */
bool parse_note(const char *text, double *midi_pitch);          /* 60, 60.5, C4 (= 60), F#3, Bb2 */
bool parse_glide(const char *text, OptionRange *glide);         /* 0.5 or 0..1 */
bool parse_list(const char *text, OptionList *list);            /* 1,2,0.5 */
bool parse_choice(const char *text, const char *words, int *i); /* words: a|b|c */

#endif
