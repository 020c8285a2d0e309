/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clock and the loops of a jam, on the audio thread: see jam/player.h. */
#include "jam/player.h"

#include <stdlib.h>

enum { NEWS_A_BAR = 3 * TB_JAM_PARTS + 1, NOTE_OFF = 0x80, NOTE_ON = 0x90 };

typedef struct {
    JamPlayer *p;
    JamSink sink;
    void *context;
} Output;

/* ---- time ---- */

static uint64_t to_sample(uint64_t units) {
    return (units + JAM_UNIT / 2) / JAM_UNIT;
}

static int32_t bar_ticks(const JamPlayer *p) {
    return 4 * TB_JAM_TICKS * p->numerator / p->denominator;
}

/* Of a place in the bar; a note that ended a fraction of a sample before the bar line ends on it. */
static uint64_t sample_of(const JamPlayer *p, int32_t tick) {
    const uint64_t ticks = tick > 0 ? (uint64_t)tick : 0;
    return to_sample(p->line + ticks * p->us_per_quarter * p->rate * (JAM_UNIT / 1000000) / TB_JAM_TICKS);
}

/* ---- notes ---- */

static bool send(const Output *o, uint64_t sample, uint8_t status, uint8_t key, uint8_t velocity) {
    const uint8_t message[3] = {status, key, velocity};
    const size_t offset = sample > o->p->sample ? (size_t)(sample - o->p->sample) : 0;
    const bool sent = o->sink(o->context, offset, message, sizeof message);
    if (!sent)
        atomic_fetch_add_explicit(&o->p->dropped, 1, memory_order_relaxed);
    return sent;
}

/* False: there is no room for the message, and the note sounds on until there is. */
static bool end_note(const Output *o, int part, int i, uint64_t sample) {
    PlayerPart *x = &o->p->part[part];
    if (!send(o, sample, NOTE_OFF | o->p->channel[part], x->sounding[i].key, 0))
        return false;
    x->sounding[i] = x->sounding[--x->n_sounding];
    return true;
}

static void cut(const Output *o, int part, uint64_t sample) {
    PlayerPart *x = &o->p->part[part];
    for (int i = x->n_sounding - 1; i >= 0; i--)
        if (!end_note(o, part, i, sample))
            x->sounding[i].off = 0; /* as soon as possible */
}

static void begin_note(const Output *o, int part, const JamEvent *e, uint64_t sample) {
    PlayerPart *x = &o->p->part[part];
    for (int i = x->n_sounding - 1; i >= 0; i--)
        if (x->sounding[i].key == e->key)
            end_note(o, part, i, sample);
    if (x->n_sounding == JAM_SOUNDING) { /* all of them are held: without a place for its end it would hang */
        atomic_fetch_add_explicit(&o->p->dropped, 1, memory_order_relaxed);
        return;
    }
    if (!send(o, sample, NOTE_ON | o->p->channel[part], e->key, e->velocity))
        return;
    x->sounding[x->n_sounding].off = e->tick + e->duration;
    x->sounding[x->n_sounding++].key = e->key;
}

/* The sounding note that ends first; -1: none. */
static int first_end(const PlayerPart *x) {
    int first = x->n_sounding > 0 ? 0 : -1;
    for (int i = 1; i < x->n_sounding; i++)
        first = x->sounding[i].off < x->sounding[first].off ? i : first;
    return first;
}

static const JamEvent *next_event(const JamPlayer *p, const PlayerPart *x) {
    if (!x->loop || !x->audible || x->at >= x->loop->first[p->bar % (uint64_t)x->loop->cycle + 1])
        return NULL;
    return &x->loop->event[x->at];
}

/* Ends and beginnings before a sample, ends first where they coincide. */
static void play_part(const Output *o, int part, uint64_t until) {
    const JamPlayer *p = o->p;
    PlayerPart *x = &o->p->part[part];
    for (;;) {
        const JamEvent *e = next_event(p, x);
        const int ends = first_end(x);
        const bool off = ends >= 0 && (!e || x->sounding[ends].off <= e->tick);
        if (!e && ends < 0)
            return;
        const uint64_t sample = sample_of(p, off ? x->sounding[ends].off : e->tick);
        if (sample >= until)
            return;
        if (off) {
            if (!end_note(o, part, ends, sample))
                return;
        } else {
            begin_note(o, part, e, sample);
            x->at++;
        }
    }
}

/* ---- bar lines ---- */

static void tell(JamPlayer *p, const JamNews *news) {
    tbi_ring_put(&p->news, news, 1); /* there is room: see bar_line */
}

static void retire(JamPlayer *p, JamLoop *loop) {
    if (loop)
        tell(p, &(JamNews){.retired = loop});
}

/* Loops made of the same notes replace what plays, also if what waited at the time has begun meanwhile. */
static bool replace(JamPlayer *p, PlayerPart *x, JamLoop *now, JamLoop **next) {
    if (now && (!x->loop || x->loop->source == now->source)) {
        retire(p, x->loop);
        x->loop = now;
        return true;
    }
    retire(p, now);
    if (now && *next && x->loop->source == (*next)->source) {
        retire(p, x->loop);
        x->loop = *next;
        *next = NULL;
        return true;
    }
    return false;
}

static unsigned take_changes(JamPlayer *p) {
    JamChange c;
    unsigned began = 0;
    for (int k = 0; k < JAM_CHANGES && p->news.capacity - tbi_ring_count(&p->news) > 2 * NEWS_A_BAR &&
                    tbi_ring_get(&p->changes, &c, 1) == 1;
         k++) {
        p->harmony = c.harmony;
        for (int i = 0; i < p->n_parts; i++) {
            PlayerPart *x = &p->part[i];
            began |= (unsigned)replace(p, x, c.now[i], &c.next[i]) << i;
            if (c.next[i]) {
                retire(p, x->next);
                x->next = c.next[i];
            }
        }
    }
    return began;
}

/* Whether the loop of a part turns at this bar; without one any bar will do. */
static bool turns(const JamPlayer *p, const PlayerPart *x, int least) {
    const int bars = x->loop && x->loop->bars > least ? x->loop->bars : least;
    return !x->loop || p->bar % (uint64_t)bars == 0;
}

/* At the turn of a part. Returns whether another loop begins. */
static bool turn(JamPlayer *p, int part, bool generates) {
    PlayerPart *x = &p->part[part];
    const bool fresh = x->next && (turns(p, x, 1) || atomic_load_explicit(&p->at_bars, memory_order_relaxed));
    const bool due = turns(p, x, JAM_QUIET_BARS);
    if (due && x->expects && generates && !fresh)
        atomic_fetch_add_explicit(&p->late, 1, memory_order_relaxed);
    x->expects = due ? generates : x->expects && !fresh;
    if (!fresh)
        return false;
    retire(p, x->loop);
    x->loop = x->next;
    x->next = NULL;
    return true;
}

static void begin_bar(const Output *o, unsigned began, uint64_t sample) {
    JamPlayer *p = o->p;
    const unsigned muted = atomic_load_explicit(&p->muted, memory_order_relaxed),
                   soloed = atomic_load_explicit(&p->soloed, memory_order_relaxed);
    JamNews news = {.bar = p->bar, .us_per_quarter = p->us_per_quarter, .harmony = p->harmony};
    for (int i = 0; i < p->n_parts; i++) {
        PlayerPart *x = &p->part[i];
        x->audible = soloed ? soloed >> i & 1 : !(muted >> i & 1);
        if (!x->audible || began >> i & 1) {
            cut(o, i, sample);
            news.began |= (uint8_t)(1u << i);
        }
        x->at = x->loop ? x->loop->first[p->bar % (uint64_t)x->loop->cycle] : 0;
        news.audible |= (uint8_t)((unsigned)x->audible << i);
        news.loop[i] = x->loop;
    }
    tell(p, &news);
}

/* The next bar begins. If nobody takes the news, all goes on as it is. */
static void bar_line(const Output *o) {
    JamPlayer *p = o->p;
    const int32_t ticks = bar_ticks(p);
    const unsigned generating = atomic_load_explicit(&p->generating, memory_order_relaxed);
    const uint64_t sample = to_sample(p->next);
    unsigned began = 0;
    for (int i = 0; i < p->n_parts && p->begun; i++)
        for (int k = 0; k < p->part[i].n_sounding; k++)
            p->part[i].sounding[k].off -= ticks;
    p->bar += p->begun;
    p->begun = true;
    p->line = p->next;
    p->us_per_quarter = atomic_load_explicit(&p->tempo, memory_order_relaxed);
    if (p->news.capacity - tbi_ring_count(&p->news) > 2 * NEWS_A_BAR) {
        began = take_changes(p);
        for (int i = 0; i < p->n_parts; i++)
            began |= (unsigned)turn(p, i, generating >> i & 1) << i;
    }
    p->next =
        p->line + UINT64_C(4) * p->numerator * p->us_per_quarter * p->rate * (JAM_UNIT / 1000000) / p->denominator;
    begin_bar(o, began, sample);
    atomic_store_explicit(&p->shown_bar, p->bar, memory_order_relaxed);
}

void tbi_jam_player_block(JamPlayer *p, size_t n, JamSink sink, void *context) {
    const Output o = {p, sink, context};
    const uint64_t end = p->sample + n;
    for (;;) {
        const uint64_t line = to_sample(p->next);
        for (int i = 0; i < p->n_parts && p->begun; i++)
            play_part(&o, i, line < end ? line : end);
        if (line >= end)
            break;
        bar_line(&o);
    }
    p->sample = end;
    const float place = (float)(end * JAM_UNIT - p->line) / (float)(p->next - p->line);
    atomic_store_explicit(&p->place, place < 1 ? place : 1, memory_order_relaxed);
}
