/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phrases that return get the accompaniment that they had before, where the chords are the same. */
#include "compose/draft.h"
#include "melody/chords.h"
#include "score/edit.h"

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

/* The notes of a role in bars to .. to + n - 1 become those of bars from .. from + n - 1. */
static TbStatus copy_bars(Draft *d, TbRole role, int from, int to, int n) {
    const int32_t *line = d->lines.line;
    TbScore *s = &d->score;
    const int32_t start = line[to], end = line[to + n], shift = start - line[from];
    tbi_score_clear(s, d->part[role], start, end);
    const size_t kept = s->n_notes;
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < kept; i++) {
        TbScoreNote note = s->notes[i];
        if (note.part != d->part[role] || note.onset < line[from] || note.onset >= line[from + n])
            continue;
        note.onset += shift;
        if (note.duration > end - note.onset)
            note.duration = end - note.onset;
        status = tb_score_add_note(s, note);
    }
    tb_score_sort(s);
    return status;
}

TbStatus tbi_draft_return_parts(Draft *d, TbRole role) {
    TbRng rng;
    TbStatus status = TB_OK;
    tb_rng_seed(&rng, tbi_draft_seed(d, STAGE_RETURNS));
    for (int i = 1; d->returns && i < d->n_phrases; i++) {
        const bool anew = tb_rng_uniform(&rng) >= SHARE;
        int k = i - 1;
        while (k >= 0 && d->letter[k] != d->letter[i])
            k--;
        const int first = tbi_phrase_first(d, i), n = tbi_phrase_end(d, i) - first;
        for (int b = 0; !anew && k >= 0 && status == TB_OK && b < n; b++) {
            int run = 0;
            while (b + run < n && same_chords(&d->melody, first + b + run, tbi_phrase_first(d, k) + b + run))
                run++;
            if (run > 0)
                status = copy_bars(d, role, tbi_phrase_first(d, k) + b, first + b, run);
            b += run;
        }
    }
    return status;
}
