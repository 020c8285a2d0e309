/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audio and MIDI of a JACK server in one callback: messages come with their sample. PortAudio is not used for JACK: its
 * version 19.6 waits for minutes for an answer of a server that has ended. libjack finds a restarted server only after
 * all connections of the process are closed, so this must be the only lasting one. */
#include "base/no_memory.h"
#include "live/device.h"
#include "live/midi_parser.h"

#include <errno.h>
#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096, PREFIX = 6 };
static const char prefix[PREFIX + 1] = "JACK: ";

typedef struct {
    jack_client_t *client;
    jack_port_t *out[2], *midi;
    MidiParser bytes;
    int n_channels;
    jack_nframes_t rate; /* Hz, when it was opened */
    AudioThread *thread;
    atomic_bool gone;
    atomic_int block;
    float frames[2 * PIECE];
} Jack;

/* ---- ports of the server ---- */

static void say_nothing(const char *message) {
    (void)message;
}

static jack_client_t *client_new(const char *name) {
    jack_set_error_function(say_nothing);
    jack_set_info_function(say_nothing);
    return jack_client_open(name, JackNoStartServer, NULL);
}

/* names[] is to be freed by jack_free. */
static size_t ports(jack_client_t *client, const char *type, unsigned long flags, const char ***names) {
    size_t n = 0;
    *names = client ? jack_get_ports(client, NULL, type, flags) : NULL;
    while (*names && (*names)[n])
        n++;
    return n;
}

/* Whether a port "client:port" belongs to a device. */
static bool belongs_to(const char *port, const char *device) {
    size_t length = strlen(device) - PREFIX;
    return strncmp(port, device + PREFIX, length) == 0 && strrchr(port, ':') == port + length;
}

/* Each client with audio inputs is a device; "system" is the sound card. Cards are listed before programs. */
static size_t devices_of(jack_client_t *client, TbDevice *devices, size_t most) {
    const char **names;
    size_t n = 0, n_ports = ports(client, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, &names);
    for (int program = 0; program < 2; program++) {
        for (size_t i = 0; i < n_ports; i++) {
            jack_port_t *port = jack_port_by_name(client, names[i]);
            bool card = port && jack_port_flags(port) & JackPortIsPhysical;
            char name[TB_LIVE_NAME];
            const char *colon = strrchr(names[i], ':');
            snprintf(name, sizeof name, "%s%.*s", prefix, (int)(colon ? colon - names[i] : 0), names[i]);
            size_t k = 0;
            while (k < n && strcmp(devices[k].name, name) != 0)
                k++;
            if (card == !program && k < most) {
                if (k == n) {
                    devices[k] = (TbDevice){.sample_rate = jack_get_sample_rate(client), .is_default = card && n == 0};
                    memcpy(devices[k].name, name, sizeof name);
                    n++;
                }
                devices[k].n_channels++;
            }
        }
    }
    jack_free(names);
    return n;
}

static size_t list(TbDevice *devices, size_t most) {
    jack_client_t *client = client_new("Timbrel list");
    size_t n = client ? devices_of(client, devices, most) : 0;
    if (client)
        jack_client_close(client);
    return n;
}

/* ---- playing ---- */

/* Queues each message for its sample of this block. */
static void take_midi(Jack *j, jack_nframes_t n) {
    void *buffer = jack_port_get_buffer(j->midi, n);
    jack_midi_event_t event;
    for (uint32_t i = 0, count = jack_midi_get_event_count(buffer); i < count; i++) {
        size_t size = jack_midi_event_get(&event, buffer, i) == 0 ? event.size : 0;
        for (size_t k = 0; k < size; k++) {
            uint8_t message[TB_SONG_MESSAGE];
            size_t length = tbi_midi_parser_push(&j->bytes, event.buffer[k], message);
            if (length > 0)
                tbi_audio_thread_send_at(j->thread, SOURCE_DEVICE, event.time, message, length);
        }
    }
}

static int process(jack_nframes_t n, void *jack) {
    Jack *j = jack;
    size_t step = (size_t)j->n_channels;
    atomic_store_explicit(&j->block, (int)n, memory_order_relaxed);
    take_midi(j, n);
    for (size_t done = 0, now; done < n; done += now) {
        now = n - done < PIECE ? n - done : PIECE;
        tbi_audio_thread_block(j->thread, j->frames, now, false);
        for (size_t c = 0; c < step; c++) {
            float *out = (float *)jack_port_get_buffer(j->out[c], n) + done;
            for (size_t i = 0; i < now; i++)
                out[i] = j->frames[step * i + c];
        }
    }
    return 0;
}

static int count_xrun(void *jack) {
    Jack *j = jack;
    atomic_fetch_add_explicit(&j->thread->xruns, 1, memory_order_relaxed);
    return 0;
}

/* The device is reopened at the new rate, perhaps with another engine. Some servers also tell the old rate. */
static int change_rate(jack_nframes_t rate, void *jack) {
    Jack *j = jack;
    if (rate != j->rate)
        atomic_store(&j->gone, true);
    return 0;
}

/* Called on a thread of the lost connection, which must not close it. */
static void lose(void *jack) {
    Jack *j = jack;
    atomic_store(&j->gone, true);
}

static void close_client(Device *d) {
    Jack *j = d->open;
    jack_client_close(j->client);
    free(j);
}

static jack_port_t *port(const Jack *j, const char *name, const char *type, unsigned long flags) {
    return jack_port_register(j->client, name, type, flags, 0);
}

static TbStatus make_ports(Jack *j) {
    static const char *const names[2][2] = {{"mono"}, {"left", "right"}};
    bool made = true;
    for (int c = 0; c < j->n_channels; c++) {
        j->out[c] =
            port(j, names[j->n_channels - 1][c], JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput | JackPortIsTerminal);
        made = made && j->out[c];
    }
    j->midi = port(j, "midi", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput | JackPortIsTerminal);
    return made && j->midi ? TB_OK : tb_fail(TB_ERR_IO, "JACK has no ports left; quit another program.");
}

/* The number of audio inputs of a device. */
static int channels_of(jack_client_t *client, const char *name) {
    const char **names;
    int n_channels = 0;
    size_t n = ports(client, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, &names);
    for (size_t i = 0; i < n; i++)
        n_channels += belongs_to(names[i], name);
    jack_free(names);
    return n_channels;
}

static TbStatus open_client(Device *d, AudioThread *thread) {
    Jack *j = calloc(1, sizeof *j);
    if (!j)
        return tbi_no_memory("to play");
    *j = (Jack){.client = client_new("Timbrel"), .thread = thread};
    if (!j->client) {
        free(j);
        return tb_fail(TB_ERR_IO, "The JACK server does not answer; restart it.");
    }
    d->open = j;
    d->rate = j->rate = jack_get_sample_rate(j->client);
    d->n_channels = j->n_channels = channels_of(j->client, d->name) > 1 ? 2 : 1;
    atomic_init(&j->block, (int)jack_get_buffer_size(j->client));
    jack_set_process_callback(j->client, process, j);
    jack_set_sample_rate_callback(j->client, change_rate, j);
    jack_set_xrun_callback(j->client, count_xrun, j);
    jack_on_shutdown(j->client, lose, j);
    TbStatus status = d->wanted_rate > 0 && d->wanted_rate != d->rate
                          ? tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" does not play at %.0f Hz; use --rate %.0f.", d->name,
                                    d->wanted_rate, d->rate)
                          : make_ports(j);
    if (status) {
        close_client(d);
        d->open = NULL;
    }
    return status;
}

/* Connects left and right to the first inputs of the device; users may reconnect them elsewhere. */
static TbStatus start(Device *d) {
    Jack *j = d->open;
    const char **names;
    if (jack_activate(j->client) != 0)
        return tb_fail(TB_ERR_IO, "The JACK server does not let Timbrel play; restart it.");
    size_t n = ports(j->client, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, &names);
    for (size_t i = 0, c = 0; i < n && c < (size_t)j->n_channels; i++)
        if (belongs_to(names[i], d->name))
            jack_connect(j->client, jack_port_name(j->out[c++]), names[i]);
    jack_free(names);
    return TB_OK;
}

static bool plays(const Device *d) {
    const Jack *j = d->open;
    return !atomic_load(&j->gone);
}

static int block(const Device *d) {
    const Jack *j = d->open;
    return atomic_load(&j->block);
}

static double latency(const Device *d) {
    const Jack *j = d->open;
    jack_latency_range_t range = {0};
    if (!atomic_load(&j->gone))
        jack_port_get_latency_range(j->out[0], JackPlaybackLatency, &range);
    return range.max / d->rate;
}

/* ---- MIDI ---- */

static size_t midi_of(jack_client_t *client, char (*names)[TB_LIVE_NAME], size_t most) {
    const char **all;
    size_t n = 0, count = ports(client, JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, &all);
    for (size_t i = 0; i < count && n < most; i++)
        n += snprintf(names[n], TB_LIVE_NAME, "%s%s", prefix, all[i]) < TB_LIVE_NAME;
    jack_free(all);
    return n;
}

static size_t midi(const Device *d, char (*names)[TB_LIVE_NAME], size_t most) {
    if (d) {
        const Jack *j = d->open;
        return atomic_load(&j->gone) ? 0 : midi_of(j->client, names, most);
    }
    jack_client_t *client = client_new("Timbrel list");
    size_t n = client ? midi_of(client, names, most) : 0;
    if (client)
        jack_client_close(client);
    return n;
}

static bool midi_connect(Device *d, const char *name) {
    Jack *j = d->open;
    int error = atomic_load(&j->gone) ? -1 : jack_connect(j->client, name + PREFIX, jack_port_name(j->midi));
    return error == 0 || error == EEXIST;
}

const DeviceKind tbi_device_jack = {list, open_client, start, plays, block, latency, close_client, midi, midi_connect};
