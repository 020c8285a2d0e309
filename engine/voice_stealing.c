/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which voice ends when there are more notes than voices. */
#include "engine/engine.h"

#include <math.h>

#define HELD_BONUS 30.0f /* dB by which held notes outrank released ones */

/* The voice's level in dB, plus a bonus if it is held. */
static float importance(const TbEngine *e, const Voice *v) {
    size_t newest = v->n_frames ? v->n_frames - 1 : 0;
    float gain = v->gain * e->channel[v->master].gain.next;
    float level = v->n_frames ? 10 * log10f(v->ring[newest % VOICE_RING].power * gain * gain + 1e-12f) : 0;
    return level + (v->note.held ? HELD_BONUS : 0);
}

Voice *tbi_voice_to_steal(TbEngine *e) {
    Voice *found = NULL;
    float lowest = 0;
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state == VOICE_SOUNDING) {
            float x = importance(e, v);
            if (!found || x < lowest || (x == lowest && v->order < found->order)) {
                found = v;
                lowest = x;
            }
        }
    }
    return found;
}
