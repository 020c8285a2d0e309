/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "jam/harmony.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TONES = 12, DEGREES = 7 };
static const int8_t scales[2][DEGREES] = {{0, 2, 4, 5, 7, 9, 11}, {0, 2, 3, 5, 7, 8, 10}};

static int octave(int pitch_class) {
    return (pitch_class % 12 + 12) % 12;
}

TbChord tbi_jam_chord(const JamHarmony *h, int32_t tick) {
    int i = h->n - 1;
    tick %= h->bars * tbi_jam_bar_ticks(h);
    while (i > 0 && h->at[i].tick > tick)
        i--;
    return h->at[i].chord;
}

bool tbi_jam_same_chord(TbChord a, TbChord b) {
    return a.root == b.root && a.kind == b.kind && a.bass == b.bass;
}

/* ---- text ---- */

static TbStatus unreadable(const char *text) {
    return tb_fail(TB_ERR_ARGUMENT,
                   "\"%s\" are no chords for a jam; give 1, 2, 4 or 8 bars of them, such as \"Am F C G\" or "
                   "\"Am F | C G\".",
                   text);
}

/* One bar: chords with spaces between, which share it equally. False: unreadable. */
static bool parse_bar(const char *bar, size_t n, JamHarmony *h) {
    const int32_t ticks = tbi_jam_bar_ticks(h), start = h->bars * ticks;
    int count = 0;
    const int first = h->n;
    for (const char *at = bar + strspn(bar, " \t"); at < bar + n; at += strspn(at, " \t")) {
        char name[TB_CHORD_TEXT];
        const size_t length = strcspn(at, " \t|");
        if (length >= sizeof name || h->n == JAM_CHORDS)
            return false;
        memcpy(name, at, length);
        name[length] = 0;
        if (!tb_chord_parse(name, &h->at[h->n].chord) || h->at[h->n].chord.root < 0)
            return false;
        h->n++;
        count++;
        at += length;
    }
    for (int i = 0; i < count; i++)
        h->at[first + i].tick = start + ticks * i / count;
    h->bars++;
    return count > 0;
}

TbStatus tbi_jam_chords_parse(const char *text, JamHarmony *harmony) {
    JamHarmony h = *harmony;
    const bool lines = strchr(text, '|') != NULL;
    h.n = h.bars = 0;
    for (const char *at = text + strspn(text, " \t|"); *at; at += strspn(at, " \t|")) {
        const size_t n = strcspn(at, lines ? "|" : " \t");
        if (h.bars == TB_JAM_BARS || !parse_bar(at, n, &h))
            return unreadable(text);
        at += n;
    }
    if (h.bars < 1 || h.bars & (h.bars - 1))
        return unreadable(text);
    *harmony = h;
    return TB_OK;
}

void tbi_jam_chords_print(const JamHarmony *h, char text[TB_JAM_CHORDS]) {
    const int32_t ticks = tbi_jam_bar_ticks(h);
    bool lines = h->n != h->bars;
    size_t n = 0;
    for (int i = 0; i < h->n; i++)
        lines = lines || h->at[i].tick % ticks != 0;
    *text = 0;
    for (int i = 0; i < h->n; i++) {
        char name[TB_CHORD_TEXT];
        tb_chord_name(h->at[i].chord, tb_key_flats(h->key), name);
        const bool line = i > 0 && lines && h->at[i].tick % ticks == 0;
        const int more = snprintf(text + n, TB_JAM_CHORDS - n, "%s%s%s", i ? " " : "", line ? "| " : "", name);
        n += more > 0 && n + (size_t)more < TB_JAM_CHORDS ? (size_t)more : 0;
    }
}

TbKey tbi_jam_chords_key(const JamHarmony *h) {
    TbKey best = {h->at[0].chord.root, false, -2};
    double weight[12] = {0};
    for (int32_t tick = 0; tick < h->bars * tbi_jam_bar_ticks(h); tick += TB_JAM_TICKS / 4) {
        const TbChord chord = tbi_jam_chord(h, tick);
        for (int i = 0; i < 12; i++)
            weight[i] += tb_chord_pitches(chord) >> i & 1 ? (i == chord.root) + 1 : 0;
    }
    weight[octave(h->at[0].chord.root)] += weight[octave(h->at[0].chord.root)] / 2; /* most begin on the tonic */
    for (int k = 0; k < 24; k++) {
        const double margin = tb_key_margin(weight, (TbKey){k % 12, k >= 12, 0});
        if (margin > best.clarity)
            best = (TbKey){k % 12, k >= 12, margin};
    }
    return best;
}

/* ---- drawn ---- */

/* The composer plans chords for a melody, which is not used. */
TbStatus tbi_jam_chords_draw(const TbMusicModels *models, int style, int bars, uint64_t seed, JamHarmony *h) {
    TbComposeOptions o;
    TbScore score;
    tb_compose_defaults(&o);
    o.seed = seed;
    o.bars = bars;
    o.tonic = h->key.tonic;
    o.minor = h->key.minor;
    o.numerator = h->numerator;
    o.denominator = h->denominator;
    o.style = style;
    o.parts = TB_COMPOSE_PART(TB_ROLE_MELODY);
    o.form = "";
    o.loop = true;
    TbStatus status = tb_compose(models, &o, &score, NULL);
    if (status)
        return status;
    h->bars = bars;
    h->n = 0;
    for (size_t i = 0; i < score.n_chords && h->n < JAM_CHORDS; i++) {
        h->at[h->n].tick = score.chords[i].tick;
        h->n += tb_chord_parse(score.chords[i].text, &h->at[h->n].chord) && h->at[h->n].chord.root >= 0;
    }
    if (h->n == 0)
        h->at[h->n++].chord = (TbChord){(int8_t)h->key.tonic, h->key.minor ? TB_CHORD_MINOR : TB_CHORD_MAJOR, -1};
    h->at[0].tick = 0;
    tb_score_free(&score);
    return TB_OK;
}

/* ---- other keys ---- */

/* The degree of the scale that a pitch class is on or above, and by how many semitones above. */
static int degree_of(int pitch_class, TbKey key, int *above) {
    const int8_t *scale = scales[key.minor];
    const int relative = octave(pitch_class - key.tonic);
    int d = DEGREES - 1;
    while (scale[d] > relative)
        d--;
    *above = relative - scale[d];
    return d;
}

static int move_pitch_class(int pitch_class, TbKey from, TbKey to) {
    int above;
    if (from.minor == to.minor)
        return octave(pitch_class - from.tonic + to.tonic);
    const int d = degree_of(pitch_class, from, &above);
    return octave(scales[to.minor][d] + above + to.tonic);
}

/* The triad that the scale of a key has on a root. */
static int triad_on(int root, TbKey key) {
    static const char *const kinds[] = {"C:major", "C:minor", "C:diminished"};
    const int8_t *scale = scales[key.minor];
    int above;
    TbChord chord;
    const int d = degree_of(root, key, &above);
    const int third = octave(scale[(d + 2) % DEGREES] - scale[d]), fifth = octave(scale[(d + 4) % DEGREES] - scale[d]);
    tb_chord_parse(kinds[third == 4 ? 0 : fifth == 7 ? 1 : 2], &chord);
    return chord.kind;
}

void tbi_jam_harmony_move(JamHarmony *h, TbKey key) {
    for (int i = 0; i < h->n; i++) {
        TbChord *c = &h->at[i].chord;
        int above;
        const bool in_scale = (degree_of(c->root, h->key, &above), above == 0);
        const bool dominant = octave(c->root - h->key.tonic) == 7 && !(tb_chord_pitches(*c) >> octave(c->root + 3) & 1);
        c->root = (int8_t)move_pitch_class(c->root, h->key, key);
        if (c->bass >= 0)
            c->bass = (int8_t)move_pitch_class(c->bass, h->key, key);
        if (h->key.minor != key.minor && in_scale && !dominant) { /* the fifth stays major in minor keys */
            c->kind = (uint8_t)triad_on(c->root, key);
            c->bass = -1;
        }
    }
    h->key = key;
}

TbStatus tbi_jam_harmony_add(const JamHarmony *h, uint64_t bar, int32_t tick, TbScore *score) {
    const int32_t ticks = tbi_jam_bar_ticks(h), start = (int32_t)(bar % (uint64_t)h->bars) * ticks;
    TbChord last = {-1, 0, -1};
    char text[TB_CHORD_TEXT];
    if (score->n_chords)
        tb_chord_parse(score->chords[score->n_chords - 1].text, &last);
    TbStatus status = TB_OK;
    for (int i = -1; i < h->n && status == TB_OK; i++) { /* -1: what is in force at the line */
        const int32_t at = i < 0 ? start : h->at[i].tick;
        const TbChord chord = i < 0 ? tbi_jam_chord(h, start) : h->at[i].chord;
        if ((i >= 0 && (at <= start || at >= start + ticks)) || tbi_jam_same_chord(chord, last))
            continue;
        tb_chord_symbol(chord, tb_key_flats(h->key), text);
        status = tb_score_add_chord(score, tick + at - start, text);
        last = chord;
    }
    return status;
}

/* ---- notes ---- */

/* The tones of a chord from its root upward. */
static int tones_of(TbChord chord, int tone[TONES]) {
    const unsigned pitches = tb_chord_pitches(chord);
    int n = 0;
    for (int i = 0; i < TONES; i++)
        if (pitches >> octave(chord.root + i) & 1)
            tone[n++] = octave(chord.root + i);
    return n;
}

int tbi_jam_fit(int pitch, TbChord from, TbKey key_from, TbChord to, TbKey key_to) {
    int a[TONES], b[TONES], target;
    const bool same_key = key_from.tonic == key_to.tonic && key_from.minor == key_to.minor;
    if (same_key && tbi_jam_same_chord(from, to))
        return pitch;
    const int n = tones_of(from, a), m = tones_of(to, b);
    int tone = 0;
    while (tone < n && a[tone] != pitch % 12)
        tone++;
    if (tone < n && m > 0)
        target = tone < m ? b[tone] : b[0];
    else
        target = move_pitch_class(pitch % 12, key_from, key_to);
    return pitch + octave(target - pitch + 5) - 5;
}
