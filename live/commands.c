/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands from any thread but the audio thread. A mutex serialises the callers; the audio thread is reached through
 * rings and single atomic values, which never block it. */
#include "base/no_memory.h"
#include "live/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 1024, MAX_WAITS = 10000 };

TbStatus tbi_commands_new(TbLive *l) {
    pthread_mutex_init(&l->command_lock, NULL);
    pthread_mutex_init(&l->record_lock, NULL);
    pthread_mutex_init(&l->snapshot_lock, NULL);
    return tbi_audio_thread_init(&l->thread, EVENTS) ? TB_OK : tbi_no_memory("to play");
}

void tbi_commands_free(TbLive *l) {
    tbi_audio_thread_release(&l->thread);
    pthread_mutex_destroy(&l->command_lock);
    pthread_mutex_destroy(&l->record_lock);
    pthread_mutex_destroy(&l->snapshot_lock);
}

static void lock(const TbLive *l) {
    pthread_mutex_lock((pthread_mutex_t *)&l->command_lock);
}

static void unlock(const TbLive *l) {
    pthread_mutex_unlock((pthread_mutex_t *)&l->command_lock);
}

/* ---- notes and controls ---- */

bool tb_live_send(TbLive *l, const uint8_t *message, size_t n_bytes) {
    lock(l);
    bool sent = tbi_audio_thread_send(&l->thread, 0, message, n_bytes);
    unlock(l);
    return sent;
}

void tb_live_panic(TbLive *l) {
    atomic_store(&l->thread.panic, true);
}

bool tb_live_set_control(TbLive *l, TbControl control, float value) {
    if ((int)control < 0 || control >= TB_CONTROLS || isnan(value))
        return false;
    const TbControlInfo *c = tb_control_info(control);
    atomic_store(&l->thread.control[control], fminf(fmaxf(value, c->low), c->high));
    return true;
}

float tb_live_control(const TbLive *l, TbControl control) {
    return atomic_load(&l->thread.control[control]);
}

int tb_live_program(TbLive *l) {
    return atomic_exchange(&l->thread.program, -1);
}

void tb_live_get_map(const TbLive *l, TbMidiMap *map) {
    for (int i = 0; i < CONTROLLERS; i++)
        map->control[i] = atomic_load(&l->thread.map[i]);
}

void tb_live_set_map(TbLive *l, const TbMidiMap *map) {
    for (int i = 0; i < CONTROLLERS; i++) {
        bool known = map->control[i] >= 0 && map->control[i] < TB_CONTROLS;
        atomic_store(&l->thread.map[i], known ? map->control[i] : -1);
    }
}

void tb_live_learn(TbLive *l, int control) {
    atomic_store(&l->thread.learning, control >= 0 && control < TB_CONTROLS ? control : -1);
}

int tb_live_learning(const TbLive *l) {
    return atomic_load(&l->thread.learning);
}

/* ---- instruments ---- */

static bool is_free(const TrackedInstrument *k) {
    return atomic_load(&k->pending) == 0 && !atomic_load(&k->used);
}

/* The slot of an instrument among those tracked; -1: none is free. */
static int tracked_index(AudioThread *a, const TbInstrument *instrument) {
    int index = -1;
    for (int i = 0; i < TRACKED; i++)
        if (is_free(&a->tracked[i]))
            index = index < 0 ? i : index;
        else if (a->tracked[i].instrument == instrument)
            return i;
    if (index >= 0)
        a->tracked[index].instrument = instrument;
    return index;
}

/* Marks all corners of a change as pending; on failure none. */
static bool track_corners(AudioThread *a, EngineChange *c) {
    for (int i = 0; i < c->n; i++) {
        c->tracked[i] = tracked_index(a, c->corner[i]);
        if (c->tracked[i] < 0) {
            while (i-- > 0)
                atomic_fetch_sub(&a->tracked[c->tracked[i]].pending, 1);
            return false;
        }
        atomic_fetch_add(&a->tracked[c->tracked[i]].pending, 1);
    }
    return true;
}

static bool send_change(TbLive *l, EngineChange *c) {
    AudioThread *a = &l->thread;
    bool room = track_corners(a, c);
    if (room && tbi_ring_put(&a->changes, c, 1) == 0) {
        for (int i = 0; i < c->n; i++)
            atomic_fetch_sub(&a->tracked[c->tracked[i]].pending, 1);
        room = false;
    }
    return room;
}

TbStatus tb_live_set_corners(TbLive *l, const TbInstrument *const corner[TB_PARTS], int n) {
    EngineChange c = {.n = n};
    if (n < 0 || n > TB_PARTS)
        return tb_fail(TB_ERR_ARGUMENT, "There can be at most %d corners.", TB_PARTS);
    memcpy(c.corner, corner, (size_t)n * sizeof *corner);
    lock(l);
    bool done = send_change(l, &c);
    unlock(l);
    return done ? TB_OK : tb_fail(TB_ERR_BUSY, "Too many changes of sounds are still under way; try again later.");
}

bool tb_live_uses(TbLive *l, const TbInstrument *instrument) {
    bool used = false;
    lock(l);
    for (int i = 0; i < TRACKED; i++) {
        const TrackedInstrument *k = &l->thread.tracked[i];
        used = used || (!is_free(k) && k->instrument == instrument);
    }
    unlock(l);
    return used;
}

TbStatus tb_live_set_engine(TbLive *l, TbEngine *engine) {
    EngineChange c = {.engine = engine};
    c.n = tb_engine_get_corners(engine, c.corner);
    lock(l);
    bool suits = engine_suits(engine, l->needed_rate, l->needed_channels);
    bool done = suits && !l->swapping && send_change(l, &c);
    l->swapping = l->swapping || done;
    l->latest = done ? engine : l->latest;
    unlock(l);
    if (!suits)
        return tb_fail(TB_ERR_UNSUPPORTED, "The device has changed its sample rate; make another engine.");
    return done ? TB_OK : tb_fail(TB_ERR_BUSY, "The last change of model is still under way; try again later.");
}

bool tbi_commands_need(TbLive *l, double rate, int n_channels) {
    lock(l);
    l->needed_rate = rate;
    l->needed_channels = n_channels;
    bool suits = engine_suits(l->latest, rate, n_channels);
    unlock(l);
    return suits;
}

TbEngine *tb_live_retired(TbLive *l) {
    lock(l);
    TbEngine *old = atomic_exchange(&l->thread.retired, NULL);
    l->swapping = l->swapping && !old;
    unlock(l);
    return old;
}

void tbi_commands_begin(TbLive *l, const TbLivePlay *play) {
    AudioThread *a = &l->thread;
    EngineChange c = {.n = play->n_corners};
    memcpy(c.corner, play->corner, sizeof c.corner);
    a->play = *play;
    l->latest = play->engine;
    l->needed_rate = a->rate;
    l->needed_channels = a->n_channels;
    l->latency = tb_engine_latency(play->engine);
    tb_engine_set_corners(play->engine, play->corner, play->n_corners);
    track_corners(a, &c);
    for (int i = 0; i < c.n; i++) {
        atomic_store(&a->tracked[c.tracked[i]].used, true);
        atomic_fetch_sub(&a->tracked[c.tracked[i]].pending, 1);
    }
    tbi_audio_thread_begin(a);
    tbi_live_publish(l);
}

/* ---- recording ---- */

/* For those that look. The record lock is held. */
static void show_recording(TbLive *l) {
    const char *slash = strrchr(l->record.file, '/');
    pthread_mutex_lock(&l->snapshot_lock);
    snprintf(l->record_file, sizeof l->record_file, "%s", slash ? slash + 1 : l->record.file);
    l->record_files = l->record.n_files;
    pthread_mutex_unlock(&l->snapshot_lock);
}

TbStatus tb_live_record(TbLive *l, const char *path, TbBits bits) {
    TbStatus status = TB_OK;
    pthread_mutex_lock(&l->record_lock);
    if (l->record.runs)
        status = tb_fail(TB_ERR_BUSY, "A recording is running already; end it first.");
    else
        status = tbi_recorder_open(&l->record, path, l->thread.rate, bits); /* changed with the lock held */
    if (status == TB_OK) {
        atomic_store(&l->thread.lost_frames, 0);
        atomic_store(&l->thread.record, &l->record.ring);
        show_recording(l);
    }
    pthread_mutex_unlock(&l->record_lock);
    return status;
}

/* A block that is being rendered may still use what has just been taken from the audio thread. */
static void wait_for_block(const AudioThread *a) {
    static const struct timespec rest = {.tv_nsec = 1000 * 1000};
    unsigned sequence = atomic_load(&a->sequence);
    for (int i = 0; sequence % 2 == 1 && atomic_load(&a->sequence) == sequence && i < MAX_WAITS; i++)
        nanosleep(&rest, NULL);
}

TbStatus tb_live_record_stop(TbLive *l) {
    pthread_mutex_lock(&l->record_lock);
    atomic_store(&l->thread.record, NULL);
    wait_for_block(&l->thread);
    TbStatus status = tbi_recorder_close(&l->record);
    pthread_mutex_unlock(&l->record_lock);
    return status;
}

/* No audio thread runs. A failure ends the recording, as the state tells; tb_live_record_stop returns why. */
void tbi_commands_set_rate(TbLive *l, double rate) {
    pthread_mutex_lock(&l->record_lock);
    l->thread.rate = rate;
    if (l->record.runs && l->record.rate != l->thread.rate) {
        atomic_store(&l->thread.record, NULL);
        if (tbi_recorder_go_on(&l->record, l->thread.rate))
            atomic_store(&l->thread.record, &l->record.ring);
        show_recording(l);
    }
    pthread_mutex_unlock(&l->record_lock);
}

/* ---- output ---- */

void tb_live_output(TbLive *l, float *samples, size_t n) {
    AudioThread *a = &l->thread;
    for (size_t before = 1, after = 0; before != after;) { /* repeat if the writer overtook us */
        before = atomic_load_explicit(&a->output_at, memory_order_acquire);
        for (size_t i = 0; i < n; i++)
            samples[i] = atomic_load_explicit(&a->output[(before - n + i) % OUTPUT_RING], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&a->output_at, memory_order_relaxed);
        after = after - before <= OUTPUT_RING - n - CHUNK ? before : after;
    }
}
