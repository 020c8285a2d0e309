/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that is lost and comes back while other threads read the state, and the silent device. For the thread and
 * address sanitizers: only the control thread may touch an open device. */
#include "base/clock.h"
#include "tests/fake_live.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <math.h>

enum { RATE = 48000, TIMES = 6, PATIENCE = 20000 /* milliseconds */ };

static TbLive *silent_live(const DeviceKind *const *kinds, double rate, int block) {
    const TbLiveOptions options = {
        .size = sizeof(TbLiveOptions), .device = TB_LIVE_SILENT, .sample_rate = rate, .block = block};
    TbLive *live;
    assert_int_equal(tbi_live_new_of(&options, kinds, &live), TB_OK);
    return live;
}

/* Polls until the device is lost, or is back. */
static void poll_until(TbLive *live, bool lost) {
    for (int i = 0; state_of(live).disconnected != lost; i++) {
        assert_true(i < PATIENCE / 5);
        tb_live_poll(live);
        usleep(5000);
    }
}

static void wait_for_frames(TbLive *live, unsigned long long n) {
    unsigned long long from = atomic_load(&live->thread.frames);
    for (int i = 0; atomic_load(&live->thread.frames) < from + n; i++) {
        assert_true(i < PATIENCE);
        usleep(1000);
    }
}

/* ---- concurrent readers ---- */

typedef struct {
    TbLive *live;
    atomic_bool stop;
    atomic_int bad; /* inconsistent values seen */
    atomic_int lost, back, heard;
} Watched;

/* As the web server's thread does. */
static void *look(void *context) {
    Watched *w = context;
    TbLiveState s;
    TbMidiInput inputs[4];
    float samples[1024];
    bool lost = false;
    while (!atomic_load(&w->stop)) {
        tb_live_state(w->live, &s);
        size_t n = tb_live_midi(w->live, inputs, 4);
        bool bad = strcmp(s.device, FAKE_NAME) != 0 || s.sample_rate != RATE || s.n_channels != 2 || *s.last_error ||
                   n > 1 || (n == 1 && strcmp(inputs[0].name, FAKE_MIDI) != 0) || !(s.latency >= 0 && s.latency < 1);
        atomic_fetch_add(&w->bad, bad);
        atomic_fetch_add(&w->lost, s.disconnected && !lost);
        atomic_fetch_add(&w->back, !s.disconnected && lost);
        lost = s.disconnected;
        tb_live_output(w->live, samples, 1024);
        for (int i = 0; i < 1024; i++)
            atomic_fetch_add(&w->bad, !isfinite(samples[i]));
        atomic_fetch_or(&w->heard, s.voices > 0);
    }
    return NULL;
}

/* As the OSC and web threads do. */
static void *ask(void *context) {
    Watched *w = context;
    for (unsigned i = 0; !atomic_load(&w->stop); i++) {
        tb_live_send(w->live, (const uint8_t[]){0x90, (uint8_t)(48 + i % 24), (uint8_t)(i % 3 ? 100 : 0)}, 3);
        tb_live_set_control(w->live, TB_CONTROL_X, (float)(i % 100) / 100);
        tb_ignore(tb_live_set_corners(w->live,
                                      (const TbInstrument *const[TB_PARTS]){i % 2 ? played.clarinet : played.piano},
                                      1)); /* may be busy */
        tb_live_uses(w->live, played.piano);
        usleep(1000);
    }
    return NULL;
}

static void test_hotplug_under_readers(void **state) {
    (void)state;
    static Watched w;
    pthread_t thread[4];
    w = (Watched){.stop = false};
    w.live = fake_live(RATE);
    TbEngine *engine = engine_of(RATE);
    start(w.live, engine);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, i < 3 ? look : ask, &w), 0);
    int opened = atomic_load(&fake_opened);
    for (int i = 0; i < TIMES; i++) {
        wait_for_frames(w.live, 20 * FAKE_BLOCK);
        fake_is(false, RATE, 2);
        poll_until(w.live, true);
        fake_is(true, RATE, 2);
        poll_until(w.live, false);
    }
    wait_for_frames(w.live, 20 * FAKE_BLOCK);
    assert_int_equal(atomic_load(&fake_opened) - opened, TIMES);
    tb_ignore(tb_live_stop(w.live));
    TbLiveState last = state_of(w.live);
    assert_false(last.realtime);
    assert_true(last.seconds > 0);
    assert_int_equal(tb_live_midi(w.live, NULL, 0), 0);
    atomic_store(&w.stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    printf("three readers saw the device lost %d times and back %d times\n", atomic_load(&w.lost),
           atomic_load(&w.back));
    assert_int_equal(atomic_load(&w.bad), 0);
    assert_true(atomic_load(&w.heard));
    assert_true(atomic_load(&w.lost) >= TIMES && atomic_load(&w.back) >= TIMES);
    tb_live_free(w.live);
    tb_engine_free(engine);
}

/* ---- the silent device ---- */

static void test_silent_device(void **state) {
    (void)state;
    TbDevice *devices;
    size_t n;
    TbLive *live;
    ScratchFolder folder;
    char path[200];
    assert_int_equal(tb_devices(&devices, &n), TB_OK);
    assert_true(n >= 1 && devices[n - 1].silent && !devices[n - 1].is_default);
    assert_true(strncmp(devices[n - 1].name, TB_LIVE_SILENT, strlen(TB_LIVE_SILENT)) == 0);
    free(devices);
    static const DeviceKind *const kinds[] = {&device_fake, &tbi_device_null, NULL};
    fake_is(false, RATE, 2); /* not as a fallback, nor by a part of its name */
    assert_int_equal(tbi_live_new_of(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = NULL}, kinds, &live),
                     TB_ERR_NOT_FOUND);
    assert_non_null(strstr(tb_error_text(TB_ERR_NOT_FOUND), "--device none"));
    assert_int_equal(tbi_live_new_of(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = "non"}, kinds, &live),
                     TB_ERR_NOT_FOUND);
    fake_is(true, RATE, 2); /* and it is not chosen for a device whose name contains its own: "Fake: one" */
    assert_int_equal(tbi_live_new_of(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = "one"}, kinds, &live),
                     TB_OK);
    assert_false(state_of(live).silent);
    tb_live_free(live);
    live = silent_live(kinds, 44100, 64);
    TbLiveState s = state_of(live);
    assert_true(s.silent && s.sample_rate == 44100 && s.block == 64 && s.n_channels == 2);
    TbEngine *engine = engine_of(44100);
    assert_true(scratch_new(&folder));
    snprintf(path, sizeof path, "%s/a.wav", folder.path);
    start(live, engine);
    assert_int_equal(tb_live_record(live, path, TB_BITS_16), TB_OK);
    assert_true(tb_live_send(live, (const uint8_t[]){0x90, 60, 100}, 3));
    double begun = tbi_now() - state_of(live).seconds;
    for (int i = 0; s.seconds < 0.5 || s.voices < 1; i++) {
        assert_true(i < PATIENCE / 5);
        tb_live_poll(live);
        usleep(5000);
        s = state_of(live);
        assert_true(s.seconds < tbi_now() - begun + 0.1); /* not faster than the clock; slower if the machine is */
    }
    assert_int_equal(s.voices, 1);
    assert_int_equal(tb_live_stop(live), TB_OK);
    TbAudio audio;
    TbAudioInfo info;
    assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
    float peak = 0;
    for (size_t i = 0; i < audio.n_samples; i++)
        peak = fmaxf(peak, fabsf(audio.samples[i]));
    assert_true(info.sample_rate == 44100 && peak > 0.01f);
    tb_audio_free(&audio);
    tb_live_free(live);
    tb_engine_free(engine);
    scratch_free(&folder);
}

/* With the largest blocks at the lowest rate, the final fade takes more than a second. */
static void test_largest_blocks(void **state) {
    (void)state;
    static const DeviceKind *const kinds[] = {&tbi_device_null, NULL};
    TbLive *live = silent_live(kinds, 8000, 4096);
    TbEngine *engine = engine_of(8000);
    start(live, engine);
    double begun = tbi_now();
    tb_ignore(tb_live_stop(live));
    assert_true(tbi_now() - begun > 1.02);
    tb_live_free(live);
    tb_engine_free(engine);
}

/* While no block is rendered, sounds may be changed as often as one likes, and those that have gone are not kept. */
static void test_sounds_change_while_lost(void **state) {
    (void)state;
    enum { SOUNDS = TRACKED + 10 };
    TbInstrument *sound[SOUNDS];
    TbLive *live = fake_live(RATE);
    TbEngine *engine = engine_of(RATE);
    start(live, engine);
    fake_is(false, RATE, 2);
    poll_until(live, true);
    for (uint64_t i = 0; i < SOUNDS; i++) {
        assert_int_equal(tb_instrument_random(played.model, i, &sound[i]), TB_OK);
        assert_int_equal(tb_live_set_corners(live, (const TbInstrument *const[TB_PARTS]){sound[i]}, 1), TB_OK);
        tb_live_poll(live);
        assert_true(tb_live_uses(live, sound[i]));
        assert_false(i > 0 && tb_live_uses(live, sound[i - 1]));
    }
    assert_true(state_of(live).worst_load == 0);
    tb_ignore(tb_live_stop(live));
    tb_live_free(live);
    tb_engine_free(engine);
    for (int i = 0; i < SOUNDS; i++)
        tb_instrument_free(sound[i]);
}

/* A lost default device is waited for, though another one is the default meanwhile. */
static void test_default_comes_back(void **state) {
    (void)state;
    TbLive *live = fake_live(RATE);
    TbEngine *engine = engine_of(RATE);
    start(live, engine);
    int opened = atomic_load(&fake_opened);
    atomic_store(&fake_second, true);
    fake_is(false, RATE, 2);
    poll_until(live, true);
    for (int i = 0; i < 150; i++) { /* longer than the first attempts to reopen it take */
        tb_live_poll(live);
        usleep(5000);
    }
    assert_true(state_of(live).disconnected && strcmp(state_of(live).device, FAKE_NAME) == 0);
    assert_int_equal(atomic_load(&fake_opened), opened);
    fake_is(true, RATE, 2);
    poll_until(live, false);
    assert_string_equal(state_of(live).device, FAKE_NAME);
    atomic_store(&fake_second, false);
    tb_ignore(tb_live_stop(live));
    tb_live_free(live);
    tb_engine_free(engine);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_hotplug_under_readers, test_silent_device, test_largest_blocks,
                     test_sounds_change_while_lost, test_default_comes_back);
}
