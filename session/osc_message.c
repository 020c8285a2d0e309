/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open Sound Control 1.0 (Wright 2002): liblo parses messages, bundles are split here. Time tags are ignored: messages
 * are played on arrival. */
#include "session/osc_message.h"

#include <lo/lo.h>
#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 4 /* of nested bundles */ };
static const char BUNDLE[8] = "#bundle";

/* Arguments are aligned to 4 bytes only, hence memcpy. */
double tbi_osc_number(const OscArguments *a, int i) {
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

const char *tbi_osc_text(const OscArguments *a, int i) {
    return i < a->n && a->types[i] == LO_STRING ? (const char *)a->arg[i] : NULL;
}

typedef struct {
    OscHandler handler;
    void *context;
} Reader;

static void read_message(const Reader *r, uint8_t *data, size_t n) {
    lo_message message = lo_message_deserialise(data, n, NULL);
    if (message) { /* liblo has checked that the path is terminated */
        const OscArguments arguments = {lo_message_get_types(message), (void *const *)lo_message_get_argv(message),
                                        lo_message_get_argc(message)};
        r->handler(r->context, (const char *)data, &arguments);
        lo_message_free(message);
    }
}

static size_t size_at(const uint8_t *data) {
    return (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
}

static void read_packet(const Reader *r, uint8_t *data, size_t n, int depth) {
    if (n < sizeof BUNDLE || memcmp(data, BUNDLE, sizeof BUNDLE) != 0) {
        read_message(r, data, n);
        return;
    }
    for (size_t at = 2 * sizeof BUNDLE; depth > 0 && at + 4 <= n;) { /* skip the mark and the time tag */
        size_t size = size_at(data + at);
        at += 4;
        if (size > n - at)
            return;
        read_packet(r, data + at, size, depth - 1);
        at += size;
    }
}

void tbi_osc_read(OscHandler handler, void *context, uint8_t *data, size_t n_bytes) {
    read_packet(&(Reader){handler, context}, data, n_bytes, MAX_DEPTH);
}
