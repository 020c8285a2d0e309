/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures Timbrel's latency on JACK: sends notes at random samples to its MIDI port and finds the first sample of its
 * output that is not silent, both in JACK's frame time. Uses two clients, so that the graph has no loop. Timbrel must
 * play without reverb and without other input.
 *
 * Usage: latency NOTES [MAX_MS [MAX_JITTER_MS]]. Fails if the median latency or the range exceeds these. */
#include "base/compare.h"

#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SILENCE 1e-8f /* filters may end slightly off zero */
enum { KEY = 84, ALL_SOUND_OFF = 120, MOST_NOTES = 100000, NO_OUTPUT = 30000 /* ms: longer than a server waits */ };

/* The states of each note; the comment names the thread that leaves it. */
enum { RELEASED /* listener */, SILENT /* main */, REQUESTED /* sender */, PLAYED /* listener */, DETECTED /* main */ };

static jack_port_t *out, *in;
static atomic_uint sent_at, output_at; /* frames */
static atomic_int phase = RELEASED;
static atomic_uint gaps; /* in the server's time */

/* If the server cannot finish a cycle, its messages are lost; so all notes off is repeated until there is silence. */
static int send(jack_nframes_t n, void *client) {
    void *buffer = jack_port_get_buffer(out, n);
    int now = atomic_load(&phase);
    jack_midi_clear_buffer(buffer);
    if (now == REQUESTED) {
        jack_nframes_t at = (jack_nframes_t)rand() % n;
        jack_midi_event_write(buffer, at, (const jack_midi_data_t[]){0x90, KEY, 127}, 3);
        atomic_store(&sent_at, jack_last_frame_time(client) + at);
        atomic_store(&phase, PLAYED);
    } else if (now == RELEASED) {
        jack_midi_event_write(buffer, 0, (const jack_midi_data_t[]){0xb0, ALL_SOUND_OFF, 0}, 3);
    }
    return 0;
}

static int listen(jack_nframes_t n, void *client) {
    static jack_nframes_t silent;
    const float *x = jack_port_get_buffer(in, n);
    for (jack_nframes_t i = 0; i < n; i++) {
        bool sound = fabsf(x[i]) > SILENCE;
        silent = sound ? 0 : silent + 1;
        if (sound && atomic_load(&phase) == PLAYED) {
            atomic_store(&output_at, jack_last_frame_time(client) + i);
            atomic_store(&phase, DETECTED);
        }
    }
    if (atomic_load(&phase) == RELEASED && silent > jack_get_sample_rate(client) / 20)
        atomic_store(&phase, SILENT);
    return 0;
}

static int count_gap(void *context) {
    (void)context;
    atomic_fetch_add(&gaps, 1);
    return 0;
}

static jack_client_t *client_new(const char *name, JackProcessCallback process) {
    jack_client_t *client = jack_client_open(name, JackNoStartServer, NULL);
    if (!client || jack_set_process_callback(client, process, client) != 0) {
        fprintf(stderr, "no JACK server\n");
        exit(1);
    }
    return client;
}

/* Adds a random delay, so that notes have no rhythm. False: timed out. */
static bool wait_for(int wanted, int ms) {
    for (int i = 0; atomic_load(&phase) != wanted; i++) {
        if (i > ms)
            return false;
        usleep(500 + (useconds_t)rand() % 1000);
    }
    return true;
}

static void wait_for_silence(void) {
    if (!wait_for(SILENT, 20000)) {
        fprintf(stderr, "Timbrel does not become silent\n");
        exit(1);
    }
}

int main(int argc, char **argv) {
    static double ms[MOST_NOTES];
    int n = argc > 1 ? atoi(argv[1]) : 0;
    if (n < 1 || n > MOST_NOTES) {
        fprintf(stderr, "latency NOTES [MAX_MS [MAX_JITTER_MS]]\n");
        return 2;
    }
    jack_client_t *sender = client_new("latency", send), *listener = client_new("listener", listen);
    double rate = jack_get_sample_rate(sender), block = jack_get_buffer_size(sender);
    out = jack_port_register(sender, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    in = jack_port_register(listener, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    jack_set_xrun_callback(sender, count_gap, NULL);
    if (jack_activate(sender) || jack_activate(listener) || jack_connect(sender, "latency:out", "Timbrel:midi") ||
        jack_connect(listener, "Timbrel:left", "listener:in")) {
        fprintf(stderr, "Timbrel does not play on JACK\n");
        return 1;
    }
    double sum = 0, square = 0;
    int held_out = 0;
    for (int i = 0; i < n;) {
        wait_for_silence();
        unsigned before = atomic_load(&gaps);
        atomic_store(&phase, REQUESTED);
        if (!wait_for(DETECTED, NO_OUTPUT) && atomic_load(&gaps) == before) {
            fprintf(stderr, "a note has no output\n");
            return 1;
        }
        ms[i] = 1e3 * (double)(int32_t)(atomic_load(&output_at) - atomic_load(&sent_at)) / rate;
        atomic_store(&phase, RELEASED);
        wait_for_silence(); /* by now the server has reported its gaps */
        bool gap = atomic_load(&gaps) != before;
        sum += gap ? 0 : ms[i] / n;
        held_out += gap;
        i += !gap;
        if (held_out > 10 * n) {
            fprintf(stderr, "the server has only underruns\n");
            return 1;
        }
    }
    for (int i = 0; i < n; i++)
        square += (ms[i] - sum) * (ms[i] - sum) / n;
    jack_client_close(sender);
    jack_client_close(listener);
    qsort(ms, (size_t)n, sizeof *ms, tbi_compare_doubles);
    printf("%d notes, blocks of %.2f ms: latency %.3f ms in the middle, %.3f to %.3f; jitter %.3f ms (deviation %.4f); "
           "%d more came while the server had a gap\n",
           n, 1e3 * block / rate, ms[n / 2], ms[0], ms[n - 1], ms[n - 1] - ms[0], sqrt(square), held_out);
    return (argc > 2 && ms[n / 2] > atof(argv[2])) || (argc > 3 && ms[n - 1] - ms[0] > atof(argv[3]));
}
