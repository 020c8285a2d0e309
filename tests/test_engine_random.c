/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random playing of all messages and controls: the output is finite, below the ceiling, free of DC; after release it
 * ends, and CPU use is back to normal. TIMBREL_RANDOM_SECONDS sets the duration, in seconds of sound. */
#include "base/clock.h"
#include "tests/played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DC_DB (-60.0)    /* relative to the signal, over ... */
#define DC_SECONDS 300.0 /* ... this duration, since random signals have a mean that decreases with time */
#define CEILING 0.8913f
#define USUAL_SECONDS 20.0
enum { RATE = 48000, BLOCK = 64, KEYS = 128, TAIL_SECONDS = 30 };

typedef struct {
    TbEngine *engine;
    TbRng rng;
    const TbInstrument *sound[TB_PARTS];
    int ends[TB_CHANNELS][KEYS]; /* blocks until the key is released; 0: released */
    double sum[2], power[2];
    size_t samples;
} Player;

static uint32_t any(Player *p, uint32_t n) {
    return tb_rng_next(&p->rng) % n;
}

static void send(Player *p, uint32_t status, uint32_t a, uint32_t b) {
    const uint8_t message[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};
    assert_true(tb_engine_event(p->engine, any(p, BLOCK), message, 3));
}

static void press(Player *p) {
    uint32_t channel = any(p, 4), key = 24 + any(p, 80);
    if (p->ends[channel][key] == 0) {
        send(p, 0x90 | channel, key, 1 + any(p, 127));
        p->ends[channel][key] = 1 + (int)any(p, 2000);
    }
}

static void release(Player *p) {
    for (uint32_t c = 0; c < TB_CHANNELS; c++) {
        for (uint32_t key = 0; key < KEYS; key++)
            if (p->ends[c][key] > 0 && --p->ends[c][key] == 0)
                send(p, 0x80 | c, key, 0);
    }
}

/* Excludes controllers 120 and above and MPE zones, which end notes. */
static void move_controller(Player *p) {
    static const uint8_t numbers[] = {1, 7, 10, 11, 64, 66, 70, 71, 73, 74, 75, 79, 91};
    uint32_t channel = any(p, 4);
    switch (any(p, 6)) {
    case 0:
        send(p, 0xb0 | channel, numbers[any(p, sizeof numbers)], any(p, 128));
        break;
    case 1:
        send(p, 0xe0 | channel, any(p, 128), any(p, 128));
        break;
    case 2:
        send(p, 0xd0 | channel, any(p, 128), 0);
        break;
    case 3:
        send(p, 0xa0 | channel, any(p, 128), any(p, 128));
        break;
    case 4:
        if (any(p, 100) == 0) {
            uint32_t n = 1 + any(p, 3);
            tb_engine_set_corners(p->engine, p->sound, (int)n);
        }
        break;
    default: {
        TbControl control = (TbControl)any(p, TB_CONTROLS);
        const TbControlInfo *c = tb_control_info(control);
        tb_engine_set_control(p->engine, control, c->low + (c->high - c->low) * tb_rng_uniform(&p->rng));
    }
    }
}

static double render(Player *p) {
    float out[2][BLOCK];
    double before = tbi_thread_time();
    tb_engine_render(p->engine, out[0], out[1], BLOCK);
    double took = tbi_thread_time() - before;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < BLOCK; i++) {
            assert_true(fabsf(out[s][i]) <= CEILING); /* fails for NaN too */
            p->sum[s] += (double)out[s][i];
            p->power[s] += (double)out[s][i] * (double)out[s][i];
        }
    }
    p->samples += BLOCK;
    return took;
}

static void release_all(Player *p) {
    for (uint32_t c = 0; c < TB_CHANNELS; c++)
        for (uint32_t key = 0; key < KEYS; key++)
            p->ends[c][key] = p->ends[c][key] > 0 ? 1 : 0;
    release(p);
    for (uint32_t c = 0; c < TB_CHANNELS; c++) {
        send(p, 0xb0 | c, 64, 0);
        send(p, 0xb0 | c, 66, 0);
    }
}

static void test_random_playing(void **state) {
    (void)state;
    const char *wanted = getenv("TIMBREL_RANDOM_SECONDS");
    double seconds = wanted ? atof(wanted) : USUAL_SECONDS, sounding = 0, silent = 0, rings = 0;
    size_t blocks = (size_t)(seconds * RATE / BLOCK), n_silent = 0;
    Played played;
    Player *p = calloc(1, sizeof *p);
    assert_non_null(p);
    assert_int_equal(played_new(&played), TB_OK);
    p->sound[0] = played.clarinet;
    p->sound[1] = played.piano;
    p->sound[2] = played.kick;
    const TbEngineOptions options = played_options(RATE, 16);
    assert_int_equal(tb_engine_new(played.model, &options, &p->engine), TB_OK);
    tb_engine_set_corners(p->engine, p->sound, 3);
    tb_rng_seed(&p->rng, 1);
    for (size_t i = 0; i < blocks; i++) {
        if (any(p, 150) == 0) /* five notes per second, 1.5 seconds each */
            press(p);
        if (any(p, 20) == 0)
            move_controller(p);
        release(p);
        sounding += render(p);
    }
    release_all(p);
    for (size_t i = 0; i < (size_t)TAIL_SECONDS * RATE / BLOCK; i++) {
        double took = render(p);
        bool over = tb_engine_active_voices(p->engine) == 0;
        silent += over ? took : 0;
        n_silent += over;
        rings = over ? rings : (double)i * BLOCK / RATE;
    }
    double a = sounding / (double)blocks, b = silent / (double)(n_silent ? n_silent : 1);
    printf("%.0f s played; the last note rings for %.1f s; a block takes %.0f us, in silence %.0f us\n", seconds, rings,
           1e6 * a, 1e6 * b);
    for (int s = 0; s < 2; s++) {
        double mean = p->sum[s] / (double)p->samples, power = p->power[s] / (double)p->samples;
        printf("%s: %.1f dB, DC %.1f dB under it\n", s ? "right" : "left", 10 * log10(power),
               10 * log10(power / (mean * mean + 1e-30)));
        assert_true(10 * log10(mean * mean / power) < DC_DB + fmax(10 * log10(DC_SECONDS / seconds), 0));
        assert_true(power > 1e-6);
    }
    assert_int_equal(tb_engine_active_voices(p->engine), 0);
    assert_true(n_silent > 0 && b < a);
    tb_engine_free(p->engine);
    played_free(&played);
    free(p);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_random_playing);
}
