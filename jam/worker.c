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

/* What has been handed over plays now. */
static void begin_loop(JamPart *p, const JamNext *next) {
    if (next->action != TB_JAM_UNDO_LOOP)
        remember(p);
    else if (next->pops)
        p->n_before--;
    p->playing = next->source;
}

static void begin_bar(TbJam *j, const JamNews *news) {
    j->bar = news->bar;
    j->begun = true;
    for (int i = 0; i < j->options.n_parts; i++) {
        JamPart *p = &j->part[i];
        const uint64_t source = news->loop[i] ? news->loop[i]->source : 0;
        p->audible = news->audible >> i & 1;
        if (p->replaced.is_there && source == p->replaced.source.id) {
            begin_loop(p, &p->replaced);
            p->replaced.is_there = false;
        }
        if (p->next.is_there && source == p->next.source.id) {
            begin_loop(p, &p->next);
            p->next.is_there = p->replaced.is_there = p->withdraws = false;
        }
        const int bars = p->playing.bars > JAM_QUIET_BARS ? p->playing.bars : JAM_QUIET_BARS;
        if (p->mode == TB_JAM_GENERATE && !p->wants && !p->next.is_there && !p->writing &&
            news->bar % (uint64_t)bars == 0) {
            p->wants = p->automatic = true;
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

/* The player gets the loops; there is room. */
static void send(TbJam *j, const JamChange *change) {
    tbi_ring_put(&j->player.changes, change, 1);
}

/* A finished loop is the next of its part. */
static TbStatus hand_over(TbJam *j, int part, JamNext next) {
    JamPart *p = &j->part[part];
    JamChange change = {.harmony = j->harmony_number};
    const JamView view = tbi_jam_view(j, p);
    next.is_there = true;
    next.source.id = ++j->sources;
    TbStatus status = tbi_jam_loop_new(&next.source, &view, &change.next[part]);
    if (status)
        return status;
    if (p->next.is_there)
        p->replaced = p->next;
    p->next = next;
    p->withdraws = false;
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
        if (status == TB_OK && p->next.is_there)
            status = tbi_jam_loop_new(&p->next.source, &view, &change.next[i]);
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

/* What cannot be done is dropped: the harmony stays as it is. */
static void change_all(TbJam *j) {
    const JamHarmony before = j->harmony;
    const uint32_t number = j->harmony_number;
    TbStatus status = j->asks_chords ? draw_chords(j) : TB_OK;
    take_news(j);
    if (status == TB_OK && j->asks_harmony) {
        j->harmony = j->asked;
        j->harmonies[++j->harmony_number % JAM_HARMONIES] = j->harmony;
    }
    j->asks_harmony = j->refresh = false;
    status = status ? status : tbi_jam_refresh(j);
    if (status) {
        j->harmony = j->asked = before;
        j->harmony_number = number;
        keep_reason(j, status);
    }
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
    JamNext next = {.action = action, .automatic = p->automatic};
    uint64_t redrawn = 0;
    tbi_jam_band(j, &band);
    band.harmony = &harmony;
    if (p->next.action != TB_JAM_LENGTH) /* what waits is replaced, and does not count */
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
    TbStatus status = tbi_jam_write(&band, &task, &next.source, &redrawn);
    tbi_jam_lock(j);
    p->writing = false;
    take_news(j);
    j->redrawn += redrawn;
    j->written += status == TB_OK;
    if (status || p->mode == TB_JAM_LOCK || (next.automatic && p->mode != TB_JAM_GENERATE))
        return status; /* it is not wanted any more */
    return hand_over(j, part, next);
}

/* Goes back: from a loop that has not begun to the one that plays, from that to the one before. */
static TbStatus undo(TbJam *j, int part) {
    JamPart *p = &j->part[part];
    JamNext next = {.action = TB_JAM_UNDO_LOOP};
    if (!p->next.is_there && p->n_before == 0)
        return TB_OK;
    next.pops = !p->next.is_there;
    next.source = next.pops ? p->before[p->n_before - 1] : p->playing;
    return hand_over(j, part, next);
}

static TbStatus serve(TbJam *j, int part) {
    JamPart *p = &j->part[part];
    JamNext next = {.action = p->action};
    p->wants = false;
    switch (p->action) {
    case TB_JAM_UNDO_LOOP:
        return undo(j, part);
    case TB_JAM_RESET:
        next.source = (JamSource){.bars = tbi_jam_latest(p)->bars, .harmony = j->harmony, .swing = SWING_STRAIGHT};
        return hand_over(j, part, next);
    case TB_JAM_LENGTH:
        resize(j, p, (int)p->value, &next.source);
        return hand_over(j, part, next);
    default:
        return write(j, part, p->action, p->value);
    }
}

/* The loop that plays takes the place of what waits and is not to begin. */
static TbStatus withdraw(TbJam *j) {
    TbStatus status = TB_OK;
    for (int i = 0; i < j->options.n_parts && status == TB_OK; i++) {
        JamPart *p = &j->part[i];
        if (p->withdraws && p->next.is_there)
            status = hand_over(j, i, (JamNext){.action = TB_JAM_UNDO_LOOP, .source = p->playing});
        p->withdraws = false;
    }
    return status;
}

static bool withdraws(const TbJam *j) {
    bool any = false;
    for (int i = 0; i < j->options.n_parts; i++)
        any = any || j->part[i].withdraws;
    return any;
}

bool tbi_jam_step(TbJam *j) {
    TbStatus status = TB_OK;
    bool works = true;
    tbi_jam_lock(j);
    take_news(j);
    const size_t waiting = tbi_ring_count(&j->player.changes);
    const int part = most_urgent(j);
    if (waiting + TB_JAM_PARTS > j->player.changes.capacity)
        works = false; /* nothing plays; what is wanted waits */
    else if (withdraws(j))
        status = withdraw(j);
    else if ((j->asks_chords || j->asks_harmony || j->refresh) && waiting < JAM_CHANGES / 2)
        change_all(j);
    else if (part >= 0)
        status = serve(j, part);
    else
        works = false;
    if (status)
        keep_reason(j, status);
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

void tb_jam_stop(TbJam *j) {
    atomic_store(&j->stop, true);
    if (j->started)
        pthread_join(j->thread, NULL);
    j->started = false;
    tbi_jam_lock(j);
    take_news(j);
    tbi_jam_unlock(j);
}

void tb_jam_work(TbJam *j) {
    if (!j->started)
        while (tbi_jam_step(j)) {
        }
}
