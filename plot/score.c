/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The piano roll of a score: rows of bars, one below the other; parts in colours, chord names above, drums below, and
 * under these its sound, if there is one. */
#include "plot/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WIDTH = 1400,
    LEFT = 120,
    RIGHT = 30,
    TOP = 60, /* the title */
    LEGEND = 26,
    LEGEND_ENTRIES = 12,
    PER_LEGEND_LINE = 4,
    CHORDS = 34, /* above a row */
    GAP = 22,
    LANE = 11,    /* of a drum */
    WAVE = 60,    /* the waveform under a row, ... */
    WAVE_GAP = 6, /* ... and what is free above it */
    MOST_ROWS = 10,
    OTHER_DRUM = TB_DRUM_CLASSES,
};

typedef struct {
    const TbScore *score;
    const TbAudio *sound;           /* NULL: none */
    const char *const *instruments; /* of the parts; NULL: their programs */
    float loudest;                  /* sample of the sound */
    TbBars bars;
    TbChordSpan *chords; /* [n_chords], owned: written in the score, or found */
    size_t n_chords, n_bars, per_row, n_rows;
    bool flats;
    int low, high;            /* pitches shown; low > high: none */
    int lane[OTHER_DRUM + 1]; /* of each drum class that is used, from the top; -1 */
    int n_lanes;
    int32_t row_ticks; /* of the longest row */
    double key_height, roll_height;
    size_t n_shown, n_hidden; /* parts in the legend, and others with notes */
} Roll;

static bool is_drum(const Roll *r, const TbScoreNote *note) {
    return r->score->parts[note->part].channel == TB_SCORE_DRUM_CHANNEL;
}

static int drum_of(const TbScoreNote *note) {
    int drum = tb_drum_class(tb_drum_map(NULL), note->pitch);
    return drum >= 0 ? drum : OTHER_DRUM;
}

/* Rows of 8 bars; of more in a long piece, such that there are not over MOST_ROWS rows. */
static void choose_rows(Roll *r) {
    int32_t last = tb_score_last_off(r->score);
    r->n_bars = r->bars.n_bars;
    while (r->n_bars > 1 && r->bars.line[r->n_bars - 1] >= last)
        r->n_bars--;
    r->per_row = 8;
    while (r->n_bars > r->per_row * MOST_ROWS)
        r->per_row *= 2;
    r->n_rows = (r->n_bars + r->per_row - 1) / r->per_row;
    for (size_t b = 0; b < r->n_bars; b += r->per_row) {
        size_t end = b + r->per_row < r->n_bars ? b + r->per_row : r->n_bars;
        int32_t ticks = r->bars.line[end] - r->bars.line[b];
        r->row_ticks = ticks > r->row_ticks ? ticks : r->row_ticks;
    }
}

static void choose_ranges(Roll *r) {
    bool used[OTHER_DRUM + 1] = {false};
    r->low = 127;
    for (size_t i = 0; i < r->score->n_notes; i++) {
        const TbScoreNote *note = &r->score->notes[i];
        if (is_drum(r, note)) {
            used[drum_of(note)] = true;
            continue;
        }
        r->low = note->pitch < r->low ? note->pitch : r->low;
        r->high = note->pitch > r->high ? note->pitch : r->high;
    }
    for (int d = OTHER_DRUM; d >= 0; d--) /* the kick at the bottom */
        r->lane[d] = used[d] ? r->n_lanes++ : -1;
    int keys = r->low > r->high ? 0 : r->high - r->low + 3;
    r->key_height = keys > 60 ? 4 : keys > 36 ? 5 : 7;
    r->roll_height = keys * r->key_height;
}

static TbStatus prepare(Roll *r) {
    TbStatus status = tb_bars_new(r->score, tb_score_last_off(r->score), &r->bars);
    if (status)
        return status;
    choose_ranges(r);
    choose_rows(r);
    size_t n_used = 0;
    for (size_t p = 0; p < r->score->n_parts; p++)
        n_used += r->score->parts[p].channel != TB_SCORE_DRUM_CHANNEL;
    r->n_shown = n_used < LEGEND_ENTRIES ? n_used : LEGEND_ENTRIES;
    r->n_hidden = n_used - r->n_shown;
    TbKey key;
    status = tb_score_key(r->score, TB_SCOPE_ALL, &key);
    if (status == TB_OK) {
        r->flats = tb_key_flats(key);
        if (r->low <= r->high || r->score->n_chords > 0)
            status = tb_score_chords(r->score, true, &r->chords, &r->n_chords);
    }
    return status;
}

/* ---- drawing ---- */

static TbBox row_box(const Roll *r, size_t row) {
    size_t legend_lines = (r->n_shown + (r->n_hidden > 0) + PER_LEGEND_LINE - 1) / PER_LEGEND_LINE;
    double height = r->roll_height + r->n_lanes * LANE, top = TOP + (double)legend_lines * LEGEND;
    double wave = r->sound ? WAVE + WAVE_GAP : 0;
    return (TbBox){LEFT, top + CHORDS + (double)row * (height + wave + CHORDS + GAP), WIDTH, height};
}

static double x_of(const Roll *r, TbBox box, size_t row, double tick) {
    return box.x + box.width * (tick - r->bars.line[row * r->per_row]) / r->row_ticks;
}

/* The tick at which a row ends. */
static int32_t row_end(const Roll *r, size_t row) {
    size_t end = (row + 1) * r->per_row;
    return r->bars.line[end < r->n_bars ? end : r->n_bars];
}

static double y_of(const Roll *r, TbBox box, int pitch) {
    return box.y + (r->high + 1 - pitch) * r->key_height;
}

static void fill(cairo_t *cr, TbBox box) {
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    cairo_fill(cr);
}

static void draw_keys(cairo_t *cr, const Roll *r, TbBox box, double width) {
    for (int pitch = r->low - 1; pitch <= r->high + 1 && r->low <= r->high; pitch++) {
        bool black = (1 << (pitch + 12) % 12) & (1 << 1 | 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10);
        tbi_set_colour(cr, black ? 0xf0f0f3 : 0xfafafc);
        fill(cr, (TbBox){box.x, y_of(r, box, pitch), width, r->key_height});
        if (pitch % 12 != 0)
            continue;
        char text[16];
        snprintf(text, sizeof text, "C%d", pitch / 12 - 1);
        tbi_ink_faint(cr);
        tbi_draw_text(cr, box.x - 8, y_of(r, box, pitch) + r->key_height / 2, TB_RIGHT, 13, 0, text);
        fill(cr, (TbBox){box.x, floor(y_of(r, box, pitch) + r->key_height) - 0.5, width, 0.5});
    }
    for (int d = 0; d <= OTHER_DRUM; d++) {
        if (r->lane[d] < 0)
            continue;
        double y = box.y + r->roll_height + r->lane[d] * LANE;
        tbi_set_colour(cr, r->lane[d] % 2 ? 0xf6f2ea : 0xfbf8f2);
        fill(cr, (TbBox){box.x, y, width, LANE});
        tbi_ink_faint(cr);
        tbi_draw_text(cr, box.x - 8, y + LANE / 2.0, TB_RIGHT, 11, LEFT - 12,
                      d < OTHER_DRUM ? tb_drum_class_name(d) : "other drums");
    }
}

static void vertical(cairo_t *cr, double x, TbBox box) {
    cairo_move_to(cr, floor(x) + 0.5, box.y);
    cairo_rel_line_to(cr, 0, box.height);
    cairo_stroke(cr);
}

static void draw_bars(cairo_t *cr, const Roll *r, TbBox box, size_t row) {
    size_t first = row * r->per_row, end = first + r->per_row < r->n_bars ? first + r->per_row : r->n_bars;
    double narrow = box.width / (double)r->per_row, next_number = -INFINITY;
    cairo_set_line_width(cr, 1);
    for (size_t b = first; b < end && narrow >= 2; b++) {
        TbScoreMetre m = tb_bars_metre(&r->bars, b);
        tbi_set_colour(cr, 0xdedee6);
        for (int beat = 1; beat < m.numerator && narrow / m.numerator >= 6; beat++) {
            double tick = tb_bars_tick(&r->bars, b, beat);
            if (tick < r->bars.line[b + 1])
                vertical(cr, x_of(r, box, row, tick), box);
        }
        double x = x_of(r, box, row, r->bars.line[b]);
        tbi_set_colour(cr, 0x9a9aa6);
        vertical(cr, x, box);
        bool new_metre = b == 0 || m.tick == r->bars.line[b];
        if (x < next_number && !(new_metre && narrow > 60))
            continue;
        char text[40];
        snprintf(text, sizeof text, new_metre ? "%zu   %d/%d" : "%zu", b + 1, m.numerator, m.denominator);
        tbi_ink_faint(cr);
        next_number = x + tbi_draw_text(cr, x + 2, box.y - 9, TB_LEFT, 12, 0, text) + 30;
    }
    tbi_set_colour(cr, 0x9a9aa6);
    vertical(cr, x_of(r, box, row, row_end(r, row)), box);
}

static void draw_chords(cairo_t *cr, const Roll *r, TbBox box, size_t row) {
    int32_t from = r->bars.line[row * r->per_row], to = row_end(r, row);
    double free_from = box.x;
    tbi_ink(cr);
    for (size_t i = 0; i < r->n_chords; i++) {
        const TbChordSpan *c = &r->chords[i];
        if (c->end <= from || c->tick >= to)
            continue;
        char text[TB_CHORD_TEXT];
        double x = x_of(r, box, row, c->tick > from ? c->tick : from) + 1;
        tb_chord_name(c->chord, r->flats, text);
        if (x >= free_from)
            free_from = x + tbi_draw_text(cr, x, box.y - 25, TB_LEFT, 15, 0, text) + 6;
    }
}

/* Louder notes are darker. */
static void set_note_colour(cairo_t *cr, uint32_t rgb, int velocity) {
    double alpha = 0.45 + 0.55 * velocity / 127;
    cairo_set_source_rgba(cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, alpha);
}

static void draw_note(cairo_t *cr, const Roll *r, TbBox box, size_t row, const TbScoreNote *note) {
    double left = x_of(r, box, row, note->onset), right = x_of(r, box, row, note->onset + note->duration);
    double edge = x_of(r, box, row, row_end(r, row));
    left = fmax(left, box.x);
    if (is_drum(r, note)) {
        double y = box.y + r->roll_height + r->lane[drum_of(note)] * LANE, size = LANE - 3;
        set_note_colour(cr, 0x1d1d26, note->velocity);
        cairo_move_to(cr, left, y + 1.5);
        cairo_rel_line_to(cr, size * 0.7, size / 2);
        cairo_rel_line_to(cr, -size * 0.7, size / 2);
        cairo_close_path(cr);
        cairo_fill(cr);
        return;
    }
    double width = fmin(fmax(right - left - 0.7, 1.5), edge - left);
    set_note_colour(cr, tbi_contrast(note->part), note->velocity);
    fill(cr, (TbBox){left, y_of(r, box, note->pitch) + 0.5, width, r->key_height - 1});
}

/* A note that lasts into further rows is drawn in each. */
static void draw_notes(cairo_t *cr, const Roll *r) {
    for (size_t i = 0; i < r->score->n_notes; i++) {
        const TbScoreNote *note = &r->score->notes[i];
        size_t row = tb_bars_find(&r->bars, note->onset) / r->per_row;
        for (; row < r->n_rows; row++) {
            draw_note(cr, r, row_box(r, row), row, note);
            if (is_drum(r, note) || note->onset + note->duration <= row_end(r, row))
                break;
        }
    }
}

/* The samples of one column of pixels: its range in light, its root mean square in dark colour. */
static void draw_column(cairo_t *cr, const Roll *r, double x, double middle, size_t from, size_t to) {
    float low = 0, high = 0;
    double power = 0, scale = WAVE / 2.0 / (double)r->loudest;
    for (size_t i = from; i < to; i++) {
        low = fminf(low, r->sound->samples[i]);
        high = fmaxf(high, r->sound->samples[i]);
        power += (double)r->sound->samples[i] * (double)r->sound->samples[i];
    }
    double rms = sqrt(power / (double)(to - from)) * scale;
    tbi_set_colour(cr, 0xb4c3dc);
    fill(cr, (TbBox){x, middle - (double)high * scale, 1, (double)(high - low) * scale});
    tbi_set_colour(cr, 0x4c6da6);
    fill(cr, (TbBox){x, middle - rms, 1, 2 * rms});
}

/* The sound under a row, at the seconds of its bars. */
static void draw_wave(cairo_t *cr, const Roll *r, TbBox box, size_t row) {
    double y = box.y + box.height + WAVE_GAP, end = x_of(r, box, row, row_end(r, row)), rate = r->sound->sample_rate;
    int32_t first = r->bars.line[row * r->per_row];
    size_t from = (size_t)(tb_score_seconds(r->score, first) * rate);
    tbi_set_colour(cr, 0xf6f7fa);
    fill(cr, (TbBox){box.x, y, end - box.x, WAVE});
    for (double x = box.x; x < end && r->loudest > 0; x++) {
        double tick = first + (x + 1 - box.x) / box.width * r->row_ticks;
        size_t to = (size_t)(tb_score_seconds(r->score, tick) * rate);
        to = to < r->sound->n_samples ? to : r->sound->n_samples;
        if (from < to)
            draw_column(cr, r, x, y + WAVE / 2.0, from, to);
        from = to;
    }
    tbi_ink_faint(cr);
    tbi_draw_text(cr, box.x - 8, y + WAVE / 2.0, TB_RIGHT, 11, LEFT - 12, "sound");
}

static void draw_legend(cairo_t *cr, const Roll *r) {
    double step = (double)WIDTH / PER_LEGEND_LINE;
    size_t entry = 0;
    for (size_t p = 0; p < r->score->n_parts && entry < r->n_shown; p++) {
        const TbScorePart *part = &r->score->parts[p];
        if (part->channel == TB_SCORE_DRUM_CHANNEL)
            continue;
        double x = LEFT + step * (double)(entry % PER_LEGEND_LINE);
        double y = TOP + LEGEND * (double)(entry / PER_LEGEND_LINE);
        char text[2 * TB_SCORE_TEXT];
        const char *player = r->instruments ? r->instruments[p] : tb_program_name(part->program);
        tbi_set_colour(cr, tbi_contrast(p));
        fill(cr, (TbBox){x, y - 5, 22, 10});
        snprintf(text, sizeof text, "%s%s%s", part->name, *part->name && *player ? ": " : "", player);
        if (!*text)
            snprintf(text, sizeof text, "part %zu", p + 1);
        tbi_ink(cr);
        tbi_draw_text(cr, x + 30, y, TB_LEFT, 14, step - 44, text);
        entry++;
    }
    if (r->n_hidden > 0) {
        char text[48];
        snprintf(text, sizeof text, "and %zu more part%s", r->n_hidden, r->n_hidden == 1 ? "" : "s");
        tbi_draw_text(cr, LEFT, TOP + LEGEND * (double)(entry / PER_LEGEND_LINE), TB_LEFT, 14, 0, text);
    }
}

static void draw_all(cairo_t *cr, const Roll *r, const char *title) {
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT, 28, TB_LEFT, 22, WIDTH, title);
    draw_legend(cr, r);
    for (size_t row = 0; row < r->n_rows; row++) {
        TbBox box = row_box(r, row);
        draw_keys(cr, r, box, x_of(r, box, row, row_end(r, row)) - box.x);
        draw_bars(cr, r, box, row);
        draw_chords(cr, r, box, row);
        if (r->sound)
            draw_wave(cr, r, box, row);
    }
    draw_notes(cr, r);
}

TbStatus tb_plot_track(const char *png_path, const TbScore *score, const TbAudio *sound, const char *const *instruments,
                       const char *title) {
    Roll r = {.score = score, .sound = sound, .instruments = instruments};
    TbCanvas canvas;
    if (score->n_notes == 0)
        return tb_fail(TB_ERR_EMPTY, "The song has no notes to draw.");
    for (size_t i = 0; sound && i < sound->n_samples; i++)
        r.loudest = fmaxf(r.loudest, fabsf(sound->samples[i]));
    TbStatus status = prepare(&r);
    if (status == TB_OK) {
        TbBox last = row_box(&r, r.n_rows - 1);
        double below = sound ? WAVE + WAVE_GAP + GAP : GAP;
        status = tbi_canvas_new(&canvas, LEFT + WIDTH + RIGHT, (int)(last.y + last.height + below));
    }
    if (status == TB_OK) {
        draw_all(canvas.cr, &r, title ? title : score->title);
        status = tbi_canvas_save(&canvas, png_path);
    }
    free(r.chords);
    tb_bars_free(&r.bars);
    return status;
}

TbStatus tb_plot_score(const char *png_path, const TbScore *score, const char *title) {
    return tb_plot_track(png_path, score, NULL, NULL, title);
}
