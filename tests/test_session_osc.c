/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OSC over UDP: valid messages are executed, others ignored. */
#include "session/osc_packet.h"
#include "tests/fake_session.h"

#include <arpa/inet.h>
#include <lo/lo.h>
#include <netinet/in.h>
#include <sys/socket.h>

static TbOsc *osc;
static lo_address address;

static int osc_up(void **state) {
    fake_session_up(state);
    assert_int_equal(tb_osc_new(fake.session, NULL, "0", &osc), TB_OK);
    char port[16];
    snprintf(port, sizeof port, "%d", tb_osc_port(osc));
    address = lo_address_new("127.0.0.1", port);
    return 0;
}

static int osc_down(void **state) {
    lo_address_free(address);
    tb_osc_free(osc);
    return fake_session_down(state);
}

/* Packets are handled in order, so once this one has been read, the earlier ones have been too. It is sent again if the
 * system drops it because the reader is busy. */
static void wait_for_packets(void) {
    static float mark;
    mark = mark > 0.9f ? 0.1f : mark + 0.01f;
    for (int i = 0; i < 15000 && control_value(TB_CONTROL_WIDTH) != mark; i++) {
        if (i % 500 == 0)
            assert_true(lo_send(address, "/width", "f", (double)mark) > 0);
        usleep(2000);
    }
    assert_true(control_value(TB_CONTROL_WIDTH) == mark);
}

/* Notes start in one of the next blocks; a busy machine may delay them, by at most half a minute. */
static void wait_for_voices(int n) {
    for (int i = 0; i < 15000 && atomic_load(&fake.live->thread.voices) != n; i++)
        usleep(2000);
    assert_int_equal(atomic_load(&fake.live->thread.voices), n);
}

static int held(void) {
    TbLiveState live;
    int n = 0;
    tb_live_state(fake.live, &live);
    for (int i = 0; i < 128; i++)
        n += live.held[i];
    return n;
}

static void wait_for_held(int n) {
    for (int i = 0; i < 15000 && held() != n; i++)
        usleep(2000);
    assert_int_equal(held(), n);
}

static void test_controls(void **state) {
    (void)state;
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        char path[40];
        snprintf(path, sizeof path, "/%s", c->name);
        float middle = c->low + 0.3f * (c->high - c->low);
        assert_true(lo_send(address, path, "f", (double)middle) > 0);
        wait_for_packets();
        assert_true(i == TB_CONTROL_WIDTH || control_value((TbControl)i) == middle);
        lo_send(address, path, "f", 1e30);
        wait_for_packets();
        assert_true(i == TB_CONTROL_WIDTH || control_value((TbControl)i) == c->high);
        lo_send(address, path, "d", -(double)INFINITY);
        wait_for_packets();
        assert_true(i == TB_CONTROL_WIDTH || control_value((TbControl)i) == c->low);
        lo_send(address, path, "f", (double)NAN); /* NaN is ignored */
        lo_send(address, path, "s", "1");
        lo_send(address, path, "");
        wait_for_packets();
        assert_true(i == TB_CONTROL_WIDTH || control_value((TbControl)i) == c->low);
    }
    lo_send(address, "/brightness", "i", 1);
    wait_for_packets();
    assert_true(control_value(BRIGHTNESS) == 1);
    lo_send(address, "/brightness", "h", (int64_t)2);
    wait_for_packets();
    assert_true(control_value(BRIGHTNESS) == 2);
    lo_send(address, "/pad", "ff", 0.25, 0.75);
    wait_for_packets();
    assert_true(control_value(TB_CONTROL_X) == 0.25f && control_value(TB_CONTROL_Y) == 0.75f);
    TbSessionState s = now();
    assert_true(s.changed && s.can_undo); /* like a change by the user */
}

static void test_notes(void **state) {
    (void)state;
    lo_send(address, "/note", "iii", 60, 100, 1);
    lo_send(address, "/note", "if", 64, 0.5);
    lo_send(address, "/note", "ff", 67.0, 0.001); /* soft, but not a note-off */
    wait_for_packets();
    wait_for_voices(3);
    wait_for_held(3);
    TbLiveState live;
    tb_live_state(fake.live, &live);
    assert_true(live.held[60] && live.held[64] && live.held[67]);
    lo_send(address, "/bend", "f", 3.0);
    lo_send(address, "/bend", "fi", -300.0, 1);
    lo_send(address, "/note", "iii", 60, 0, 1);
    lo_send(address, "/note", "if", 64, 0.0);
    lo_send(address, "/note", "i", 65);
    lo_send(address, "/note", "iii", 128, 100, 1);
    lo_send(address, "/note", "iii", -1, 100, 1);
    lo_send(address, "/note", "ss", "60", "100");
    wait_for_packets();
    wait_for_held(1);
    tb_live_state(fake.live, &live);
    assert_true(live.held[67]);
    lo_send(address, "/panic", "f", 0.0); /* button release */
    wait_for_packets();
    wait_for_blocks();
    tb_live_state(fake.live, &live);
    assert_true(live.held[67]);
    lo_send(address, "/panic", "");
    wait_for_packets();
    wait_for_voices(0);
}

/* Checks the size of a bend in semitones. */
static void test_bend(void **state) {
    (void)state;
    static const struct {
        double semitones;
        int bend;
    } cases[] = {{0, 8192}, {12, 12288}, {-24, 0}, {24, 16383}, {-2, 7509}, {100, 16383}, {-1e9, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        LiveEvent e[8];
        lo_message m = lo_message_new();
        lo_message_add_double(m, cases[i].semitones);
        size_t n;
        void *packet = lo_message_serialise(m, "/bend", NULL, &n);
        pthread_mutex_lock(&fake.block); /* keeps the other reader away */
        while (tbi_ring_get(&fake.live->thread.source[0], e, 1)) {
        }
        tbi_osc_packet(fake.session, packet, n);
        size_t got = tbi_ring_get(&fake.live->thread.source[0], e, 8);
        pthread_mutex_unlock(&fake.block);
        assert_int_equal(got, 4);
        assert_memory_equal(e[2].message, ((uint8_t[]){0xbf, 6, 24}), 3);
        assert_int_equal(e[3].message[0], 0xef);
        assert_int_equal(e[3].message[1] | e[3].message[2] << 7, cases[i].bend);
        free(packet);
        lo_message_free(m);
    }
}

/* A preset sets all controls, so a control cannot serve as a marker here. */
static void wait_for_sound(const char *name) {
    for (int i = 0; i < 15000 && strcmp(now().preset.sound[0], name) != 0; i++)
        usleep(2000);
    assert_string_equal(now().preset.sound[0], name);
}

static void test_presets(void **state) {
    (void)state;
    TbPreset p = of_sounds("Mine", 1, (const char *const[]){"seed:4"});
    assert_int_equal(tb_preset_write(fake.folder.path, &p), TB_OK);
    lo_send(address, "/preset", "s", "mine");
    wait_for_sound("seed:4");
    assert_int_equal(tb_session_set_sound(fake.session, 0, "seed:5"), TB_OK);
    settled();
    lo_send(address, "/preset", "i", (int)tb_factory_preset_count());
    wait_for_sound("seed:4");
    lo_send(address, "/preset", "i", 100000);
    lo_send(address, "/preset", "s", "../../etc/passwd.json");
    wait_for_packets();
    TbSessionState s = settled();
    assert_string_equal(s.preset.name, "Mine");
    assert_non_null(strstr(s.last_error, "passwd"));
}

static void test_bundles(void **state) {
    (void)state;
    lo_bundle outer = lo_bundle_new((lo_timetag){3000000000u, 5}), inner = lo_bundle_new(LO_TT_IMMEDIATE);
    lo_message one = lo_message_new(), two = lo_message_new();
    lo_message_add_float(one, 0.125f);
    lo_message_add_float(two, 0.625f);
    lo_bundle_add_message(outer, "/x", one);
    lo_bundle_add_message(inner, "/y", two);
    lo_bundle_add_bundle(outer, inner);
    assert_true(lo_send_bundle(address, outer) > 0);
    wait_for_packets();
    assert_true(control_value(TB_CONTROL_X) == 0.125f && control_value(TB_CONTROL_Y) == 0.625f);
    lo_bundle_free_recursive(outer);
}

/* Random bytes and truncated or damaged messages have no effect. */
static void test_garbage(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 9);
    static uint8_t packet[65000];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)tb_osc_port(osc))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    for (int i = 0; i < 3000; i++) {
        size_t n = tb_rng_next(&rng) % (i % 100 ? 64 : sizeof packet);
        for (size_t k = 0; k < n; k++)
            packet[k] = (uint8_t)tb_rng_next(&rng);
        if (i % 3 == 0 && n > 24) {
            memcpy(packet, "#bundle\0\0\0\0\0\0\0\0\1", 16);
            memset(packet + 16, i % 2 ? 0 : 255, 4);
        } else if (i % 3 == 1 && n > 24) {
            memcpy(packet, "/volume\0,f\0", 12);
        }
        sendto(fd, packet, n, 0, (struct sockaddr *)&to, sizeof to);
        if (i % 50 == 0)
            usleep(1000);
    }
    close(fd);
    usleep(100000);
    wait_for_packets();
    TbSessionState s = settled();
    assert_int_equal(s.preset.n_sounds, 1);
    for (int i = 0; i < TB_CONTROLS; i++)
        assert_true(isfinite(control_value((TbControl)i)));
}

/* Only this machine is listened to by default, and a port has one listener. */
static void test_address(void **state) {
    (void)state;
    TbOsc *second;
    char port[16];
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    snprintf(port, sizeof port, "%d", tb_osc_port(osc));
    assert_int_equal(tb_osc_new(fake.session, NULL, port, &second), TB_ERR_BUSY);
    assert_null(second);
    assert_non_null(strstr(tb_error_text(TB_ERR_BUSY), port));
    assert_int_equal(tb_osc_new(fake.session, "no.such.host.invalid", "0", &second), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_osc_new(fake.session, NULL, "piano", &second), TB_ERR_NOT_FOUND);
    for (int fd = 3; fd < 100; fd++) { /* no socket of this process is bound to the network */
        if (getsockname(fd, (struct sockaddr *)&bound, &size) == 0 && bound.sin_family == AF_INET &&
            bound.sin_port == htons((uint16_t)tb_osc_port(osc))) {
            assert_int_equal(ntohl(bound.sin_addr.s_addr), INADDR_LOOPBACK);
            size = 0; /* found */
            break;
        }
        size = sizeof bound;
    }
    assert_int_equal(size, 0);
    assert_int_equal(tb_osc_new(fake.session, "", "0", &second), TB_OK);
    assert_true(tb_osc_port(second) > 0);
    tb_osc_free(second);
}

/* liblo sends over IPv4 only. */
static void send_reverb(bool six, int port, float value) {
    uint8_t packet[] = "/reverb\0,f\0\0....";
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = htonl(bits);
    memcpy(packet + 12, &bits, sizeof bits);
    const struct sockaddr_in6 at6 = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr_in at4 = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    ssize_t sent = six ? sendto(fd, packet, 16, 0, (const struct sockaddr *)&at6, sizeof at6)
                       : sendto(fd, packet, 16, 0, (const struct sockaddr *)&at4, sizeof at4);
    assert_int_equal(sent, 16);
    close(fd);
}

/* IPv4 and IPv6, where available, on the same port. */
static void test_families(void **state) {
    (void)state;
    int port = tb_osc_port(osc), six = socket(AF_INET6, SOCK_DGRAM, 0);
    const struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_six = six >= 0 && bind(six, (const struct sockaddr *)&own, sizeof own) == 0;
    if (six >= 0)
        close(six);
    if (!has_six) {
        printf("this machine has no IPv6: that is not tested\n");
        return;
    }
    for (int all = 0; all < 2; all++) {
        TbOsc *every = NULL;
        if (all) {
            assert_int_equal(tb_osc_new(fake.session, "", "0", &every), TB_OK);
            port = tb_osc_port(every);
        }
        for (int i = 0; i < 2; i++) {
            float wanted = 0.2f + 0.1f * (float)(2 * all + i);
            send_reverb(i, port, wanted);
            for (int k = 0; k < 1000 && control_value(TB_CONTROL_REVERB) != wanted; k++)
                usleep(2000);
            assert_true(control_value(TB_CONTROL_REVERB) == wanted);
        }
        tb_osc_free(every);
    }
}

#define OSC_TEST(test) cmocka_unit_test_setup_teardown(test, osc_up, osc_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        OSC_TEST(test_controls), OSC_TEST(test_notes),   OSC_TEST(test_bend),    OSC_TEST(test_presets),
        OSC_TEST(test_bundles),  OSC_TEST(test_garbage), OSC_TEST(test_address), OSC_TEST(test_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
