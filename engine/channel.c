/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes MIDI messages on a channel's state. */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

enum {
    CC_MODULATION = 1,
    CC_DATA_HIGH = 6,
    CC_VOLUME = 7,
    CC_PAN = 10,
    CC_EXPRESSION = 11,
    CC_DATA_LOW = 38,
    CC_SUSTAIN = 64,
    CC_SOSTENUTO = 66,
    CC_TIMBRE = 74, /* MPE's third dimension */
    CC_REVERB = 91,
    CC_DATA_UP = 96,
    CC_DATA_DOWN = 97,
    CC_NRPN_LOW = 98,
    CC_NRPN_HIGH = 99,
    CC_RPN_LOW = 100,
    CC_RPN_HIGH = 101,
    CC_ALL_SOUND_OFF = 120,
    CC_RESET = 121,
    CC_LOCAL = 122,
    CC_ALL_NOTES_OFF = 123, /* 123 .. 127 */
};

/* Controllers of the knobs except movement, 64 is neutral: sound controllers 1 .. 10 where the MIDI specification gives
 * them a similar meaning. */
static const struct {
    uint8_t number, knob;
    int8_t sign;
} knobs[] = {{74, TB_BRIGHTNESS, 1}, {70, TB_NOISINESS, 1},
             {73, TB_ATTACK, 1},     {75, TB_DECAY, -1}, /* "decay time": a long time is a low value of the knob */
             {71, TB_HOLLOWNESS, 1}, {79, TB_WARMTH, 1}};

#define MAX_WEIGHT 1e30f /* keeps the sum finite */
#define KNOB_RANGE 2.0f  /* standard deviations at the ends of a controller */

static float square(int value) {
    return (float)(value * value) / (127.0f * 127.0f);
}

/* Follows recommended practice RP-015 (MMA 1999): volume, pan, the instrument and its sound controllers are kept. */
static void reset_controllers(Channel *c) {
    c->bend = c->pressure = c->timbre = 0;
    c->knob_target[TB_MOVEMENT] = 0;
    c->expression = 127;
    c->sustain = c->sostenuto = false;
    c->parameter[0] = c->parameter[1] = 127;
}

/* Constant power, following recommended practice RP-036 (MMA 2003); the centre has unity gain. */
static void set_pan(Channel *c, int value) {
    float angle = (float)(value > 0 ? value - 1 : 0) * (float)(M_PI / 2 / 126);
    c->pan[0].target = (float)M_SQRT2 * cosf(angle);
    c->pan[1].target = (float)M_SQRT2 * sinf(angle);
}

static void settle(SmoothedParam *g) {
    g->current = g->next = g->mid = g->target;
}

void tbi_channel_defaults(Channel *c, float bend_range) {
    memset(c->knob_target, 0, sizeof c->knob_target);
    reset_controllers(c);
    c->bend_range = bend_range;
    c->fine = c->coarse = 0;
    c->volume = 100;
    set_pan(c, 64);
    c->send.target = 40 / 127.0f; /* default in General MIDI 2 */
}

void tbi_channel_start(Channel *c) {
    memset(c, 0, sizeof *c);
    tbi_channel_defaults(c, TBI_BEND_RANGE);
    c->gain.target = square(c->volume);
    settle(&c->gain);
    settle(&c->pan[0]);
    settle(&c->pan[1]);
    settle(&c->send);
}

void tbi_channel_move_gains(Channel *c, float share) {
    c->gain.target = square(c->volume) * square(c->expression);
    tbi_smoothed_move(&c->gain, share);
    tbi_smoothed_move(&c->pan[0], share);
    tbi_smoothed_move(&c->pan[1], share);
    tbi_smoothed_move(&c->send, share);
}

static void smooth_twice(float *first, float *x, float target, float step) {
    *first = tbi_smoothed_approach(*first, target, step);
    *x = tbi_smoothed_approach(*x, *first, step);
}

void tbi_channel_move_timbre(Channel *c, const float *knob) {
    for (int p = 0; p < TB_PARTS; p++)
        smooth_twice(&c->weight[0][p], &c->weight[1][p], c->mix.weight[p], WEIGHT_STEP);
    for (int k = 0; k < TB_KNOBS; k++)
        smooth_twice(&c->knob[0][k], &c->knob[1][k], c->knob_target[k] + knob[k], KNOB_STEP);
}

void tb_engine_set_mix(TbEngine *e, int channel, const TbMix *mix) {
    Channel *c = &e->channel[channel];
    float sum = 0;
    bool same = true;
    for (int p = 0; p < TB_PARTS; p++) {
        same = same && mix->part[p] == c->mix.part[p];
        sum += mix->part[p] && mix->weight[p] > 0 ? fminf(mix->weight[p], MAX_WEIGHT) : 0;
    }
    for (int p = 0; p < TB_PARTS; p++) {
        c->mix.part[p] = sum > 0 ? mix->part[p] : NULL;
        c->mix.weight[p] = sum > 0 && mix->part[p] && mix->weight[p] > 0 ? fminf(mix->weight[p], MAX_WEIGHT) / sum : 0;
    }
    if (!same) {
        c->generation++;
        memcpy(c->weight[0], c->mix.weight, sizeof c->weight[0]);
        memcpy(c->weight[1], c->mix.weight, sizeof c->weight[1]);
    }
}

void tb_engine_set_drum(TbEngine *e, int key, const TbDrum *drum) {
    e->drum[key] = *drum;
    e->has_drums = false;
    for (int k = 0; k < KEYS; k++)
        e->has_drums = e->has_drums || e->drum[k].instrument;
}

static void configure_zone(TbEngine *e, int channel, int members) {
    unsigned changed = tbi_mpe_configure(e, channel, members);
    for (int c = 0; c < TB_CHANNELS; c++) {
        if (changed >> c & 1) {
            tbi_voices_silence(e, c);
            tbi_channel_reset(e, c);
        }
    }
}

/* Handles a data entry for the selected registered parameter. */
static void set_parameter(TbEngine *e, int channel, bool high) {
    Channel *c = &e->channel[channel];
    int value = c->data[0] * 128 + c->data[1];
    if (c->parameter[0] != 0)
        return;
    if (c->parameter[1] == 0)
        tbi_mpe_bend_range(e, channel, (float)c->data[0] + (float)c->data[1] / 100);
    else if (c->parameter[1] == 6 && high)
        configure_zone(e, channel, c->data[0]);
    else if (c->parameter[1] == 1)
        c->fine = (float)(value - 8192) / 8192;
    else if (c->parameter[1] == 2)
        c->coarse = (float)(c->data[0] - 64);
}

/* A step of data increment or decrement (recommended practice RP-018): a cent of the bend range, the least step of the
 * fine tuning, a semitone of the coarse tuning. */
static void step_parameter(TbEngine *e, int channel, int step) {
    Channel *c = &e->channel[channel];
    if (c->parameter[0] != 0)
        return;
    if (c->parameter[1] == 0)
        tbi_mpe_bend_range(e, channel, fminf(fmaxf(rintf(100 * c->bend_range) + (float)step, 0), 12799) / 100);
    else if (c->parameter[1] == 1)
        c->fine = fminf(fmaxf(c->fine + (float)step / 8192, -1), 8191 / 8192.0f);
    else if (c->parameter[1] == 2)
        c->coarse = fminf(fmaxf(c->coarse + (float)step, -64), 63);
}

static void select_parameter(Channel *c, int byte, int value) {
    c->parameter[byte] = (uint8_t)value;
    c->data[0] = c->data[1] = 0;
}

static void set_knob(TbEngine *e, int channel, int number, int value) {
    Channel *c = &e->channel[channel];
    if (number == CC_TIMBRE && tbi_mpe_master(e, channel) != channel) {
        c->timbre = KNOB_RANGE * (float)(value - 64) / 64;
        return;
    }
    for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++)
        if (knobs[i].number == number)
            c->knob_target[knobs[i].knob] = KNOB_RANGE * (float)(knobs[i].sign * (value - 64)) / 64;
}

void tbi_channel_reset(TbEngine *e, int channel) {
    tbi_voices_sostenuto(e, channel, false);
    tbi_voices_key_pressure(e, channel, -1, 0);
    for (int c = 0; c < TB_CHANNELS; c++)
        if (c == channel || tbi_mpe_master(e, c) == channel)
            reset_controllers(&e->channel[c]);
    tbi_voices_pedal_up(e, channel);
}

static void control(TbEngine *e, int channel, int number, int value) {
    Channel *c = &e->channel[channel];
    set_knob(e, channel, number, value);
    switch (number) {
    case CC_MODULATION:
        c->knob_target[TB_MOVEMENT] = KNOB_RANGE * (float)value / 127;
        break;
    case CC_VOLUME:
        c->volume = (uint8_t)value;
        break;
    case CC_PAN:
        set_pan(c, value);
        break;
    case CC_EXPRESSION:
        c->expression = (uint8_t)value;
        break;
    case CC_SUSTAIN:
        c->sustain = value >= 64;
        if (!c->sustain)
            tbi_voices_pedal_up(e, channel);
        break;
    case CC_SOSTENUTO:
        if (c->sostenuto != (value >= 64)) {
            c->sostenuto = value >= 64;
            tbi_voices_sostenuto(e, channel, c->sostenuto);
        }
        break;
    case CC_NRPN_LOW:
    case CC_NRPN_HIGH: /* no NRPN is supported: deselect, so that the data entry that follows changes no RPN */
        c->parameter[0] = c->parameter[1] = 127;
        break;
    case CC_RPN_LOW:
    case CC_RPN_HIGH:
        select_parameter(c, number == CC_RPN_LOW, value);
        break;
    case CC_DATA_HIGH:
        c->data[0] = (uint8_t)value;
        c->data[1] = c->parameter[1] == 1 ? c->data[1] : 0;
        set_parameter(e, channel, true);
        break;
    case CC_DATA_LOW:
        c->data[1] = (uint8_t)value;
        set_parameter(e, channel, false);
        break;
    case CC_DATA_UP:
    case CC_DATA_DOWN: /* their values mean nothing */
        step_parameter(e, channel, number == CC_DATA_UP ? 1 : -1);
        break;
    case CC_REVERB:
        c->send.target = (float)value / 127;
        break;
    case CC_ALL_SOUND_OFF:
        tbi_voices_silence(e, channel);
        break;
    case CC_RESET:
        tbi_channel_reset(e, channel);
        break;
    case CC_LOCAL:
        break;
    default:
        if (number >= CC_ALL_NOTES_OFF)
            tbi_voices_all_off(e, channel);
    }
}

void tbi_channel_message(TbEngine *e, const uint8_t *message) {
    int channel = message[0] & 15, a = message[1] & 127, b = message[2] & 127;
    switch (message[0] >> 4) {
    case 0x8:
        tbi_voices_note_off(e, channel, a);
        break;
    case 0x9:
        if (b > 0)
            tbi_voices_note_on(e, channel, a, b);
        else
            tbi_voices_note_off(e, channel, a);
        break;
    case 0xa: /* in MPE only on the master channel */
        if (tbi_mpe_master(e, channel) == channel)
            tbi_voices_key_pressure(e, channel, a, (float)b / 127);
        break;
    case 0xb:
        control(e, channel, a, b);
        break;
    case 0xd:
        e->channel[channel].pressure = (float)a / 127;
        break;
    case 0xe:
        e->channel[channel].bend = (float)(b * 128 + a - 8192) / 8192;
        break;
    default: /* which sound a program is, is decided outside the engine */
        break;
    }
    tbi_part_message(&e->channel[channel].part, message);
}
