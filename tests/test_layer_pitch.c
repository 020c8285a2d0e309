/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch of an instrument's recordings: octave jumps do not count as mistuning and are not mixed; the network's pitch
 * deviation ends when a note has settled. */
#include "tests/note_player.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <stdio.h>

enum { N = 400, RELEASE = 340, LATENT = 2, WIDTH = LATENT + 2 };

/* A track of the given deviation in semitones, at -20 dB until it decays. */
static NoteTrack track_of(float (*semitones)(size_t frame), size_t dies) {
    NoteTrack t = {.latent = LATENT, .n = N, .release = RELEASE, .key = 60, .velocity = 0.8f, .pitched = true};
    t.channels = calloc((size_t)N * WIDTH, sizeof *t.channels);
    for (size_t i = 0; i < N; i++) {
        t.channels[i * WIDTH + LATENT] = tbi_note_loudness_channel(i < dies ? -20 : -85);
        t.channels[i * WIDTH + LATENT + 1] = tbi_note_pitch_channel(semitones(i));
    }
    return t;
}

static float vibrato(size_t frame) {
    return 0.4f * sinf((float)frame * 0.19f);
}
static float octave_first(size_t frame) {
    return (frame < 60 ? 12 : 0) - 0.05f + vibrato(frame);
}
static float mostly_octave(size_t frame) {
    return frame < 100 ? 0.02f : 11.97f;
}
static float fourth_below(size_t frame) {
    return frame < 80 ? -4.9f : 0.07f;
}
static float dies_away(size_t frame) {
    return frame < 120 ? 0.04f : 0.6f;
}
static float sweeps(size_t frame) {
    return frame < 50 ? 24 - 0.48f * (float)frame : 0;
}

static void test_jumps(void **state) {
    (void)state;
    static const struct {
        const char *name;
        float (*semitones)(size_t);
        size_t dies, from, to; /* jumps in frames from .. to - 1 */
        float jump;
    } cases[] = {
        {"octave first", octave_first, N, 0, 56, 12},
        {"mostly octave", mostly_octave, N, 105, RELEASE, 12},
        {"fourth below", fourth_below, N, 0, 76, -4.98f},
        {"dies away", dies_away, 120, 0, 0, 0},
        {"sweeps", sweeps, N, 0, 0, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        NoteTrack t = track_of(cases[c].semitones, cases[c].dies);
        float jump[N], pitch[N];
        tbi_layer_pitch(&t, jump, pitch);
        double sum = 0;
        size_t n = 0;
        for (size_t i = 0; i < N; i++) {
            bool jumps = i >= cases[c].from && i < cases[c].to;
            if (jumps || i + 5 < cases[c].from || i > cases[c].to + 5)
                assert_true(fabsf(jump[i] - (jumps ? cases[c].jump : 0)) < 0.02f || i >= RELEASE);
            if (i >= 110 && i < cases[c].dies && i < RELEASE) {
                sum += tbi_note_channel_pitch(pitch[i]);
                n++;
            }
        }
        print_message("%s: %+.2f cents\n", cases[c].name, 100 * sum / (double)n);
        assert_true(fabs(100 * sum / (double)n) < 3);
        assert_true(c > 0 || fabsf(tbi_note_channel_pitch(pitch[206]) - tbi_note_channel_pitch(pitch[190])) > 0.5f);
        tbi_note_track_free(&t);
    }
}

static double cents_of(const Envelope *c, double key, size_t from, size_t to) {
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += 1200 * log2(c->frame[i].f0 / 440) - 100 * (key - 69);
    return sum / (double)(to - from);
}

/* A network with every note a third too high. */
static void too_high(TbPlayedNote *note, size_t frame) {
    int latent = tb_vae_config(tb_model_vae(played.model))->latent_dim;
    for (int m = 0; frame > 0 && m < NOTE_HELD_POINTS; m++)
        note->table[m * note_channels(latent) + latent + 1] = tbi_note_pitch_channel(4);
}

static void test_network_slides(void **state) {
    (void)state;
    for (int keys = -6; keys <= 6; keys++) {
        TbPlayedNote note = {.part = {played.clarinet},
                             .weight = {1},
                             .key = played.clarinet->layer[0].key + (float)keys,
                             .velocity = 0.8f};
        Envelope c = tbi_envelope_new(played.model, note, 1, 240, 240, too_high);
        double cents = cents_of(&c, note.key, 60, 240);
        print_message("%+d semitones: %+.2f cents\n", keys, cents);
        assert_true(fabs(cents) < 3);
        assert_true(abs(keys) < 6 || cents_of(&c, note.key, 2, 10) > 100);
        free(c.frame);
    }
}

/* Near the recording a jump is played fully, far from it not at all. */
static void test_plays_jumps(void **state) {
    (void)state;
    static const float keys[] = {0, 1.5f, 7};
    TbInstrument *jumpy;
    assert_int_equal(tb_instrument_vary(played.clarinet, 0, 1, &jumpy), TB_OK);
    for (size_t i = 100; i < 200; i++)
        jumpy->layer[0].jump[i] = 12;
    for (int k = 0; k < 3; k++) {
        TbPlayedNote note = {
            .part = {jumpy}, .weight = {1}, .key = jumpy->layer[0].key + keys[k], .velocity = jumpy->layer[0].velocity};
        Envelope c = tbi_envelope_new(played.model, note, 1, 240, 240, NULL);
        assert_true(fabs(cents_of(&c, note.key, 100, 200) - (k < 2 ? 1200 : 0)) < 10);
        assert_true(fabs(cents_of(&c, note.key, 205, 240)) < 10);
        free(c.frame);
    }
    tb_instrument_free(jumpy);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_jumps, test_network_slides, test_plays_jumps);
}
