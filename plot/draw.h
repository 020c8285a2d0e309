/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawing primitives: canvas, text, axes, colours. Internal to plot/. All functions are OFF; lengths are in pixels. */
#ifndef TIMBREL_PLOT_DRAW_H
#define TIMBREL_PLOT_DRAW_H

#include "timbrel/plot.h"

#include <cairo.h>

typedef struct {
    cairo_surface_t *surface;
    cairo_t *cr;
} TbCanvas;

typedef struct {
    double x, y, width, height;
} TbBox;

TB_NODISCARD TbStatus tbi_canvas_new(TbCanvas *canvas, int width, int height); /* white */
TB_NODISCARD TbStatus tbi_canvas_save(TbCanvas *canvas, const char *png_path); /* frees the canvas, also on failure */

typedef enum { TB_LEFT, TB_CENTRE, TB_RIGHT } TbAlign;

/* One line of text in the current colour. `y` is the middle of the letters' height. Text that is wider than `max_width`
 * (0: no limit) is cut with an ellipsis; bytes that are not UTF-8 become question marks. Returns the width drawn. */
double tbi_draw_text(cairo_t *cr, double x, double y, TbAlign align, double size, double max_width, const char *text);
/* The width that tbi_draw_text would return. */
double tbi_text_width(cairo_t *cr, double size, double max_width, const char *text);
/* Text rotated to read upwards, centred on (x, y). */
void tbi_draw_text_upwards(cairo_t *cr, double x, double y, double size, const char *text);
/* Formats a number with the decimals that `step` needs, with a decimal point in every locale. */
void tbi_number_text(char *text, size_t size, double value, double step);

/* 1, 2 or 5 times a power of ten, so that at most `max_ticks` steps fit into `range`. */
double tbi_nice_step(double range, int max_ticks);
/* Ticks and labels for low..high along the bottom or the left of a box; the left axis also draws grid lines. */
void tbi_draw_bottom_axis(cairo_t *cr, TbBox box, double low, double high, bool labels);
void tbi_draw_left_axis(cairo_t *cr, TbBox box, double low, double high, int max_ticks);
void tbi_draw_border(cairo_t *cr, TbBox box);

/* Set the current colour: text; secondary text and ticks; the background of areas without data. */
void tbi_ink(cairo_t *cr);
void tbi_ink_faint(cairo_t *cr);
void tbi_paper_shade(cairo_t *cr);

/* 0xrrggbb for 0..1: magma (dark to light, perceptually uniform), and blue - white - red for -1..1. */
uint32_t tbi_magma(double value);
uint32_t tbi_blue_red(double value);
/* Qualitative colours that most colour-blind readers can distinguish; they repeat after TB_CONTRASTS. */
enum { TB_CONTRASTS = 6 };
uint32_t tbi_contrast(size_t i);
void tbi_set_colour(cairo_t *cr, uint32_t rgb);

/* ---- spectrograms and curves ---- */

#define TB_PLOT_LOW_HZ 30.0
#define TB_PLOT_HIGH_HZ 20000.0

/* Computes level[n_rows][n_columns] in dB for the pixels of a spectrogram; row 0 is the highest frequency, and 0 dB is
 * a full-scale sine. Columns after the end of the sound and rows above its Nyquist frequency are NAN. */
TB_NODISCARD TbStatus tbi_spectrogram(const TbAudio *sound, double seconds_per_column, int n_columns, int n_rows,
                                      float *level);

/* Draws level[box.height][box.width] in the colours of `loudest` down to TB_PLOT_RANGE_DB below it; the frequency axis
 * left of the box; and the colour bar right of it. */
enum { TB_PLOT_RANGE_DB = 80 };
void tbi_draw_levels(cairo_t *cr, TbBox box, const float *level, float loudest);
void tbi_draw_frequency_axis(cairo_t *cr, TbBox box);
void tbi_draw_colour_bar(cairo_t *cr, TbBox box);

/* The y coordinate of a frequency on the log-frequency axis of a box. */
double tbi_frequency_y(TbBox box, double f);

void tbi_draw_f0(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);
void tbi_draw_loudness(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);
void tbi_draw_latents(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);

/* ---- label placement ---- */

typedef struct {
    double x, y;          /* centre of the dot */
    double width, height; /* of the label */
    TbBox box;            /* out: position of the label, if placed */
    bool placed;          /* out */
    int n_places;         /* free candidate positions; used by tbi_place_labels internally */
} TbLabel;

/* Places n labels beside their dots, all of the same radius, inside `room`, without overlapping each other or the dots.
 * A label without such a position is left out, or, if `all`, placed where it covers least. Returns the number left out.
 * Takes O(n^2) time. */
size_t tbi_place_labels(TbBox room, double radius, TbLabel *labels, size_t n, bool all);

#endif
