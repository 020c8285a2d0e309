/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/jam_status.h"
#include "app/numbers.h"
#include "app/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 32 };

void jam_status_begin(JamStatus *s, const JamKeys *keys, TbLive *live) {
    const char *term = getenv("TERM");
    *s = (JamStatus){.keys = keys, .live = live, .redraws = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0};
}

static void clear(JamStatus *s) {
    if (s->lines > 0)
        fprintf(stderr, "\r\033[%dA\033[J", s->lines);
    s->lines = 0;
}

static void line(JamStatus *s, const char *text) {
    fprintf(stderr, "%.*s\033[K\n", terminal_columns() - 1, text);
    s->lines++;
}

/* Where the loop has notes in this bar, and where it is: x a note, - the place, X both. */
void jam_status_part(const TbJamPartState *p, int number, bool chosen, uint64_t bar, double place, char *text,
                     size_t size) {
    static const char *const modes[] = {[TB_JAM_LOOP] = "loop", [TB_JAM_GENERATE] = "generate", [TB_JAM_LOCK] = "lock"};
    const uint32_t onsets = p->onsets[bar % (uint64_t)p->bars];
    const int here = (int)(place * COLUMNS) % COLUMNS;
    char notes[COLUMNS + 1];
    for (int i = 0; i < COLUMNS; i++) {
        const bool note = p->audible && (onsets >> i & 1);
        notes[i] = i == here ? (note ? 'X' : '-') : note ? 'x' : '.';
    }
    notes[COLUMNS] = 0;
    snprintf(text, size, "%c%d %-6s %-8s %llu/%d %s%s |%s| %s", chosen ? '>' : ' ', number, tb_role_name(p->role),
             modes[p->mode], (unsigned long long)(bar % (uint64_t)p->bars) + 1, p->bars, p->muted ? "M" : " ",
             p->soloed ? "S" : " ", notes,
             p->waiting   ? "next is ready"
             : p->writing ? "writes"
                          : "");
}

static void shared_line(const TbJamState *s, char *text, size_t size) {
    char key[TB_CHORD_TEXT];
    tb_key_name(s->key, key);
    snprintf(text, size, "bar %llu.%d  %.0f bpm  swing %.0f  %s: %s  intensity %.1f  temperature %.1f%s",
             (unsigned long long)s->bar + 1, (int)(s->place * s->numerator) % s->numerator + 1, s->value[TB_JAM_TEMPO],
             s->value[TB_JAM_SWING], key, s->chords, s->value[TB_JAM_INTENSITY], s->value[TB_JAM_TEMPERATURE],
             s->value[TB_JAM_QUANTISE] >= 0.5 ? "  at the bar" : "");
}

/* What happens rarely: sentences. */
static void tell(JamStatus *s, const TbJamState *jam, const TbLiveState *live) {
    if (live->disconnected != s->lost || jam->failed != s->failed)
        clear(s);
    if (live->disconnected && !s->lost)
        fprintf(stderr, "The sound device is gone; waiting for \"%s\".\n", live->device);
    else if (!live->disconnected && s->lost)
        fprintf(stderr, "The sound device is back.\n");
    if (jam->failed > s->failed)
        fprintf(stderr, "A loop could not be written: %s\n", jam->last_error);
    s->lost = live->disconnected;
    s->failed = jam->failed;
}

void jam_status_show(JamStatus *s) {
    TbJamState jam;
    TbLiveState live;
    char text[800];
    tb_jam_state(s->keys->jam, &jam);
    tb_live_state(s->live, &live);
    tell(s, &jam, &live);
    if (!s->redraws)
        return;
    clear(s);
    shared_line(&jam, text, sizeof text);
    line(s, text);
    for (int i = 0; i < jam.n_parts; i++) {
        jam_status_part(&jam.part[i], i + 1, i == s->keys->part, jam.bar, jam.place, text, sizeof text);
        line(s, text);
    }
    if (*s->keys->message)
        line(s, s->keys->message);
    fflush(stderr);
}

void jam_status_end(JamStatus *s) {
    TbJamState jam;
    TbLiveState live;
    clear(s);
    tb_jam_state(s->keys->jam, &jam);
    tb_live_state(s->live, &live);
    const uint64_t bars = jam.bar + 1, underruns = live.xruns + live.overruns;
    fprintf(stderr, "%llu bar%s; %llu loop%s written", (unsigned long long)bars, plural(bars),
            (unsigned long long)jam.written, plural(jam.written));
    if (jam.redrawn)
        fprintf(stderr, ", %llu put aside", (unsigned long long)jam.redrawn);
    if (jam.late)
        fprintf(stderr, ", %llu late", (unsigned long long)jam.late);
    if (jam.dropped)
        fprintf(stderr, "; %llu event%s dropped", (unsigned long long)jam.dropped, plural(jam.dropped));
    fprintf(stderr, "; %llu underrun%s.\n", (unsigned long long)underruns, plural(underruns));
}
