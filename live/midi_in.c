// SPDX-License-Identifier: GPL-3.0-or-later
/* MIDI inputs by RtMidi, from ALSA and from JACK at once. RtMidi calls back on a thread of its own for each connection
 * (JACK's are real-time threads), so each has a queue of its own. */
#include "live/midi_in.h"
#include "live/quiet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum RtMidiApi api;
    const char *name;
} apis[MIDI_APIS] = {{RTMIDI_API_LINUX_ALSA, "ALSA"}, {RTMIDI_API_UNIX_JACK, "JACK"}};

enum { QUEUE = 64 }; /* RtMidi's own, which a callback leaves empty */
enum { CC_SUSTAIN = 64, CC_NOTES_OFF = 123 };

/* ---- connections ---- */

static void receive(double since_last, const unsigned char *message, size_t n_bytes, void *port) {
    const MidiPort *p = port;
    (void)since_last;
    audio_thread_send(p->thread, p->source, message, n_bytes);
}

static void close_port(MidiPort *p) {
    if (p->port) {
        rtmidi_in_free(p->port);
        p->port = NULL;
    }
}

/* number -1: a port that others connect to. */
static bool open_port(MidiPort *p, int api, int number) {
    p->api = api;
    p->port = rtmidi_in_create(apis[api].api, "Timbrel MIDI", QUEUE);
    if (p->port && p->port->ok && p->port->ptr) {
        rtmidi_in_set_callback(p->port, receive, p);
        if (number < 0) {
            rtmidi_open_virtual_port(p->port, "in");
        } else {
            rtmidi_open_port(p->port, (unsigned)number, "in");
        }
        if (p->port->ok) {
            return true;
        }
    }
    close_port(p);
    return false;
}

static bool port_name(RtMidiInPtr port, int api, unsigned number, char name[TB_LIVE_NAME]) {
    char text[TB_LIVE_NAME] = "";
    int size = sizeof text;
    if (rtmidi_get_port_name(port, number, text, &size) < 0 || !port->ok || !*text) {
        return false;
    }
    snprintf(name, TB_LIVE_NAME, "%s: %.*s", apis[api].name, TB_LIVE_NAME - 8, text);
    return true;
}

/* ---- which ---- */

/* JACK shows ALSA's inputs a second time through bridges: each key would sound twice. */
static bool is_bridge(const MidiIn *m, const char *name) {
    static const char *const bridges[] = {"JACK: a2j", "JACK: Midi-Bridge", "JACK: system:", "JACK: alsa_"};
    for (size_t i = 0; m->own[0].port && i < sizeof bridges / sizeof *bridges; i++) {
        if (strncmp(name, bridges[i], strlen(bridges[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const MidiIn *m, const char *name) {
    bool wanted = m->n_wanted == 0;
    for (size_t i = 0; i < m->n_wanted; i++) {
        wanted = wanted || strcasestr(name, m->wanted[i]);
    }
    return wanted && !strcasestr(name, "Timbrel") && !is_bridge(m, name);
}

static MidiPort *input_of(MidiIn *m, const char *name) {
    for (int i = 0; i < MIDI_INPUTS; i++) {
        if (m->input[i].port && strcmp(m->input[i].name, name) == 0) {
            return &m->input[i];
        }
    }
    return NULL;
}

static void connect_one(MidiIn *m, int api, unsigned number, const char *name) {
    for (int i = 0; i < MIDI_INPUTS; i++) {
        MidiPort *p = &m->input[i];
        if (!p->port) {
            snprintf(p->name, sizeof p->name, "%s", name);
            p->thread = m->thread;
            p->source = 1 + MIDI_APIS + i;
            open_port(p, api, (int)number);
            return;
        }
    }
}

/* Nobody will release the keys of an input that has gone. Its queue is ours, now that its thread has ended. */
static void let_go(const MidiPort *p) {
    for (int c = 0; c < TB_CHANNELS; c++) {
        audio_thread_send(p->thread, p->source, (const uint8_t[]){(uint8_t)(0xb0 | c), CC_SUSTAIN, 0}, 3);
        audio_thread_send(p->thread, p->source, (const uint8_t[]){(uint8_t)(0xb0 | c), CC_NOTES_OFF, 0}, 3);
    }
}

void midi_in_look(MidiIn *m) {
    bool there[MIDI_INPUTS] = {false};
    char name[TB_LIVE_NAME];
    int before = quiet_begin();
    for (int api = 0; api < MIDI_APIS; api++) {
        RtMidiInPtr own = m->own[api].port;
        unsigned n = own ? rtmidi_get_port_count(own) : 0;
        for (unsigned i = 0; i < n; i++) {
            if (!port_name(own, api, i, name) || !is_wanted(m, name)) {
                continue;
            }
            if (!input_of(m, name)) {
                connect_one(m, api, i, name);
            }
            MidiPort *p = input_of(m, name);
            if (p) {
                there[p - m->input] = true;
            }
        }
    }
    for (int i = 0; i < MIDI_INPUTS; i++) {
        if (!there[i] && m->input[i].port) {
            close_port(&m->input[i]);
            let_go(&m->input[i]);
        }
    }
    quiet_end(before);
}

void midi_in_open(MidiIn *m) {
    int before = quiet_begin();
    for (int api = 0; api < MIDI_APIS; api++) {
        m->own[api].thread = m->thread;
        m->own[api].source = 1 + api;
        open_port(&m->own[api], api, -1);
    }
    quiet_end(before);
    midi_in_look(m);
}

void midi_in_close(MidiIn *m) {
    int before = quiet_begin();
    for (int i = 0; i < MIDI_INPUTS; i++) {
        close_port(&m->input[i]);
    }
    for (int api = 0; api < MIDI_APIS; api++) {
        close_port(&m->own[api]);
    }
    quiet_end(before);
}

/* ---- what there is ---- */

TbStatus tb_midi_inputs(TbMidiInput **inputs, size_t *n) {
    *inputs = NULL;
    *n = 0;
    int before = quiet_begin();
    for (int api = 0; api < MIDI_APIS; api++) {
        RtMidiInPtr port = rtmidi_in_create(apis[api].api, "Timbrel list", QUEUE);
        unsigned count = port && port->ok && port->ptr ? rtmidi_get_port_count(port) : 0;
        TbMidiInput *more = realloc(*inputs, (*n + count + 1) * sizeof *more);
        *inputs = more ? more : *inputs;
        for (unsigned i = 0; more && i < count; i++) {
            *n += port_name(port, api, i, more[*n].name);
        }
        if (port) {
            rtmidi_in_free(port);
        }
    }
    quiet_end(before);
    return *inputs ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the list of inputs.");
}
