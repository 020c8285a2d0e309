/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What OSC messages do to a session. */
#include "session/osc_packet.h"
#include "session/osc_message.h"

#include <math.h>
#include <string.h>

enum {
    DEFAULT_CHANNEL = 16, /* separate from a keyboard's, so that its bend does not affect the keyboard */
    BEND_RANGE = 24,
    CC_RPN_COARSE = 101,
    CC_RPN_FINE = 100,
    CC_DATA = 6,
};
static int clamp(double x, int low, int high) {
    return x > low ? (x < high ? (int)lround(x) : high) : low;
}

/* 0 .. 15, from a number 1 .. 16. */
static int channel(const OscArguments *a, int i) {
    double x = tbi_osc_number(a, i);
    return (isnan(x) ? DEFAULT_CHANNEL : clamp(x, 1, TB_CHANNELS)) - 1;
}

/* ---- messages ---- */

static void send_midi(TbSession *session, int kind, int on_channel, int one, int two) {
    const uint8_t message[3] = {(uint8_t)(kind | on_channel), (uint8_t)one, (uint8_t)two};
    tb_live_send(tb_session_live(session), message, sizeof message);
}

/* key, velocity (a share of the greatest up to 1, beyond that 1 .. 127: the type does not matter), channel */
static void note(TbSession *session, const OscArguments *a) {
    double key = tbi_osc_number(a, 0), velocity = tbi_osc_number(a, 1);
    if (isnan(key) || isnan(velocity) || key < 0 || key > 127)
        return;
    int velocity_7bit = clamp(velocity > 1 ? velocity : 127 * velocity, 0, 127);
    velocity_7bit += velocity_7bit == 0 && velocity > 0; /* a soft note is not a note-off */
    send_midi(session, velocity_7bit ? 0x90 : 0x80, channel(a, 2), clamp(key, 0, 127), velocity_7bit);
}

/* semitones, channel */
static void bend(TbSession *session, const OscArguments *a) {
    double semitones = tbi_osc_number(a, 0);
    if (isnan(semitones))
        return;
    int c = channel(a, 1), value14 = clamp(8192 * (1 + semitones / BEND_RANGE), 0, 16383);
    send_midi(session, 0xb0, c, CC_RPN_COARSE, 0); /* sent every time, since UDP may lose packets */
    send_midi(session, 0xb0, c, CC_RPN_FINE, 0);
    send_midi(session, 0xb0, c, CC_DATA, BEND_RANGE);
    send_midi(session, 0xe0, c, value14 & 127, value14 >> 7);
}

static void preset(TbSession *session, const OscArguments *a) {
    const char *name = tbi_osc_text(a, 0);
    if (name) {
        TbSessionRequest request = {.kind = TB_REQUEST_LOAD};
        if (strlen(name) < sizeof request.name) /* a longer name matches no preset, like an empty one */
            strcpy(request.name, name);
        tb_session_request(session, &request);
    } else if (!isnan(tbi_osc_number(a, 0))) {
        tb_session_request(session, &(TbSessionRequest){.kind = TB_REQUEST_LOAD_NUMBERED,
                                                        .number = clamp(tbi_osc_number(a, 0), -1, TB_PRESETS_MAX)});
    }
}

static void set(TbSession *session, int control, double value) {
    if (control >= 0 && !isnan(value))
        tb_session_set_control(session, (TbControl)control, (float)value);
}

static void dispatch(void *context, const char *path, const OscArguments *a) {
    TbSession *session = context;
    if (strcmp(path, "/note") == 0) {
        note(session, a);
    } else if (strcmp(path, "/pad") == 0) {
        set(session, TB_CONTROL_X, tbi_osc_number(a, 0));
        set(session, TB_CONTROL_Y, tbi_osc_number(a, 1));
    } else if (strcmp(path, "/bend") == 0) {
        bend(session, a);
    } else if (strcmp(path, "/preset") == 0) {
        preset(session, a);
    } else if (strcmp(path, "/panic") == 0) {
        if (tbi_osc_number(a, 0) != 0) /* buttons send 1 on press and 0 on release */
            tb_live_panic(tb_session_live(session));
    } else if (path[0] == '/') {
        set(session, tb_control_find(path + 1), tbi_osc_number(a, 0));
    }
}

void tbi_osc_packet(TbSession *session, uint8_t *data, size_t n_bytes) {
    tbi_osc_read(dispatch, session, data, n_bytes);
}
