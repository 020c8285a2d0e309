/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of a piece, by phrases that agree, and its swing. */
#include "base/no_memory.h"
#include "score/measure_drums.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double SAME = 0.75, VARIED = 0.4; /* Jaccard indexes of two phrases */
enum { LETTERS = 26, MOST_PHRASES = 400 };

typedef struct {
    const BarSets *sets;
    size_t first, length, n; /* the first bar, bars a phrase, phrases */
} Phrases;

static bool is_empty(const Phrases *p, size_t a) {
    size_t from = p->first + a * p->length, to = from + p->length;
    return p->sets->first[to < p->sets->n_bars ? to : p->sets->n_bars] == p->sets->first[from];
}

static double alike(const Phrases *p, size_t a, size_t b) {
    size_t common = 0, all = 0;
    for (size_t i = 0; i < p->length; i++) {
        size_t x = p->first + a * p->length + i, y = p->first + b * p->length + i;
        bool has_x = x < p->sets->n_bars, has_y = y < p->sets->n_bars;
        size_t shared = has_x && has_y ? tbi_bars_common(p->sets, x, y) : 0;
        common += shared;
        all += (has_x ? bar_size(p->sets, x) : 0) + (has_y ? bar_size(p->sets, y) : 0) - shared;
    }
    return all ? (double)common / (double)all : 0;
}

/* A letter for each phrase, "-" for silence; form has room for 3 bytes a phrase. */
static void name_phrases(const Phrases *p, char *form) {
    size_t first_of[LETTERS], n_letters = 0;
    char *to = form;
    for (size_t a = 0; a < p->n; a++) {
        double best = 0;
        size_t letter = n_letters;
        for (size_t k = 0; k < n_letters; k++) {
            double s = alike(p, first_of[k], a);
            letter = s > best ? k : letter;
            best = fmax(best, s);
        }
        if (a > 0)
            *to++ = ' ';
        if (is_empty(p, a)) {
            *to++ = '-';
            continue;
        }
        if (best < VARIED)
            letter = n_letters;
        if (letter == LETTERS) { /* more material than letters */
            *to++ = '?';
            continue;
        }
        if (letter == n_letters)
            first_of[n_letters++] = a;
        *to++ = (char)('A' + letter);
        if (best >= VARIED && best < SAME)
            *to++ = '\'';
    }
    *to = 0;
}

/* The sets of bars that a listener follows: the melody, or the drums where nothing else plays. */
static TbStatus followed_bars(const TbScore *score, const TbBars *bars, const Scope *scope, BarSets *sets) {
    if (scope->n == 0)
        return tbi_drum_bars(bars, 1, scope->drums, scope->n_drums, sets);
    Cell *cells = malloc(scope->n * sizeof *cells);
    if (!cells)
        return tbi_no_memory("to find the form");
    for (size_t i = 0; i < scope->n; i++)
        cells[i] = (Cell){tb_grid_step(score->ticks_per_quarter, TB_GRID_RHYTHM, scope->notes[i].onset),
                          scope->notes[i].pitch};
    TbStatus status = tbi_bar_sets_new(bars, TB_GRID_RHYTHM, cells, scope->n, 1, sets);
    free(cells);
    return status;
}

/* Whether the first bar has only an upbeat: phrases begin after it. */
static bool has_upbeat(const TbBars *bars, const Scope *scope) {
    int32_t first = INT32_MAX;
    const TbScoreNote *notes = scope->n ? scope->notes : scope->drums;
    for (size_t i = 0; i < (scope->n ? scope->n : scope->n_drums); i++)
        first = notes[i].onset < first ? notes[i].onset : first;
    return first >= bars->line[1] / 2 && first < bars->line[1];
}

TbStatus tb_score_form(const TbScore *score, int bars_per_phrase, char **form) {
    Scope scope;
    TbBars bars;
    BarSets sets = {0};
    if (bars_per_phrase < 1)
        return tb_fail(TB_ERR_ARGUMENT, "A phrase has one bar or more.");
    TbStatus status = tbi_score_scope_new(score, TB_SCOPE_MELODY, &scope);
    if (status)
        return status;
    status = tb_bars_new(score, tb_score_last_off(score), &bars);
    if (status == TB_OK) {
        status = followed_bars(score, &bars, &scope, &sets);
        size_t length = (size_t)bars_per_phrase, upbeat = has_upbeat(&bars, &scope) ? 1 : 0;
        size_t n = bars.n_bars > upbeat ? (bars.n_bars - upbeat + length / 2) / length : 0;
        while (n > 0 && upbeat + (n - 1) * length >= sets.n_bars) /* silence at the end */
            n--;
        n = n < MOST_PHRASES ? n : MOST_PHRASES;
        char *text = status ? NULL : calloc(3 * n + 1, 1);
        if (status == TB_OK && !text)
            status = tbi_no_memory("to find the form");
        if (status == TB_OK) {
            if (n > 1)
                name_phrases(&(Phrases){&sets, upbeat, length, n}, text);
            *form = text;
        }
        tb_bars_free(&bars);
    }
    tbi_bar_sets_free(&sets);
    tbi_score_scope_free(&scope);
    return status;
}

double tb_score_swing(const TbScore *score) {
    enum { FEWEST = 8 };
    const double earliest = 0.4, latest = 0.72; /* of a quarter note: between the second and the last 16th */
    double sum[2] = {0};
    size_t n[2] = {0};
    for (size_t i = 0; i < score->n_notes; i++) {
        double beat = (double)score->notes[i].onset / score->ticks_per_quarter, place = beat - floor(beat);
        bool drums = score->parts[score->notes[i].part].channel == TB_SCORE_DRUM_CHANNEL;
        if (place < earliest || place > latest)
            continue;
        sum[drums] += place;
        n[drums]++;
    }
    bool drums = n[1] >= FEWEST;
    return n[drums] >= FEWEST ? 100 * sum[drums] / (double)n[drums] : NAN;
}
