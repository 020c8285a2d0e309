/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One engine takes over from another without a gap: the new engine renders the old one's remaining notes as if they
 * were a voice of its own, before its limiter, whose state it has taken over. */
#include "engine/engine.h"

#include <string.h>

static void inherit_channel(Channel *c, const Channel *from) {
    Channel own = *c;
    *c = *from;
    c->mix = own.mix;
    c->generation = own.generation;
    memcpy(c->weight[0], own.mix.weight, sizeof c->weight[0]);
    memcpy(c->weight[1], own.mix.weight, sizeof c->weight[1]);
}

/* Queued messages move to the new engine; all but note-ons stay queued for the old one's notes too. */
static void take_over_queue(TbEngine *e, TbEngine *predecessor) {
    size_t kept = 0;
    e->n_queued = predecessor->n_queued;
    for (size_t i = 0; i < predecessor->n_queued; i++) {
        Event event = predecessor->queue[i];
        if (!midi_is_note_on(event.message))
            predecessor->queue[kept++] = event;
        event.time = event.time - predecessor->time + e->time;
        e->queue[i] = event;
    }
    predecessor->n_queued = kept;
}

double tb_engine_sample_rate(const TbEngine *e) {
    return e->rate;
}

int tb_engine_channels(const TbEngine *e) {
    return e->stereo ? 2 : 1;
}

void tb_engine_take_over(TbEngine *e, TbEngine *predecessor) {
    memcpy(e->control, predecessor->control, sizeof e->control);
    memcpy(e->members, predecessor->members, sizeof e->members);
    e->volume = predecessor->volume;
    e->master_volume = predecessor->master_volume;
    e->fine = predecessor->fine;
    e->coarse = predecessor->coarse;
    e->width = predecessor->width;
    tbi_pad_update(e);
    for (int c = 0; c < TB_CHANNELS; c++)
        inherit_channel(&e->channel[c], &predecessor->channel[c]);
    take_over_queue(e, predecessor);
    if (e->limit && predecessor->limit && e->rate == predecessor->rate && e->stereo == predecessor->stereo)
        e->limiter = predecessor->limiter;
    predecessor->limit = false;
    e->predecessor = predecessor;
}

TbEngine *tb_engine_take_retired(TbEngine *e) {
    TbEngine *predecessor = e->predecessor;
    if (!predecessor || tb_engine_is_audible(predecessor))
        return NULL;
    e->predecessor = NULL;
    return predecessor;
}

TbEngine *tb_engine_cut_off(TbEngine *e) {
    TbEngine *predecessor = e->predecessor;
    e->predecessor = NULL;
    return predecessor;
}

void tbi_handover_render(TbEngine *e, float *const out[2], size_t n) {
    float left[GRID], right[GRID];
    tbi_engine_run(e->predecessor, left, e->stereo ? right : NULL, n);
    for (size_t i = 0; i < n; i++)
        out[0][i] += left[i];
    for (size_t i = 0; e->stereo && i < n; i++)
        out[1][i] += right[i];
}
