/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves for a spectrogram: pitch drawn on it, loudness and latents in panels below, on the same time axis. */
#include "plot/draw.h"

#include <math.h>
#include <stdio.h>

static double point_x(TbBox box, const TbCurves *curves, size_t i, double seconds) {
    return box.x + (double)i * curves->hop / seconds * box.width;
}

static void clip_to(cairo_t *cr, TbBox box) {
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    cairo_clip(cr);
}

/* Returns the next point to draw: one per pixel column, so the cost does not grow with the sound's length. */
static size_t next_point(TbBox box, const TbCurves *curves, size_t i, double seconds) {
    size_t step = (size_t)(seconds / box.width / curves->hop);
    return i + (step > 1 ? step : 1);
}

double tbi_frequency_y(TbBox box, double f) {
    double part = log(f / TB_PLOT_LOW_HZ) / log(TB_PLOT_HIGH_HZ / TB_PLOT_LOW_HZ);
    return box.y + box.height * (1.0 - part);
}

void tbi_draw_f0(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds) {
    bool pen_down = false;
    cairo_save(cr);
    clip_to(cr, box);
    for (size_t i = 0; i < curves->n_points; i = next_point(box, curves, i, seconds)) {
        double f = curves->f0[i];
        if (!(f > 0.0) || !isfinite(f)) {
            pen_down = false;
            continue;
        }
        double x = point_x(box, curves, i, seconds), y = tbi_frequency_y(box, f);
        if (pen_down)
            cairo_line_to(cr, x, y);
        else
            cairo_move_to(cr, x, y);
        pen_down = true;
    }
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_source_rgba(cr, 0, 0, 0.05, 0.55); /* a dark outline keeps the line visible on bright partials */
    cairo_set_line_width(cr, 4);
    cairo_stroke_preserve(cr);
    tbi_set_colour(cr, 0x9df1ff);
    cairo_set_line_width(cr, 1.6);
    cairo_stroke(cr);
    cairo_restore(cr);
}

static void loudness_range(const TbCurves *curves, double *low, double *high) {
    double top = -INFINITY, bottom = INFINITY;
    for (size_t i = 0; i < curves->n_points; i++) {
        if (!isfinite(curves->loudness[i]))
            continue;
        top = fmax(top, curves->loudness[i]);
        bottom = fmin(bottom, curves->loudness[i]);
    }
    if (!isfinite(top))
        top = bottom = 0.0;
    *high = 10.0 * ceil(top / 10.0 + 0.1);
    *low = fmax(10.0 * floor(bottom / 10.0), *high - 90.0); /* silence does not compress the rest of the range */
    if (*low > *high - 20.0)
        *low = *high - 20.0;
}

void tbi_draw_loudness(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds) {
    double low, high;
    loudness_range(curves, &low, &high);
    tbi_draw_left_axis(cr, box, low, high, 5);
    cairo_save(cr);
    clip_to(cr, box);
    double bottom = box.y + box.height, x = box.x;
    cairo_move_to(cr, box.x, bottom);
    for (size_t i = 0; i < curves->n_points; i = next_point(box, curves, i, seconds)) {
        double level = isfinite(curves->loudness[i]) ? fmax(curves->loudness[i], low) : low;
        x = point_x(box, curves, i, seconds);
        cairo_line_to(cr, x, bottom - (level - low) / (high - low) * box.height);
    }
    cairo_line_to(cr, x, bottom);
    cairo_close_path(cr);
    cairo_set_source_rgba(cr, 0.48, 0.14, 0.51, 0.16);
    cairo_fill_preserve(cr);
    tbi_set_colour(cr, 0x7d2482);
    cairo_set_line_width(cr, 1.6);
    cairo_stroke(cr);
    cairo_restore(cr);
}

static double largest_latent(const TbCurves *curves) {
    double largest = 0.0;
    for (size_t i = 0; i < curves->n_points * curves->n_latents; i++)
        if (isfinite(curves->latents[i]))
            largest = fmax(largest, fabs(curves->latents[i]));
    return largest;
}

static void draw_latent_scale(cairo_t *cr, TbBox box, double scale) {
    char text[40];
    for (int i = 0; i < (int)box.height; i++) {
        tbi_set_colour(cr, tbi_blue_red(1.0 - 2.0 * i / (box.height - 1.0)));
        cairo_rectangle(cr, box.x, box.y + i, box.width, 1);
        cairo_fill(cr);
    }
    tbi_draw_border(cr, box);
    tbi_ink(cr);
    for (int i = -1; i <= 1; i++) {
        tbi_number_text(text, sizeof text, i * scale, 0.1);
        tbi_draw_text(cr, box.x + box.width + 8, box.y + box.height * 0.5 * (1 - i) + 7 * i, TB_LEFT, 14, 0, text);
    }
}

void tbi_draw_latents(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds) {
    double scale = fmax(largest_latent(curves), 0.1), row_height = box.height / (double)curves->n_latents;
    cairo_save(cr);
    clip_to(cr, box);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (size_t i = 0; i < curves->n_points;) {
        size_t next = next_point(box, curves, i, seconds);
        double x = point_x(box, curves, i, seconds), end = point_x(box, curves, next, seconds);
        for (size_t k = 0; k < curves->n_latents; k++) {
            double z = curves->latents[i * curves->n_latents + k];
            if (!isfinite(z))
                continue;
            tbi_set_colour(cr, tbi_blue_red(z / scale));
            cairo_rectangle(cr, x, box.y + (double)k * row_height, end - x + 0.5, row_height + 0.5);
            cairo_fill(cr);
        }
        i = next;
    }
    cairo_restore(cr);
    char text[32];
    size_t step = row_height >= 15 ? 1 : (size_t)ceil(15.0 / row_height);
    tbi_ink(cr);
    for (size_t k = 0; k < curves->n_latents; k += step) {
        snprintf(text, sizeof text, "%zu", k + 1);
        tbi_draw_text(cr, box.x - 11, box.y + ((double)k + 0.5) * row_height, TB_RIGHT, 14, 0, text);
    }
    draw_latent_scale(cr, (TbBox){box.x + box.width + 16, box.y, 14, box.height}, scale);
}
