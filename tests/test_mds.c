/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps: distances and neighbours are preserved, labels do not overlap, and degenerate input gives finite output. */
#include "plot/draw.h"
#include "tests/run_tests.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIMS = 40, MOST = 300 };

static float vectors[MOST * DIMS], xy[2 * MOST];

static double distance(const float *x, size_t i, size_t j, size_t dims) {
    double sum = 0.0;
    for (size_t k = 0; k < dims; k++)
        sum += pow((double)x[i * dims + k] - x[j * dims + k], 2);
    return sqrt(sum);
}

static void layout(size_t n, double *stress) {
    memset(xy, 0xff, sizeof xy); /* NaN */
    assert_int_equal(tb_map_layout(vectors, n, DIMS, NULL, NULL, xy, stress), TB_OK);
    for (size_t i = 0; i < 2 * n; i++)
        assert_true(isfinite(xy[i]));
}

/* Points of a rotated plane in DIMS dimensions. */
static void test_a_plane_is_recovered(void **state) {
    (void)state;
    static const size_t sizes[] = {2, 3, 10, 150};
    double stress, worst = 0.0, widest = 0.0;
    TbRng rng;
    tb_rng_seed(&rng, 5);
    float axes[2][DIMS];
    for (int k = 0; k < DIMS; k++) {
        axes[0][k] = tb_rng_normal(&rng);
        axes[1][k] = tb_rng_normal(&rng);
    }
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        for (size_t i = 0; i < sizes[c]; i++) {
            float a = tb_rng_normal(&rng), b = tb_rng_normal(&rng);
            for (size_t k = 0; k < DIMS; k++)
                vectors[i * DIMS + k] = 3 + a * axes[0][k] + b * axes[1][k];
        }
        layout(sizes[c], &stress);
        for (size_t i = 0; i < sizes[c]; i++)
            for (size_t j = 0; j < i; j++) {
                widest = fmax(widest, distance(vectors, i, j, DIMS));
                worst = fmax(worst, fabs(distance(vectors, i, j, DIMS) - distance(xy, i, j, 2)));
            }
        printf("%zu points: stress %.1e, worst error of a distance %.1e of %.1f\n", sizes[c], stress, worst, widest);
        assert_true(worst < 1e-3 * widest && stress < 1e-3);
    }
}

/* Trustworthiness (Venna and Kaski 2001): 1 if the k nearest points on the map are all near in the full space. */
static double trustworthiness(size_t n, size_t k) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t rank = 1, rank_on_map = 1;
            for (size_t other = 0; other < n; other++) {
                if (other == i || other == j)
                    continue;
                rank += distance(vectors, i, other, DIMS) < distance(vectors, i, j, DIMS);
                rank_on_map += distance(xy, i, other, 2) < distance(xy, i, j, 2);
            }
            if (i != j && rank_on_map <= k && rank > k)
                sum += (double)(rank - k);
        }
    return 1.0 - 2.0 * sum / ((double)n * (double)k * (2.0 * (double)n - 3.0 * (double)k - 1.0));
}

static void test_clusters_stay_together(void **state) {
    (void)state;
    enum { CLUSTERS = 6, EACH = 15, N = CLUSTERS * EACH };
    double stress, trust;
    size_t strangers = 0, nearest[N];
    TbRng rng;
    tb_rng_seed(&rng, 9);
    for (size_t c = 0; c < CLUSTERS; c++) {
        float centre[DIMS];
        for (int k = 0; k < DIMS; k++)
            centre[k] = tb_rng_normal(&rng);
        for (size_t i = c * EACH; i < (c + 1) * EACH; i++)
            for (int k = 0; k < DIMS; k++)
                vectors[i * DIMS + (size_t)k] = centre[k] + 0.3f * tb_rng_normal(&rng);
    }
    layout(N, &stress);
    trust = trustworthiness(N, EACH - 1);
    tb_map_nearest(xy, N, 2, nearest);
    for (size_t i = 0; i < N; i++)
        strangers += nearest[i] / EACH != i / EACH;
    printf("stress %.3f, trustworthiness %.3f, %zu of %d with a neighbour of another cluster\n", stress, trust,
           strangers, N);
    assert_true(trust >= 0.9 && strangers == 0 && stress < 0.4);
}

/* Majorisation never increases the stress, so the result is at least as good as the initial projection; compared here
 * with the best coordinate plane. */
static void test_better_than_a_projection(void **state) {
    (void)state;
    enum { N = 100 };
    double stress, squares = 0.0, best = INFINITY;
    TbRng rng;
    tb_rng_seed(&rng, 2);
    for (size_t i = 0; i < N * DIMS; i++)
        vectors[i] = tb_rng_normal(&rng);
    layout(N, &stress);
    for (size_t plane = 0; plane + 1 < DIMS; plane++) {
        double sum = 0.0;
        squares = 0.0;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < i; j++) {
                double d = distance(vectors, i, j, DIMS);
                const float *a = vectors + i * DIMS + plane, *b = vectors + j * DIMS + plane;
                sum += pow(d - hypot((double)a[0] - b[0], (double)a[1] - b[1]), 2);
                squares += d * d;
            }
        best = fmin(best, sqrt(sum / squares));
    }
    printf("stress %.3f, of a projection %.3f\n", stress, best);
    assert_true(stress < 0.6 * best);
}

static void test_deterministic(void **state) {
    (void)state;
    static float first[2 * MOST];
    TbRng rng;
    tb_rng_seed(&rng, 3);
    for (size_t i = 0; i < MOST * DIMS; i++)
        vectors[i] = tb_rng_normal(&rng);
    layout(MOST, NULL);
    memcpy(first, xy, sizeof xy);
    layout(MOST, NULL);
    assert_memory_equal(first, xy, sizeof xy);
}

static bool stop(void *context, double done, const char *what) {
    (void)what;
    assert_true(done >= 0.0 && done <= 1.0);
    return ++*(int *)context < 3;
}

static void test_degenerate_input(void **state) {
    (void)state;
    double stress = -1.0;
    int calls = 0;
    for (size_t i = 0; i < MOST * DIMS; i++)
        vectors[i] = 7.5f;
    layout(1, &stress);
    assert_true(xy[0] == 0.0f && xy[1] == 0.0f && stress == 0.0);
    layout(50, &stress); /* all points equal */
    for (size_t i = 0; i < 100; i++)
        assert_true(fabsf(xy[i]) < 1e-6f);
    for (size_t i = 0; i < 10; i++) /* two distinct points */
        vectors[i * DIMS] = i < 5 ? 0.0f : 1.0f;
    layout(10, &stress);
    assert_true(distance(xy, 0, 4, 2) < 1e-3 && fabs(distance(xy, 0, 9, 2) - 1.0) < 1e-3);
    for (size_t i = 0; i < MOST; i++) /* on a line, with large distances */
        vectors[i * DIMS] = 1e6f * (float)i;
    layout(MOST, &stress);
    assert_true(stress < 1e-4 && fabsf(xy[1]) < 1e4f);
    memset(vectors, 0, sizeof vectors); /* a simplex: all distances and variances are equal */
    for (size_t i = 0; i < DIMS; i++)
        vectors[i * DIMS + i] = 1.0f;
    layout(DIMS, &stress);
    assert_int_equal(tb_map_layout(vectors, DIMS, DIMS, stop, &calls, xy, NULL), TB_ERR_CANCELLED);
    assert_int_equal(tb_map_layout(vectors, 0, DIMS, NULL, NULL, xy, NULL), TB_ERR_EMPTY);
    assert_int_equal(tb_map_layout(vectors, TB_MAP_MAX + 1, 0, NULL, NULL, xy, NULL), TB_ERR_ARGUMENT);
    vectors[5] = NAN;
    assert_int_equal(tb_map_layout(vectors, 3, DIMS, NULL, NULL, xy, NULL), TB_ERR_ARGUMENT);
}

static bool boxes_meet(TbBox a, TbBox b) {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static void test_labels_do_not_overlap(void **state) {
    (void)state;
    enum { N = 200 };
    static TbLabel labels[N];
    static const int sizes[] = {400, 800, 4000};
    TbRng rng;
    tb_rng_seed(&rng, 4);
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        TbBox room = {10, 20, sizes[c], sizes[c]};
        for (size_t i = 0; i < N; i++)
            labels[i] = (TbLabel){.x = room.x + tb_rng_uniform(&rng) * sizes[c],
                                  .y = room.y + tb_rng_uniform(&rng) * sizes[c],
                                  .width = 30 + 60 * tb_rng_uniform(&rng),
                                  .height = 14};
        size_t left = tbi_place_labels(room, 5, labels, N, false), placed = 0;
        for (size_t i = 0; i < N; i++) {
            placed += labels[i].placed;
            for (size_t j = 0; j < N && labels[i].placed; j++) {
                TbBox core = {labels[j].x - 3.5, labels[j].y - 3.5, 7, 7}; /* a square inside the dot */
                assert_false(boxes_meet(labels[i].box, core));
                assert_false(i != j && labels[j].placed && boxes_meet(labels[i].box, labels[j].box));
            }
            assert_true(!labels[i].placed ||
                        (labels[i].box.x >= 10 && labels[i].box.x + labels[i].box.width <= 10 + sizes[c]));
        }
        printf("%d pixels: %zu names of %d\n", sizes[c], placed, N);
        assert_true(placed + left == N);
        assert_true(sizes[c] < 4000 ? placed > 5 : placed == N);
        assert_true(tbi_place_labels(room, 5, labels, N, true) == 0);
    }
}

static void test_picture(void **state) {
    (void)state;
    char folder[] = "/tmp/timbrel-map-XXXXXX", png[64];
    const float at[] = {0, 0, 1, 0, 0, 1, 0, 0};
    const char *names[] = {"one", "\xff\xfe no UTF-8",
                           "a name that is so long that it has to be cut somewhere on its way", ""};
    const char *groups[] = {"first", "second"};
    const double hz[] = {100, 1000, 5000, 300};
    const size_t nearest[] = {3, 0, 0, 0};
    const int group[] = {0, 1, 1, 0};
    size_t unnamed = 9;
    TbMap map = {.title = "A map",
                 .n = 4,
                 .xy = at,
                 .names = names,
                 .hz = hz,
                 .nearest = nearest,
                 .width = 800,
                 .height = 600,
                 .labels = TB_LABELS_SOME};
    assert_non_null(mkdtemp(folder));
    snprintf(png, sizeof png, "%s/map.png", folder);
    assert_int_equal(tb_plot_map(png, &map, &unnamed), TB_OK);
    assert_int_equal(unnamed, 0);
    cairo_surface_t *surface = cairo_image_surface_create_from_png(png);
    assert_int_equal(cairo_image_surface_get_width(surface), 800);
    assert_int_equal(cairo_image_surface_get_height(surface), 600);
    cairo_surface_destroy(surface);
    map.group = group;
    map.groups = groups;
    map.n_groups = 2;
    map.labels = TB_LABELS_ALL;
    assert_int_equal(tb_plot_map(png, &map, NULL), TB_OK);
    map.n = 1;
    map.nearest = NULL;
    map.hz = NULL;
    assert_int_equal(tb_plot_map(png, &map, NULL), TB_OK);
    map.width = 10;
    assert_int_equal(tb_plot_map(png, &map, NULL), TB_ERR_ARGUMENT);
    map.width = 800;
    map.n_groups = 0; /* group 0 is out of range */
    assert_int_equal(tb_plot_map(png, &map, NULL), TB_ERR_ARGUMENT);
    map.n = 0;
    assert_int_equal(tb_plot_map(png, &map, NULL), TB_ERR_EMPTY);
    unlink(png);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_a_plane_is_recovered, test_clusters_stay_together, test_better_than_a_projection,
                     test_deterministic, test_degenerate_input, test_labels_do_not_overlap, test_picture);
}
