/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knob positions of instruments: by rank among all notes, so that an instrument with nine notes counts nine times as
 * much as one with one. */
#include "base/grow.h"
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "train/note_set.h"

#include <math.h>

enum { LATENT = 3, WHOLE = 9 };

/* Adds a note with an attribute only. */
static void add(NoteSet *set, const char *group, bool pitched, float key, float value) {
    assert_true(tbi_grow_by_one(&set->items, set->n));
    NoteItem *item = &set->items[set->n++];
    *item = (NoteItem){.group = strdup(group), .pitched = pitched, .key = key};
    for (int k = 0; k < TB_KNOBS; k++)
        item->attribute[k] = value;
    item->input = calloc((size_t)note_inputs(LATENT) + NOTE_CONDITIONS + NOTE_POINTS + NOTE_MOD_POINTS, sizeof(float));
    assert_non_null(item->input);
    item->condition = item->input + note_inputs(LATENT);
    item->weight = item->condition + NOTE_CONDITIONS;
    item->weight[0] = 1;
}

static double share_below(float score) {
    return 0.5 * erfc(-(double)score / sqrt(2));
}

/* The lowest instrument has nine notes, nine others one each: it is the lower half of the distribution. */
static void fill(NoteSet *set, bool pitched) {
    tbi_note_set_init(set, LATENT);
    for (int i = 0; i < WHOLE; i++) {
        char group[16];
        snprintf(group, sizeof group, "z%d", i); /* the last of them is the first in the set */
        add(set, group, pitched, 60, (float)(WHOLE - i));
        add(set, "a whole one", pitched, 60, 0);
    }
    assert_int_equal(tbi_note_set_finish(set), TB_OK);
    assert_int_equal(set->n_instruments, WHOLE + 1);
}

static void test_ranks(void **state) {
    (void)state;
    for (int pitched = 0; pitched < 2; pitched++) {
        NoteSet set;
        fill(&set, pitched);
        for (size_t i = 0; i < set.n_instruments; i++) {
            size_t n = set.first[i + 1] - set.first[i];
            float value = set.items[set.first[i]].attribute[0];
            assert_int_equal(n, value == 0 ? WHOLE : 1);
            double expected = value == 0 ? 0.25 : (WHOLE + (double)value - 0.5) / (2 * WHOLE);
            for (int k = 0; k < TB_KNOBS; k++)
                assert_true(fabs(share_below(set.knob[i][k]) - expected) < 1e-4);
        }
        tbi_note_set_free(&set);
    }
}

/* The knob's scale: half of all notes are below its middle. */
static void test_points(void **state) {
    (void)state;
    for (int pitched = 0; pitched < 2; pitched++) {
        NoteSet set;
        fill(&set, pitched);
        const float *points = set.facts.knob[3];
        for (int i = 0; i < TB_KNOB_POINTS; i++) {
            /* The middle of the large instrument is at 4.5 of 18 notes; the others are at 9.5, 10.5 ... */
            double at = 2 * WHOLE * share_below(-2 + 0.5f * (float)i), expected = (at - 4.5) / 5;
            expected = expected < 0 ? 0 : expected < 1 ? expected : fmin(at - 8.5, WHOLE);
            print_message("%s%.3f of %.3f", i ? ", " : "", (double)points[i], expected);
            assert_true(fabs((double)points[i] - expected) < 1e-3);
        }
        print_message("\n");
        tbi_note_set_free(&set);
    }
}

/* Equal values share a rank, whatever their weights; the dependence on key is removed from all notes. */
static void test_ties_and_keys(void **state) {
    (void)state;
    NoteSet set;
    tbi_note_set_init(&set, LATENT);
    for (int i = 0; i < 4; i++)
        add(&set, "two", false, 60, 5);
    add(&set, "one", false, 60, 5);
    for (int i = 0; i < 5; i++)
        add(&set, "low", false, 60, 1);
    assert_int_equal(tbi_note_set_finish(&set), TB_OK);
    for (size_t i = 0; i < set.n_instruments; i++) {
        bool low = strcmp(set.items[set.first[i]].group, "low") == 0;
        assert_true(fabs(share_below(set.knob[i][2]) - (low ? 0.25 : 0.75)) < 1e-4);
    }
    tbi_note_set_free(&set);

    tbi_note_set_init(&set, LATENT);
    for (int i = 0; i < 24; i++) { /* the attribute rises with the key; "dull" has less than "clear" at every key */
        float p = ((float)(36 + 2 * i) - 60) / 24;
        add(&set, "dull", true, (float)(36 + 2 * i), 3 * p + p * p);
        add(&set, "clear", true, (float)(36 + 2 * i), 3 * p + p * p + 0.5f);
    }
    add(&set, "high but dull", true, 96, 3 * 1.5f + 1.5f * 1.5f);
    add(&set, "low but clear", true, 36, -3 + 1 + 0.5f);
    assert_int_equal(tbi_note_set_finish(&set), TB_OK);
    float worst_clear = INFINITY, best_dull = -INFINITY;
    for (size_t i = 0; i < set.n_instruments; i++) {
        bool clear = strstr(set.items[set.first[i]].group, "clear") != NULL;
        worst_clear = clear ? fminf(worst_clear, set.knob[i][0]) : worst_clear;
        best_dull = clear ? best_dull : fmaxf(best_dull, set.knob[i][0]);
    }
    assert_true(worst_clear > best_dull);
    tbi_note_set_free(&set);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_ranks, test_points, test_ties_and_keys);
}
