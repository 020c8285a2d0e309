/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a spectrogram's levels, frequency axis and colour bar. */
#include "plot/draw.h"

#include <math.h>
#include <stdio.h>

void tbi_draw_levels(cairo_t *cr, TbBox box, const float *level, float loudest) {
    int columns = (int)box.width, rows = (int)box.height;
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    unsigned char *data = cairo_image_surface_get_data(image);
    if (data) {
        int stride = cairo_image_surface_get_stride(image);
        cairo_surface_flush(image);
        for (int row = 0; row < rows; row++) {
            uint32_t *pixel = (uint32_t *)(void *)(data + (size_t)row * (size_t)stride);
            for (int column = 0; column < columns; column++) {
                float x = level[row * columns + column];
                pixel[column] = isnan(x) ? 0xf0f0f3 : tbi_magma(1.0 + (x - loudest) / TB_PLOT_RANGE_DB);
            }
        }
        cairo_surface_mark_dirty(image);
        cairo_set_source_surface(cr, image, box.x, box.y);
        cairo_paint(cr);
    }
    cairo_surface_destroy(image);
}

void tbi_draw_frequency_axis(cairo_t *cr, TbBox box) {
    static const struct {
        double hz;
        const char *label;
    } ticks[] = {{50, "50"},   {100, "100"}, {200, "200"},   {500, "500"},  {1000, "1k"},
                 {2000, "2k"}, {5000, "5k"}, {10000, "10k"}, {20000, "20k"}};
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        double y = floor(tbi_frequency_y(box, ticks[i].hz)) + 0.5;
        tbi_ink_faint(cr);
        cairo_set_line_width(cr, 1);
        cairo_move_to(cr, box.x - 6, y);
        cairo_line_to(cr, box.x, y);
        cairo_stroke(cr);
        cairo_set_source_rgba(cr, 1, 1, 1, 0.10);
        cairo_move_to(cr, box.x, y);
        cairo_line_to(cr, box.x + box.width, y);
        cairo_stroke(cr);
        tbi_ink(cr);
        tbi_draw_text(cr, box.x - 11, y, TB_RIGHT, 16, 0, ticks[i].label);
    }
    tbi_draw_text_upwards(cr, 26, box.y + box.height / 2, 16, "Frequency (Hz)");
}

void tbi_draw_colour_bar(cairo_t *cr, TbBox box) {
    TbBox bar = {box.x + box.width + 16, box.y, 14, box.height};
    for (int i = 0; i < (int)bar.height; i++) {
        tbi_set_colour(cr, tbi_magma(1.0 - i / (bar.height - 1.0)));
        cairo_rectangle(cr, bar.x, bar.y + i, bar.width, 1);
        cairo_fill(cr);
    }
    tbi_draw_border(cr, bar);
    for (int level = 0; level >= -TB_PLOT_RANGE_DB; level -= 20) {
        char text[32];
        double y = bar.y - level * bar.height / TB_PLOT_RANGE_DB;
        snprintf(text, sizeof text, level ? "\xe2\x88\x92%d" : "%d dB", -level);
        tbi_ink(cr);
        tbi_draw_text(cr, bar.x + bar.width + 8,
                      level == 0                   ? y + 7
                      : level == -TB_PLOT_RANGE_DB ? y - 7
                                                   : y,
                      TB_LEFT, 14, 0, text);
    }
}
