/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chords from notes: each span of the piece is compared with templates of 96 chords, and the most likely sequence found
 * by a Viterbi search (Viterbi 1967; for chords as in Raphael and Stoddard 2004, "Functional harmonic analysis using
 * probabilistic models"). */
#include "base/no_memory.h"
#include "score/chord_tables.h"
#include "score/key.h"

#include <math.h>
#include <stdlib.h>

enum { STATES = CHORD_ROOTS * CHORD_TYPES };
enum { MOST_SPANS = 64 /* that a note counts in: a drone says nothing of the chords */ };

/* Of the chord types: index among the kinds of TbChord, and among the rows of chord_move. */
static const uint8_t kind_of[CHORD_TYPES] = {0, 1, 2, 3, 4, 5, 8, 14}, group_of[CHORD_TYPES] = {0, 1, 2, 1, 0, 1, 2, 0};

/* Logarithms. A note of an accompaniment is a chord tone nine times in ten; the lowest note is mostly the root. */
static const double CHORD_TONE = 0.9, BASS_ROOT = 0.6, BASS_TONE = 0.35, STAY_IN_BAR = 0.69, STAY_AT_BAR = 0.31;
static const double SILENT_TONE = -2; /* each tone of a chord of four that no note sounds, over an accompaniment */
static const double MELODY_WEIGHT = 1.6, CHORDS_WEIGHT = 0.5, BASS_WEIGHT = 1; /* a quarter note */

typedef struct {
    double melody[12], chords[12]; /* quarter notes of each pitch class */
    double bass_quarters;
    int bass; /* the lowest pitch of the chords at the start of the span, or else in it */
    bool bass_at_start;
    int32_t tick, end;
    bool in_bar; /* begins within a bar */
    bool empty;
} Span;

typedef struct {
    const TbScore *score;
    Scope scope; /* its arena has the other arrays, too */
    TbRole *role;
    Span *spans;
    size_t n, first; /* `first`: before it all spans are empty */
    TbKey key;
} Work;

/* ---- spans and what sounds in them ---- */

static TbStatus make_spans(Work *w, bool half_bars) {
    TbBars bars;
    TbStatus status = tb_bars_new(w->score, tb_score_last_off(w->score), &bars);
    if (status)
        return status;
    w->spans = tbi_arena_alloc(&w->scope.arena, 2 * bars.n_bars, sizeof *w->spans);
    for (size_t b = 0; b < bars.n_bars && w->spans; b++) {
        int32_t from = bars.line[b], to = bars.line[b + 1], middle = from + (to - from) / 2;
        bool halves = half_bars && tb_bars_metre(&bars, b).numerator % 2 == 0 && (to - from) % 2 == 0;
        w->spans[w->n++] = (Span){.tick = from, .end = halves ? middle : to, .empty = true};
        if (halves)
            w->spans[w->n++] = (Span){.tick = middle, .end = to, .in_bar = true, .empty = true};
    }
    tb_bars_free(&bars);
    return w->spans ? TB_OK : tbi_no_memory("to find chords");
}

/* The span of a tick. */
static size_t span_at(const Work *w, int32_t tick) {
    size_t low = 0, high = w->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        low = w->spans[middle].tick <= tick ? middle : low;
        high = w->spans[middle].tick <= tick ? high : middle;
    }
    return low;
}

static void add_note(Work *w, const TbScoreNote *note, bool melody) {
    int32_t off = note->onset + (note->duration > 0 ? note->duration : 1);
    size_t first = span_at(w, note->onset), end = first + MOST_SPANS < w->n ? first + MOST_SPANS : w->n;
    for (size_t i = first; i < end && w->spans[i].tick < off; i++) {
        Span *s = &w->spans[i];
        int32_t from = note->onset > s->tick ? note->onset : s->tick, to = off < s->end ? off : s->end;
        double quarters = (double)(to - from) / w->score->ticks_per_quarter;
        (melody ? s->melody : s->chords)[note->pitch % 12] += quarters;
        s->empty = false;
        bool at_start = note->onset <= s->tick + w->score->ticks_per_quarter / 12;
        bool deeper = s->bass_quarters == 0 || (at_start && !s->bass_at_start) ||
                      (at_start == s->bass_at_start && note->pitch < s->bass);
        if (!melody && deeper) {
            s->bass = note->pitch;
            s->bass_at_start = at_start;
            s->bass_quarters = quarters;
        }
    }
}

/* A melody of single notes is compared with what melodies do over chords, all else with the tones of the chords. */
static TbStatus fill_spans(Work *w) {
    TbStatus status = tb_score_roles(w->score, w->role);
    for (size_t i = 0; i < w->score->n_notes && status == TB_OK; i++) {
        const TbScoreNote *note = &w->score->notes[i];
        TbRole role = w->role[note->part];
        bool single = notes_per_onset(&w->scope.facts[note->part]) < 1.3;
        if (role != TB_ROLE_DRUMS)
            add_note(w, note, role == TB_ROLE_MELODY && single);
    }
    while (w->first < w->n && w->spans[w->first].empty)
        w->first++;
    return status;
}

/* ---- likelihoods ---- */

static bool is_tone(int type, int above_root) {
    return tb_chord_pitches((TbChord){.root = 0, .kind = kind_of[type], .bass = -1}) >> above_root & 1;
}

/* The logarithm of how likely the notes of a span are over each chord. */
static void span_likelihood(const Span *s, double score[STATES]) {
    for (int type = 0; type < CHORD_TYPES; type++) {
        unsigned tones = tb_chord_pitches((TbChord){.root = 0, .kind = kind_of[type], .bass = -1});
        double n = __builtin_popcount(tones), in = log(CHORD_TONE / n), out = log((1 - CHORD_TONE) / (12 - n));
        for (int root = 0; root < CHORD_ROOTS; root++) {
            double sum = 0;
            for (int pc = 0; pc < 12; pc++) {
                int above = (pc - root + 12) % 12;
                sum += MELODY_WEIGHT * s->melody[pc] * chord_melody[type][above] / 100;
                sum += CHORDS_WEIGHT * s->chords[pc] * (tones >> above & 1 ? in : out);
            }
            for (int pc = 0; pc < 12 && s->bass_quarters > 0 && n > 3; pc++)
                if (tones >> (pc - root + 12) % 12 & 1 && s->chords[pc] + s->melody[pc] == 0)
                    sum += SILENT_TONE;
            int above = (s->bass - root + 120) % 12;
            double bass = above == 0             ? BASS_ROOT
                          : is_tone(type, above) ? BASS_TONE / (n - 1)
                                                 : (1 - BASS_ROOT - BASS_TONE) / (12 - n);
            score[root * CHORD_TYPES + type] = sum + BASS_WEIGHT * s->bass_quarters * log(bass);
        }
    }
}

static double degree(const Work *w, int root, int type) {
    int above = w->key.tonic < 0 ? 0 : (root - w->key.tonic + 12) % 12;
    return w->key.tonic < 0 ? 0 : chord_degree[w->key.minor][type][above] / 100.0;
}

/* The best way into each root by a change of chord: to[root], and from which state. */
static void best_moves(const double *before, double to[CHORD_ROOTS], uint8_t from[CHORD_ROOTS]) {
    for (int root = 0; root < CHORD_ROOTS; root++) {
        to[root] = -INFINITY;
        for (int state = 0; state < STATES; state++) {
            int step = (root - state / CHORD_TYPES + 12) % 12;
            double p = before[state] + chord_move[group_of[state % CHORD_TYPES]][step] / 100.0;
            if (p > to[root]) {
                to[root] = p;
                from[root] = (uint8_t)state;
            }
        }
    }
}

/* from[n][STATES]: the state before each; returns the best last state. */
static int search(const Work *w, uint8_t (*from)[STATES]) {
    double now[STATES] = {0}, before[STATES], likelihood[STATES];
    int best = 0;
    for (size_t i = w->first; i < w->n; i++) {
        const Span *s = &w->spans[i];
        double stay = s->in_bar ? STAY_IN_BAR : STAY_AT_BAR, to[CHORD_ROOTS];
        uint8_t by_move[CHORD_ROOTS];
        memcpy(before, now, sizeof now);
        span_likelihood(s, likelihood);
        if (i > w->first)
            best_moves(before, to, by_move);
        for (int state = 0; state < STATES; state++) {
            int root = state / CHORD_TYPES;
            double prior = degree(w, root, state % CHORD_TYPES);
            now[state] = prior + likelihood[state];
            if (i == w->first)
                continue;
            double move = to[root] + log(1 - stay) + prior, keep = before[state] + log(stay);
            from[i][state] = keep >= move ? (uint8_t)state : by_move[root];
            now[state] = likelihood[state] + fmax(keep, move);
        }
    }
    for (int state = 1; state < STATES; state++)
        best = now[state] > now[best] ? state : best;
    return best;
}

static TbStatus find(Work *w, TbChordSpan **chords, size_t *n) {
    size_t count = 0, room = w->n - w->first;
    uint8_t(*from)[STATES] = tbi_arena_alloc(&w->scope.arena, w->n, sizeof *from);
    TbChordSpan *found = from ? malloc((room + 1) * sizeof *found) : NULL;
    if (!found)
        return tbi_no_memory("to find chords");
    int state = room > 0 ? search(w, from) : 0;
    for (size_t i = w->n; i-- > w->first;) { /* backwards; turned round below */
        TbChord chord = {(int8_t)(state / CHORD_TYPES), kind_of[state % CHORD_TYPES], -1};
        TbChordSpan *last = count ? &found[count - 1] : NULL;
        if (last && last->chord.root == chord.root && last->chord.kind == chord.kind)
            last->tick = w->spans[i].tick;
        else
            found[count++] = (TbChordSpan){w->spans[i].tick, w->spans[i].end, chord};
        state = i > w->first ? from[i][state] : state;
    }
    for (size_t i = 0; i < count / 2; i++) {
        TbChordSpan other = found[i];
        found[i] = found[count - 1 - i];
        found[count - 1 - i] = other;
    }
    *chords = found;
    *n = count;
    return TB_OK;
}

TbStatus tb_score_find_chords(const TbScore *score, bool half_bars, TbChordSpan **chords, size_t *n) {
    Work w = {.score = score};
    TbStatus status = tbi_score_scope_new(score, TB_SCOPE_ALL, &w.scope);
    if (status)
        return status;
    w.role = tbi_arena_alloc(&w.scope.arena, score->n_parts, sizeof *w.role);
    status = w.role ? make_spans(&w, half_bars) : tbi_no_memory("to find chords");
    if (status == TB_OK)
        status = fill_spans(&w);
    if (status == TB_OK) {
        w.key = tbi_key_of(w.scope.notes, w.scope.n, score->ticks_per_quarter);
        status = find(&w, chords, n);
    }
    tbi_score_scope_free(&w.scope);
    return status;
}

TbStatus tb_score_chords(const TbScore *score, bool half_bars, TbChordSpan **chords, size_t *n) {
    if (score->n_chords == 0)
        return tb_score_find_chords(score, half_bars, chords, n);
    TbChordSpan *spans = malloc(score->n_chords * sizeof *spans);
    size_t count = 0;
    if (!spans)
        return tbi_no_memory("for the chords of a score");
    for (size_t i = 0; i < score->n_chords; i++) {
        int32_t next = i + 1 < score->n_chords ? score->chords[i + 1].tick : score->end;
        TbChordSpan span = {.tick = score->chords[i].tick, .end = next};
        if (next > span.tick && tb_chord_parse(score->chords[i].text, &span.chord))
            spans[count++] = span;
    }
    *chords = spans;
    *n = count;
    return TB_OK;
}
