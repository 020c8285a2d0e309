/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model does with scores. */
#include "base/no_memory.h"
#include "base/options.h"
#include "piece/writer.h"
#include "score/edit.h"

#include <stdlib.h>

enum { ALL_ROLES = (1 << TB_PIECE_ROLES) - 1 };

typedef struct {
    const TbPieceModel *model;
    const TbScore *given;
    TbPieceOptions o;
    TbRole *role; /* [n_parts] */
    TbBars bars;
    unsigned write;
    size_t first, end; /* bars */
    PieceLine made[TB_PIECE_ROLES];
    TbArena memory;
} Job;

/* ---- what is given ---- */

static TbStatus check_options(const TbPieceOptions *o) {
    bool possible = o->temperature >= 0 && o->temperature <= 2 && o->top_p > 0 && o->top_p <= 1 && o->style >= 0 &&
                    o->style < TB_PIECE_STYLES;
    for (int role = 0; role < TB_PIECE_ROLES; role++)
        possible &=
            o->density[role] >= -2 && o->density[role] <= 2 && o->movement[role] >= -2 && o->movement[role] <= 2;
    if (!possible)
        return tb_fail(TB_ERR_ARGUMENT,
                       "Parts are written with a style of 0 to %d, a temperature of 0 to 2, a top-p above 0 and up to "
                       "1, and densities and movements of -2 to 2.",
                       TB_PIECE_STYLES - 1);
    for (int role = 0; role < TB_PIECE_ROLES; role++) {
        const TbPieceRange r = o->range[role];
        if ((r.lowest != 0 || r.highest != 0) && (r.lowest < 0 || r.highest > 127 || r.highest - r.lowest < 12))
            return tb_fail(TB_ERR_ARGUMENT,
                           "Pitches %d to %d are no range for a part; give an octave or more in 0 to 127.", r.lowest,
                           r.highest);
    }
    return TB_OK;
}

static TbStatus find_roles(Job *j) {
    const TbScore *s = j->given;
    j->role = tbi_arena_alloc(&j->memory, s->n_parts + 1, sizeof *j->role);
    if (!j->role)
        return tbi_no_memory("for a piece of %zu parts", s->n_parts);
    if (!j->o.role)
        return tb_piece_roles(s, j->role);
    for (size_t i = 0; i < s->n_parts; i++) {
        const bool drums = s->parts[i].channel == TB_SCORE_DRUM_CHANNEL;
        if ((unsigned)j->o.role[i] >= TB_PIECE_ROLES || (j->o.role[i] == TB_ROLE_DRUMS) != drums)
            return tb_fail(TB_ERR_ARGUMENT,
                           "The role given for part %zu is none, or not that of its channel: parts on the channel of "
                           "drums are drums, and no others.",
                           i + 1);
        j->role[i] = j->o.role[i];
    }
    return TB_OK;
}

/* Ends without bars, roles and arrays on failure. */
static TbStatus start(Job *j, const TbPieceModel *model, const TbScore *given, const TbPieceOptions *options) {
    *j = (Job){.model = model, .given = given};
    const int32_t last = tb_score_last_off(given);
    TbStatus status = tbi_options_read(options, &j->o, sizeof j->o);
    status = status ? status : check_options(&j->o);
    status = status ? status : find_roles(j);
    return status ? status : tb_bars_new(given, given->end > last ? given->end : last, &j->bars);
}

static void finish(Job *j) {
    tb_bars_free(&j->bars);
    tbi_arena_free(&j->memory);
}

static unsigned roles_with_notes(const Job *j) {
    unsigned roles = 0;
    for (size_t i = 0; i < j->given->n_notes; i++)
        roles |= tb_piece_role_bit(j->role[j->given->notes[i].part]);
    return roles;
}

static TbStatus check_bars(const Piece *piece) {
    for (size_t b = 0; b < piece->n_bars; b++)
        if (piece->metre[b] >= PIECE_METRES)
            return tb_fail(
                TB_ERR_UNSUPPORTED,
                "Bar %zu is longer than 4/2, or shorter than a twelfth of a quarter note; give bars between these.",
                b + 1);
    return TB_OK;
}

/* A bar returns from an earlier one of its length. */
static TbStatus check_returns(const Job *j) {
    const size_t *returns = j->o.returns;
    const int32_t *line = j->bars.line;
    for (size_t b = j->first; returns && b < j->end; b++)
        if (returns[b] > b || line[b + 1] - line[b] != line[returns[b] + 1] - line[returns[b]])
            return tb_fail(TB_ERR_ARGUMENT, "Bar %zu cannot return in bar %zu; take an earlier one of its length.",
                           returns[b] + 1, b + 1);
    return TB_OK;
}

/* ---- what is written ---- */

/* The part of a role that has the most notes; the first one, if none has any; -1: none. */
static int main_part(const Job *j, TbRole role) {
    int best = -1;
    size_t most = 0;
    for (size_t i = 0; i < j->given->n_parts; i++) {
        size_t n = 0;
        for (size_t k = 0; k < j->given->n_notes && j->role[i] == role; k++)
            n += j->given->notes[k].part == i;
        if (j->role[i] == role && (best < 0 || n > most))
            best = (int)i, most = n;
    }
    return best;
}

static TbStatus need_part(const Job *j, TbRole role, TbScore *out, size_t *part) {
    static const int programs[TB_PIECE_ROLES] = {
        [TB_ROLE_OTHER] = 48, [TB_ROLE_MELODY] = 73, [TB_ROLE_CHORDS] = 4, [TB_ROLE_BASS] = 33, [TB_ROLE_DRUMS] = 0};
    const int found = main_part(j, role);
    if (found >= 0) {
        *part = (size_t)found;
        return TB_OK;
    }
    return tbi_score_add_own_part(out, tb_role_name(role), programs[role],
                                  role == TB_ROLE_DRUMS ? TB_SCORE_DRUM_CHANNEL : 0, part);
}

/* Takes out the notes that start in the bars of the task, and cuts those that last into them. */
static void clear_bars(const Job *j, TbScore *out) {
    for (size_t i = 0; i < j->given->n_parts; i++)
        if (j->write >> j->role[i] & 1)
            tbi_score_clear(out, i, j->bars.line[j->first], j->bars.line[j->end]);
}

/* Bar lines between two steps are rounded inside: notes stay between those of the task. */
static int32_t tick_of(const Job *j, int32_t step, int32_t lowest, int32_t highest) {
    const int32_t tick = tb_grid_tick(j->given->ticks_per_quarter, TB_GRID_MELODY, step);
    return tick < lowest ? lowest : tick > highest ? highest : tick;
}

static TbStatus add_notes(const Job *j, TbRole role, TbScore *out) {
    const PieceLine *line = &j->made[role];
    const TbDrumMap *map = tb_drum_map(NULL);
    const int32_t start = j->bars.line[j->first], end = j->bars.line[j->end];
    size_t part = 0;
    TbStatus status = need_part(j, role, out, &part);
    for (size_t i = 0; status == TB_OK && i < line->n; i++) {
        const PieceNote *n = &line->notes[i];
        const int32_t onset = tick_of(j, n->onset, start, end - 1);
        const int32_t off = tick_of(j, n->onset + n->duration, onset + 1, end);
        const uint8_t pitch = role == TB_ROLE_DRUMS ? map->key_of[n->pitch] : n->pitch;
        status = tb_score_add_note(out, (TbScoreNote){onset, off - onset, pitch, n->velocity, (uint16_t)part});
    }
    return status;
}

static TbStatus make_score(const Job *j, TbScore *out) {
    TbStatus status = tb_score_copy(j->given, out);
    if (status)
        return status;
    clear_bars(j, out);
    for (int role = 0; status == TB_OK && role < TB_PIECE_ROLES; role++)
        if (j->write >> role & 1)
            status = add_notes(j, (TbRole)role, out);
    if (status) {
        tb_score_free(out);
        return status;
    }
    tb_score_sort(out);
    out->end = j->bars.line[j->bars.n_bars];
    return TB_OK;
}

/* ---- the task ---- */

/* chords_end: the tick at which the chords end that stand before it; 0: none. */
static TbStatus run(Job *j, int32_t chords_end, TbScore *out) {
    const PieceReading reading = {.role = j->role, .until = j->bars.line[j->bars.n_bars], .chords_end = chords_end};
    TbScore context;
    Piece piece;
    if ((j->write & ALL_ROLES) == 0 || j->first >= j->end)
        return tb_fail(TB_ERR_EMPTY, "There is nothing to write: choose roles, and bars that they play.");
    TbStatus status = check_returns(j);
    status = status ? status : tb_score_copy(j->given, &context);
    if (status)
        return status;
    clear_bars(j, &context);
    status = tbi_piece_read(&context, &reading, &piece);
    if (status == TB_OK) {
        const PieceTask task = {j->model, &j->o, &piece, j->write, j->first, j->end};
        status = check_bars(&piece);
        status = status ? status : tbi_piece_write(&task, &j->memory, j->made);
        tbi_piece_free(&piece);
    }
    tb_score_free(&context);
    return status ? status : make_score(j, out);
}

TbStatus tb_piece_write_parts(const TbPieceModel *model, const TbScore *given, unsigned write,
                              const TbPieceOptions *options, TbScore *out) {
    Job j;
    memset(out, 0, sizeof *out);
    TbStatus status = start(&j, model, given, options);
    if (status == TB_OK) {
        j.write = write & ALL_ROLES;
        j.end = given->end > 0 || given->n_notes > 0 ? j.bars.n_bars : 0;
        status = run(&j, 0, out);
    }
    finish(&j);
    return status;
}

TbStatus tb_piece_continue(const TbPieceModel *model, const TbScore *given, size_t bars, const TbPieceOptions *options,
                           TbScore *out) {
    Job j;
    memset(out, 0, sizeof *out);
    TbStatus status = start(&j, model, given, options);
    if (status == TB_OK && (bars == 0 || bars > TB_PIECE_BARS))
        status = tb_fail(TB_ERR_ARGUMENT, "%zu bars cannot be added to a piece; 1 to %d can.", bars, TB_PIECE_BARS);
    if (status == TB_OK) {
        const size_t n = j.bars.n_bars;
        const int32_t end = j.bars.line[n];
        const TbScoreMetre metre = tb_bars_metre(&j.bars, n - 1);
        const double bar = 4.0 * given->ticks_per_quarter * metre.numerator / metre.denominator;
        const double until = end + (double)bars * bar;
        tb_bars_free(&j.bars);
        status = tb_bars_new(given, until < TB_SCORE_TICKS ? (int32_t)until : TB_SCORE_TICKS, &j.bars);
        if (status == TB_OK) {
            j.write = roles_with_notes(&j);
            j.first = n;
            j.end = n + bars < j.bars.n_bars ? n + bars : j.bars.n_bars;
            status = run(&j, end, out);
        }
    }
    finish(&j);
    return status;
}

TbStatus tb_piece_fill(const TbPieceModel *model, const TbScore *given, size_t first, size_t n, unsigned write,
                       const TbPieceOptions *options, TbScore *out) {
    Job j;
    memset(out, 0, sizeof *out);
    TbStatus status = start(&j, model, given, options);
    status = status ? status : tbi_bars_check(first, n, j.bars.n_bars);
    if (status == TB_OK) {
        j.write = write ? write & ALL_ROLES : roles_with_notes(&j);
        j.first = first;
        j.end = first + n;
        status = run(&j, 0, out);
    }
    finish(&j);
    return status;
}
