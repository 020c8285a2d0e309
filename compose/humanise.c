/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays a score as a drummer would. The network of rhythms knows drums only: to it the notes of all other parts are
 * strokes on the ride cymbal, beside the drums that there are. */
#include "base/no_memory.h"
#include "base/options.h"
#include "compose/edit.h"
#include "compose/stage.h"
#include "compose/styles.h"
#include "score/edit.h"

#include <math.h>

typedef struct {
    ScoreEdit *e;
    TbScore before; /* the notes as they were, in the same order; owned */
    const TbMusicModels *models;
    const TbComposeOptions *options;
    TbRhythmOptions o;
    double amount;
    TbRhythm given, played; /* the last pattern, which may come again */
    int32_t bar_line;       /* the first of two bars */
    double step;            /* ticks of a sixteenth */
    int steps;
} Player;

/* The cell of a note in the two bars: its sixteenth and its drum; false: it is in none, or between two (a triplet). */
static bool find_cell(const Player *p, const TbScoreNote *note, int *step, int *drum) {
    const bool is_drum = p->e->score.parts[note->part].channel == TB_SCORE_DRUM_CHANNEL;
    const double at = (note->onset - p->bar_line) / p->step, nearest = floor(at + 0.5);
    const int known = is_drum ? tb_drum_class(tb_drum_map(NULL), note->pitch) : DRUM_RIDE;
    if (nearest < 0 || nearest >= p->steps || fabs(at - nearest) >= 0.3)
        return false;
    *step = (int)nearest;
    *drum = known < 0 ? DRUM_RIDE : known;
    return true;
}

/* The first note that may be in the two bars, and the first one that is later. */
static size_t first_note(const Player *p) {
    return tbi_score_find(&p->before, p->bar_line - (int32_t)p->step);
}
static size_t end_note(const Player *p) {
    return tbi_score_find(&p->before, p->bar_line + (int32_t)(p->steps * p->step));
}

/* The onsets of all parts as a pattern. */
static void gather(const Player *p, TbRhythm *rhythm) {
    const size_t end = end_note(p);
    for (size_t i = first_note(p); i < end; i++) {
        const TbScoreNote *note = &p->before.notes[i];
        int step, drum;
        if (!find_cell(p, note, &step, &drum))
            continue;
        TbDrumHit *hit = &rhythm->cell[step][drum];
        hit->velocity = fmaxf(hit->velocity, note->velocity / 127.0f);
    }
}

static float mean_velocity(const TbRhythm *r, int drum) {
    float sum = 0, n = 0;
    for (int t = 0; t < tb_rhythm_steps(r); t++)
        if (r->cell[t][drum].velocity > 0)
            sum += r->cell[t][drum].velocity, n++;
    return n > 0 ? sum / n : 0;
}

/* Moves the notes by what the network played in their cells. Melodies, chords and basses keep their mean loudness. */
static void play(const Player *p, const TbRhythm *played, bool *moved) {
    const float mean = mean_velocity(played, DRUM_RIDE);
    const size_t end = end_note(p);
    for (size_t i = first_note(p); i < end; i++) {
        TbScoreNote *note = &p->e->score.notes[i];
        int step, drum;
        if (moved[i] || !find_cell(p, &p->before.notes[i], &step, &drum) || !(played->cell[step][drum].velocity > 0))
            continue;
        const TbDrumHit hit = played->cell[step][drum];
        const bool is_drum = p->e->score.parts[note->part].channel == TB_SCORE_DRUM_CHANNEL;
        const double place = p->bar_line + step * p->step, off = note->onset + (double)note->duration;
        const double target = place + (double)hit.offset * p->step;
        const double velocity =
            is_drum ? 127 * (double)hit.velocity : note->velocity + 127 * (double)(hit.velocity - mean) / 2;
        double onset = note->onset + p->amount * (target - note->onset);
        onset = fmin(fmax(onset, 0), off - 1);
        note->onset = (int32_t)lround(onset);
        note->duration = (int32_t)lround(off) - note->onset;
        note->velocity = (uint8_t)lround(fmin(fmax(note->velocity + p->amount * (velocity - note->velocity), 1), 127));
        moved[i] = true;
    }
}

/* A line that had no overlaps gets none. last[n_parts]: of each part the number of its last note so far, from 1. */
static void untie(ScoreEdit *e, const TbScore *before, size_t *last) {
    for (size_t i = 0; i < e->score.n_notes; i++) {
        const TbScoreNote *note = &e->score.notes[i];
        const size_t k = last[note->part];
        last[note->part] = i + 1;
        if (k == 0)
            continue;
        TbScoreNote *a = &e->score.notes[k - 1];
        const TbScoreNote *old = &before->notes[k - 1];
        if (old->onset + old->duration <= before->notes[i].onset && a->onset + a->duration > note->onset &&
            note->onset > a->onset)
            a->duration = note->onset - a->onset;
    }
}

static bool same_pattern(const TbRhythm *a, const TbRhythm *b) {
    return a->numerator == b->numerator && a->denominator == b->denominator && a->tempo == b->tempo &&
           memcmp(a->cell, b->cell, sizeof a->cell) == 0;
}

static TbStatus humanise_bars(Player *p, size_t bar, size_t n, bool *moved) {
    const TbScoreMetre metre = tb_bars_metre(&p->e->lines, bar);
    const int32_t length = p->e->lines.line[bar + 1] - p->e->lines.line[bar];
    const double seconds = tb_score_seconds(&p->e->score, p->e->lines.line[bar + 1]) -
                           tb_score_seconds(&p->e->score, p->e->lines.line[bar]);
    TbRhythm rhythm;
    if (!tb_rhythm_metre_is_possible(metre.numerator, metre.denominator))
        return TB_OK; /* drummers of such bars are not known: they stay as they are */
    const double tempo = 60 * length / (seconds * p->e->score.ticks_per_quarter);
    tb_rhythm_clear(metre.numerator, metre.denominator, fmin(fmax(tempo, TB_SLOWEST), TB_FASTEST), &rhythm);
    p->bar_line = p->e->lines.line[bar];
    p->step = p->e->score.ticks_per_quarter / 4.0;
    p->steps = tb_rhythm_steps(&rhythm) / TB_RHYTHM_BARS * (int)n;
    gather(p, &rhythm);
    if (tb_rhythm_hits(&rhythm) == 0)
        return TB_OK;
    if (!same_pattern(&rhythm, &p->given)) {
        TbStatus status = tb_rhythm_humanise(p->models->rhythm, &rhythm, 1, &p->o, &p->played);
        if (status)
            return status;
        p->given = rhythm;
    }
    play(p, &p->played, moved);
    return TB_OK;
}

static bool same_metre(const ScoreEdit *e, size_t a, size_t b) {
    const TbScoreMetre x = tb_bars_metre(&e->lines, a), y = tb_bars_metre(&e->lines, b);
    return x.numerator == y.numerator && x.denominator == y.denominator;
}

static TbStatus humanise(Player *p) {
    TbArena memory = {0};
    ScoreEdit *e = p->e;
    ComposeStage stage = {p->options, 0, 1, "playing"};
    TbStatus status = tb_score_copy(&e->score, &p->before);
    if (status)
        return status;
    bool *moved = tbi_arena_alloc(&memory, e->score.n_notes + 1, sizeof *moved);
    size_t *last = tbi_arena_alloc(&memory, e->score.n_parts + 1, sizeof *last);
    if (memory.failed)
        status = tbi_no_memory("to humanise a score");
    for (size_t bar = 0; status == TB_OK && bar < e->lines.n_bars;) {
        const size_t n = bar + 1 < e->lines.n_bars && same_metre(e, bar, bar + 1) ? 2 : 1;
        status = tbi_stage_check(&stage, (double)bar / (double)e->lines.n_bars);
        status = status ? status : humanise_bars(p, bar, n, moved);
        bar += n;
    }
    if (status == TB_OK)
        untie(e, &p->before, last);
    tbi_arena_free(&memory);
    tb_score_free(&p->before);
    return status;
}

TbStatus tb_compose_humanise(const TbMusicModels *models, const TbScore *score, double amount,
                             const TbComposeOptions *options, TbScore *out) {
    TbComposeOptions o;
    ScoreEdit e;
    Player p = {.e = &e, .models = models, .options = &o, .amount = amount};
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_options_read(options, &o, sizeof o);
    if (status == TB_OK && !(amount >= 0 && amount <= 1))
        status = tb_fail(TB_ERR_ARGUMENT, "The amount of humanising is 0 to 1, not %g.", amount);
    if (status == TB_OK && !tbi_compose_style(o.style))
        status = tb_fail(TB_ERR_ARGUMENT, "There is no style number %d.", o.style);
    if (status == TB_OK && !models->rhythm)
        status =
            tb_fail(TB_ERR_UNSUPPORTED, "This needs a network of rhythms, which the file of models does not have.");
    status = status ? status : tbi_edit_begin(score, &e);
    if (status)
        return status;
    tb_rhythm_defaults(&p.o);
    p.o.seed = o.seed;
    p.o.style = tb_rhythm_style_find(tbi_compose_style(o.style)->drums);
    status = humanise(&p);
    if (status)
        tbi_edit_end(&e);
    else
        tbi_edit_finish(&e, out);
    return status;
}
