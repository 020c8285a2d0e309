/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/chords.h"
#include "base/search.h"

static int bits(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

TbChord tbi_melody_name_chord(unsigned pitches, int lowest) {
    TbChord best = {.root = -1, .bass = -1};
    int most = -1000;
    for (int kind = 0; kind < TB_CHORD_KINDS; kind++)
        for (int root = 0; root < 12; root++) {
            const TbChord chord = {(int8_t)root, (uint8_t)kind, -1};
            const unsigned notes = tb_chord_pitches(chord);
            const int score = 4 * bits(notes & pitches) - 3 * bits(notes ^ pitches) + (root == lowest);
            if (score > most)
                most = score, best = chord;
        }
    return best;
}

static void add(TbMelodyChord chord, TbMelodyChord *chords, size_t *n) {
    if (*n && chords[*n - 1].step == chord.step)
        (*n)--;
    if (*n && chords[*n - 1].chord.root == chord.chord.root && chords[*n - 1].chord.kind == chord.chord.kind)
        return; /* the same goes on */
    chords[(*n)++] = chord;
}

size_t tbi_melody_chords(const TbScore *score, const TbRole *role, TbMelodyChord *chords) {
    size_t n = 0;
    for (size_t i = 0; i < score->n_chords; i++) {
        TbMelodyChord chord = {tb_grid_step(score->ticks_per_quarter, TB_GRID_MELODY, score->chords[i].tick),
                               {.root = -1, .bass = -1}};
        if (tb_chord_parse(score->chords[i].text, &chord.chord))
            add(chord, chords, &n);
    }
    for (size_t i = 0; score->n_chords == 0 && i < score->n_notes; i++) {
        const int32_t onset = score->notes[i].onset;
        unsigned pitches = 0;
        int lowest = 128;
        for (; i < score->n_notes && score->notes[i].onset == onset; i++) {
            const TbScoreNote *note = &score->notes[i];
            if (role[note->part] != TB_ROLE_CHORDS)
                continue;
            pitches |= 1u << note->pitch % 12;
            lowest = note->pitch < lowest ? note->pitch : lowest;
        }
        i--;
        if (pitches)
            add((TbMelodyChord){tb_grid_step(score->ticks_per_quarter, TB_GRID_MELODY, onset),
                                tbi_melody_name_chord(pitches, lowest % 12)},
                chords, &n);
    }
    return n;
}

TbChord tbi_melody_chord_at(const TbMelody *m, int32_t step) {
    const size_t n = tbi_lower_bound(m->chords, m->n_chords, sizeof *m->chords, step + 1); /* that have started */
    return n ? m->chords[n - 1].chord : (TbChord){.root = -1, .bass = -1};
}

double tbi_melody_turn(int32_t bar) {
    double turn = 0, part = 0.5;
    for (; bar > 0; bar >>= 1, part /= 2)
        turn += bar & 1 ? part : 0;
    return turn;
}

MelodyKind tbi_melody_kind(TbChord chord) {
    enum { MINOR_THIRD = 3, THIRD, DIMINISHED_FIFTH = 6, FIFTH, SEVENTH = 10 };
    const unsigned set = tb_chord_pitches(chord), twice = set | set << 12;
    const unsigned from_root = twice >> chord.root;
    const bool minor = from_root >> MINOR_THIRD & 1, major = from_root >> THIRD & 1, fifth = from_root >> FIFTH & 1;
    const bool seventh = from_root >> SEVENTH & 1;
    if (major && (fifth || seventh))
        return seventh ? MELODY_SEVENTH : MELODY_MAJOR;
    if (minor && fifth)
        return seventh ? MELODY_MINOR_SEVENTH : MELODY_MINOR;
    return minor && from_root >> DIMINISHED_FIFTH & 1 ? MELODY_DIMINISHED : MELODY_OTHER;
}
