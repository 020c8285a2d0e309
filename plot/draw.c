/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Canvas, text and axes. */
#include "plot/draw.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TbStatus tbi_canvas_new(TbCanvas *canvas, int width, int height) {
    canvas->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    canvas->cr = cairo_create(canvas->surface);
    if (cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS) {
        cairo_destroy(canvas->cr);
        cairo_surface_destroy(canvas->surface);
        *canvas = (TbCanvas){0};
        return tbi_no_memory("for a picture of %d by %d pixels", width, height);
    }
    cairo_set_source_rgb(canvas->cr, 1, 1, 1);
    cairo_paint(canvas->cr);
    cairo_select_font_face(canvas->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    return TB_OK;
}

typedef struct {
    unsigned char *bytes;
    size_t n, room;
} Png;

static cairo_status_t add_bytes(void *context, const unsigned char *data, unsigned n) {
    Png *png = context;
    if (!tbi_grow(&png->bytes, png->n + n, &png->room))
        return CAIRO_STATUS_NO_MEMORY;
    memcpy(png->bytes + png->n, data, n);
    png->n += n;
    return CAIRO_STATUS_SUCCESS;
}

TbStatus tbi_canvas_save(TbCanvas *canvas, const char *png_path) {
    Png png = {0};
    cairo_status_t drawn = cairo_status(canvas->cr);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_write_to_png_stream(canvas->surface, add_bytes, &png);
    TbStatus status = drawn == CAIRO_STATUS_SUCCESS ? tb_write_file(png_path, png.bytes, png.n)
                      : drawn == CAIRO_STATUS_NO_MEMORY
                          ? tbi_no_memory("for the picture \"%s\"", png_path)
                          : tb_fail(TB_ERR_IO, "Cannot draw \"%s\" (%s).", png_path, cairo_status_to_string(drawn));
    free(png.bytes);
    cairo_destroy(canvas->cr);
    cairo_surface_destroy(canvas->surface);
    *canvas = (TbCanvas){0};
    return status;
}

void tbi_set_colour(cairo_t *cr, uint32_t rgb) {
    cairo_set_source_rgb(cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

void tbi_ink(cairo_t *cr) {
    tbi_set_colour(cr, 0x1d1d26);
}
void tbi_ink_faint(cairo_t *cr) {
    tbi_set_colour(cr, 0x5f5f6d);
}
void tbi_paper_shade(cairo_t *cr) {
    tbi_set_colour(cr, 0xf0f0f3);
}

static void clean_text(const char *text, char *clean, size_t size) {
    const char *s = text; /* cairo stops drawing for good at the first byte that is not UTF-8 */
    size_t out = 0;
    while (*s && out + 5 < size) {
        size_t n = utf8_length(s);
        bool plain = n > 0 && (unsigned char)*s >= 0x20 && *s != 0x7f;
        if (plain)
            memcpy(clean + out, s, n);
        else
            clean[out] = '?';
        out += plain ? n : 1;
        s += n ? n : 1;
    }
    clean[out] = 0;
}

/* Replaces the last character (before the ellipsis, if *cut) with an ellipsis. False if the text is empty. */
static bool shorten(char *text, bool *cut) {
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t n = strlen(text);
    if (*cut)
        n -= strlen(ellipsis);
    while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
        n--;
    if (n == 0)
        return false;
    memcpy(text + n - 1, ellipsis, sizeof ellipsis);
    *cut = true;
    return true;
}

enum { TEXT_SIZE = 512 };

/* Sets the font size and writes the drawable part of `text` to clean[TEXT_SIZE]; returns its width. */
static double fit_text(cairo_t *cr, double size, double max_width, const char *text, char *clean) {
    clean_text(text, clean, TEXT_SIZE - 4);
    cairo_set_font_size(cr, size);
    cairo_text_extents_t extents;
    bool cut = false;
    cairo_text_extents(cr, clean, &extents);
    while (max_width > 0 && extents.x_advance > max_width && shorten(clean, &cut))
        cairo_text_extents(cr, clean, &extents);
    return extents.x_advance;
}

double tbi_text_width(cairo_t *cr, double size, double max_width, const char *text) {
    char clean[TEXT_SIZE];
    return fit_text(cr, size, max_width, text, clean);
}

double tbi_draw_text(cairo_t *cr, double x, double y, TbAlign align, double size, double max_width, const char *text) {
    char clean[TEXT_SIZE];
    double width = fit_text(cr, size, max_width, text, clean);
    double shift = align == TB_LEFT ? 0.0 : align == TB_CENTRE ? 0.5 : 1.0;
    cairo_move_to(cr, x - shift * width, y + 0.36 * size); /* digits and capitals are 0.72 of the size high */
    cairo_show_text(cr, clean);
    return width;
}

void tbi_draw_text_upwards(cairo_t *cr, double x, double y, double size, const char *text) {
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, -M_PI / 2);
    tbi_draw_text(cr, 0, 0, TB_CENTRE, size, 0, text);
    cairo_restore(cr);
}

void tbi_number_text(char *text, size_t size, double value, double step) {
    if (fabs(value) < 1e-9 * step)
        value = 0.0; /* never "-0" */
    double larger = fmax(fabs(value), step);
    if (larger >= 1e6 || larger < 1e-4) {
        snprintf(text, size, "%g", value);
    } else {
        int decimals = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
        snprintf(text, size, "%.*f", decimals, value);
    }
    for (char *p = text; *p; p++)
        if (*p == ',')
            *p = '.';
    size_t n = strlen(text);
    if (text[0] == '-' && n + 3 <= size) { /* a real minus sign, as wide as a plus */
        memmove(text + 3, text + 1, n);
        memcpy(text, "\xe2\x88\x92", 3);
    }
}

double tbi_nice_step(double range, int max_ticks) {
    double rough = range / max_ticks;
    if (!(rough > 1e-300) || !isfinite(rough))
        return 1.0;
    double power = pow(10.0, floor(log10(rough)));
    double factor = rough / power;
    return power * (factor <= 1.0 + 1e-9 ? 1 : factor <= 2.0 + 1e-9 ? 2 : factor <= 5.0 + 1e-9 ? 5 : 10);
}

static void line(cairo_t *cr, double x0, double y0, double x1, double y1) {
    /* Pixel centres keep thin lines sharp. */
    cairo_move_to(cr, floor(x0) + 0.5, floor(y0) + 0.5);
    cairo_line_to(cr, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_stroke(cr);
}

void tbi_draw_bottom_axis(cairo_t *cr, TbBox box, double low, double high, bool labels) {
    double step = tbi_nice_step(high - low, 10);
    cairo_set_line_width(cr, 1);
    for (double i = ceil(low / step - 1e-6); i * step <= high + 1e-6 * step; i++) {
        double x = box.x + (i * step - low) / (high - low) * box.width;
        tbi_ink_faint(cr);
        line(cr, x, box.y + box.height, x, box.y + box.height + (labels ? 6 : 4));
        if (!labels)
            continue;
        char text[40];
        tbi_number_text(text, sizeof text, i * step, step);
        tbi_ink(cr);
        tbi_draw_text(cr, x, box.y + box.height + 19, TB_CENTRE, 16, 0, text);
    }
}

void tbi_draw_left_axis(cairo_t *cr, TbBox box, double low, double high, int max_ticks) {
    double step = tbi_nice_step(high - low, max_ticks);
    cairo_set_line_width(cr, 1);
    for (double i = ceil(low / step - 1e-6); i * step <= high + 1e-6 * step; i++) {
        double y = box.y + box.height - (i * step - low) / (high - low) * box.height;
        tbi_set_colour(cr, 0xe2e2e8);
        line(cr, box.x, y, box.x + box.width, y);
        tbi_ink_faint(cr);
        line(cr, box.x - 6, y, box.x, y);
        char text[40];
        tbi_number_text(text, sizeof text, i * step, step);
        tbi_ink(cr);
        tbi_draw_text(cr, box.x - 11, y, TB_RIGHT, 16, 0, text);
    }
}

void tbi_draw_border(cairo_t *cr, TbBox box) {
    tbi_ink_faint(cr);
    cairo_set_line_width(cr, 1);
    cairo_rectangle(cr, floor(box.x) - 0.5, floor(box.y) - 0.5, floor(box.width) + 1, floor(box.height) + 1);
    cairo_stroke(cr);
}
