/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pressure and MPE: messages that affect one note and messages that affect its zone. */
#include "engine/engine.h"
#include "tests/one_played.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RATE = 48000, SETTLED = 30000 };

typedef struct {
    const char *what;
    uint8_t message[12][3]; /* up to the first zeros, with a pause after each */
    int key;                /* of the note that is checked */
    double pitch;           /* expected; 0: the note has ended */
    double brightness, movement;
} Case;

#define ZONE(master, members)                                                                                          \
    {0xb0 | (master), 101, 0}, {0xb0 | (master), 100, 6}, {                                                            \
        0xb0 | (master), 6, members                                                                                    \
    }
#define BEND(channel, to)                                                                                              \
    { 0xe0 | (channel), 0, to } /* 64 is the centre, 96 half way up */
#define RANGE(channel, semitones)                                                                                      \
    {0xb0 | (channel), 101, 0}, {0xb0 | (channel), 100, 0}, {                                                          \
        0xb0 | (channel), 6, semitones                                                                                 \
    }

static const Case cases[] = {
    {"no zone: the bend applies to all notes of the channel", {BEND(1, 96), {0x91, 60, 100}}, 60, 61, 0, 0},
    {"channel pressure", {{0x90, 60, 100}, {0xd0, 127, 0}}, 60, 60, 1, 1},
    {"channel pressure released", {{0x90, 60, 100}, {0xd0, 127, 0}, {0xd0, 0, 0}}, 60, 60, 0, 0},
    {"key pressure", {{0x90, 60, 100}, {0x90, 64, 100}, {0xa0, 64, 127}}, 64, 64, 1, 1},
    {"key pressure affects only its key", {{0x90, 60, 100}, {0x90, 64, 100}, {0xa0, 64, 127}}, 60, 60, 0, 0},
    {"the greater pressure counts", {{0x90, 60, 100}, {0xa0, 60, 127}, {0xd0, 10, 0}}, 60, 60, 1, 1},
    {"reset clears pressure", {{0x90, 60, 100}, {0xa0, 60, 127}, {0xd0, 127, 0}, {0xb0, 121, 0}}, 60, 60, 0, 0},
    {"a member bends by 48", {ZONE(0, 15), {0x91, 60, 100}, BEND(1, 96)}, 60, 84, 0, 0},
    {"bend before the note-on", {ZONE(0, 15), BEND(1, 96), {0x91, 60, 100}}, 60, 84, 0, 0},
    {"only its own note bends", {ZONE(0, 15), {0x91, 60, 100}, {0x92, 64, 100}, BEND(1, 96)}, 64, 64, 0, 0},
    {"the master's bend of 2 semitones is added",
     {ZONE(0, 15), {0x91, 60, 100}, BEND(1, 96), BEND(0, 96)},
     60,
     85,
     0,
     0},
    {"a member's bend range applies to all members",
     {ZONE(0, 15), RANGE(5, 24), {0x91, 60, 100}, BEND(1, 96)},
     60,
     72,
     0,
     0},
    {"the upper zone", {ZONE(15, 4), {0x9e, 60, 100}, BEND(14, 96), BEND(15, 96)}, 60, 85, 0, 0},
    {"a channel outside the zone", {ZONE(15, 4), {0x9a, 60, 100}, BEND(10, 96)}, 60, 61, 0, 0},
    {"the later zone takes precedence", {ZONE(0, 10), ZONE(15, 10), {0x95, 60, 100}, BEND(5, 96)}, 60, 84, 0, 0},
    {"the earlier zone keeps the remaining channels",
     {ZONE(0, 10), ZONE(15, 10), {0x94, 60, 100}, BEND(4, 96)},
     60,
     84,
     0,
     0},
    {"no members: no zone", {ZONE(0, 15), ZONE(0, 0), {0x91, 60, 100}, BEND(1, 96)}, 60, 61, 0, 0},
    {"only channels 1 and 16 make zones", {ZONE(3, 5), {0x94, 60, 100}, BEND(4, 96)}, 60, 61, 0, 0},
    {"timbre of a member", {ZONE(0, 15), {0x91, 60, 100}, {0xb1, 74, 96}}, 60, 60, 1, 0},
    {"timbre affects only its own note", {ZONE(0, 15), {0x91, 60, 100}, {0x92, 64, 100}, {0xb1, 74, 96}}, 64, 64, 0, 0},
    {"timbre of the master", {ZONE(0, 15), {0x91, 60, 100}, {0xb0, 74, 96}}, 60, 60, 1, 0},
    {"pressure of a member", {ZONE(0, 15), {0x91, 60, 100}, {0xd1, 127, 0}}, 60, 60, 1, 1},
    {"pressure of the master", {ZONE(0, 15), {0x91, 60, 100}, {0xd0, 127, 0}}, 60, 60, 1, 1},
    {"key pressure on a member is ignored", {ZONE(0, 15), {0x91, 60, 100}, {0xa1, 60, 127}}, 60, 60, 0, 0},
    {"held by the master's pedal, the note keeps its bend",
     {ZONE(0, 15), {0xb0, 64, 127}, {0x91, 60, 100}, BEND(1, 96), {0x81, 60, 0}, BEND(1, 64)},
     60,
     84,
     0,
     0},
    {"and follows the master's bend",
     {ZONE(0, 15), {0xb0, 64, 127}, {0x91, 60, 100}, BEND(1, 96), {0x81, 60, 0}, BEND(1, 64), BEND(0, 96)},
     60,
     85,
     0,
     0},
    {"sostenuto", {ZONE(0, 15), {0x91, 60, 100}, {0xb0, 66, 127}, {0x81, 60, 0}}, 60, 60, 0, 0},
    {"sostenuto released", {ZONE(0, 15), {0x91, 60, 100}, {0xb0, 66, 127}, {0x81, 60, 0}, {0xb0, 66, 0}}, 60, 0, 0, 0},
    {"note-off", {ZONE(0, 15), {0x91, 60, 100}, {0x81, 60, 0}}, 60, 0, 0, 0},
    {"all notes off on the master", {ZONE(0, 15), {0x91, 60, 100}, {0xb0, 123, 0}}, 60, 0, 0, 0},
    {"all sound off on the master", {ZONE(0, 15), {0x91, 60, 100}, {0xb0, 120, 0}}, 60, 0, 0, 0},
    {"a new zone ends notes", {{0x91, 60, 100}, ZONE(0, 15)}, 60, 0, 0, 0},
    {"but not on other channels", {{0x99, 60, 100}, ZONE(0, 3)}, 60, 60, 0, 0},
    {"channel 10 has no drums in a zone", {ZONE(0, 15), {0x99, 36, 100}, BEND(9, 96)}, 36, 60, 0, 0},
};

static void wait(TbEngine *e, size_t n) {
    static float out[SETTLED];
    tb_engine_render(e, out, NULL, n);
}

static const Voice *voice_of(const TbEngine *e, int key) {
    for (int i = 0; i < e->n_slots; i++)
        if (e->voice[i].state == VOICE_SOUNDING && e->voice[i].key == key && e->voice[i].note.held)
            return &e->voice[i];
    return NULL;
}

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        TbEngine *e = played_engine(
            &played, &(TbEngineOptions){.size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .seed = 5});
        assert_non_null(e);
        tb_engine_set_corners(e, (const TbInstrument *[TB_PARTS]){played.clarinet}, 1);
        for (size_t k = 0; k < 12 && c->message[k][0]; k++) {
            assert_true(tb_engine_event(e, 0, c->message[k], 3));
            wait(e, 1000);
        }
        wait(e, SETTLED);
        const Voice *v = voice_of(e, c->key);
        if ((v != NULL) != (c->pitch > 0))
            fail_msg("%s: there is %s note", c->what, v ? "a" : "no");
        if (v && (fabs((double)v->note.key - c->pitch) > 0.02 ||
                  fabs((double)v->note.knob[TB_BRIGHTNESS] - c->brightness) > 0.01 ||
                  fabs((double)v->note.knob[TB_MOVEMENT] - c->movement) > 0.01)) {
            fail_msg("%s: key %.2f, brightness %.2f, movement %.2f", c->what, (double)v->note.key,
                     (double)v->note.knob[TB_BRIGHTNESS], (double)v->note.knob[TB_MOVEMENT]);
        }
        tb_engine_free(e);
    }
    printf("%zu cases\n", sizeof cases / sizeof *cases);
}

/* Malformed messages have no effect. */
static void test_garbage(void **state) {
    (void)state;
    static const struct {
        uint8_t message[3];
        size_t n;
    } garbage[] = {{{0x90, 60, 0}, 1},  {{0x90, 60, 0}, 2},  {{0x90, 200, 100}, 3}, {{0x90, 60, 200}, 3},
                   {{60, 100, 0}, 2},   {{0xf0, 1, 2}, 3},   {{0xff, 0, 0}, 1},     {{0, 0, 0}, 0},
                   {{0xb0, 101, 0}, 2}, {{0xd0, 128, 0}, 2}, {{0xc0, 5, 0}, 2}};
    TbEngine *e = played_engine(
        &played, &(TbEngineOptions){.size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 4, .seed = 5});
    assert_non_null(e);
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        assert_true(tb_engine_event(e, 0, garbage[i].message, garbage[i].n));
        wait(e, 100);
    }
    assert_int_equal(tb_engine_active_voices(e), 0);
    tb_engine_free(e);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_cases, test_garbage);
}
