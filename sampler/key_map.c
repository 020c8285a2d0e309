/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Divides keys and velocities among samples. */
#include "sampler/key_map.h"

#include <math.h>
#include <stdio.h>

/* Where the steps between keys differ, a sample cannot be transposed to its neighbours. */
static void set_tuned_zones(const TbSamplerOptions *o, TbKeyMap *map) {
    map->n_zones = 0;
    for (int key = o->low_key; key <= o->high_key; key++)
        if (isfinite(o->tuning[key]))
            map->zone[map->n_zones++] = (TbZone){key, key, key};
}

static void set_zones(const TbSamplerOptions *o, TbKeyMap *map) {
    map->n_zones = 0;
    for (int key = o->low_key; key <= o->high_key && map->n_zones < TB_MAX_ZONES; key += o->every) {
        TbZone *zone = &map->zone[map->n_zones++];
        /* With an even number of keys the larger half is below: a sample transposed up gets too bright, which is
         * worse. */
        *zone = (TbZone){key, key - o->every / 2, key + (o->every - 1) / 2};
        if (zone->low < o->low_key)
            zone->low = o->low_key;
    }
    map->zone[map->n_zones - 1].high = o->high_key;
}

void tbi_key_map(const TbSamplerOptions *o, bool has_pitch, TbKeyMap *map) {
    if (has_pitch && o->tuning) {
        set_tuned_zones(o, map);
    } else if (has_pitch) {
        set_zones(o, map);
    } else {
        int middle = o->low_key <= 60 && 60 <= o->high_key ? 60 : (o->low_key + o->high_key) / 2;
        map->n_zones = 1;
        map->zone[0] = (TbZone){middle, o->low_key, o->high_key};
    }
    map->n_layers = o->layers;
    for (int i = 0; i < o->layers; i++) {
        TbLayer *layer = &map->layer[i];
        layer->low = i ? map->layer[i - 1].high + 1 : 1;
        layer->high = (127 * (i + 1) + o->layers / 2) / o->layers;
        layer->n_curve = 0;
        for (int j = 0; j < TB_CURVE; j++) {
            int velocity = layer->low + (layer->high - layer->low) * j / (TB_CURVE - 1);
            layer->velocity[layer->n_curve] = velocity;
            layer->gain[layer->n_curve++] = 1;
        }
    }
}

void tbi_key_name(int key, bool for_file, char name[TB_KEY_NAME]) {
    static const char *const plain[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    static const char *const in_file[] = {"C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B"};
    snprintf(name, TB_KEY_NAME, "%s%d", (for_file ? in_file : plain)[key % 12], key / 12 - 1);
}
