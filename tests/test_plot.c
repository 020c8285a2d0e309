/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures: content and positions, and errors for input that cannot be drawn. */
#include "signals.h"
#include "tests/run_tests.h"
#include "timbrel/plot.h"

#include <cairo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Layout of spectrograms.c: the panel of a single spectrogram, and of the first of several. */
enum { LEFT = 104, TOP = 50, COLUMNS = 1400, TALL = 420, LOW = 280, TITLE = 36 };

static char folder[] = "/tmp/timbrel-plot-XXXXXX";
static char png[64];

static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(png, sizeof png, "%s/picture.png", folder);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(png);
    return rmdir(folder); /* fails if a temporary file is left behind */
}

typedef struct {
    cairo_surface_t *surface;
    const unsigned char *data;
    int width, height, stride;
} Scope;

static Scope open_picture(void) {
    Scope p = {.surface = cairo_image_surface_create_from_png(png)};
    assert_int_equal(cairo_surface_status(p.surface), CAIRO_STATUS_SUCCESS);
    p.data = cairo_image_surface_get_data(p.surface);
    p.width = cairo_image_surface_get_width(p.surface);
    p.height = cairo_image_surface_get_height(p.surface);
    p.stride = cairo_image_surface_get_stride(p.surface);
    return p;
}

static uint32_t pixel(const Scope *p, int x, int y) {
    uint32_t v;
    assert_true(x >= 0 && x < p->width && y >= 0 && y < p->height);
    memcpy(&v, p->data + y * p->stride + 4 * x, 4);
    return v & 0xffffff;
}

static double brightness(const Scope *p, int x, int y) {
    uint32_t v = pixel(p, x, y);
    return 0.3 * (v >> 16) + 0.59 * (v >> 8 & 255) + 0.11 * (v & 255);
}

static int row_of(double f, int top, int height) {
    return top + (int)(height * (1.0 - log(f / 30.0) / log(20000.0 / 30.0)));
}

static int brightest_row(const Scope *p, int x, int top, int height) {
    int best = top;
    for (int y = top; y < top + height; y++)
        if (brightness(p, x, y) > brightness(p, x, best))
            best = y;
    return best;
}

static TbAudio sine(double f, double rate, double seconds) {
    TbAudio a = {.n_samples = (size_t)(rate * seconds), .sample_rate = rate};
    a.samples = malloc(a.n_samples * sizeof(float));
    assert_non_null(a.samples);
    for (size_t i = 0; i < a.n_samples; i++)
        a.samples[i] = (float)(0.5 * sin(2 * M_PI * f * (double)i / rate));
    return a;
}

static void test_tones_are_at_their_frequency(void **state) {
    (void)state;
    static const double cases[][2] = {{60, 44100},   {150, 44100},  {440, 48000},
                                      {1000, 44100}, {9000, 96000}, {440, 8000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbAudio tone = sine(cases[i][0], cases[i][1], 1.0);
        const TbAudio *sounds[] = {&tone};
        const char *titles[] = {"A tone"};
        assert_int_equal(tb_plot_spectrograms(png, sounds, titles, 1, NULL), TB_OK);
        Scope p = open_picture();
        int found = brightest_row(&p, LEFT + COLUMNS / 2, TOP, TALL), expected = row_of(cases[i][0], TOP, TALL);
        printf("%.0f Hz at %.0f Hz: row %d, expected %d\n", cases[i][0], cases[i][1], found, expected);
        assert_true(abs(found - expected) <= 3);
        /* Two octaves from the tone the picture is dark, or blank above the Nyquist frequency. */
        assert_true(brightness(&p, LEFT + COLUMNS / 2, row_of(cases[i][0] / 1.9, TOP, TALL)) < 60);
        bool blank = pixel(&p, LEFT + COLUMNS / 2, row_of(15000, TOP, TALL)) == 0xf0f0f3;
        assert_true(blank == (cases[i][1] < 30000));
        cairo_surface_destroy(p.surface);
        tb_audio_free(&tone);
    }
}

static void test_one_time_axis(void **state) {
    (void)state;
    TbAudio longer = sine(440, 44100, 2.0), shorter = sine(440, 22050, 0.5);
    const TbAudio *sounds[] = {&longer, &shorter};
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 2, NULL), TB_OK);
    Scope p = open_picture();
    int second = TOP + LOW + TITLE, y = row_of(440, second, LOW);
    assert_true(brightness(&p, LEFT + COLUMNS / 8, y) > 150);
    assert_int_equal(pixel(&p, LEFT + COLUMNS / 4 + 4, y), 0xf0f0f3); /* the shorter sound ends after a quarter */
    assert_true(brightness(&p, LEFT + COLUMNS / 4 - 4, y) > 100);
    assert_true(brightness(&p, LEFT + COLUMNS - 40, row_of(440, TOP, LOW)) > 150);
    cairo_surface_destroy(p.surface);
    tb_audio_free(&longer);
    tb_audio_free(&shorter);
}

/* A click of one sample in a minute is lost unless each column covers all of its samples. */
static void test_short_events_stay_visible(void **state) {
    (void)state;
    TbAudio click = {calloc(60 * 44100, sizeof(float)), 60 * 44100, 44100};
    assert_non_null(click.samples);
    click.samples[1000003] = 1.0f;
    const TbAudio *sounds[] = {&click};
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 1, NULL), TB_OK);
    Scope p = open_picture();
    int x = LEFT + (int)(1000003.0 / (60 * 44100) * COLUMNS), y = row_of(3000, TOP, TALL);
    assert_true(brightness(&p, x, y) > 120);
    assert_true(brightness(&p, x - 20, y) < 20 && brightness(&p, x + 20, y) < 20);
    cairo_surface_destroy(p.surface);
    tb_audio_free(&click);
}

static void test_curves(void **state) {
    (void)state;
    enum { POINTS = 200, LATENTS = 4 };
    float f0[POINTS], loudness[POINTS], latents[POINTS * LATENTS];
    for (int i = 0; i < POINTS; i++) {
        f0[i] = i < 20 || i == 100 ? 0.0f : i == 101 ? NAN : 2000.0f;
        loudness[i] = i == 5 ? -INFINITY : i == 6 ? NAN : -20.0f - 0.2f * (float)i;
        for (int k = 0; k < LATENTS; k++)
            latents[i * LATENTS + k] = k == 0 ? 3.0f : k == 1 ? -3.0f : k == 2 ? 0.0f : NAN;
    }
    TbCurves curves = {POINTS, 0.005, f0, loudness, latents, LATENTS};
    TbAudio tone = sine(200, 44100, 1.0);
    const TbAudio *sounds[] = {&tone};
    const char *titles[] = {
        "bytes that are no UTF-8: \xff\xc3 and a very long title that goes on and on, past the right "
        "end of any picture of this width, so that it has to be cut somewhere, which it is, with an "
        "ellipsis; and this part of it is never seen by anybody at all"};
    assert_int_equal(tb_plot_spectrograms(png, sounds, titles, 1, &curves), TB_OK);
    Scope p = open_picture();
    int y = row_of(2000, TOP, TALL), middle = LEFT + COLUMNS * 3 / 4;
    double line = fmax(brightness(&p, middle, y - 1), fmax(brightness(&p, middle, y), brightness(&p, middle, y + 1)));
    assert_true(line > 150);                                      /* the f0 line is where the sound itself is dark */
    assert_true(brightness(&p, LEFT + COLUMNS / 20, y - 1) < 60); /* and is not drawn where unpitched */
    int latents_top = TOP + TALL + TITLE + 130 + TITLE;
    int row = 90 / LATENTS;
    assert_int_equal(pixel(&p, middle, latents_top + row / 2), 0xb2182b);
    assert_int_equal(pixel(&p, middle, latents_top + row + row / 2), 0x2166ac);
    assert_int_equal(pixel(&p, middle, latents_top + 2 * row + row / 2), 0xf7f7f7);
    cairo_surface_destroy(p.surface);
    int full = p.height;
    curves.latents = NULL;
    curves.loudness = NULL;
    assert_int_equal(tb_plot_spectrograms(png, sounds, titles, 1, &curves), TB_OK);
    p = open_picture();
    assert_true(p.height < full);
    cairo_surface_destroy(p.surface);
    tb_audio_free(&tone);
}

static void test_silence_and_invalid_input(void **state) {
    (void)state;
    TbAudio silent = {calloc(1000, sizeof(float)), 1000, 44100}, broken = sine(440, 44100, 0.2), empty = {0};
    assert_non_null(silent.samples);
    for (int i = 3000; i < 3100; i++)
        broken.samples[i] = NAN;
    const TbAudio *sounds[] = {&silent, &broken, &empty, NULL};
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 4, NULL), TB_OK);
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 1, NULL), TB_OK);
    Scope p = open_picture();
    assert_true(brightness(&p, LEFT + COLUMNS / 2, TOP + TALL / 3) < 10);
    cairo_surface_destroy(p.surface);
    assert_int_equal(tb_plot_spectrograms(png, sounds + 2, NULL, 2, NULL), TB_ERR_EMPTY);
    assert_int_equal(tb_plot_spectrograms(png, NULL, NULL, 0, NULL), TB_ERR_EMPTY);
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 33, NULL), TB_ERR_ARGUMENT);
    assert_int_equal(tb_plot_spectrograms("/nowhere/at/all.png", sounds, NULL, 1, NULL), TB_ERR_NOT_FOUND);
    broken.sample_rate = 10;
    assert_int_equal(tb_plot_spectrograms(png, sounds, NULL, 2, NULL), TB_ERR_ARGUMENT);
    tb_audio_free(&silent);
    tb_audio_free(&broken);
}

/* Number of pixels of the drawing area in the first line's colour; *mean_row is the mean of their rows. */
static int count_line(const Scope *p, double *mean_row) {
    int n = 0;
    double sum = 0.0;
    for (int y = 100; y < 620; y++)
        for (int x = 115; x < 1165; x++)
            if (pixel(p, x, y) == 0x0072b2) {
                n++;
                sum += y;
            }
    *mean_row = n ? sum / n : 0.0;
    return n;
}

static void test_lines(void **state) {
    (void)state;
    enum { N = 300000 };
    double *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), row = 0.0;
    assert_true(x && y);
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = i % 1000 == 7 ? NAN : 1.0 + 0.001 * sin(i * 0.1);
    }
    y[0] = 0.0; /* the rest is at the top */
    TbLine lines[7] = {{"loss", x, y, N}, {NULL, x, y, 0}};
    assert_int_equal(tb_plot_lines(png, "A title", "Step", "Loss", lines, 2), TB_OK);
    Scope p = open_picture();
    int n = count_line(&p, &row);
    printf("%d pixels of line around row %.1f\n", n, row);
    assert_true(n > 900 && row < 220.0);
    cairo_surface_destroy(p.surface);
    lines[0].n = 1;
    assert_int_equal(tb_plot_lines(png, NULL, NULL, NULL, lines, 1), TB_OK);
    p = open_picture();
    assert_true(count_line(&p, &row) >= 1); /* one point is a dot */
    cairo_surface_destroy(p.surface);
    for (int i = 0; i < N; i++)
        y[i] = i % 2 ? NAN : INFINITY;
    lines[0].n = N;
    assert_int_equal(tb_plot_lines(png, "", "", "", lines, 1), TB_ERR_EMPTY);
    assert_int_equal(tb_plot_lines(png, "", "", "", lines, 0), TB_ERR_EMPTY);
    assert_int_equal(tb_plot_lines(png, "", "", "", lines, 7), TB_ERR_ARGUMENT);
    free(x);
    free(y);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_tones_are_at_their_frequency, test_one_time_axis,
                     test_short_events_stay_visible, test_curves, test_silence_and_invalid_input, test_lines);
}
