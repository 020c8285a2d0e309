/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The protocol. A page and the server exchange messages over a WebSocket at /socket, subprotocol "timbrel" (with
 * ?token=... if a token is required).
 *
 * A page sends text messages of up to 4096 bytes, each a JSON object with exactly one member:
 *
 *   {"set": {"brightness": 0.5, "x": 0.2}}     sets controls, named as in tb_control_info
 *   {"note": [60, 96]}                         key and velocity 1 .. 127; 0: note off
 *   {"sustain": true}                          sustain pedal
 *   {"sound": [0, "flute,seed:7@0.3"]}         sets the sound of a corner; "" removes it, except the last
 *   {"load": "Name"}  {"remove": "Name"}       loads or deletes a preset
 *   {"save": {"name": "Name", "text": "..."}}  saves the current state as a preset
 *   {"undo": true}  {"redo": true}             one step
 *   {"compare": "a"}                           selects side "a" or "b"
 *   {"learn": "brightness"}                    assigns the next controller that moves; null: cancels
 *   {"record": true}                           starts recording; false: stops it
 *   {"panic": true}                            ends all notes
 *
 * Other messages are ignored. Values out of a control's range are clamped.
 *
 * The server sends text messages with one member each when their content has changed, and all of them to a new page:
 *
 *   {"hello": {"controls": [{"name", "less", "more", "unit", "low", "high", "default"} ...], "bundled": ["bell" ...]}}
 *   {"controls": {"brightness": 0.5, ...}}     current values of all controls
 *   {"session": {"name", "text", "sounds": [...], "changed", "b", "undo", "redo", "loading", "changes", "error",
 * "errors", "preset_faults", "learning": "brightness" or null, "map": {"74": "brightness", ...}, "recording": "a.wav"
 * or null}}
 *   {"live": {"load", "worst", "voices", "latency", "xruns", "overruns", "recorded", "lost", "device", "error"}}
 *   {"presets": [{"name", "text", "factory"} ...]}
 *   {"map": {"done", "error", "dots": [["flute", x, y] ...]}}   0 .. 1; neighbours sound alike; error: why some
 *     are missing, ""
 *
 * and, up to 25 times a second, binary messages with keys, meters, waveform and spectrum, as described in scope.h. */
#include "web/client_messages.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* ---- strict conversions of values ---- */

static bool to_int(const json_t *value, int low, int high, int *number) {
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return false;
    *number = (int)json_integer_value(value);
    return true;
}

/* One line without control characters. Jansson has checked that it is UTF-8 without zeros. */
static bool to_text(const json_t *value, size_t size, char *text) {
    if (!json_is_string(value) || json_string_length(value) >= size)
        return false;
    memcpy(text, json_string_value(value), json_string_length(value) + 1);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return false;
    return true;
}

static bool to_preset_name(const json_t *value, char *name) {
    return to_text(value, TB_PRESET_NAME, name) && *name && !strchr(name, '/');
}

/* ---- a reader for each kind ---- */

static bool read_set(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    const char *name;
    json_t *number;
    (void)initial;
    for (int i = 0; i < TB_CONTROLS; i++)
        received->control[i] = NAN;
    if (!json_is_object(value) || json_object_size(value) == 0)
        return false;
    json_object_foreach(value, name, number) {
        int control = tb_control_find(name);
        if (control < 0 || !json_is_number(number))
            return false;
        const TbControlInfo *info = tb_control_info((TbControl)control);
        received->control[control] = fminf(fmaxf((float)json_number_value(number), info->low), info->high);
    }
    return true;
}

static bool read_note(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    return json_is_array(value) && json_array_size(value) == 2 &&
           to_int(json_array_get(value, 0), 0, 127, &received->number) &&
           to_int(json_array_get(value, 1), 0, 127, &received->velocity);
}

static bool read_switch(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    received->on = json_is_true(value);
    return json_is_boolean(value);
}

static bool read_sound(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    return json_is_array(value) && json_array_size(value) == 2 &&
           to_int(json_array_get(value, 0), 0, TB_PARTS - 1, &received->number) &&
           to_text(json_array_get(value, 1), sizeof received->name, received->name) &&
           (!*received->name || tbi_allowed_sound(initial, received->name));
}

static bool read_preset(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    return to_preset_name(value, received->name);
}

static bool read_save(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    return json_is_object(value) && json_object_size(value) == 2 &&
           to_preset_name(json_object_get(value, "name"), received->name) &&
           to_text(json_object_get(value, "text"), sizeof received->text, received->text);
}

static bool read_true(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    (void)received;
    return json_is_true(value);
}

static bool read_compare(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    const char *side = json_string_value(value);
    (void)initial;
    received->on = side && strcmp(side, "b") == 0;
    return side && (received->on || strcmp(side, "a") == 0);
}

static bool read_learn(json_t *value, const AllowedSounds *initial, ClientMessage *received) {
    (void)initial;
    received->number = json_is_string(value) ? tb_control_find(json_string_value(value)) : -1;
    return json_is_null(value) || received->number >= 0;
}

static const struct {
    const char *name;
    ClientMessageKind kind;
    bool (*read)(json_t *value, const AllowedSounds *initial, ClientMessage *received);
} kinds[] = {
    {"set", CLIENT_SET, read_set},
    {"note", CLIENT_NOTE, read_note},
    {"sustain", CLIENT_SUSTAIN, read_switch},
    {"sound", CLIENT_SOUND, read_sound},
    {"load", CLIENT_LOAD, read_preset},
    {"save", CLIENT_SAVE, read_save},
    {"remove", CLIENT_REMOVE, read_preset},
    {"undo", CLIENT_UNDO, read_true},
    {"redo", CLIENT_REDO, read_true},
    {"compare", CLIENT_COMPARE, read_compare},
    {"learn", CLIENT_LEARN, read_learn},
    {"record", CLIENT_RECORD, read_switch},
    {"panic", CLIENT_PANIC, read_true},
};

bool tbi_client_message_parse(const char *text, size_t n, const AllowedSounds *initial, ClientMessage *received) {
    json_t *message = n <= MESSAGE_BYTES ? json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool valid = false;
    memset(received, 0, sizeof *received);
    if (json_is_object(message) && json_object_size(message) == 1) {
        void *member = json_object_iter(message);
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (strcmp(kinds[i].name, json_object_iter_key(member)) == 0) {
                received->kind = kinds[i].kind;
                valid = kinds[i].read(json_object_iter_value(member), initial, received);
            }
        }
    }
    json_decref(message);
    return valid;
}
