// SPDX-License-Identifier: GPL-3.0-or-later
/* What a file's name says of the note in it. */
#include "train/note_set.h"

#include <ctype.h>
#include <string.h>

static bool separator(char c) {
    return c == '_' || c == '-' || c == ' ' || c == '.';
}

/* A MIDI note number from "C4", "f#3", "Bb-1"; -1 if it is none. */
static float note_of_word(const char *word, size_t n) {
    static const int semitone[7] = {9, 11, 0, 2, 4, 5, 7};
    char letter = n ? (char)toupper((unsigned char)word[0]) : 0;
    if (letter < 'A' || letter > 'G') {
        return -1;
    }
    int key = semitone[letter - 'A'];
    size_t i = 1;
    if (i < n && (word[i] == '#' || word[i] == 's')) {
        key++;
        i++;
    } else if (i < n && word[i] == 'b') {
        key--;
        i++;
    }
    bool below = i < n && word[i] == '-';
    i += below;
    if (i + 1 != n || !isdigit((unsigned char)word[i])) {
        return -1;
    }
    int octave = below ? -(word[i] - '0') : word[i] - '0';
    key += 12 * (octave + 1);
    return key >= 0 && key <= 127 ? (float)key : -1;
}

/* A number 0..127, with a letter v before it or not; -1 if it is none. */
static float number_of_word(const char *word, size_t n) {
    size_t i = n > 1 && (word[0] == 'v' || word[0] == 'V');
    int value = 0;
    if (n == i || n - i > 3) {
        return -1;
    }
    for (; i < n; i++) {
        if (!isdigit((unsigned char)word[i])) {
            return -1;
        }
        value = 10 * value + (word[i] - '0');
    }
    return value <= 127 ? (float)value : -1;
}

/* The last word of name[0 .. end). */
static const char *last_word(const char *name, const char *end) {
    const char *w = end;
    while (w > name && !separator(w[-1])) {
        w--;
    }
    return w;
}

NoteName note_name_parse(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const char *end = dot && dot > name ? dot : name + strlen(name);
    NoteName found = {(size_t)(end - path), -1, -1};
    const char *a = last_word(name, end), *b = a > name ? last_word(name, a - 1) : NULL;
    float number = number_of_word(a, (size_t)(end - a)), note = note_of_word(a, (size_t)(end - a));
    if (note >= 0 && a > name) { /* flute_C4 */
        found.key = note;
        found.length = (size_t)(a - 1 - path);
    } else if (number >= 0 && b) {
        size_t n = (size_t)(a - 1 - b);
        float key = note_of_word(b, n);
        key = key >= 0 ? key : number_of_word(b, n);
        if (key >= 0 && b > name) { /* flute_C4_80, 0_60_100 */
            found.key = key;
            found.velocity = number / 127;
            found.length = (size_t)(b - 1 - path);
        }
    }
    return found;
}
