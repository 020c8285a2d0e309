/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of several channels are heard as they sound: the mean of the channels, unless that would lose the sound. */
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "timbrel/audio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 48000, RATE = 48000, MOST = 4 };

/* A channel of a case: gain * tone(hz, partials, late by `late` samples) + noise of this level. */
typedef struct {
    float gain, hz, noise;
    int late;
} Channel;

static float tone(float hz, int i) {
    float sum = 0;
    for (int k = 1; k <= 12 && i >= 0; k++)
        sum += sinf(2 * (float)M_PI * hz * (float)k * (float)i / RATE + 0.7f * (float)(k * k)) / (float)k;
    return 0.2f * sum;
}

static void make(const Channel *channel, int n_channels, float *x) {
    for (int c = 0; c < n_channels; c++) {
        TbRng rng;
        tb_rng_seed(&rng, (uint64_t)c + 1);
        for (int i = 0; i < N; i++)
            x[i * n_channels + c] =
                channel[c].gain * tone(channel[c].hz, i - channel[c].late) + channel[c].noise * tb_rng_normal(&rng);
    }
}

/* A WAV file of 32 bit floats: header, then x[N][n_channels]. */
static size_t make_wav(int n_channels, const float *x, unsigned char *wav) {
    uint32_t n = (uint32_t)(N * n_channels * 4), rate = RATE, head[11];
    memcpy(head, "RIFF\0\0\0\0WAVEfmt \20\0\0\0\3\0", 22);
    unsigned char *at = (unsigned char *)head;
    uint32_t whole = 36 + n, bytes = rate * 4 * (uint32_t)n_channels;
    memcpy(at + 4, &whole, 4);
    at[22] = (unsigned char)n_channels;
    at[23] = 0;
    memcpy(at + 24, &rate, 4);
    memcpy(at + 28, &bytes, 4);
    memcpy(at + 32, (unsigned char[]){(unsigned char)(4 * n_channels), 0, 32, 0, 'd', 'a', 't', 'a'}, 8);
    memcpy(at + 40, &n, 4);
    memcpy(wav, head, 44);
    memcpy(wav + 44, x, n);
    return 44 + n;
}

static void test_mixes(void **state) {
    (void)state;
    static const struct {
        const char *what;
        int n_channels;
        Channel channel[MOST];
        TbMixdown mixdown;
        int used;
    } cases[] = {
        {"the same twice", 2, {{1, 220, 0, 0}, {1, 220, 0, 0}}, TB_MIXDOWN_MEAN, 0},
        {"panned to the left", 2, {{1, 220, 0, 0}, {0.3f, 220, 0, 0}}, TB_MIXDOWN_MEAN, 0},
        {"in a room", 2, {{1, 220, 0.02f, 0}, {0.8f, 220, 0.02f, 3}}, TB_MIXDOWN_MEAN, 0},
        {"noise, independent", 2, {{0, 220, 0.1f, 0}, {0, 220, 0.1f, 0}}, TB_MIXDOWN_MEAN, 0},
        {"two sounds, one on each side", 2, {{1, 220, 0, 0}, {1, 330, 0, 0}}, TB_MIXDOWN_MEAN, 0},
        {"inverted", 2, {{1, 220, 0, 0}, {-1, 220, 0, 0}}, TB_MIXDOWN_DIFFERENCE, 0},
        {"inverted and softer", 2, {{1, 220, 0.001f, 0}, {-0.7f, 220, 0.001f, 0}}, TB_MIXDOWN_DIFFERENCE, 0},
        {"left alone", 2, {{1, 220, 0, 0}, {0, 220, 0, 0}}, TB_MIXDOWN_CHANNEL, 0},
        {"right alone, the left hisses", 2, {{0, 220, 0.001f, 0}, {1, 220, 0, 0}}, TB_MIXDOWN_CHANNEL, 1},
        {"half a period apart", 2, {{0.9f, 220, 0, 0}, {1, 220, 0, 109}}, TB_MIXDOWN_CHANNEL, 1},
        {"one of four tracks", 4, {{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 220, 0, 0}, {0, 0, 0, 0}}, TB_MIXDOWN_CHANNEL, 2},
        {"silence", 2, {{0, 0, 0, 0}, {0, 0, 0, 0}}, TB_MIXDOWN_MEAN, 0},
    };
    float *x = malloc(N * MOST * sizeof *x);
    unsigned char *wav = malloc(44 + N * MOST * sizeof *x);
    assert_true(x && wav);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int n = cases[i].n_channels;
        TbAudio audio;
        TbAudioInfo info;
        make(cases[i].channel, n, x);
        assert_int_equal(tb_audio_read_memory(wav, make_wav(n, x, wav), &audio, &info), TB_OK);
        print_message("%-32s %d, channel %d\n", cases[i].what, (int)info.mixdown, info.channel);
        assert_int_equal(info.mixdown, cases[i].mixdown);
        assert_int_equal(info.channel, cases[i].used);
        assert_int_equal(audio.n_samples, N);
        for (int t = 0; t < N; t++) {
            const float *in = x + t * n;
            float sum = 0;
            for (int c = 0; c < n; c++)
                sum += in[c];
            assert_true(audio.samples[t] == (info.mixdown == TB_MIXDOWN_MEAN         ? sum / (float)n
                                             : info.mixdown == TB_MIXDOWN_DIFFERENCE ? (in[0] - in[1]) / 2
                                                                                     : in[info.channel]));
        }
        tb_audio_free(&audio);
    }
    free(x);
    free(wav);
}

/* The root key of a sampler's chunk is that of the nearest key. */
static void test_root_key(void **state) {
    (void)state;
    static const struct {
        int key;
        double cents;
    } cases[] = {{60, 0}, {60, -3}, {60, 49}, {21, -50}, {0, 0}, {127, 0}};
    float x[100] = {0.5f, -0.5f};
    ScratchFolder scratch;
    char path[300];
    TbAudio audio;
    TbAudioInfo info;
    assert_true(scratch_new(&scratch));
    snprintf(path, sizeof path, "%s/x.wav", scratch.path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbSampleInfo sample = {.root_key = cases[i].key, .fine_tune_cents = cases[i].cents, .high_key = 127};
        assert_int_equal(tb_audio_write_sample(path, x, 100, RATE, TB_BITS_16, &sample), TB_OK);
        assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
        assert_in_range(info.root_key - cases[i].key + (cases[i].cents == -50), 0, cases[i].cents == -50);
        tb_audio_free(&audio);
    }
    assert_int_equal(tb_audio_write(path, x, 100, RATE, TB_BITS_16), TB_OK);
    assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
    assert_int_equal(info.root_key, -1);
    tb_audio_free(&audio);
    unlink(path);
    scratch_free(&scratch);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_mixes, test_root_key);
}
