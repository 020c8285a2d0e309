/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What OSC messages do to a jam. */
#include "session/osc_message.h"
#include "session/osc_packet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LITTLE 0.3 /* amount of a variation without one */

/* What follows a prefix; NULL: the path has another. */
static const char *after(const char *path, const char *prefix) {
    const size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

/* The part that "2/mute" or "bass/mute" begins with, and the rest; -1: there is none. */
static int find_part(TbJam *jam, const char *name, const char **rest) {
    TbJamState state;
    const size_t n = strcspn(name, "/");
    if (name[n] != '/')
        return -1;
    *rest = name + n + 1;
    if (n == 1 && *name >= '1' && *name <= '9')
        return *name - '1';
    tb_jam_state(jam, &state);
    for (int i = 0; i < state.n_parts; i++) {
        const char *role = tb_role_name(state.part[i].role);
        if (strlen(role) == n && strncmp(role, name, n) == 0)
            return i;
    }
    return -1;
}

/* Buttons send 1 on press and 0 on release; a message without a number is a press. */
static bool is_press(double value) {
    return !(value == 0);
}

/* A button that is released ends its mode, and no other. */
static TbStatus set_mode(TbJam *jam, int part, TbJamMode mode, double value) {
    TbJamState state;
    if (is_press(value))
        return tb_jam_press(jam, part, TB_JAM_SET_MODE, mode);
    tb_jam_state(jam, &state);
    return part < state.n_parts && state.part[part].mode == mode ? tb_jam_press(jam, part, TB_JAM_SET_MODE, TB_JAM_LOOP)
                                                                 : TB_OK;
}

static void press_part(TbJam *jam, int part, const char *what, double value) {
    static const struct {
        const char *name;
        TbJamAction action;
    } presses[] = {{"once", TB_JAM_ONCE},
                   {"new", TB_JAM_RESET_AND_GENERATE},
                   {"reset", TB_JAM_RESET},
                   {"undo", TB_JAM_UNDO_LOOP}},
      values[] = {{"mute", TB_JAM_MUTE}, {"solo", TB_JAM_SOLO}, {"bars", TB_JAM_LENGTH}};
    TbStatus status = TB_OK;
    for (size_t i = 0; i < sizeof presses / sizeof *presses && is_press(value); i++)
        if (strcmp(what, presses[i].name) == 0)
            status = tb_jam_press(jam, part, presses[i].action, 0);
    for (size_t i = 0; i < sizeof values / sizeof *values && !isnan(value); i++)
        if (strcmp(what, values[i].name) == 0)
            status = tb_jam_press(jam, part, values[i].action, value);
    if (strcmp(what, "vary") == 0 && is_press(value))
        status = tb_jam_press(jam, part, TB_JAM_VARY, isnan(value) ? LITTLE : fmin(fmax(value, 0), 1));
    else if (strcmp(what, "generate") == 0)
        status = set_mode(jam, part, TB_JAM_GENERATE, value);
    else if (strcmp(what, "lock") == 0)
        status = set_mode(jam, part, TB_JAM_LOCK, value);
    tb_ignore(status); /* OSC has no answer: what cannot be done is not */
}

/* Without a mode it stays as it is. */
static void set_key(TbJam *jam, double tonic, double minor) {
    TbJamState state;
    tb_jam_state(jam, &state);
    if (tonic >= 0 && tonic < 12)
        tb_ignore(tb_jam_set_key(jam, (int)tonic, isnan(minor) ? state.key.minor : minor > 0)); /* it is in range */
}

static void dispatch(void *context, const char *path, const OscArguments *a) {
    TbJam *jam = context;
    const char *name = after(path, "/jam/"), *what;
    const double value = tbi_osc_number(a, 0);
    if (!name)
        return;
    const int part = find_part(jam, name, &what);
    if (part >= 0)
        press_part(jam, part, what, value);
    else if (strcmp(name, "key") == 0)
        set_key(jam, value, tbi_osc_number(a, 1));
    else if (strcmp(name, "chords") == 0 && (a->n == 0 || tbi_osc_text(a, 0)))
        tb_ignore(tb_jam_set_chords(jam, tbi_osc_text(a, 0))); /* as above */
    for (int i = 0; i < TB_JAM_CONTROLS && !isnan(value); i++)
        if (strcmp(name, tb_jam_control_info(i)->name) == 0)
            tb_ignore(tb_jam_set(jam, (TbJamControl)i, value)); /* it is a number */
}

void tbi_osc_jam_packet(TbJam *jam, uint8_t *data, size_t n_bytes) {
    tbi_osc_read(dispatch, jam, data, n_bytes);
}
