/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A jam under OSC: each message does what it says, others are ignored. */
#include "tests/composed.h"
#include "timbrel/session.h"

#include <lo/lo.h>
#include <stdio.h>
#include <unistd.h>

static TbJam *jam;
static TbOsc *osc;
static lo_address address;

static int up(void **state) {
    TbJamOptions o;
    char port[16];
    compose_setup(state);
    tb_jam_defaults(&o);
    o.chords = "Am F C G";
    o.part[3].mode = TB_JAM_LOOP;
    assert_int_equal(tb_jam_new(&models, &o, &jam), TB_OK);
    assert_int_equal(tb_osc_new_jam(jam, NULL, "0", &osc), TB_OK);
    snprintf(port, sizeof port, "%d", tb_osc_port(osc));
    address = lo_address_new("127.0.0.1", port);
    return 0;
}

static int down(void **state) {
    lo_address_free(address);
    tb_osc_free(osc);
    tb_jam_free(jam);
    return compose_teardown(state);
}

/* Packets are handled in order: once this one has been read, the earlier ones have been, too. */
static TbJamState settled(void) {
    static double mark = 50;
    TbJamState s = {0};
    mark = mark > 74 ? 51 : mark + 1;
    for (int i = 0; i < 15000 && s.value[TB_JAM_SWING] != mark; i++) {
        if (i % 500 == 0)
            assert_true(lo_send(address, "/jam/swing", "f", mark) > 0);
        usleep(2000);
        tb_jam_state(jam, &s);
    }
    assert_true(s.value[TB_JAM_SWING] == mark);
    tb_jam_work(jam);
    tb_jam_state(jam, &s);
    return s;
}

static void test_parts(void **state) {
    (void)state;
    lo_send(address, "/jam/2/mute", "i", 1);
    lo_send(address, "/jam/melody/solo", "f", 1.0);
    lo_send(address, "/jam/drums/generate", "T");
    lo_send(address, "/jam/3/lock", "i", 1);
    TbJamState s = settled();
    assert_true(s.part[1].muted && !s.part[0].muted && s.part[3].soloed);
    assert_int_equal(s.part[0].mode, TB_JAM_GENERATE);
    assert_int_equal(s.part[2].mode, TB_JAM_LOCK);
    lo_send(address, "/jam/2/mute", "i", 0);
    lo_send(address, "/jam/melody/vary", "f", 0.8);
    lo_send(address, "/jam/bass/new", "i", 0);     /* released */
    lo_send(address, "/jam/chords/reset", "i", 1); /* locked */
    s = settled();
    assert_true(!s.part[1].muted && s.part[3].waiting && !s.part[1].waiting && !s.part[2].waiting);
    lo_send(address, "/jam/bass/bars", "i", 8);
    s = settled();
    assert_true(s.part[1].waiting);
}

static void test_shared(void **state) {
    (void)state;
    lo_send(address, "/jam/tempo", "f", 140.5);
    lo_send(address, "/jam/intensity", "d", 2.0); /* clamped */
    lo_send(address, "/jam/temperature", "i", 0);
    lo_send(address, "/jam/quantise", "i", 1);
    lo_send(address, "/jam/key", "ii", 4, 0);
    TbJamState s = settled();
    assert_true(s.value[TB_JAM_TEMPO] == 140.5 && s.value[TB_JAM_INTENSITY] == 1 && s.value[TB_JAM_TEMPERATURE] == 0 &&
                s.value[TB_JAM_QUANTISE] == 1);
    assert_true(s.key.tonic == 4 && !s.key.minor);
    lo_send(address, "/jam/chords", "s", "E A");
    s = settled();
    assert_string_equal(s.chords, "E A");
}

static void test_others_are_ignored(void **state) {
    (void)state;
    const TbJamState before = settled();
    static const char *const paths[] = {"/jam/9/mute",      "/jam/0/mute", "/jam/2/",    "/jam/2",
                                        "/jam/nobody/mute", "/jam/",       "/tempo",     "/jam/tempo/2",
                                        "/jam/key",         "/jam/chords", "/jam/2/bars"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        lo_send(address, paths[i], "f", 77.0);
    lo_send(address, "/jam/chords", "s", "no chords");
    lo_send(address, "/jam/tempo", "s", "fast");
    const TbJamState after = settled();
    assert_true(after.value[TB_JAM_TEMPO] == before.value[TB_JAM_TEMPO]);
    assert_string_equal(after.chords, before.chords);
    assert_int_equal(after.key.tonic, before.key.tonic);
    for (int i = 0; i < after.n_parts; i++)
        assert_true(after.part[i].muted == before.part[i].muted && after.part[i].bars == before.part[i].bars);
}

int main(void) {
    return RUN_TESTS(up, down, test_parts, test_shared, test_others_are_ignored);
}
