/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contact sheet: a grid of small spectrograms. */
#include "base/no_memory.h"
#include "plot/draw.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = 24, GAP = 16, TITLE = 26, WIDTH = 300, HEIGHT = 150, MAX_COLUMNS = 5 };

/* Draws one spectrogram with its title; level[HEIGHT][WIDTH] is scratch. */
static TbStatus draw_sound(cairo_t *cr, const TbAudio *sound, const char *title, double seconds, TbBox box,
                           float *level) {
    float loudest = -100.0f;
    TbStatus status = tbi_spectrogram(sound, seconds / WIDTH, WIDTH, HEIGHT, level);
    if (status)
        return status;
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
        loudest = fmaxf(loudest, level[i]);
    tbi_ink(cr);
    tbi_draw_text(cr, box.x, box.y - TITLE / 2.0, TB_LEFT, 14, box.width, title);
    tbi_draw_levels(cr, box, level, loudest);
    tbi_draw_border(cr, box);
    return TB_OK;
}

TbStatus tb_plot_sheet(const char *png_path, const TbAudio *const *sounds, const char *const *titles, size_t n) {
    double seconds = 0;
    TbCanvas canvas;
    if (n > TB_SHEET_MAX)
        return tb_fail(TB_ERR_ARGUMENT, "A sheet can show at most %d sounds, not %zu.", TB_SHEET_MAX, n);
    for (size_t i = 0; i < n; i++)
        seconds = fmax(seconds, (double)sounds[i]->n_samples / sounds[i]->sample_rate);
    if (!(seconds > 0))
        return tb_fail(TB_ERR_EMPTY, "There is no sound to draw.");
    float *level = malloc((size_t)WIDTH * HEIGHT * sizeof *level);
    if (!level)
        return tbi_no_memory("for a picture of %zu sounds", n);
    int columns = n < MAX_COLUMNS ? (int)n : MAX_COLUMNS, rows = ((int)n + columns - 1) / columns;
    TbStatus status = tbi_canvas_new(&canvas, 2 * SIDE - GAP + columns * (WIDTH + GAP),
                                     2 * SIDE - GAP + rows * (TITLE + HEIGHT + GAP));
    for (int i = 0; status == TB_OK && i < (int)n; i++) {
        double x = SIDE + i % columns * (WIDTH + GAP), y = SIDE + TITLE + i / columns * (TITLE + HEIGHT + GAP);
        status = draw_sound(canvas.cr, sounds[i], titles[i], seconds, (TbBox){x, y, WIDTH, HEIGHT}, level);
        if (status) {
            cairo_destroy(canvas.cr);
            cairo_surface_destroy(canvas.surface);
        }
    }
    free(level);
    return status ? status : tbi_canvas_save(&canvas, png_path);
}
