/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a JACK server tells its clients. A server does not change its rate by itself, so a simulated one takes its
 * place: these functions are used instead of libjack's. */
#include "live/device.h"
#include "tests/run_tests.h"

#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 256 };

static struct {
    JackSampleRateCallback rate;
    JackXRunCallback xrun;
    JackShutdownCallback shutdown;
    void *rate_context, *xrun_context, *shutdown_context;
    int n_clients;
} server;

static char something; /* what handles point to */

jack_client_t *jack_client_open(const char *name, jack_options_t options, jack_status_t *status, ...) {
    (void)name, (void)options, (void)status;
    server.n_clients++;
    return (jack_client_t *)&something;
}

int jack_client_close(jack_client_t *client) {
    (void)client;
    server.n_clients--;
    return 0;
}

jack_nframes_t jack_get_sample_rate(jack_client_t *client) {
    (void)client;
    return RATE;
}

jack_nframes_t jack_get_buffer_size(jack_client_t *client) {
    (void)client;
    return BLOCK;
}

const char **jack_get_ports(jack_client_t *client, const char *name, const char *type, unsigned long flags) {
    (void)client, (void)name, (void)flags;
    const char **names = calloc(3, sizeof *names);
    if (names && strcmp(type, JACK_DEFAULT_AUDIO_TYPE) == 0) {
        names[0] = "system:playback_1";
        names[1] = "system:playback_2";
    }
    return names;
}

void jack_free(void *memory) {
    free(memory);
}

jack_port_t *jack_port_register(jack_client_t *client, const char *name, const char *type, unsigned long flags,
                                unsigned long size) {
    (void)client, (void)name, (void)type, (void)flags, (void)size;
    return (jack_port_t *)&something;
}

int jack_set_process_callback(jack_client_t *client, JackProcessCallback call, void *context) {
    (void)client, (void)call, (void)context;
    return 0;
}

int jack_set_sample_rate_callback(jack_client_t *client, JackSampleRateCallback call, void *context) {
    (void)client;
    server.rate = call;
    server.rate_context = context;
    return 0;
}

int jack_set_xrun_callback(jack_client_t *client, JackXRunCallback call, void *context) {
    (void)client;
    server.xrun = call;
    server.xrun_context = context;
    return 0;
}

void jack_on_shutdown(jack_client_t *client, JackShutdownCallback call, void *context) {
    (void)client;
    server.shutdown = call;
    server.shutdown_context = context;
}

static AudioThread thread;

static Device opened(void) {
    Device d = {.name = "JACK: system"};
    memset(&server, 0, sizeof server);
    assert_int_equal(tbi_device_jack.open(&d, &thread), TB_OK);
    assert_int_equal(server.n_clients, 1);
    assert_true(d.rate == RATE && d.n_channels == 2);
    assert_int_equal(tbi_device_jack.block(&d), BLOCK);
    assert_true(tbi_device_jack.plays(&d));
    return d;
}

static void close_device(Device *d) {
    tbi_device_jack.close(d);
    assert_int_equal(server.n_clients, 0);
}

/* Another rate: the device counts as lost, so that it is reopened. The old one, which some servers tell at once: not.
 */
static void test_rate(void **state) {
    (void)state;
    Device d = opened();
    assert_int_equal(server.rate(RATE, server.rate_context), 0);
    assert_true(tbi_device_jack.plays(&d));
    assert_int_equal(server.rate(44100, server.rate_context), 0);
    assert_false(tbi_device_jack.plays(&d));
    assert_int_equal(server.rate(RATE, server.rate_context), 0); /* back: it is reopened all the same */
    assert_false(tbi_device_jack.plays(&d));
    close_device(&d);
}

static void test_shutdown(void **state) {
    (void)state;
    Device d = opened();
    atomic_store(&thread.xruns, 0);
    assert_int_equal(server.xrun(server.xrun_context), 0);
    assert_int_equal(atomic_load(&thread.xruns), 1);
    assert_true(tbi_device_jack.plays(&d));
    server.shutdown(server.shutdown_context);
    assert_false(tbi_device_jack.plays(&d));
    close_device(&d);
}

/* The server's rate is the only one. */
static void test_wanted_rate(void **state) {
    (void)state;
    Device d = {.name = "JACK: system", .wanted_rate = 44100};
    assert_int_equal(tbi_device_jack.open(&d, &thread), TB_ERR_UNSUPPORTED);
    assert_non_null(strstr(tb_error_text(TB_ERR_UNSUPPORTED), "use --rate 48000"));
    assert_null(d.open);
    assert_int_equal(server.n_clients, 0);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_rate, test_shutdown, test_wanted_rate);
}
