/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/computer_keyboard.h"
#include "app/terminal.h"

#include <string.h>

#define LASTS 0.4    /* seconds a note is held */
#define REPEATS 0.09 /* faster repetitions are auto-repeat */
#define PAD_STEP 0.04f
#define KNOB_STEP 0.25f
enum { CC_SUSTAIN = 64, VELOCITY_STEP = 16 };

void computer_keyboard_begin(ComputerKeyboard *k, TbLive *live) {
    *k = (ComputerKeyboard){.live = live, .octave = 60, .velocity = 96};
}

TbControl computer_keyboard_knob(const ComputerKeyboard *k) {
    return TB_CONTROL_KNOBS + (TbControl)k->knob;
}

/* Sends on all channels, so it does not matter which one a keyboard uses. */
static void control(ComputerKeyboard *k, int number, int value) {
    for (int c = 0; c < TB_CHANNELS; c++)
        tb_live_send(k->live, (const uint8_t[]){(uint8_t)(0xb0 | c), (uint8_t)number, (uint8_t)value}, 3);
}

static int between(int low, int x, int high) {
    return x < low ? low : x > high ? high : x;
}

static void strike(ComputerKeyboard *k, int note, double now) {
    bool repeats = k->off[note] > 0 && now - k->struck[note] < REPEATS;
    k->struck[note] = now;
    k->off[note] = now + LASTS;
    if (!repeats)
        tb_live_send(k->live, (const uint8_t[]){0x90, (uint8_t)note, (uint8_t)k->velocity}, 3);
}

void computer_keyboard_poll(ComputerKeyboard *k, double now) {
    for (int note = 0; note < 128; note++)
        if (k->off[note] > 0 && now >= k->off[note]) {
            k->off[note] = 0;
            tb_live_send(k->live, (const uint8_t[]){0x80, (uint8_t)note, 0}, 3);
        }
}

/* Starts from the current value: others may have changed it. */
static void move(ComputerKeyboard *k, TbControl control, float by) {
    tb_live_set_control(k->live, control, tb_live_control(k->live, control) + by);
}

bool computer_keyboard_press(ComputerKeyboard *k, int key, double now) {
    static const char piano[] = "awsedftgyhujkolp;";
    const char *found = key > 0 && key < 128 ? strchr(piano, key) : NULL;
    if (found) {
        int note = k->octave + (int)(found - piano);
        if (note >= 0 && note < 128)
            strike(k, note, now);
        return true;
    }
    if (key >= '1' && key < '1' + TB_KNOBS) {
        k->knob = key - '1';
        return true;
    }
    switch (key) {
    case 'z':
    case 'x':
        k->octave = between(12, k->octave + (key == 'x' ? 12 : -12), 96);
        return true;
    case 'c':
    case 'v':
        k->velocity = between(16, k->velocity + (key == 'v' ? VELOCITY_STEP : -VELOCITY_STEP), 127);
        return true;
    case ' ':
        k->hold = !k->hold;
        control(k, CC_SUSTAIN, k->hold ? 127 : 0);
        return true;
    case '-':
    case '=':
    case '+':
        move(k, computer_keyboard_knob(k), key == '-' ? -KNOB_STEP : KNOB_STEP);
        return true;
    case '0':
        for (int i = 0; i < TB_KNOBS; i++)
            tb_live_set_control(k->live, TB_CONTROL_KNOBS + i, 0);
        return true;
    case KEY_LEFT:
    case KEY_RIGHT:
        move(k, TB_CONTROL_X, key == KEY_RIGHT ? PAD_STEP : -PAD_STEP);
        return true;
    case KEY_DOWN:
    case KEY_UP:
        move(k, TB_CONTROL_Y, key == KEY_UP ? PAD_STEP : -PAD_STEP);
        return true;
    default:
        return false;
    }
}
