/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of bench/piano_roll.c: its gradient against differences, and that it predicts a frame from those before
 * it alone. */
#include "bench/piano_network.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"

enum { FRAMES = 40, ROLLS = 3 };

static const PianoOptions small = {.units = 12,
                                   .layers = 2,
                                   .embedding = 8,
                                   .taps = 5,
                                   .lags = 2,
                                   .recall = 6,
                                   .streams = ROLLS,
                                   .chunk = FRAMES,
                                   .seed = 3};

static uint8_t note[ROLLS][FRAMES * KEYS];
static size_t start[ROLLS][FRAMES + 1];
static Roll roll[ROLLS];

static void draw_rolls(void) {
    for (int r = 0; r < ROLLS; r++) {
        size_t n = 0;
        for (size_t t = 0; t < FRAMES; t++) {
            for (unsigned key = 20; key < 60; key++)
                if (tb_rng_uniform(&rng) < 0.1f)
                    note[r][n++] = (uint8_t)key;
            start[r][t + 1] = n;
        }
        roll[r] = (Roll){.split = TRAIN, .n_frames = FRAMES, .start = start[r], .note = note[r]};
    }
}

static double run(PianoNetwork *net, const Excerpt *excerpts, size_t n, bool learn) {
    for (int stream = 0; stream < ROLLS; stream++)
        piano_network_reset(net, stream);
    return piano_network_run(net, excerpts, n, learn);
}

static void test_gradient(void **state) {
    (void)state;
    PianoNetwork *net;
    for (int threads = 1; threads <= 2; threads++) {
        tb_set_threads(threads);
        assert_int_equal(piano_network_new(&small, &net), TB_OK);
        float *params = piano_network_params(net);
        const TbParameters *table = piano_network_parameters(net);
        for (size_t i = 0; i < table->n_params; i++)
            params[i] += 0.1f * tb_rng_normal(&rng);
        const Excerpt excerpts[] = {{&roll[0], 0, 30, 0}, {&roll[2], 5, 21, 2}, {&roll[1], 3, 9, 1}};
        run(net, excerpts, ROLLS, true);
        float *gradient = malloc(table->n_params * sizeof *gradient);
        memcpy(gradient, tbi_training_gradients(piano_network_training(net)), table->n_params * sizeof *gradient);
        for (size_t t = 0; t < table->n_tensors; t++) { /* along a random direction in each tensor: losses are floats */
            const TbTensor *tensor = &table->tensors[t];
            const size_t n = tensor->rows * tensor->cols;
            float *at = params + tensor->offset, *kept = malloc(n * sizeof *kept), *way = draw(n);
            double slope = 0, size = 0, loss[2];
            memcpy(kept, at, n * sizeof *kept);
            for (size_t i = 0; i < n; i++) {
                slope += (double)way[i] * gradient[tensor->offset + i];
                size += (double)way[i] * way[i];
            }
            const double h = 0.02 / sqrt(size);
            for (int side = 0; side < 2; side++) {
                for (size_t i = 0; i < n; i++)
                    at[i] = kept[i] + (float)((side ? -h : h) * way[i]);
                loss[side] = run(net, excerpts, ROLLS, false) / 60;
            }
            memcpy(at, kept, n * sizeof *kept);
            double numeric = (loss[0] - loss[1]) / (2 * h);
            print_message("%-16s %.5f, numeric %.5f\n", tensor->name, slope, numeric);
            assert_true(fabs(slope - numeric) < 0.01 * fabs(numeric) + 1e-4 * sqrt(size));
            free(kept), free(way);
        }
        free(gradient);
        piano_network_free(net);
    }
}

/* The last frame of an excerpt is a target alone: then its loss is linear in it, key by key, and what was predicted
 * before does not depend on it. */
static void test_predicts_from_the_past(void **state) {
    (void)state;
    PianoNetwork *net;
    tb_set_threads(1);
    assert_int_equal(piano_network_new(&small, &net), TB_OK);
    float *params = piano_network_params(net);
    for (size_t i = 0; i < piano_network_parameters(net)->n_params; i++)
        params[i] += 0.3f * tb_rng_normal(&rng);
    static uint8_t keys[FRAMES * KEYS + 4];
    static size_t first[FRAMES + 1];
    const size_t n = 25;
    double loss[4];
    for (int which = 0; which < 4; which++) { /* key 30, key 47, both or none in the frame n */
        memcpy(keys, note[0], start[0][n]);
        memcpy(first, start[0], sizeof first);
        size_t end = first[n];
        if (which & 1)
            keys[end++] = 30;
        if (which & 2)
            keys[end++] = 47;
        first[n + 1] = end;
        const Roll other = {.n_frames = n + 1, .start = first, .note = keys};
        const Excerpt excerpt = {&other, 0, n, 0};
        loss[which] = run(net, &excerpt, 1, false);
    }
    print_message("losses %.6f %.6f %.6f %.6f\n", loss[0], loss[1], loss[2], loss[3]);
    assert_true(fabs(loss[1] - loss[0]) > 1e-3 && fabs(loss[2] - loss[0]) > 1e-3);
    assert_true(fabs(loss[3] + loss[0] - loss[1] - loss[2]) < 1e-4);
    /* Another future changes nothing. */
    const Excerpt whole = {&roll[0], 0, n, 0};
    double before = run(net, &whole, 1, false);
    for (size_t i = start[0][n + 1]; i < start[0][FRAMES]; i++)
        note[0][i] = (uint8_t)(KEYS - 1 - note[0][i]);
    assert_true(run(net, &whole, 1, false) == before);
    piano_network_free(net);
}

static void test_reads_rolls(void **state) {
    (void)state;
    static const char *const path = "test_piano_network.txt";
    static const char good[] = "train 0 3\n60 64 67\n\n21 108\nvalid 0 1\n60\ntest 7 0\n";
    static const char *const bad[] = {
        "", "train 0 2\n60\n", "train 0 1\n20\n", "train 0 1\n60 60\n", "learn 0 1\n60\n", "train 0 1\nx\n"};
    Rolls rolls;
    assert_int_equal(tb_write_file(path, good, strlen(good)), TB_OK);
    assert_int_equal(rolls_read(path, &rolls), TB_OK);
    assert_int_equal(rolls.n, 3);
    assert_true(rolls.roll[0].split == TRAIN && rolls.roll[1].split == VALID && rolls.roll[2].split == TEST);
    static const size_t wanted[] = {0, 3, 3, 5};
    assert_memory_equal(rolls.roll[0].start, wanted, sizeof wanted);
    assert_memory_equal(rolls.roll[0].note, ((uint8_t[]){39, 43, 46, 0, 87}), 5);
    rolls_free(&rolls);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(tb_write_file(path, bad[i], strlen(bad[i])), TB_OK);
        assert_int_equal(rolls_read(path, &rolls), i ? TB_ERR_FORMAT : TB_ERR_EMPTY);
    }
    remove(path);
    assert_int_equal(rolls_read(path, &rolls), TB_ERR_NOT_FOUND);
}

int main(void) {
    tb_rng_seed(&rng, 8);
    draw_rolls();
    return RUN_TESTS(NULL, NULL, test_gradient, test_predicts_from_the_past, test_reads_rolls);
}
