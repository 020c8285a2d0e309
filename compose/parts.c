/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bass and chords, which the network of pieces writes to melody, drums and chord symbols; and how they end. */
#include "base/no_memory.h"
#include "compose/draft.h"
#include "melody/chords.h"

#include <math.h>
#include <stdlib.h>

enum { HELD_VELOCITY = 80 };
static const TbPieceRange bass_range = {28, 55}, chords_range = {48, 63}; /* E1 .. G3, C3 .. Eb4 */

/* ---- notes of the network ---- */

static TbStatus find_roles(const Draft *d, TbRole *role) {
    TbStatus status = tb_piece_roles(&d->score, role);
    for (int r = 0; status == TB_OK && r <= TB_ROLE_DRUMS; r++) /* new parts have no notes to be known by */
        if (d->part[r] != SIZE_MAX)
            role[d->part[r]] = (TbRole)r;
    return status;
}

/* Adds the notes that `from` has in new bars of these roles. */
static TbStatus take_notes(Draft *d, unsigned roles, const TbScore *from) {
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < from->n_notes; i++)
        for (int r = 0; status == TB_OK && r <= TB_ROLE_DRUMS; r++)
            if (roles >> r & 1 && from->notes[i].part == d->part[r] &&
                from->notes[i].onset >= d->lines.line[d->from[r]])
                status = tb_score_add_note(&d->score, from->notes[i]);
    tb_score_sort(&d->score);
    return status;
}

/* Writes roles that begin in the same bar. */
static TbStatus write_roles(Draft *d, unsigned roles, int first) {
    TbArena memory = {0};
    TbScore out = {0};
    TbPieceOptions o;
    tb_piece_defaults(&o);
    const int style = tb_piece_style_find(d->style->name);
    TbRole *role = tbi_arena_alloc(&memory, d->score.n_parts + 1, sizeof *role);
    size_t *returns = tbi_arena_alloc(&memory, (size_t)d->bars, sizeof *returns);
    TbStatus status = memory.failed ? tbi_no_memory("to write bass and chords") : find_roles(d, role);
    if (!memory.failed && first <= d->first) {
        tbi_draft_returns(d, returns);
        o.returns = returns;
    }
    o.seed = tbi_draft_seed(d, STAGE_PARTS);
    o.style = style > 0 ? style : TB_PIECE_ANY_STYLE;
    o.temperature = fmin(0.9 * d->o.temperature, 2);
    o.density[TB_ROLE_BASS] = o.density[TB_ROLE_CHORDS] = d->o.density;
    o.movement[TB_ROLE_BASS] = d->style->movement;
    o.range[TB_ROLE_BASS] = bass_range;
    o.range[TB_ROLE_CHORDS] = chords_range;
    o.role = role;
    o.loop = d->o.loop;
    o.progress = tbi_stage_report;
    o.context = &d->stage;
    if (status == TB_OK)
        status = tb_piece_fill(d->models->piece, &d->score, (size_t)first, (size_t)(d->bars - first), roles, &o, &out);
    status = status ? status : take_notes(d, roles, &out);
    tb_score_free(&out);
    tbi_arena_free(&memory);
    return status;
}

/* ---- the ending ---- */

/* Takes out the notes of a role from a tick on, and cuts what lasts into it. */
static void clear_after(Draft *d, TbRole role, int32_t tick) {
    size_t n = 0;
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote note = d->score.notes[i];
        if (note.part == d->part[role]) {
            if (note.onset >= tick)
                continue;
            if (note.duration > tick - note.onset)
                note.duration = tick - note.onset;
        }
        d->score.notes[n++] = note;
    }
    d->score.n_notes = n;
}

/* The pitch of this class that is nearest to another one, in a range of an octave or more. */
static int nearest(int pitch_class, int pitch, TbPieceRange range) {
    int best = range.lowest + (pitch_class - range.lowest % 12 + 12) % 12;
    for (int p = best; p <= range.highest; p += 12)
        if (abs(p - pitch) < abs(best - pitch))
            best = p;
    return best;
}

/* The lowest note that the role has last, or else the middle of its range. */
static int last_pitch(const Draft *d, TbRole role, TbPieceRange range) {
    int32_t onset = -1;
    int lowest = (range.lowest + range.highest) / 2;
    for (size_t i = d->score.n_notes; i-- > 0;) {
        const TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[role] || (onset >= 0 && note->onset != onset))
            continue;
        lowest = onset < 0 || note->pitch < lowest ? note->pitch : lowest;
        onset = note->onset;
    }
    return lowest;
}

/* A long note of the bass, the root, or a long chord above it in close position: low enough for one, not too low for
 * the other. */
static TbStatus hold(Draft *d, TbRole role, TbChord chord, int32_t start, int32_t end) {
    static const TbPieceRange bass_roots = {28, 43}, chord_roots = {48, 59}; /* E1 .. G2, C3 .. B3 */
    const TbPieceRange range = role == TB_ROLE_BASS ? bass_roots : chord_roots;
    const unsigned pitches = role == TB_ROLE_BASS ? 1u << chord.root : tb_chord_pitches(chord);
    const int root = nearest(chord.root, last_pitch(d, role, range), range);
    TbStatus status = TB_OK;
    for (int k = 0; status == TB_OK && k < 12; k++)
        if (pitches >> (root + k) % 12 & 1)
            status = tb_score_add_note(&d->score, (TbScoreNote){start, end - start, (uint8_t)(root + k), HELD_VELOCITY,
                                                                (uint16_t)d->part[role]});
    tb_score_sort(&d->score);
    return status;
}

/* The chord of a bar, or the tonic's. */
static TbChord chord_of(const Draft *d, int bar) {
    const TbChord chord = tbi_melody_chord_at(&d->melody, d->melody.line[bar]);
    return chord.root >= 0 ? chord : (TbChord){(int8_t)d->key.tonic, d->key.minor, -1};
}

/* The last bar, or of a single one its second half. */
static TbStatus end_role(Draft *d, TbRole role) {
    const int32_t end = d->lines.line[d->bars], bar = d->lines.line[d->bars - 1];
    const int32_t start = d->bars > 1 ? bar : bar + (end - bar) / 2;
    clear_after(d, role, start);
    return hold(d, role, chord_of(d, d->bars - 1), start, end);
}

/* A part that the network left silent, as may be in one or two bars and in their returns, gets its first bar. */
static TbStatus fill_silence(Draft *d, TbRole role) {
    const int first = d->from[role];
    for (size_t i = 0; i < d->score.n_notes; i++)
        if (d->score.notes[i].part == d->part[role] && d->score.notes[i].onset >= d->lines.line[first])
            return TB_OK;
    return hold(d, role, chord_of(d, first), d->lines.line[first], d->lines.line[first + 1]);
}

/* ---- dynamics ---- */

static void shape(Draft *d, TbRole role) {
    for (size_t i = 0; i < d->score.n_notes; i++) {
        TbScoreNote *note = &d->score.notes[i];
        if (note->part != d->part[role] || note->onset < d->lines.line[d->from[role]])
            continue;
        const size_t bar = tb_bars_find(&d->lines, note->onset);
        const double length = d->lines.line[bar + 1] - d->lines.line[bar];
        const double place = (double)bar + (note->onset - d->lines.line[bar]) / length;
        note->velocity = (uint8_t)lround(fmin(fmax(note->velocity + tbi_draft_level(d, place), 24), 120));
    }
}

TbStatus tbi_draft_add_parts(Draft *d) {
    static const TbRole roles[] = {TB_ROLE_CHORDS, TB_ROLE_BASS};
    unsigned write[2] = {0};
    TbStatus status = TB_OK;
    for (int i = 0; i < 2; i++)
        if (tbi_draft_writes(d, roles[i]))
            write[i] = 1u << roles[i];
    if (write[0] && write[1] && d->from[TB_ROLE_CHORDS] == d->from[TB_ROLE_BASS])
        write[0] |= write[1], write[1] = 0;
    for (int i = 0; status == TB_OK && i < 2; i++)
        if (write[i])
            status = write_roles(d, write[i], d->from[roles[i]]);
    for (int i = 0; status == TB_OK && i < 2; i++) {
        if (!tbi_draft_writes(d, roles[i]))
            continue;
        status = fill_silence(d, roles[i]);
        shape(d, roles[i]);
        if (status == TB_OK && !d->o.loop)
            status = end_role(d, roles[i]);
    }
    return status;
}
