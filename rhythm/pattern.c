/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score/edit.h"
#include "timbrel/rhythm.h"

#include <math.h>

void tb_rhythm_clear(int numerator, int denominator, double tempo, TbRhythm *rhythm) {
    memset(rhythm, 0, sizeof *rhythm);
    rhythm->numerator = (uint8_t)numerator;
    rhythm->denominator = (uint8_t)denominator;
    rhythm->tempo = tempo;
}

static TbDrumHit *cells(TbRhythm *rhythm) {
    return &rhythm->cell[0][0];
}

enum { N_CELLS = TB_RHYTHM_STEPS * TB_DRUM_CLASSES };

size_t tb_rhythm_hits(const TbRhythm *rhythm) {
    size_t n = 0;
    for (size_t i = 0; i < N_CELLS; i++)
        n += (&rhythm->cell[0][0])[i].velocity > 0;
    return n;
}

float tb_rhythm_mean_offset(const TbRhythm *rhythm) {
    size_t n = tb_rhythm_hits(rhythm);
    double sum = 0;
    for (size_t i = 0; i < N_CELLS; i++)
        sum += (&rhythm->cell[0][0])[i].offset;
    return n ? (float)(sum / (double)n) : 0;
}

void tb_rhythm_shift(TbRhythm *rhythm, float shift) {
    for (size_t i = 0; i < N_CELLS; i++)
        if (cells(rhythm)[i].velocity > 0)
            cells(rhythm)[i].offset = fminf(fmaxf(cells(rhythm)[i].offset + shift, -0.4999f), 0.5f);
}

void tb_rhythm_quantise(TbRhythm *rhythm) {
    for (size_t i = 0; i < N_CELLS; i++)
        cells(rhythm)[i].offset = 0;
}

/* ---- from a score ---- */

/* Puts a hit into its cell, unless a louder one is there. */
static void strike(TbRhythm *rhythm, int step, int drum, TbDrumHit hit) {
    TbDrumHit *cell = &rhythm->cell[step][drum];
    if (hit.velocity > cell->velocity)
        *cell = hit;
}

TbStatus tb_rhythm_from_score(const TbBars *bars, size_t bar, const TbDrumMap *map, TbRhythm *rhythm) {
    const TbScore *score = bars->score;
    if (bar + TB_RHYTHM_BARS > bars->n_bars)
        return tb_fail(TB_ERR_ARGUMENT, "Bars %zu and %zu are not both in the piece, which has %zu.", bar + 1, bar + 2,
                       bars->n_bars);
    const TbScoreMetre metre = tb_bars_metre(bars, bar), next = tb_bars_metre(bars, bar + 1);
    if (!tb_rhythm_metre_is_possible(metre.numerator, metre.denominator) || metre.numerator != next.numerator ||
        metre.denominator != next.denominator)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "A rhythm of bars in %d/%d and %d/%d is not possible; both need the same metre, of at most %d "
                       "sixteenths.",
                       metre.numerator, metre.denominator, next.numerator, next.denominator, TB_RHYTHM_BAR_STEPS);
    const int32_t first = bars->line[bar], end = bars->line[bar + TB_RHYTHM_BARS];
    const double step_ticks = score->ticks_per_quarter / 4.0, seconds = tb_score_seconds(score, end);
    const double quarters = (double)(end - first) / score->ticks_per_quarter;
    const bool last = bar + TB_RHYTHM_BARS == bars->n_bars;
    tb_rhythm_clear(metre.numerator, metre.denominator,
                    fmin(fmax(60 * quarters / (seconds - tb_score_seconds(score, first)), TB_SLOWEST), TB_FASTEST),
                    rhythm);
    const int n = tb_rhythm_steps(rhythm);
    const size_t later = tbi_score_find(score, end + (int32_t)step_ticks + 1);
    for (size_t i = tbi_score_find(score, first - (int32_t)step_ticks - 1); i < later; i++) {
        const TbScoreNote *note = &score->notes[i];
        int drum = tb_drum_class(map, note->pitch);
        if (score->parts[note->part].channel != TB_SCORE_DRUM_CHANNEL || drum < 0)
            continue;
        double at = (note->onset - first) / step_ticks, step = ceil(at - 0.5);
        TbDrumHit hit = {note->velocity / 127.0f, (float)(at - step)};
        if (step == n && last)
            step = 0;
        if (step >= 0 && step < n)
            strike(rhythm, (int)step, drum, hit);
    }
    return TB_OK;
}

/* ---- to a score ---- */

enum { SNARE = 1, CLOSED_HAT = 2, OPEN_HAT = 3, RIDE = 8 };

static bool is_hit(const TbRhythm *rhythm, int step, int drum) {
    return step >= 0 && step < tb_rhythm_steps(rhythm) && rhythm->cell[step][drum].velocity > 0;
}

/* Whether a closed hi-hat has to be played by foot, since the hands are elsewhere: on the ride or on two drums, or on
 * one without playing the hi-hat in the steps around. This is right for 86 % of the hi-hats in the test split of the
 * Groove MIDI Dataset. */
static bool by_foot(const TbRhythm *rhythm, int step) {
    int hands = 0;
    bool stays = false;
    for (int d = SNARE; d <= RIDE; d++)
        hands += d != CLOSED_HAT && d != OPEN_HAT && is_hit(rhythm, step, d);
    for (int t = step - 2; t <= step + 2; t++)
        stays = stays || (t != step && is_hit(rhythm, t, CLOSED_HAT));
    return is_hit(rhythm, step, RIDE) || hands >= 2 || (hands == 1 && !stays);
}

TbStatus tb_rhythm_add_to_score(const TbRhythm *rhythm, const TbDrumMap *map, int32_t tick, size_t part,
                                TbScore *score) {
    const int n = tb_rhythm_steps(rhythm), tpq = score->ticks_per_quarter;
    const int32_t most = tpq > TB_GRID_RHYTHM ? (tpq / TB_GRID_RHYTHM - 1) / 2 : 0;
    const int32_t tenth = (int32_t)fmax(1, rhythm->tempo * tpq / 600);
    TbStatus status = TB_OK;
    for (int d = 0; d < TB_DRUM_CLASSES; d++) {
        int32_t next = INT32_MAX;
        for (int s = n - 1; status == TB_OK && s >= 0; s--) {
            const TbDrumHit *cell = &rhythm->cell[s][d];
            if (!(cell->velocity > 0))
                continue;
            int32_t offset = (int32_t)lroundf(cell->offset * (float)tpq / TB_GRID_RHYTHM);
            int velocity = (int)lroundf(127 * fminf(cell->velocity, 1));
            offset = offset < -most ? -most : offset > most ? most : offset;
            int32_t onset = tick + tb_grid_tick(tpq, TB_GRID_RHYTHM, s) + offset;
            onset = onset > 0 ? onset : 0;
            const int32_t line = tick + tb_grid_tick(tpq, TB_GRID_RHYTHM, s < n / 2 ? n / 2 : n);
            if (next > line - most) /* the earliest hit of the bar that follows */
                next = line - most;
            const bool foot = d == CLOSED_HAT && map->pedal_hat && by_foot(rhythm, s);
            TbScoreNote note = {.onset = onset,
                                .duration = next - onset < tenth ? next - onset : tenth,
                                .pitch = foot ? map->pedal_hat : map->key_of[d],
                                .velocity = (uint8_t)(velocity > 1 ? velocity : 1),
                                .part = (uint16_t)part};
            status = tb_score_add_note(score, note);
            next = onset;
        }
    }
    return status;
}

TbStatus tb_rhythm_to_score(const TbRhythm *rhythm, const TbDrumMap *map, TbScore *score) {
    enum { TICKS = 480 };
    size_t part;
    TbStatus status = tb_score_new(TICKS, score);
    if (status)
        return status;
    status = tb_score_add_tempo(score, 0, 6e7 / rhythm->tempo);
    if (status == TB_OK)
        status = tb_score_add_metre(score, 0, rhythm->numerator, rhythm->denominator);
    if (status == TB_OK)
        status = tb_score_add_part(score, "Drums", -1, TB_SCORE_DRUM_CHANNEL, &part);
    if (status == TB_OK)
        status = tb_rhythm_add_to_score(rhythm, map, 0, part, score);
    if (status) {
        tb_score_free(score);
        return status;
    }
    tb_score_sort(score);
    score->end = tb_grid_tick(TICKS, TB_GRID_RHYTHM, tb_rhythm_steps(rhythm));
    return TB_OK;
}
