/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bundled sounds, encoded and decoded: the result has the requested pitch and duration. */
#include "app/inputs.h"
#include "app/sound_pitch.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CENTS 5.0 /* tolerance of the pitch */

static void encode(const char *name, Input *input) {
    assert_int_equal(input_load(model, name, false, NULL, NULL, input), TB_OK);
}

static void render(const TbSound *sound, const TbDecodeOptions *o, TbAudio *audio) {
    TbAnalysis analysis;
    assert_int_equal(tb_decode(model, sound, o, &analysis), TB_OK);
    assert_int_equal(tb_synthesize(&analysis, 44100, 1, audio), TB_OK);
    tb_analysis_free(&analysis);
}

/* The pitch of audio, analysed again. */
static double heard(const TbAudio *audio) {
    TbAnalysis analysis;
    TbSound sound;
    assert_int_equal(tb_analyze(audio, NULL, NULL, NULL, &analysis), TB_OK);
    assert_int_equal(tb_encode(model, &analysis, false, &sound), TB_OK);
    double pitch = sound_pitch(&sound);
    tb_analysis_free(&analysis);
    tb_sound_free(&sound);
    return pitch;
}

static void test_note(void **state) {
    (void)state;
    static const char *const names[] = {"flute", "trumpet", "violin", "piano"};
    static const double notes[] = {48, 60, 67.5};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Input input;
        encode(names[i], &input);
        double pitch = sound_pitch(&input.sound);
        for (size_t k = 0; k < sizeof notes / sizeof *notes; k++) {
            TbDecodeOptions o;
            TbAudio audio;
            tb_decode_defaults(&o);
            o.transpose = notes[k] - pitch;
            render(&input.sound, &o, &audio);
            double off = 100 * (heard(&audio) - notes[k]);
            print_message("%s at %.1f: %+.2f cents\n", names[i], notes[k], off);
            assert_true(fabs(off) <= CENTS);
            tb_audio_free(&audio);
        }
        tb_sound_free(&input.sound);
    }
}

static void test_stretch(void **state) {
    (void)state;
    Input input;
    encode("violin", &input);
    static const double factors[] = {0.5, 1, 2, 3.7};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        TbDecodeOptions o;
        TbAudio audio;
        tb_decode_defaults(&o);
        o.stretch = factors[i];
        render(&input.sound, &o, &audio);
        double seconds = (double)audio.n_samples / audio.sample_rate, energy = 0;
        print_message("stretch %.1f: %.3f s of %.3f s\n", factors[i], seconds, input.sound.seconds);
        assert_true(fabs(seconds - factors[i] * input.sound.seconds) < 0.001);
        for (size_t k = 0; k < audio.n_samples; k++)
            energy += audio.samples[k] * audio.samples[k];
        assert_true(10 * log10(energy / (double)audio.n_samples) > -40);
        tb_audio_free(&audio);
    }
    tb_sound_free(&input.sound);
}

static void test_presets(void **state) {
    (void)state;
    assert_true(tb_bundled_count() >= 12);
    for (size_t i = 0; i < tb_bundled_count(); i++) {
        TbAudio audio;
        assert_int_equal(audio_load(tb_bundled_name(i), &audio), TB_OK);
        assert_true(audio.n_samples > 1000);
        assert_true(i == 0 || strcmp(tb_bundled_name(i - 1), tb_bundled_name(i)) < 0);
        tb_audio_free(&audio);
    }
    size_t n_bytes;
    assert_null(tb_bundled_name(tb_bundled_count()));
    assert_null(tb_bundled_data(tb_bundled_count(), &n_bytes));
}

static void test_pitch_names(void **state) {
    (void)state;
    char text[40];
    pitch_name(60, text, sizeof text);
    assert_string_equal(text, "C4");
    pitch_name(69.14, text, sizeof text);
    assert_string_equal(text, "A4 +14 cents");
    pitch_name(-0.3, text, sizeof text);
    assert_string_equal(text, "C-1 -30 cents");
    assert_true(fabs(midi_of_hz(440) - 69) < 1e-9);
}

int main(void) {
    return RUN_TESTS(default_model_load, default_model_free, test_note, test_stretch, test_presets, test_pitch_names);
}
