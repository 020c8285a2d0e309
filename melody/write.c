/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores from melodies. */
#include "melody/check.h"

static int32_t tick_of(const TbScore *score, int32_t tick, int32_t step) {
    return tick + tb_grid_tick(score->ticks_per_quarter, TB_GRID_MELODY, step);
}

TbStatus tb_melody_add_to_score(const TbMelody *m, size_t first, size_t n, int32_t tick, size_t part, TbScore *score) {
    TbStatus status = tbi_melody_check(m);
    if (status)
        return status;
    if (first >= (size_t)m->n_bars || n > (size_t)m->n_bars - first)
        return tb_fail(TB_ERR_ARGUMENT, "Bars %zu to %zu are not all in this melody of %d bars.", first + 1, first + n,
                       (int)m->n_bars);
    const int32_t start = m->line[first], end = m->line[first + n];
    for (size_t i = 0; status == TB_OK && i < m->n_notes; i++) {
        const TbMelodyNote *note = &m->notes[i];
        if (note->onset < start || note->onset >= end)
            continue;
        const int32_t onset = tick_of(score, tick, note->onset - start);
        const int32_t off = tick_of(score, tick, note->onset - start + note->duration);
        status =
            tb_score_add_note(score, (TbScoreNote){onset, off - onset, note->pitch, note->velocity, (uint16_t)part});
    }
    for (size_t i = 0; status == TB_OK && i < m->n_chords && m->chords[i].step < end; i++) {
        const bool lasts = i + 1 < m->n_chords ? m->chords[i + 1].step > start : true;
        char text[TB_CHORD_TEXT];
        if (!lasts)
            continue;
        tb_chord_symbol(m->chords[i].chord, tb_key_flats(m->key), text);
        const int32_t step = m->chords[i].step > start ? m->chords[i].step - start : 0;
        status = tb_score_add_chord(score, tick_of(score, tick, step), text);
    }
    return status;
}

/* The metre of each bar: that of the melody, or so many sixteenths, or steps. */
static TbStatus add_metres(const TbMelody *m, TbScore *score) {
    const int32_t plain = m->numerator * 4 * TB_GRID_MELODY / m->denominator;
    TbStatus status = TB_OK;
    int32_t before = 0;
    for (int32_t b = 0; status == TB_OK && b < m->n_bars; b++) {
        const int32_t length = m->line[b + 1] - m->line[b];
        if (length == before)
            continue;
        int numerator = m->numerator, denominator = m->denominator;
        if (length != plain) {
            denominator = 4;
            while (denominator < 16 && length * denominator % (4 * TB_GRID_MELODY) != 0)
                denominator *= 2;
            numerator = length * denominator / (4 * TB_GRID_MELODY);
        }
        if (numerator < 1 || length * denominator % (4 * TB_GRID_MELODY) != 0)
            return tb_fail(TB_ERR_UNSUPPORTED,
                           "Bar %d of the melody has no whole number of sixteenths; it cannot be "
                           "written.",
                           (int)b + 1);
        status = tb_score_add_metre(score, tick_of(score, 0, m->line[b]), numerator, denominator);
        before = length;
    }
    return status;
}

TbStatus tb_melody_to_score(const TbMelody *m, TbScore *score) {
    enum { TICKS = 480 };
    size_t part;
    memset(score, 0, sizeof *score);
    TbStatus status = tbi_melody_check(m);
    status = status ? status : tb_score_new(TICKS, score);
    status = status ? status : add_metres(m, score);
    status = status ? status : tb_score_add_key(score, 0, tb_key_sharps(m->key), m->key.minor);
    status = status ? status : tb_score_add_part(score, "melody", 0, 0, &part);
    status = status ? status : tb_melody_add_to_score(m, 0, (size_t)m->n_bars, 0, part, score);
    if (status) {
        tb_score_free(score);
        return status;
    }
    tb_score_sort(score);
    score->end = tick_of(score, 0, m->line[m->n_bars]);
    return TB_OK;
}
