/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/map_json.h"
#include "base/no_memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON is UTF-8, file names may be anything: replaces invalid bytes by question marks. */
static json_t *text(const char *s) {
    json_t *json = json_string(s);
    if (json)
        return json;
    char *copy = strdup(s);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    json = copy ? json_string(copy) : NULL;
    free(copy);
    return json;
}

TbStatus map_json(const MapSounds *s, const float *xy, const size_t *nearest, double stress) {
    json_t *root = json_object(), *sounds = json_array(), *skipped = json_array();
    for (size_t i = 0; i < s->n; i++) {
        json_t *sound = json_object();
        json_object_set_new(sound, "name", text(s->sounds[i].name));
        json_object_set_new(sound, "file", text(s->sounds[i].path));
        json_object_set_new(sound, "folder", text(s->groups[s->sounds[i].group]));
        json_object_set_new(sound, "x", json_real(xy[2 * i]));
        json_object_set_new(sound, "y", json_real(xy[2 * i + 1]));
        json_object_set_new(sound, "most_like", text(s->sounds[nearest[i]].name));
        json_object_set_new(sound, "brightness", json_real(s->sounds[i].hz));
        json_array_append_new(sounds, sound);
    }
    for (size_t i = 0; i < s->n_skipped; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "file", text(s->skipped[i].path));
        json_object_set_new(one, "why", text(s->skipped[i].why));
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
