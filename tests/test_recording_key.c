/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A key in a file's name helps where no pitch is found: a very stiff string has that of its key, noise has none. */
#include "app/inputs.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <math.h>
#include <stdlib.h>

enum { RATE = 44100, N = 2 * RATE, PARTIALS = 40 };

/* A bass string of a small piano, B = 3e-4. */
static void string(float *x) {
    for (int i = 0; i < N; i++) {
        double t = (double)i / RATE, sum = 0;
        for (int n = 1; n <= PARTIALS; n++)
            sum += (n < 5 ? 0.1 * n : 1.6 / sqrt(n)) * sin(2 * M_PI * 27.5 * n * sqrt(1 + 3e-4 * n * n) * t + n * n) *
                   exp(-t * (1 + 0.06 * n) / 3);
        x[i] = (float)(0.05 * sum * fmin(1, t / 0.003) * fmin(1, (2 - t) / 0.05));
    }
}

static void noise(float *x) {
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; i < N; i++)
        x[i] = 0.05f * tb_rng_normal(&rng);
}

static TbEncodedNote first_note(const char *path, float *key, TbSound *sound) {
    Input input;
    assert_int_equal(input_load_recording(model, path, NULL, NULL, &input, key), TB_OK);
    assert_true(input.sound.n_notes >= 1);
    *sound = input.sound;
    return input.sound.notes[0];
}

static void test_named(void **state) {
    (void)state;
    ScratchFolder scratch;
    TbSound sound;
    float *x = malloc(N * sizeof *x), key = 21;
    assert_true(x && scratch_new(&scratch));
    const char *path = scratch_path(scratch.path, "upright_A0.wav");
    string(x);
    assert_int_equal(tb_audio_write(path, x, N, RATE, TB_BITS_24), TB_OK);
    TbEncodedNote note = first_note(path, &key, &sound);
    print_message("a string: %s, %.2f Hz\n", note.pitched ? "pitched" : "unpitched", (double)note.f0);
    assert_true(note.pitched && fabs(1200 * log2((double)note.f0 / 27.5)) < 50);
    tb_sound_free(&sound);
    noise(x);
    assert_int_equal(tb_audio_write(path, x, N, RATE, TB_BITS_24), TB_OK);
    note = first_note(path, &key, &sound);
    assert_true(!note.pitched && key == 21);
    tb_sound_free(&sound);
    free(x);
    scratch_free(&scratch);
}

/* The root key of the smpl chunk counts if the name has none. */
static void test_chunk(void **state) {
    (void)state;
    ScratchFolder scratch;
    TbSound sound;
    TbSampleInfo info = {.root_key = 45, .high_key = 127};
    float *x = malloc(N * sizeof *x), key = -1;
    assert_true(x && scratch_new(&scratch));
    const char *path = scratch_path(scratch.path, "x.wav");
    noise(x);
    assert_int_equal(tb_audio_write_sample(path, x, N / 4, RATE, TB_BITS_24, &info), TB_OK);
    first_note(path, &key, &sound);
    assert_true(key == 45);
    tb_sound_free(&sound);
    key = 50;
    first_note(path, &key, &sound);
    assert_true(key == 50);
    tb_sound_free(&sound);
    free(x);
    scratch_free(&scratch);
}

int main(void) {
    return RUN_TESTS(default_model_load, default_model_free, test_named, test_chunk);
}
