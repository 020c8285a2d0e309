/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules the work of the voices. Frames, partials and inference are spread over the hop, so that no block has much
 * more work than the others. The schedule follows the engine's clock and does not depend on the block size. */
#include "engine/engine.h"
#include "instrument/played_notes.h"

#include <math.h>

enum { BATCH = 16 }; /* rows of a tile of the network: frames decoded together */

_Static_assert((int)TB_NOTES_BATCH == (int)BATCH && (int)BATCH % (int)TB_SYNTH_LOOKAHEAD == 0,
               "notes and their first frames fill whole tiles");

#define MAX_REUSE_DISTANCE 1.6f /* in units of tbi_note_query_distance */

/* ---- frames ---- */

/* A TbFrameSource: reads the frames that ticks have made. */
static bool next_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    const Voice *v = context;
    (void)phases;
    if (index >= v->end || index >= v->n_frames)
        return false;
    *frame = v->ring[index % VOICE_RING];
    return true;
}

/* Adds the voice's next frame to the batch at position n. */
static void queue_frame(TbEngine *e, Voice *v, size_t n) {
    e->notes[n] = &v->note;
    e->frames[n] = &v->ring[v->n_frames++ % VOICE_RING];
}

/* Decodes the next frame of each voice of this tick's group. */
void tbi_schedule_tick(TbEngine *e) {
    int turn = (int)(e->tick % TICKS);
    size_t n = 0;
    for (int i = 0; i < TB_CHANNELS && turn == 0; i++)
        tbi_channel_move_timbre(&e->channel[i], e->control + TB_CONTROL_KNOBS);
    e->stale = e->stale || turn == 0;
    tbi_voices_damp(e);
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (i / BATCH % TICKS == turn && v->state != VOICE_FREE && !v->pending && v->end == SIZE_MAX) {
            tbi_voice_update(e, v);
            queue_frame(e, v, n++);
        }
    }
    if (n == 0)
        return;
    tbi_notes_frames(e->model, e->notes, n, e->scratch, e->frames);
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        v->end = v->end == SIZE_MAX && v->note.over ? v->n_frames : v->end;
    }
}

/* ---- note starts ---- */

/* The pending voice with the lowest order >= n; NULL: none. */
static Voice *next_pending(const TbEngine *e, uint64_t n) {
    Voice *first = NULL;
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state != VOICE_FREE && v->pending && v->order >= n && (!first || v->order < first->order))
            first = v;
    }
    return first;
}

/* Reuses the table of the most similar note that sounds or has sounded. */
static bool reuse_neighbour(TbEngine *e, Voice *v) {
    const TbPlayedNote *neighbour = NULL;
    float nearest = MAX_REUSE_DISTANCE, query[TB_NOTE_QUERY];
    tbi_note_query(&v->note, query);
    for (int i = 0; i < e->n_slots; i++) {
        float distance = tbi_note_query_distance(query, &e->voice[i].note);
        if (distance < nearest) {
            nearest = distance;
            neighbour = &e->voice[i].note;
        }
    }
    if (neighbour) {
        tbi_note_reuse_table(&v->note, neighbour);
        e->stale = true;
    }
    return neighbour != NULL;
}

/* Runs the note network for all pending notes. In live mode a note that has or can reuse a table does without at
 * first. */
static void infer_pending(TbEngine *e) {
    size_t n = 0;
    for (Voice *v = next_pending(e, 0); v && (n < BATCH || !e->live); v = next_pending(e, v->order + 1)) {
        tbi_voice_update(e, v);
        if (tbi_note_needs_inference(e->model, &v->note) && !(e->live && (v->note.has_table || reuse_neighbour(e, v))))
            e->notes[n++] = &v->note;
    }
    if (n > 0 && !(e->live && e->inferred)) {
        tbi_notes_infer(e->model, e->notes, n, e->scratch);
        e->inferred = true;
    }
}

/* The next voice that may start now. */
static Voice *next_startable(const TbEngine *e) {
    Voice *v = next_pending(e, 0);
    if (v && e->live && e->n_begun >= (e->inferred ? STARTS_WITH_INFERENCE : STARTS))
        return NULL;
    return v && !v->note.has_table && tbi_note_needs_inference(e->model, &v->note) ? NULL : v;
}

void tbi_schedule_starts(TbEngine *e) {
    infer_pending(e);
    for (Voice *v = next_startable(e); v;) {
        Voice *begun[BATCH / TB_SYNTH_LOOKAHEAD];
        size_t n = 0, n_begun = 0;
        for (; v && n < BATCH; v = next_startable(e)) {
            v->pending = false;
            begun[n_begun++] = v;
            e->n_begun++;
            for (int k = 0; k < TB_SYNTH_LOOKAHEAD; k++)
                queue_frame(e, v, n++);
        }
        tbi_notes_frames(e->model, e->notes, n, e->scratch, e->frames);
        for (size_t i = 0; i < n_begun; i++) {
            begun[i]->end = begun[i]->note.over ? begun[i]->n_frames : SIZE_MAX;
            tb_synth_start(begun[i]->synth, next_frame, begun[i], e->seed + 2 * begun[i]->order + 1);
        }
    }
}

/* ---- between ticks ---- */

/* Computes the next hop's partials for as many voices as need it per grid interval. Each voice is served before it
 * needs them; only at its start it computes its own. */
static void render_ahead(TbEngine *e) {
    int n = (int)ceil(tb_engine_active_voices(e) * GRID / e->hop) + 1;
    for (int k = 0; k < e->n_slots && n > 0; k++) {
        Voice *v = &e->voice[e->next_ahead];
        e->next_ahead = (e->next_ahead + 1) % e->n_slots;
        n -= v->state != VOICE_FREE && !v->pending && tb_synth_render_ahead(v->synth);
    }
}

void tbi_schedule_grid(TbEngine *e) {
    e->inferred = false;
    e->n_begun = 0;
    if (next_pending(e, 0))
        tbi_schedule_starts(e);
    render_ahead(e);
}

/* Collects voices that need inference: first those with a reused table, then the others round-robin. */
static size_t collect_stale(TbEngine *e) {
    NoteInference *q = &e->inference;
    q->n = 0;
    for (int k = 0; k < 2 * e->n_slots && q->n < BATCH; k++) {
        int slot = k < e->n_slots ? k : e->next_inference;
        Voice *v = &e->voice[slot];
        e->next_inference = k < e->n_slots ? e->next_inference : (slot + 1) % e->n_slots;
        if (v->note.reused == (k < e->n_slots) && v->state == VOICE_SOUNDING && !v->pending && v->end == SIZE_MAX &&
            tbi_note_needs_inference(e->model, &v->note)) {
            q->voice[q->n] = v;
            q->order[q->n++] = v->order;
        }
    }
    return q->n;
}

void tbi_schedule_late(TbEngine *e) {
    NoteInference *q = &e->inference;
    TbPlayedNote *notes[BATCH];
    if (e->inferred || e->n_begun > STARTS_WITH_INFERENCE)
        return;
    if (q->step == 0) {
        e->stale = collect_stale(e) == BATCH; /* there may be more */
        if (q->n == 0)
            return;
    }
    for (size_t i = 0; i < q->n; i++)
        notes[i] = q->voice[i]->order == q->order[i] ? &q->voice[i]->note : NULL;
    bool done = tbi_notes_infer_step(e->model, q->step, notes, q->n, q->scratch);
    q->step = done ? 0 : q->step + 1;
}
