/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scheduling of the voices' work: bounded work per block, no voice running out of frames, notes starting in time. */
#include "engine/engine.h"
#include "instrument/played_notes.h"
#include "synth/render.h"
#include "tests/played.h"
#include "tests/run_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, VOICES = 48 };

static Played played;
static TbInstrument *drawn;

static TbEngine *engine_of(int voices, bool live) {
    TbEngine *e = NULL;
    assert_int_equal(
        tb_engine_new(
            played.model,
            &(TbEngineOptions){
                .size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = voices, .stereo = true, .live = live},
            &e),
        TB_OK);
    tb_engine_set_mix(e, 0, &(TbMix){.part = {drawn, played.clarinet}, .weight = {0.5f, 0.5f}});
    return e;
}

static void send(TbEngine *e, size_t offset, int status, int a, int b) {
    const uint8_t message[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};
    assert_true(tb_engine_event(e, offset, message, 3));
}

static int count_waiting(const TbEngine *e) {
    int n = 0;
    for (int i = 0; i < e->n_slots; i++)
        n += e->voice[i].state != VOICE_FREE && e->voice[i].pending;
    return n;
}

/* Plays chords while knobs move, and checks the engine's state after every block. */
static void play(TbEngine *e, int blocks, int *max_started, int *most_runs) {
    float left[GRID], right[GRID];
    TbRng rng;
    tb_rng_seed(&rng, 7);
    *max_started = *most_runs = 0;
    for (int b = 0; b < blocks; b++) {
        for (int k = 0; b % 40 == 0 && k < 12; k++) {
            send(e, tb_rng_next(&rng) % GRID, 0x90, 30 + (int)(tb_rng_next(&rng) % 70),
                 1 + (int)(tb_rng_next(&rng) % 127));
        }
        send(e, 0, 0xb0, 74, b / 2 % 128);
        int step = e->inference.step;
        tb_engine_render(e, left, right, GRID);
        int runs = e->inferred + (e->inference.step != step);
        *most_runs = runs > *most_runs ? runs : *most_runs;
        *max_started = e->n_begun > *max_started ? e->n_begun : *max_started;
        for (int i = 0; i < e->n_slots; i++) { /* a synth without a frame would end its note */
            const Voice *v = &e->voice[i];
            assert_false(v->state != VOICE_FREE && !v->pending && v->synth->ended && v->end == SIZE_MAX);
        }
    }
}

static void test_work_is_bounded(void **state) {
    (void)state;
    int begun, runs;
    TbEngine *e = engine_of(VOICES, true);
    play(e, 4000, &begun, &runs);
    printf("live: at most %d notes begin in %d samples, at most %d run or step of the network\n", begun, GRID, runs);
    assert_int_equal(begun, STARTS);
    assert_int_equal(runs, 1);
    tb_engine_free(e);
    e = engine_of(VOICES, false);
    play(e, 400, &begun, &runs);
    assert_true(begun > STARTS);
    tb_engine_free(e);
}

static void test_all_begin_at_once_or_soon(void **state) {
    (void)state;
    float left[GRID], right[GRID];
    for (int live = 0; live < 2; live++) {
        TbEngine *e = engine_of(VOICES, live);
        int blocks = 1;
        for (int k = 0; k < 16; k++)
            send(e, 10, 0x90, 40 + 2 * k, 100);
        tb_engine_render(e, left, right, GRID);
        for (; count_waiting(e) > 0; blocks++)
            tb_engine_render(e, left, right, GRID);
        printf("sixteen notes at once have begun after %d blocks of %d\n", blocks, GRID);
        assert_in_range(blocks, live ? 2 : 1, live ? 5 : 1);
        tb_engine_free(e);
    }
}

/* Reused tables are replaced by inferred ones, and knob changes reach every note. */
static void test_stale_tables_are_refreshed(void **state) {
    (void)state;
    static float left[RATE], right[RATE];
    TbEngine *e = engine_of(VOICES, true);
    int reused = 0, told = 0;
    for (int k = 0; k < 40; k++)
        send(e, (size_t)k * 200, 0x90, 40 + k, 100);
    send(e, 9000, 0xb0, 74, 127);
    for (int i = 0; i < 8000 / GRID; i++) {
        tb_engine_render(e, left, right, GRID);
        for (int k = 0; k < e->n_slots; k++)
            reused += e->voice[k].state == VOICE_SOUNDING && e->voice[k].note.reused;
    }
    tb_engine_render(e, left, right, RATE);
    for (int i = 0; i < e->n_slots; i++) {
        const Voice *v = &e->voice[i];
        if (v->state == VOICE_SOUNDING && v->end == SIZE_MAX) {
            assert_false(v->note.reused || tbi_note_needs_inference(e->model, &v->note));
            told++;
        }
    }
    printf("%d times a note had a reused table; %d notes were updated in the end\n", reused, told);
    assert_true(reused > 0 && told > 10);
    tb_engine_free(e);
}

static int make(void **state) {
    (void)state;
    return played_new(&played) != TB_OK || tb_instrument_random(played.model, 7, &drawn) != TB_OK;
}
static int drop(void **state) {
    (void)state;
    tb_instrument_free(drawn);
    played_free(&played);
    return 0;
}

int main(void) {
    return RUN_TESTS(make, drop, test_work_is_bounded, test_all_begin_at_once_or_soon, test_stale_tables_are_refreshed);
}
