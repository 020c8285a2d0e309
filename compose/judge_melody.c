/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well a drawn melody fits the plan: drafts that do not are put aside. */
#include "compose/draft.h"
#include "melody/chords.h"

static bool is_key(const Draft *d, TbKey found) {
    return found.tonic == d->key.tonic && found.minor == d->key.minor;
}

/* The share of the notes on the first beat and in the middle of bars that are in the chord. */
static double strong_chord_tones(const Draft *d) {
    const TbMelody *m = &d->melody;
    const int32_t bar = d->numerator * 4 * TB_GRID_MELODY / d->denominator;
    const int32_t strong = d->numerator % 2 == 0 && d->numerator > 2 ? bar / 2 : bar, start = m->line[d->first];
    double n = 0, inside = 0;
    for (size_t i = 0; i < m->n_notes; i++) {
        const int32_t place = m->notes[i].onset - start;
        const TbChord chord = tbi_melody_chord_at(m, m->notes[i].onset);
        if (place < 0 || place % strong || chord.root < 0)
            continue;
        n++;
        inside += tb_chord_pitches(chord) >> m->notes[i].pitch % 12 & 1;
    }
    return n > 0 ? inside / n : 1;
}

/* The melody and, as whole notes, its chords. */
static TbStatus with_chords(const TbMelody *m, TbScore *score) {
    enum { TICKS_A_STEP = 40 }; /* of tb_melody_to_score */
    size_t part;
    TbStatus status = tb_score_add_part(score, "chords", 0, 1, &part);
    for (size_t i = 0; status == TB_OK && i < m->n_chords; i++) {
        const unsigned pitches = tb_chord_pitches(m->chords[i].chord);
        const int32_t start = m->chords[i].step, end = i + 1 < m->n_chords ? m->chords[i + 1].step : m->line[m->n_bars];
        for (int k = 0; status == TB_OK && k < 12; k++)
            if (pitches >> k & 1)
                status = tb_score_add_note(score, (TbScoreNote){TICKS_A_STEP * start, TICKS_A_STEP * (end - start),
                                                                (uint8_t)(48 + k), 80, (uint16_t)part});
    }
    tb_score_sort(score);
    return status;
}

TbStatus tbi_draft_judge(const Draft *d, double *value) {
    TbScore score;
    TbKey alone, together;
    TbStatus status = tb_melody_to_score(&d->melody, &score);
    if (status)
        return status;
    status = tb_score_key(&score, TB_SCOPE_MELODY, &alone);
    status = status ? status : with_chords(&d->melody, &score);
    status = status ? status : tb_score_key(&score, TB_SCOPE_ALL, &together);
    if (status == TB_OK)
        *value = 2 * is_key(d, together) + is_key(d, alone) + strong_chord_tones(d);
    tb_score_free(&score);
    return status;
}
