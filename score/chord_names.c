/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chord symbols: as lead sheets have them ("Bbm7/F") and as MusicXML names them ("Bb:minor-seventh/F"). */
#include "timbrel/score.h"

#include <ctype.h>
#include <stdio.h>

#define PC(n) (1u << (n))
#define PCS(a, b, c) (PC(a) | PC(b) | PC(c))

/* The first name is the one that is written. Kinds that differ only in name from one before are for reading. */
static const struct {
    const char *symbol, *suffix;
    unsigned pitches; /* above the root */
} kinds[] = {
    {"major", "", PCS(0, 4, 7)},
    {"minor", "m", PCS(0, 3, 7)},
    {"dominant", "7", PCS(0, 4, 7) | PC(10)},
    {"minor-seventh", "m7", PCS(0, 3, 7) | PC(10)},
    {"major-seventh", "maj7", PCS(0, 4, 7) | PC(11)},
    {"diminished", "dim", PCS(0, 3, 6)},
    {"half-diminished", "m7b5", PCS(0, 3, 6) | PC(10)},
    {"diminished-seventh", "dim7", PCS(0, 3, 6) | PC(9)},
    {"augmented", "aug", PCS(0, 4, 8)},
    {"augmented-seventh", "aug7", PCS(0, 4, 8) | PC(10)},
    {"major-minor", "mMaj7", PCS(0, 3, 7) | PC(11)},
    {"major-sixth", "6", PCS(0, 4, 7) | PC(9)},
    {"minor-sixth", "m6", PCS(0, 3, 7) | PC(9)},
    {"suspended-second", "sus2", PCS(0, 2, 7)},
    {"suspended-fourth", "sus4", PCS(0, 5, 7)},
    {"power", "5", PC(0) | PC(7)},
    {"dominant-ninth", "9", PCS(0, 2, 4) | PC(7) | PC(10)},
    {"major-ninth", "maj9", PCS(0, 2, 4) | PC(7) | PC(11)},
    {"minor-ninth", "m9", PCS(0, 2, 3) | PC(7) | PC(10)},
    {"dominant-11th", "11", PCS(0, 2, 4) | PCS(5, 7, 10)},
    {"minor-11th", "m11", PCS(0, 2, 3) | PCS(5, 7, 10)},
    {"dominant-13th", "13", PCS(0, 2, 4) | PCS(7, 9, 10)},
    {"major-13th", "maj13", PCS(0, 2, 4) | PCS(7, 9, 11)},
    {"minor-13th", "m13", PCS(0, 2, 3) | PCS(7, 9, 10)},
    {"other", "?", PC(0)},
    {"maj", "maj", PCS(0, 4, 7)},
    {"min", "min", PCS(0, 3, 7)},
    {"", "", PCS(0, 4, 7)},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds, OTHER = TB_CHORD_KINDS - 1, MINOR = TB_CHORD_MINOR };
_Static_assert(N_KINDS == TB_CHORD_KINDS + 3, "the last three kinds are names of the first two");

/* A letter and its accidentals, which are read up to a character of `ends`; -1: none. */
static int pitch_class(const char **text, const char *ends) {
    static const int white[] = {9, 11, 0, 2, 4, 5, 7};
    const char *t = *text;
    if (*t < 'A' || *t > 'G')
        return -1;
    int pc = white[*t++ - 'A'];
    for (; *t && !strchr(ends, *t) && (*t == '#' || *t == 'b'); t++)
        pc += *t == '#' ? 1 : 11;
    *text = t;
    return pc % 12;
}

/* The kind named by text[0..n) in the column of symbols or suffixes; N_KINDS: none. */
static int kind_named(const char *text, size_t n, bool suffix) {
    int k = 0;
    while (k < N_KINDS) {
        const char *name = suffix ? kinds[k].suffix : kinds[k].symbol;
        if (strlen(name) == n && memcmp(name, text, n) == 0)
            break;
        k++;
    }
    return k;
}

static bool contains(const char *text, size_t n, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(text + i, word, length) == 0)
            return true;
    return false;
}

bool tb_chord_parse(const char *text, TbChord *chord) {
    *chord = (TbChord){.root = -1, .bass = -1};
    if (strcmp(text, "N.C.") == 0)
        return true;
    const char *t = text;
    int root = pitch_class(&t, "");
    if (root < 0)
        return false;
    bool symbol = *t == ':';
    t += symbol;
    const char *slash = strchr(t, '/');
    size_t n = slash ? (size_t)(slash - t) : strlen(t);
    int kind = kind_named(t, n, !symbol);
    if (kind == N_KINDS && !symbol)
        return false;
    if (kind == N_KINDS)
        kind = contains(t, n, "maj") ? TB_CHORD_MAJOR : contains(t, n, "min") ? MINOR : OTHER;
    if (kind >= TB_CHORD_KINDS)
        kind = kinds[kind].pitches == kinds[MINOR].pitches ? MINOR : TB_CHORD_MAJOR;
    chord->root = (int8_t)root;
    chord->kind = (uint8_t)kind;
    if (slash) {
        const char *bass = slash + 1;
        int pc = pitch_class(&bass, "");
        if (pc < 0 && !symbol)
            return false;
        chord->bass = (int8_t)(pc == root ? -1 : pc);
    }
    return true;
}

static const char *note_name(int pc, bool flats) {
    static const char *const names[2][12] = {
        {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"},
        {"C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"},
    };
    return names[flats][pc % 12];
}

static void print(TbChord c, bool flats, bool symbol, char text[TB_CHORD_TEXT]) {
    bool has_bass = c.bass >= 0 && c.bass != c.root;
    if (c.root < 0 || c.kind >= TB_CHORD_KINDS)
        snprintf(text, TB_CHORD_TEXT, "N.C.");
    else
        snprintf(text, TB_CHORD_TEXT, "%s%s%s%s%s", note_name(c.root, flats), symbol ? ":" : "",
                 symbol ? kinds[c.kind].symbol : kinds[c.kind].suffix, has_bass ? "/" : "",
                 has_bass ? note_name(c.bass, flats) : "");
}

void tb_chord_name(TbChord chord, bool flats, char text[TB_CHORD_TEXT]) {
    print(chord, flats, false, text);
}

void tb_chord_symbol(TbChord chord, bool flats, char text[TB_CHORD_TEXT]) {
    print(chord, flats, true, text);
}

unsigned tb_chord_pitches(TbChord chord) {
    if (chord.root < 0 || chord.kind >= TB_CHORD_KINDS)
        return 0;
    unsigned turned = kinds[chord.kind].pitches << chord.root % 12;
    unsigned bass = chord.bass >= 0 ? PC(chord.bass % 12) : 0;
    return ((turned | turned >> 12) & 0xfff) | bass;
}
