/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/jam_keys.h"
#include "app/terminal.h"

#include <math.h>
#include <stdio.h>

#define LITTLE 0.3 /* amounts of variation */
#define MUCH 0.7
#define TAP_TIMEOUT 2.5 /* seconds */
enum { FIFTH = 7, KEY_BACKSPACE = 127 };

static void told(JamKeys *k, TbStatus status) {
    if (status)
        snprintf(k->message, sizeof k->message, "%s", tb_error_text(status));
}

static void press(JamKeys *k, TbJamAction action, double value) {
    told(k, tb_jam_press(k->jam, k->part, action, value));
}

static void turn(JamKeys *k, const TbJamState *s, TbJamControl control, double by) {
    told(k, tb_jam_set(k->jam, control, s->value[control] + by));
}

/* The tempo of the last taps. */
static void tap(JamKeys *k, double t) {
    enum { MOST = sizeof k->taps / sizeof *k->taps };
    if (k->n_taps && t - k->taps[k->n_taps - 1] > TAP_TIMEOUT)
        k->n_taps = 0;
    for (int i = 1; k->n_taps == MOST && i < MOST; i++)
        k->taps[i - 1] = k->taps[i];
    k->n_taps -= k->n_taps == MOST;
    k->taps[k->n_taps++] = t;
    const double seconds = t - k->taps[0];
    if (k->n_taps > 2 && seconds > 0)
        told(k, tb_jam_set(k->jam, TB_JAM_TEMPO, rint(60 * (k->n_taps - 1) / seconds)));
}

/* Asks all parts for new loops; locked ones keep theirs. */
static void renew_all(JamKeys *k, int n_parts) {
    for (int i = 0; i < n_parts; i++)
        tb_ignore(/* locked parts keep theirs */
                  tb_jam_press(k->jam, i, TB_JAM_RESET_AND_GENERATE, 0));
}

static bool press_part(JamKeys *k, int key, const TbJamPartState *p) {
    switch (key) {
    case 'g':
        press(k, TB_JAM_SET_MODE, p->mode == TB_JAM_GENERATE ? TB_JAM_LOOP : TB_JAM_GENERATE);
        return true;
    case 'l':
        press(k, TB_JAM_SET_MODE, p->mode == TB_JAM_LOCK ? TB_JAM_LOOP : TB_JAM_LOCK);
        return true;
    case 'o':
        press(k, TB_JAM_ONCE, 0);
        return true;
    case 'n':
        press(k, TB_JAM_RESET_AND_GENERATE, 0);
        return true;
    case 'r':
        press(k, TB_JAM_RESET, 0);
        return true;
    case 'v':
    case 'V':
        press(k, TB_JAM_VARY, key == 'v' ? LITTLE : MUCH);
        return true;
    case 'm':
        press(k, TB_JAM_MUTE, !p->muted);
        return true;
    case 's':
        press(k, TB_JAM_SOLO, !p->soloed);
        return true;
    case 'u':
    case KEY_BACKSPACE:
        press(k, TB_JAM_UNDO_LOOP, 0);
        return true;
    case ',':
        press(k, TB_JAM_LENGTH, p->bars > 1 ? p->bars / 2 : 1);
        return true;
    case '.':
        press(k, TB_JAM_LENGTH, p->bars < TB_JAM_BARS ? 2 * p->bars : TB_JAM_BARS);
        return true;
    default:
        return false;
    }
}

static bool press_shared(JamKeys *k, int key, const TbJamState *s, double t) {
    switch (key) {
    case '-':
    case '=':
    case '+':
        turn(k, s, TB_JAM_TEMPO, key == '-' ? -1 : 1);
        return true;
    case 't':
        tap(k, t);
        return true;
    case '[':
    case ']':
        turn(k, s, TB_JAM_SWING, key == '[' ? -1 : 1);
        return true;
    case KEY_LEFT:
    case KEY_RIGHT:
        turn(k, s, TB_JAM_INTENSITY, key == KEY_LEFT ? -0.1 : 0.1);
        return true;
    case '9':
    case '0':
        turn(k, s, TB_JAM_TEMPERATURE, key == '9' ? -0.1 : 0.1);
        return true;
    case 'b':
        told(k, tb_jam_set(k->jam, TB_JAM_QUANTISE, s->value[TB_JAM_QUANTISE] < 0.5));
        return true;
    case 'k':
    case 'K':
        told(k, tb_jam_set_key(k->jam, (s->key.tonic + (key == 'K' ? FIFTH : 12 - FIFTH)) % 12, s->key.minor));
        return true;
    case 'j':
        told(k, tb_jam_set_key(k->jam, s->key.tonic, !s->key.minor));
        return true;
    case 'c':
        told(k, tb_jam_set_chords(k->jam, NULL));
        return true;
    case 'a':
        renew_all(k, s->n_parts);
        return true;
    default:
        return false;
    }
}

bool jam_keys_press(JamKeys *k, int key, double t) {
    TbJamState s;
    tb_jam_state(k->jam, &s);
    *k->message = 0;
    if (key >= '1' && key < '1' + s.n_parts)
        k->part = key - '1';
    else if (key == KEY_UP || key == KEY_DOWN)
        k->part = (k->part + (key == KEY_UP ? s.n_parts - 1 : 1)) % s.n_parts;
    else
        return press_part(k, key, &s.part[k->part]) || press_shared(k, key, &s, t);
    return true;
}
