/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a listener would say of pieces whose answers are known: roles, key, chords, form, swing. */
#include "tests/score_pieces.h"

#include <math.h>

enum { TPQ = 480, BAR = 4 * TPQ };

static TbScore song(void) {
    TbScore s;
    piece_ok(tb_score_new(TPQ, &s));
    return s;
}

static uint16_t part(TbScore *s, const char *name, int program, int channel) {
    size_t p;
    piece_ok(tb_score_add_part(s, name, program, channel, &p));
    return (uint16_t)p;
}

static void note(TbScore *s, uint16_t p, double quarter, double quarters, int pitch) {
    piece_ok(tb_score_add_note(
        s, (TbScoreNote){(int32_t)lrint(quarter * TPQ), (int32_t)lrint(quarters * TPQ), (uint8_t)pitch, 80, p}));
}

/* Close triads with their root in the octave of `low`. */
static void triad(TbScore *s, uint16_t p, double quarter, double quarters, int root, bool minor) {
    note(s, p, quarter, quarters, root);
    note(s, p, quarter, quarters, root + (minor ? 3 : 4));
    note(s, p, quarter, quarters, root + 7);
}

static void expect_roles(const TbScore *s, const TbRole *expected) {
    TbRole role[16];
    piece_ok(tb_score_roles(s, role));
    for (size_t p = 0; p < s->n_parts; p++)
        assert_string_equal(tb_role_name(role[p]), tb_role_name(expected[p]));
}

static void test_roles(void **state) {
    (void)state;
    TbScore s = song();
    uint16_t high = part(&s, "Lead", -1, 0), low = part(&s, "", -1, 1), mid = part(&s, "", -1, 2);
    uint16_t pad = part(&s, "", -1, 3), drums = part(&s, "", -1, TB_SCORE_DRUM_CHANNEL);
    for (int i = 0; i < 8; i++) {
        note(&s, high, i, 1, 72 + i);
        note(&s, low, i, 1, 36 + i % 3);
        note(&s, mid, i, 1, 60);
        triad(&s, pad, i, 1, 60, i % 2);
        note(&s, drums, i, 1, 36);
    }
    tb_score_sort(&s);
    expect_roles(&s, (TbRole[]){TB_ROLE_MELODY, TB_ROLE_BASS, TB_ROLE_OTHER, TB_ROLE_CHORDS, TB_ROLE_DRUMS});
    strcpy(s.parts[mid].name, "My BASS"); /* names and programs say more than pitch */
    s.parts[mid].program = 0;
    for (size_t i = 0; i < s.n_notes; i++)
        s.notes[i].pitch -= s.notes[i].part == mid ? 12 : 0;
    expect_roles(&s, (TbRole[]){TB_ROLE_MELODY, TB_ROLE_OTHER, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_DRUMS});
    strcpy(s.parts[high].name, "Chords!");
    expect_roles(&s, (TbRole[]){TB_ROLE_CHORDS, TB_ROLE_MELODY, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_DRUMS});
    tb_score_free(&s);
}

static void expect_key(const TbScore *s, const char *expected) {
    TbKey key;
    char name[TB_CHORD_TEXT];
    piece_ok(tb_score_key(s, TB_SCOPE_ALL, &key));
    tb_key_name(key, name);
    assert_string_equal(name, expected);
}

/* Cadences I IV V I in all keys. */
static void test_keys(void **state) {
    (void)state;
    static const char *const names[2][12] = {{"C major", "C# major", "D major", "Eb major", "E major", "F major",
                                              "F# major", "G major", "Ab major", "A major", "Bb major", "B major"},
                                             {"C minor", "C# minor", "D minor", "Eb minor", "E minor", "F minor",
                                              "F# minor", "G minor", "Ab minor", "A minor", "Bb minor", "B minor"}};
    for (int minor = 0; minor < 2; minor++)
        for (int tonic = 0; tonic < 12; tonic++) {
            TbScore s = song();
            uint16_t p = part(&s, "", 0, 0);
            triad(&s, p, 0, 2, 48 + tonic, minor);
            triad(&s, p, 2, 1, 53 + tonic, minor);
            triad(&s, p, 3, 1, 55 + tonic, false);
            triad(&s, p, 4, 4, 48 + tonic, minor);
            tb_score_sort(&s);
            expect_key(&s, names[minor][tonic]);
            tb_score_free(&s);
        }
    TbScore s = song();
    expect_key(&s, "none");
    note(&s, part(&s, "", 0, 0), 0, 1, 60);
    expect_key(&s, "none"); /* one pitch class */
    tb_score_free(&s);
    assert_true(tb_key_flats((TbKey){5, false, 1}) && tb_key_flats((TbKey){2, true, 1}));
    assert_false(tb_key_flats((TbKey){9, true, 1}) || tb_key_flats((TbKey){7, false, 1}));
}

/* The major scale's own profile: C major is the clearest by far; every other key's margin is what it lacks. */
static void test_key_margin(void **state) {
    (void)state;
    static const double weight[12] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
    const double clear = tb_key_margin(weight, (TbKey){0, false, 1});
    assert_true(clear > 0.2 && clear < 1);
    for (int k = 1; k < 24; k++) {
        const double margin = tb_key_margin(weight, (TbKey){k % 12, k >= 12, 1});
        assert_true(margin < -clear + 1e-9);
    }
}

static void expect_chords(const TbScore *s, bool halves, const char *expected) {
    TbChordSpan *chords;
    char text[400] = "", name[TB_CHORD_TEXT];
    size_t n, used = 0;
    piece_ok(tb_score_find_chords(s, halves, &chords, &n));
    for (size_t i = 0; i < n; i++) {
        tb_chord_name(chords[i].chord, true, name);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %d", i ? ", " : "", name,
                                 (int)(chords[i].tick / (BAR / 2)));
        assert_true(chords[i].end > chords[i].tick && (i == 0 || chords[i - 1].end == chords[i].tick));
    }
    free(chords);
    assert_string_equal(text, expected);
}

/* Chords are found from block chords, from broken ones, and over a bass; an empty bar continues the chord. */
static void test_chords(void **state) {
    (void)state;
    static const int roots[] = {48, 57, 53, 55}, minors[] = {0, 1, 0, 0};
    TbScore s = song();
    uint16_t p = part(&s, "", 0, 0);
    expect_chords(&s, true, "");
    for (int b = 0; b < 4; b++)
        triad(&s, p, 4 * b + 8, 4, roots[b], minors[b]); /* after two empty bars */
    note(&s, p, 20, 4, 65);                              /* the seventh of G */
    tb_score_sort(&s);
    expect_chords(&s, true, "C 4, Am 6, F 8, G7 10");
    expect_chords(&s, false, "C 4, Am 6, F 8, G7 10");
    tb_score_free(&s);
    s = song();
    p = part(&s, "", 0, 0);
    uint16_t bass = part(&s, "Bass", 33, 1);
    for (int h = 0; h < 8; h++) { /* two chords a bar, broken */
        static const int half_roots[] = {48, 53, 48, 55, 57, 53, 55, 48};
        for (int i = 0; i < 4; i++)
            note(&s, p, 2 * h + i / 2.0, 0.5,
                 12 + half_roots[h] +
                     (i == 1   ? half_roots[h] == 57 ? 3 : 4
                      : i == 2 ? 7
                      : i == 3 ? 12
                               : 0));
        note(&s, bass, 2 * h, 2, half_roots[h] - 12);
    }
    tb_score_sort(&s);
    expect_chords(&s, true, "C 0, F 1, C 2, G 3, Am 4, F 5, G 6, C 7");
    tb_score_free(&s);
}

/* Symbols in the score are taken as they are. */
static void test_written_chords(void **state) {
    (void)state;
    TbScore s = song();
    TbChordSpan *chords;
    size_t n;
    triad(&s, part(&s, "", 0, 0), 0, 4, 48, false);
    s.end = BAR;
    piece_ok(tb_score_chords(&s, true, &chords, &n));
    assert_true(n == 1 && chords[0].chord.root == 0 && chords[0].end == BAR);
    free(chords);
    piece_ok(tb_score_add_chord(&s, 0, "Dm7"));
    piece_ok(tb_score_add_chord(&s, TPQ, "N.C."));
    piece_ok(tb_score_add_chord(&s, BAR, "G")); /* at the end: no time left */
    piece_ok(tb_score_chords(&s, true, &chords, &n));
    assert_true(n == 2 && chords[0].chord.root == 2 && chords[0].end == TPQ && chords[1].chord.root == -1 &&
                chords[1].end == BAR);
    free(chords);
    tb_score_free(&s);
}

/* Eight phrases of four bars: melodies from a few seeds. */
static TbScore phrases(const char *letters, int first_bar) {
    TbScore s = song();
    uint16_t p = part(&s, "", 0, 0);
    for (int k = 0; letters[k]; k++) {
        TbRng rng;
        tb_rng_seed(&rng, (uint64_t)(letters[k] & ~32)); /* a small letter: as the large, with another last bar */
        for (int i = 0; i < 16; i++) {
            int pitch = 60 + draw(&rng, 15) + (letters[k] >= 'a' && i >= 12 ? 20 : 0);
            if (letters[k] != '-')
                note(&s, p, 4 * (4 * k + first_bar) + i, 1, pitch);
        }
    }
    return s;
}

static void expect_form(const TbScore *s, int bars, const char *expected) {
    char *form;
    piece_ok(tb_score_form(s, bars, &form));
    assert_string_equal(form, expected);
    free(form);
}

static void test_forms(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"XXYX", "A A B A"}, {"XxYX", "A A' B A"}, {"XYZXYZ", "A B C A B C"},
                                           {"X", ""},           {"X-X", "A - A"},     {"xXx", "A A' A"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbScore s = phrases(cases[i][0], 0);
        expect_form(&s, 4, cases[i][1]);
        tb_score_free(&s);
    }
    TbScore s = phrases("XYXY", 1); /* after an upbeat, phrases begin in bar 2 */
    note(&s, 0, 3, 1, 60);
    tb_score_sort(&s);
    expect_form(&s, 4, "A B A B");
    expect_form(&s, 8, "A A");
    char *form;
    assert_int_equal(tb_score_form(&s, 0, &form), TB_ERR_ARGUMENT);
    tb_score_free(&s);
    s = song();
    expect_form(&s, 4, "");
    part(&s, "", -1, TB_SCORE_DRUM_CHANNEL); /* drums alone */
    for (int i = 0; i < 48; i++)
        note(&s, 0, i, 0.25, i / 16 == 1 ? 38 : 36);
    expect_form(&s, 4, "A B A");
    tb_score_free(&s);
}

static void test_swing(void **state) {
    (void)state;
    TbScore s = song();
    uint16_t p = part(&s, "", 0, 0), drums = part(&s, "", -1, TB_SCORE_DRUM_CHANNEL);
    for (int i = 0; i < 7; i++)
        note(&s, p, i + 0.5, 0.25, 60);
    assert_true(isnan(tb_score_swing(&s)));
    note(&s, p, 7.5, 0.25, 60);
    assert_true(fabs(tb_score_swing(&s) - 50) < 1e-9);
    for (int i = 0; i < 8; i++) {
        note(&s, drums, i + 2.0 / 3, 0.25, 42);
        note(&s, drums, i + 0.75, 0.25, 42); /* a 16th is no swung eighth */
    }
    assert_true(fabs(tb_score_swing(&s) - 200.0 / 3) < 0.1);
    tb_score_free(&s);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_roles, test_keys, test_key_margin, test_chords, test_written_chords, test_forms,
                     test_swing);
}
