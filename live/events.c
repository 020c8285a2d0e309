/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread takes commands and messages from other threads. The number handled per block is bounded, so that a
 * flood of them cannot cause an underrun; the rest waits. When messages had to be dropped, all keys are released, since
 * note-offs may be missing. */
#include "live/audio_thread.h"

#include <string.h>

enum { CC_SUSTAIN = 64, CC_SOSTENUTO = 66, CC_NOTES_OFF = 123, RESET = 0xff };
enum {
    EVENTS = 32,   /* per source and block, plus one per two samples */
    NOTES = 4,     /* note-ons per block, plus one per ... */
    PER_NOTE = 16, /* ... so many samples */
    EXACT = 2,     /* up to so many messages of a source keep their exact sample; of more ... */
    FINE = 16,     /* ... the positions are rounded down to this grid, so that the block is split less often */
};

/* ---- instruments ---- */

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
            TrackedInstrument *k = &a->tracked[c.tracked[i]];
            atomic_store(&k->used,
                         true); /* set before `pending` is decremented, so that the slot is never seen as free */
            atomic_fetch_sub(&k->pending, 1);
        }
    }
}

static void check_used(TrackedInstrument *k, const TbEngine *engine) {
    if (atomic_load(&k->used) && !tb_engine_uses(engine, k->instrument))
        atomic_store(&k->used, false);
}

void tbi_events_take_changes(AudioThread *a) {
    take_changes(a);
    TbEngine *predecessor = tb_engine_cut_off(a->play.engine);
    if (predecessor)
        atomic_store(&a->retired, predecessor); /* free: no further change is sent before it is collected */
    for (int i = 0; i < TRACKED; i++)           /* all at once, since no block waits */
        check_used(&a->tracked[i], a->play.engine);
}

/* Checks one instrument per block; checking all would take too long. */
static void release_unused(AudioThread *a) {
    TrackedInstrument *k = &a->tracked[a->next_check];
    a->next_check = (a->next_check + 1) % TRACKED;
    check_used(k, a->play.engine);
    if (!atomic_load(&a->retired))
        atomic_store(&a->retired, tb_engine_take_retired(a->play.engine));
}

static void apply_controls(AudioThread *a) {
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

static bool is_note_on(const LiveEvent *e) {
    return e->message[0] >> 4 == 0x9 && e->message[2] > 0;
}

/* False: the engine's queue is full. */
static bool send_to_engine(AudioThread *a, size_t at, const uint8_t *message, size_t n_bytes) {
    bool sent = tb_engine_event(a->play.engine, at, message, n_bytes);
    if (!sent)
        atomic_fetch_add_explicit(&a->dropped_events, 1, memory_order_relaxed);
    return sent;
}

static bool handle(AudioThread *a, size_t at, const LiveEvent *e) {
    const uint8_t *m = e->message;
    if (m[0] == RESET)
        tb_engine_panic(a->play.engine);
    else if (m[0] >> 4 == 0xc && e->n_bytes >= 2)
        atomic_store(&a->program, m[1] & 127);
    else if (m[0] >> 4 != 0xb || e->n_bytes < 3 || !tbi_midi_map_controller(a, m[0] & 15, m[1] & 127, m[2] & 127))
        return send_to_engine(a, at, m, e->n_bytes);
    return true;
}

/* False: not all, and another attempt is due. */
static bool release_all_keys(AudioThread *a, size_t at) {
    static const uint8_t ends[3] = {CC_SUSTAIN, CC_SOSTENUTO, CC_NOTES_OFF};
    bool sent = true;
    for (int c = 0; c < TB_CHANNELS; c++)
        for (int i = 0; i < 3; i++)
            sent = send_to_engine(a, at, (const uint8_t[]){(uint8_t)(0xb0 | c), ends[i], 0}, 3) && sent;
    return sent;
}

/* Handles up to `available` events of a source. Returns the number of note-ons. */
static size_t process_source(AudioThread *a, int source, size_t available, size_t notes, double begin, size_t n) {
    Ring *ring = &a->source[source];
    size_t most = EVENTS + n / 2, n_started = 0;
    uint64_t *latest = &a->latest[source];
    for (size_t i = 0; i < available && i < most; i++) {
        LiveEvent e = *(const LiveEvent *)tbi_ring_first(ring);
        if (is_note_on(&e) && n_started == notes)
            break;
        tbi_ring_drop(ring, 1);
        n_started += is_note_on(&e);
        uint64_t at = e.sample < 0 ? a->sample + tbi_dll_offset(&a->clock, begin, n, e.time) : (uint64_t)e.sample;
        at = at > a->sample ? at : a->sample;
        at -= available > EXACT ? (at - a->sample) % FINE : 0;
        *latest = at > *latest ? at : *latest;
        if (!handle(a, *latest - a->sample, &e))
            atomic_store(&a->lost[source], true);
    }
    if (atomic_load(&a->lost[source]) && tbi_ring_count(ring) == 0) {
        atomic_store(&a->lost[source], false);
        if (!release_all_keys(a, *latest > a->sample ? *latest - a->sample : 0))
            atomic_store(&a->lost[source], true);
    }
    return n_started;
}

/* Pending messages are dropped, since they could start notes again. */
static void panic(AudioThread *a) {
    for (int i = 0; i < SOURCES; i++)
        tbi_ring_drop(&a->source[i], tbi_ring_count(&a->source[i]));
    tb_engine_panic(a->play.engine);
}

void tbi_events_take(AudioThread *a, double begin, size_t n) {
    size_t available[SOURCES], notes = NOTES + n / PER_NOTE;
    if (atomic_exchange(&a->panic, false))
        panic(a);
    for (int i = 0; i < SOURCES;
         i++) /* counted first, so that commands issued before a message take effect before it */
        available[i] = tbi_ring_count(&a->source[i]);
    take_changes(a);
    apply_controls(a);
    for (int i = 0; i < SOURCES; i++) {
        int source = (a->first_source + i) % SOURCES;
        notes -= process_source(a, source, available[source], (notes + 1) / 2, begin,
                                n); /* leaves a share for the other sources */
    }
    a->first_source = (a->first_source + 1) % SOURCES;
    release_unused(a);
}
