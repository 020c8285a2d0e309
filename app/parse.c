/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/parse.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Parses a number at the start of `text`; *end is set past it. */
static bool number_prefix(const char *text, double *value, const char **end) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t n = strspn(text, "+-0123456789.eE");
    char copy[64], *stop;
    const char *dots = strstr(text, "..");
    if (dots && (size_t)(dots - text) < n)
        n = (size_t)(dots - text); /* range: 0..1 */
    if (n == 0 || n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = 0;
    pthread_once(&once, make_c_locale);
    *value = strtod_l(copy, &stop, c_locale);
    *end = text + (stop - copy);
    return stop != copy && isfinite(*value);
}

bool parse_number(const char *text, double *value) {
    const char *end;
    return number_prefix(text, value, &end) && *end == 0;
}

bool parse_int(const char *text, int *value) {
    double x;
    if (!parse_number(text, &x) || x != floor(x) || x < INT_MIN || x > INT_MAX)
        return false;
    *value = (int)x;
    return true;
}

bool parse_seconds(const char *text, double *seconds) {
    const char *end;
    if (!number_prefix(text, seconds, &end))
        return false;
    if (*end == 0)
        return true;
    double unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : 0;
    *seconds *= unit;
    return unit > 0 && end[1] == 0;
}

bool parse_note(const char *text, double *midi_pitch) {
    static const char letters[] = "CxDxEFxGxAxB";
    const char *found;
    if (parse_number(text, midi_pitch))
        return true;
    char letter = text[0] >= 'a' && text[0] <= 'g' ? (char)(text[0] - 'a' + 'A') : text[0];
    if (letter == 0 || letter == 'x' || !(found = strchr(letters, letter)))
        return false;
    int sharp = text[1] == '#' ? 1 : text[1] == 'b' ? -1 : 0;
    int octave;
    if (!parse_int(text + 1 + (sharp != 0), &octave) || octave < -1 || octave > 9)
        return false;
    *midi_pitch = 12 * (octave + 1) + (int)(found - letters) + sharp;
    return true;
}

bool parse_glide(const char *text, OptionRange *glide) {
    const char *end;
    if (!number_prefix(text, &glide->from, &end))
        return false;
    glide->to = glide->from;
    return *end == 0 || (strncmp(end, "..", 2) == 0 && parse_number(end + 2, &glide->to));
}

bool parse_list(const char *text, OptionList *list) {
    const char *end = text;
    for (list->n = 0; list->n < OPTION_LIST_MAX; end++) {
        if (!number_prefix(end, &list->values[list->n], &end))
            return false;
        list->n++;
        if (*end != ',')
            return *end == 0;
    }
    return false;
}

bool parse_choice(const char *text, const char *words, int *i) {
    size_t n = strlen(text);
    *i = 0;
    for (const char *word = words;; (*i)++) {
        size_t length = strcspn(word, "|");
        if (length == n && n > 0 && memcmp(word, text, n) == 0)
            return true;
        if (word[length] == 0)
            return false;
        word += length + 1;
    }
}
