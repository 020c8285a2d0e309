/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/track_stem.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

enum { VOICES = 48, BLOCK = 1024, REPORT_EVERY = 32 /* blocks */ };

typedef struct {
    uint64_t sample;
    bool on; /* note-offs come before note-ons at the same sample */
    uint8_t key, velocity;
} Event;

static int by_time(const void *a, const void *b) {
    const Event *x = a, *y = b;
    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    if (x->on != y->on)
        return x->on ? 1 : -1;
    return (int)x->key - (int)y->key;
}

static TbStatus list_events(const Stem *s, Event **events, size_t *n) {
    size_t notes = 0;
    *n = 0;
    for (size_t i = 0; i < s->score->n_notes; i++)
        notes += s->score->notes[i].part == s->part;
    *events = malloc((2 * notes + 1) * sizeof **events);
    if (!*events)
        return tbi_no_memory("to render a part");
    for (size_t i = 0; i < s->score->n_notes; i++) {
        const TbScoreNote *note = &s->score->notes[i];
        if (note->part != s->part)
            continue;
        uint64_t on = (uint64_t)rint(tb_score_seconds(s->score, note->onset) * s->sample_rate);
        uint64_t off = (uint64_t)rint(tb_score_seconds(s->score, note->onset + note->duration) * s->sample_rate);
        (*events)[(*n)++] = (Event){on, true, note->pitch, note->velocity};
        (*events)[(*n)++] = (Event){off > on ? off : on + 1, false, note->pitch, 0};
    }
    if (*n > 1)
        qsort(*events, *n, sizeof **events, by_time);
    return TB_OK;
}

static TbStatus make_engine(const Stem *s, TbEngine **engine) {
    TbEngineOptions options;
    tb_engine_defaults(&options);
    options.sample_rate = s->sample_rate;
    options.voices = VOICES;
    options.stereo = s->stereo;
    options.reverb = options.limit = false;
    options.seed = s->seed;
    TbStatus status = tb_engine_new(s->model, &options, engine);
    if (status)
        return status;
    tb_engine_set_control(*engine, TB_CONTROL_WIDTH, s->width);
    if (s->instrument)
        tb_engine_set_mix(*engine, 0, &(TbMix){.part = {s->instrument}, .weight = {1}});
    for (int key = 0; key < 128 && !s->instrument; key++)
        tb_engine_set_drum(*engine, key, &s->kit[key]);
    return TB_OK;
}

/* Queues the events of the n samples from `at` on, as far as there is room. */
static void queue_events(const Stem *s, TbEngine *engine, const Event *events, size_t n_events, size_t *next, size_t at,
                         size_t n) {
    uint8_t channel = s->instrument ? 0 : TB_DRUM_CHANNEL;
    for (; *next < n_events && events[*next].sample < at + n; ++*next) {
        const Event *e = &events[*next];
        const uint8_t message[3] = {(uint8_t)((e->on ? 0x90 : 0x80) | channel), e->key, e->velocity};
        if (!tb_engine_event(engine, e->sample > at ? e->sample - at : 0, message, 3))
            return;
    }
}

/* Constant power; the centre has unity gain, as in the engine. */
static void add_panned(const Stem *s, const float *left, const float *right, float *const dry[2], float *const send[2],
                       size_t at, size_t n) {
    const float angle = (float)(M_PI / 4) * (1 + s->pan), gain[2] = {cosf(angle), sinf(angle)};
    const float *in[2] = {left, s->stereo ? right : left};
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++) {
            float x = (float)M_SQRT2 * gain[side] * in[side][i];
            dry[side][at + i] += x;
            send[side][at + i] += s->send * x;
        }
    }
}

TbStatus stem_add(const Stem *s, float *const dry[2], float *const send[2], size_t n) {
    Event *events = NULL;
    TbEngine *engine = NULL;
    size_t n_events, next = 0, block = 0;
    TbStatus status = list_events(s, &events, &n_events);
    if (status == TB_OK)
        status = make_engine(s, &engine);
    for (size_t at = 0; at < n && status == TB_OK; at += BLOCK, block++) {
        float left[BLOCK], right[BLOCK];
        size_t m = n - at < BLOCK ? n - at : BLOCK;
        queue_events(s, engine, events, n_events, &next, at, m);
        if (next == n_events && (n_events == 0 || events[n_events - 1].sample < at) && !tb_engine_is_audible(engine))
            break;
        tb_engine_render(engine, left, s->stereo ? right : NULL, m);
        add_panned(s, left, right, dry, send, at, m);
        if (s->progress && block % REPORT_EVERY == 0 && !s->progress(s->context, (double)at / (double)n, NULL))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    tb_engine_free(engine);
    free(events);
    return status;
}
