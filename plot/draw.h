/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paper, ink and colours for the pictures. Inside plot/ only; OFF. Lengths are pixels. */
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
/* How wide that text is, drawn. */
double tbi_text_width(cairo_t *cr, double size, double max_width, const char *text);
/* Text turned to read upwards, centred on (x, y). */
void tbi_draw_text_upwards(cairo_t *cr, double x, double y, double size, const char *text);
/* A number as short as `step` allows, always with a decimal point, whatever the locale says. */
void tbi_number_text(char *text, size_t size, double value, double step);

/* 1, 2 or 5 times a power of ten, so that at most `max_ticks` steps fit into `range`. */
double tbi_nice_step(double range, int max_ticks);
/* Ticks, labels and light grid lines for low..high along the bottom or the left of a box. */
void tbi_draw_bottom_axis(cairo_t *cr, TbBox box, double low, double high, bool labels);
void tbi_draw_left_axis(cairo_t *cr, TbBox box, double low, double high, int max_ticks);
void tbi_draw_border(cairo_t *cr, TbBox box);

void tbi_ink(cairo_t *cr);         /* dark text */
void tbi_ink_faint(cairo_t *cr);   /* lesser text, ticks */
void tbi_paper_shade(cairo_t *cr); /* where there is no data */

/* 0xrrggbb for 0..1: magma (dark to light, perceptually uniform), and blue - white - red for -1..1. */
uint32_t tbi_magma(double value);
uint32_t tbi_blue_red(double value);
/* Colours that can be told apart, also by most colour-blind readers; after TB_CONTRASTS of them they come again. */
enum { TB_CONTRASTS = 6 };
uint32_t tbi_contrast(size_t i);
void tbi_set_colour(cairo_t *cr, uint32_t rgb);

/* ---- parts of the sound picture ---- */

#define TB_PLOT_LOW_HZ 30.0
#define TB_PLOT_HIGH_HZ 20000.0

/* Levels of one sound on a grid of pixels: level[row][column] in dB, row 0 the highest frequency; 0 dB is a full-scale
 * sine. Columns after the end of the sound and rows above half its rate are NAN. */
TB_NODISCARD TbStatus tbi_spectrogram(const TbAudio *sound, double seconds_per_column, int n_columns, int n_rows,
                                      float *level);

/* Draws such levels, width by height of the box in pixels, in colours from `loudest` to TB_PLOT_RANGE_DB under it; the
 * axis at their left, and the colours at their right. */
enum { TB_PLOT_RANGE_DB = 80 };
void tbi_draw_levels(cairo_t *cr, TbBox box, const float *level, float loudest);
void tbi_draw_frequency_axis(cairo_t *cr, TbBox box);
void tbi_draw_colour_bar(cairo_t *cr, TbBox box);

/* Where a frequency lies in a box of log frequency. */
double tbi_frequency_y(TbBox box, double f);

void tbi_draw_f0(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);
void tbi_draw_loudness(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);
void tbi_draw_latents(cairo_t *cr, TbBox box, const TbCurves *curves, double seconds);

/* ---- names beside dots ---- */

typedef struct {
    double x, y;          /* the middle of the dot */
    double width, height; /* of the name */
    TbBox box;            /* where the name stands, */
    bool placed;          /* if it does */
    int n_places;         /* for tbi_place_labels itself */
} TbLabel;

/* Finds places for n names beside their dots, all of one radius, inside `room`: they lie neither on each other nor on
 * dots. A name for which there is no such place is left out, or, with `all`, put where it hides least. Returns how many
 * are left out. Takes O(n^2) time. */
size_t tbi_place_labels(TbBox room, double radius, TbLabel *labels, size_t n, bool all);

#endif
