/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI Polyphonic Expression (MMA, M1-100-UM, 2018): zones of channels that carry one note each, and per-note
 * expression, including polyphonic key pressure. */
#include "engine/engine.h"

#include <math.h>

enum {
    LOWER_MASTER = 0,
    UPPER_MASTER = TB_CHANNELS - 1,
    MAX_MEMBERS = 15,
    MAX_SHARED_MEMBERS = 14 /* by both zones */
};
#define MEMBER_RANGE 48.0f  /* default bend range of member channels, semitones */
#define PRESSURE_DEPTH 1.0f /* standard deviations of movement and of brightness that full pressure adds */

int tbi_mpe_master(const TbEngine *e, int channel) {
    if (channel > LOWER_MASTER && channel <= e->members[0])
        return LOWER_MASTER;
    return channel < UPPER_MASTER && channel >= UPPER_MASTER - e->members[1] ? UPPER_MASTER : channel;
}

bool tb_engine_is_mpe_member(const TbEngine *e, int channel) {
    return tbi_mpe_master(e, channel) != channel;
}

float tbi_mpe_default_range(const TbEngine *e, int channel) {
    return tbi_mpe_master(e, channel) != channel ? MEMBER_RANGE : TBI_BEND_RANGE;
}

unsigned tbi_mpe_configure(TbEngine *e, int channel, int members) {
    int old_master[TB_CHANNELS], zone = channel == UPPER_MASTER, other_members = zone ? e->members[0] : e->members[1];
    unsigned changed = 0;
    if (channel != LOWER_MASTER && channel != UPPER_MASTER)
        return changed;
    for (int c = 0; c < TB_CHANNELS; c++)
        old_master[c] = tbi_mpe_master(e, c);
    members = members < MAX_MEMBERS ? members : MAX_MEMBERS;
    e->members[zone] = members;
    if (other_members + members > MAX_SHARED_MEMBERS) /* the new zone takes members from the old one */
        e->members[1 - zone] = members < MAX_SHARED_MEMBERS ? MAX_SHARED_MEMBERS - members : 0;
    for (int c = 0; c < TB_CHANNELS; c++) {
        int master = tbi_mpe_master(e, c);
        if (master == channel || master != old_master[c]) {
            changed |= 1u << c;
            e->channel[c].bend_range = tbi_mpe_default_range(e, c);
        }
    }
    return changed;
}

void tbi_mpe_bend_range(TbEngine *e, int channel, float semitones) {
    int master = tbi_mpe_master(e, channel);
    e->channel[channel].bend_range = semitones;
    for (int c = 0; c < TB_CHANNELS && master != channel; c++)
        if (c != master && tbi_mpe_master(e, c) == master)
            e->channel[c].bend_range = semitones;
}

/* A member channel may carry another note as soon as the key is released: from then on its messages no longer apply to
 * this note, which keeps its last values. */
void tbi_mpe_expression(const TbEngine *e, Voice *v, float *semitones, float *knob) {
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
    t->pressure_now = v->n_frames == 0 ? pressure : tbi_smoothed_approach(t->pressure_now, pressure, KNOB_STEP);
    t->timbre_now = v->n_frames == 0 ? t->timbre : tbi_smoothed_approach(t->timbre_now, t->timbre, KNOB_STEP);
    *semitones = t->bend;
    for (int k = 0; k < TB_KNOBS; k++)
        knob[k] = master->knob[1][k];
    knob[TB_MOVEMENT] += PRESSURE_DEPTH * t->pressure_now;
    knob[TB_BRIGHTNESS] += PRESSURE_DEPTH * t->pressure_now + t->timbre_now;
}
