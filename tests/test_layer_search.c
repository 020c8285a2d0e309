/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The binary search for a note's recordings: bit-identical to a linear search. The model has a note network, so
 * recordings have smaller shares at a distance. */
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 300, LAYOUTS = 4000, NOTES = 60 };
#define REACH 4.0f
#define OCTAVES_APART 6.0f

static float slow_reach(const TbInstrument *in, float semitones) {
    float d = semitones / REACH;
    return in->has_pitch && tb_model_notes(in->model) ? expf(-d * d) : 1;
}

/* The definition: the nearest key on either side, and of equal keys the first that is nearest in velocity. */
static int slow_shares(const TbInstrument *in, float key, float velocity, LayerWeight share[2]) {
    const RecordedLayer *layer = in->layer;
    size_t n = in->n_layers, below = n, above = n;
    for (size_t i = 0; i < n; i++) {
        bool under = layer[i].key <= key;
        size_t *side = under ? &below : &above;
        if (*side == n || (under ? layer[i].key > layer[*side].key : layer[i].key < layer[*side].key) ||
            (layer[i].key == layer[*side].key &&
             fabsf(layer[i].velocity - velocity) < fabsf(layer[*side].velocity - velocity)))
            *side = i;
    }
    if (below == n || above == n) {
        size_t only = below == n ? above : below;
        if (only == n)
            return 0;
        share[0] = (LayerWeight){only, slow_reach(in, key - layer[only].key)};
        return 1;
    }
    float w = (key - layer[below].key) / (layer[above].key - layer[below].key);
    if (fabsf(layer[above].above - layer[below].above) > OCTAVES_APART) {
        size_t next = w > 0.5f ? above : below;
        share[0] = (LayerWeight){next, slow_reach(in, key - layer[next].key)};
        return 1;
    }
    share[0] = (LayerWeight){below, (1 - w) * slow_reach(in, key - layer[below].key)};
    share[1] = (LayerWeight){above, w * slow_reach(in, key - layer[above].key)};
    return w > 0 ? 2 : 1;
}

static int by_key(const void *a, const void *b) {
    const RecordedLayer *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->velocity > y->velocity) - (x->velocity < y->velocity);
}

static TbRng rng;
static size_t below(size_t n) {
    return tb_rng_next(&rng) % n;
}

/* Velocities as in files, and some that differ by less than the resolution of distances. */
static float a_velocity(void) {
    return below(8) == 0 ? 1e-9f * (float)below(30) : (float)below(6) / 5;
}

/* Recordings on a few keys or on many, some between keys, some in another octave. */
static void lay_out(TbInstrument *in, RecordedLayer *layer) {
    in->layer = layer;
    in->n_layers = below(4) == 0 ? below(4) : below(MOST);
    size_t keys = 1 + below(88);
    for (size_t i = 0; i < in->n_layers; i++)
        layer[i] = (RecordedLayer){.key = 21 + (float)below(keys) + (below(5) == 0 ? 0.25f * (float)below(4) : 0),
                                   .velocity = a_velocity(),
                                   .above = below(10) == 0 ? 12 : 0};
    qsort(layer, in->n_layers, sizeof *layer, by_key);
}

static float a_key(const TbInstrument *in) {
    if (in->n_layers > 0 && below(3) == 0)
        return in->layer[below(in->n_layers)].key;
    return 10 + 0.01f * (float)below(11000); /* also outside of all */
}

static void test_same_as_slow(void **state) {
    (void)state;
    static RecordedLayer layer[MOST];
    size_t counts[3] = {0};
    tb_rng_seed(&rng, 1);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        TbInstrument in = {.model = model, .has_pitch = below(2) == 0};
        lay_out(&in, layer);
        for (int note = 0; note < NOTES; note++) {
            LayerWeight fast[2], slow[2];
            float key = a_key(&in), velocity = below(2) ? a_velocity() : (float)below(1000) / 999;
            int n = slow_shares(&in, key, velocity, slow);
            assert_int_equal(tbi_layer_weights(&in, key, velocity, fast), n);
            counts[n]++;
            for (int i = 0; i < n; i++) {
                assert_int_equal(fast[i].index, slow[i].index);
                assert_memory_equal(&fast[i].share, &slow[i].share, sizeof slow[i].share);
            }
        }
    }
    printf("%zu notes of no recording, %zu of one, %zu of two\n", counts[0], counts[1], counts[2]);
    assert_true(counts[0] > 1000 && counts[1] > 10000 && counts[2] > 10000);
}

/* All parts of a note, in their order; those without weight are skipped. */
static void test_sources(void **state) {
    (void)state;
    RecordedLayer one[] = {{.key = 60, .velocity = 0.5f}}, two[] = {{.key = 50, .velocity = 0.5f}, {.key = 70}};
    TbInstrument a = {.layer = one, .n_layers = 1}, b = {.layer = two, .n_layers = 2}, none = {.n_layers = 0};
    TbPlayedNote note = {.part = {&b, &a, &none, &a}, .weight = {0.5f, 0, 0.25f, 0.25f}, .key = 55, .velocity = 0.5f};
    LayerSource source[2 * TB_PARTS];
    assert_int_equal(tbi_layer_sources(&note, source), 3);
    assert_true(source[0].part == 0 && source[0].layer == &two[0] && source[0].share == 0.375f);
    assert_true(source[1].part == 0 && source[1].layer == &two[1] && source[1].share == 0.125f);
    assert_true(source[2].part == 3 && source[2].layer == &one[0] && source[2].share == 0.25f);
}

/* The cached result stays valid while a note is bent up and down. */
static void test_bent(void **state) {
    (void)state;
    static RecordedLayer layer[MOST];
    for (int layout = 0; layout < LAYOUTS / 10; layout++) {
        TbInstrument in = {.model = model, .has_pitch = true};
        lay_out(&in, layer);
        TbPlayedNote note = {.part = {NULL, &in}, .weight = {0, 1}, .key = a_key(&in), .velocity = a_velocity()};
        for (int frame = 0; frame < NOTES; frame++) {
            LayerSource source[2 * TB_PARTS];
            LayerWeight slow[2], part[2];
            note.key += (below(2) ? 0.05f : 2.0f) * (tb_rng_uniform(&rng) - 0.5f);
            note.velocity = below(30) == 0 ? a_velocity() : note.velocity;
            int n = slow_shares(&in, note.key, note.velocity, slow);
            assert_int_equal(tbi_layer_part_shares(&note, 1, part), n);
            assert_int_equal(tbi_layer_sources(&note, source), n);
            for (int i = 0; i < n; i++) {
                assert_true(source[i].layer == &layer[slow[i].index] && source[i].share == slow[i].share);
                assert_true(part[i].index == slow[i].index && part[i].share == slow[i].share);
            }
        }
    }
}

int main(void) {
    return RUN_TESTS(default_model_load, default_model_free, test_same_as_slow, test_sources, test_bent);
}
