/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of many sounds: dots on a plane, labelled with their names. */
#include "base/no_memory.h"
#include "plot/draw.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 28, TOP = 62, BOTTOM = 48, LEGEND_ROW = 26, LEGEND_TEXT = 16, BAR = 180, MAX_NAME_WIDTH = 220 };

typedef struct {
    const TbMap *map;
    cairo_t *cr;
    TbBox box;                       /* the plotting area */
    double middle_x, middle_y, unit; /* centre of the map; pixels per unit */
    double low, high;                /* log2 of the lowest and highest brightness */
    double radius, size;             /* of a dot; of the font; pixels */
} Picture;

static bool by_group(const TbMap *map) {
    return map->group && map->n_groups > 1;
}

static void dot_at(cairo_t *cr, double x, double y, double radius, int group) {
    double r = radius;
    switch (group / TB_CONTRASTS) { /* groups of the same colour have different shapes */
    case 0:
        cairo_arc(cr, x, y, r, 0, 2 * M_PI);
        break;
    case 1:
        cairo_rectangle(cr, x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r);
        break;
    case 2:
        cairo_move_to(cr, x, y - 1.15 * r);
        cairo_line_to(cr, x + 1.1 * r, y + 0.8 * r);
        cairo_line_to(cr, x - 1.1 * r, y + 0.8 * r);
        break;
    default:
        cairo_move_to(cr, x, y - 1.2 * r);
        cairo_line_to(cr, x + 1.2 * r, y);
        cairo_line_to(cr, x, y + 1.2 * r);
        cairo_line_to(cr, x - 1.2 * r, y);
    }
    cairo_close_path(cr);
}

/* Leaves out the lightest colours, which are hard to see on white. */
static uint32_t brightness_colour(double share) {
    return tbi_magma(0.10 + 0.74 * share);
}

static uint32_t colour_of(const Picture *p, size_t i) {
    if (by_group(p->map))
        return tbi_contrast((size_t)p->map->group[i]);
    if (p->map->hz && p->high > p->low)
        return brightness_colour((log2(p->map->hz[i]) - p->low) / (p->high - p->low));
    return tbi_contrast(0);
}

/* ---- legends ---- */

static void hz_text(char *text, size_t size, double hz) {
    char number[32];
    double step = hz < 1000 ? 10 : 0.1, shown = hz < 1000 ? 10 * round(hz / 10) : hz / 1000;
    tbi_number_text(number, sizeof number, shown, step);
    snprintf(text, size, "%s %s", number, hz < 1000 ? "Hz" : "kHz");
}

/* Draws the legend right of the title; returns the width left for the title. */
static double draw_brightness_legend(const Picture *p) {
    char low[40], high[40];
    cairo_t *cr = p->cr;
    double right = p->box.x + p->box.width, y = TOP / 2.0 + 1;
    hz_text(low, sizeof low, exp2(p->low));
    hz_text(high, sizeof high, exp2(p->high));
    tbi_ink(cr);
    right -= tbi_draw_text(cr, right, y, TB_RIGHT, LEGEND_TEXT, 0, high) + 10;
    TbBox bar = {floor(right - BAR), y - 7, BAR, 14};
    for (int i = 0; i < BAR; i++) {
        tbi_set_colour(cr, brightness_colour(i / (BAR - 1.0)));
        cairo_rectangle(cr, bar.x + i, bar.y, 1, bar.height);
        cairo_fill(cr);
    }
    tbi_ink(cr);
    right = bar.x - 10 - tbi_draw_text(cr, bar.x - 10, y, TB_RIGHT, LEGEND_TEXT, 0, low);
    tbi_ink_faint(cr);
    right -= 14 + tbi_draw_text(cr, right - 14, y, TB_RIGHT, LEGEND_TEXT, 0, "brightness");
    return right - p->box.x - 20;
}

/* Draws the group names in rows under the title if `draw`; returns the number of rows. */
static int group_legend(const Picture *p, bool draw) {
    cairo_t *cr = p->cr;
    double x = SIDE, end = p->map->width - SIDE;
    int row = 0;
    for (size_t g = 0; g < p->map->n_groups; g++) {
        double width = 22 + tbi_text_width(cr, LEGEND_TEXT, MAX_NAME_WIDTH, p->map->groups[g]);
        if (x > SIDE && x + width > end) {
            x = SIDE;
            row++;
        }
        double y = TOP + (row + 0.25) * LEGEND_ROW;
        if (draw) {
            tbi_set_colour(cr, tbi_contrast(g));
            dot_at(cr, x + 8, y, 7, (int)g);
            cairo_fill(cr);
            tbi_ink(cr);
            tbi_draw_text(cr, x + 22, y, TB_LEFT, LEGEND_TEXT, MAX_NAME_WIDTH, p->map->groups[g]);
        }
        x += width + 26;
    }
    return row + 1;
}

/* ---- the plane ---- */

static void find_scale(Picture *p) {
    const float *xy = p->map->xy;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * p->map->n; i++) {
        low[i % 2] = fmin(low[i % 2], xy[i]);
        high[i % 2] = fmax(high[i % 2], xy[i]);
    }
    double margin_x = fmin(110, 0.12 * p->box.width), margin_y = fmin(36, 0.1 * p->box.height);
    double across = (p->box.width - 2 * margin_x) / fmax(high[0] - low[0], 1e-12);
    double upwards = (p->box.height - 2 * margin_y) / fmax(high[1] - low[1], 1e-12);
    p->unit = fmin(across, upwards);
    p->middle_x = (low[0] + high[0]) / 2;
    p->middle_y = (low[1] + high[1]) / 2;
    double n = log2((double)p->map->n);
    p->radius = fmax(3, fmin(7.5, 10.5 - 0.64 * n));
    p->size = fmax(11, fmin(16, 21 - n));
}

static void find_brightness(Picture *p) {
    p->low = INFINITY;
    p->high = -INFINITY;
    for (size_t i = 0; i < p->map->n && p->map->hz; i++) {
        p->low = fmin(p->low, log2(p->map->hz[i]));
        p->high = fmax(p->high, log2(p->map->hz[i]));
    }
}

static void draw_names(const Picture *p, const TbLabel *labels) {
    tbi_ink(p->cr);
    for (size_t i = 0; i < p->map->n; i++)
        if (labels[i].placed)
            tbi_draw_text(p->cr, labels[i].box.x, labels[i].box.y + labels[i].box.height / 2, TB_LEFT, p->size,
                          MAX_NAME_WIDTH, p->map->names[i]);
}

static void draw_dots(const Picture *p, const TbLabel *labels) {
    for (size_t i = 0; i < p->map->n; i++) {
        dot_at(p->cr, labels[i].x, labels[i].y, p->radius, by_group(p->map) ? p->map->group[i] : 0);
        tbi_set_colour(p->cr, colour_of(p, i));
        cairo_fill_preserve(p->cr);
        cairo_set_source_rgb(p->cr, 1, 1, 1); /* a white outline separates touching dots */
        cairo_set_line_width(p->cr, 1);
        cairo_stroke(p->cr);
    }
}

static void draw_lines(const Picture *p, const TbLabel *labels) {
    tbi_set_colour(p->cr, 0xd4d4dc);
    cairo_set_line_width(p->cr, 1.5);
    for (size_t i = 0; i < p->map->n && p->map->nearest; i++) {
        size_t other = p->map->nearest[i];
        if (p->map->nearest[other] != i)
            continue;
        cairo_move_to(p->cr, labels[i].x, labels[i].y);
        cairo_line_to(p->cr, labels[other].x, labels[other].y);
    }
    cairo_stroke(p->cr);
}

static void draw_plane(Picture *p, TbLabel *labels, size_t *n_unnamed) {
    find_scale(p);
    for (size_t i = 0; i < p->map->n; i++) {
        labels[i].x = p->box.x + p->box.width / 2 + p->unit * (p->map->xy[2 * i] - p->middle_x);
        labels[i].y = p->box.y + p->box.height / 2 - p->unit * (p->map->xy[2 * i + 1] - p->middle_y);
        labels[i].width = tbi_text_width(p->cr, p->size, MAX_NAME_WIDTH, p->map->names[i]);
        labels[i].height = 1.2 * p->size;
    }
    *n_unnamed = 0;
    TbBox room = {p->box.x + 3, p->box.y + 3, p->box.width - 6, p->box.height - 6};
    draw_lines(p, labels);
    draw_dots(p, labels);
    if (p->map->labels != TB_LABELS_NONE) {
        *n_unnamed = tbi_place_labels(room, p->radius, labels, p->map->n, p->map->labels == TB_LABELS_ALL);
        draw_names(p, labels);
    }
}

static void draw_picture(Picture *p, TbLabel *labels, size_t *n_unnamed) {
    const TbMap *map = p->map;
    double top = TOP, title_width = map->width - 2.0 * SIDE;
    if (by_group(map))
        top += group_legend(p, true) * LEGEND_ROW;
    p->box = (TbBox){SIDE, top, map->width - 2.0 * SIDE, map->height - top - BOTTOM};
    find_brightness(p);
    if (!by_group(map) && p->high > p->low)
        title_width = draw_brightness_legend(p);
    tbi_ink(p->cr);
    tbi_draw_text(p->cr, SIDE, TOP / 2.0 + 1, TB_LEFT, 22, fmax(title_width, 1), map->title ? map->title : "");
    tbi_ink_faint(p->cr);
    tbi_draw_text(p->cr, map->width / 2.0, map->height - BOTTOM / 2.0, TB_CENTRE, 16, p->box.width,
                  map->nearest ? "Neighbours sound alike; a line joins two sounds that are most like each other"
                               : "Neighbours sound alike");
    tbi_draw_border(p->cr, p->box);
    draw_plane(p, labels, n_unnamed);
}

static TbStatus check(const TbMap *map) {
    enum { SMALLEST = 400, LARGEST = 10000 };
    if (map->n == 0)
        return tb_fail(TB_ERR_EMPTY, "There are no sounds to make a map of.");
    if (map->n > TB_MAP_MAX || map->n_groups > TB_MAP_GROUPS)
        return tb_fail(TB_ERR_ARGUMENT, "A map can show at most %d sounds in %d groups.", TB_MAP_MAX, TB_MAP_GROUPS);
    if (map->width < SMALLEST || map->height < SMALLEST || map->width > LARGEST || map->height > LARGEST)
        return tb_fail(TB_ERR_ARGUMENT, "A map cannot be %d by %d pixels: each must be %d to %d.", map->width,
                       map->height, SMALLEST, LARGEST);
    for (size_t i = 0; i < map->n; i++) {
        bool good = isfinite(map->xy[2 * i]) && isfinite(map->xy[2 * i + 1]) && (!map->hz || map->hz[i] > 0) &&
                    (!map->nearest || map->nearest[i] < map->n);
        if (!good || (map->group && (map->group[i] < 0 || (size_t)map->group[i] >= map->n_groups)))
            return tb_fail(TB_ERR_ARGUMENT, "Sound %zu has an invalid position, brightness, group or neighbour.",
                           i + 1);
    }
    return TB_OK;
}

TbStatus tb_plot_map(const char *png_path, const TbMap *map, size_t *n_unnamed) {
    TbCanvas canvas;
    size_t n = 0;
    TbStatus status = check(map);
    if (status)
        return status;
    TbLabel *labels = calloc(map->n, sizeof *labels);
    if (!labels)
        return tbi_no_memory("for a map of %zu sounds", map->n);
    status = tbi_canvas_new(&canvas, map->width, map->height);
    if (status == TB_OK) {
        Picture picture = {.map = map, .cr = canvas.cr};
        draw_picture(&picture, labels, &n);
        status = tbi_canvas_save(&canvas, png_path);
    }
    free(labels);
    if (n_unnamed)
        *n_unnamed = n;
    return status;
}
