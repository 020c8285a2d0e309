/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which MIDI controller moves which control, and when it may. */
#include "live/audio_thread.h"

#include <math.h>
#include <string.h>

#define NEAR 2.0f /* steps */
enum {
    CC_BANK = 0,
    CC_DATA_HIGH = 6,
    CC_FIRST_KNOBS = 18, /* two general purpose controllers behind those of the pad */
    CC_BANK_LOW = 32,
    CC_DATA_LOW = 38,
    CC_SUSTAIN = 64,
    CC_SOSTENUTO = 66,
    CC_PARAMETERS = 96, /* 96 .. 101 set registered parameters */
    CC_PARAMETERS_END = 102,
    CC_MODES = 120,
};

void tb_midi_map_defaults(TbMidiMap *map) {
    memset(map->control, -1, sizeof map->control);
    for (int i = 0; i < TB_CONTROLS; i++)
        map->control[tb_control_info(i)->cc] = (int8_t)i;
    map->control[CC_FIRST_KNOBS] = TB_CONTROL_KNOBS;
    map->control[CC_FIRST_KNOBS + 1] = TB_CONTROL_KNOBS + 1;
}

/* Whether it can be given to a control: it is not a part of another message, nor a pedal that holds notes. */
static bool is_free(int number) {
    bool parameter = number >= CC_PARAMETERS && number < CC_PARAMETERS_END;
    return !parameter && number != CC_BANK && number != CC_BANK_LOW && number != CC_DATA_HIGH &&
           number != CC_DATA_LOW && number != CC_SUSTAIN && number != CC_SOSTENUTO && number < CC_MODES;
}

/* Whether a controller that goes from one step to another finds a control that stands at `place`: it comes near, or
 * passes. */
static bool finds(float place, int from, int to) {
    float a = (float)from - place, b = (float)to - place;
    return fabsf(b) <= NEAR || (from >= 0 && (fabsf(a) <= NEAR || (a < 0) != (b < 0)));
}

void tbi_midi_map_release(AudioThread *a, int control) {
    for (int i = 0; i < CONTROLLERS; i++)
        a->holds[i] = a->holds[i] && atomic_load_explicit(&a->map[i], memory_order_relaxed) != control;
}

bool tbi_midi_map_controller(AudioThread *a, int channel, int number, int value) {
    int learning = atomic_load(&a->learning);
    if (number >= CC_MODES || tb_engine_is_mpe_member(a->play.engine, channel))
        return false;
    if (learning >= 0 && is_free(number) && atomic_compare_exchange_strong(&a->learning, &learning, -1)) {
        atomic_store(&a->map[number], (int8_t)learning);
        a->holds[number] = false;
    }
    int control = atomic_load_explicit(&a->map[number], memory_order_relaxed), from = a->step[number];
    a->step[number] = (int8_t)value;
    if (control < 0)
        return false;
    if (a->holds[number] || finds(tb_control_to_cc(control, a->applied[control]), from, value)) {
        float x = tb_control_from_cc(control, value);
        tbi_midi_map_release(a, control); /* another controller may have held it */
        a->holds[number] = true;
        a->applied[control] = x;
        atomic_store_explicit(&a->control[control], x, memory_order_relaxed);
        tb_engine_set_control(a->play.engine, control, x);
    }
    return true;
}
