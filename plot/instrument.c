/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a sampled instrument: one sample in detail, its loop transition, and the map of key and velocity
 * ranges. */
#include "base/no_memory.h"
#include "plot/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LEFT = 104,
    RIGHT = 96,
    WIDTH = 1400,
    TITLE = 40,
    WAVE = 130,
    SPECTRUM = 300,
    TRANSITION = 150,
    MAP = 240,
    KEYS = 64,
    GAP = 44,
    AXIS = 34,
    BOTTOM = 46,
};
static const double TRANSITION_SECONDS = 0.02; /* on each side of the loop point */

static double time_x(TbBox box, const TbInstrumentPicture *p, double sample) {
    return box.x + box.width * sample / (double)p->sound->n_samples;
}

static void shade_loop(cairo_t *cr, TbBox box, const TbInstrumentPicture *p) {
    if (!p->loop_end)
        return;
    double from = time_x(box, p, (double)p->loop_start), to = time_x(box, p, (double)p->loop_end);
    cairo_set_source_rgba(cr, 0.30, 0.55, 0.85, 0.15);
    cairo_rectangle(cr, from, box.y, to - from, box.height);
    cairo_fill(cr);
}

static void mark_loop(cairo_t *cr, TbBox box, const TbInstrumentPicture *p, bool on_dark) {
    if (!p->loop_end)
        return;
    tbi_set_colour(cr, on_dark ? 0x9fd0ff : 0x2f6fb0);
    cairo_set_line_width(cr, 2);
    for (int i = 0; i < 2; i++) {
        double x = floor(time_x(box, p, (double)(i ? p->loop_end : p->loop_start)));
        cairo_move_to(cr, x, box.y);
        cairo_line_to(cr, x, box.y + box.height);
        cairo_stroke(cr);
    }
}

static float loudest_sample(const TbAudio *a) {
    float most = 1e-9f;
    for (size_t i = 0; i < a->n_samples; i++)
        most = fmaxf(most, fabsf(a->samples[i]));
    return most;
}

/* The minimum and maximum sample of each pixel column, scaled to the box. */
static void draw_wave(cairo_t *cr, TbBox box, const TbInstrumentPicture *p) {
    const TbAudio *a = p->sound;
    float most = loudest_sample(a);
    double middle = box.y + box.height / 2, scale = 0.46 * box.height / most;
    shade_loop(cr, box, p);
    tbi_set_colour(cr, 0x37474f);
    for (int column = 0; column < (int)box.width; column++) {
        size_t from = (size_t)((double)a->n_samples * column / box.width);
        size_t to = (size_t)((double)a->n_samples * (column + 1) / box.width);
        float low = 0, high = 0;
        for (size_t i = from; i < to && i < a->n_samples; i++) {
            low = fminf(low, a->samples[i]);
            high = fmaxf(high, a->samples[i]);
        }
        cairo_rectangle(cr, box.x + column, middle - high * scale, 1, fmax(1, (high - low) * scale));
    }
    cairo_fill(cr);
    mark_loop(cr, box, p, false);
    tbi_draw_border(cr, box);
}

/* The loop transition as a sampler plays it: the end of the loop, then its start. */
static void draw_transition(cairo_t *cr, TbBox box, const TbInstrumentPicture *p) {
    const TbAudio *a = p->sound;
    size_t length = p->loop_end - p->loop_start, side = (size_t)(TRANSITION_SECONDS * a->sample_rate);
    side = side < length ? side : length;
    double middle = box.y + box.height / 2, scale = 0.46 * box.height / loudest_sample(a);
    tbi_paper_shade(cr);
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    cairo_fill(cr);
    cairo_set_line_width(cr, 1.5);
    for (int after = 0; after < 2; after++) {
        const float *x = a->samples + (after ? p->loop_start : p->loop_end - side);
        tbi_set_colour(cr, tbi_contrast((size_t)after));
        for (size_t i = 0; i < side; i++) {
            double at = box.x + box.width * ((double)i + after * (double)side) / (2.0 * (double)side);
            cairo_line_to(cr, at, middle - x[i] * scale);
        }
        cairo_stroke(cr);
    }
    tbi_ink_faint(cr);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, box.x + floor(box.width / 2) + 0.5, box.y);
    cairo_rel_line_to(cr, 0, box.height);
    cairo_stroke(cr);
    tbi_draw_border(cr, box);
    tbi_draw_bottom_axis(cr, box, -1000 * TRANSITION_SECONDS, 1000 * TRANSITION_SECONDS, true);
}

typedef struct {
    int low, high; /* MIDI keys */
    double width;  /* of one key */
} Keyboard;

static bool is_black(int key) {
    return (1 << key % 12) & (1 << 1 | 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10);
}

/* All keys have the same width, to line up with the zones above. */
static void draw_keyboard(cairo_t *cr, TbBox box, const Keyboard *k) {
    for (int key = k->low; key <= k->high; key++) {
        double x = box.x + (key - k->low) * k->width;
        tbi_set_colour(cr, is_black(key) ? 0x303030 : 0xffffff);
        cairo_rectangle(cr, x, box.y, k->width, is_black(key) ? 0.62 * box.height : box.height);
        cairo_fill(cr);
        tbi_ink_faint(cr);
        cairo_set_line_width(cr, 1);
        cairo_rectangle(cr, floor(x) + 0.5, box.y + 0.5, k->width, box.height - 1);
        cairo_stroke(cr);
        if (key % 12 == 0) {
            char text[16];
            snprintf(text, sizeof text, "C%d", key / 12 - 1);
            tbi_ink(cr);
            tbi_draw_text(cr, x + k->width / 2, box.y + box.height + 14, TB_CENTRE, 15, 0, text);
        }
    }
    tbi_draw_border(cr, box);
}

static void seconds_text(char *text, size_t size, const char *what, double seconds) {
    char number[32];
    tbi_number_text(number, sizeof number, seconds, 0.1);
    snprintf(text, size, "%s%s s", what, number);
}

static void draw_zone(cairo_t *cr, TbBox box, const Keyboard *k, const TbInstrumentZone *z) {
    double x = box.x + (z->low_key - k->low) * k->width, width = (z->high_key - z->low_key + 1) * k->width;
    double top = box.y + box.height * (1 - z->high_velocity / 127.0);
    double height = box.height * (z->high_velocity - z->low_velocity + 1) / 127.0;
    double root = box.x + (z->root_key - k->low + 0.5) * k->width;
    uint32_t colour = tbi_contrast((size_t)z->layer);
    cairo_set_source_rgba(cr, (colour >> 16) / 255.0, (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0, 0.25);
    cairo_rectangle(cr, x + 1, top + 1, width - 2, height - 2);
    cairo_fill(cr);
    tbi_set_colour(cr, colour);
    cairo_rectangle(cr, root - k->width / 2 + 1, top + height - 7, k->width - 2, 6); /* the root key */
    cairo_fill(cr);
    char text[48];
    tbi_ink(cr);
    seconds_text(text, sizeof text, "", z->seconds);
    if (height < 40 || tbi_text_width(cr, 13, 0, text) > width - 4)
        return;
    tbi_draw_text(cr, x + width / 2, top + height / 2 - (z->loop_seconds > 0 ? 9 : 0), TB_CENTRE, 13, 0, text);
    seconds_text(text, sizeof text, "\xe2\x86\xbb ", z->loop_seconds); /* a circling arrow */
    if (z->loop_seconds > 0 && tbi_text_width(cr, 13, 0, text) <= width - 4)
        tbi_draw_text(cr, x + width / 2, top + height / 2 + 9, TB_CENTRE, 13, 0, text);
}

static void draw_map(cairo_t *cr, TbBox box, const TbInstrumentPicture *p) {
    Keyboard k = {127, 0, 0};
    for (size_t i = 0; i < p->n_zones; i++) {
        k.low = p->zones[i].low_key < k.low ? p->zones[i].low_key : k.low;
        k.high = p->zones[i].high_key > k.high ? p->zones[i].high_key : k.high;
    }
    k.width = box.width / (k.high - k.low + 1);
    tbi_draw_left_axis(cr, box, 0, 127, 6);
    tbi_draw_text_upwards(cr, 26, box.y + box.height / 2, 16, "Velocity");
    for (size_t i = 0; i < p->n_zones; i++)
        draw_zone(cr, box, &k, &p->zones[i]);
    tbi_draw_border(cr, box);
    draw_keyboard(cr, (TbBox){box.x, box.y + box.height + 6, box.width, KEYS}, &k);
}

static void heading(cairo_t *cr, double y, const char *text) {
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT, y - 16, TB_LEFT, 19, WIDTH, text);
}

static void draw_all(cairo_t *cr, const TbInstrumentPicture *p, const float *level, float loudest) {
    double y = TITLE + GAP, seconds = (double)p->sound->n_samples / p->sound->sample_rate;
    char text[400];
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT, 30, TB_LEFT, 26, WIDTH, p->title);
    snprintf(text, sizeof text, "%s%s", p->sound_title, p->loop_end ? ": its loop is shaded" : ", without a loop");
    heading(cr, y, text);
    draw_wave(cr, (TbBox){LEFT, y, WIDTH, WAVE}, p);
    TbBox box = {LEFT, y + WAVE + 8, WIDTH, SPECTRUM};
    tbi_draw_levels(cr, box, level, loudest);
    tbi_draw_frequency_axis(cr, box);
    mark_loop(cr, box, p, true);
    tbi_draw_border(cr, box);
    tbi_draw_colour_bar(cr, box);
    tbi_draw_bottom_axis(cr, box, 0, seconds, true);
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT + WIDTH, box.y + box.height + AXIS + 4, TB_RIGHT, 16, 0, "Time (s)");
    y = box.y + box.height + AXIS + GAP;
    if (p->loop_end) {
        heading(cr, y, "Loop transition (ms): end of the loop, then its start");
        draw_transition(cr, (TbBox){LEFT, y, WIDTH, TRANSITION}, p);
        y += TRANSITION + AXIS + GAP;
    }
    snprintf(text, sizeof text, "%zu sample%s: key and velocity range, duration%s", p->n_zones,
             p->n_zones == 1 ? "" : "s", p->loop_end ? " and loop length" : "");
    heading(cr, y, text);
    draw_map(cr, (TbBox){LEFT, y, WIDTH, MAP}, p);
}

/* Levels of the sound as played, with its loop repeated: the end of the file, which a looping sampler never reaches,
 * must not show as a click. */
static TbStatus levels(const TbInstrumentPicture *p, float *level, float *loudest) {
    const TbAudio *a = p->sound;
    size_t length = p->loop_end - p->loop_start, extra = p->loop_end ? (size_t)(0.2 * a->sample_rate) : 0;
    TbAudio longer = {malloc((a->n_samples + extra) * sizeof *longer.samples), a->n_samples + extra, a->sample_rate};
    *loudest = -100;
    if (!longer.samples)
        return tbi_no_memory("for a picture of the instrument");
    for (size_t i = 0; i < longer.n_samples; i++) {
        bool in_repeat = p->loop_end && i >= p->loop_end;
        longer.samples[i] = a->samples[in_repeat ? p->loop_start + (i - p->loop_end) % length : i];
    }
    TbStatus status = tbi_spectrogram(&longer, (double)a->n_samples / a->sample_rate / WIDTH, WIDTH, SPECTRUM, level);
    for (size_t i = 0; i < (size_t)WIDTH * SPECTRUM && status == TB_OK; i++)
        *loudest = fmaxf(*loudest, level[i]);
    free(longer.samples);
    return status;
}

static int picture_height(const TbInstrumentPicture *p) {
    int height = TITLE + GAP + WAVE + 8 + SPECTRUM + AXIS + GAP + MAP + 6 + KEYS + BOTTOM;
    return height + (p->loop_end ? TRANSITION + AXIS + GAP : 0);
}

TbStatus tb_plot_instrument(const char *png_path, const TbInstrumentPicture *picture) {
    const TbAudio *a = picture->sound;
    if (a->n_samples == 0 || picture->n_zones == 0)
        return tb_fail(TB_ERR_EMPTY, "There is no instrument to draw.");
    if (picture->loop_end > a->n_samples || picture->loop_start > picture->loop_end)
        return tb_fail(TB_ERR_ARGUMENT, "The loop is not within the sound.");
    float *level = malloc((size_t)WIDTH * SPECTRUM * sizeof *level), loudest;
    if (!level)
        return tbi_no_memory("for a picture of the instrument");
    TbCanvas canvas;
    TbStatus status = levels(picture, level, &loudest);
    if (status == TB_OK)
        status = tbi_canvas_new(&canvas, LEFT + WIDTH + RIGHT, picture_height(picture));
    if (status == TB_OK) {
        draw_all(canvas.cr, picture, level, loudest);
        status = tbi_canvas_save(&canvas, png_path);
    }
    free(level);
    return status;
}
