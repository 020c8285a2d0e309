/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last touch: new notes do not change given ones, nothing lasts beyond the end, parts are in order. */
#include "base/no_memory.h"
#include "compose/draft.h"

/* A given note that rings on into the new bars delays a new one of its key, or takes its place. */
static void ring_on(Draft *d) {
    TbScore *s = &d->score;
    const int32_t line = d->lines.line[d->given_bars];
    for (size_t i = 0; i < s->n_notes && s->notes[i].onset < line; i++) {
        const TbScoreNote *given = &s->notes[i];
        const int32_t off = given->onset + given->duration;
        for (size_t k = i + 1; off > line && k < s->n_notes; k++) {
            TbScoreNote *note = &s->notes[k];
            if (note->onset < line || note->onset >= off || note->pitch != given->pitch ||
                s->parts[note->part].channel != s->parts[given->part].channel)
                continue;
            const int32_t end = note->onset + note->duration;
            note->velocity = end > off ? note->velocity : 0;
            note->onset = off;
            note->duration = end - off;
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].velocity)
            s->notes[n++] = s->notes[i];
    s->n_notes = n;
}

static void drop_empty_parts(TbScore *s, bool *keep) {
    memset(keep, 0, s->n_parts * sizeof *keep);
    for (size_t i = 0; i < s->n_notes; i++)
        keep[s->notes[i].part] = true;
    tb_score_keep_parts(s, keep);
}

TbStatus tbi_draft_finish(Draft *d) {
    TbScore *s = &d->score;
    TbArena memory = {0};
    bool *keep = tbi_arena_alloc(&memory, s->n_parts + 1, sizeof *keep);
    if (memory.failed)
        return tbi_no_memory("to finish a track");
    s->end = d->lines.line[d->bars];
    if (d->given_bars && d->given_bars < d->bars)
        ring_on(d);
    for (size_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].duration > s->end - s->notes[i].onset)
            s->notes[i].duration = s->end - s->notes[i].onset;
    tb_score_tidy(s, NULL);
    drop_empty_parts(s, keep);
    tbi_arena_free(&memory);
    if (!d->o.primer || !d->o.without_primer)
        return TB_OK;
    TbScore cut;
    TbStatus status = tb_score_cut(s, (size_t)d->given_bars, (size_t)(d->bars - d->given_bars), &cut);
    if (status)
        return status;
    tb_score_free(s);
    *s = cut;
    return TB_OK;
}
