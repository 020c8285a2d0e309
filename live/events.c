/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other threads have asked for, taken by the audio thread: so much in a block, and no more, that a flood cannot
 * make it late. What is left waits its turn; what finds no room to wait is lost, and then all keys go up, as nobody
 * knows which ones are down. */
#include "live/audio_thread.h"

#include <string.h>

enum { CC_SUSTAIN = 64, CC_SOSTENUTO = 66, CC_NOTES_OFF = 123, RESET = 0xff };
enum {
    EVENTS = 32,   /* of a source in a block, and one more for every two samples */
    NOTES = 4,     /* that begin in a block, and one more for every ... */
    PER_NOTE = 16, /* ... so many samples */
    EXACT = 2,     /* messages of a source may come at their sample; of more ... */
    FINE = 16,     /* ... those within so many samples come at once, and cut the block only once */
};

/* ---- sounds ---- */

static void take_changes(AudioThread *a) {
    EngineChange c;
    while (tbi_ring_get(&a->changes, &c, 1) == 1) {
        if (c.engine) {
            tb_engine_take_over(c.engine, a->play.engine);
            a->play.engine = c.engine;
        } else {
            tb_engine_set_corners(a->play.engine, c.corner, c.n);
        }
        for (int i = 0; i < c.n; i++) {
            TrackedInstrument *k = &a->known[c.known[i]];
            atomic_store(&k->used, true); /* before it comes no more: it is never neither */
            atomic_fetch_sub(&k->coming, 1);
        }
    }
}

/* One instrument in a block: to look for all of them would take too long. */
static void let_go_unused(AudioThread *a) {
    TrackedInstrument *k = &a->known[a->check_at];
    a->check_at = (a->check_at + 1) % TRACKED;
    if (atomic_load(&k->used) && !tb_engine_uses(a->play.engine, k->instrument))
        atomic_store(&k->used, false);
    if (!atomic_load(&a->retired))
        atomic_store(&a->retired, tb_engine_take_retired(a->play.engine));
}

static void follow_controls(AudioThread *a) {
    for (int i = 0; i < TB_CONTROLS; i++) {
        float value = atomic_load_explicit(&a->control[i], memory_order_relaxed);
        if (value != a->applied[i]) {
            tb_engine_set_control(a->play.engine, i, value);
            a->applied[i] = value;
            tbi_midi_map_release(a, i);
        }
    }
}

/* ---- messages ---- */

static bool begins_note(const LiveEvent *e) {
    return e->message[0] >> 4 == 0x9 && e->message[2] > 0;
}

static void to_engine(AudioThread *a, size_t at, const uint8_t *message, size_t n_bytes) {
    if (!tb_engine_event(a->play.engine, at, message, n_bytes))
        atomic_fetch_add_explicit(&a->lost_events, 1, memory_order_relaxed);
}

static void handle(AudioThread *a, size_t at, const LiveEvent *e) {
    const uint8_t *m = e->message;
    if (m[0] == RESET)
        tb_engine_panic(a->play.engine);
    else if (m[0] >> 4 == 0xc && e->n_bytes >= 2)
        atomic_store(&a->program, m[1] & 127);
    else if (m[0] >> 4 != 0xb || e->n_bytes < 3 || !tbi_midi_map_controller(a, m[0] & 15, m[1] & 127, m[2] & 127))
        to_engine(a, at, m, e->n_bytes);
}

static void all_keys_up(AudioThread *a, size_t at) {
    static const uint8_t ends[3] = {CC_SUSTAIN, CC_SOSTENUTO, CC_NOTES_OFF};
    for (int c = 0; c < TB_CHANNELS; c++)
        for (int i = 0; i < 3; i++)
            to_engine(a, at, (const uint8_t[]){(uint8_t)(0xb0 | c), ends[i], 0}, 3);
}

/* Takes `there` events or fewer. Returns how many notes begin. */
static size_t take_source(AudioThread *a, int source, size_t there, size_t notes, double begin, size_t n) {
    Ring *ring = &a->source[source];
    size_t most = EVENTS + n / 2, begun = 0;
    uint64_t *latest = &a->latest[source];
    for (size_t i = 0; i < there && i < most; i++) {
        LiveEvent e = *(const LiveEvent *)tbi_ring_first(ring);
        if (begins_note(&e) && begun == notes)
            break;
        tbi_ring_drop(ring, 1);
        begun += begins_note(&e);
        uint64_t at = e.sample < 0 ? a->sample + tbi_dll_offset(&a->clock, begin, n, e.time) : (uint64_t)e.sample;
        at = at > a->sample ? at : a->sample;
        at -= there > EXACT ? (at - a->sample) % FINE : 0;
        *latest = at > *latest ? at : *latest;
        handle(a, *latest - a->sample, &e);
    }
    if (atomic_load(&a->lost[source]) && tbi_ring_count(ring) == 0) {
        atomic_store(&a->lost[source], false);
        all_keys_up(a, *latest > a->sample ? *latest - a->sample : 0);
    }
    return begun;
}

/* Silence now, and what waits would break it. */
static void panic(AudioThread *a) {
    for (int i = 0; i < SOURCES; i++)
        tbi_ring_drop(&a->source[i], tbi_ring_count(&a->source[i]));
    tb_engine_panic(a->play.engine);
}

void tbi_events_take(AudioThread *a, double begin, size_t n) {
    size_t there[SOURCES], notes = NOTES + n / PER_NOTE;
    if (atomic_exchange(&a->panic, false))
        panic(a);
    for (int i = 0; i < SOURCES; i++) /* first: what was asked for before a message is done before it */
        there[i] = tbi_ring_count(&a->source[i]);
    take_changes(a);
    follow_controls(a);
    for (int i = 0; i < SOURCES; i++) {
        int source = (a->first + i) % SOURCES;
        notes -= take_source(a, source, there[source], (notes + 1) / 2, begin, n); /* others want some, too */
    }
    a->first = (a->first + 1) % SOURCES;
    let_go_unused(a);
}
