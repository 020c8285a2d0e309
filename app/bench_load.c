/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/bench_load.h"
#include "app/progress.h"
#include "base/clock.h"
#include "base/compare.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHORD_SECONDS 0.06 /* between chords */
#define TURN_SECONDS 0.002 /* between controller messages */
/* Warm-up before measuring: caches, tables, processor clock; then until all voices sound. */
#define WARM_SECONDS 0.25
/* Several channels, because striking a key again on the same channel ends its first note. */
enum { CHANNELS = 8, CHORD = 6, BIG_CHORD = 15, BIG_EVERY = 8, LOW = 36, KEYS = 61 };

/* ---- the load ---- */

typedef struct {
    const Load *load;
    TbEngine *engine;
    TbRng rng;
    double at, next_chord, next_turn; /* samples */
    int chords, turns;
} Piece;

static void send(Piece *p, double at, int status, int a, int b) {
    const uint8_t message[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};
    tb_engine_event(p->engine, (size_t)(at - p->at), message, 3);
}

static void strike(Piece *p) {
    int n = p->chords++ % BIG_EVERY == BIG_EVERY - 1 ? BIG_CHORD : CHORD;
    for (int i = 0; i < n; i++) {
        int key = LOW + (int)(tb_rng_next(&p->rng) % KEYS), off = LOW + (int)(tb_rng_next(&p->rng) % KEYS);
        int channel = (int)(tb_rng_next(&p->rng) % CHANNELS);
        send(p, p->next_chord, 0x90 | channel, key, 40 + (int)(tb_rng_next(&p->rng) % 88));
        if (i % 3 == 0)
            send(p, p->next_chord, 0x80 | channel, off, 0);
    }
}

/* Sweeps each controller up and down at its own rate. */
static void turn(Piece *p) {
    static const uint8_t number[] = {74, 70, 73, 75, 71, 79, 1, 0};
    int which = p->turns % 8, step = p->turns++ / 8 * (3 + which) % 256, value = step < 128 ? step : 255 - step;
    for (int c = 0; c < CHANNELS; c++)
        if (number[which])
            send(p, p->next_turn, 0xb0 | c, number[which], value);
        else
            send(p, p->next_turn, 0xe0 | c, 0, value);
}

static void set_pad(Piece *p, double seconds) {
    const Load *l = p->load;
    TbMix mix = {.part = {NULL}};
    memcpy(mix.part, l->corner, sizeof mix.part);
    double x = l->still ? 0.5 : 0.5 + 0.5 * sin(5 * seconds), y = l->still ? 0.5 : 0.5 + 0.5 * sin(7 * seconds);
    tb_pad_weights(l->n_corners, (float)x, (float)y, mix.weight);
    for (int c = 0; c < CHANNELS; c++)
        tb_engine_set_mix(p->engine, c, &mix);
}

/* Sends every event of the next n samples. Event times do not depend on the block size. */
static void perform(Piece *p, int n) {
    const Load *l = p->load;
    double end = p->at + n;
    set_pad(p, p->at / l->rate);
    while (p->next_chord < end || (p->next_turn < end && !l->still)) {
        if (p->next_chord <= p->next_turn || l->still) {
            strike(p);
            p->next_chord = floor(p->next_chord + (CHORD_SECONDS + 0.01 * (double)tb_rng_uniform(&p->rng)) * l->rate);
        } else {
            turn(p);
            p->next_turn = floor(p->next_turn + TURN_SECONDS * l->rate);
        }
    }
    p->at = end;
}

/* ---- timing ---- */

typedef struct {
    double *own;       /* [blocks] minimum processor time, seconds */
    double seen, wall; /* maximum over all blocks */
    double voices;     /* sum */
} Clocked;

static TbStatus engine_of(const Load *l, bool reverb, bool limit, TbEngine **engine) {
    return tb_engine_new(l->model,
                         &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                            .sample_rate = l->rate,
                                            .voices = l->voices,
                                            .stereo = true,
                                            .reverb = reverb,
                                            .limit = limit,
                                            .live = true,
                                            .seed = 1},
                         engine);
}

static TbStatus play_once(const Load *l, size_t warm, size_t blocks, float *left, float *right, Clocked *c) {
    Piece p = {.load = l};
    TbStatus status = engine_of(l, l->reverb, l->limit, &p.engine);
    tb_rng_seed(&p.rng, 1);
    for (size_t i = 0; status == TB_OK && i < warm + blocks; i++) {
        perform(&p, l->block);
        double wall = tbi_now(), cpu = tbi_thread_time();
        tb_engine_render(p.engine, left, right, (size_t)l->block);
        cpu = tbi_thread_time() - cpu;
        wall = tbi_now() - wall;
        if (i >= warm) {
            double *own = &c->own[i - warm];
            *own = *own > 0 && *own < cpu ? *own : cpu;
            c->seen = fmax(c->seen, cpu);
            c->wall = fmax(c->wall, wall);
            c->voices += tb_engine_active_voices(p.engine);
        }
        if (i % 1024 == 0 && progress_interrupted())
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    tb_engine_free(p.engine);
    return status;
}

/* The q-quantile. */
static double quantile(const double *sorted, size_t n, double q) {
    size_t i = (size_t)ceil(q * (double)n);
    return sorted[i > 0 ? i - 1 : 0];
}

TbStatus load_play(const Load *l, LoadTimes *t) {
    size_t blocks = (size_t)fmax(l->seconds * l->rate / l->block, 1),
           warm = (size_t)((WARM_SECONDS + 1.5 * l->voices / CHORD * CHORD_SECONDS) * l->rate / l->block);
    float *left = malloc((size_t)l->block * sizeof *left), *right = malloc((size_t)l->block * sizeof *right);
    Clocked c = {.own = calloc(blocks, sizeof *c.own)};
    TbStatus status = left && right && c.own ? TB_OK : tbi_no_memory("to measure");
    for (int i = 0; status == TB_OK && i < l->plays; i++)
        status = play_once(l, warm, blocks, left, right, &c);
    if (status == TB_OK) {
        double per = l->rate / l->block, sum = 0;
        for (size_t i = 0; i < blocks; i++)
            sum += c.own[i];
        qsort(c.own, blocks, sizeof *c.own, tbi_compare_doubles);
        *t = (LoadTimes){.mean = per * sum / (double)blocks,
                         .p50 = per * quantile(c.own, blocks, 0.5),
                         .p99 = per * quantile(c.own, blocks, 0.99),
                         .p999 = per * quantile(c.own, blocks, 0.999),
                         .worst = per * c.own[blocks - 1],
                         .seen = per * c.seen,
                         .wall = per * c.wall,
                         .voices = c.voices / (double)blocks / l->plays,
                         .blocks = blocks};
    }
    free(left);
    free(right);
    free(c.own);
    return status;
}

/* ---- latency ---- */

TbStatus load_latency(const Load *l, int notes, LoadLatency *latency) {
    size_t n = (size_t)(l->rate / 2);
    float *x = calloc(2 * n, sizeof *x);
    double *heard = calloc((size_t)notes, sizeof *heard);
    Load one = *l;
    one.voices = 4;
    *latency = (LoadLatency){.notes = notes, .least = INFINITY};
    TbEngine *e = NULL;
    TbStatus status = x && heard ? engine_of(&one, false, l->limit, &e) : tbi_no_memory("to measure");
    Piece p = {.load = &one, .engine = e};
    tb_rng_seed(&p.rng, 2);
    if (status == TB_OK) {
        set_pad(&p, 0);
        tb_engine_set_control(e, TB_CONTROL_WIDTH, 0); /* so silence is exactly 0 */
        tb_engine_render(e, x, x + n, n);
    }
    for (int i = 0; status == TB_OK && i < notes; i++) {
        size_t offset = tb_rng_next(&p.rng) % 4096, first = 0, over = 0;
        float peak = 0;
        send(&p, 0, 0xb0, 120, 0); /* ends the previous note and lets its tail pass */
        tb_engine_render(e, x, x + n, 4096);
        send(&p, (double)offset, 0x90, 60, 127);
        tb_engine_render(e, x, x + n, offset);
        tb_engine_render(e, x, x + n, n);
        for (size_t k = 0; k < n; k++)
            peak = fmaxf(peak, fabsf(x[k]));
        while (first < n && x[first] == 0)
            first++;
        while (over < n && fabsf(x[over]) < 0.01f * peak)
            over++;
        latency->least = fmin(latency->least, (double)first);
        latency->most = fmax(latency->most, (double)first);
        heard[i] = (double)over;
    }
    if (status == TB_OK) {
        qsort(heard, (size_t)notes, sizeof *heard, tbi_compare_doubles);
        latency->heard = heard[notes / 2];
        latency->stated = (double)tb_engine_latency(e);
    }
    tb_engine_free(e);
    free(x);
    free(heard);
    return status;
}
