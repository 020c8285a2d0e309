/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open Sound Control 1.0 (Wright 2002): messages are taken apart by liblo, bundles here. Time tags are not waited for:
 * what comes is played. */
#include "session/osc_packet.h"

#include <lo/lo.h>
#include <math.h>
#include <string.h>

enum {
    DEPTH = 4,    /* of bundles within bundles */
    CHANNEL = 16, /* for notes that name none: its bend is not that of the keyboard beside */
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

static bool whole(const Arguments *a, int i) {
    return i < a->n && (a->types[i] == LO_INT32 || a->types[i] == LO_INT64);
}

/* NaN: there is no number at this place. In a packet all stands on multiples of 4, where a double may not be read. */
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

/* 0 .. 15, of a channel as people count it. */
static int channel(const Arguments *a, int i) {
    double x = number(a, i);
    return (isnan(x) ? CHANNEL : clamp(x, 1, TB_CHANNELS)) - 1;
}

/* ---- messages ---- */

static void send_midi(TbSession *session, int kind, int on_channel, int one, int two) {
    const uint8_t message[3] = {(uint8_t)(kind | on_channel), (uint8_t)one, (uint8_t)two};
    tb_live_send(tb_session_live(session), message, sizeof message);
}

/* key, velocity (0 .. 127; a number with a point: 0 .. 1), channel */
static void note(TbSession *session, const Arguments *a) {
    double key = number(a, 0), velocity = number(a, 1);
    if (isnan(key) || isnan(velocity) || key < 0 || key > 127)
        return;
    int strength = clamp(whole(a, 1) ? velocity : 127 * velocity, 0, 127);
    strength += strength == 0 && velocity > 0; /* soft is not off */
    send_midi(session, strength ? 0x90 : 0x80, channel(a, 2), clamp(key, 0, 127), strength);
}

/* semitones, channel */
static void bend(TbSession *session, const Arguments *a) {
    double semitones = number(a, 0);
    if (isnan(semitones))
        return;
    int c = channel(a, 1), bent = clamp(8192 * (1 + semitones / BEND_RANGE), 0, 16383);
    send_midi(session, 0xb0, c, CC_RPN_COARSE, 0); /* said every time: packets get lost */
    send_midi(session, 0xb0, c, CC_RPN_FINE, 0);
    send_midi(session, 0xb0, c, CC_DATA, BEND_RANGE);
    send_midi(session, 0xe0, c, bent & 127, bent >> 7);
}

static void preset(TbSession *session, const Arguments *a) {
    if (a->n > 0 && a->types[0] == LO_STRING) {
        TbStageRequest request = {.kind = TB_REQUEST_LOAD};
        const char *name = (const char *)a->arg[0];
        if (strlen(name) < sizeof request.name) /* a longer one is no preset's, as none has no name */
            strcpy(request.name, name);
        tb_session_request(session, &request);
    } else if (!isnan(number(a, 0))) {
        tb_session_request(session, &(TbStageRequest){.kind = TB_REQUEST_LOAD_NUMBERED,
                                                      .number = clamp(number(a, 0), -1, TB_PRESETS_MAX)});
    }
}

static void set(TbSession *session, int control, double value) {
    if (control >= 0 && !isnan(value))
        tb_session_set_control(session, (TbControl)control, (float)value);
}

static void act(TbSession *session, const char *path, const Arguments *a) {
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
        if (number(a, 0) != 0) /* a button says 1 when it is pressed, 0 when it is let go */
            tb_live_panic(tb_session_live(session));
    } else if (path[0] == '/') {
        set(session, tb_control_find(path + 1), number(a, 0));
    }
}

static void take_message(TbSession *session, uint8_t *data, size_t n) {
    lo_message message = lo_message_deserialise(data, n, NULL);
    if (message) { /* so its path is a text that ends */
        act(session, (const char *)data,
            &(Arguments){lo_message_get_types(message), lo_message_get_argv(message), lo_message_get_argc(message)});
        lo_message_free(message);
    }
}

static size_t size_at(const uint8_t *data) {
    return (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
}

static void take(TbSession *session, uint8_t *data, size_t n, int depth) {
    if (n < sizeof BUNDLE || memcmp(data, BUNDLE, sizeof BUNDLE) != 0) {
        take_message(session, data, n);
        return;
    }
    for (size_t at = 2 * sizeof BUNDLE; depth > 0 && at + 4 <= n;) { /* behind the mark and the time tag */
        size_t size = size_at(data + at);
        at += 4;
        if (size > n - at)
            return;
        take(session, data + at, size, depth - 1);
        at += size;
    }
}

void tbi_osc_packet(TbSession *session, uint8_t *data, size_t n_bytes) {
    take(session, data, n_bytes, DEPTH);
}
