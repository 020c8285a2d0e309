/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to jam/: the notes of a loop as they were written, and as they are played over other chords. */
#ifndef TIMBREL_JAM_LOOP_H
#define TIMBREL_JAM_LOOP_H

#include "jam/harmony.h"
#include "jam/player.h"

enum { JAM_NOTES = 512 };

typedef struct {
    int32_t onset, duration; /* ticks from the loop's first bar line */
    uint8_t pitch, velocity;
} JamNote;

/* A loop as it was written. */
typedef struct {
    uint64_t id;
    int bars;
    int first;          /* it was written for bars of the jam that are this modulo TB_JAM_BARS, ... */
    JamHarmony harmony; /* ... over these chords, ... */
    double swing;       /* ... with this swing, in percent */
    int n;              /* notes, in order of onset, none beyond the last bar line */
    JamNote note[JAM_NOTES];
} JamSource;

/* What is heard of it. */
typedef struct {
    TbRole role;
    const JamHarmony *harmony;
    double swing;     /* percent */
    double intensity; /* 0 .. 1 */
} JamView;

/* Bar `bar` of the jam: note[JAM_NOTES], onsets from its bar line, in order; returns their number. */
int tbi_jam_view_bar(const JamSource *source, const JamView *view, uint64_t bar, JamNote *note);
/* All bars, for the player: newly allocated (free). */
TB_NODISCARD TbStatus tbi_jam_loop_new(const JamSource *source, const JamView *view, JamLoop **loop);

#endif
