/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to jam/: the clock and the loops, on the audio thread. Loops are immutable. They come through one ring from
 * the thread that writes, each with its change of the whole, and go back through another, in which the bars that were
 * played are told, too: a loop returns after all bars that play it. Both rings have one thread at each end. */
#ifndef TIMBREL_JAM_PLAYER_H
#define TIMBREL_JAM_PLAYER_H

#include "base/ring.h"
#include "timbrel/jam.h"

enum {
    JAM_SOUNDING = 64, /* notes of a part that sound at once */
    JAM_CHANGES = 64,  /* that wait for a bar line */
    JAM_NEWS = 4096,
    JAM_QUIET_BARS = 2, /* turns of shorter loops come too soon for a new one each */
};

typedef struct {
    int32_t tick, duration; /* from the bar line; a duration may go beyond the bar */
    uint8_t key, velocity;
} JamEvent;

/* What a part plays in bars of the jam that are `bar` modulo `cycle`; it turns every `bars`. */
typedef struct {
    uint64_t source; /* number of the notes that it was made of: the same in another key or with another swing */
    int bars, cycle; /* powers of two up to TB_JAM_BARS */
    uint32_t first[TB_JAM_BARS + 1]; /* the events of bar b are first[b] .. first[b + 1] - 1, in order of tick */
    JamEvent event[];
} JamLoop;

/* Takes effect at the next bar line. */
typedef struct {
    JamLoop *now[TB_JAM_PARTS];  /* replace those of the same source there; NULL: none */
    JamLoop *next[TB_JAM_PARTS]; /* to begin at the turn of the loop that plays; NULL: none */
    uint32_t harmony;            /* number of the chords in force */
} JamChange;

typedef struct {
    JamLoop *retired; /* NULL: a bar begins, */
    uint64_t bar;     /* this one */
    uint32_t us_per_quarter, harmony;
    uint8_t audible;                   /* bits of the parts that sound in it, */
    const JamLoop *loop[TB_JAM_PARTS]; /* what they play; NULL: nothing, */
    uint8_t began;                     /* and those whose notes before it have been cut off */
} JamNews;

typedef struct {
    JamLoop *loop, *next; /* owned; NULL: none */
    bool audible;
    bool expects; /* a new loop is to begin at the next turn */
    uint32_t at;  /* index of the next event */
    int n_sounding;
    struct {
        int32_t off; /* tick, from the bar line */
        uint8_t key;
    } sounding[JAM_SOUNDING];
} PlayerPart;

/* Where events go: true if there was room. RT */
typedef bool (*JamSink)(void *context, size_t offset, const uint8_t *message, size_t n_bytes);

typedef struct {
    /* set before the first block */
    int n_parts;
    uint8_t channel[TB_JAM_PARTS];
    uint64_t rate; /* Hz */
    uint8_t numerator, denominator;

    /* owned by the audio thread */
    uint64_t sample;     /* the first one of the next block */
    uint64_t bar;        /* that plays */
    uint64_t line, next; /* its bar line and the next, in units of a sample / JAM_UNIT */
    uint32_t us_per_quarter, harmony;
    bool begun;
    PlayerPart part[TB_JAM_PARTS];

    /* between the threads */
    Ring changes, news;
    _Atomic uint32_t tempo;                /* microseconds a quarter note, from the next bar line on */
    atomic_uint muted, soloed, generating; /* bits of parts */
    atomic_bool at_bars;                   /* loops begin at the next bar line, whether their turn or not */
    atomic_ullong shown_bar, late, dropped;
    _Atomic float place; /* in the bar, 0 .. 1, at the end of the last block */
} JamPlayer;

/* The position of a bar line is exact: a sample is JAM_UNIT units, and a bar has a whole number of them, in every metre
 * and at every tempo of whole microseconds a quarter note. */
#define JAM_UNIT UINT64_C(64000000)

/* On a zeroed struct. False: out of memory; to be released either way. OFF */
bool tbi_jam_player_init(JamPlayer *player, double sample_rate);
void tbi_jam_player_release(JamPlayer *player); /* with all loops. OFF */

/* The events of the next n samples. RT */
void tbi_jam_player_block(JamPlayer *player, size_t n, JamSink sink, void *context);

/* Frees the loops of a change. OFF */
void tbi_jam_change_free(JamChange *change);

#endif
