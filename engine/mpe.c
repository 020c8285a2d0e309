/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI Polyphonic Expression (MMA, M1-100-UM, 2018): zones of channels that carry one note each, and what a finger does
 * to its note. The pressure of a key (polyphonic key pressure) is of the same kind. */
#include "engine/engine.h"

#include <math.h>

enum { LOWER = 0, UPPER = TB_CHANNELS - 1, MOST_MEMBERS = 15, SHARED = 14 /* by two zones */ };
#define MEMBER_RANGE 48.0f /* semitones of bend, until RPN 0 says otherwise */
#define USUAL_RANGE 2.0f
#define PRESSURE_TURNS 1.0f /* deviations of movement and of brightness that full pressure adds */

int tbi_mpe_master(const TbEngine *e, int channel) {
    if (channel > LOWER && channel <= e->members[0])
        return LOWER;
    return channel < UPPER && channel >= UPPER - e->members[1] ? UPPER : channel;
}

bool tb_engine_is_mpe_member(const TbEngine *e, int channel) {
    return tbi_mpe_master(e, channel) != channel;
}

void tbi_mpe_configure(TbEngine *e, int channel, int members) {
    int predecessor[TB_CHANNELS], zone = channel == UPPER, most = zone ? e->members[0] : e->members[1];
    if (channel != LOWER && channel != UPPER)
        return;
    for (int c = 0; c < TB_CHANNELS; c++)
        predecessor[c] = tbi_mpe_master(e, c);
    members = members < MOST_MEMBERS ? members : MOST_MEMBERS;
    e->members[zone] = members;
    if (most + members > SHARED) /* the zone that was there first gives way */
        e->members[1 - zone] = members < SHARED ? SHARED - members : 0;
    for (int c = 0; c < TB_CHANNELS; c++) {
        int master = tbi_mpe_master(e, c);
        if (master == channel || master != predecessor[c]) {
            tbi_voices_silence(e, c);
            tbi_channel_reset(e, c);
            e->channel[c].bend_range = master != c ? MEMBER_RANGE : USUAL_RANGE;
        }
    }
}

void tbi_mpe_bend_range(TbEngine *e, int channel, float semitones) {
    int master = tbi_mpe_master(e, channel);
    e->channel[channel].bend_range = semitones;
    for (int c = 0; c < TB_CHANNELS && master != channel; c++)
        if (c != master && tbi_mpe_master(e, c) == master)
            e->channel[c].bend_range = semitones;
}

/* The channel of a finger is free for another note when its key goes up: what it says then is of that one, and the end
 * of this one stays as it was left. */
void tbi_mpe_touch(const TbEngine *e, Voice *v, float *semitones, float *knob) {
    const Channel *own = &e->channel[v->channel], *master = &e->channel[v->master];
    MpeNote *t = &v->mpe;
    if (own == master) {
        t->pressure = t->key_pressure;
    } else if (v->key_down || v->n_frames == 0) {
        t->bend = own->bend * own->bend_range;
        t->pressure = own->pressure;
        t->timbre = own->timbre;
    }
    float pressure = fmaxf(t->pressure, master->pressure);
    t->pressure_is = v->n_frames == 0 ? pressure : tbi_smoothed_approach(t->pressure_is, pressure, KNOB_STEP);
    t->timbre_is = v->n_frames == 0 ? t->timbre : tbi_smoothed_approach(t->timbre_is, t->timbre, KNOB_STEP);
    *semitones = t->bend;
    for (int k = 0; k < TB_KNOBS; k++)
        knob[k] = master->knob[1][k];
    knob[TB_MOVEMENT] += PRESSURE_TURNS * t->pressure_is;
    knob[TB_BRIGHTNESS] += PRESSURE_TURNS * t->pressure_is + t->timbre_is;
}
