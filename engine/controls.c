/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Controls: names, ranges, default MIDI controllers, and their effect on an engine. */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#define SILENT_DB (-60.0f) /* the lowest volume means off */
#define GAIN_SECONDS 0.012 /* time constant of gains: expression, pan, reverb send */
#define VOLUME_SECONDS 0.03

static const TbControlInfo infos[TB_CONTROLS] = {
    [TB_CONTROL_X] = {"x", "left", "right", "", 0, 1, 0.5f, 16, false},
    [TB_CONTROL_Y] = {"y", "low", "high", "", 0, 1, 0.5f, 17, false},
    [TB_CONTROL_KNOBS + TB_BRIGHTNESS] = {"brightness", "dark", "bright", "", -3, 3, 0, 74, false},
    [TB_CONTROL_KNOBS + TB_NOISINESS] = {"noisiness", "pure", "noisy", "", -3, 3, 0, 70, false},
    [TB_CONTROL_KNOBS + TB_ATTACK] = {"attack", "sudden", "slow", "", -3, 3, 0, 73, false},
    [TB_CONTROL_KNOBS + TB_DECAY] = {"decay", "sustained", "short-lived", "", -3, 3, 0, 75, true},
    [TB_CONTROL_KNOBS + TB_HOLLOWNESS] = {"hollowness", "full", "hollow", "", -3, 3, 0, 71, false},
    [TB_CONTROL_KNOBS + TB_WARMTH] = {"warmth", "thin", "warm", "", -3, 3, 0, 79, false},
    [TB_CONTROL_KNOBS + TB_MOVEMENT] = {"movement", "still", "lively", "", -3, 3, 0, 1, false},
    [TB_CONTROL_VOLUME] = {"volume", "silent", "loud", "dB", SILENT_DB, 6, 0, 7, false},
    [TB_CONTROL_REVERB] = {"reverb", "dry", "far away", "", 0, 1, 40 / 127.0f, 91, false},
    [TB_CONTROL_WIDTH] = {"width", "mono", "wide", "", 0, 1, 0.5f, 77, false},
};
enum { CC_MAX = 127, CC_CENTRE = 64, CC_MODULATION = 1 };

const TbControlInfo *tb_control_info(TbControl control) {
    return &infos[control];
}

int tb_control_find(const char *name) {
    for (int i = 0; i < TB_CONTROLS; i++)
        if (strcmp(infos[i].name, name) == 0)
            return i;
    return -1;
}

/* The CC value of the default, before inversion. */
static float default_step(const TbControlInfo *c) {
    return c->cc == CC_MODULATION ? 0 : CC_CENTRE;
}

float tb_control_from_cc(TbControl control, int value) {
    const TbControlInfo *c = &infos[control];
    float middle = default_step(c), at = (float)(value < 0 ? 0 : value > CC_MAX ? CC_MAX : value) - middle;
    float end = (at < 0) != c->cc_falls ? c->low : c->high;
    float span = at < 0 ? middle : CC_MAX - middle;
    return c->default_value + (end - c->default_value) * fabsf(at) / span;
}

float tb_control_to_cc(TbControl control, float value) {
    const TbControlInfo *c = &infos[control];
    float middle = default_step(c), x = fminf(fmaxf(value, c->low), c->high);
    float share = x < c->default_value ? (x - c->default_value) / (c->default_value - c->low)
                                       : (x - c->default_value) / (c->high - c->default_value);
    share = c->cc_falls ? -share : share;
    return middle + share * (share < 0 ? middle : CC_MAX - middle);
}

/* ---- effect on an engine ---- */

void tbi_control_start(TbEngine *e) {
    for (int i = 0; i < TB_CONTROLS; i++)
        e->control[i] = infos[i].default_value;
    float width = infos[TB_CONTROL_WIDTH].default_value;
    e->volume = (SmoothedParam){1, 1, 1, 1};
    e->master_volume = 1;
    e->width = (SmoothedParam){width, width, width, width};
    e->gain_smoothing = (float)(1 - exp(-GRID / (GAIN_SECONDS * e->rate)));
    e->volume_smoothing = (float)(1 - exp(-GRID / (VOLUME_SECONDS * e->rate)));
}

void tbi_pad_update(TbEngine *e) {
    TbMix mix = {.part = {NULL}};
    if (e->n_corners == 0)
        return;
    memcpy(mix.part, e->corner, sizeof mix.part);
    tb_pad_weights(e->n_corners, e->control[TB_CONTROL_X], e->control[TB_CONTROL_Y], mix.weight);
    for (int c = 0; c < TB_CHANNELS; c++)
        tb_engine_set_mix(e, c, &mix);
}

static void set_volume_target(TbEngine *e) {
    float decibels = e->control[TB_CONTROL_VOLUME];
    e->volume.target = decibels <= SILENT_DB ? 0 : e->master_volume * powf(10, decibels / 20);
}

void tbi_control_master_volume(TbEngine *e, float gain) {
    e->master_volume = gain;
    set_volume_target(e);
}

void tb_engine_set_control(TbEngine *e, TbControl control, float value) {
    const TbControlInfo *c = &infos[control];
    if (isnan(value))
        return;
    value = fminf(fmaxf(value, c->low), c->high);
    e->control[control] = value;
    switch (control) {
    case TB_CONTROL_X:
    case TB_CONTROL_Y:
        tbi_pad_update(e);
        break;
    case TB_CONTROL_VOLUME:
        set_volume_target(e);
        break;
    case TB_CONTROL_REVERB:
        for (int i = 0; i < TB_CHANNELS; i++)
            e->channel[i].send.target = value;
        break;
    case TB_CONTROL_WIDTH:
        e->width.target = value;
        break;
    default: /* knobs are read by channels at each tick */
        break;
    }
    if (e->predecessor)
        tb_engine_set_control(e->predecessor, control, value);
}

void tb_engine_set_corners(TbEngine *e, const TbInstrument *const corner[TB_PARTS], int n) {
    for (int i = 0; i < TB_PARTS; i++)
        e->corner[i] = i < n ? corner[i] : NULL;
    e->n_corners = n;
    tbi_pad_update(e);
}

int tb_engine_get_corners(const TbEngine *e, const TbInstrument *corner[TB_PARTS]) {
    memcpy(corner, e->corner, sizeof e->corner);
    return e->n_corners;
}

static bool has(const TbInstrument *const part[TB_PARTS], const TbInstrument *instrument) {
    bool found = false;
    for (int p = 0; p < TB_PARTS; p++)
        found = found || part[p] == instrument;
    return found;
}

bool tb_engine_uses(const TbEngine *e, const TbInstrument *instrument) {
    bool used = has(e->corner, instrument);
    for (int i = 0; i < TB_CHANNELS; i++)
        used = used || has(e->channel[i].mix.part, instrument);
    for (int i = 0; i < KEYS; i++)
        used = used || e->drum[i].instrument == instrument;
    for (int i = 0; i < e->n_slots && !used; i++)
        used = e->voice[i].state != VOICE_FREE && has(e->voice[i].note.part, instrument);
    return used || (e->predecessor && tb_engine_uses(e->predecessor, instrument));
}
