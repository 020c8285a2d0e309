/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page's map of sounds belongs to the model that plays and is rebuilt when that changes. */
#include "tests/run_tests.h"
#include "timbrel/presets.h"
#include "web/sound_map.h"

#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    atomic_int loads, changes;
    atomic_bool damaged; /* one sound cannot be loaded */
    atomic_bool other;   /* load random instruments with other seeds, as if of another model */
} ServerMessage;

/* One model for all names except "nothing". */
static TbStatus load_model(void *context, const char *name, TbModel **model) {
    ServerMessage *t = context;
    atomic_fetch_add(&t->loads, 1);
    atomic_store(&t->other, strcmp(name, "other") == 0);
    atomic_store(&t->damaged, strcmp(name, "damaged") == 0);
    return strcmp(name, "nothing") == 0 ? tb_fail(TB_ERR_NOT_FOUND, "There is no such model.")
                                        : tb_default_model(model);
}

/* Bundled sounds take a while, so that there is work to cancel. */
static TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    ServerMessage *t = context;
    if (strcmp(name, "bell") == 0 && atomic_load(&t->damaged))
        return tb_fail(TB_ERR_FORMAT, "The bell is cracked.");
    if (strncmp(name, "seed:", 5) != 0) {
        usleep(5000);
        return tb_instrument_random(model, 1000, instrument);
    }
    return tb_instrument_random(model, strtoull(name + 5, NULL, 10) + atomic_load(&t->other), instrument);
}

static void changed(void *context) {
    atomic_fetch_add(&((ServerMessage *)context)->changes, 1);
}

/* The map's JSON once it is done, without the outer brackets. */
static char *finished(SoundMap *map, size_t *n_dots) {
    for (int i = 0; i < 12000; i++) {
        char *text = tbi_sound_map_text(map);
        json_t *root = json_loads(text, 0, NULL), *all = json_object_get(root, "map");
        bool done = json_is_true(json_object_get(all, "done"));
        *n_dots = json_array_size(json_object_get(all, "dots"));
        json_decref(root);
        if (done)
            return text;
        free(text);
        usleep(10000);
    }
    return NULL;
}

/* No dot that has been shown moves while others are added. */
static void assert_still(SoundMap *map) {
    json_t *before = NULL;
    for (bool done = false; !done; usleep(1000)) {
        char *text = tbi_sound_map_text(map);
        json_t *root = json_loads(text, 0, NULL), *all = json_object_get(root, "map");
        json_t *dots = json_object_get(all, "dots");
        done = json_is_true(json_object_get(all, "done"));
        for (size_t i = 0; i < json_array_size(before); i++)
            assert_true(json_equal(json_array_get(before, i), json_array_get(dots, i)));
        json_decref(before);
        before = json_incref(dots);
        json_decref(root);
        free(text);
    }
    json_decref(before);
}

/* The sentence of the map that says why dots are missing. */
static void assert_error(const char *text, const char *part) {
    json_t *root = json_loads(text, 0, NULL);
    const char *error = json_string_value(json_object_get(json_object_get(root, "map"), "error"));
    assert_non_null(error);
    if (part)
        assert_non_null(strstr(error, part));
    else
        assert_string_equal(error, "");
    json_decref(root);
}

/* Dots are within the map, spread over it, and those of the same code (here the bundled sounds) share a place. */
static void assert_apart(const char *text) {
    json_t *root = json_loads(text, 0, NULL), *dots = json_object_get(json_object_get(root, "map"), "dots"), *dot;
    double low[2] = {1, 1}, high[2] = {0, 0}, bundled[2] = {-1, -1};
    size_t i;
    json_array_foreach(dots, i, dot) {
        bool seed = strncmp(json_string_value(json_array_get(dot, 0)), "seed:", 5) == 0;
        for (int axis = 0; axis < 2; axis++) {
            double at = json_real_value(json_array_get(dot, (size_t)axis + 1));
            low[axis] = fmin(low[axis], at);
            high[axis] = fmax(high[axis], at);
            if (!seed && bundled[axis] >= 0)
                assert_float_equal(at, bundled[axis], 0.02);
            bundled[axis] = seed ? bundled[axis] : at;
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        assert_true(low[axis] >= 0 && high[axis] <= 1);
        assert_true(high[axis] - low[axis] > 0.5);
    }
    json_decref(root);
}

static void test_models(void **state) {
    (void)state;
    ServerMessage told = {0};
    SoundMap *map;
    size_t n;
    const TbWebOptions options = {
        .size = sizeof(TbWebOptions), .load_model = load_model, .load = load, .context = &told};
    assert_int_equal(tbi_sound_map_new(&options, changed, &told, &map), TB_OK);
    tbi_sound_map_model(map, "");
    assert_still(map);
    char *first = finished(map, &n);
    assert_non_null(first);
    size_t all = n;
    assert_true(all > tb_bundled_count() + 20);
    assert_true(atomic_load(&told.changes) > 2);
    assert_apart(first);
    assert_error(first, NULL);
    /* The same model does not rebuild the map; another does, and is cancelled by a third. */
    tbi_sound_map_model(map, "");
    usleep(50000);
    assert_int_equal(atomic_load(&told.loads), 1);
    tbi_sound_map_model(map, "other");
    while (atomic_load(&told.loads) < 2)
        usleep(1000);
    tbi_sound_map_model(map, "left");
    tbi_sound_map_model(map, "other");
    char *other = finished(map, &n);
    assert_non_null(other);
    assert_int_equal(n, all);
    assert_string_not_equal(first, other);
    /* A sound that cannot be loaded is missing, and the map says so. */
    tbi_sound_map_model(map, "damaged");
    free(other);
    other = finished(map, &n);
    assert_non_null(other);
    assert_int_equal(n, all - 1);
    assert_error(other, "The bell is cracked.");
    /* Without a model the map is empty; then back. */
    tbi_sound_map_model(map, "nothing");
    free(other);
    other = finished(map, &n);
    assert_non_null(other);
    assert_int_equal(n, 0);
    assert_error(other, "There is no such model.");
    tbi_sound_map_model(map, "");
    char *again = finished(map, &n);
    assert_non_null(again);
    assert_string_equal(first, again);
    /* Freed while a map is being built. */
    tbi_sound_map_model(map, "other");
    tbi_sound_map_free(map);
    free(first);
    free(other);
    free(again);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_models);
}
