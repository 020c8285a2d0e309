// SPDX-License-Identifier: GPL-3.0-or-later
/* All that the audio thread does: take events, let the engine render, hand the sound on. */
#include "live/audio_thread.h"
#include "live/preempted.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define LOAD_FOLLOWS 0.03f /* share of the way per block */
#define WORST_SECONDS 3.0  /* that the worst load is remembered for */
enum { CC_PAD_X = 16, CC_PAD_Y = 17, CC_SUSTAIN = 64, CC_SOSTENUTO = 66, CC_SILENCE = 120 };

/* This clock is read without a system call, unlike those of processes and threads. */
double live_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool put(AudioThread *a, int source, LiveEvent event, const uint8_t *message, size_t n_bytes) {
    if (n_bytes < 2 || message[0] < 0x80 || message[0] >= 0xf0) {
        return true; /* nothing for an engine */
    }
    event.n_bytes = (uint8_t)(n_bytes < 3 ? n_bytes : 3);
    memcpy(event.message, message, event.n_bytes);
    bool sent = ring_put(&a->source[source], &event, 1) == 1;
    if (!sent) {
        atomic_fetch_add_explicit(&a->lost_events, 1, memory_order_relaxed);
    }
    return sent;
}

bool audio_thread_send(AudioThread *a, int source, const uint8_t *message, size_t n_bytes) {
    return put(a, source, (LiveEvent){.time = live_now(), .at = -1}, message, n_bytes);
}

bool audio_thread_send_at(AudioThread *a, int source, uint32_t at, const uint8_t *message, size_t n_bytes) {
    return put(a, source, (LiveEvent){.at = (int)at}, message, n_bytes);
}

static void set_pad(AudioThread *a) {
    TbMix mix = {.part = {NULL}};
    memcpy(mix.part, a->play.corner, sizeof mix.part);
    tb_pad_weights(a->play.n_corners, a->x, a->y, mix.weight);
    for (int c = 0; c < TB_CHANNELS; c++) {
        tb_engine_mix(a->play.engine, c, &mix);
    }
    atomic_store_explicit(&a->pad_x, a->x, memory_order_relaxed);
    atomic_store_explicit(&a->pad_y, a->y, memory_order_relaxed);
}

void audio_thread_begin(AudioThread *a) {
    static const uint8_t ends[3][2] = {{CC_SUSTAIN, 0}, {CC_SOSTENUTO, 0}, {CC_SILENCE, 0}};
    LiveEvent event;
    for (int i = 0; i < SOURCES; i++) {
        while (ring_get(&a->source[i], &event, 1) == 1) {
        }
    }
    for (int c = 0; c < TB_CHANNELS; c++) {
        for (int i = 0; i < 3; i++) {
            const uint8_t message[3] = {(uint8_t)(0xb0 | c), ends[i][0], ends[i][1]};
            tb_engine_event(a->play.engine, 0, message, 3);
        }
    }
    clock_start(&a->clock, a->rate);
    set_pad(a);
}

/* What has come since the last block, to where it belongs in this one. There is one pad, whichever channel moves it. */
static void take_events(AudioThread *a, double begin, size_t n) {
    LiveEvent event;
    for (int i = 0; i < SOURCES; i++) {
        while (ring_get(&a->source[i], &event, 1) == 1) {
            const uint8_t *m = event.message;
            if (m[0] >> 4 == 0xb && (m[1] == CC_PAD_X || m[1] == CC_PAD_Y)) {
                *(m[1] == CC_PAD_X ? &a->x : &a->y) = (float)(m[2] & 127) / 127;
                set_pad(a);
                continue;
            }
            size_t at = event.at >= 0 ? (size_t)event.at : clock_offset(&a->clock, begin, n, event.time);
            if (!tb_engine_event(a->play.engine, at, m, event.n_bytes)) {
                atomic_fetch_add_explicit(&a->lost_events, 1, memory_order_relaxed);
            }
        }
    }
}

/* n <= CHUNK */
static void make(AudioThread *a, float *out, size_t n) {
    const float *right = a->n_channels == 2 ? a->right : a->left;
    tb_engine_render(a->play.engine, a->left, a->n_channels == 2 ? a->right : NULL, n);
    for (size_t i = 0; i < n; i++) {
        a->both[2 * i] = a->left[i];
        a->both[2 * i + 1] = right[i];
    }
    memcpy(out, a->n_channels == 2 ? a->both : a->left, n * (size_t)a->n_channels * sizeof *out);
    if (a->record) {
        size_t kept = ring_put(a->record, a->both, n);
        if (kept < n) {
            atomic_fetch_add_explicit(&a->lost_frames, n - kept, memory_order_relaxed);
        }
    }
}

static void report(AudioThread *a, double load, bool overrun, bool xrun, size_t n) {
    a->smooth_load += LOAD_FOLLOWS * ((float)load - a->smooth_load);
    atomic_store_explicit(&a->load, a->smooth_load, memory_order_relaxed);
    a->worst *= 1 - (float)fmin((double)n / a->rate / WORST_SECONDS, 1);
    a->worst = fmaxf(a->worst, (float)load);
    atomic_store_explicit(&a->worst_load, a->worst, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->overruns, overrun, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->xruns, xrun, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->frames, n, memory_order_relaxed);
    atomic_store_explicit(&a->voices, tb_engine_sounding(a->play.engine), memory_order_relaxed);
}

/* A block that was too much work is told from one that had to wait for the processor. */
void audio_thread_block(AudioThread *a, float *out, size_t n, bool xrun) {
    if (atomic_load_explicit(&a->mute, memory_order_acquire)) {
        memset(out, 0, n * (size_t)a->n_channels * sizeof *out);
        return;
    }
    double now = live_now(), lasts = (double)n / a->rate;
    preempted_begin();
    take_events(a, clock_block(&a->clock, now, n), n);
    for (size_t done = 0; done < n; done += CHUNK) {
        make(a, out + done * (size_t)a->n_channels, n - done < CHUNK ? n - done : CHUNK);
    }
    double load = (live_now() - now) / lasts;
    bool waited = preempted_end();
    atomic_fetch_add_explicit(&a->waits, load > 1 && waited, memory_order_relaxed);
    report(a, load, load > 1 && !waited, xrun, n);
}
