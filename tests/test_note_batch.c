/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of note training: the same for any number of threads; notes unchanged, or mixed with an instrument that is
 * compatible. */
#include "note/detail.h"
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "train/note_batch.h"

#include <math.h>

enum { LATENT = 3, INSTRUMENTS = 40, MOST_NOTES = 5, STEPS = 100, WEIGHTS = NOTE_POINTS + NOTE_MOD_POINTS };

/* Instruments of 1 .. MOST_NOTES notes, a third without a pitch; with distant keys, so that many cannot be mixed. */
typedef struct {
    NoteSet set;
    NoteItem items[INSTRUMENTS * MOST_NOTES];
    size_t first[INSTRUMENTS + 1];
    float input[INSTRUMENTS * MOST_NOTES][500];
    float condition[INSTRUMENTS * MOST_NOTES][NOTE_CONDITIONS];
    float weight[INSTRUMENTS * MOST_NOTES][WEIGHTS];
    float frame_condition[INSTRUMENTS * MOST_NOTES][NOTE_POINTS * TB_CONDITIONS];
    float below[INSTRUMENTS * MOST_NOTES][NOTE_POINTS];
    uint8_t features[INSTRUMENTS * MOST_NOTES][NOTE_POINTS * TB_FEATURES];
} Notes;

static Notes notes;

static int fill_notes(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 8);
    size_t inputs = (size_t)note_inputs(LATENT), size = (size_t)note_table_size(LATENT);
    assert_true(inputs <= 500);
    notes.set = (NoteSet){.latent = LATENT, .items = notes.items, .first = notes.first, .n_instruments = INSTRUMENTS};
    for (size_t i = 0; i < INSTRUMENTS; i++) {
        notes.first[i] = notes.set.n;
        float lowest = 36 + 30 * tb_rng_uniform(&rng);
        for (size_t j = 0; j < 1 + i % MOST_NOTES; j++) {
            size_t at = notes.set.n++;
            notes.items[at] = (NoteItem){
                .instrument = i,
                .pitched = i % 3 > 0,
                .key = lowest + 4 * (float)j,
                .input = notes.input[at],
                .condition = notes.condition[at],
                .weight = notes.weight[at],
                .frame_condition = notes.frame_condition[at],
                .below = notes.below[at],
                .features = notes.features[at],
            };
            fill_normal(&rng, notes.input[at], inputs);
            fill_normal(&rng, notes.condition[at], NOTE_CONDITIONS); /* identifies the note */
            memcpy(notes.input[at] + size, notes.condition[at], sizeof notes.condition[at]);
            fill_normal(&rng, notes.frame_condition[at], NOTE_POINTS * TB_CONDITIONS);
            for (int m = 0; m < WEIGHTS; m++) /* some time points are unknown */
                notes.weight[at][m] = m > 0 && tb_rng_uniform(&rng) < 0.2f ? 0 : 0.1f + tb_rng_uniform(&rng);
            for (int m = 0; m < NOTE_POINTS; m++)
                notes.below[at][m] = 40 * tb_rng_uniform(&rng);
            for (int k = 0; k < NOTE_POINTS * TB_FEATURES; k++)
                notes.features[at][k] = (uint8_t)(tb_rng_next(&rng) >> 24);
        }
    }
    notes.first[INSTRUMENTS] = notes.set.n;
    return 0;
}

static void draw_with(int n_workers, uint64_t seed, size_t step, NoteBatch *batch) {
    TbThreadPool *pool = NULL;
    assert_int_equal(tbi_thread_pool_new(n_workers, &pool), TB_OK);
    assert_int_equal(tbi_note_batch_new(&notes.set, batch), TB_OK);
    tbi_note_batch_draw(batch, pool, seed, step);
    tbi_thread_pool_free(pool);
}

static bool same_floats(const float *a, const float *b, size_t rows, int width) {
    return memcmp(a, b, rows * (size_t)width * sizeof *a) == 0;
}

static bool same(const NoteBatch *a, const NoteBatch *b) {
    return memcmp(a->source, b->source, sizeof a->source) == 0 && memcmp(a->mixed, b->mixed, sizeof a->mixed) == 0 &&
           memcmp(a->point, b->point, sizeof a->point) == 0 &&
           same_floats(a->input, b->input, CODES, note_inputs(LATENT)) &&
           same_floats(a->noise, b->noise, CODES, TB_CODE_DIM) &&
           same_floats(a->condition, b->condition, CODES, NOTE_CONDITIONS) &&
           same_floats(a->target, b->target, CODES, note_table_size(LATENT)) &&
           same_floats(a->weight, b->weight, CODES, WEIGHTS) &&
           same_floats(a->frame_condition, b->frame_condition, BATCH, TB_CONDITIONS) &&
           same_floats(a->features, b->features, BATCH, TB_FEATURES) &&
           same_floats(a->threshold, b->threshold, BATCH, TB_FEATURES);
}

static void test_repeats(void **state) {
    (void)state;
    NoteBatch one, two, three, later, other;
    draw_with(1, 5, 9, &one), draw_with(2, 5, 9, &two), draw_with(3, 5, 9, &three);
    draw_with(1, 5, 10, &later), draw_with(1, 6, 9, &other);
    assert_true(same(&one, &two) && same(&one, &three));
    assert_false(same(&one, &later));
    assert_false(same(&one, &other));
    tbi_note_batch_free(&one), tbi_note_batch_free(&two), tbi_note_batch_free(&three);
    tbi_note_batch_free(&later), tbi_note_batch_free(&other);
}

/* ---- mixtures of two notes ---- */

/* The share of b in x[n] if x is a mixture of a and b, otherwise NAN. */
static float share_of(const float *x, const float *a, const float *b, size_t n) {
    double up = 0, down = 0, off = 0;
    for (size_t k = 0; k < n; k++) {
        up += (double)(x[k] - a[k]) * (double)(b[k] - a[k]);
        down += (double)(b[k] - a[k]) * (double)(b[k] - a[k]);
    }
    double share = up / fmax(down, 1e-9);
    for (size_t k = 0; k < n; k++)
        off = fmax(off, fabs((double)a[k] + share * (double)(b[k] - a[k]) - (double)x[k]));
    return off < 1e-4 && share >= 0 && share <= 1 ? (float)share : NAN;
}

static const NoteItem *nearest(size_t instrument, float key) {
    const NoteItem *best = NULL;
    for (size_t j = notes.first[instrument]; j < notes.first[instrument + 1]; j++)
        if (!best || fabsf(notes.items[j].key - key) < fabsf(best->key - key))
            best = &notes.items[j];
    return best;
}

static bool can_be_mixed(const NoteItem *from, const NoteItem *to, size_t instrument) {
    return instrument != from->instrument && notes.items[notes.first[instrument]].pitched == from->pitched &&
           fabsf(nearest(instrument, from->key)->key - from->key) <= 4.5f &&
           fabsf(nearest(instrument, to->key)->key - to->key) <= 4.5f;
}

/* Checks the frames of code i, a mixture of note `to` with `other`. */
static void check_frames(const NoteBatch *b, size_t i, const NoteItem *to, const NoteItem *other, float share) {
    for (size_t f = i * FRAMES; f < (i + 1) * FRAMES; f++) {
        size_t m = (size_t)b->point[f];
        float x[2][TB_FEATURES], c[TB_CONDITIONS], threshold[TB_FEATURES];
        assert_true(to->weight[m] > 0 && other->weight[m] > 0); /* then both are known */
        tbi_detail_unpack(to->features + m * TB_FEATURES, x[0]);
        tbi_detail_unpack(other->features + m * TB_FEATURES, x[1]);
        for (size_t k = 0; k < TB_FEATURES; k++) {
            x[0][k] += share * (x[1][k] - x[0][k]);
            assert_true(fabsf(b->features[f * TB_FEATURES + k] - x[0][k]) < 1e-4f);
        }
        for (size_t k = 0; k < TB_CONDITIONS; k++) {
            float own = to->frame_condition[m * TB_CONDITIONS + k];
            c[k] = b->frame_condition[f * TB_CONDITIONS + k];
            assert_true(fabsf(c[k] - own - share * (other->frame_condition[m * TB_CONDITIONS + k] - own)) < 1e-4f);
        }
        tb_masking_threshold(x[0], c, to->below[m] + share * (other->below[m] - to->below[m]), threshold);
        for (size_t k = 0; k < TB_FEATURES; k++)
            assert_true(fabsf(b->threshold[f * TB_FEATURES + k] - threshold[k]) < 2e-3f);
    }
}

static void check_mixed(const NoteBatch *b, size_t i, const NoteItem *from, const NoteItem *to) {
    size_t inputs = (size_t)note_inputs(LATENT), size = (size_t)note_table_size(LATENT), found = 0;
    const float *input = b->input + i * inputs, *target = b->target + i * size;
    for (size_t other = 0; other < INSTRUMENTS; other++) {
        const NoteItem *x = nearest(other, from->key), *y = nearest(other, to->key);
        float share = share_of(input, from->input, x->input, size);
        if (isnan(share))
            continue;
        found++;
        assert_true(can_be_mixed(from, to, other));
        assert_true(fabsf(share_of(target, to->input, y->input, size) - share) < 1e-4f);
        assert_memory_equal(input + size, from->condition, sizeof notes.condition[0]); /* its key is unchanged */
        for (size_t k = size + NOTE_CONDITIONS; k < inputs; k++)
            assert_true(fabsf(input[k] - from->input[k] - share * (x->input[k] - from->input[k])) < 1e-4f);
        for (int m = 0; m < WEIGHTS; m++)
            assert_true(b->weight[i * WEIGHTS + (size_t)m] == fminf(to->weight[m], y->weight[m]));
        check_frames(b, i, to, y, share);
    }
    assert_int_equal(found, 1);
}

static void check_own(const NoteBatch *b, size_t i, const NoteItem *from, const NoteItem *to) {
    size_t inputs = (size_t)note_inputs(LATENT), size = (size_t)note_table_size(LATENT);
    assert_memory_equal(b->input + i * inputs, from->input, inputs * sizeof(float));
    assert_memory_equal(b->target + i * size, to->input, size * sizeof(float));
    assert_memory_equal(b->weight + i * WEIGHTS, to->weight, sizeof notes.weight[0]);
    check_frames(b, i, to, to, 0);
}

static void test_codes(void **state) {
    (void)state;
    double mixed = 0, possible = 0, same_note = 0, same_expected = 0;
    NoteBatch b;
    TbThreadPool *pool = NULL;
    assert_int_equal(tbi_thread_pool_new(2, &pool), TB_OK);
    assert_int_equal(tbi_note_batch_new(&notes.set, &b), TB_OK);
    for (size_t step = 0; step < STEPS; step++) {
        tbi_note_batch_draw(&b, pool, 3, step);
        for (size_t i = 0; i < CODES; i++) {
            const NoteItem *from = &notes.items[b.source[i]], *to = NULL;
            size_t begin = notes.first[from->instrument], end = notes.first[from->instrument + 1];
            for (size_t j = begin; j < end; j++) /* the note to reproduce is of the same instrument */
                if (memcmp(b.condition + i * NOTE_CONDITIONS, notes.condition[j], sizeof notes.condition[j]) == 0)
                    to = &notes.items[j];
            assert_non_null(to);
            if (b.mixed[i])
                check_mixed(&b, i, from, to);
            else
                check_own(&b, i, from, to);
            mixed += b.mixed[i];
            same_note += from == to;
            same_expected += 0.35 + 0.65 / (double)(end - begin);
            /* The other instrument is drawn in proportion to its notes, from all; if it is incompatible, there is no
             * mixture. */
            for (size_t other = 0; other < INSTRUMENTS; other++)
                if (can_be_mixed(from, to, other))
                    possible += (double)(notes.first[other + 1] - notes.first[other]) / (double)notes.set.n;
        }
    }
    double n = STEPS * CODES;
    print_message("%.1f %% mixed, of %.1f %% that can be; %.1f %% play their own note, %.1f %% expected\n",
                  100 * mixed / n, 100 * possible / n, 100 * same_note / n, 100 * same_expected / n);
    assert_true(possible / n > 0.1 && possible / n < 0.9);
    assert_true(fabs(mixed / possible - 0.4) < 0.03);
    assert_true(fabs(same_note - same_expected) / n < 0.04);
    tbi_thread_pool_free(pool);
    tbi_note_batch_free(&b);
}

int main(void) {
    return RUN_TESTS(fill_notes, NULL, test_repeats, test_codes);
}
