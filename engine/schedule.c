/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the work of voices is done. What all of them need now and then would come in one lump; here it comes in turns,
 * so that no block has much more of it than others. All turns follow the engine's clock: blocks do not matter. */
#include "engine/engine.h"

#include <math.h>

enum { TURN = 16 }; /* voices whose frames are made together: a tile of the network's rows */

_Static_assert((int)TB_NOTES_BATCH == (int)TURN && (int)TURN % (int)TB_SYNTH_LOOKAHEAD == 0,
               "notes and their first frames fill whole tiles");

#define NEAR 1.6f /* as tb_note_query_distance counts: what a note may borrow from */

/* ---- frames ---- */

/* A TbFrameSource: frames that the ticks have laid ready. */
static bool waiting_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    const Voice *v = context;
    (void)phases;
    if (index >= v->end || index >= v->n_frames)
        return false;
    *frame = v->ring[index % VOICE_RING];
    return true;
}

/* Lists the next frame of a voice. */
static void list_frame(TbEngine *e, Voice *v, size_t n) {
    e->notes[n] = &v->note;
    e->frames[n] = &v->ring[v->n_frames++ % VOICE_RING];
}

/* The next frame of each voice whose turn it is. */
void tbi_schedule_tick(TbEngine *e) {
    int turn = (int)(e->tick % TICKS);
    size_t n = 0;
    for (int i = 0; i < TB_CHANNELS && turn == 0; i++)
        tbi_channel_move_timbre(&e->channel[i], e->control + TB_CONTROL_KNOBS);
    e->stale = e->stale || turn == 0;
    tbi_voices_damp(e);
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (i / TURN % TICKS == turn && v->state != VOICE_FREE && !v->fresh && v->end == SIZE_MAX) {
            tbi_voice_update(e, v);
            list_frame(e, v, n++);
        }
    }
    if (n == 0)
        return;
    tb_notes_frames(e->model, e->notes, n, e->scratch, e->frames);
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        v->end = v->end == SIZE_MAX && v->note.over ? v->n_frames : v->end;
    }
}

/* ---- notes that begin ---- */

/* Of those that wait the first that was struck, from the n-th of all notes on. NULL: none. */
static Voice *waiting(const TbEngine *e, uint64_t n) {
    Voice *first = NULL;
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state != VOICE_FREE && v->fresh && v->order >= n && (!first || v->order < first->order))
            first = v;
    }
    return first;
}

/* From the note next to it, of those that sound or have sounded. */
static bool borrow(TbEngine *e, Voice *v) {
    const TbPlayedNote *next = NULL;
    float least = NEAR, wish[TB_NOTE_QUERY];
    tb_note_query(&v->note, wish);
    for (int i = 0; i < e->n_slots; i++) {
        float apart = tb_note_query_distance(wish, &e->voice[i].note);
        if (apart < least) {
            least = apart;
            next = &e->voice[i].note;
        }
    }
    if (next) {
        tb_note_reuse_table(&v->note, next);
        e->stale = true;
    }
    return next != NULL;
}

/* The network of notes is asked for all that wait. Live it has no time for that, if anything will do at first. */
static void ask_waiting(TbEngine *e) {
    size_t n = 0;
    for (Voice *v = waiting(e, 0); v && (n < TURN || !e->live); v = waiting(e, v->order + 1)) {
        tbi_voice_update(e, v);
        if (tb_note_needs_inference(e->model, &v->note) && !(e->live && (v->note.has_table || borrow(e, v))))
            e->notes[n++] = &v->note;
    }
    if (n > 0 && !(e->live && e->inferred)) {
        tb_notes_infer(e->model, e->notes, n, e->scratch);
        e->inferred = true;
    }
}

/* The next one that may begin now. */
static Voice *ready(const TbEngine *e) {
    Voice *v = waiting(e, 0);
    if (v && e->live && e->n_begun >= (e->inferred ? STARTS_WITH_INFERENCE : STARTS))
        return NULL;
    return v && !v->note.has_table && tb_note_needs_inference(e->model, &v->note) ? NULL : v;
}

void tbi_schedule_starts(TbEngine *e) {
    ask_waiting(e);
    for (Voice *v = ready(e); v;) {
        Voice *begun[TURN / TB_SYNTH_LOOKAHEAD];
        size_t n = 0, n_begun = 0;
        for (; v && n < TURN; v = ready(e)) {
            v->fresh = false;
            begun[n_begun++] = v;
            e->n_begun++;
            for (int k = 0; k < TB_SYNTH_LOOKAHEAD; k++)
                list_frame(e, v, n++);
        }
        tb_notes_frames(e->model, e->notes, n, e->scratch, e->frames);
        for (size_t i = 0; i < n_begun; i++) {
            begun[i]->end = begun[i]->note.over ? begun[i]->n_frames : SIZE_MAX;
            tb_synth_start(begun[i]->synth, waiting_frame, begun[i], e->seed + 2 * begun[i]->order + 1);
        }
    }
}

/* ---- between ticks ---- */

/* Partials of next hops, of as many voices as have one between two points of the grid. Each voice has its turn before
 * it needs it, so it is only at its start that it makes its own at once. */
static void work_ahead(TbEngine *e) {
    int n = (int)ceil(tb_engine_active_voices(e) * GRID / e->hop) + 1;
    for (int k = 0; k < e->n_slots && n > 0; k++) {
        Voice *v = &e->voice[e->next_ahead];
        e->next_ahead = (e->next_ahead + 1) % e->n_slots;
        n -= v->state != VOICE_FREE && !v->fresh && tb_synth_render_ahead(v->synth);
    }
}

void tbi_schedule_grid(TbEngine *e) {
    e->inferred = false;
    e->n_begun = 0;
    if (waiting(e, 0))
        tbi_schedule_starts(e);
    work_ahead(e);
}

/* Voices that want to ask: first those that have borrowed, then the others in turn. */
static size_t list_questions(TbEngine *e) {
    NoteInference *q = &e->inference;
    q->n = 0;
    for (int k = 0; k < 2 * e->n_slots && q->n < TURN; k++) {
        int slot = k < e->n_slots ? k : e->next_inference;
        Voice *v = &e->voice[slot];
        e->next_inference = k < e->n_slots ? e->next_inference : (slot + 1) % e->n_slots;
        if (v->note.reused == (k < e->n_slots) && v->state == VOICE_SOUNDING && !v->fresh && v->end == SIZE_MAX &&
            tb_note_needs_inference(e->model, &v->note)) {
            q->voice[q->n] = v;
            q->order[q->n++] = v->order;
        }
    }
    return q->n;
}

void tbi_schedule_late(TbEngine *e) {
    NoteInference *q = &e->inference;
    TbPlayedNote *notes[TURN];
    if (e->inferred || e->n_begun > STARTS_WITH_INFERENCE)
        return;
    if (q->step == 0) {
        e->stale = list_questions(e) == TURN; /* perhaps there are more */
        if (q->n == 0)
            return;
    }
    for (size_t i = 0; i < q->n; i++)
        notes[i] = q->voice[i]->order == q->order[i] ? &q->voice[i]->note : NULL;
    bool done = tb_notes_infer_step(e->model, q->step, notes, q->n, q->scratch);
    q->step = done ? 0 : q->step + 1;
}
