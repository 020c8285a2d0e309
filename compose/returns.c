/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phrases that return get the accompaniment that they had before, where the chords are the same. */
#include "compose/draft.h"
#include "melody/chords.h"

static const float SHARE = 0.75f; /* of the phrases; the others are accompanied anew */

static bool same_chords(const TbMelody *m, int a, int b) {
    const int32_t length = m->line[a + 1] - m->line[a];
    for (int32_t step = 0; step < length; step += TB_GRID_MELODY / 2) {
        const TbChord x = tbi_melody_chord_at(m, m->line[a] + step), y = tbi_melody_chord_at(m, m->line[b] + step);
        if (x.root != y.root || x.kind != y.kind)
            return false;
    }
    return length == m->line[b + 1] - m->line[b];
}

void tbi_draft_returns(const Draft *d, size_t *returns) {
    TbRng rng;
    tb_rng_seed(&rng, tbi_draft_seed(d, STAGE_RETURNS));
    for (int b = 0; b < d->bars; b++)
        returns[b] = (size_t)b;
    for (int i = 1; d->returns && i < d->n_phrases; i++) {
        const bool anew = tb_rng_uniform(&rng) >= SHARE;
        int k = i - 1;
        while (k >= 0 && d->letter[k] != d->letter[i])
            k--;
        const int to = tbi_phrase_first(d, i), from = tbi_phrase_first(d, k), n = tbi_phrase_end(d, i) - to;
        for (int b = 0; !anew && k >= 0 && b < n; b++)
            if (same_chords(&d->melody, to + b, from + b))
                returns[to + b] = (size_t)(from + b);
    }
}
