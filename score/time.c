/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks as bars, beats and seconds. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "timbrel/score.h"

#include <math.h>
#include <stdlib.h>

static int32_t bar_ticks(const TbScore *score, TbScoreMetre m) {
    int64_t ticks = (int64_t)m.numerator * 4 * score->ticks_per_quarter / m.denominator;
    return ticks > 1 ? (int32_t)ticks : 1;
}

/* Appends the lines after `line`, `ticks` apart, until `until`; the last one may be beyond it if `to_cover`. */
static TbStatus add_lines(TbBars *bars, size_t *room, int32_t ticks, int64_t until, bool to_cover) {
    int64_t line = bars->line[bars->n_bars];
    for (;;) {
        bool fits = line + ticks <= until || (to_cover && line < until);
        if (!fits)
            return TB_OK;
        if (bars->n_bars == TB_SCORE_BARS || line + ticks > INT32_MAX)
            return tb_fail(TB_ERR_UNSUPPORTED, "The song has over %d bars; check its metre.", TB_SCORE_BARS);
        if (!tbi_grow(&bars->line, bars->n_bars + 2, room))
            return tbi_no_memory("for the bars of a score");
        line += ticks;
        bars->line[++bars->n_bars] = (int32_t)line;
    }
}

TbStatus tb_bars_new(const TbScore *score, int32_t until, TbBars *bars) {
    size_t room = 64;
    TbStatus status = TB_OK;
    *bars = (TbBars){.line = malloc(room * sizeof(int32_t)), .score = score};
    if (!bars->line) {
        *bars = (TbBars){0};
        return tbi_no_memory("for the bars of a score");
    }
    bars->line[0] = 0;
    for (size_t i = 0; i < score->n_metres && status == TB_OK; i++) {
        const TbScoreMetre *m = &score->metres[i];
        bool last = i + 1 == score->n_metres;
        int32_t line = bars->line[bars->n_bars];
        if (m->tick > line) /* an incomplete bar */
            status = add_lines(bars, &room, m->tick - line, m->tick, false);
        int32_t covered = until > m->tick ? until : m->tick + 1;
        if (status == TB_OK)
            status = add_lines(bars, &room, bar_ticks(score, *m), last ? covered : m[1].tick, last);
    }
    if (status)
        tb_bars_free(bars);
    return status;
}

void tb_bars_free(TbBars *bars) {
    free(bars->line);
    *bars = (TbBars){0};
}

size_t tb_bars_find(const TbBars *bars, double tick) {
    size_t low = 0, high = bars->n_bars; /* line[low] <= tick < line[high], if inside */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (bars->line[middle] <= tick)
            low = middle;
        else
            high = middle;
    }
    return low;
}

TbScoreMetre tb_bars_metre(const TbBars *bars, size_t bar) {
    const TbScore *s = bars->score;
    size_t low = 0, high = s->n_metres;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (s->metres[middle].tick <= bars->line[bar])
            low = middle;
        else
            high = middle;
    }
    return s->metres[low];
}

double tb_bars_beat(const TbBars *bars, size_t bar, double tick) {
    return (tick - bars->line[bar]) * tb_bars_metre(bars, bar).denominator / (4.0 * bars->score->ticks_per_quarter);
}

double tb_bars_tick(const TbBars *bars, size_t bar, double beat) {
    return bars->line[bar] + beat * 4.0 * bars->score->ticks_per_quarter / tb_bars_metre(bars, bar).denominator;
}

/* The tempo at a tick, or, if `by_seconds`, at a time. */
static const TbScoreTempo *tempo_at(const TbScore *s, double where, bool by_seconds) {
    size_t low = 0, high = s->n_tempos;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((by_seconds ? s->tempos[middle].seconds : s->tempos[middle].tick) <= where)
            low = middle;
        else
            high = middle;
    }
    return &s->tempos[low];
}

double tb_score_seconds(const TbScore *score, double tick) {
    const TbScoreTempo *t = tempo_at(score, tick, false);
    return t->seconds + (tick - t->tick) * (t->us_per_quarter / 1e6 / score->ticks_per_quarter);
}

double tb_score_tick(const TbScore *score, double seconds) {
    const TbScoreTempo *t = tempo_at(score, seconds, true);
    return t->tick + (seconds - t->seconds) / (t->us_per_quarter / 1e6 / score->ticks_per_quarter);
}
