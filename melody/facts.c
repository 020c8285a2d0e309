/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is counted in the melodies learned from. */
#include "base/compare.h"
#include "base/no_memory.h"
#include "melody/model.h"

#include <math.h>
#include <stdlib.h>

enum { MELODY_PHRASES = 64 /* of a melody are looked at */ };

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

/* The mean latent vectors of melodies at equal distances in the set, each with its metre; and how far phrases are off.
 */
static void remember_phrases(TbMelodyModel *model, const MelodyExamples *e) {
    MelodyFacts *f = &model->facts;
    double squares[MELODY_LATENT] = {0}, weight = 0;
    for (size_t k = 0; k < MELODY_BANK; k++) {
        const MelodyExample *example = &e->example[k * e->n / MELODY_BANK];
        float mu[MELODY_PHRASES * MELODY_LATENT], *mean = f->phrases + k * MELODY_LATENT;
        size_t notes[MELODY_PHRASES], n = (size_t)example->steps[example->n - 1].phrase + 1, n_notes = 0;
        n = n < MELODY_PHRASES ? n : MELODY_PHRASES;
        f->metres[k] = (float)tbi_melody_metre_class(example->melody.numerator, example->melody.denominator);
        tbi_melody_encode(&model->at.latent, model->params, example->steps, example->n, n, mu, notes);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < MELODY_LATENT; j++)
                mean[j] += (float)notes[i] * mu[i * MELODY_LATENT + j];
            n_notes += notes[i];
        }
        for (size_t j = 0; j < MELODY_LATENT; j++) {
            mean[j] /= (float)n_notes;
            for (size_t i = 0; i < n; i++)
                squares[j] += (double)notes[i] * pow((double)(mu[i * MELODY_LATENT + j] - mean[j]), 2);
        }
        weight += (double)n_notes;
    }
    for (size_t j = 0; j < MELODY_LATENT; j++)
        f->spread[j] = (float)sqrt(squares[j] / weight);
}

static double density_of(const TbMelody *m) {
    int32_t bars = 0, before = -1;
    for (size_t i = 0; i < m->n_notes; i++) {
        const int32_t bar = tbi_melody_bar_at(m, m->notes[i].onset);
        bars += bar != before;
        before = bar;
    }
    return (double)m->n_notes / (double)bars;
}

/* Of each metre; rare ones have that of all. found: [n]. */
static void count_density(const MelodyExamples *e, MelodyFacts *f, double *found) {
    enum { FEW = 10, ALL = -1 };
    for (int metre = ALL; metre < MELODY_METRES; metre++) {
        size_t n = 0;
        for (size_t i = 0; i < e->n; i++) {
            const TbMelody *m = &e->example[i].melody;
            if (metre == ALL || tbi_melody_metre_class(m->numerator, m->denominator) == metre)
                found[n++] = density_of(m);
        }
        qsort(found, n, sizeof *found, tbi_compare_doubles);
        for (int k = metre == ALL ? 0 : metre; n && k < MELODY_METRES && (metre == ALL || (k == metre && n >= FEW));
             k++) {
            f->density[2 * k] = (float)found[n / 5];
            f->density[2 * k + 1] = (float)found[n - 1 - n / 5];
        }
    }
}

TbStatus tbi_melody_count_facts(TbMelodyModel *model, const TbMelodySet *set, const TbMelodySet *also) {
    MelodyFacts *f = &model->facts;
    static const float UNSEEN = 0.05f;
    double *found = malloc((set->part[false].n + 1) * sizeof *found);
    if (!found)
        return tbi_no_memory("to count what melodies have");
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
    remember_phrases(model, &set->part[false]);
    count_density(&set->part[false], f, found);
    free(found);
    shares(f->lags, MELODY_PLAN_PHRASE * MELODY_PLAN_LAGS, MELODY_PLAN_LAGS, 0);
    shares(f->chords, MELODY_CHORDS, MELODY_CHORDS, UNSEEN);
    shares(f->notes, MELODY_KINDS, 12, UNSEEN);
    return TB_OK;
}

float tbi_melody_chord_share(const TbMelodyModel *model, int tonic, TbChord a, TbChord b) {
    const int from = (a.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(a);
    const int to = (b.root - tonic + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(b);
    return model->facts.chords[from * MELODY_CHORDS + to];
}
