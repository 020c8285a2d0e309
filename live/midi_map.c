/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI controllers mapped to controls, with learning and soft takeover. */
#include "live/audio_thread.h"

#include <math.h>
#include <string.h>

#define PICKUP_RANGE 2.0f /* controller steps */
enum {
    CC_BANK = 0,
    CC_DATA_HIGH = 6,
    CC_FIRST_KNOBS = 18, /* two general purpose controllers after those of the pad */
    CC_BANK_LOW = 32,
    CC_DATA_LOW = 38,
    CC_SUSTAIN = 64,
    CC_SOSTENUTO = 66,
    CC_RPN = 96, /* 96 .. 101: registered and non-registered parameters */
    CC_RPN_END = 102,
    CC_CHANNEL_MODE = 120,
};

void tb_midi_map_defaults(TbMidiMap *map) {
    memset(map->control, -1, sizeof map->control);
    for (int i = 0; i < TB_CONTROLS; i++)
        map->control[tb_control_info(i)->cc] = (int8_t)i;
    map->control[CC_FIRST_KNOBS] = TB_CONTROL_KNOBS;
    map->control[CC_FIRST_KNOBS + 1] = TB_CONTROL_KNOBS + 1;
}

/* Whether a controller can be assigned: those that are part of other messages and pedals that hold notes cannot. */
static bool is_learnable(int number) {
    bool parameter = number >= CC_RPN && number < CC_RPN_END;
    return !parameter && number != CC_BANK && number != CC_BANK_LOW && number != CC_DATA_HIGH &&
           number != CC_DATA_LOW && number != CC_SUSTAIN && number != CC_SOSTENUTO && number < CC_CHANNEL_MODE;
}

/* Soft takeover: whether a controller that moves between two values comes close to `position` or crosses it. */
static bool picks_up(float position, int from, int to) {
    float a = (float)from - position, b = (float)to - position;
    return fabsf(b) <= PICKUP_RANGE || (from >= 0 && (fabsf(a) <= PICKUP_RANGE || (a < 0) != (b < 0)));
}

void tbi_midi_map_release(AudioThread *a, int control) {
    for (int i = 0; i < CONTROLLERS; i++)
        a->engaged[i] = a->engaged[i] && atomic_load_explicit(&a->map[i], memory_order_relaxed) != control;
}

bool tbi_midi_map_controller(AudioThread *a, int channel, int number, int value) {
    int learning = atomic_load(&a->learning);
    if (number >= CC_CHANNEL_MODE || tb_engine_is_mpe_member(a->play.engine, channel))
        return false;
    if (learning >= 0 && is_learnable(number) && atomic_compare_exchange_strong(&a->learning, &learning, -1)) {
        atomic_store(&a->map[number], (int8_t)learning);
        a->engaged[number] = false;
    }
    int control = atomic_load_explicit(&a->map[number], memory_order_relaxed), from = a->last_value[number];
    a->last_value[number] = (int8_t)value;
    if (control < 0)
        return false;
    if (a->engaged[number] || picks_up(tb_control_to_cc(control, a->applied[control]), from, value)) {
        float x = tb_control_from_cc(control, value);
        tbi_midi_map_release(a, control); /* another controller may be engaged */
        a->engaged[number] = true;
        a->applied[control] = x;
        atomic_store_explicit(&a->control[control], x, memory_order_relaxed);
        tb_engine_set_control(a->play.engine, control, x);
    }
    return true;
}
