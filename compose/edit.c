/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compose/edit.h"
#include "base/no_memory.h"

static TbStatus find_parts(ScoreEdit *e) {
    const TbScore *s = &e->score;
    size_t *notes = tbi_arena_alloc(&e->memory, s->n_parts + 1, sizeof *notes);
    e->role = tbi_arena_alloc(&e->memory, s->n_parts + 1, sizeof *e->role);
    TbStatus status = e->memory.failed ? tbi_no_memory("to change a score") : tb_score_roles(s, e->role);
    for (int role = 0; role <= TB_ROLE_DRUMS; role++)
        e->part[role] = SIZE_MAX;
    if (status)
        return status;
    for (size_t i = 0; i < s->n_notes; i++)
        notes[s->notes[i].part]++;
    for (size_t i = 0; i < s->n_parts; i++) {
        size_t *best = &e->part[e->role[i]];
        if (notes[i] > (*best == SIZE_MAX ? 0 : notes[*best]))
            *best = i;
    }
    return TB_OK;
}

TbStatus tbi_edit_begin(const TbScore *score, ScoreEdit *e) {
    memset(e, 0, sizeof *e);
    if (score->n_notes == 0)
        return tb_fail(TB_ERR_EMPTY, "This piece has no notes; give one with notes.");
    TbStatus status = tb_score_copy(score, &e->score);
    if (status)
        return status;
    const int32_t last = tb_score_last_off(score);
    tb_score_sort(&e->score);
    status = find_parts(e);
    status = status ? status : tb_bars_new(&e->score, score->end > last ? score->end : last, &e->lines);
    if (status)
        tbi_edit_end(e);
    return status;
}

void tbi_edit_end(ScoreEdit *e) {
    tb_bars_free(&e->lines);
    tb_score_free(&e->score);
    tbi_arena_free(&e->memory);
}

void tbi_edit_finish(ScoreEdit *e, TbScore *out) {
    e->score.end = e->lines.line[e->lines.n_bars];
    for (size_t i = 0; i < e->score.n_notes; i++)
        if (e->score.notes[i].duration > e->score.end - e->score.notes[i].onset)
            e->score.notes[i].duration = e->score.end - e->score.notes[i].onset;
    tb_score_tidy(&e->score, NULL);
    *out = e->score;
    memset(&e->score, 0, sizeof e->score);
    tbi_edit_end(e);
}

int32_t tbi_edit_from(const ScoreEdit *e, TbRole role, size_t bar) {
    const int quarter = e->score.ticks_per_quarter, early = role == TB_ROLE_DRUMS ? quarter / 8 : quarter / 13;
    return bar == 0 ? INT32_MIN : bar < e->lines.n_bars ? e->lines.line[bar] - early : INT32_MAX;
}

void tbi_edit_clear(ScoreEdit *e, TbRole role, const TbDrumMap *map, size_t first, size_t end) {
    const int32_t from = tbi_edit_from(e, role, first), to = tbi_edit_from(e, role, end);
    size_t n = 0;
    for (size_t i = 0; i < e->score.n_notes; i++) {
        const TbScoreNote *note = &e->score.notes[i];
        if (e->role[note->part] != role || note->onset < from || note->onset >= to ||
            (map && tb_drum_class(map, note->pitch) < 0))
            e->score.notes[n++] = *note;
    }
    e->score.n_notes = n;
}
