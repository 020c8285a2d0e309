/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of sessions: a complete one, with an engine rendered by a thread. */
#ifndef TIMBREL_TESTS_FAKE_SESSION_H
#define TIMBREL_TESTS_FAKE_SESSION_H

#include "session/internal.h"
#include "tests/no_device.h"
#include "tests/scratch_folder.h"
#include "timbrel/presets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 48000, BLOCK = 128 };
#define BRIGHTNESS ((TbControl)TB_CONTROL_KNOBS)

typedef struct {
    TbLive *live;
    pthread_mutex_t block; /* held while a block is rendered; protects the members below */
    TbSession *session;
    ScratchFolder folder;
    char map[100];
    TbPreset first;
    atomic_int loads, model_loads;
    atomic_bool held_up; /* delays the loading of slow sounds */
    pthread_t thread;
    atomic_bool stop;
    _Atomic useconds_t rest; /* microseconds between blocks */
    atomic_ullong blocks;
    float worst; /* largest step between samples, and number of non-finite samples */
    bool bad;
} FakeSession;

static FakeSession fake;

/* seed:N loads at once, slow:N after a delay; others do not exist. */
static inline TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    FakeSession *h = context;
    atomic_fetch_add(&h->loads, 1);
    if (strncmp(name, "slow:", 5) == 0)
        do {
            usleep(100000);
        } while (atomic_load(&h->held_up));
    else if (strncmp(name, "seed:", 5) != 0)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no sound \"%s\"; there are\n  bell, flute,\n  violin.", name);
    return tb_instrument_random(model, strtoull(name + 5, NULL, 10), instrument);
}

/* The default model, or a model file. */
static inline TbStatus load_model(void *context, const char *name, TbModel **model) {
    FakeSession *h = context;
    atomic_fetch_add(&h->model_loads, 1);
    return *name ? tb_model_read(name, model) : tb_default_model(model);
}

static inline void *render(void *context) {
    FakeSession *h = context;
    float out[2 * BLOCK], before = 0;
    while (!atomic_load(&h->stop)) {
        pthread_mutex_lock(&h->block);
        tbi_audio_thread_block(&h->live->thread, out, BLOCK, false);
        for (int i = 0; i < BLOCK; i++) {
            h->bad = h->bad || !isfinite(out[2 * i]) || !isfinite(out[2 * i + 1]);
            h->worst = fmaxf(h->worst, fabsf(out[2 * i] - before));
            before = out[2 * i];
        }
        pthread_mutex_unlock(&h->block);
        atomic_fetch_add(&h->blocks, 1);
        usleep(h->rest);
    }
    return NULL;
}

static inline TbPreset of_sounds(const char *name, int n, const char *const *sounds) {
    TbPreset p;
    tb_preset_defaults(&p);
    snprintf(p.name, sizeof p.name, "%s", name);
    p.n_sounds = n;
    for (int i = 0; i < n; i++)
        snprintf(p.sound[i], sizeof p.sound[i], "%s", sounds[i]);
    return p;
}

static inline int fake_session_up(void **state) {
    (void)state;
    fake = (FakeSession){.rest = 2000};
    TbSessionOptions options = {
        .size = sizeof(TbSessionOptions), .load_model = load_model, .load = load, .context = &fake, .map = fake.map};
    const TbEngineOptions engine = {.size = sizeof(TbEngineOptions),
                                    .sample_rate = RATE,
                                    .voices = 8,
                                    .stereo = true,
                                    .reverb = true,
                                    .limit = true};
    options.engine = &engine;
    assert_int_equal(tb_default_model(&options.model), TB_OK);
    assert_int_equal(tb_engine_new(options.model, options.engine, &options.first), TB_OK);
    pthread_mutex_init(&fake.block, NULL);
    fake.live = options.live = no_device_live(options.first, RATE);
    assert_true(scratch_new(&fake.folder));
    snprintf(fake.map, sizeof fake.map, "%s/config/midi.json", fake.folder.path);
    fake.first = of_sounds("First", 1, (const char *const[]){"seed:1"});
    options.folder = fake.folder.path;
    assert_int_equal(tb_session_new(&options, &fake.first, &fake.session), TB_OK);
    assert_int_equal(pthread_create(&fake.thread, NULL, render, &fake), 0);
    return 0;
}

static inline int fake_session_down(void **state) {
    (void)state;
    atomic_store(&fake.stop, true);
    pthread_join(fake.thread, NULL);
    assert_false(fake.bad);
    assert_true(fake.worst < 1);
    tb_session_free(fake.session);
    no_device_free(fake.live);
    scratch_free(&fake.folder);
    return 0;
}

static inline TbSessionState now(void) {
    TbSessionState s;
    tb_session_state(fake.session, &s);
    return s;
}

/* The state once nothing is pending. */
static inline TbSessionState settled(void) {
    bool busy = tb_session_busy(fake.session);
    TbSessionState s = now();
    for (int i = 0; (busy || s.loading) && i < 12000; i++) {
        usleep(5000);
        busy = tb_session_busy(fake.session); /* checked first: its requests may have started a load */
        s = now();
    }
    assert_false(s.loading);
    return s;
}

static inline void play(int key) {
    assert_true(tb_live_send(fake.live, (const uint8_t[]){0x90, (uint8_t)key, 100}, 3));
}

/* Waits for a few blocks, so that earlier commands have taken effect. */
static inline void wait_for_blocks(void) {
    unsigned long long from = atomic_load(&fake.blocks);
    while (atomic_load(&fake.blocks) - from < 10)
        usleep(1000);
}

/* The engine's current corners. */
static inline int corners(const TbInstrument *corner[TB_PARTS]) {
    wait_for_blocks();
    pthread_mutex_lock(&fake.block);
    int n = tb_engine_get_corners(fake.live->thread.play.engine, corner);
    pthread_mutex_unlock(&fake.block);
    return n;
}

static inline const TbInstrument *first_corner(void) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    corners(corner);
    return corner[0];
}

static inline int n_corners(void) {
    const TbInstrument *corner[TB_PARTS];
    return corners(corner);
}

static inline float control_value(TbControl control) {
    return tb_live_control(fake.live, control);
}

/* A test with a session of its own. */
#define SESSION_TEST(test) cmocka_unit_test_setup_teardown(test, fake_session_up, fake_session_down)

#endif
