/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies from scores. */
#include "base/arena.h"
#include "base/no_memory.h"
#include "melody/chords.h"
#include "melody/line.h"
#include "score/edit.h"

#include <stdlib.h>

void tb_melody_free(TbMelody *m) {
    if (!m)
        return;
    free(m->line);
    free(m->notes);
    free(m->chords);
    memset(m, 0, sizeof *m);
}

void tbi_melody_copy_bars(const TbMelody *from, TbMelody *to) {
    to->numerator = from->numerator;
    to->denominator = from->denominator;
    to->key = from->key;
    to->n_bars = from->n_bars;
    memcpy(to->line, from->line, ((size_t)from->n_bars + 1) * sizeof *to->line);
}

TbStatus tbi_melody_allocate(TbMelody *m, size_t bars, size_t notes, size_t chords) {
    m->line = calloc(bars + 1, sizeof *m->line);
    m->notes = calloc(notes + 1, sizeof *m->notes);
    m->chords = calloc(chords + 1, sizeof *m->chords);
    if (m->line && m->notes && m->chords)
        return TB_OK;
    tb_melody_free(m);
    return tbi_no_memory("for a melody of %zu notes", notes);
}

/* ---- the line ---- */

static bool is_of_line(const TbRole *role, bool melody, size_t part) {
    return melody ? role[part] == TB_ROLE_MELODY : role[part] != TB_ROLE_CHORDS && role[part] != TB_ROLE_DRUMS;
}

/* Appends a note; those that start together leave the highest. Notes come in order of onset. */
static void append(MelodyLine *line, TbMelodyNote note) {
    TbMelodyNote *last = line->n_notes ? &line->notes[line->n_notes - 1] : NULL;
    if (last && last->onset == note.onset) {
        if (note.pitch > last->pitch)
            *last = note;
        return;
    }
    if (last && last->onset + last->duration > note.onset)
        last->duration = note.onset - last->onset;
    line->notes[line->n_notes++] = note;
}

static void take_notes(const TbScore *score, const TbRole *role, MelodyLine *line) {
    const int per_quarter = score->ticks_per_quarter;
    bool melody = false;
    for (size_t i = 0; i < score->n_parts; i++)
        melody |= role[i] == TB_ROLE_MELODY;
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *n = &score->notes[i];
        if (!is_of_line(role, melody, n->part))
            continue;
        const int32_t onset = tb_grid_step(per_quarter, TB_GRID_MELODY, n->onset);
        const int32_t end = tb_grid_step(per_quarter, TB_GRID_MELODY, n->onset + n->duration);
        append(line, (TbMelodyNote){onset, end > onset ? end - onset : 1, n->pitch, n->velocity});
    }
}

static TbStatus take_bars(const TbScore *score, MelodyLine *line, TbArena *memory) {
    TbBars bars;
    TbStatus status = tb_bars_new(score, tb_score_last_off(score), &bars);
    if (status)
        return status;
    line->n_bars = bars.n_bars;
    line->line = tbi_arena_alloc(memory, bars.n_bars + 1, sizeof *line->line);
    line->metre = tbi_arena_alloc(memory, bars.n_bars + 1, sizeof *line->metre);
    for (size_t b = 0; !memory->failed && b <= bars.n_bars; b++) {
        line->line[b] = tb_grid_step(score->ticks_per_quarter, TB_GRID_MELODY, bars.line[b]);
        line->metre[b] = tb_bars_metre(&bars, b < bars.n_bars ? b : bars.n_bars - 1);
    }
    tb_bars_free(&bars);
    return memory->failed ? tbi_no_memory("for a melody") : TB_OK;
}

TbStatus tbi_melody_line_new(const TbScore *score, MelodyLine *line) {
    memset(line, 0, sizeof *line);
    TbRole *role = tbi_arena_alloc(&line->memory, score->n_parts + 1, sizeof *role);
    line->notes = tbi_arena_alloc(&line->memory, score->n_notes + 1, sizeof *line->notes);
    line->chords = tbi_arena_alloc(&line->memory, score->n_notes + score->n_chords + 1, sizeof *line->chords);
    TbStatus status = line->memory.failed ? tbi_no_memory("for a melody") : tb_score_roles(score, role);
    status = status ? status : take_bars(score, line, &line->memory);
    status = status ? status : tb_score_key(score, TB_SCOPE_ALL, &line->key);
    if (status) {
        tbi_melody_line_free(line);
        return status;
    }
    take_notes(score, role, line);
    line->n_chords = tbi_melody_chords(score, role, line->chords);
    return TB_OK;
}

void tbi_melody_line_free(MelodyLine *line) {
    tbi_arena_free(&line->memory);
}

/* ---- bars of it ---- */

/* The metre that most of the bars have. */
static TbScoreMetre main_metre(const MelodyLine *line, size_t first, size_t n) {
    TbScoreMetre best = line->metre[first];
    size_t most = 0;
    for (size_t i = first; i < first + n; i++) {
        size_t same = 0;
        if (i > first && line->metre[i].numerator == line->metre[i - 1].numerator &&
            line->metre[i].denominator == line->metre[i - 1].denominator)
            continue;
        for (size_t k = first; k < first + n; k++)
            same += line->metre[k].numerator == line->metre[i].numerator &&
                    line->metre[k].denominator == line->metre[i].denominator;
        if (same > most)
            most = same, best = line->metre[i];
    }
    return best;
}

static void copy_chords(const MelodyLine *line, int32_t start, int32_t end, TbMelody *m) {
    for (size_t i = 0; i < line->n_chords && line->chords[i].step < end; i++) {
        const TbMelodyChord chord = line->chords[i];
        const int32_t step = chord.step > start ? chord.step - start : 0;
        if (m->n_chords && m->chords[m->n_chords - 1].step == step)
            m->n_chords--; /* an earlier one that has ended before the first bar */
        m->chords[m->n_chords++] = (TbMelodyChord){step, chord.chord};
    }
}

TbStatus tbi_melody_cut(const MelodyLine *line, size_t first, size_t n, TbMelody *m) {
    memset(m, 0, sizeof *m);
    if (n == 0 || n > TB_MELODY_BARS || line->n_notes > TB_MELODY_NOTES)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "A melody of %zu bars and %zu notes is too long; %d bars and %d notes are "
                       "the most.",
                       n, line->n_notes, TB_MELODY_BARS, TB_MELODY_NOTES);
    const int32_t start = line->line[first], end = line->line[first + n];
    for (size_t b = first; b < first + n; b++)
        if (line->line[b + 1] <= line->line[b] || line->line[b + 1] - line->line[b] > TB_MELODY_BAR)
            return tb_fail(TB_ERR_UNSUPPORTED, "Bar %zu is in %d/%d; melodies have bars of up to 4/2.", b + 1,
                           line->metre[b].numerator, line->metre[b].denominator);
    TbStatus status = tbi_melody_allocate(m, n, line->n_notes, line->n_chords);
    if (status)
        return status;
    const TbScoreMetre metre = main_metre(line, first, n);
    m->numerator = metre.numerator;
    m->denominator = metre.denominator;
    m->key = line->key;
    if (m->key.tonic < 0)
        m->key.tonic = 0;
    m->n_bars = (int32_t)n;
    for (size_t b = 0; b <= n; b++)
        m->line[b] = line->line[first + b] - start;
    for (size_t i = 0; i < line->n_notes; i++) {
        TbMelodyNote note = line->notes[i];
        if (note.onset < start || note.onset >= end)
            continue;
        if (note.onset + note.duration > end)
            note.duration = end - note.onset;
        note.onset -= start;
        note.velocity = note.velocity ? note.velocity : 1;
        m->notes[m->n_notes++] = note;
    }
    copy_chords(line, start, end, m);
    return TB_OK;
}

TbStatus tb_melody_from_score(const TbScore *score, size_t first, size_t n, TbMelody *melody) {
    MelodyLine line;
    memset(melody, 0, sizeof *melody);
    TbStatus status = tbi_melody_line_new(score, &line);
    if (status)
        return status;
    status = tbi_bars_check(first, n ? n : 1, line.n_bars);
    status = status ? status : tbi_melody_cut(&line, first, n ? n : line.n_bars - first, melody);
    if (status == TB_OK && melody->n_notes == 0) {
        tb_melody_free(melody);
        status = tb_fail(TB_ERR_EMPTY, "There is no melody in these bars; choose others.");
    }
    tbi_melody_line_free(&line);
    return status;
}
