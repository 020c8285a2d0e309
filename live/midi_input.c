/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI inputs. RtMidi (ALSA) calls back on a thread per connection, so each connection has its own queue; MIDI of a
 * JACK device arrives in the device's callback, in one queue. */
#include "live/midi_input.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 64 }; /* of RtMidi; unused with a callback */

/* ---- RtMidi connections ---- */

/* Parses bytes: a message is usually whole, but a driver may pass on fragments from a bad cable. */
static void receive(double since_last, const unsigned char *message, size_t n_bytes, void *port) {
    MidiPort *p = port;
    uint8_t whole[TB_SONG_MESSAGE];
    (void)since_last;
    for (size_t i = 0; i < n_bytes; i++) {
        size_t length = tbi_midi_parser_push(&p->bytes, message[i], whole);
        if (length > 0)
            tbi_audio_thread_send(p->thread, p->source, whole, length);
    }
}

static RtMidiInPtr port_new(const char *client) {
    RtMidiInPtr port = rtmidi_in_create(RTMIDI_API_LINUX_ALSA, client, QUEUE);
    if (port && !(port->ok && port->ptr)) {
        rtmidi_in_free(port);
        port = NULL;
    }
    return port;
}

static void close_port(MidiPort *p) {
    if (p->port)
        rtmidi_in_free(p->port);
    p->port = NULL;
    *p->name = '\0';
}

/* number -1: a virtual port for other programs to connect to. */
static bool open_port(MidiPort *p, AudioThread *thread, int source, int number) {
    p->thread = thread;
    p->source = source;
    p->bytes = (MidiParser){.n = 0};
    p->port = port_new("Timbrel MIDI");
    if (p->port) {
        rtmidi_in_set_callback(p->port, receive, p);
        rtmidi_in_ignore_types(p->port, false, true, true); /* all but system exclusive messages: time and sensing */
        if (number < 0)
            rtmidi_open_virtual_port(p->port, "in");
        else
            rtmidi_open_port(p->port, (unsigned)number, "in");
        if (p->port->ok)
            return true;
    }
    close_port(p);
    return false;
}

/* ---- selection ---- */

/* names[MIDI_FOUND]: first RtMidi's, whose indices are port numbers, then those of the device. */
typedef struct {
    size_t n, n_alsa;
    char names[MIDI_FOUND][TB_LIVE_NAME];
} Found;

static void find_alsa(RtMidiInPtr port, Found *f) {
    unsigned count = port ? rtmidi_get_port_count(port) : 0;
    for (f->n = 0; f->n < count && f->n < MIDI_FOUND; f->n++) {
        char text[TB_LIVE_NAME] = "";
        int size = sizeof text;
        bool named = rtmidi_get_port_name(port, (unsigned)f->n, text, &size) >= 0 && port->ok;
        snprintf(f->names[f->n], TB_LIVE_NAME, "ALSA: %.*s", TB_LIVE_NAME - 8, named ? text : "");
    }
    f->n_alsa = f->n;
}

static void find_device(const Device *d, Found *f) {
    f->n += tbi_device_midi(d, f->names + f->n, MIDI_FOUND - f->n);
}

/* For use before our own port exists. */
static void find_alsa_now(Found *f) {
    RtMidiInPtr port = port_new("Timbrel list");
    find_alsa(port, f);
    if (port)
        rtmidi_in_free(port);
}

/* JACK bridges show ALSA's inputs a second time; connecting both would double each note. */
static bool is_bridge(const MidiInput *m, const char *name) {
    static const char *const bridges[] = {"JACK: a2j", "JACK: Midi-Bridge", "JACK: system:", "JACK: alsa_"};
    for (size_t i = 0; m->own.port && i < sizeof bridges / sizeof *bridges; i++)
        if (strncmp(name, bridges[i], strlen(bridges[i])) == 0)
            return true;
    return false;
}

static bool is_wanted(const MidiInput *m, const char *name) {
    bool wanted = m->n_wanted == 0;
    for (size_t i = 0; i < m->n_wanted; i++)
        wanted = wanted || strcasestr(name, m->wanted[i]);
    return wanted && !strcasestr(name, "Timbrel") && !is_bridge(m, name);
}

static MidiPort *find_input(MidiInput *m, const char *name) {
    for (int i = 0; i < MIDI_INPUTS; i++)
        if (strcmp(m->input[i].name, name) == 0)
            return &m->input[i];
    return NULL;
}

/* number: RtMidi's port number; -1: an input of the device. */
static MidiPort *connect_one(MidiInput *m, int number, const char *name) {
    MidiPort *p = find_input(m, "");
    if (!p)
        return NULL;
    device_mute(m->device, true);
    bool connected = number < 0 ? tbi_device_midi_connect(m->device, name)
                                : open_port(p, m->thread, SOURCE_INPUTS + (int)(p - m->input), number);
    device_mute(m->device, false);
    if (number < 0)
        p->source = SOURCE_DEVICE;
    snprintf(p->name, sizeof p->name, "%s", connected ? name : "");
    return connected ? p : NULL;
}

void tbi_midi_input_scan(MidiInput *m) {
    bool there[MIDI_INPUTS] = {false};
    Found found;
    find_alsa(m->own.port, &found);
    find_device(m->device, &found);
    for (size_t i = 0; i < found.n; i++) {
        const char *name = found.names[i];
        if (is_wanted(m, name)) {
            MidiPort *p = find_input(m, name);
            p = p ? p : connect_one(m, i < found.n_alsa ? (int)i : -1, name);
            if (p)
                there[p - m->input] = true;
        }
    }
    for (int i = 0; i < MIDI_INPUTS; i++) {
        if (!there[i] && *m->input[i].name) {
            close_port(&m->input[i]);
            atomic_store(&m->thread->lost[m->input[i].source], true); /* its keys can no longer be released */
        }
    }
}

void tbi_midi_input_open(MidiInput *m) {
    device_mute(m->device, true);
    open_port(&m->own, m->thread, SOURCE_OWN, -1);
    device_mute(m->device, false);
    tbi_midi_input_scan(m);
}

void tbi_midi_input_close(MidiInput *m) {
    device_mute(m->device, true);
    for (int i = 0; i < MIDI_INPUTS; i++)
        close_port(&m->input[i]);
    close_port(&m->own);
    device_mute(m->device, false);
}

/* ---- list ---- */

TbStatus tbi_midi_input_check(MidiInput *m) {
    Found found;
    device_mute(m->device, true);
    find_alsa_now(&found);
    device_mute(m->device, false);
    find_device(m->device, &found);
    for (size_t i = 0; i < m->n_wanted; i++) {
        bool there = false;
        for (size_t k = 0; k < found.n; k++)
            there = there || strcasestr(found.names[k], m->wanted[i]);
        if (!there) {
            return tb_fail(TB_ERR_NOT_FOUND, "There is no MIDI input \"%s\"; --list-devices names the inputs.",
                           m->wanted[i]);
        }
    }
    return TB_OK;
}

TbStatus tb_midi_inputs(TbMidiInput **inputs, size_t *n) {
    Found found;
    find_alsa_now(&found);
    found.n += tbi_device_jack.midi(NULL, found.names + found.n, MIDI_FOUND - found.n);
    *n = 0;
    *inputs = calloc(found.n + 1, sizeof **inputs);
    for (size_t i = 0; *inputs && i < found.n; i++)
        memcpy((*inputs)[(*n)++].name, found.names[i], TB_LIVE_NAME);
    return *inputs ? TB_OK : tbi_no_memory("for the list of MIDI inputs");
}
