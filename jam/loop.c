/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a loop as it was written to what is heard of it: over other chords, with another swing and other dynamics. */
#include "jam/loop.h"
#include "base/no_memory.h"
#include "score/swing.h"

#include <math.h>
#include <stdlib.h>

/* Registers, which notes do not leave when they follow other chords. */
static const struct {
    int lowest, highest;
} registers[TB_ROLE_DRUMS + 1] = {
    [TB_ROLE_OTHER] = {36, 96}, [TB_ROLE_MELODY] = {57, 88}, [TB_ROLE_CHORDS] = {45, 72},
    [TB_ROLE_BASS] = {28, 55},  [TB_ROLE_DRUMS] = {0, 127},
};
#define LOUDER 0.5 /* by which intensity 1 is above 0.5, and 0 below */

static uint8_t fit(const JamSource *s, const JamView *v, const JamNote *note, int32_t place) {
    const int32_t written = s->first * tbi_jam_bar_ticks(&s->harmony) + note->onset;
    int pitch = tbi_jam_fit(note->pitch, tbi_jam_chord(&s->harmony, written), s->harmony.key,
                            tbi_jam_chord(v->harmony, place), v->harmony->key);
    if (pitch != note->pitch && pitch < registers[v->role].lowest)
        pitch += 12;
    if (pitch != note->pitch && pitch > registers[v->role].highest)
        pitch -= 12;
    return (uint8_t)pitch;
}

static bool is_there(const JamNote *note, int n, int32_t onset, uint8_t pitch) {
    for (int i = 0; i < n; i++)
        if (note[i].onset == onset && note[i].pitch == pitch)
            return true;
    return false;
}

static int by_onset(const void *a, const void *b) {
    const JamNote *x = a, *y = b;
    return x->onset != y->onset ? (x->onset > y->onset) - (x->onset < y->onset) : (int)x->pitch - (int)y->pitch;
}

int tbi_jam_view_bar(const JamSource *s, const JamView *v, uint64_t bar, JamNote *note) {
    const int32_t ticks = tbi_jam_bar_ticks(v->harmony);
    const int32_t start = (int32_t)(bar % (uint64_t)s->bars) * ticks;         /* in the loop */
    const int32_t line = (int32_t)(bar % (uint64_t)v->harmony->bars) * ticks; /* in the progression */
    const double loudness = 1 + 2 * LOUDER * (v->intensity - 0.5);
    const bool swings = v->harmony->denominator <= 4;
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        JamNote x = s->note[i];
        if (x.onset < start || x.onset >= start + ticks)
            continue;
        if (v->role != TB_ROLE_DRUMS)
            x.pitch = fit(s, v, &s->note[i], line + x.onset - start);
        if (swings)
            tbi_swing_note(TB_JAM_TICKS, v->role == TB_ROLE_DRUMS, s->swing, v->swing, &x.onset, &x.duration);
        x.velocity = (uint8_t)lround(fmin(fmax(x.velocity * loudness, 1), 127));
        x.onset = x.onset < start + ticks ? x.onset - start : ticks - 1;
        if (is_there(note, n, x.onset, x.pitch)) /* two tones of a chord have become one */
            continue;
        note[n++] = x;
    }
    if (n > 1)
        qsort(note, (size_t)n, sizeof *note, by_onset);
    return n;
}

TbStatus tbi_jam_loop_new(const JamSource *s, const JamView *v, JamLoop **loop) {
    const int cycle = s->bars > v->harmony->bars ? s->bars : v->harmony->bars;
    const size_t most = (size_t)s->n * (size_t)(cycle / s->bars);
    JamNote note[JAM_NOTES];
    JamLoop *l = *loop = malloc(sizeof *l + most * sizeof *l->event);
    if (!l)
        return tbi_no_memory("for a loop");
    *l = (JamLoop){.source = s->id, .bars = s->bars, .cycle = cycle};
    uint32_t n = 0;
    for (int b = 0; b < cycle; b++) {
        const int count = tbi_jam_view_bar(s, v, (uint64_t)b, note);
        l->first[b] = n;
        for (int i = 0; i < count; i++)
            l->event[n++] = (JamEvent){note[i].onset, note[i].duration, note[i].pitch, note[i].velocity};
    }
    for (int b = cycle; b <= TB_JAM_BARS; b++)
        l->first[b] = n;
    return TB_OK;
}
