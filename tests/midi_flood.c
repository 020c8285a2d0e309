/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A JACK client that floods Timbrel with MIDI: chords, controllers of all knobs and the pad, bends, pressure, and
 * occasional malformed messages.
 *
 *   midi_flood SECONDS MESSAGES_PER_SECOND */
#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEYS = 18, LOWEST = 40, RANGE = 40, NOTES_PER_SECOND = 20 };

static jack_port_t *port;
static uint64_t state = 1, sent;
static double rate, per_second;

static unsigned draw(unsigned n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

static size_t message(uint8_t m[3]) {
    static const uint8_t controllers[] = {1, 7, 10, 11, 16, 17, 18, 19, 64, 66, 70, 71, 73, 74, 75, 79, 91};
    static uint8_t keys[KEYS];
    static unsigned next;
    if (draw((unsigned)per_second) < NOTES_PER_SECOND) { /* releases the oldest key and presses another */
        uint8_t *key = &keys[next % KEYS];
        bool up = *key != 0;
        m[0] = up ? 0x80 : 0x90;
        m[1] = *key = up ? *key : (uint8_t)(LOWEST + draw(RANGE));
        m[2] = (uint8_t)(1 + draw(127));
        *key = up ? 0 : *key;
        next += !up;
        return 3;
    }
    switch (draw(20)) {
    case 0:
        m[0] = 0xe0;
        break;
    case 1:
        m[0] = 0xd0;
        break;
    case 2: /* random bytes */
        m[0] = (uint8_t)draw(256);
        m[1] = (uint8_t)draw(256);
        m[2] = (uint8_t)draw(256);
        return 1 + draw(3);
    default:
        m[0] = 0xb0;
        m[1] = controllers[draw(sizeof controllers)];
        m[2] = (uint8_t)(m[1] == 7 || m[1] == 11 ? 100 + draw(28) : draw(128));
        return 3;
    }
    m[1] = (uint8_t)draw(128);
    m[2] = (uint8_t)draw(128);
    return 3;
}

static int process(jack_nframes_t n, void *context) {
    static double due;
    void *buffer = jack_port_get_buffer(port, n);
    (void)context;
    jack_midi_clear_buffer(buffer);
    unsigned count = (unsigned)(due += n * per_second / rate);
    due -= count;
    for (unsigned i = 0; i < count; i++) {
        uint8_t m[3];
        size_t size = message(m);
        sent += jack_midi_event_write(buffer, i * n / count, m, size) == 0;
    }
    return 0;
}

int main(int argc, char **argv) {
    jack_client_t *client = argc == 3 ? jack_client_open("flood", JackNoStartServer, NULL) : NULL;
    if (!client) {
        fprintf(stderr, "midi_flood SECONDS MESSAGES_PER_SECOND, with a JACK server\n");
        return 1;
    }
    per_second = atof(argv[2]);
    rate = jack_get_sample_rate(client);
    port = jack_port_register(client, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    jack_set_process_callback(client, process, NULL);
    if (!port || jack_activate(client) != 0)
        return 1;
    jack_connect(client, "flood:out", "Timbrel:midi");
    sleep((unsigned)atoi(argv[1]));
    jack_client_close(client);
    printf("%llu messages sent\n", (unsigned long long)sent);
    return 0;
}
