/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instruments made from recordings: at their own key they reproduce them; held longer they are looped, released they
 * end; at other keys they are in tune. With the default model's note network, if it has one, and with a simple one. */
#include "tests/note_player.h"
#include "tests/run_tests.h"
#include "timbrel/measure.h"

#include <stdio.h>

enum { MODELS = 2, INSTRUMENTS = 3 };

static Played played[MODELS]; /* the default model; with a simple network */
static const char *const names[] = {"clarinet", "piano", "kick"};

static int setup(void **state) {
    (void)state;
    return played_new(&played[0]) != TB_OK || learned_new(&played[1]) != TB_OK;
}

static int teardown(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++)
        played_free(&played[m]);
    return 0;
}

static const TbInstrument *instrument(int model, int i) {
    const Played *p = &played[model];
    return i == 0 ? p->clarinet : i == 1 ? p->piano : p->kick;
}

static TbPlayedNote note_of(const TbInstrument *in, double keys) {
    return (TbPlayedNote){
        .part = {in}, .weight = {1}, .key = in->layer[0].key + (float)keys, .velocity = in->layer[0].velocity};
}

static TbAudio recording(const char *name) {
    TbAudio audio = {0};
    for (size_t i = 0; i < tb_bundled_count(); i++) {
        size_t n;
        const void *data = tb_bundled_data(i, &n);
        if (strcmp(tb_bundled_name(i), name) == 0)
            assert_int_equal(tb_audio_read_memory(data, n, &audio, NULL), TB_OK);
    }
    assert_true(audio.n_samples > 0 && audio.sample_rate == 44100);
    return audio;
}

static void test_like_its_recording(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (int i = 0; i < INSTRUMENTS; i++) {
            const TbInstrument *in = instrument(m, i);
            const RecordedLayer *k = &in->layer[0];
            TbAudio was = recording(names[i]), is;
            TbNoteOptions o = {.size = sizeof(TbNoteOptions),
                               .key = k->key,
                               .velocity = k->velocity,
                               .hold = TB_HOP * (double)k->release,
                               .seed = 3};
            o.longest = TB_HOP * (double)k->n;
            assert_int_equal(tb_instrument_note(in, &o, 44100, &is), TB_OK);
            TbComparison c;
            assert_int_equal(tb_compare(was.samples, was.n_samples, is.samples, is.n_samples, -1, i < 2, &c), TB_OK);
            print_message(
                "%s: %zu frames, released at %zu; mel-LSD %.1f dB, MSS %.2f, loudness %.1f dB, f0 off %.1f %%, attack "
                "%+.1f ms\n",
                names[i], k->n, k->release, c.mel_lsd, c.mss, c.loud, c.f0_bad, c.attack_signed);
            assert_true(c.mel_lsd < 2.5 && c.mss < 1.6 && c.loud < 1.2);
            assert_true(i == 2 || c.f0_bad < 3);
            assert_true(fabs(c.attack_signed) < 12);
            tb_audio_free(&was);
            tb_audio_free(&is);
        }
    }
}

static void test_held_longer(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (int i = 0; i < 2; i++) {
            const TbInstrument *in = instrument(m, i);
            size_t last = (size_t)in->layer[0].last, hold = 2 * last + 200;
            Envelope c = tbi_envelope_new(played[m].model, note_of(in, 0), 1, hold, hold, NULL);
            double middle = mean_db(&c, last / 2 - 20, last / 2 + 20), end = mean_db(&c, last - 40, last),
                   later = mean_db(&c, last + last / 2 - 20, last + last / 2 + 20);
            print_message("%s: %zu frames, %.1f dB, %.1f dB at the end of the recording, %.1f dB later\n", names[i],
                          last, middle, end, later);
            double fall = (middle - end) / (double)(last - 20 - last / 2), on = (end - later) / (double)(last / 2 + 20);
            assert_true(c.n == hold || course_db(&c, c.n - 2) < -50); /* it must not end while audible */
            assert_true(i == 1 || (in->layer[0].fall == 0 && fabs(later - end) < 3));
            assert_true(i == 0 || (in->layer[0].fall < 0 && fabs(on / fall - 1) < 0.4));
            free(c.frame);
        }
    }
}

/* Held longer, a recording is played back and forth, frame by frame, in its sustained part. */
static void test_to_and_fro(void **state) {
    (void)state;
    const RecordedLayer *k = &instrument(0, 0)->layer[0];
    float at = tbi_layer_position(k, 0), least = k->last, most = 0;
    assert_true(at == 0 && k->first > 0 && k->last > k->first + 50 && k->last < (float)k->release);
    for (float frame = 0.5f; frame < 2000; frame += 0.5f) {
        float next = tbi_layer_position(k, frame);
        assert_true(fabsf(next - at) < 0.501f);
        assert_true(frame > k->last || next == frame);
        at = next;
        least = frame > k->last ? fminf(least, at) : least;
        most = fmaxf(most, at);
    }
    assert_true(most == k->last && fabsf(least - k->first) < 1);
}

static void test_released(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (int i = 0; i < INSTRUMENTS; i++) {
            for (size_t hold = 20; hold <= 420; hold += 200) {
                Envelope c =
                    tbi_envelope_new(played[m].model, note_of(instrument(m, i), 0), 1, hold, FRAMES_MOST, NULL);
                double worst = 0;
                for (size_t t = hold; t < c.n; t++)
                    worst = fmax(worst, course_db(&c, t) - course_db(&c, t - 1));
                print_message("%s, held for %zu frames: %zu in all; grows by %.1f dB\n", names[i], hold, c.n, worst);
                assert_true(c.n < hold + 200); /* 1.2 s */
                assert_true(worst < 1);
                assert_true(i == 2 || c.n > hold + 5);
                assert_true(i == 2 || mean_db(&c, hold - 10, hold) - course_db(&c, hold + 50) > 15);
                free(c.frame);
            }
        }
    }
}

static void test_in_tune(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (int i = 0; i < 2; i++) {
            for (int keys = -12; keys <= 12; keys += 6) {
                TbPlayedNote note = note_of(instrument(m, i), keys);
                Envelope c = tbi_envelope_new(played[m].model, note, 1, 300, 300, NULL);
                double cents = 100 * (mean_key(&c, 60, c.n) - note.key);
                print_message("%s, %+d semitones: %+.2f cents\n", names[i], keys, cents);
                assert_true(fabs(cents) < 3);
                free(c.frame);
            }
        }
    }
}

/* The audio itself is in tune, not only the frames. */
static void test_sounds_in_tune(void **state) {
    (void)state;
    for (int keys = -12; keys <= 12; keys += 12) {
        TbNoteOptions o = {.size = sizeof(TbNoteOptions),
                           .key = rint(instrument(0, 0)->layer[0].key) + keys,
                           .velocity = 0.8,
                           .hold = 1,
                           .seed = 3};
        TbAnalysisOptions one = {.size = sizeof(TbAnalysisOptions), .single_note = true};
        TbAudio audio;
        TbAnalysis analysis;
        assert_int_equal(tb_instrument_note(instrument(0, 0), &o, 44100, &audio), TB_OK);
        assert_int_equal(tb_analyze(&audio, &one, NULL, NULL, &analysis), TB_OK);
        assert_true(analysis.n_notes == 1 && analysis.notes[0].pitched);
        double cents = 1200 * log2(analysis.notes[0].f0 / 440) - 100 * (o.key - 69);
        print_message("%+d semitones: %+.2f cents\n", keys, cents);
        assert_true(fabs(cents) < 3);
        tb_audio_free(&audio);
        tb_analysis_free(&analysis);
    }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_like_its_recording, test_held_longer, test_to_and_fro, test_released,
                     test_in_tune, test_sounds_in_tune);
}
