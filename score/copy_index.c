/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a piece stands in a corpus: melodic lines and drum bars as tokens. A piece that is searched for becomes a
 * suffix array, and the corpus is read past it; so the corpus needs no preparation. */
#include "score/copy_index.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "score/measure_drums.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_INTERVAL = 60, MOST_DISTANCE = 600, LONGEST_OSTINATO = 8, TIMES_KEPT = 3 };

/* Takes out what repeats the last 1 .. LONGEST_OSTINATO tokens for the third time and more: an ostinato that two pieces
 * share is no copy. */
static size_t thin(uint64_t *x, size_t n) {
    for (size_t period = 1; period <= LONGEST_OSTINATO && n > TIMES_KEPT * period; period++) {
        size_t kept = period, run = 0; /* tokens that equal the one a period before */
        uint64_t before[LONGEST_OSTINATO];
        memcpy(before, x, period * sizeof *x);
        for (size_t i = period; i < n; i++) {
            uint64_t token = x[i];
            run = token == before[i % period] ? run + 1 : 0;
            before[i % period] = token;
            if (run <= (TIMES_KEPT - 1) * period)
                x[kept++] = token;
        }
        n = kept;
    }
    return n;
}

/* The tokens of a part: intervals of its top line and distances of its onsets. tokens[n notes]; returns their number.
 */
static size_t line_of(const TbScoreNote *notes, size_t n_notes, int tpq, TbScoreNote *top, uint64_t *tokens) {
    size_t n = tbi_top_line(notes, n_notes, top);
    for (size_t i = 1; i < n; i++) {
        int interval = top[i].pitch - top[i - 1].pitch;
        int32_t distance =
            tb_grid_step(tpq, TB_GRID_MELODY, top[i].onset) - tb_grid_step(tpq, TB_GRID_MELODY, top[i - 1].onset);
        interval = interval > MOST_INTERVAL ? MOST_INTERVAL : interval < -MOST_INTERVAL ? -MOST_INTERVAL : interval;
        distance = distance > MOST_DISTANCE ? MOST_DISTANCE : distance;
        tokens[i - 1] = (uint64_t)(interval + 64) << 10 | (uint64_t)distance;
    }
    return n > 1 ? thin(tokens, n - 1) : 0;
}

/* A token for each bar of drums: a hash of its cells (FNV-1a over words, then mixed). */
static uint64_t token_of_bar(const BarSets *s, size_t bar) {
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = s->first[bar]; i < s->first[bar + 1]; i++)
        h = (h ^ s->cells[i]) * 0x100000001b3;
    h = (h ^ h >> 31) * 0xd6e8feb86659fd93;
    return (h ^ h >> 29) >> 1;
}

/* *tokens is newly allocated (free); *n is 0 without drums. */
static TbStatus drum_line(const TbScore *score, const Scope *scope, uint64_t **tokens, size_t *n) {
    TbBars bars;
    BarSets sets = {0};
    int32_t last = 0;
    *tokens = NULL;
    *n = 0;
    for (size_t i = 0; i < scope->n_drums; i++) {
        int32_t off = scope->drums[i].onset + scope->drums[i].duration;
        last = off > last ? off : last;
    }
    TbStatus status = tb_bars_new(score, last, &bars);
    if (status)
        return status;
    status = tbi_drum_bars(&bars, 1, scope->drums, scope->n_drums, &sets);
    if (status == TB_OK && sets.first[sets.n_bars] > 0) {
        *tokens = malloc(sets.n_bars * sizeof **tokens);
        for (size_t b = 0; b < sets.n_bars && *tokens; b++)
            (*tokens)[(*n)++] = token_of_bar(&sets, b);
        status = *tokens ? TB_OK : tbi_no_memory("to compare with other music");
    }
    tbi_bar_sets_free(&sets);
    tb_bars_free(&bars);
    return status;
}

/* What to do with each line of a piece. */
typedef TbStatus (*UseLine)(void *context, bool drums, const uint64_t *tokens, size_t n);

static TbStatus each_line(const TbScore *score, UseLine use, void *context) {
    Scope scope;
    uint64_t *bars = NULL;
    size_t n = 0;
    TbStatus status = tbi_score_scope_new(score, TB_SCOPE_ALL, &scope);
    if (status)
        return status;
    uint64_t *tokens = tbi_arena_alloc(&scope.arena, score->n_notes, sizeof *tokens);
    TbScoreNote *top = tbi_arena_alloc(&scope.arena, score->n_notes, sizeof *top);
    if (!top)
        status = tbi_no_memory("to compare with other music");
    for (size_t p = 0; p < score->n_parts && status == TB_OK; p++) {
        if (scope.facts[p].drums)
            continue;
        n = line_of(scope.sorted + scope.first[p], scope.facts[p].n, score->ticks_per_quarter, top, tokens);
        status = n > 0 ? use(context, false, tokens, n) : TB_OK;
    }
    if (status == TB_OK && scope.n_drums > 0)
        status = drum_line(score, &scope, &bars, &n);
    if (status == TB_OK && bars)
        status = use(context, true, bars, n);
    free(bars);
    tbi_score_scope_free(&scope);
    return status;
}

/* ---- the corpus ---- */

TbStatus tb_copy_index_new(TbCopyIndex **index) {
    *index = calloc(1, sizeof **index);
    return *index ? TB_OK : tbi_no_memory("to compare with other music");
}

static TbStatus add_tokens(CopyText *text, const uint64_t *tokens, size_t n) {
    if (!tbi_grow(&text->token, text->n + n + 1, &text->room))
        return tbi_no_memory("to compare with other music");
    if (n > 0)
        memcpy(text->token + text->n, tokens, n * sizeof *tokens);
    text->n += n;
    text->token[text->n++] = COPY_END;
    return TB_OK;
}

TbStatus tbi_copy_index_begin(TbCopyIndex *index, const char *name, size_t n) {
    if (!tbi_grow(&index->pieces, index->n_pieces + 1, &index->room))
        return tbi_no_memory("to compare with other music");
    CopiedPiece piece = {index->lines.n, index->bars.n, strndup(name, n)};
    if (!piece.name)
        return tbi_no_memory("to compare with other music");
    index->pieces[index->n_pieces++] = piece;
    return TB_OK;
}

void tbi_copy_index_shorten(TbCopyIndex *index, size_t n_pieces) {
    while (index->n_pieces > n_pieces) {
        const CopiedPiece *last = &index->pieces[--index->n_pieces];
        index->lines.n = last->from_lines;
        index->bars.n = last->from_bars;
        free(last->name);
    }
}

static TbStatus add_line(void *context, bool drums, const uint64_t *tokens, size_t n) {
    TbCopyIndex *index = context;
    return add_tokens(drums ? &index->bars : &index->lines, tokens, n);
}

TbStatus tb_copy_index_add(TbCopyIndex *index, const char *name, const TbScore *score) {
    const size_t before = index->n_pieces;
    TbStatus status = tbi_copy_index_begin(index, name, strlen(name));
    if (status)
        return status;
    status = each_line(score, add_line, index);
    if (status)
        tbi_copy_index_shorten(index, before);
    return status;
}

size_t tb_copy_index_count(const TbCopyIndex *index) {
    return index->n_pieces;
}

void tb_copy_index_free(TbCopyIndex *index) {
    if (!index)
        return;
    tbi_copy_index_shorten(index, 0);
    free(index->pieces);
    free(index->lines.token);
    free(index->bars.token);
    free(index);
}

/* ---- searches ---- */

/* The piece that has a place of the text. */
static const char *name_at(const TbCopyIndex *index, bool drums, size_t where) {
    size_t low = 0, high = index->n_pieces;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        const CopiedPiece *p = &index->pieces[middle];
        bool before = (drums ? p->from_bars : p->from_lines) <= where;
        low = before ? middle : low;
        high = before ? high : middle;
    }
    return index->pieces[low].name;
}

typedef struct {
    SuffixArray lines, bars; /* of the piece that is searched for */
} Sought;

static TbStatus seek_line(void *context, bool drums, const uint64_t *tokens, size_t n) {
    Sought *s = context;
    return tbi_suffix_array_add(drums ? &s->bars : &s->lines, tokens, n);
}

/* The length of the longest run; NAN: nothing is sought. */
static TbStatus search(const TbCopyIndex *index, bool drums, SuffixArray *sought, double *length, const char **name) {
    const CopyText *text = drums ? &index->bars : &index->lines;
    size_t where = 0;
    *length = NAN;
    *name = NULL;
    if (sought->n == 0)
        return TB_OK;
    TbStatus status = tbi_suffix_array_sort(sought);
    if (status)
        return status;
    const size_t run = tbi_suffix_array_longest(sought, text->token, text->n, &where);
    *length = (double)run + (run > 0 && !drums); /* one note more than steps */
    if (run > 0)
        *name = name_at(index, drums, where);
    return TB_OK;
}

TbStatus tb_copy_index_find(const TbCopyIndex *index, const TbScore *score, TbCopied *copied) {
    Sought s = {0};
    TbCopied found;
    TbStatus status = each_line(score, seek_line, &s);
    if (status == TB_OK)
        status = search(index, false, &s.lines, &found.run, &found.name);
    if (status == TB_OK)
        status = search(index, true, &s.bars, &found.drum_run, &found.drum_name);
    tbi_suffix_array_free(&s.lines);
    tbi_suffix_array_free(&s.bars);
    if (status == TB_OK)
        *copied = found;
    return status;
}
