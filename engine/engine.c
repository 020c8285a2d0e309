/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's main loop: splits blocks at events, ticks and grid points. */
#include "engine/engine.h"
#include "base/cpu.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "engine/sysex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CEILING_DB (-1.0)
#define INAUDIBLE 3e-5f                         /* -90 dB relative to the rest of the sound */
enum { DEFAULT_VOICES = 16, SPARE_VOICES = 6 }; /* spare slots for fading voices, in addition to half the polyphony */
enum { NOISE_OFFSETS = 8 /* voices compute their noise at so many different times in a hop */ };

TbStatus tb_engine_new(const TbModel *model, const TbEngineOptions *given, TbEngine **engine) {
    TbEngineOptions own, *options = &own;
    *engine = NULL;
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status)
        return status;
    int voices = options->voices ? options->voices : DEFAULT_VOICES;
    if (voices < 1 || voices > TB_VOICES_MAX)
        return tb_fail(TB_ERR_ARGUMENT, "There can be 1 to %d voices.", TB_VOICES_MAX);
    if (!isfinite(options->gain))
        return tb_fail(TB_ERR_ARGUMENT, "The gain must be a finite number of decibels.");
    TbEngine *e = calloc(1, sizeof *e);
    if (!e)
        return tbi_no_memory("for %d voices", voices);
    size_t n = (size_t)(voices + voices / 2 + SPARE_VOICES), rows = n > TB_NOTES_BATCH ? n : TB_NOTES_BATCH;
    e->model = model;
    e->rate = options->sample_rate;
    e->hop = TB_HOP * e->rate;
    e->seed = options->seed;
    e->gain = (float)pow(10, options->gain / 20);
    e->n_voices = voices;
    e->voice = tbi_arena_alloc(&e->memory, n, sizeof *e->voice);
    e->queue = tbi_arena_alloc(&e->memory, TB_ENGINE_QUEUE, sizeof *e->queue);
    e->scratch = tbi_arena_floats(&e->memory, tb_notes_scratch(model, rows));
    e->inference.scratch = tbi_arena_floats(&e->memory, tb_notes_scratch(model, TB_NOTES_BATCH));
    e->notes = tbi_arena_alloc(&e->memory, rows, sizeof *e->notes);
    e->frames = tbi_arena_alloc(&e->memory, rows, sizeof *e->frames);
    e->stereo = options->stereo;
    e->live = options->live;
    if (e->memory.failed)
        status = tbi_no_memory("for %d voices", voices);
    for (; status == TB_OK && (size_t)e->n_slots < n; e->n_slots++) {
        status = tb_synth_new(e->rate, &e->voice[e->n_slots].synth);
        if (status == TB_OK) {
            tb_synth_set_pruning(e->voice[e->n_slots].synth, INAUDIBLE);
            tb_synth_set_noise_offset(e->voice[e->n_slots].synth, (float)(e->n_slots % NOISE_OFFSETS) / NOISE_OFFSETS);
        }
    }
    if (status == TB_OK && options->stereo)
        status = tbi_stereo_width_new(e->rate, &e->spread);
    if (status == TB_OK && options->reverb)
        status = tbi_reverb_new(e->rate, &e->reverb);
    if (status != TB_OK) {
        tb_engine_free(e);
        return status;
    }
    for (int i = 0; i < TB_CHANNELS; i++)
        tbi_channel_start(&e->channel[i]);
    for (int key = 0; key < KEYS; key++)
        e->tuning[key] = options->tuning ? options->tuning[key] : (float)key;
    tbi_control_start(e);
    e->limit = options->limit;
    tbi_limiter_start(&e->limiter, (float)pow(10, CEILING_DB / 20), e->rate);
    *engine = e;
    return TB_OK;
}

void tb_engine_free(TbEngine *e) {
    if (!e)
        return;
    for (int i = 0; i < e->n_slots; i++)
        tb_synth_free(e->voice[i].synth);
    tbi_reverb_free(e->reverb);
    tbi_stereo_width_free(e->spread);
    tbi_arena_free(&e->memory);
    free(e);
}

static bool is_channel_message(const uint8_t *m, size_t n_bytes) {
    if (n_bytes < 2 || m[0] < 0x80 || m[0] >= 0xf0 || m[1] >= 0x80)
        return false;
    bool two = m[0] >> 4 == 0xc || m[0] >> 4 == 0xd;
    return two || (n_bytes >= 3 && m[2] < 0x80);
}

bool tb_engine_event(TbEngine *e, size_t offset, const uint8_t *message, size_t n_bytes) {
    Event event = {.time = e->time + offset};
    if (is_channel_message(message, n_bytes))
        memcpy(event.message, message, n_bytes < 3 ? n_bytes : 3);
    else if (!tbi_sysex_read(message, n_bytes, event.message))
        return true; /* ignored */
    if (e->n_queued == TB_ENGINE_QUEUE)
        return false;
    if (e->predecessor && !midi_is_note_on(event.message))
        tb_engine_event(e->predecessor, offset, message, n_bytes);
    size_t at = e->n_queued++;
    for (; at > 0 && e->queue[at - 1].time > event.time; at--)
        e->queue[at] = e->queue[at - 1];
    e->queue[at] = event;
    return true;
}

/* Runs everything due at this sample: grid, tick, then messages. Returns the number of messages done. */
static size_t process_events(TbEngine *e, size_t done) {
    if (e->time % GRID == 0) {
        for (int i = 0; i < TB_CHANNELS; i++)
            tbi_channel_move_gains(&e->channel[i], e->gain_smoothing);
        tbi_smoothed_move(&e->volume, e->volume_smoothing);
        tbi_smoothed_move(&e->width, e->volume_smoothing);
        tbi_schedule_grid(e);
    }
    if (e->time % GRID == LATE && (e->stale || e->inference.step > 0))
        tbi_schedule_late(e);
    if (e->time == e->next_tick) {
        tbi_schedule_tick(e);
        e->tick++;
        e->next_tick = (uint64_t)ceil((double)e->tick * e->hop / TICKS);
    }
    size_t first = done;
    for (; done < e->n_queued && e->queue[done].time <= e->time; done++)
        if (e->queue[done].message[0] >= SYSTEM_RESET)
            tbi_sysex_run(e, e->queue[done].message);
        else
            tbi_channel_message(e, e->queue[done].message);
    if (done > first)
        tbi_schedule_starts(e);
    return done;
}

/* Interpolates linearly between grid points. */
static void apply_volume(const TbEngine *e, float *x, size_t n) {
    float step = (e->volume.next - e->volume.current) / GRID, from = e->volume.current + step * (float)(e->time % GRID);
    for (size_t i = 0; i < n && (step != 0 || from != 1); i++)
        x[i] *= from + step * (float)i;
}

/* Renders n <= GRID samples without events. */
static void render_segment(TbEngine *e, float *const out[2], size_t n) {
    float send_0[GRID], send_1[GRID], *const send[2] = {send_0, send_1};
    int at = (int)(e->time % GRID);
    if (e->spread && (e->width.current > 0 || e->width.next > 0)) {
        float wide[GRID] = {0}, step = (e->width.next - e->width.current) / GRID;
        tbi_voices_mix(e, out, send, wide, (int)n, at);
        tbi_stereo_width_run(e->spread, wide, e->width.current + step * (float)at, step, out[0], out[1], (int)n);
    } else {
        tbi_voices_mix(e, out, send, NULL, (int)n, at);
    }
    if (e->reverb && e->stereo) {
        tbi_reverb_run(e->reverb, send, out, n);
    } else if (e->reverb) { /* the mono sum of both outputs, at the level of one */
        float wet[2][GRID] = {{0}};
        tbi_reverb_run(e->reverb, (float *[2]){send_0, send_0}, (float *[2]){wet[0], wet[1]}, n);
        for (size_t i = 0; i < n; i++)
            out[0][i] += (float)M_SQRT1_2 * (wet[0][i] + wet[1][i]);
    }
    apply_volume(e, out[0], n);
    if (e->stereo)
        apply_volume(e, out[1], n);
    if (e->predecessor)
        tbi_handover_render(e, out, n);
    if (e->limit)
        tbi_limiter_run(&e->limiter, out[0], e->stereo ? out[1] : NULL, n);
}

void tbi_engine_run(TbEngine *e, float *left, float *right, size_t n) {
    size_t done = 0;
    while (n > 0) {
        done = process_events(e, done);
        uint64_t point = e->time / GRID * GRID;
        uint64_t stop = (e->stale || e->inference.step > 0) && e->time < point + LATE ? point + LATE : point + GRID;
        stop = stop < e->next_tick ? stop : e->next_tick;
        stop = done < e->n_queued && e->queue[done].time < stop ? e->queue[done].time : stop;
        size_t length = (size_t)(stop - e->time);
        length = length < n ? length : n;
        render_segment(e, (float *[2]){left, right}, length);
        e->time += length;
        left += length;
        right = right ? right + length : NULL;
        n -= length;
    }
    e->n_queued -= done;
    memmove(e->queue, e->queue + done, e->n_queued * sizeof *e->queue);
}

void tb_engine_render(TbEngine *e, float *left, float *right, size_t n) {
    TbFloatMode float_mode = tb_denormals_off();
    tbi_engine_run(e, left, right, n);
    tb_denormals_restore(float_mode);
}

int tb_engine_active_voices(const TbEngine *e) {
    int n = 0;
    for (int i = 0; i < e->n_slots; i++)
        n += e->voice[i].state != VOICE_FREE;
    return n + (e->predecessor ? tb_engine_active_voices(e->predecessor) : 0);
}

bool tb_engine_is_audible(const TbEngine *e) {
    bool rings = tb_engine_active_voices(e) > 0 || (e->reverb && tbi_reverb_rings(e->reverb));
    return rings || (e->predecessor && tb_engine_is_audible(e->predecessor));
}

void tb_engine_panic(TbEngine *e) {
    e->n_queued = 0;
    for (int c = 0; c < TB_CHANNELS; c++) {
        tbi_voices_silence(e, c);
        tbi_channel_reset(e, c);
    }
    if (e->predecessor)
        tb_engine_panic(e->predecessor);
}

void tb_engine_held_keys(const TbEngine *e, uint64_t key[2]) {
    key[0] = key[1] = 0;
    if (e->predecessor)
        tb_engine_held_keys(e->predecessor, key);
    for (int i = 0; i < e->n_slots; i++) {
        const Voice *v = &e->voice[i];
        if (v->state == VOICE_SOUNDING && v->note.held && !v->drum)
            key[v->key / 64] |= UINT64_C(1) << v->key % 64;
    }
}

size_t tb_engine_latency(const TbEngine *e) {
    return e->limit ? LIMITER_LOOKAHEAD - 1 : 0;
}

uint64_t tb_engine_time(const TbEngine *e) {
    return e->time;
}
