/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is counted in the melodies learned from. */
#include "melody/model.h"

/* Each row of counts, with a little for what was never seen, becomes shares. */
static void shares(float *counts, size_t rows, size_t n, float unseen) {
    for (size_t row = 0; row < rows; row++, counts += n) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += (double)(counts[k] += unseen);
        for (size_t k = 0; k < n && sum > 0; k++)
            counts[k] = (float)((double)counts[k] / sum);
    }
}

static void count_chords(const TbMelody *m, MelodyFacts *f) {
    const int tonic = m->key.tonic;
    for (size_t i = 1; i < m->n_chords; i++) {
        const TbChord a = m->chords[i - 1].chord, b = m->chords[i].chord;
        if (a.root >= 0 && b.root >= 0)
            f->chords[((a.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(a)) * MELODY_CHORDS +
                      (b.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(b)]++;
    }
    for (size_t i = 0; i < m->n_notes; i++) {
        const TbMelodyNote *n = &m->notes[i];
        const TbChord chord = tbi_melody_chord_at(m, n->onset);
        if (chord.root >= 0)
            f->notes[(int)tbi_melody_kind(chord) * 12 + (n->pitch - chord.root + 12) % 12] += (float)n->duration;
    }
}

void tbi_melody_count_facts(TbMelodyModel *model, const TbMelodySet *set, const TbMelodySet *also) {
    MelodyFacts *f = &model->facts;
    static const float UNSEEN = 0.05f;
    memset(f->slab, 0, f->table.n_params * sizeof *f->slab);
    for (size_t i = 0; i < set->part[false].n; i++) {
        const TbMelody *m = &set->part[false].example[i].melody;
        uint8_t lag[TB_MELODY_BARS];
        tbi_melody_find_lags(m, lag);
        tbi_melody_count_lags(lag, (size_t)m->n_bars, f->lags);
        count_chords(m, f);
    }
    for (size_t i = 0; also && i < also->part[false].n; i++)
        count_chords(&also->part[false].example[i].melody, f);
    shares(f->lags, MELODY_PLAN_PHRASE * MELODY_PLAN_LAGS, MELODY_PLAN_LAGS, 0);
    shares(f->chords, MELODY_CHORDS, MELODY_CHORDS, UNSEEN);
    shares(f->notes, MELODY_KINDS, 12, UNSEEN);
}

float tbi_melody_chord_share(const TbMelodyModel *model, int tonic, TbChord a, TbChord b) {
    const int from = (a.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(a);
    const int to = (b.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(b);
    return model->facts.chords[from * MELODY_CHORDS + to];
}
