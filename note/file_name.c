/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses key, velocity and instrument from a file name. */
#include "note/note.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define KEY_OFF 0.6f /* semitones by which a found pitch may differ from the named key, apart from octaves */

static bool separator(char c) {
    return c == '_' || c == '-' || c == ' ' || c == '.';
}

/* A MIDI note number from "C4", "f#3", "Bb-1"; -1 if the word is not a note. */
static float note_of_word(const char *word, size_t n) {
    static const int semitone[7] = {9, 11, 0, 2, 4, 5, 7};
    char letter = n ? (char)toupper((unsigned char)word[0]) : 0;
    if (letter < 'A' || letter > 'G')
        return -1;
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
    if (i + 1 != n || !isdigit((unsigned char)word[i]))
        return -1;
    int octave = below ? -(word[i] - '0') : word[i] - '0';
    key += 12 * (octave + 1);
    return key >= 0 && key <= 127 ? (float)key : -1;
}

/* A number 0..127, with or without a leading v; -1 if the word is not such a number. */
static float number_of_word(const char *word, size_t n) {
    size_t i = n > 1 && (word[0] == 'v' || word[0] == 'V');
    int value = 0;
    if (n == i || n - i > 3)
        return -1;
    for (; i < n; i++) {
        if (!isdigit((unsigned char)word[i]))
            return -1;
        value = 10 * value + (word[i] - '0');
    }
    return value <= 127 ? (float)value : -1;
}

/* The end of the word before `at`, without the separators between. */
static const char *end_before(const char *name, const char *at) {
    while (at > name && separator(at[-1]))
        at--;
    return at;
}

/* The last word of name[0 .. end); a minus sign of an octave ("C-1") is part of the word. */
static const char *last_word(const char *name, const char *end) {
    const char *w = end;
    while (w > name && !separator(w[-1]))
        w--;
    if (w > name && w[-1] == '-') {
        const char *v = w - 1;
        while (v > name && !separator(v[-1]))
            v--;
        w = note_of_word(v, (size_t)(end - v)) >= 0 ? v : w;
    }
    return w;
}

enum { MIN_KEY = 21, MIN_VELOCITY = 10 }; /* as bare numbers; smaller ones are take numbers */

/* The instrument is the part of the name before the note, or the folder if there is none. */
static size_t instrument_length(const char *path, const char *name, const char *note) {
    const char *end = end_before(name, note);
    return (size_t)((end > name ? end : name > path ? name - 1 : path) - path);
}

NoteFileName tbi_note_file_name_parse(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const char *end = dot && dot > name ? dot : name + strlen(name);
    NoteFileName found = {(size_t)(end - path), -1, -1};
    const char *a = last_word(name, end);
    size_t n = (size_t)(end - a);
    float number = number_of_word(a, n), note = note_of_word(a, n);
    if (note >= 0) { /* flute_C4, or C4 in a folder */
        found.key = note;
        found.length = instrument_length(path, name, a);
    } else if (number >= 0) {
        const char *b_end = end_before(name, a), *b = last_word(name, b_end);
        float key = note_of_word(b, (size_t)(b_end - b)), bare = number_of_word(b, (size_t)(b_end - b));
        if (key < 0 && end_before(name, b) > name && isdigit((unsigned char)*b) && bare >= MIN_KEY)
            key = bare;
        if (key >= 0) { /* flute_C4_v80, flute_60_100; flute_C4_2 is the second take */
            found.key = key;
            found.velocity = isdigit((unsigned char)*a) && number < MIN_VELOCITY ? -1 : number / 127;
            found.length = instrument_length(path, name, b);
        }
    }
    return found;
}

float tbi_note_name_octaves(float named_key, float found_key) {
    float off = found_key - named_key, octaves = 12 * rintf(off / 12);
    return fabsf(off - octaves) > KEY_OFF ? NAN : octaves;
}
