/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spectrograms of sounds, one above the other, and panels of curves, on one time axis. */
#include "base/no_memory.h"
#include "plot/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_SOUNDS = 32,
    LEFT = 104,
    RIGHT = 96,
    TOP = 14,
    BOTTOM = 58,
    TITLE = 36,
    COLUMNS = 1400,
    TALL = 420, /* height of a single spectrogram */
    LOW = 280,  /* height of one of several */
    LOUDNESS = 130,
};

typedef struct {
    const TbAudio *const *sounds;
    const char *const *titles;
    size_t n_sounds;
    const TbCurves *curves; /* NULL when there is nothing to show */
    double seconds;         /* of the time axis */
    int rows;               /* of one spectrogram */
    float *levels;          /* [n_sounds][rows][COLUMNS] dB */
    float loudest;          /* dB: maximum of all sounds, drawn in the brightest colour */
} Picture;

static double duration(const TbAudio *sound) {
    return sound && sound->n_samples && sound->sample_rate > 0 ? (double)sound->n_samples / sound->sample_rate : 0.0;
}

static TbStatus measure_sounds(Picture *picture) {
    size_t per_sound = (size_t)picture->rows * COLUMNS;
    picture->levels = malloc(picture->n_sounds * per_sound * sizeof *picture->levels);
    if (!picture->levels)
        return tbi_no_memory("for a picture of %zu sounds", picture->n_sounds);
    picture->loudest = -100.0f; /* lower bound, so that near silence stays dark */
    for (size_t i = 0; i < picture->n_sounds; i++) {
        float *level = picture->levels + i * per_sound;
        TbAudio nothing = {.sample_rate = 44100};
        const TbAudio *sound = duration(picture->sounds[i]) > 0.0 ? picture->sounds[i] : &nothing;
        TbStatus status = tbi_spectrogram(sound, picture->seconds / COLUMNS, COLUMNS, picture->rows, level);
        if (status)
            return status;
        for (size_t j = 0; j < per_sound; j++)
            picture->loudest = fmaxf(picture->loudest, level[j]);
    }
    return TB_OK;
}

static void draw_sound(cairo_t *cr, const Picture *picture, size_t i, TbBox box, bool last) {
    const char *title = picture->titles && picture->titles[i] ? picture->titles[i] : "";
    tbi_ink(cr);
    tbi_draw_text(cr, box.x, box.y - 16, TB_LEFT, 19, box.width, title);
    tbi_draw_levels(cr, box, picture->levels + i * (size_t)picture->rows * COLUMNS, picture->loudest);
    if (duration(picture->sounds[i]) <= 0.0) {
        tbi_ink_faint(cr);
        tbi_draw_text(cr, box.x + box.width / 2, box.y + box.height / 2, TB_CENTRE, 19, 0, "no sound");
    }
    tbi_draw_frequency_axis(cr, box);
    if (i == 0 && picture->curves && picture->curves->f0)
        tbi_draw_f0(cr, box, picture->curves, picture->seconds);
    tbi_draw_border(cr, box);
    tbi_draw_colour_bar(cr, box);
    tbi_draw_bottom_axis(cr, box, 0, picture->seconds, last);
}

static int latents_height(const TbCurves *curves) {
    size_t wanted = curves->n_latents * 18;
    return wanted < 90 ? 90 : wanted > 320 ? 320 : (int)wanted;
}

static bool has_loudness(const Picture *p) {
    return p->curves && p->curves->loudness;
}
static bool has_latents(const Picture *p) {
    return p->curves && p->curves->latents && p->curves->n_latents > 0;
}

static int picture_height(const Picture *picture) {
    int height = TOP + BOTTOM + (int)picture->n_sounds * (picture->rows + TITLE);
    if (has_loudness(picture))
        height += TITLE + LOUDNESS;
    if (has_latents(picture))
        height += TITLE + latents_height(picture->curves);
    return height;
}

static TbBox curve_panel(cairo_t *cr, double y, int height, const char *title) {
    TbBox box = {LEFT, y, COLUMNS, height};
    tbi_ink(cr);
    tbi_draw_text(cr, box.x, box.y - 16, TB_LEFT, 19, box.width, title);
    tbi_paper_shade(cr);
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    cairo_fill(cr);
    return box;
}

static void draw_picture(cairo_t *cr, const Picture *picture) {
    double y = TOP + TITLE;
    for (size_t i = 0; i < picture->n_sounds; i++) {
        bool last = i + 1 == picture->n_sounds && !has_loudness(picture) && !has_latents(picture);
        draw_sound(cr, picture, i, (TbBox){LEFT, y, COLUMNS, picture->rows}, last);
        y += picture->rows + TITLE;
    }
    if (has_loudness(picture)) {
        TbBox box = curve_panel(cr, y, LOUDNESS, "Loudness (dB)");
        tbi_draw_loudness(cr, box, picture->curves, picture->seconds);
        tbi_draw_border(cr, box);
        tbi_draw_bottom_axis(cr, box, 0, picture->seconds, !has_latents(picture));
        y += LOUDNESS + TITLE;
    }
    if (has_latents(picture)) {
        TbBox box = curve_panel(cr, y, latents_height(picture->curves), "Latents");
        tbi_draw_latents(cr, box, picture->curves, picture->seconds);
        tbi_draw_border(cr, box);
        tbi_draw_bottom_axis(cr, box, 0, picture->seconds, true);
        y += latents_height(picture->curves) + TITLE;
    }
    tbi_ink(cr);
    tbi_draw_text(cr, LEFT + COLUMNS / 2, y - TITLE + BOTTOM - 14, TB_CENTRE, 16, 0, "Time (s)");
}

TbStatus tb_plot_spectrograms(const char *png_path, const TbAudio *const *sounds, const char *const *titles,
                              size_t n_sounds, const TbCurves *curves) {
    if (n_sounds > MAX_SOUNDS)
        return tb_fail(TB_ERR_ARGUMENT, "A picture can show at most %d sounds, not %zu.", MAX_SOUNDS, n_sounds);
    Picture picture = {.sounds = sounds, .titles = titles, .n_sounds = n_sounds, .rows = n_sounds > 1 ? LOW : TALL};
    for (size_t i = 0; i < n_sounds; i++) {
        if (duration(sounds[i]) > 0.0 && !(sounds[i]->sample_rate >= 1000 && sounds[i]->sample_rate <= 1e6))
            return tb_fail(TB_ERR_ARGUMENT, "Cannot draw a sound at %g Hz: rates must be between 1 kHz and 1 MHz.",
                           sounds[i]->sample_rate);
        picture.seconds = fmax(picture.seconds, duration(sounds[i]));
    }
    if (!(picture.seconds > 0.0))
        return tb_fail(TB_ERR_EMPTY, "There is no sound to draw.");
    if (curves && curves->n_points > 0 && curves->hop > 0.0)
        picture.curves = curves;

    TbCanvas canvas;
    TbStatus status = measure_sounds(&picture);
    if (!status)
        status = tbi_canvas_new(&canvas, LEFT + COLUMNS + RIGHT, picture_height(&picture));
    if (!status) {
        draw_picture(canvas.cr, &picture);
        status = tbi_canvas_save(&canvas, png_path);
    }
    free(picture.levels);
    return status;
}
