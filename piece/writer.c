/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "piece/writer.h"
#include "base/no_memory.h"
#include "nn/sampling.h"
#include "piece/window.h"

#include <math.h>

/* Tokens of a stream: those of bars before and after, which a stream begins with; at which it is begun anew at the next
 * bar line; at most. It is trained on PIECE_WINDOW. */
enum { BEFORE = 200, AFTER = 100, FULL = 450, CAPACITY = 640, MOST_CLASSES = PIECE_DRUM + TB_DRUM_CLASSES };

typedef struct {
    const PieceTask *task;
    PieceView given, made; /* with the lines of bars outside and inside the task */
    PieceLine *lines;      /* by role: those that are written */
    PieceLine empty;       /* of roles that are written and have no part */
    PieceGuard guard[TB_PIECE_ROLES];
    TbTokenStream stream;
    int32_t waiting[TB_STREAM_ROWS * PIECE_FIELDS]; /* tokens that the stream has not read yet */
    int waiting_bars[TB_STREAM_ROWS];
    size_t n_waiting;
    TbRng rng;
    float logits[MOST_CLASSES], scratch[MOST_CLASSES];
    bool allowed[MOST_CLASSES];
} Writer;

static bool is_written(const Writer *w, TbRole role) {
    return w->task->write >> role & 1;
}

static const PieceView *view_of(const Writer *w, size_t bar) {
    return bar >= w->task->first && bar < w->task->end ? &w->made : &w->given;
}

/* ---- what is told ---- */

/* How many notes a bar: what is told, if the caller asks for more or fewer, and the most. A part of chords is always
 * told: some of those learned from only add to another one, and are silent for bars. */
static void tell_density(Writer *w, TbRole role) {
    static const double usual[TB_PIECE_ROLES] = {/* in 4/4 */
                                                 [TB_ROLE_OTHER] = 6,
                                                 [TB_ROLE_MELODY] = 5,
                                                 [TB_ROLE_CHORDS] = 8,
                                                 [TB_ROLE_BASS] = 3.5,
                                                 [TB_ROLE_DRUMS] = 14};
    static const double quarters = 4, most = 3, fewest = 8;
    const Piece *p = w->task->piece;
    const double more = w->task->options->density[role];
    const int32_t steps = p->line[w->task->first + 1] - p->line[w->task->first];
    const double notes = usual[role] * exp2(more) * steps / (quarters * TB_GRID_MELODY);
    if (role == TB_ROLE_CHORDS || more != 0)
        w->given.density[role] = tbi_piece_density_class(notes);
    w->guard[role].most = (size_t)fmin(fmax(most * notes, fewest), PIECE_NOTES_A_BAR);
}

static void tell_role(Writer *w, TbRole role) {
    static const TbPieceRange ranges[TB_PIECE_ROLES] = {[TB_ROLE_OTHER] = {45, 88},
                                                        [TB_ROLE_MELODY] = {55, 84},
                                                        [TB_ROLE_CHORDS] = {48, 79},
                                                        [TB_ROLE_BASS] = {28, 52}};
    const TbPieceRange own = w->task->options->range[role];
    const bool has_own = own.lowest != 0 || own.highest != 0;
    const TbPieceRange range = has_own ? own : ranges[role];
    w->guard[role] = (PieceGuard){.role = role, .lowest = range.lowest, .highest = range.highest, .in_bar = 1};
    if (has_own)
        w->given.middle[role] = (range.lowest + range.highest) / 2 - w->given.shift;
    tell_density(w, role);
}

/* Given parts come first in each bar. */
static void set_order(Writer *w) {
    static const TbRole usual[TB_PIECE_ROLES] = {TB_ROLE_DRUMS, TB_ROLE_MELODY, TB_ROLE_OTHER, TB_ROLE_BASS,
                                                 TB_ROLE_CHORDS};
    PieceView *v = &w->given;
    v->n_parts = 0;
    for (int written = 0; written < 2; written++)
        for (int i = 0; i < TB_PIECE_ROLES; i++)
            if (v->line[usual[i]] && is_written(w, usual[i]) == written)
                v->order[v->n_parts++] = usual[i];
}

static void set_views(Writer *w) {
    const PieceTask *task = w->task;
    tbi_piece_view_all(task->piece, &w->given);
    w->given.style = task->options->style == TB_PIECE_ANY_STYLE ? -1 : task->options->style;
    w->given.told_end = !task->options->loop;
    for (int role = 0; role < TB_PIECE_ROLES; role++)
        if (is_written(w, (TbRole)role)) {
            if (!w->given.line[role])
                w->given.line[role] = &w->empty;
            tell_role(w, (TbRole)role);
        }
    set_order(w);
    w->made = w->given;
    for (int role = 0; role < TB_PIECE_ROLES; role++)
        if (is_written(w, (TbRole)role))
            w->made.line[role] = &w->lines[role];
}

/* ---- reading ---- */

static void read_waiting(Writer *w) {
    if (w->n_waiting > 0)
        tbi_token_stream_add_all(&w->stream, w->waiting, w->waiting_bars, w->n_waiting);
    w->n_waiting = 0;
}

/* Where the next token is to be written. */
static int32_t *add_token(Writer *w, size_t bar) {
    if (w->n_waiting == TB_STREAM_ROWS)
        read_waiting(w);
    w->waiting_bars[w->n_waiting] = (int)bar;
    return w->waiting + w->n_waiting++ * PIECE_FIELDS;
}

static void add_opening(Writer *w, const PieceView *v, TbRole role, size_t bar, size_t k) {
    tbi_piece_opening(v, role, bar, k, add_token(w, bar));
}

static void add_note(Writer *w, const PieceView *v, TbRole role, const PieceSpan *span, const PieceNote *note,
                     bool flat) {
    tbi_piece_note(v, role, span, note, flat, add_token(w, span->bar));
}

static void read_span(Writer *w, TbRole role, size_t bar, size_t k) {
    const PieceView *v = view_of(w, bar);
    const PieceLine *line = v->line[role];
    const PieceSpan span = tbi_piece_span(v, bar, k);
    const size_t end = tbi_piece_find(line, span.end);
    add_opening(w, v, role, bar, k);
    for (size_t i = tbi_piece_find(line, span.start); i < end; i++)
        add_note(w, v, role, &span, &line->notes[i], line->flat);
}

static void read_bar(Writer *w, size_t bar) {
    const PieceView *v = view_of(w, bar);
    for (size_t k = 0; k < tbi_piece_n_spans(v, bar); k++)
        for (size_t i = 0; i < v->n_parts; i++)
            read_span(w, v->order[i], bar, k);
}

/* Begins the stream anew: controls, bars before this one, bars after the task. */
static void begin(Writer *w, size_t bar) {
    const PieceTask *task = w->task;
    size_t first = bar, end = task->end, n = 0;
    for (; first > 0; first--)
        if ((n += tbi_piece_n_tokens(view_of(w, first - 1), first - 1)) > BEFORE)
            break;
    for (n = 0; end < task->piece->n_bars; end++)
        if ((n += tbi_piece_n_tokens(&w->given, end)) > AFTER)
            break;
    w->stream.transformer.t = w->n_waiting = 0;
    for (size_t i = 0; i < tbi_piece_n_controls(&w->given); i++)
        tbi_piece_control(&w->given, i, first, add_token(w, first));
    for (size_t b = first; b < bar; b++)
        read_bar(w, b);
    for (size_t b = task->end; b < end; b++)
        read_bar(w, b);
}

/* ---- writing ---- */

/* The density: the farther a place is from the first possible one, the less likely, or for fewer notes the more. That
 * there are no more notes counts as a place at the end. */
static void tilt(Writer *w, const PieceGuard *g) {
    static const double PER_STEP = 0.03;
    const double density = w->task->options->density[g->role];
    const int32_t line = w->task->piece->line[g->span.bar];
    int32_t first = 0;
    while (first < PIECE_NONE && !w->allowed[first])
        first++;
    for (int32_t place = first; density != 0 && place <= PIECE_NONE; place++) {
        const int32_t steps = (place == PIECE_NONE ? g->span.end - line : place) - first;
        w->logits[place] -= (float)(density * PER_STEP * steps);
    }
}

/* The pitch of the note before is less likely, as the caller asks, and so are those outside the chord, so that other
 * ones of the chord take its place; but the last quarter note before the next chord may lead there. */
static void move(Writer *w, const PieceGuard *g, int32_t place) {
    const float less = (float)w->task->options->movement[g->role];
    const unsigned chord = tb_chord_pitches(g->span.chord);
    const int32_t onset = w->task->piece->line[g->span.bar] + place;
    const bool leads = !chord || onset + TB_GRID_MELODY >= g->span.end;
    if (!piece_is_single(g->role) || g->n == 0)
        return;
    for (int class = 0; class < PIECE_DRUM; class ++) {
        const int pitch = class + w->made.shift;
        const bool outside = !leads && !(chord >> (pitch + 12) % 12 & 1);
        w->logits[class] -= pitch == g->last.pitch || outside ? less : 0;
    }
}

static int32_t draw(Writer *w, const PieceGuard *g, PieceField field, const int32_t *label) {
    const TbPieceOptions *o = w->task->options;
    const TbSampling sampling = {(float)o->temperature, (float)o->top_p};
    tbi_piece_guard_allow(g, &w->made, field, label, w->allowed);
    read_waiting(w);
    tbi_token_stream_logits(&w->stream, field, label, w->logits);
    if (field == PIECE_PLACE)
        tilt(w, g);
    else if (field == PIECE_PITCH)
        move(w, g, label[PIECE_PLACE]);
    return tbi_sample(&sampling, w->logits, w->allowed, tbi_piece_classes[field], &w->rng, w->scratch);
}

/* Notes as they are in an earlier bar. */
static void repeat_span(Writer *w, TbRole role, size_t bar, size_t from) {
    const int32_t *bars = w->task->piece->line, shift = bars[bar] - bars[from];
    const PieceLine *source = view_of(w, from)->line[role];
    PieceGuard *g = &w->guard[role];
    PieceLine *line = &w->lines[role];
    const size_t end = tbi_piece_find(source, g->span.end - shift);
    for (size_t i = tbi_piece_find(source, g->span.start - shift); i < end; i++) {
        PieceNote note = source->notes[i], *last = line->n ? &line->notes[line->n - 1] : NULL;
        note.onset += shift;
        note.duration = note.duration < g->limit - note.onset ? note.duration : g->limit - note.onset;
        if (last && piece_is_single(role) && last->duration > note.onset - last->onset)
            last->duration = note.onset - last->onset;
        tbi_piece_guard_note(g, &w->made, &note);
        line->notes[line->n++] = note;
        add_note(w, &w->made, role, &g->span, &note, source->flat);
    }
}

static void write_span(Writer *w, TbRole role, size_t bar, size_t k) {
    PieceGuard *g = &w->guard[role];
    PieceLine *line = &w->lines[role];
    const size_t *returns = w->task->options->returns;
    tbi_piece_guard_span(g, &w->made, bar, k, w->task->piece->line[w->task->end]);
    add_opening(w, &w->made, role, bar, k);
    if (returns && returns[bar] < bar) {
        repeat_span(w, role, bar, returns[bar]);
        return;
    }
    for (;;) {
        int32_t label[PIECE_PREDICTED] = {TB_NO_SYMBOL, TB_NO_SYMBOL, TB_NO_SYMBOL, TB_NO_SYMBOL};
        label[PIECE_PLACE] = draw(w, g, PIECE_PLACE, label);
        if (label[PIECE_PLACE] == PIECE_NONE)
            return;
        label[PIECE_PITCH] = draw(w, g, PIECE_PITCH, label);
        if (role != TB_ROLE_DRUMS)
            label[PIECE_DURATION] = draw(w, g, PIECE_DURATION, label);
        label[PIECE_VELOCITY] = draw(w, g, PIECE_VELOCITY, label);
        const PieceNote note = tbi_piece_note_of(&w->made, role, &g->span, label);
        tbi_piece_guard_note(g, &w->made, &note);
        line->notes[line->n++] = note;
        add_note(w, &w->made, role, &g->span, &note, false);
    }
}

static void write_bar(Writer *w, size_t bar) {
    const PieceView *v = &w->made;
    if (w->stream.transformer.t + w->n_waiting > FULL)
        begin(w, bar);
    for (size_t i = 0; i < v->n_parts; i++)
        tbi_piece_guard_bar(&w->guard[v->order[i]]);
    for (size_t k = 0; k < tbi_piece_n_spans(v, bar); k++)
        for (size_t i = 0; i < v->n_parts; i++)
            if (is_written(w, v->order[i]))
                write_span(w, v->order[i], bar, k);
            else
                read_span(w, v->order[i], bar, k);
}

/* The most notes that a bar can get: given ones that return may be more than are written. */
static size_t most_in_bar(const PieceTask *task) {
    const Piece *p = task->piece;
    size_t most = PIECE_NOTES_A_BAR;
    for (size_t i = 0; task->options->returns && i < p->n_lines; i++)
        for (size_t bar = 0; bar < task->first; bar++) {
            const PieceLine *line = &p->lines[i];
            const size_t n = tbi_piece_find(line, p->line[bar + 1]) - tbi_piece_find(line, p->line[bar]);
            most = n > most ? n : most;
        }
    return most;
}

TbStatus tbi_piece_write(const PieceTask *task, TbArena *memory, PieceLine made[TB_PIECE_ROLES]) {
    Writer w = {.task = task, .lines = made};
    const size_t room = (task->end - task->first) * most_in_bar(task);
    for (int role = 0; role < TB_PIECE_ROLES; role++) {
        made[role] = (PieceLine){.role = (TbRole)role};
        if (task->write >> role & 1)
            made[role].notes = tbi_arena_alloc(memory, room, sizeof(PieceNote));
    }
    if (memory->failed)
        return tbi_no_memory("to write %zu bars", task->end - task->first);
    TbStatus status = tbi_token_stream_new(&task->model->net, task->model->params, CAPACITY, &w.stream);
    if (status)
        return status;
    tb_rng_seed(&w.rng, task->options->seed);
    set_views(&w);
    begin(&w, task->first);
    for (size_t bar = task->first; status == TB_OK && bar < task->end; bar++) {
        const double done = (double)(bar - task->first) / (double)(task->end - task->first);
        if (task->options->progress && !task->options->progress(task->options->context, done, "parts"))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        else
            write_bar(&w, bar);
    }
    tbi_token_stream_free(&w.stream);
    return status;
}
