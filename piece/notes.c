/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces from scores. */
#include "piece/notes.h"
#include "base/no_memory.h"
#include "base/search.h"
#include "score/text.h"

#include <stdlib.h>

/* ---- roles ---- */

TbStatus tb_piece_roles(const TbScore *score, TbRole *role) {
    TbStatus status = tb_score_roles(score, role);
    for (size_t i = 0; status == TB_OK && i < score->n_parts; i++)
        if ((role[i] == TB_ROLE_MELODY || role[i] == TB_ROLE_OTHER) &&
            (tbi_name_has(score->parts[i].name, "chord") || tbi_name_has(score->parts[i].name, "arpeggio")))
            role[i] = TB_ROLE_CHORDS;
    return status;
}

/* ---- lines ---- */

static int by_onset(const void *a, const void *b) {
    const PieceNote *x = a, *y = b;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    if (x->pitch != y->pitch)
        return x->pitch < y->pitch ? -1 : 1;
    return x->duration != y->duration ? (x->duration < y->duration ? 1 : -1) : y->velocity - x->velocity;
}

/* Leaves one of equal notes; of a single line the lowest or highest at each onset, cut where the next one starts. */
static void tidy(PieceLine *line) {
    size_t n = 0;
    qsort(line->notes, line->n, sizeof *line->notes, by_onset);
    for (size_t i = 0; i < line->n; i++) {
        const PieceNote note = line->notes[i];
        PieceNote *last = n ? &line->notes[n - 1] : NULL;
        const bool together = last && last->onset == note.onset;
        if (together && (last->pitch == note.pitch || line->role == TB_ROLE_BASS))
            continue;
        if (together && line->role == TB_ROLE_MELODY)
            n--;
        else if (last && piece_is_single(line->role) && last->onset + last->duration > note.onset)
            last->duration = note.onset - last->onset;
        line->notes[n++] = note;
    }
    line->n = n;
    line->flat = true;
    for (size_t i = 1; i < n; i++)
        line->flat &= line->notes[i].velocity == line->notes[0].velocity;
}

/* line[part]: its index. All drums are one line, and so is all bass: one player plays them. */
static void assign_lines(const TbScore *score, const TbRole *role, size_t *line, Piece *p) {
    for (size_t i = 0; i < score->n_parts; i++) {
        size_t k = 0;
        while (k < p->n_lines && (p->lines[k].role != role[i] || (role[i] != TB_ROLE_DRUMS && role[i] != TB_ROLE_BASS)))
            k++;
        line[i] = k;
        if (k == p->n_lines)
            p->lines[p->n_lines++].role = role[i];
    }
}

static void read_notes(const TbScore *score, const size_t *line, const int32_t *step, Piece *p) {
    const TbDrumMap *map = tb_drum_map(NULL);
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *n = &score->notes[i];
        PieceLine *l = &p->lines[line[n->part]];
        const int32_t duration = tb_grid_step(score->ticks_per_quarter, TB_GRID_MELODY, n->duration);
        const int pitch = l->role == TB_ROLE_DRUMS ? tb_drum_class(map, n->pitch) : n->pitch;
        if (pitch < 0 || (l->role != TB_ROLE_DRUMS && (pitch < p->shift || pitch - p->shift > 127)))
            continue;
        l->notes[l->n++] =
            (PieceNote){step[i], duration > 0 ? duration : 1, (uint8_t)pitch, n->velocity ? n->velocity : 1};
    }
}

static TbStatus read_lines(const TbScore *score, const TbRole *role, Piece *p) {
    size_t *line = tbi_arena_alloc(&p->memory, score->n_parts + 1, sizeof *line);
    size_t *count = tbi_arena_alloc(&p->memory, score->n_parts + 1, sizeof *count);
    int32_t *step = tbi_arena_alloc(&p->memory, score->n_notes, sizeof *step);
    p->lines = tbi_arena_alloc(&p->memory, score->n_parts + 1, sizeof *p->lines);
    TbStatus status = p->memory.failed ? tbi_no_memory("for a piece") : tbi_piece_onsets(score, step);
    if (status)
        return status;
    assign_lines(score, role, line, p);
    for (size_t i = 0; i < score->n_notes; i++)
        count[line[score->notes[i].part]]++;
    for (size_t i = 0; i < p->n_lines; i++)
        p->lines[i].notes = tbi_arena_alloc(&p->memory, count[i] + 1, sizeof(PieceNote));
    if (p->memory.failed)
        return tbi_no_memory("for a piece of %zu notes", score->n_notes);
    read_notes(score, line, step, p);
    for (size_t i = 0; i < p->n_lines; i++) {
        tidy(&p->lines[i]);
        p->n_notes += p->lines[i].n;
    }
    return TB_OK;
}

size_t tbi_piece_find(const PieceLine *line, int32_t step) {
    return tbi_lower_bound(line->notes, line->n, sizeof *line->notes, step);
}

/* ---- bars ---- */

static uint8_t metre_class(int32_t steps, TbScoreMetre metre) {
    const bool compound = metre.numerator > 3 && metre.numerator % 3 == 0 && metre.denominator >= 8;
    if (steps < 1 || steps > TB_PIECE_BAR)
        return PIECE_METRES;
    return (uint8_t)((steps % 6 ? 0 : steps / 6) + (compound ? PIECE_METRES / 2 : 0));
}

static TbStatus read_bars(const TbScore *score, int32_t until, Piece *p) {
    TbBars bars;
    TbStatus status = tb_bars_new(score, until, &bars);
    if (status)
        return status;
    p->n_bars = bars.n_bars;
    p->line = tbi_arena_alloc(&p->memory, bars.n_bars + 1, sizeof *p->line);
    p->metre = tbi_arena_alloc(&p->memory, bars.n_bars, sizeof *p->metre);
    for (size_t b = 0; !p->memory.failed && b <= bars.n_bars; b++)
        p->line[b] = tb_grid_step(score->ticks_per_quarter, TB_GRID_MELODY, bars.line[b]);
    for (size_t b = 0; !p->memory.failed && b < bars.n_bars; b++)
        p->metre[b] = metre_class(p->line[b + 1] - p->line[b], tb_bars_metre(&bars, b));
    tb_bars_free(&bars);
    return p->memory.failed ? tbi_no_memory("for a piece of %zu bars", p->n_bars) : TB_OK;
}

/* ---- chords ---- */

static TbStatus find_chords(const TbScore *score, const PieceReading *reading, TbChordSpan **chords, size_t *n) {
    *chords = NULL;
    *n = 0;
    if (score->n_chords == 0 && !reading->find)
        return TB_OK;
    return tb_score_chords(score, true, chords, n);
}

/* Cuts the bars where chords change. */
static TbStatus read_spans(const TbScore *score, const PieceReading *reading, Piece *p) {
    static const TbChord none = {-1, 0, -1};
    const int per_quarter = score->ticks_per_quarter;
    TbChordSpan *chords;
    size_t n, at = 0, used = 0;
    TbStatus status = find_chords(score, reading, &chords, &n);
    if (status)
        return status;
    p->spans = tbi_arena_alloc(&p->memory, p->n_bars + 2 * n + 1, sizeof *p->spans);
    p->first_span = tbi_arena_alloc(&p->memory, p->n_bars + 1, sizeof *p->first_span);
    TbChord chord = none, before = none;
    for (size_t b = 0; !p->memory.failed && b < p->n_bars; b++) {
        p->first_span[b] = used;
        for (int32_t step = p->line[b]; step < p->line[b + 1];) {
            int32_t end = p->line[b + 1];
            while (at < n && tb_grid_step(per_quarter, TB_GRID_MELODY, chords[at].tick) <= step)
                chord = chords[at++].chord;
            int32_t next = at < n ? tb_grid_step(per_quarter, TB_GRID_MELODY, chords[at].tick) : end;
            if (reading->chords_end > 0) { /* what stood before does not go on after it */
                const int32_t stop = tb_grid_step(per_quarter, TB_GRID_MELODY, reading->chords_end);
                const bool begun = at > 0 && chords[at - 1].tick < reading->chords_end;
                if (begun && step >= stop)
                    chord = none;
                else if (begun && stop < next)
                    next = stop;
            }
            end = next < end ? next : end;
            p->spans[used++] = (PieceSpan){step, end, b, chord, !piece_same_chord(chord, before)};
            before = chord;
            step = end;
        }
    }
    if (!p->memory.failed)
        p->first_span[p->n_bars] = used;
    free(chords);
    return p->memory.failed ? tbi_no_memory("for a piece of %zu bars", p->n_bars) : TB_OK;
}

/* ---- the whole ---- */

static TbStatus read_key(const TbScore *score, bool find, Piece *p) {
    if (!find && score->n_keys > 0) {
        const int major = ((score->keys[0].sharps * 7) % 12 + 12) % 12;
        p->key = (TbKey){(major + (score->keys[0].minor ? 9 : 0)) % 12, score->keys[0].minor, 1};
    } else {
        TbStatus status = tb_score_key(score, TB_SCOPE_ALL, &p->key);
        if (status)
            return status;
        p->key.tonic = p->key.tonic < 0 ? 0 : p->key.tonic;
    }
    p->shift = p->key.tonic > 6 ? p->key.tonic - 12 : p->key.tonic;
    return TB_OK;
}

TbStatus tbi_piece_read(const TbScore *score, const PieceReading *reading, Piece *p) {
    const int32_t last = tb_score_last_off(score);
    *p = (Piece){.tempo = 6e7 / score->tempos[0].us_per_quarter};
    TbRole *role = tbi_arena_alloc(&p->memory, score->n_parts + 1, sizeof *role);
    TbStatus status = role ? TB_OK : tbi_no_memory("for a piece");
    if (status == TB_OK && !reading->role)
        status = tb_piece_roles(score, role);
    status = status ? status : read_key(score, reading->find, p);
    status = status ? status : read_lines(score, reading->role ? reading->role : role, p);
    status = status ? status : read_bars(score, reading->until > 0 ? reading->until : last, p);
    if (status == TB_OK && p->n_bars > TB_PIECE_BARS)
        status =
            tb_fail(TB_ERR_UNSUPPORTED, "This piece has %zu bars; give one of up to %d.", p->n_bars, TB_PIECE_BARS);
    status = status ? status : read_spans(score, reading, p);
    if (status)
        tbi_piece_free(p);
    return status;
}

void tbi_piece_free(Piece *p) {
    tbi_arena_free(&p->memory);
    *p = (Piece){0};
}
