/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line plots for reports. */
#include "plot/draw.h"

#include <math.h>

enum { WIDTH = 1200, HEIGHT = 700, LEFT = 110, RIGHT = 30, TOP = 96, BOTTOM = 78, MAX_LINES = TB_CONTRASTS };

typedef struct {
    double x_low, x_high, y_low, y_high;
} Range;

static bool both_finite(const TbLine *line, size_t i) {
    return isfinite(line->x[i]) && isfinite(line->y[i]);
}

static void widen(double *low, double *high, double part) {
    double margin = *high > *low ? (*high - *low) * part : fmax(fabs(*low) * 0.1, 0.5);
    if (part > 0.0 || !(*high > *low)) {
        *low -= margin;
        *high += margin;
    }
}

static bool find_range(const TbLine *lines, size_t n_lines, Range *range) {
    *range = (Range){INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t k = 0; k < n_lines; k++)
        for (size_t i = 0; i < lines[k].n; i++) {
            if (!both_finite(&lines[k], i))
                continue;
            range->x_low = fmin(range->x_low, lines[k].x[i]);
            range->x_high = fmax(range->x_high, lines[k].x[i]);
            range->y_low = fmin(range->y_low, lines[k].y[i]);
            range->y_high = fmax(range->y_high, lines[k].y[i]);
        }
    if (!(range->x_low <= range->x_high))
        return false;
    bool from_zero = range->y_low >= 0.0;
    widen(&range->x_low, &range->x_high, 0.0);
    widen(&range->y_low, &range->y_high, 0.06);
    if (from_zero && range->y_low < 0.0)
        range->y_low = 0.0; /* the margin must not suggest negative values */
    return true;
}

static void draw_line(cairo_t *cr, TbBox box, const Range *range, const TbLine *line) {
    bool pen_down = false;
    double last_x = -INFINITY, top = 0.0, bottom = 0.0, x = 0.0, y = 0.0;
    size_t n_drawn = 0;
    for (size_t i = 0; i < line->n; i++) {
        if (!both_finite(line, i)) {
            pen_down = false;
            continue;
        }
        x = box.x + (line->x[i] - range->x_low) / (range->x_high - range->x_low) * box.width;
        y = box.y + box.height - (line->y[i] - range->y_low) / (range->y_high - range->y_low) * box.height;
        /* Within a pixel column, draw only points outside the range drawn so far: a million points stay cheap. */
        if (pen_down && fabs(x - last_x) < 0.5 && y >= top && y <= bottom && i + 1 < line->n)
            continue;
        if (!pen_down || fabs(x - last_x) >= 0.5) {
            top = bottom = y;
            last_x = x;
        }
        top = fmin(top, y);
        bottom = fmax(bottom, y);
        if (!pen_down)
            cairo_move_to(cr, x, y);
        cairo_line_to(cr, x, y); /* after a move too: an isolated point becomes a dot */
        pen_down = true;
        n_drawn++;
    }
    cairo_stroke(cr);
    if (n_drawn == 1) {
        cairo_arc(cr, x, y, 4, 0, 2 * M_PI);
        cairo_fill(cr);
    }
}

static void draw_legend(cairo_t *cr, TbBox box, const TbLine *lines, size_t n_lines) {
    double x = box.x, y = box.y - 24, room = box.width / (double)n_lines;
    for (size_t k = 0; k < n_lines && n_lines > 0; k++) {
        tbi_set_colour(cr, tbi_contrast(k));
        cairo_set_line_width(cr, 3);
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + 28, y);
        cairo_stroke(cr);
        tbi_ink(cr);
        x += 38 + tbi_draw_text(cr, x + 36, y, TB_LEFT, 16, room - 60, lines[k].name ? lines[k].name : "") + 28;
    }
}

TbStatus tb_plot_lines(const char *png_path, const char *title, const char *x_label, const char *y_label,
                       const TbLine *lines, size_t n_lines) {
    if (n_lines > MAX_LINES)
        return tb_fail(TB_ERR_ARGUMENT, "A picture can show at most %d lines, not %zu.", MAX_LINES, n_lines);
    Range range;
    if (!find_range(lines, n_lines, &range))
        return tb_fail(TB_ERR_EMPTY, "There is nothing to draw.");
    TbCanvas canvas;
    TbStatus status = tbi_canvas_new(&canvas, WIDTH, HEIGHT);
    if (status)
        return status;
    cairo_t *cr = canvas.cr;
    TbBox box = {LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM};
    tbi_draw_left_axis(cr, box, range.y_low, range.y_high, 8);
    tbi_draw_bottom_axis(cr, box, range.x_low, range.x_high, true);
    tbi_draw_border(cr, box);
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT, 32, TB_LEFT, 22, box.width, title ? title : "");
    tbi_draw_text(cr, LEFT + box.width / 2, HEIGHT - 22, TB_CENTRE, 17, box.width, x_label ? x_label : "");
    tbi_draw_text_upwards(cr, 28, TOP + box.height / 2, 17, y_label ? y_label : "");
    draw_legend(cr, box, lines, n_lines);
    cairo_save(cr);
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    cairo_clip(cr);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(cr, 2);
    for (size_t k = 0; k < n_lines; k++) {
        tbi_set_colour(cr, tbi_contrast(k));
        draw_line(cr, box, &range, &lines[k]);
    }
    cairo_restore(cr);
    return tbi_canvas_save(&canvas, png_path);
}
