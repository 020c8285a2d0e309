/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/map_json.h"
#include "app/json_text.h"
#include "base/no_memory.h"

#include <stdio.h>

TbStatus map_json(const MapSounds *s, const float *xy, const size_t *nearest, double stress) {
    json_t *root = json_object(), *sounds = json_array(), *skipped = json_array();
    for (size_t i = 0; i < s->n; i++) {
        json_t *sound = json_object();
        json_object_set_new(sound, "name", json_text(s->sounds[i].name));
        json_object_set_new(sound, "file", json_text(s->sounds[i].path));
        json_object_set_new(sound, "folder", json_text(s->groups[s->sounds[i].group]));
        json_object_set_new(sound, "x", json_real(xy[2 * i]));
        json_object_set_new(sound, "y", json_real(xy[2 * i + 1]));
        json_object_set_new(sound, "most_like", json_text(s->sounds[nearest[i]].name));
        json_object_set_new(sound, "brightness", json_real(s->sounds[i].hz));
        json_array_append_new(sounds, sound);
    }
    for (size_t i = 0; i < s->n_skipped; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "file", json_text(s->skipped[i].path));
        json_object_set_new(one, "why", json_text(s->skipped[i].why));
        json_array_append_new(skipped, one);
    }
    json_object_set_new(root, "n", json_integer((json_int_t)s->n));
    json_object_set_new(root, "stress", json_real(stress));
    json_object_set_new(root, "sounds", sounds);
    json_object_set_new(root, "passed_over", skipped);
    int failed = json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
    printf("\n");
    json_decref(root);
    return failed ? tbi_no_memory("for the JSON text") : TB_OK;
}
