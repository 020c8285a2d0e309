/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modulation by knobs at playback: the decay rate, and the speed of the attack. */
#include "instrument/knob_modulation.h"
#include "tests/run_tests.h"
#include "tests/small_notes.h"

#include <math.h>

enum { LATENT = 4 };
#define FRAMES_PER_SECOND (1 / (float)TB_HOP)

/* A note of an instrument without recordings that decays by `slope` dB/s from -10 dB on. */
static TbPlayedNote falling(const TbInstrument *in, float slope) {
    TbPlayedNote note = {.part = {in}, .weight = {1}, .key = 60, .velocity = 0.8f, .held = true};
    for (int m = 0; m < NOTE_HELD_POINTS; m++) {
        float seconds = (float)tbi_note_held_frames[m] / FRAMES_PER_SECOND;
        note.table[m * note_channels(LATENT) + LATENT] = tbi_note_loudness_channel(-10 - slope * seconds);
    }
    return note;
}

static float decay_with(TbPlayedNote note, float knob, float position) {
    note.knob[TB_DECAY] = knob;
    return tbi_knob_decay_gain(&note, LATENT, position);
}

/* A knob at 0 has no effect; the higher the decay knob, the lower the level at every time. */
static void test_decay(void **state) {
    (void)state;
    static const float slopes[] = {0, 6, 30}, knobs[] = {-3, -1.5f, -0.5f, 0.5f, 1.5f, 3};
    TbInstrument in = {.has_pitch = true};
    for (int s = 0; s < 3; s++) {
        TbPlayedNote note = falling(&in, slopes[s]);
        for (float at = 0; at <= NOTE_FREEZE; at += 31) {
            float seconds = at / FRAMES_PER_SECOND, before = INFINITY;
            assert_true(decay_with(note, 0, at) == 0);
            for (int k = 0; k < 6; k++) {
                float db = decay_with(note, knobs[k], at);
                bool faster = knobs[k] > 0;
                if (at == 0) /* all start at the same level */
                    assert_true(fabsf(db) < 0.01f);
                else if (faster) /* even steady notes decay */
                    assert_true(db < -0.3f * seconds && db < before);
                else if (slopes[s] > 0) /* decaying notes decay less, and do not rise */
                    assert_true(db > 0 && db < before && db < slopes[s] * seconds + 0.01f);
                else /* nothing to slow down */
                    assert_true(fabsf(db) < 0.01f);
                before = db;
            }
        }
        print_message("%2.0f dB/s, after 1 s: %.1f dB with decay 1.5, %.1f with -1.5\n", (double)slopes[s],
                      (double)decay_with(note, 1.5f, FRAMES_PER_SECOND),
                      (double)decay_with(note, -1.5f, FRAMES_PER_SECOND));
    }
}

/* The decay is relative to the loudest time, not to the first: an attack is no decay. */
static void test_decay_after_attack(void **state) {
    (void)state;
    TbInstrument in = {.has_pitch = true};
    TbPlayedNote note = falling(&in, 0);
    note.table[LATENT] = tbi_note_loudness_channel(-60);
    for (float at = 0; at <= NOTE_FREEZE; at++)
        assert_true(fabsf(decay_with(note, -2, at)) < 0.01f);
    /* the instrument's own knob is equivalent to the player's */
    note = falling(&in, 20);
    float by_player = decay_with(note, 1, 200);
    in.knob_offset[TB_DECAY] = 1;
    assert_true(fabsf(decay_with(note, 0, 200) - by_player) < 1e-5f);
    assert_true(decay_with(note, -1, 200) == 0);
}

static void test_course(void **state) {
    (void)state;
    static const float slower[] = {3, 1.5f, 0.5f, 0, -0.5f, -1.5f, -3};
    RecordedLayer recording = {.key = 60};
    TbInstrument learned = {.has_pitch = true}, recorded = {.has_pitch = true, .n_layers = 1, .layer = &recording};
    TbPlayedNote of_network = falling(&learned, 0), layer = falling(&recorded, 0);
    float last[7][2];
    for (float t = 0; t < 400; t += 0.5f) {
        for (int s = 0; s < 7; s++) {
            float at[2] = {tbi_knob_attack_warp(&of_network, t, slower[s]), tbi_knob_attack_warp(&layer, t, slower[s])};
            for (int k = 0; k < 2; k++) {
                assert_true(at[k] >= 0 && (t == 0 || at[k] > last[s][k])); /* time strictly increases */
                assert_true(s == 0 || at[k] > last[s - 1][k] ||
                            t == 0); /* the faster the attack, the later the position */
                last[s][k] = at[k];
            }
            assert_true(t == 0 || at[0] > at[1]); /* the network's mean attack is sped up */
        }
        assert_true(last[3][1] == t); /* a recording's attack is unchanged */
        assert_true(t > 0 || last[3][0] == 0);
        assert_true(last[3][0] - t < 12); /* only the attack is sped up, not the whole note: by 70 ms at most */
    }
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_decay, test_decay_after_attack, test_course);
}
