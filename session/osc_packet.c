/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open Sound Control 1.0 (Wright 2002): liblo parses messages, bundles are split here. Time tags are ignored: messages
 * are played on arrival. */
#include "session/osc_packet.h"

#include <lo/lo.h>
#include <math.h>
#include <string.h>

enum {
    MAX_DEPTH = 4,        /* of nested bundles */
    DEFAULT_CHANNEL = 16, /* separate from a keyboard's, so that its bend does not affect the keyboard */
    BEND_RANGE = 24,
    CC_RPN_COARSE = 101,
    CC_RPN_FINE = 100,
    CC_DATA = 6,
};
static const char BUNDLE[8] = "#bundle";

/* ---- arguments ---- */

typedef struct {
    const char *types;
    lo_arg **arg;
    int n;
} Arguments;

/* NaN: no number at this position. Arguments are aligned to 4 bytes only, hence memcpy. */
static double number(const Arguments *a, int i) {
    union {
        int32_t i;
        int64_t h;
        float f;
        double d;
    } v;
    switch (i < a->n ? a->types[i] : 0) {
    case LO_INT32:
        memcpy(&v.i, a->arg[i], sizeof v.i);
        return v.i;
    case LO_INT64:
        memcpy(&v.h, a->arg[i], sizeof v.h);
        return (double)v.h;
    case LO_FLOAT:
        memcpy(&v.f, a->arg[i], sizeof v.f);
        return (double)v.f;
    case LO_DOUBLE:
        memcpy(&v.d, a->arg[i], sizeof v.d);
        return v.d;
    case LO_TRUE:
        return 1;
    case LO_FALSE:
        return 0;
    default:
        return NAN;
    }
}

static int clamp(double x, int low, int high) {
    return x > low ? (x < high ? (int)lround(x) : high) : low;
}

/* 0 .. 15, from a number 1 .. 16. */
static int channel(const Arguments *a, int i) {
    double x = number(a, i);
    return (isnan(x) ? DEFAULT_CHANNEL : clamp(x, 1, TB_CHANNELS)) - 1;
}

/* ---- messages ---- */

static void send_midi(TbSession *session, int kind, int on_channel, int one, int two) {
    const uint8_t message[3] = {(uint8_t)(kind | on_channel), (uint8_t)one, (uint8_t)two};
    tb_live_send(tb_session_live(session), message, sizeof message);
}

/* key, velocity (a share of the greatest up to 1, beyond that 1 .. 127: the type does not matter), channel */
static void note(TbSession *session, const Arguments *a) {
    double key = number(a, 0), velocity = number(a, 1);
    if (isnan(key) || isnan(velocity) || key < 0 || key > 127)
        return;
    int velocity_7bit = clamp(velocity > 1 ? velocity : 127 * velocity, 0, 127);
    velocity_7bit += velocity_7bit == 0 && velocity > 0; /* a soft note is not a note-off */
    send_midi(session, velocity_7bit ? 0x90 : 0x80, channel(a, 2), clamp(key, 0, 127), velocity_7bit);
}

/* semitones, channel */
static void bend(TbSession *session, const Arguments *a) {
    double semitones = number(a, 0);
    if (isnan(semitones))
        return;
    int c = channel(a, 1), value14 = clamp(8192 * (1 + semitones / BEND_RANGE), 0, 16383);
    send_midi(session, 0xb0, c, CC_RPN_COARSE, 0); /* sent every time, since UDP may lose packets */
    send_midi(session, 0xb0, c, CC_RPN_FINE, 0);
    send_midi(session, 0xb0, c, CC_DATA, BEND_RANGE);
    send_midi(session, 0xe0, c, value14 & 127, value14 >> 7);
}

static void preset(TbSession *session, const Arguments *a) {
    if (a->n > 0 && a->types[0] == LO_STRING) {
        TbSessionRequest request = {.kind = TB_REQUEST_LOAD};
        const char *name = (const char *)a->arg[0];
        if (strlen(name) < sizeof request.name) /* a longer name matches no preset, like an empty one */
            strcpy(request.name, name);
        tb_session_request(session, &request);
    } else if (!isnan(number(a, 0))) {
        tb_session_request(session, &(TbSessionRequest){.kind = TB_REQUEST_LOAD_NUMBERED,
                                                        .number = clamp(number(a, 0), -1, TB_PRESETS_MAX)});
    }
}

static void set(TbSession *session, int control, double value) {
    if (control >= 0 && !isnan(value))
        tb_session_set_control(session, (TbControl)control, (float)value);
}

static void dispatch(TbSession *session, const char *path, const Arguments *a) {
    if (strcmp(path, "/note") == 0) {
        note(session, a);
    } else if (strcmp(path, "/pad") == 0) {
        set(session, TB_CONTROL_X, number(a, 0));
        set(session, TB_CONTROL_Y, number(a, 1));
    } else if (strcmp(path, "/bend") == 0) {
        bend(session, a);
    } else if (strcmp(path, "/preset") == 0) {
        preset(session, a);
    } else if (strcmp(path, "/panic") == 0) {
        if (number(a, 0) != 0) /* buttons send 1 on press and 0 on release */
            tb_live_panic(tb_session_live(session));
    } else if (path[0] == '/') {
        set(session, tb_control_find(path + 1), number(a, 0));
    }
}

static void handle_message(TbSession *session, uint8_t *data, size_t n) {
    lo_message message = lo_message_deserialise(data, n, NULL);
    if (message) { /* liblo has checked that the path is terminated */
        dispatch(
            session, (const char *)data,
            &(Arguments){lo_message_get_types(message), lo_message_get_argv(message), lo_message_get_argc(message)});
        lo_message_free(message);
    }
}

static size_t size_at(const uint8_t *data) {
    return (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
}

static void handle_packet(TbSession *session, uint8_t *data, size_t n, int depth) {
    if (n < sizeof BUNDLE || memcmp(data, BUNDLE, sizeof BUNDLE) != 0) {
        handle_message(session, data, n);
        return;
    }
    for (size_t at = 2 * sizeof BUNDLE; depth > 0 && at + 4 <= n;) { /* skip the mark and the time tag */
        size_t size = size_at(data + at);
        at += 4;
        if (size > n - at)
            return;
        handle_packet(session, data + at, size, depth - 1);
        at += size;
    }
}

void tbi_osc_packet(TbSession *session, uint8_t *data, size_t n_bytes) {
    handle_packet(session, data, n_bytes, MAX_DEPTH);
}
