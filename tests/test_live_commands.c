/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands to a playing engine: several threads at once, sounds and engines replaced and returned, floods, recordings,
 * output samples. Blocks are rendered as a device would request them. */
#include "tests/live_player.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 48000, BLOCK = 64 };

static TbEngine *engine_new(void) {
    TbEngine *e;
    const TbEngineOptions options = played_options(RATE, 4);
    assert_int_equal(tb_engine_new(played.model, &options, &e), TB_OK);
    return e;
}

static TbLive *live_new(void) {
    TbLive *l = live_player_new(engine_new(), RATE, (const TbInstrument *[]){played.clarinet, played.piano}, 2);
    assert_non_null(l);
    return l;
}

static void render(TbLive *l, size_t blocks) {
    static float out[2 * BLOCK];
    for (size_t i = 0; i < blocks; i++) {
        tbi_audio_thread_block(&l->thread, out, BLOCK, false);
        for (int k = 0; k < 2 * BLOCK; k++)
            assert_true(fabsf(out[k]) < 1);
    }
}

static bool send(TbLive *l, int status, int a, int b) {
    return tb_live_send(l, (const uint8_t[]){(uint8_t)status, (uint8_t)a, (uint8_t)b}, 3);
}

static int voices(TbLive *l) {
    return atomic_load(&l->thread.voices);
}

/* Waits for a note that has been sent. Blocks are rendered faster or slower here than by a device, so until the clock
 * has adapted, the note may be off by a tenth of a second. */
static void wait_for_voice(TbLive *l) {
    for (int i = 0; i < 200 && voices(l) == 0; i++)
        render(l, 1);
    assert_int_equal(voices(l), 1);
}

/* ---- several threads ---- */

typedef struct {
    TbLive *live;
    uint64_t seed;
    atomic_bool *stop;
    atomic_int n_corners, n_sent;
} Caller;

static void *play(void *caller) {
    Caller *h = caller;
    TbRng rng;
    tb_rng_seed(&rng, h->seed);
    while (!atomic_load(h->stop)) {
        const TbInstrument *const all[] = {played.clarinet, played.piano, played.kick, played.clarinet};
        uint32_t r = tb_rng_next(&rng);
        for (int i = 0; i < TB_CONTROLS; i++) {
            tb_live_set_control(h->live, (TbControl)i, 8 * tb_rng_uniform(&rng) - 4);
            float x = tb_live_control(h->live, (TbControl)i);
            if (!(x >= tb_control_info((TbControl)i)->low && x <= tb_control_info((TbControl)i)->high))
                abort();
        }
        h->n_corners += tb_live_set_corners(h->live, all + r % 2, 1 + (int)(r >> 8 & 1)) == TB_OK;
        h->n_sent += send(h->live, r & 16 ? 0x90 : 0x80, 40 + (int)(r >> 10 & 31), 100);
        tb_live_uses(h->live, played.kick);
        tb_live_learn(h->live, (int)(r >> 20 & 15) - 1);
        if (r >> 28 == 0)
            tb_live_panic(h->live);
        usleep(300);
    }
    return NULL;
}

static void test_many_threads(void **state) {
    (void)state;
    TbLive *l = live_new();
    atomic_bool stop = false;
    Caller caller[3];
    pthread_t thread[3];
    for (int i = 0; i < 3; i++) {
        caller[i] = (Caller){.live = l, .seed = (uint64_t)i, .stop = &stop};
        assert_int_equal(pthread_create(&thread[i], NULL, play, &caller[i]), 0);
    }
    render(l, 3000);
    for (int i = 0; i < 3000 && (caller[0].n_corners <= 10 || caller[0].n_sent <= 100);
         i++) /* the machine may be busy */
        render(l, 100);
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    tb_live_panic(l);
    const TbInstrument *const last[TB_PARTS] = {played.piano};
    render(l, 100);
    assert_int_equal(tb_live_set_corners(l, last, 1), TB_OK);
    for (int i = 0; i < TB_CONTROLS; i++)
        tb_live_set_control(l, (TbControl)i, 0.25f);
    render(l, 200);
    printf("%d changes of sounds, %d notes\n", caller[0].n_corners + caller[1].n_corners + caller[2].n_corners,
           caller[0].n_sent + caller[1].n_sent + caller[2].n_sent);
    assert_true(caller[0].n_corners > 10 && caller[0].n_sent > 100);
    assert_int_equal(voices(l), 0);
    assert_true(tb_live_uses(l, played.piano) && !tb_live_uses(l, played.clarinet) && !tb_live_uses(l, played.kick));
    for (int i = 0; i < TB_CONTROLS; i++)
        assert_true(tb_live_control(l, (TbControl)i) == 0.25f && l->thread.applied[i] == 0.25f);
    live_player_free(l);
}

/* ---- instruments ---- */

static void test_sounds_are_returned(void **state) {
    (void)state;
    TbLive *l = live_new();
    const TbInstrument *const kick[TB_PARTS] = {played.kick};
    render(l, 100);
    assert_true(tb_live_uses(l, played.clarinet) && tb_live_uses(l, played.piano) && !tb_live_uses(l, played.kick));
    tb_live_set_control(l, TB_CONTROL_X, 0);
    send(l, 0x90, 60, 100);
    wait_for_voice(l);
    assert_int_equal(tb_live_set_corners(l, kick, 1), TB_OK);
    assert_true(tb_live_uses(l, played.kick)); /* already while the change is pending */
    render(l, 500);
    assert_true(tb_live_uses(l, played.clarinet) && tb_live_uses(l, played.piano)); /* the note uses both */
    assert_int_equal(voices(l), 1);
    send(l, 0x80, 60, 0);
    for (int i = 0; i < 100 && voices(l) > 0; i++) {
        assert_true(tb_live_uses(l, played.clarinet));
        render(l, 50);
    }
    render(l, TRACKED);
    assert_true(!tb_live_uses(l, played.clarinet) && !tb_live_uses(l, played.piano) && tb_live_uses(l, played.kick));
    int n = 0; /* no blocks are rendered: the queue fills up, and nothing is lost */
    for (; n < 100 && tb_live_set_corners(l, kick, 1) == TB_OK; n++) {
    }
    assert_int_equal(n, CHANGES);
    assert_int_equal(tb_live_set_corners(l, kick, 1), TB_ERR_BUSY);
    render(l, TRACKED + 1);
    assert_true(tb_live_uses(l, played.kick));
    live_player_free(l);
}

static void test_engines_are_returned(void **state) {
    (void)state;
    TbLive *l = live_new();
    TbEngine *first = l->thread.play.engine, *second = engine_new(), *third = engine_new();
    tb_engine_set_corners(second, (const TbInstrument *[TB_PARTS]){played.kick}, 1);
    send(l, 0x90, 60, 100);
    wait_for_voice(l);
    assert_int_equal(tb_live_set_engine(l, second), TB_OK);
    assert_int_equal(tb_live_set_engine(l, third), TB_ERR_BUSY);
    assert_null(tb_live_retired(l));
    render(l, 100);
    assert_ptr_equal(l->thread.play.engine, second);
    assert_true(tb_live_uses(l, played.clarinet) && tb_live_uses(l, played.kick));
    assert_int_equal(voices(l), 1);
    assert_true(l->thread.held[0] == UINT64_C(1) << 60);
    send(l, 0x80, 60, 0);
    TbEngine *old = NULL;
    for (int i = 0; i < 200 && !old; i++) {
        render(l, 100);
        old = tb_live_retired(l);
    }
    assert_ptr_equal(old, first);
    render(l, TRACKED);
    assert_true(!tb_live_uses(l, played.clarinet) && !tb_live_uses(l, played.piano));
    tb_engine_free(old);
    assert_int_equal(tb_live_set_engine(l, third), TB_OK);
    for (int i = 0; i < 3 && (old = tb_live_retired(l)) == NULL; i++)
        render(l, 1);
    assert_ptr_equal(old, second);
    tb_engine_free(old);
    live_player_free(l);
}

/* ---- floods ---- */

static void test_floods(void **state) {
    (void)state;
    TbLive *l = live_new();
    render(l, 1);
    for (int i = 0; i < 2000; i++) /* exceeds the queue, so note-offs are lost */
        tbi_audio_thread_send(&l->thread, 5, (const uint8_t[]){0x90, (uint8_t)(i % 128), 100}, 3);
    assert_true(atomic_load(&l->thread.dropped_events) > 0);
    send(l, 0x90, 60, 100); /* another source gets through */
    send(l, 0x80, 60, 0);
    size_t left = tbi_ring_count(&l->thread.source[5]), blocks = 0;
    render(l, 1);
    assert_int_equal(tbi_ring_count(&l->thread.source[0]), 0);
    assert_true(left - tbi_ring_count(&l->thread.source[5]) <= 4); /* note-ons per block of 64 */
    for (; tbi_ring_count(&l->thread.source[5]) > 0; blocks++)
        render(l, 1);
    assert_in_range(blocks, 250, 600);
    for (int i = 0; i < 200 && voices(l) > 0; i++) /* all keys are released: no note hangs */
        render(l, 100);
    assert_int_equal(voices(l), 0);
    for (int i = 0; i < 600; i++) /* a panic precedes pending messages */
        tbi_audio_thread_send(&l->thread, 5, (const uint8_t[]){0x90, (uint8_t)(i % 128), 100}, 3);
    render(l, 10);
    assert_true(voices(l) > 0);
    tb_live_panic(l);
    render(l, 10);
    assert_int_equal(voices(l), 0);
    assert_int_equal(tbi_ring_count(&l->thread.source[5]), 0);
    const uint8_t reset = 0xff; /* from a MIDI input */
    send(l, 0x90, 60, 100);
    wait_for_voice(l);
    tbi_audio_thread_send(&l->thread, 5, &reset, 1);
    render(l, 10);
    assert_int_equal(voices(l), 0);
    live_player_free(l);
}

/* The engine's queue is full when a key is let go: its keys are released once there is room. */
static void test_full_engine_queue(void **state) {
    (void)state;
    TbLive *l = live_new();
    TbLiveState s;
    send(l, 0x90, 60, 100);
    wait_for_voice(l);
    render(l, 1);
    tb_live_state(l, &s);
    assert_true(s.held[60] && s.dropped_events == 0);
    size_t filled = 0;
    while (tb_engine_event(l->thread.play.engine, 20 * BLOCK, (const uint8_t[]){0xb0, 20, 0}, 3))
        filled++;
    printf("%zu messages fill the queue\n", filled);
    assert_true(filled > 0);
    send(l, 0x80, 60, 0);
    render(l, 5);
    tb_live_state(l, &s);
    assert_true(s.held[60] && s.dropped_events > 0);
    render(l, 30);
    tb_live_state(l, &s);
    assert_false(s.held[60]);
    uint64_t dropped = s.dropped_events;
    send(l, 0x90, 62, 100); /* and it goes on as before */
    render(l, 5);
    tb_live_state(l, &s);
    assert_true(s.held[62] && s.dropped_events == dropped);
    live_player_free(l);
}

/* ---- recording, output ---- */

static void test_recordings(void **state) {
    (void)state;
    char folder[] = "/tmp/timbrel-commands-XXXXXX", path[2][60];
    assert_non_null(mkdtemp(folder));
    TbLive *l = live_new();
    send(l, 0x90, 60, 100);
    wait_for_voice(l);
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof path[i], "%s/%d.wav", folder, i);
        assert_int_equal(tb_live_record(l, path[i], TB_BITS_24), TB_OK);
        assert_int_equal(tb_live_record(l, path[i], TB_BITS_24), TB_ERR_BUSY);
        render(l, 100 + 50 * (size_t)i);
        assert_int_equal(tb_live_record_stop(l), TB_OK);
        render(l, 10);
        TbAudio audio;
        assert_int_equal(tb_audio_read(path[i], &audio, NULL), TB_OK);
        assert_int_equal(audio.n_samples, BLOCK * (100 + 50 * i));
        assert_true(fabsf(audio.samples[0]) + fabsf(audio.samples[100]) > 1e-6f);
        tb_audio_free(&audio);
        unlink(path[i]);
    }
    assert_int_equal(tb_live_record(l, path[0], TB_BITS_24), TB_OK);
    assert_int_equal(tb_live_record_stop(l), TB_ERR_EMPTY);
    assert_int_equal(tb_live_record_stop(l), TB_OK); /* not recording */
    assert_int_equal(rmdir(folder), 0);
    live_player_free(l);
}

static void test_arguments(void **state) {
    (void)state;
    TbLive *l = live_new();
    const TbInstrument *const none[TB_PARTS] = {NULL};
    assert_int_equal(tb_live_set_corners(l, none, TB_PARTS + 1), TB_ERR_ARGUMENT);
    assert_int_equal(tb_live_set_corners(l, none, -1), TB_ERR_ARGUMENT);
    assert_false(tb_live_set_control(l, TB_CONTROLS, 0.5f));
    assert_false(tb_live_set_control(l, (TbControl)-1, 0.5f));
    live_player_free(l);
}

static void test_output(void **state) {
    (void)state;
    enum { LENGTH = 3 * OUTPUT_RING };
    static float out[2 * LENGTH], latest[TB_LIVE_OUTPUT];
    TbLive *l = live_new();
    tb_live_output(l, latest, TB_LIVE_OUTPUT);
    assert_true(latest[0] == 0 && latest[TB_LIVE_OUTPUT - 1] == 0);
    send(l, 0x90, 60, 127);
    for (size_t at = 0; at < LENGTH; at += 128) {
        tbi_audio_thread_block(&l->thread, out + 2 * at, 128, false);
        size_t n = at % TB_LIVE_OUTPUT + 1;
        tb_live_output(l, latest, n);
        for (size_t i = 0; i < n && i < at; i++) {
            const float *frame = out + 2 * (at + 128 - n + i);
            assert_true(n > at + 128 || latest[i] == (frame[0] + frame[1]) / 2);
        }
    }
    assert_true(fabsf(latest[0]) > 1e-5f);
    assert_true(atomic_load(&l->thread.peak[0]) > 1e-3f && atomic_load(&l->thread.peak[0]) < 1);
    live_player_free(l);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_many_threads, test_sounds_are_returned, test_engines_are_returned,
                     test_floods, test_full_engine_queue, test_recordings, test_output, test_arguments);
}
