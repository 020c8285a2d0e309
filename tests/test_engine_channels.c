/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI on a channel: pitch, loudness, pedals, drums. */
#include "tests/note_player.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PITCH_CENTS 8.0
#define GAIN_DB 0.1
enum { RATE = 48000 };

static double peak(const float *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i]));
    return most;
}

/* Pitch of half a second of a note, in cents relative to `key`. */
static double cents_over(TbEngine *e, double key) {
    static float out[RATE];
    tb_engine_render(e, out, NULL, RATE);
    TbAudio audio = {.samples = out + RATE / 3, .n_samples = RATE / 2, .sample_rate = RATE};
    TbAnalysis analysis;
    double cents = NAN;
    if (tb_analyze(&audio, &(TbAnalysisOptions){.size = sizeof(TbAnalysisOptions), .single_note = true}, NULL, NULL,
                   &analysis) == TB_OK) {
        if (analysis.n_notes && analysis.notes[0].pitched)
            cents = 1200 * log2((double)analysis.notes[0].f0 / 440) - 100 * (key - 69);
        tb_analysis_free(&analysis);
    }
    tb_engine_free(e);
    return cents;
}

static void test_pitches(void **state) {
    (void)state;
    static const struct {
        const char *what;
        double key;
        size_t n;
        uint8_t before[8][3];
    } cases[] = {
        {"plain", 65, 0, {{0}}},
        {"bend up, 2 semitones at first", 67, 1, {{0xe0, 127, 127}}},
        {"bend down, range of 12", 53, 4, {{0xb0, 101, 0}, {0xb0, 100, 0}, {0xb0, 6, 12}, {0xe0, 0, 0}}},
        {"range in an NRPN is none",
         67,
         6,
         {{0xb0, 101, 0}, {0xb0, 100, 0}, {0xb0, 99, 1}, {0xb0, 98, 1}, {0xb0, 6, 12}, {0xe0, 127, 127}}},
        {"fine tuning, half a semitone", 65.5, 4, {{0xb0, 101, 0}, {0xb0, 100, 1}, {0xb0, 6, 96}, {0xb0, 38, 0}}},
        {"coarse tuning", 62, 3, {{0xb0, 101, 0}, {0xb0, 100, 2}, {0xb0, 6, 61}}},
        {"steps down of the coarse tuning", 63, 4, {{0xb0, 101, 0}, {0xb0, 100, 2}, {0xb0, 97, 0}, {0xb0, 97, 127}}},
        {"a step up of what is selected only",
         65,
         5,
         {{0xb0, 101, 0}, {0xb0, 100, 2}, {0xb0, 99, 1}, {0xb0, 98, 1}, {0xb0, 96, 0}}},
        {"a step of the bend range is a cent",
         76.99,
         5,
         {{0xb0, 101, 0}, {0xb0, 100, 0}, {0xb0, 6, 12}, {0xb0, 97, 0}, {0xe0, 127, 127}}},
        {"reset", 65, 2, {{0xe0, 127, 127}, {0xb0, 121, 0}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        for (size_t k = 0; k < cases[i].n; k++)
            assert_true(tb_engine_event(e, 0, cases[i].before[k], 3));
        engine_send(e, 0, 0x90, 65, 127);
        double off = cents_over(e, cases[i].key);
        printf("%s: %.1f cents off\n", cases[i].what, off);
        assert_true(fabs(off) < PITCH_CENTS);
    }
}

/* A note network that ignores velocity, so that only the channel's own scaling of loudness remains. */
static TbNoteModel *velocity_independent_notes(int latent) {
    TbNoteModel *notes = plain_notes(latent);
    float condition[2][NOTE_CONDITIONS];
    tbi_note_condition(60, 0, true, condition[0]);
    tbi_note_condition(60, 1, true, condition[1]);
    for (size_t i = 0; notes && i < tb_vae_n_tensors(notes->net); i++) {
        const TbTensor *t = tb_vae_tensor(notes->net, i);
        float *weight = tb_vae_params(notes->net) + t->offset + TB_CODE_DIM;
        for (size_t k = 0; strcmp(t->name, "decoder.0.weight") == 0 && k < NOTE_CONDITIONS; k++)
            for (size_t row = 0; condition[0][k] != condition[1][k] && row < t->rows; row++)
                weight[row * t->cols + k] = 0;
    }
    return notes;
}

/* Peak of a note in dB, for a velocity and a controller value. */
static double loudness_with(const Played *p, int velocity, int number, int value) {
    static float out[RATE / 2];
    TbEngine *e = played_engine(
        p, &(TbEngineOptions){.size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .seed = 5});
    engine_send(e, 0, 0xb0, number, value);
    tb_engine_render(e, out, NULL, RATE / 10);
    engine_send(e, 0, 0x90, 65, velocity);
    tb_engine_render(e, out, NULL, RATE / 2);
    tb_engine_free(e);
    return 20 * log10(peak(out, RATE / 2) + 1e-9);
}

static void test_loudness(void **state) {
    (void)state;
    Played deaf;
    assert_int_equal(learned_with(&deaf, velocity_independent_notes), TB_OK);
    double full = loudness_with(&deaf, 127, 7, 127);
    static const int values[] = {100, 64, 32};
    for (size_t i = 0; i < 3; i++) {
        double law = 40 * log10(values[i] / 127.0);
        double velocity = loudness_with(&deaf, values[i], 7, 127) - full;
        double volume = loudness_with(&deaf, 127, 7, values[i]) - full;
        printf("value %d: law %.1f dB, velocity %.1f, volume %.1f\n", values[i], law, velocity, volume);
        assert_true(fabs(velocity - law) < GAIN_DB && fabs(volume - law) < GAIN_DB);
    }
    played_free(&deaf);
}

/* ---- pedals and drums ---- */

static void test_pedals(void **state) {
    (void)state;
    static float out[2 * RATE];
    static const struct {
        const char *what;
        uint8_t message[7][3];
        bool sounds;
    } cases[] = {
        {"key up", {{0x90, 60, 100}, {0x80, 60, 0}}, false},
        {"velocity 0", {{0x90, 60, 100}, {0x90, 60, 0}}, false},
        {"key down", {{0x90, 60, 100}}, true},
        {"other key up", {{0x90, 60, 100}, {0x80, 61, 0}}, true},
        {"other channel", {{0x90, 60, 100}, {0x81, 60, 0}}, true},
        {"sustain", {{0xb0, 64, 127}, {0x90, 60, 100}, {0x80, 60, 0}}, true},
        {"sustain up", {{0xb0, 64, 127}, {0x90, 60, 100}, {0x80, 60, 0}, {0xb0, 64, 0}}, false},
        {"sostenuto", {{0x90, 60, 100}, {0xb0, 66, 127}, {0x80, 60, 0}}, true},
        {"sostenuto is too early", {{0xb0, 66, 127}, {0x90, 60, 100}, {0x80, 60, 0}}, false},
        {"sostenuto up", {{0x90, 60, 100}, {0xb0, 66, 127}, {0x80, 60, 0}, {0xb0, 66, 0}}, false},
        {"all notes off", {{0x90, 60, 100}, {0xb0, 123, 0}}, false},
        {"all sound off", {{0x90, 60, 100}, {0xb0, 64, 127}, {0xb0, 120, 0}}, false},
        {"reset lifts pedals", {{0xb0, 64, 127}, {0x90, 60, 100}, {0x80, 60, 0}, {0xb0, 121, 0}}, false},
        {"struck again before the note-off", {{0x90, 60, 100}, {0x90, 60, 100}, {0x80, 60, 0}}, true},
        {"and its own note-off", {{0x90, 60, 100}, {0x90, 60, 100}, {0x80, 60, 0}, {0x80, 60, 0}}, false},
        {"a stray note-off is not owed", {{0x80, 60, 0}, {0x90, 60, 100}, {0x80, 60, 0}}, false},
        {"nor any after all notes off",
         {{0x90, 60, 100}, {0x90, 60, 100}, {0xb0, 123, 0}, {0x90, 60, 100}, {0x80, 60, 0}},
         false},
        {"a mute channel", {{0x95, 60, 100}}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        for (size_t k = 0; k < 7; k++) {
            assert_true(tb_engine_event(e, 0, cases[i].message[k], 3));
            tb_engine_render(e, out, NULL, 4000);
        }
        tb_engine_render(e, out, NULL, 2 * RATE);
        if ((tb_engine_active_voices(e) > 0) != cases[i].sounds)
            fail_msg("%s: %d voices sound", cases[i].what, tb_engine_active_voices(e));
        tb_engine_free(e);
    }
}

/* Pedals count at their time, not at the next frame's. */
static void test_pedal_within_a_frame(void **state) {
    (void)state;
    static float out[2 * RATE];
    for (size_t gap = 0; gap < 400; gap += 57) {
        TbEngine *e = mono_engine(4, false, 0);
        engine_send(e, 0, 0xb0, 64, 127);
        engine_send(e, 0, 0x90, 60, 100);
        engine_send(e, 20000 + gap, 0x80, 60, 0);
        engine_send(e, 25000 + gap, 0xb0, 64, 0);
        engine_send(e, 25000 + 2 * gap, 0xb0, 64, 127);
        engine_send(e, 39000, 0xb0, 64, 0);
        engine_send(e, 40000, 0x90, 67, 100); /* the pedal comes down after the key is up */
        engine_send(e, 50000, 0x80, 67, 0);
        engine_send(e, 50000, 0xb0, 64, 127);
        tb_engine_render(e, out, NULL, 2 * RATE);
        tb_engine_render(e, out, NULL, RATE);
        assert_int_equal(tb_engine_active_voices(e), 0);
        tb_engine_free(e);
    }
}

/* A note-off that is lost must not make the key hang for ever. */
static void test_overlap_in_a_live_engine(void **state) {
    (void)state;
    static float out[2 * RATE];
    static const struct {
        size_t off; /* after the second note-on */
        bool sounds;
    } cases[] = {{0, true}, {400, true}, {2000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = played_engine(
            &played, &(TbEngineOptions){
                         .size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .live = true, .seed = 5});
        engine_send(e, 0, 0x90, 60, 100);
        engine_send(e, 9000, 0x90, 60, 100);
        engine_send(e, 9000 + cases[i].off, 0x80, 60, 0);
        for (int k = 0; k < 3; k++)
            tb_engine_render(e, out, NULL, RATE);
        assert_int_equal(tb_engine_active_voices(e) > 0, cases[i].sounds);
        tb_engine_free(e);
    }
}

static void test_restrike_under_a_pedal(void **state) {
    (void)state;
    static float out[RATE];
    static const struct {
        int pedal, first, second, voices;
    } cases[] = {{64, 120, 15, 2}, {66, 100, 20, 2}, {64, 60, 100, 1}, {0, 120, 15, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        engine_send(e, 0, 0x90, 60, cases[i].first);
        engine_send(e, 4000, 0xb0, cases[i].pedal, 127);
        engine_send(e, 9000, 0x80, 60, 0);
        engine_send(e, 10000, 0x90, 60, cases[i].second);
        tb_engine_render(e, out, NULL, 12000);
        assert_int_equal(tb_engine_active_voices(e), cases[i].voices);
        tb_engine_free(e);
    }
}

/* ---- system exclusive ---- */

static void send_bytes(TbEngine *e, const char *hex) {
    uint8_t message[TB_SONG_MESSAGE];
    size_t n = 0;
    for (unsigned byte; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
        message[n] = (uint8_t)byte;
    assert_true(tb_engine_event(e, 0, message, n));
}

static void test_master_volume(void **state) {
    (void)state;
    static float out[RATE];
    TbEngine *e = mono_engine(4, false, 0);
    engine_send(e, 0, 0x90, 65, 100);
    tb_engine_render(e, out, NULL, RATE);
    double before = peak(out + RATE / 2, RATE / 2);
    send_bytes(e, "f07f7f0401002ff7"); /* 0x2f00 / 0x3fff: 0.367 */
    tb_engine_render(e, out, NULL, RATE);
    double fall = 20 * log10(peak(out + RATE / 2, RATE / 2) / before), law = 40 * log10(0x2f * 128 / 16383.0);
    assert_true(fabs(fall - law) < 1);
    send_bytes(e, "f07e7f0901f7"); /* a reset ends notes and brings the volume back */
    tb_engine_render(e, out, NULL, RATE);
    assert_int_equal(tb_engine_active_voices(e), 0);
    engine_send(e, 0, 0x90, 65, 100);
    tb_engine_render(e, out, NULL, RATE);
    assert_true(fabs(20 * log10(peak(out + RATE / 2, RATE / 2) / before)) < 1);
    tb_engine_free(e);
}

static void test_master_tuning_and_reset(void **state) {
    (void)state;
    static const struct {
        const char *what, *hex[4];
        double key;
    } cases[] = {
        {"fine", {"f07f7f04030020f7"}, 59.5},
        {"coarse", {"f07f7f04040042f7"}, 62},
        {"for one device", {"f07f050404003ef7"}, 58},
        {"GM resets tuning", {"f07f7f04030020f7", "f07e7f0901f7"}, 60},
        {"GS resets the bend", {"e07f7f", "f04110421240007f0041f7"}, 60},
        {"XG resets the channel's tuning", {"b06500", "b06402", "b00642", "f043104c00007e00f7"}, 60},
        {"others do not", {"e07f7f", "f07e7f0904f7"}, 62},
        {"cut short", {"e07f7f", "f07e7f09f7"}, 62},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        for (size_t k = 0; k < 4 && cases[i].hex[k]; k++)
            send_bytes(e, cases[i].hex[k]);
        engine_send(e, 0, 0x90, 60, 100);
        double cents = cents_over(e, cases[i].key);
        if (!(fabs(cents) < PITCH_CENTS))
            fail_msg("%s: %.1f cents", cases[i].what, cents);
    }
}

static void test_drums(void **state) {
    (void)state;
    static float out[RATE];
    TbEngine *e = mono_engine(4, false, 0);
    engine_send(e, 0, 0x99, 42, 100); /* an unassigned key */
    tb_engine_render(e, out, NULL, 100);
    assert_int_equal(tb_engine_active_voices(e), 0);
    engine_send(e, 0, 0x99, 36, 100);
    engine_send(e, 10, 0x89, 36, 0); /* drums ignore note-off */
    tb_engine_render(e, out, NULL, 1000);
    assert_int_equal(tb_engine_active_voices(e), 1);
    assert_true(peak(out, 1000) > 1e-3);
    engine_send(e, 0, 0x99, 38, 100); /* same choke group */
    tb_engine_render(e, out, NULL, 1000);
    assert_int_equal(tb_engine_active_voices(e), 1);
    for (int i = 0; i < 10; i++) /* ends by itself */
        tb_engine_render(e, out, NULL, RATE);
    assert_int_equal(tb_engine_active_voices(e), 0);
    tb_engine_free(e);
}

/* Drums are on channel 10, and on channels that a song makes rhythm parts. Key 36 has a drum, key 60 none. */
static void test_rhythm_parts(void **state) {
    (void)state;
    static const struct {
        const char *what, *hex[3];
        uint8_t channel;
        bool rhythm;
    } cases[] = {
        {"channel 10", {NULL}, 9, true},
        {"another", {NULL}, 1, false},
        {"GS, block 2", {"f0411042124012150218f7"}, 1, true},
        {"GS, block 2, another channel", {"f0411042124012150218f7"}, 2, false},
        {"GS, block 0 is channel 10", {"f041104212401015001bf7"}, 9, false},
        {"GS, block A is channel 11", {"f041104212401a150110f7"}, 10, true},
        {"GS, and a reset", {"f0411042124012150218f7", "f04110421240007f0041f7"}, 1, false},
        {"XG part mode", {"f043104c08010702f7"}, 1, true},
        {"XG part mode, normal", {"f043104c08090700f7"}, 9, false},
        {"XG part beyond the channels", {"f043104c08110702f7"}, 1, false},
        {"XG bank of drums", {"b1007f", "c100"}, 1, true},
        {"GM2 bank of drums", {"b10078", "c100"}, 1, true},
        {"GM2 melodic bank", {"b90079", "c900"}, 9, false},
        {"a bank without a program change", {"b1007f"}, 1, false},
        {"back again", {"b1007f", "c100", "b10000"}, 1, true},
    };
    static float out[RATE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbEngine *e = mono_engine(4, false, 0);
        for (size_t k = 0; k < 3 && cases[i].hex[k]; k++)
            send_bytes(e, cases[i].hex[k]);
        engine_send(e, 0, 0x90 | cases[i].channel, 36, 100);
        engine_send(e, 10, 0x80 | cases[i].channel, 36, 0); /* drums ignore note-off */
        tb_engine_render(e, out, NULL, RATE / 2);
        int rings = tb_engine_active_voices(e);
        tb_engine_panic(e);
        tb_engine_render(e, out, NULL, RATE);
        engine_send(e, 0, 0x90 | cases[i].channel, 60, 100);
        tb_engine_render(e, out, NULL, 1000);
        bool melodic = tb_engine_active_voices(e) == 1;
        if (rings != cases[i].rhythm || (cases[i].channel == 1 && melodic == cases[i].rhythm)) /* which has a mix */
            fail_msg("%s: %d drums ring, key 60 %s", cases[i].what, rings, melodic ? "plays" : "is silent");
        tb_engine_free(e);
    }
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_pitches, test_loudness, test_pedals, test_pedal_within_a_frame,
                     test_overlap_in_a_live_engine, test_restrike_under_a_pedal, test_master_volume,
                     test_master_tuning_and_reset, test_drums, test_rhythm_parts);
}
