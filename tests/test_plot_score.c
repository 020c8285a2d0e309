/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Piano rolls: notes are where and as dark as they should be, rows follow the bars, and what cannot be drawn is
 * refused. */
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "timbrel/plot.h"

#include <cairo.h>
#include <stdio.h>

/* Layout of plot/score.c: one line of legend; rows of 8 bars; keys 7 pixels high, drums 11. */
enum { LEFT = 120, COLUMNS = 1400, FIRST_ROW = 60 + 26 + 34, KEY = 7, LANE = 11, BETWEEN_ROWS = 34 + 22, TPQ = 480 };

static ScratchFolder folder;
static char png[256];

static int setup(void **state) {
    (void)state;
    if (!scratch_new(&folder))
        return -1;
    snprintf(png, sizeof png, "%s/roll.png", folder.path);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    scratch_free(&folder);
    return 0;
}

static TbScore song(void) {
    TbScore s;
    assert_int_equal(tb_score_new(TPQ, &s), TB_OK);
    assert_int_equal(tb_score_add_part(&s, "Part", 0, 0, NULL), TB_OK);
    return s;
}

static void note(TbScore *s, int part, int quarter, int quarters, int pitch, int velocity) {
    TbScoreNote n = {quarter * TPQ, quarters * TPQ, (uint8_t)pitch, (uint8_t)velocity, (uint16_t)part};
    assert_int_equal(tb_score_add_note(s, n), TB_OK);
    tb_score_sort(s);
}

typedef struct {
    cairo_surface_t *surface;
    int width, height;
} Picture;

static Picture draw_with(const TbScore *s, const TbAudio *sound) {
    TbStatus status = sound ? tb_plot_track(png, s, sound, NULL, NULL) : tb_plot_score(png, s, NULL);
    if (status)
        fail_msg("%s", tb_error_text(status));
    Picture p = {.surface = cairo_image_surface_create_from_png(png)};
    assert_int_equal(cairo_surface_status(p.surface), CAIRO_STATUS_SUCCESS);
    p.width = cairo_image_surface_get_width(p.surface);
    p.height = cairo_image_surface_get_height(p.surface);
    return p;
}

static Picture draw(const TbScore *s) {
    return draw_with(s, NULL);
}

static void put_away(TbScore *s, Picture *p) {
    cairo_surface_destroy(p->surface);
    tb_score_free(s);
}

/* 0xrrggbb at a quarter note of a row of 8 bars, and a pixel below the top of the row. */
static uint32_t pixel(const Picture *p, int row_top, double quarter, int y) {
    uint32_t v;
    int x = (int)(LEFT + COLUMNS * quarter / 32);
    assert_true(x < p->width && row_top + y < p->height);
    memcpy(&v,
           cairo_image_surface_get_data(p->surface) + (row_top + y) * cairo_image_surface_get_stride(p->surface) +
               4 * x,
           4);
    return v & 0xffffff;
}

static int darkness(uint32_t rgb) {
    return 765 - (int)((rgb >> 16) + (rgb >> 8 & 255) + (rgb & 255));
}

static bool is_blue(uint32_t rgb) {
    return (int)(rgb & 255) > (int)(rgb >> 16) + 60;
}

static void test_notes(void **state) {
    (void)state;
    TbScore s = song();
    note(&s, 0, 0, 2, 60, 127);
    note(&s, 0, 4, 2, 60, 20);
    note(&s, 0, 29, 3, 72, 100);
    Picture p = draw(&s);
    int middle = (72 + 1 - 60) * KEY + KEY / 2; /* of the key; one free key above the highest */
    assert_true(is_blue(pixel(&p, FIRST_ROW, 1, middle)) && is_blue(pixel(&p, FIRST_ROW, 5, middle)));
    assert_false(is_blue(pixel(&p, FIRST_ROW, 2.5, middle)) || is_blue(pixel(&p, FIRST_ROW, 1, middle - KEY)));
    assert_true(is_blue(pixel(&p, FIRST_ROW, 30.5, KEY + KEY / 2)));
    assert_true(darkness(pixel(&p, FIRST_ROW, 1, middle)) > darkness(pixel(&p, FIRST_ROW, 5, middle)) + 50);
    assert_true(darkness(pixel(&p, FIRST_ROW, 8, 2)) > darkness(pixel(&p, FIRST_ROW, 7.5, 2)) + 100); /* a bar line */
    put_away(&s, &p);
}

/* A note that lasts into the next row goes on there; drums are below all pitches. */
static void test_rows_and_drums(void **state) {
    (void)state;
    TbScore s = song();
    note(&s, 0, 30, 4, 60, 127);
    assert_int_equal(tb_score_add_part(&s, "Drums", -1, TB_SCORE_DRUM_CHANNEL, NULL), TB_OK);
    note(&s, 1, 8, 1, 36, 127);
    note(&s, 1, 8, 1, 99, 127);
    Picture p = draw(&s);
    int roll = 3 * KEY, second = FIRST_ROW + roll + 2 * LANE + BETWEEN_ROWS, key = KEY + KEY / 2;
    assert_true(is_blue(pixel(&p, FIRST_ROW, 31, key)) && is_blue(pixel(&p, second, 1, key)));
    assert_false(is_blue(pixel(&p, FIRST_ROW, 29, key)) || is_blue(pixel(&p, second, 3, key)));
    double beat = 8 + 3 * 32.0 / COLUMNS;                                            /* three pixels into the mark */
    assert_true(darkness(pixel(&p, FIRST_ROW, beat, roll + LANE + LANE / 2)) > 300); /* the kick, lowest */
    assert_true(darkness(pixel(&p, FIRST_ROW, beat, roll + LANE / 2)) > 300);        /* a key that is no drum */
    assert_true(darkness(pixel(&p, FIRST_ROW, 9, roll + LANE + LANE / 2)) < 100);
    put_away(&s, &p);
}

/* A sound of its first and third beat is under the row, at these beats, and nowhere else. */
static void test_sound(void **state) {
    (void)state;
    enum { RATE = 1000, BEAT = RATE / 2, WAVE_MIDDLE = 6 + 30 };
    float x[8 * BEAT] = {0};
    TbScore s = song();
    note(&s, 0, 31, 1, 60, 100); /* eight bars */
    for (int i = 0; i < BEAT; i++)
        x[i] = x[2 * BEAT + i] = i % 2 ? 0.5f : -0.5f;
    Picture p = draw_with(&s, &(TbAudio){.samples = x, .n_samples = 8 * BEAT, .sample_rate = RATE}), silent = draw(&s);
    int middle = 3 * KEY + WAVE_MIDDLE;
    for (int beat = 0; beat < 4; beat++)
        assert_true(is_blue(pixel(&p, FIRST_ROW, beat + 0.5, middle)) == (beat % 2 == 0));
    assert_int_equal(p.height, silent.height + 66);
    cairo_surface_destroy(p.surface);
    cairo_surface_destroy(silent.surface);
    p = draw_with(&s, &(TbAudio){.samples = x + BEAT, .n_samples = BEAT, .sample_rate = RATE}); /* silence */
    assert_false(is_blue(pixel(&p, FIRST_ROW, 0.5, middle)));
    put_away(&s, &p);
}

/* However long a piece, it has at most ten rows. */
static void test_long_pieces(void **state) {
    (void)state;
    TbScore s = song();
    note(&s, 0, 0, 1, 60, 100);
    note(&s, 0, 4 * 80 - 1, 1, 60, 100);
    Picture ten = draw(&s);
    note(&s, 0, 4 * 5000, 1, 60, 100);
    Picture more = draw(&s);
    assert_true(more.height <= ten.height && more.width == ten.width);
    cairo_surface_destroy(ten.surface);
    cairo_surface_destroy(more.surface);
    tb_score_free(&s);
}

static void test_refused(void **state) {
    (void)state;
    TbScore s = song();
    assert_int_equal(tb_plot_score(png, &s, NULL), TB_ERR_EMPTY);
    note(&s, 0, 0, 1, 60, 100);
    assert_int_not_equal(tb_plot_score("/no/such/folder/x.png", &s, NULL), TB_OK);
    tb_score_free(&s);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_notes, test_rows_and_drums, test_sound, test_long_pieces, test_refused);
}
