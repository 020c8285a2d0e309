/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio callback without a device: no allocations or locks, messages from all sources, the pad, recording,
 * counters. And the recorder's thread. */
#include "live/recorder.h"
#include "tests/audio_threads.h"
#include "tests/counting_malloc.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RATE = 48000, MOST = 4096 };

static AudioThread *thread_of(int channels, Ring *record) {
    TbEngineOptions options = played_options(RATE, 8);
    options.stereo = channels == 2;
    const TbLivePlay play = {
        .engine = played_engine(&played, &options), .corner = {played.clarinet, played.piano}, .n_corners = 2};
    assert_non_null(play.engine);
    AudioThread *a = audio_thread_new(&play, channels, RATE);
    assert_non_null(a);
    atomic_store(&a->record, record);
    return a;
}

static bool send(AudioThread *a, int source, int status, int one, int two) {
    return tbi_audio_thread_send(a, source, (const uint8_t[]){(uint8_t)status, (uint8_t)one, (uint8_t)two}, 3);
}

static double level(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum / (double)n;
}

static void test_nothing_is_allocated(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 16, 64, 128, 255, 256, 257, 1000, 4096};
    static float out[2 * MOST];
    Ring record;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    assert_true(tbi_ring_new(&record, 2 * sizeof(float), 1 << 14));
    AudioThread *a = thread_of(2, &record);
    size_t before = counted_allocations(), frames = 0;
    for (int round = 0; round < 90; round++) {
        for (int k = 0; k < 40; k++) {
            uint32_t r = tb_rng_next(&rng);
            send(a, k % SOURCES, k % 2 ? 0x90 : (int)(r & 255), (int)(r >> 8 & 127), (int)(r >> 16 & 127));
        }
        tbi_audio_thread_block(a, out, sizes[round % 9], round == 7);
        frames += sizes[round % 9];
    }
    size_t during = counted_allocations() - before;
    printf("allocations and locks in %zu samples: %zu; worst load %.0f %%\n", frames, during,
           100 * (double)atomic_load(&a->worst_load));
    assert_int_equal(during, 0);
    assert_int_equal(atomic_load(&a->frames), frames);
    assert_int_equal(atomic_load(&a->xruns), 1);
    assert_int_equal(atomic_load(&a->dropped_events), 0);
    assert_int_equal(atomic_load(&a->lost_frames), frames - (1 << 14)); /* never written */
    audio_thread_free(a);
    tbi_ring_free(&record);
}

/* From any source, in mono and stereo, and the recording has the same samples. */
static void test_messages_sound(void **state) {
    (void)state;
    static float out[2 * MOST], kept[2 * MOST];
    for (int channels = 1; channels <= 2; channels++) {
        for (int source = 0; source < SOURCES; source += 8) {
            Ring record;
            assert_true(tbi_ring_new(&record, 2 * sizeof(float), MOST));
            AudioThread *a = thread_of(channels, &record);
            tbi_audio_thread_block(a, out, MOST, false);
            assert_true(level(out, MOST) == 0 && tbi_ring_get(&record, kept, MOST) == MOST);
            assert_true(send(a, source, 0x90, 60, 127));
            tbi_audio_thread_block(a, out, MOST, false);
            assert_true(level(out, (size_t)channels * MOST) > 1e-5);
            assert_int_equal(atomic_load(&a->voices), 1);
            assert_int_equal(tbi_ring_get(&record, kept, MOST), MOST);
            for (size_t i = 0; i < MOST; i++) {
                assert_true(kept[2 * i] == out[(size_t)channels * i]);
                assert_true(kept[2 * i + 1] == out[(size_t)channels * i + (size_t)channels - 1]);
            }
            atomic_store(&a->mute, true);
            tbi_audio_thread_block(a, out, MOST, false);
            assert_true(level(out, (size_t)channels * MOST) == 0);
            audio_thread_free(a);
            tbi_ring_free(&record);
        }
    }
}

static void test_pad_and_restart(void **state) {
    (void)state;
    static float out[2 * MOST];
    AudioThread *a = thread_of(2, NULL);
    send(a, 3, 0xb5, 16, 63); /* any channel moves the pad, after soft takeover */
    send(a, 3, 0xb5, 16, 127);
    send(a, 3, 0xb5, 17, 64);
    send(a, 0, 0x90, 60, 100);
    send(a, 0, 0xb0, 64, 127);
    tbi_audio_thread_block(a, out, 1000, false);
    assert_true(atomic_load(&a->control[TB_CONTROL_X]) == 1);
    assert_true(atomic_load(&a->control[TB_CONTROL_Y]) == 0.5f);
    assert_int_equal(atomic_load(&a->voices), 1);
    send(a, 0, 0x90, 64, 100); /* the device is lost: this comes too late, and sounding notes end */
    tbi_audio_thread_begin(a);
    for (int i = 0; i < 4; i++)
        tbi_audio_thread_block(a, out, 1000, false);
    assert_int_equal(atomic_load(&a->voices), 0);
    assert_true(atomic_load(&a->control[TB_CONTROL_X]) == 1);
    int sent = 0;
    while (sent < 1000 && send(a, 1, 0x90, 60, 1))
        sent++;
    assert_int_equal(sent, 64);
    assert_int_equal(atomic_load(&a->dropped_events), 1);
    audio_thread_free(a);
}

/* ---- recorder ---- */

static void test_recording(void **state) {
    (void)state;
    char folder[] = "/tmp/timbrel-record-XXXXXX", path[60];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.wav", folder);
    static float frames[2 * 1000];
    Recorder r = {.runs = false};
    assert_int_equal(tbi_recorder_open(&r, path, RATE, TB_BITS_24), TB_OK);
    for (int block = 0; block < 200; block++) {
        for (int i = 0; i < 1000; i++) {
            frames[2 * i] = (float)(block * 1000 + i) / 400000;
            frames[2 * i + 1] = 0.5f * frames[2 * i];
        }
        assert_int_equal(tbi_ring_put(&r.ring, frames, 1000), 1000); /* fits the ring of 200000 frames */
    }
    assert_int_not_equal(access(path, F_OK), 0); /* nothing has the name until the recording is whole */
    assert_int_equal(tbi_recorder_close(&r), TB_OK);
    TbAudio audio;
    TbAudioInfo info;
    assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
    assert_int_equal(info.n_channels, 2);
    assert_int_equal(audio.n_samples, 200000);
    for (size_t i = 0; i < audio.n_samples; i++) /* read as the mean of both channels */
        assert_true(fabs((double)audio.samples[i] - 0.75 * (double)i / 400000) < 1e-6);
    tb_audio_free(&audio);
    unlink(path);
    r = (Recorder){.runs = false}; /* no input: no file */
    assert_int_equal(tbi_recorder_open(&r, path, RATE, TB_BITS_24), TB_OK);
    assert_int_equal(tbi_recorder_close(&r), TB_ERR_EMPTY);
    r = (Recorder){.runs = false};
    snprintf(path, sizeof path, "%s/none/a.wav", folder);
    assert_int_equal(tbi_recorder_open(&r, path, RATE, TB_BITS_24), TB_ERR_NOT_FOUND);
    assert_int_equal(tbi_recorder_close(&r), TB_OK);
    assert_int_equal(rmdir(folder), 0); /* the folder is empty */
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_nothing_is_allocated, test_messages_sound, test_pad_and_restart,
                     test_recording);
}
