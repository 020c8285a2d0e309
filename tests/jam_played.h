/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jams of small networks, played block by block: for the tests of jams. */
#ifndef TIMBREL_TESTS_JAM_PLAYED_H
#define TIMBREL_TESTS_JAM_PLAYED_H

#include "jam/internal.h"
#include "tests/composed.h"

enum { RATE = 48000, BLOCK = 500, NOTES = 65536 };

typedef struct {
    TbJam *jam;
    uint64_t on[NOTES]; /* samples at which notes begin */
    uint8_t channel[NOTES];
    size_t n;
} Listener;

static Listener listener;

static inline bool jam_hear(void *context, size_t offset, const uint8_t *m, size_t n_bytes) {
    Listener *l = context;
    assert_int_equal(n_bytes, 3);
    if (m[0] >> 4 == 9) {
        assert_true(l->n < NOTES);
        l->channel[l->n] = m[0] & 15;
        l->on[l->n++] = l->jam->player.sample + offset;
    }
    return true;
}

static inline TbJamOptions options_of(uint64_t seed) {
    TbJamOptions o;
    tb_jam_defaults(&o);
    o.seed = seed;
    o.tempo = 240;
    o.tonic = 2;
    o.minor = true;
    o.chords = "Dm Bb F C";
    for (int i = 0; i < 4; i++)
        o.part[i].mode = TB_JAM_LOOP;
    return o;
}

static inline TbJam *jam_of(const TbJamOptions *o) {
    TbJam *jam = NULL;
    if (tb_jam_new(&models, o, &jam))
        fail_msg("%s", tb_error_text(tb_jam_new(&models, o, &jam)));
    listener.jam = jam;
    listener.n = 0;
    return jam;
}

/* Plays n samples; with `works` the writer does all that is due after each block. */
static inline void play(TbJam *jam, uint64_t n, bool works) {
    for (uint64_t at = 0; at < n; at += BLOCK) {
        tbi_jam_player_block(&jam->player, (size_t)(n - at < BLOCK ? n - at : BLOCK), jam_hear, &listener);
        if (works)
            tb_jam_work(jam);
    }
}

static inline void play_to_bar(TbJam *jam, uint64_t bar) {
    while (!jam->player.begun || jam->player.bar < bar)
        play(jam, BLOCK, true);
}

static inline TbJamPartState state_of(TbJam *jam, int part) {
    TbJamState s;
    tb_jam_state(jam, &s);
    return s.part[part];
}

static inline void press(TbJam *jam, int part, TbJamAction action, double value) {
    if (tb_jam_press(jam, part, action, value))
        fail_msg("%s", tb_error_text(tb_jam_press(jam, part, action, value)));
}

#endif
