/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has been played, as a score. */
#include "base/no_memory.h"
#include "jam/internal.h"

#include <math.h>

TbStatus tbi_jam_session_begin(TbJam *j) {
    JamSession *s = &j->session;
    TbStatus status = tb_score_new(TB_JAM_TICKS, &s->score);
    if (status == TB_OK)
        status = tb_score_add_metre(&s->score, 0, j->harmony.numerator, j->harmony.denominator);
    for (int i = 0; i < j->options.n_parts && status == TB_OK; i++)
        status = tbi_jam_add_part(&s->score, j->part[i].role, i);
    return status;
}

/* Notes of a part that would sound after a bar line end there. */
static void cut(JamSession *s, int part, int32_t longest) {
    for (size_t i = s->score.n_notes; i > 0; i--) {
        TbScoreNote *note = &s->score.notes[i - 1];
        if (note->onset < s->tick - longest)
            break;
        if (note->part == part && note->onset + note->duration > s->tick)
            note->duration = s->tick - note->onset;
    }
}

static TbStatus add_notes(JamSession *s, int part, const JamLoop *loop, uint64_t bar) {
    const uint64_t b = bar % (uint64_t)loop->cycle;
    TbStatus status = TB_OK;
    for (uint32_t i = loop->first[b]; i < loop->first[b + 1] && status == TB_OK; i++) {
        const JamEvent *e = &loop->event[i];
        status = tb_score_add_note(&s->score, (TbScoreNote){.onset = s->tick + e->tick,
                                                            .duration = e->duration,
                                                            .pitch = e->key,
                                                            .velocity = e->velocity,
                                                            .part = (uint16_t)part});
    }
    return status;
}

static bool has_key(const TbScore *score, TbKey key) {
    const TbScoreKey *last = score->n_keys ? &score->keys[score->n_keys - 1] : NULL;
    return last && last->sharps == tb_key_sharps(key) && last->minor == key.minor;
}

static TbStatus add_bar(TbJam *j, const JamNews *news) {
    JamSession *s = &j->session;
    const JamHarmony *h = &j->harmonies[news->harmony % JAM_HARMONIES];
    const int32_t ticks = tbi_jam_bar_ticks(h);
    TbStatus status = TB_OK;
    if (news->us_per_quarter != s->us_per_quarter)
        status = tb_score_add_tempo(&s->score, s->tick, news->us_per_quarter);
    s->us_per_quarter = news->us_per_quarter;
    if (status == TB_OK && !has_key(&s->score, h->key))
        status = tb_score_add_key(&s->score, s->tick, tb_key_sharps(h->key), h->key.minor);
    status = status ? status : tbi_jam_harmony_add(h, news->bar, s->tick, &s->score);
    for (int i = 0; i < j->options.n_parts && status == TB_OK; i++) {
        if (news->began >> i & 1)
            cut(s, i, TB_JAM_BARS * ticks);
        if (news->loop[i] && news->audible >> i & 1)
            status = add_notes(s, i, news->loop[i], news->bar);
    }
    s->tick += ticks;
    return status;
}

void tbi_jam_session_add(TbJam *j, const JamNews *news) {
    JamSession *s = &j->session;
    s->full = s->full || s->tick > TB_SCORE_TICKS - (1 << 20);
    if (s->status == TB_OK && !s->full)
        s->status = add_bar(j, news);
}

/* How far the jam is, in ticks: in the bar that was noted last. */
static int32_t place(const TbJam *j) {
    const int32_t ticks = tbi_jam_bar_ticks(&j->harmony), end = j->session.tick;
    if (!j->begun || atomic_load(&j->player.shown_bar) != j->bar)
        return end;
    return end - ticks + (int32_t)ceil((double)atomic_load(&j->player.place) * ticks);
}

TbStatus tb_jam_session(TbJam *j, TbScore *score) {
    memset(score, 0, sizeof *score);
    tbi_jam_lock(j);
    TbStatus status =
        j->session.full ? tb_fail(TB_ERR_UNSUPPORTED, "This jam is too long to be kept as a score; begin another one.")
        : j->session.status ? tbi_no_memory("to keep what was played")
                            : tb_score_copy(&j->session.score, score);
    const int32_t end = place(j), line = j->session.tick;
    tbi_jam_unlock(j);
    if (status)
        return status;
    size_t n = 0;
    for (size_t i = 0; i < score->n_notes; i++) { /* what has not been heard yet is not there */
        TbScoreNote note = score->notes[i];
        note.duration = note.onset + note.duration > end ? end - note.onset : note.duration;
        if (note.onset < end)
            score->notes[n++] = note;
    }
    score->n_notes = n;
    score->end = line;
    tb_score_sort(score);
    return TB_OK;
}
