/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "piece/window.h"

enum { MOST_BARS = PIECE_WINDOW };

/* Shares of the windows that ... */
static const double KEEP_ROLE = 0.8, FIXED_ORDER = 0.5, /* have a part; have parts in the usual order */
    NO_CHORDS = 0.1, SOME_CHORDS = 0.1,                 /* are told no chords; only of their first bars */
    FILL = 0.2,                                         /* have a span of bars at the end */
    TELL_STYLE = 0.8, TELL_TEMPO = 0.5, TELL_END = 0.7, TELL_PART = 0.5;

static const TbRole usual_order[TB_PIECE_ROLES] = {TB_ROLE_DRUMS, TB_ROLE_MELODY, TB_ROLE_OTHER, TB_ROLE_BASS,
                                                   TB_ROLE_CHORDS};

static size_t below(TbRng *rng, size_t n) {
    return (size_t)((double)tb_rng_uniform(rng) * (double)n);
}
static bool with(TbRng *rng, double probability) {
    return (double)tb_rng_uniform(rng) < probability;
}

/* ---- views ---- */

static size_t notes_between(const PieceLine *line, int32_t start, int32_t end) {
    return tbi_piece_find(line, end) - tbi_piece_find(line, start);
}

static void clear_view(const Piece *piece, PieceView *v) {
    *v = (PieceView){.piece = piece,
                     .told_chords = piece->n_bars,
                     .told_end = true,
                     .shift = piece->shift,
                     .style = piece->style,
                     .tempo = tbi_piece_tempo_class(piece->tempo)};
    for (int role = 0; role < TB_PIECE_ROLES; role++)
        v->density[role] = v->middle[role] = -1;
    v->style = piece->style == TB_PIECE_ANY_STYLE ? -1 : piece->style;
}

static void put_in_order(PieceView *v) {
    v->n_parts = 0;
    for (int i = 0; i < TB_PIECE_ROLES; i++)
        if (v->line[usual_order[i]])
            v->order[v->n_parts++] = usual_order[i];
}

void tbi_piece_view_all(const Piece *piece, PieceView *v) {
    clear_view(piece, v);
    for (size_t i = 0; i < piece->n_lines; i++) {
        const PieceLine *line = &piece->lines[i], **best = &v->line[line->role];
        if (line->n && (!*best || line->n > (*best)->n))
            *best = line;
    }
    put_in_order(v);
}

/* A part of each role, of those that play between two steps. */
static void draw_parts(TbRng *rng, int32_t start, int32_t end, PieceView *v) {
    const Piece *p = v->piece;
    for (int role = 0; role < TB_PIECE_ROLES; role++) {
        size_t n = 0;
        const bool keep = with(rng, KEEP_ROLE);
        for (size_t i = 0; i < p->n_lines; i++)
            if ((int)p->lines[i].role == role && notes_between(&p->lines[i], start, end) && below(rng, ++n) == 0)
                v->line[role] = &p->lines[i];
        if (!keep)
            v->line[role] = NULL;
    }
    put_in_order(v);
    if (with(rng, FIXED_ORDER))
        return;
    for (size_t i = v->n_parts; i > 1; i--) {
        const size_t k = below(rng, i);
        const TbRole other = v->order[k];
        v->order[k] = v->order[i - 1];
        v->order[i - 1] = other;
    }
}

/* ---- the same music played otherwise ---- */

/* Tonics are 5 semitones below C to 6 above it: transposed, the piece lies in the same place or an octave away. */
static void transpose(TbRng *rng, size_t first, size_t end, PieceView *v) {
    const Piece *p = v->piece;
    const int by = (int)below(rng, 12), tonic = (p->key.tonic + by) % 12;
    const int shift = (tonic > 6 ? tonic - 12 : tonic) - (by > 6 ? by - 12 : by);
    for (size_t i = 0; i < v->n_parts; i++) {
        const PieceLine *line = v->line[v->order[i]];
        for (size_t k = tbi_piece_find(line, p->line[first]); k < tbi_piece_find(line, p->line[end]); k++)
            if (line->role != TB_ROLE_DRUMS && (line->notes[k].pitch < shift || line->notes[k].pitch - shift > 127))
                return;
    }
    v->shift = shift;
}

static void change_loudness(TbRng *rng, PieceView *v) {
    enum { MOST = 20 };
    for (size_t i = 0; i < v->n_parts; i++)
        v->louder[v->order[i]] = (int)below(rng, 2 * MOST + 1) - MOST;
}

static void tell_parts(TbRng *rng, size_t first, size_t n_bars, PieceView *v) {
    const int32_t *line = v->piece->line;
    for (size_t i = 0; i < v->n_parts; i++) {
        const TbRole role = v->order[i];
        const PieceLine *part = v->line[role];
        const size_t from = tbi_piece_find(part, line[first]), to = tbi_piece_find(part, line[first + n_bars]);
        size_t sum = 0;
        for (size_t k = from; k < to; k++)
            sum += part->notes[k].pitch;
        if (with(rng, TELL_PART))
            v->density[role] = tbi_piece_density_class((double)(to - from) / (double)n_bars);
        if (with(rng, TELL_PART) && to > from && role != TB_ROLE_DRUMS)
            v->middle[role] = (int)(sum / (to - from)) - v->shift;
    }
}

/* ---- sequences ---- */

size_t tbi_piece_n_tokens(const PieceView *v, size_t bar) {
    size_t n = tbi_piece_n_spans(v, bar) * v->n_parts;
    for (size_t i = 0; i < v->n_parts; i++)
        n += notes_between(v->line[v->order[i]], v->piece->line[bar], v->piece->line[bar + 1]);
    return n;
}

size_t tbi_piece_fitting(const PieceView *v, size_t first) {
    size_t n = tbi_piece_n_controls(v), bar = first;
    while (bar < v->piece->n_bars && bar - first < MOST_BARS && v->piece->metre[bar] < PIECE_METRES) {
        n += tbi_piece_n_tokens(v, bar);
        if (n > PIECE_WINDOW && bar > first)
            break;
        bar++;
    }
    return bar > first ? bar - first : 1;
}

static int32_t *row(const PieceTokens *t) {
    return t->fields + t->n * PIECE_FIELDS;
}

static int32_t *label_row(const PieceTokens *t) {
    return t->labels + t->n * PIECE_PREDICTED;
}

static void encode_span(const PieceView *v, TbRole role, size_t bar, size_t k, PieceTokens *t) {
    const PieceSpan span = tbi_piece_span(v, bar, k);
    const PieceLine *line = v->line[role];
    const size_t first = tbi_piece_find(line, span.start), end = tbi_piece_find(line, span.end);
    for (size_t i = first; i <= end && t->n < t->room; i++, t->n++) {
        if (i == first)
            tbi_piece_opening(v, role, bar, k, row(t));
        else
            tbi_piece_note(v, role, &span, &line->notes[i - 1], line->flat, row(t));
        tbi_piece_label(v, role, &span, i < end ? &line->notes[i] : NULL, line->flat, label_row(t));
        t->bars[t->n] = (int)bar;
    }
}

void tbi_piece_encode(const PieceView *v, const size_t *bars, size_t n_bars, PieceTokens *t) {
    for (size_t i = 0; i < tbi_piece_n_controls(v) && t->n < t->room; i++, t->n++) {
        tbi_piece_control(v, i, bars[0], row(t));
        for (int f = 0; f < PIECE_PREDICTED; f++)
            label_row(t)[f] = TB_NO_SYMBOL;
        t->bars[t->n] = (int)bars[0];
    }
    for (size_t b = 0; b < n_bars; b++)
        for (size_t k = 0; k < tbi_piece_n_spans(v, bars[b]); k++)
            for (size_t i = 0; i < v->n_parts; i++)
                encode_span(v, v->order[i], bars[b], k, t);
}

/* Moves a span of bars to the end. */
static void move_bars(TbRng *rng, size_t *bars, size_t n) {
    if (n < 3)
        return;
    size_t moved[MOST_BARS];
    const size_t first = 1 + below(rng, n - 2), length = 1 + below(rng, n - 1 - first), after = n - first - length;
    memcpy(moved, bars + first, length * sizeof *bars);
    memmove(bars + first, bars + first + length, after * sizeof *bars);
    memcpy(bars + first + after, moved, length * sizeof *bars);
}

void tbi_piece_draw_window(const Piece *p, bool varied, TbRng *rng, PieceTokens *t) {
    enum { TRIES = 8, LISTEN = 8 /* bars in which a part plays that is taken */ };
    PieceView v = {0};
    size_t bars[MOST_BARS], first = 0;
    for (int i = 0; i < TRIES; i++) {
        first = below(rng, p->n_bars);
        if (p->metre[first] >= PIECE_METRES)
            continue;
        const size_t end = first + LISTEN < p->n_bars ? first + LISTEN : p->n_bars;
        clear_view(p, &v);
        draw_parts(rng, p->line[first], p->line[end], &v);
        if (v.n_parts > 0)
            break;
    }
    if (p->metre[first] >= PIECE_METRES || v.n_parts == 0)
        return;
    const size_t n_bars = tbi_piece_fitting(&v, first);
    if (varied) {
        transpose(rng, first, first + n_bars, &v);
        change_loudness(rng, &v);
    }
    v.style = with(rng, TELL_STYLE) ? v.style : -1;
    v.tempo = with(rng, TELL_TEMPO) ? v.tempo : -1;
    v.told_end = with(rng, TELL_END);
    const double chords = (double)tb_rng_uniform(rng);
    v.told_chords = chords < NO_CHORDS ? 0 : chords < NO_CHORDS + SOME_CHORDS ? first + below(rng, n_bars) : p->n_bars;
    tell_parts(rng, first, n_bars, &v);
    for (size_t i = 0; i < n_bars; i++)
        bars[i] = first + i;
    if (with(rng, FILL))
        move_bars(rng, bars, n_bars);
    tbi_piece_encode(&v, bars, n_bars, t);
}
