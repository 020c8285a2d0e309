// SPDX-License-Identifier: GPL-3.0-or-later
/* One engine takes the place of another without a gap: the new one renders the old one's rest as if it were a voice of
 * its own, behind the limiter that it has taken over with all that is on its way in it. */
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

/* What waits is the new one's, but the old one's notes must hear of it, too. */
static void hand_over_queue(TbEngine *e, TbEngine *before) {
    size_t kept = 0;
    e->n_queued = before->n_queued;
    for (size_t i = 0; i < before->n_queued; i++) {
        Event event = before->queue[i];
        if (!is_note_on(event.message)) {
            before->queue[kept++] = event;
        }
        event.time = event.time - before->time + e->time;
        e->queue[i] = event;
    }
    before->n_queued = kept;
}

void tb_engine_succeed(TbEngine *e, TbEngine *before) {
    memcpy(e->control, before->control, sizeof e->control);
    memcpy(e->members, before->members, sizeof e->members);
    e->volume = before->volume;
    e->width = before->width;
    pad_move(e);
    for (int c = 0; c < TB_CHANNELS; c++) {
        inherit_channel(&e->channel[c], &before->channel[c]);
    }
    hand_over_queue(e, before);
    if (e->limit && before->limit) {
        e->limiter = before->limiter;
    }
    before->limit = false;
    e->before = before;
}

TbEngine *tb_engine_predecessor(TbEngine *e) {
    TbEngine *before = e->before;
    if (!before || tb_engine_rings(before)) {
        return NULL;
    }
    e->before = NULL;
    return before;
}

void succeed_render(TbEngine *e, float *const out[2], size_t n) {
    float left[GRID], right[GRID];
    engine_run(e->before, left, e->stereo ? right : NULL, n);
    for (size_t i = 0; i < n; i++) {
        out[0][i] += left[i];
    }
    for (size_t i = 0; e->stereo && i < n; i++) {
        out[1][i] += right[i];
    }
}
