/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measures of a piece. Definitions of pitch-class entropy, scale consistency and groove consistency: MusPy (Dong et
 * al. 2020, "MusPy: A toolkit for symbolic music generation"). */
#include "base/no_memory.h"
#include "score/bar_sets.h"
#include "score/key.h"
#include "score/measure_drums.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COMPARED = 400 /* bars, each with each */ };

typedef struct {
    const TbScore *score;
    TbBars bars;
    size_t n_bars; /* to the end of the last note */
    Scope scope;   /* its arena has the scratch, too */
    TbMeasures m;
} Work;

/* n elements that live until the piece is measured. */
#define scratch(w, n, type) ((type *)tbi_arena_alloc(&(w)->scope.arena, (n), sizeof(type)))

static double deviation(const double *x, size_t n) {
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n ? sqrt(sum / (double)n) : NAN;
}

/* ---- timing and velocity ---- */

static TbStatus measure_playing(Work *w, const TbScoreNote *notes, size_t n) {
    double *x = scratch(w, n, double), *off = scratch(w, n, double);
    size_t n_off = 0;
    uint64_t levels[2] = {0};
    if (!off)
        return tbi_no_memory("to analyse a score");
    for (size_t i = 0; i < n; i++) {
        x[i] = notes[i].velocity;
        levels[notes[i].velocity / 64] |= 1ull << notes[i].velocity % 64;
    }
    w->m.vel_spread = deviation(x, n);
    w->m.vel_levels = __builtin_popcountll(levels[0]) + __builtin_popcountll(levels[1]);
    int tpq = w->score->ticks_per_quarter;
    for (size_t i = 0; i < n; i++) {
        int32_t step = tb_grid_step(tpq, 4, notes[i].onset);
        double at = tb_score_seconds(w->score, notes[i].onset),
               ideal = tb_score_seconds(w->score, (double)step * tpq / 4);
        x[i] = (at - ideal) * 1000;
        if (step % 4 != 0)
            off[n_off++] = x[i];
    }
    w->m.timing_ms = deviation(x, n);
    w->m.offbeat_ms = n_off > 3 ? deviation(off, n_off) : NAN;
    return TB_OK;
}

/* ---- pitches ---- */

static void measure_pitches(Work *w) {
    const Scope *s = &w->scope;
    double h[12] = {0}, entropy = 0, best = 0, length = 0;
    uint64_t used[2] = {0};
    int low = 127, high = 0;
    for (size_t i = 0; i < s->n; i++) {
        int pitch = s->notes[i].pitch;
        h[pitch % 12] += 1;
        used[pitch / 64] |= 1ull << pitch % 64;
        low = pitch < low ? pitch : low;
        high = pitch > high ? pitch : high;
        length += s->notes[i].duration;
    }
    for (int root = 0; root < 12; root++) {
        static const int major[] = {0, 2, 4, 5, 7, 9, 11}; /* a minor scale has the same notes */
        double share = 0;
        for (int i = 0; i < 7; i++)
            share += h[(root + major[i]) % 12] / (double)s->n;
        best = fmax(best, share);
    }
    for (int pc = 0; pc < 12; pc++) {
        double p = h[pc] / (double)s->n;
        entropy -= p > 0 ? p * log2(p) : 0;
    }
    w->m.pc_entropy = entropy;
    w->m.scale_consistency = best;
    w->m.pitch_range = high - low;
    w->m.used_pitches = __builtin_popcountll(used[0]) + __builtin_popcountll(used[1]);
    w->m.note_len = length / (double)s->n / w->score->ticks_per_quarter;
    w->m.key = tbi_key_of(s->notes, s->n, w->score->ticks_per_quarter);
    w->m.key_clarity = w->m.key.clarity;
}

static TbStatus measure_top_line(Work *w) {
    TbScoreNote *top = scratch(w, w->scope.n, TbScoreNote);
    if (!top)
        return tbi_no_memory("to analyse a score");
    size_t n = tbi_top_line(w->scope.notes, w->scope.n, top), run = 1, longest = 1;
    double sum = 0, leaps = 0;
    for (size_t i = 1; i < n; i++) {
        int interval = abs(top[i].pitch - top[i - 1].pitch);
        sum += interval;
        leaps += interval > 5;
        run = interval == 0 ? run + 1 : 1;
        longest = run > longest ? run : longest;
    }
    if (n > 1) {
        w->m.mean_interval = sum / (double)(n - 1);
        w->m.leap_share = leaps / (double)(n - 1);
        w->m.ioi = (double)(top[n - 1].onset - top[0].onset) / (double)(n - 1) / w->score->ticks_per_quarter;
    }
    w->m.longest_same_note = (double)longest;
    return TB_OK;
}

/* ---- bars ---- */

static void measure_self_similarity(Work *w, const BarSets *s) {
    size_t n = s->n_bars < MOST_COMPARED ? s->n_bars : MOST_COMPARED, pairs = 0;
    double sum = 0, best = NAN;
    for (size_t lag = 1; lag < n; lag++) {
        double lag_sum = 0;
        size_t lag_pairs = 0;
        for (size_t a = 0; a + lag < n; a++) {
            double alike = tbi_bars_alike(s, a, a + lag);
            if (isnan(alike))
                continue;
            lag_sum += alike;
            lag_pairs++;
        }
        sum += lag_sum;
        pairs += lag_pairs;
        bool counts = lag_pairs > 0 && (lag & (lag - 1)) == 0 && lag <= 16;
        if (counts)
            best = fmax(best, lag_sum / (double)lag_pairs);
    }
    w->m.self_sim = pairs ? sum / (double)pairs : NAN;
    w->m.self_sim_lag = best;
}

/* 12 steps a quarter if nine of ten onsets are on that grid, else 4. */
static int fitting_grid(const Work *w) {
    size_t on = 0;
    for (size_t i = 0; i < w->scope.n; i++) {
        double step = w->scope.notes[i].onset * 12.0 / w->score->ticks_per_quarter;
        on += fabs(step - rint(step)) < 0.05;
    }
    return (double)on / (double)w->scope.n > 0.9 ? TB_GRID_MELODY : TB_GRID_RHYTHM;
}

static void fill_cells(const Work *w, int per_quarter, bool pitches, Cell *cells) {
    for (size_t i = 0; i < w->scope.n; i++)
        cells[i] = (Cell){tb_grid_step(w->score->ticks_per_quarter, per_quarter, w->scope.notes[i].onset),
                          pitches ? w->scope.notes[i].pitch : 0};
}

static TbStatus measure_bars(Work *w) {
    BarSets sets;
    double rep[4];
    size_t full = 0;
    int per_quarter = fitting_grid(w);
    Cell *cells = scratch(w, w->scope.n, Cell);
    if (!cells)
        return tbi_no_memory("to analyse a score");
    fill_cells(w, per_quarter, true, cells);
    TbStatus status = tbi_bar_sets_new(&w->bars, per_quarter, cells, w->scope.n, w->n_bars, &sets);
    if (status == TB_OK) {
        for (size_t b = 0; b < sets.n_bars; b++)
            full += bar_size(&sets, b) > 0;
        w->m.density = (double)w->scope.n / (double)full;
        w->m.empty_bars = 1 - (double)full / (double)sets.n_bars;
        measure_self_similarity(w, &sets);
        status = tbi_repetition(&sets, rep);
        tbi_bar_sets_free(&sets);
    }
    if (status == TB_OK) {
        w->m.rep1 = rep[0], w->m.rep2 = rep[1], w->m.rep4 = rep[2], w->m.rep8 = rep[3];
        fill_cells(w, TB_GRID_RHYTHM, false, cells);
        status = tbi_bar_sets_new(&w->bars, TB_GRID_RHYTHM, cells, w->scope.n, w->n_bars, &sets);
    }
    if (status == TB_OK) {
        w->m.groove_consistency = tbi_groove(&sets, 1);
        tbi_bar_sets_free(&sets);
    }
    return status;
}

/* ---- several notes at once ---- */

typedef struct {
    int32_t tick, change;
} Edge;

static int by_tick(const void *a, const void *b) {
    const Edge *x = a, *y = b;
    return x->tick != y->tick ? (x->tick < y->tick ? -1 : 1) : x->change - y->change;
}

static TbStatus measure_polyphony(Work *w) {
    size_t n = 2 * w->scope.n;
    Edge *edges = scratch(w, n, Edge);
    if (!edges)
        return tbi_no_memory("to analyse a score");
    for (size_t i = 0; i < w->scope.n; i++) {
        const TbScoreNote *note = &w->scope.notes[i];
        edges[2 * i] = (Edge){note->onset, 1};
        edges[2 * i + 1] = (Edge){note->onset + (note->duration > 1 ? note->duration : 1), -1};
    }
    qsort(edges, n, sizeof *edges, by_tick);
    double sum = 0, time = 0;
    int64_t sounding = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        double ticks = edges[i + 1].tick - edges[i].tick;
        sounding += edges[i].change;
        sum += sounding > 0 ? (double)sounding * ticks : 0;
        time += sounding > 0 ? ticks : 0;
    }
    w->m.polyphony = sum / fmax(time, 1);
    return TB_OK;
}

/* The chords of a part as they sound: its starts and ends of notes in order of time, and what sounds so far. */
typedef struct {
    Edge *edges; /* [n]; `change` is 1 + the pitch class, negative at an end */
    size_t n, next;
    int64_t sounding[12];
} ChordPart;

static TbStatus chord_part_new(Work *w, ChordPart *c) {
    const Scope *s = &w->scope;
    size_t n = s->chords < 0 ? 0 : s->facts[s->chords].n;
    *c = (ChordPart){.edges = scratch(w, 2 * n, Edge), .n = 2 * n};
    if (!c->edges)
        return tbi_no_memory("to analyse a score");
    for (size_t i = 0; i < n; i++) {
        const TbScoreNote *note = &s->sorted[s->first[s->chords] + i];
        int32_t pc = 1 + note->pitch % 12;
        c->edges[2 * i] = (Edge){note->onset, pc};
        c->edges[2 * i + 1] = (Edge){note->onset + note->duration, -pc};
    }
    if (n > 0)
        qsort(c->edges, c->n, sizeof *c->edges, by_tick);
    return TB_OK;
}

/* The pitch classes that sound at a tick, which is not before that of the last call. */
static unsigned sounding_at(ChordPart *c, int32_t tick) {
    unsigned pitches = 0;
    for (; c->next < c->n && c->edges[c->next].tick <= tick; c->next++) {
        int32_t change = c->edges[c->next].change;
        c->sounding[abs(change) - 1] += change > 0 ? 1 : -1;
    }
    for (int pc = 0; pc < 12; pc++)
        pitches |= c->sounding[pc] > 0 ? 1u << pc : 0;
    return pitches;
}

/* The pitch classes of the chord symbol at a tick. "N.C." is passed over, as in chord tracks without a rest. */
static unsigned symbol_at(const TbScore *score, size_t *next, unsigned now, int32_t tick) {
    for (; *next < score->n_chords && score->chords[*next].tick <= tick; ++*next) {
        TbChord chord;
        unsigned pitches = tb_chord_parse(score->chords[*next].text, &chord) ? tb_chord_pitches(chord) : 0;
        now = pitches ? pitches : now;
    }
    return now;
}

static TbStatus measure_chord_tones(Work *w) {
    const Scope *s = &w->scope;
    ChordPart chords;
    size_t next = 0;
    double inside = 0, all = 0;
    unsigned symbol = 0;
    if (s->melody < 0 || (s->chords < 0 && w->score->n_chords == 0))
        return TB_OK;
    TbStatus status = chord_part_new(w, &chords);
    for (size_t i = s->first[s->melody]; i < s->first[s->melody + 1] && status == TB_OK; i++) {
        const TbScoreNote *note = &s->sorted[i];
        symbol = symbol_at(w->score, &next, symbol, note->onset);
        unsigned pitches = s->chords >= 0 ? sounding_at(&chords, note->onset) : symbol;
        double ticks = note->duration > 1 ? note->duration : 1;
        all += pitches ? ticks : 0;
        inside += pitches >> note->pitch % 12 & 1 ? ticks : 0;
    }
    w->m.chord_tones = all > 0 ? inside / all : NAN;
    return status;
}

static TbStatus measure_pitched(Work *w) {
    TbStatus status;
    measure_pitches(w);
    if ((status = measure_chord_tones(w)) != TB_OK || (status = measure_top_line(w)) != TB_OK)
        return status;
    status = measure_bars(w);
    return status ? status : measure_polyphony(w);
}

static TbStatus measure_notes(Work *w) {
    const Scope *s = &w->scope;
    int32_t last = tb_score_last_off(w->score);
    w->n_bars = 0;
    while (w->n_bars < w->bars.n_bars && w->bars.line[w->n_bars] < last)
        w->n_bars++;
    w->n_bars = w->n_bars ? w->n_bars : 1;
    w->m.bars = (double)w->n_bars;
    w->m.seconds = tb_score_seconds(w->score, last);
    bool drums = s->n_drums > 0 && (double)s->n_drums > (double)s->n / 4;
    TbStatus status = measure_playing(w, drums ? s->drums : s->notes, drums ? s->n_drums : s->n);
    if (status == TB_OK && s->n > 0)
        status = measure_pitched(w);
    if (status == TB_OK && s->n_drums > 0)
        status = tbi_measure_drums(&w->bars, w->n_bars, s, &w->m);
    return status;
}

TbStatus tb_score_measure(const TbScore *score, TbScope scope, TbMeasures *measures) {
    Work w = {.score = score};
    int32_t last = tb_score_last_off(score);
#define UNKNOWN(name) w.m.name = NAN;
    TB_MEASURES(UNKNOWN)
    w.m.key = (TbKey){.tonic = -1, .clarity = NAN};
    w.m.notes = (double)score->n_notes;
    w.m.bars = w.m.seconds = 0;
    TbStatus status = tb_bars_new(score, last > score->end ? last : score->end, &w.bars);
    if (status)
        return status;
    for (size_t b = 0; b <= w.bars.n_bars; b++)
        w.m.ends_on_bar |= w.bars.line[b] == score->end;
    status = tbi_score_scope_new(score, scope, &w.scope);
    if (status == TB_OK && score->n_notes > 0)
        status = measure_notes(&w);
    tbi_score_scope_free(&w.scope);
    tb_bars_free(&w.bars);
    if (status == TB_OK)
        *measures = w.m;
    return status;
}
