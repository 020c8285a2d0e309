/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer: takes the player's news, writes what is wanted next, and hands it over. */
#include "base/no_memory.h"
#include "jam/internal.h"
#include "score/swing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REST = 4 * 1000 * 1000 /* nanoseconds between two looks for work */ };

static void keep_reason(TbJam *j, TbStatus status) {
    j->failed++;
    snprintf(j->last_error, sizeof j->last_error, "%s", tb_error_text(status));
}

/* ---- news ---- */

static void remember(JamPart *p) {
    if (p->n_before == TB_JAM_UNDO)
        memmove(p->before, p->before + 1, (size_t)--p->n_before * sizeof *p->before);
    p->before[p->n_before++] = p->playing;
}

static void begin_bar(TbJam *j, const JamNews *news) {
    j->bar = news->bar;
    j->begun = true;
    for (int i = 0; i < j->options.n_parts; i++) {
        JamPart *p = &j->part[i];
        p->audible = news->audible >> i & 1;
        if (p->has_pending && news->loop[i] && news->loop[i]->source == p->pending.id) {
            if (p->pending_action != TB_JAM_UNDO_LOOP)
                remember(p);
            p->playing = p->pending;
            p->has_pending = false;
        }
        const int bars = p->playing.bars > JAM_QUIET_BARS ? p->playing.bars : JAM_QUIET_BARS;
        if (p->mode == TB_JAM_GENERATE && !p->wants && !p->has_pending && news->bar % (uint64_t)bars == 0) {
            p->wants = true;
            p->action = TB_JAM_ONCE;
        }
    }
}

static void take_news(TbJam *j) {
    JamNews news;
    while (tbi_ring_get(&j->player.news, &news, 1) == 1) {
        if (news.retired) {
            free(news.retired);
            continue;
        }
        tbi_jam_session_add(j, &news);
        begin_bar(j, &news);
    }
}

/* ---- loops to the player ---- */

static bool has_room(const TbJam *j) {
    return j->player.changes.capacity > tbi_ring_count(&j->player.changes);
}

/* The player gets the loops; there is room. */
static void send(TbJam *j, const JamChange *change) {
    tbi_ring_put(&j->player.changes, change, 1);
}

/* A finished source is the next of its part. */
static TbStatus hand_over(TbJam *j, int part, TbJamAction action, JamSource *source) {
    JamPart *p = &j->part[part];
    JamChange change = {.harmony = j->harmony_number};
    const JamView view = tbi_jam_view(j, p);
    source->id = ++j->sources;
    TbStatus status = tbi_jam_loop_new(source, &view, &change.next[part]);
    if (status)
        return status;
    p->pending = *source;
    p->pending_action = action;
    p->has_pending = true;
    send(j, &change);
    return TB_OK;
}

/* All loops, in another harmony, with another swing or other dynamics, for one and the same bar line. */
TbStatus tbi_jam_refresh(TbJam *j) {
    JamChange change = {.harmony = j->harmony_number};
    TbStatus status = TB_OK;
    for (int i = 0; i < j->options.n_parts && status == TB_OK; i++) {
        JamPart *p = &j->part[i];
        const JamView view = tbi_jam_view(j, p);
        status = tbi_jam_loop_new(&p->playing, &view, &change.now[i]);
        if (status == TB_OK && p->has_pending)
            status = tbi_jam_loop_new(&p->pending, &view, &change.next[i]);
    }
    if (status == TB_OK)
        send(j, &change);
    else
        tbi_jam_change_free(&change);
    return status;
}

static TbStatus draw_chords(TbJam *j) {
    JamHarmony h = j->asked;
    const uint64_t seed = tbi_jam_seed(j);
    tbi_jam_unlock(j);
    TbStatus status = tbi_jam_chords_draw(j->models, j->options.style, h.bars, seed, &h);
    tbi_jam_lock(j);
    if (status == TB_OK && j->asks_chords) { /* and not given meanwhile; but perhaps in another key */
        if (j->asks_harmony)
            tbi_jam_harmony_move(&h, j->asked.key);
        j->asked = h;
        j->asks_harmony = true;
    }
    j->asks_chords = false;
    return status;
}

static bool change_all(TbJam *j) {
    TbStatus status = j->asks_chords ? draw_chords(j) : TB_OK;
    if (status == TB_OK && j->asks_harmony) {
        j->harmony = j->asked;
        j->harmonies[++j->harmony_number % JAM_HARMONIES] = j->harmony;
    }
    j->asks_harmony = j->refresh = false;
    status = status ? status : tbi_jam_refresh(j);
    if (status)
        keep_reason(j, status);
    return true;
}

/* ---- one part ---- */

/* The bar at which the latest loop of a part turns next. */
static uint64_t next_turn(const TbJam *j, const JamPart *p) {
    const uint64_t bars = (uint64_t)tbi_jam_latest(p)->bars;
    return j->begun ? (j->bar / bars + 1) * bars : 0;
}

/* The part that wants something and turns first; -1: none. */
static int most_urgent(const TbJam *j) {
    int first = -1;
    for (int i = 0; i < j->options.n_parts; i++)
        if (j->part[i].wants && (first < 0 || next_turn(j, &j->part[i]) < next_turn(j, &j->part[first])))
            first = i;
    return first;
}

/* The loop over so many bars: cut, or repeated, as it sounds over the chords. */
static void resize(const TbJam *j, const JamPart *p, int bars, JamSource *out) {
    const JamSource *from = tbi_jam_latest(p);
    const JamView view = {p->role, &j->harmony, SWING_STRAIGHT, 0.5};
    const int32_t ticks = tbi_jam_bar_ticks(&j->harmony), end = bars * ticks;
    JamNote note[JAM_NOTES];
    *out = (JamSource){.bars = bars, .harmony = j->harmony, .swing = SWING_STRAIGHT};
    for (int b = 0; b < bars; b++) {
        const int n = tbi_jam_view_bar(from, &view, (uint64_t)b, note);
        for (int i = 0; i < n && out->n < JAM_NOTES; i++) {
            JamNote x = note[i];
            x.onset += b * ticks;
            x.duration = x.onset + x.duration > end ? end - x.onset : x.duration;
            out->note[out->n++] = x;
        }
    }
}

static TbStatus write(TbJam *j, int part, TbJamAction action, double value) {
    JamPart *p = &j->part[part];
    JamHarmony harmony = j->harmony;
    JamBand band;
    JamSource loop;
    uint64_t redrawn = 0;
    tbi_jam_band(j, &band);
    band.harmony = &harmony;
    if (p->pending_action != TB_JAM_LENGTH) /* what waits is replaced, and does not count */
        band.source[part] = &p->playing;
    const JamTask task = {.part = part,
                          .how = action == TB_JAM_VARY   ? JAM_VARY
                                 : action == TB_JAM_ONCE ? JAM_ON
                                                         : JAM_NEW,
                          .amount = value,
                          .bars = tbi_jam_latest(p)->bars,
                          .bar = next_turn(j, p),
                          .seed = tbi_jam_seed(j)};
    p->writing = true;
    tbi_jam_unlock(j);
    TbStatus status = tbi_jam_write(&band, &task, &loop, &redrawn);
    tbi_jam_lock(j);
    p->writing = false;
    j->redrawn += redrawn;
    j->written += status == TB_OK;
    return status ? status : hand_over(j, part, action, &loop);
}

/* Goes back: from a loop that has not begun to the one that plays, from that to the one before. */
static TbStatus undo(TbJam *j, int part) {
    JamPart *p = &j->part[part];
    JamSource loop;
    if (p->has_pending)
        loop = p->playing;
    else if (p->n_before > 0)
        loop = p->before[--p->n_before];
    else
        return TB_OK;
    return hand_over(j, part, TB_JAM_UNDO_LOOP, &loop);
}

static TbStatus serve(TbJam *j, int part) {
    JamPart *p = &j->part[part];
    JamSource loop;
    p->wants = false;
    switch (p->action) {
    case TB_JAM_UNDO_LOOP:
        return undo(j, part);
    case TB_JAM_RESET:
        loop = (JamSource){.bars = tbi_jam_latest(p)->bars, .harmony = j->harmony, .swing = SWING_STRAIGHT};
        return hand_over(j, part, TB_JAM_RESET, &loop);
    case TB_JAM_LENGTH:
        resize(j, p, (int)p->value, &loop);
        return hand_over(j, part, TB_JAM_LENGTH, &loop);
    default:
        return write(j, part, p->action, p->value);
    }
}

bool tbi_jam_step(TbJam *j) {
    bool works = false;
    tbi_jam_lock(j);
    take_news(j);
    const int part = most_urgent(j);
    if (!has_room(j))
        works = false; /* nothing plays; what is wanted waits */
    else if (j->asks_chords || j->asks_harmony || j->refresh)
        works = change_all(j);
    else if (part >= 0) {
        TbStatus status = serve(j, part);
        if (status)
            keep_reason(j, status);
        works = true;
    }
    tbi_jam_unlock(j);
    return works;
}

static void *run(void *jam) {
    TbJam *j = jam;
    while (!atomic_load(&j->stop))
        if (!tbi_jam_step(j))
            nanosleep(&(struct timespec){.tv_nsec = REST}, NULL);
    return NULL;
}

TbStatus tb_jam_start(TbJam *j) {
    if (j->started)
        return tb_fail(TB_ERR_BUSY, "This jam has been started already.");
    j->started = pthread_create(&j->thread, NULL, run, j) == 0;
    return j->started ? TB_OK : tbi_no_memory("for a thread that writes music");
}

void tb_jam_work(TbJam *j) {
    if (!j->started)
        while (tbi_jam_step(j)) {
        }
}
