/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state for other threads. Only the control thread touches the device and the MIDI inputs; it copies their state
 * into a snapshot, which any thread but the audio thread may read. Figures of the audio thread are single atomics. */
#include "live/internal.h"

#include <stdio.h>
#include <string.h>

/* The thread handle stays valid while the device is open, even if the thread has ended. */
static bool is_realtime(const TbLive *l) {
    struct sched_param parameters;
    int policy;
    return l->started && !l->disconnected && atomic_load_explicit(&l->thread.runs, memory_order_acquire) &&
           pthread_getschedparam(atomic_load(&l->thread.self), &policy, &parameters) == 0 && policy != SCHED_OTHER;
}

void tbi_live_publish(TbLive *l) {
    LiveSnapshot s = {.sample_rate = l->thread.rate,
                      .needed_rate = l->needed_rate,
                      .n_channels = l->thread.n_channels,
                      .needed_channels = l->needed_channels,
                      .block = tbi_device_block(&l->device),
                      .silent = tbi_device_silent(&l->device),
                      .disconnected = l->disconnected,
                      .realtime = is_realtime(l),
                      .latency = tbi_device_latency(&l->device),
                      .frames_before = l->frames_before,
                      .seconds_before = l->seconds_before};
    s.latency += (s.block + (double)l->latency) / s.sample_rate;
    memcpy(s.device, l->device.name, sizeof s.device);
    memcpy(s.last_error, l->last_error, sizeof s.last_error);
    for (int i = 0; i < MIDI_INPUTS; i++)
        if (*l->midi.input[i].name)
            memcpy(s.midi[s.n_midi++].name, l->midi.input[i].name, TB_LIVE_NAME);
    pthread_mutex_lock(&l->snapshot_lock);
    l->snapshot = s;
    pthread_mutex_unlock(&l->snapshot_lock);
}

size_t tb_live_midi(TbLive *l, TbMidiInput *inputs, size_t max) {
    pthread_mutex_lock(&l->snapshot_lock);
    size_t n = l->snapshot.n_midi;
    for (size_t i = 0; i < n && i < max; i++)
        inputs[i] = l->snapshot.midi[i];
    pthread_mutex_unlock(&l->snapshot_lock);
    return n;
}

static void copy_device_state(TbLive *l, TbLiveState *state) {
    pthread_mutex_lock(&l->snapshot_lock);
    const LiveSnapshot *s = &l->snapshot;
    *state = (TbLiveState){.sample_rate = s->sample_rate,
                           .n_channels = s->n_channels,
                           .needed_rate = s->needed_rate,
                           .needed_channels = s->needed_channels,
                           .block = s->block,
                           .silent = s->silent,
                           .disconnected = s->disconnected,
                           .realtime = s->realtime,
                           .latency = s->latency};
    memcpy(state->device, s->device, sizeof state->device);
    memcpy(state->last_error, s->last_error, sizeof state->last_error);
    state->record_files = l->record_files;
    memcpy(state->record_file, l->record_file, sizeof state->record_file);
    uint64_t frames = atomic_load(&l->thread.frames);
    state->seconds = s->seconds_before + (double)(frames - s->frames_before) / s->sample_rate;
    pthread_mutex_unlock(&l->snapshot_lock);
}

void tb_live_state(TbLive *l, TbLiveState *state) {
    AudioThread *a = &l->thread;
    copy_device_state(l, state);
    state->load = state->disconnected ? 0 : (double)atomic_load(&a->load);
    state->worst_load = (double)atomic_load(&a->worst_load);
    state->voices = atomic_load(&a->voices);
    state->xruns = atomic_load(&a->xruns);
    state->overruns = atomic_load(&a->overruns);
    state->preempted_blocks = atomic_load(&a->preempted_blocks);
    state->dropped_events = atomic_load(&a->dropped_events);
    state->recording = atomic_load(&a->record) != NULL;
    state->recorded = atomic_load(&l->record.seconds);
    state->lost_frames = atomic_load(&a->lost_frames);
    state->record_failed = atomic_load(&l->record.failed);
    for (int side = 0; side < 2; side++)
        state->peak[side] = atomic_load(&a->peak[side]);
    for (int key = 0; key < 128; key++)
        state->held[key] = atomic_load(&a->held[key / 64]) >> key % 64 & 1;
}
