/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device callback: take events, render, pass the output on. */
#include "live/audio_thread.h"
#include "base/clock.h"
#include "live/preemption.h"

#include <math.h>
#include <string.h>

#define LOAD_SMOOTHING 0.03f /* one-pole coefficient per block */
#define WORST_SECONDS 3.0    /* time constant of the worst load's decay */
#define METER_DECAY_DB 20.0  /* per second */
enum { CC_MODULATION = 1, SYSEX = 0xf0, RESET = 0xff };

static bool enqueue(AudioThread *a, int source, LiveEvent event, const uint8_t *message, size_t n_bytes) {
    if (n_bytes < 1 || message[0] < 0x80 || (message[0] > SYSEX && message[0] != RESET))
        return true; /* ignored */
    event.n_bytes = (uint8_t)(n_bytes < sizeof event.message ? n_bytes : sizeof event.message);
    memcpy(event.message, message, event.n_bytes);
    bool sent = tbi_ring_put(&a->source[source], &event, 1) == 1;
    if (!sent) {
        atomic_store_explicit(&a->lost[source], true, memory_order_release);
        atomic_fetch_add_explicit(&a->dropped_events, 1, memory_order_relaxed);
    }
    return sent;
}

bool tbi_audio_thread_send(AudioThread *a, int source, const uint8_t *message, size_t n_bytes) {
    return enqueue(a, source, (LiveEvent){.time = tbi_now(), .sample = -1}, message, n_bytes);
}

bool tbi_audio_thread_send_at(AudioThread *a, int source, uint32_t at, const uint8_t *message, size_t n_bytes) {
    return enqueue(a, source, (LiveEvent){.sample = (int64_t)a->sample + at}, message, n_bytes);
}

void tbi_audio_thread_begin(AudioThread *a) {
    for (int i = 0; i < SOURCES; i++) {
        tbi_ring_drop(&a->source[i], tbi_ring_count(&a->source[i]));
        atomic_store(&a->lost[i], false);
        a->latest[i] = 0;
    }
    for (int i = 0; i < TB_CONTROLS; i++)
        a->applied[i] = NAN; /* the engine takes all controls anew */
    memset(a->last_value, -1, sizeof a->last_value);
    memset(a->engaged, 0, sizeof a->engaged);
    a->last_value[CC_MODULATION] = 0; /* the position of a released wheel */
    a->sample = 0;
    atomic_store(&a->runs, false);
    tb_engine_panic(a->play.engine);
    tbi_dll_start(&a->clock, a->rate);
}

void tbi_audio_thread_rest(AudioThread *a) {
    atomic_store(&a->voices, 0);
    a->smooth_load = a->worst = 0;
    atomic_store(&a->load, 0);
    atomic_store(&a->worst_load, 0);
    for (int i = 0; i < 2; i++) {
        atomic_store(&a->held[i], 0);
        atomic_store(&a->peak[i], 0);
        a->meter[i] = 0;
    }
}

/* Updates the meters and the ring of output samples. */
static void update_meters(AudioThread *a, const float *right, size_t n) {
    const float *side[2] = {a->left, right};
    size_t at = atomic_load_explicit(&a->output_at, memory_order_relaxed);
    float decay = (float)pow(10, -METER_DECAY_DB / 20 * (double)n / a->rate);
    for (int s = 0; s < 2; s++) {
        a->meter[s] *= decay;
        for (size_t i = 0; i < n; i++)
            a->meter[s] = fmaxf(a->meter[s], fabsf(side[s][i]));
        atomic_store_explicit(&a->peak[s], a->meter[s], memory_order_relaxed);
    }
    for (size_t i = 0; i < n; i++)
        atomic_store_explicit(&a->output[(at + i) % OUTPUT_RING], (a->left[i] + right[i]) / 2, memory_order_relaxed);
    atomic_store_explicit(&a->output_at, at + n, memory_order_release);
}

/* n <= CHUNK */
static void render_chunk(AudioThread *a, float *out, size_t n) {
    const float *right = a->n_channels == 2 ? a->right : a->left;
    Ring *record = atomic_load(&a->record);
    tb_engine_render(a->play.engine, a->left, a->n_channels == 2 ? a->right : NULL, n);
    for (size_t i = 0; i < n; i++) {
        a->interleaved[2 * i] = a->left[i];
        a->interleaved[2 * i + 1] = right[i];
    }
    memcpy(out, a->n_channels == 2 ? a->interleaved : a->left, n * (size_t)a->n_channels * sizeof *out);
    if (record) {
        size_t written = tbi_ring_put(record, a->interleaved, n);
        if (written < n)
            atomic_fetch_add_explicit(&a->lost_frames, n - written, memory_order_relaxed);
    }
    update_meters(a, right, n);
}

static void report(AudioThread *a, double load, bool overrun, bool xrun, size_t n) {
    a->smooth_load += LOAD_SMOOTHING * ((float)load - a->smooth_load);
    atomic_store_explicit(&a->load, a->smooth_load, memory_order_relaxed);
    a->worst *= 1 - (float)fmin((double)n / a->rate / WORST_SECONDS, 1);
    a->worst = fmaxf(a->worst, (float)load);
    atomic_store_explicit(&a->worst_load, a->worst, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->overruns, overrun, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->xruns, xrun, memory_order_relaxed);
    atomic_store_explicit(&a->self, pthread_self(), memory_order_relaxed);
    atomic_store_explicit(&a->runs, true, memory_order_release);
    atomic_fetch_add_explicit(&a->frames, n, memory_order_release);
    atomic_store_explicit(&a->voices, tb_engine_active_voices(a->play.engine), memory_order_relaxed);
    uint64_t held[2];
    tb_engine_held_keys(a->play.engine, held);
    atomic_store_explicit(&a->held[0], held[0], memory_order_relaxed);
    atomic_store_explicit(&a->held[1], held[1], memory_order_relaxed);
}

/* If a block takes too long, separates too much work from having been preempted. */
static void block(AudioThread *a, float *out, size_t n, bool xrun) {
    double now = tbi_now(), lasts = (double)n / a->rate;
    tbi_preemption_begin();
    tbi_events_take(a, tbi_dll_block(&a->clock, now, n), n);
    if (a->play.feed)
        a->play.feed(a->play.context, a->play.engine, n);
    for (size_t done = 0; done < n; done += CHUNK)
        render_chunk(a, out + done * (size_t)a->n_channels, n - done < CHUNK ? n - done : CHUNK);
    a->sample += n;
    double load = (tbi_now() - now) / lasts;
    bool waited = tbi_preemption_end();
    atomic_fetch_add_explicit(&a->preempted_blocks, load > 1 && waited, memory_order_relaxed);
    report(a, load, load > 1 && !waited, xrun, n);
}

void tbi_audio_thread_block(AudioThread *a, float *out, size_t n, bool xrun) {
    atomic_fetch_add(&a->sequence, 1);
    if (atomic_load_explicit(&a->mute, memory_order_acquire))
        memset(out, 0, n * (size_t)a->n_channels * sizeof *out);
    else
        block(a, out, n, xrun);
    atomic_fetch_add(&a->sequence, 1);
}
