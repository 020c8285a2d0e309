/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one score to another: melodies and drums between what they mean to the networks, all other parts bar by bar. */
#include "base/no_memory.h"
#include "base/options.h"
#include "compose/edit.h"
#include "compose/stage.h"
#include "compose/styles.h"
#include "melody/chords.h"
#include "score/edit.h"

#include <math.h>

/* One of the two scores. */
typedef struct {
    ScoreEdit e;
    TbKey key;
    TbScore moved; /* the score in the key of the other */
} End;

typedef struct {
    const TbMusicModels *models;
    TbComposeOptions o;
    End from, to;
    size_t n, bars;
    size_t *part;       /* [n_parts of `to`]: the parts of the steps that they become */
    TbRhythm *rhythm;   /* [n] */
    TbMelody *melody;   /* [n], those between the two melodies, and ... */
    size_t melody_bars; /* ... how many of the bars have them */
    ComposeStage stage;
    TbArena memory;
} Way;

static double share_of(const Way *w, size_t k) {
    return (double)k / (double)(w->n - 1);
}

/* Whether a bar of step k is that of `to`. */
static bool turned(const Way *w, size_t k, size_t bar) {
    return tbi_melody_turn((int32_t)bar) < share_of(w, k);
}

/* ---- the two ends ---- */

static TbStatus begin_end(const TbScore *score, End *end) {
    TbStatus status = tbi_edit_begin(score, &end->e);
    status = status ? status : tb_score_key(&end->e.score, TB_SCOPE_ALL, &end->key);
    return status ? status : tb_score_copy(&end->e.score, &end->moved);
}

/* Up or down, whichever is nearer. A score without a key stays, and so does one whose notes would leave the range. */
static TbStatus move(End *end, TbKey key) {
    const int up = end->key.tonic < 0 || key.tonic < 0 ? 0 : (key.tonic - end->key.tonic + 12) % 12;
    const TbStatus status = tb_score_transpose(&end->moved, up > 6 ? up - 12 : up);
    return status == TB_ERR_ARGUMENT ? TB_OK : status;
}

static void free_end(End *end) {
    tb_score_free(&end->moved);
    tbi_edit_end(&end->e);
}

/* What is copied to step k: the score, in the key of the nearer end. */
static const TbScore *source(const Way *w, size_t k, bool second) {
    const End *end = second ? &w->to : &w->from;
    return second == (share_of(w, k) >= 0.5) ? &end->e.score : &end->moved;
}

/* ---- bars of one of the two ---- */

static TbStatus copy_chords(const TbScore *s, int32_t start, int32_t end, int32_t at, double scale, TbScore *out) {
    size_t low = 0, high = s->n_chords;
    TbStatus status = TB_OK;
    while (low < high) { /* the number of chords that start in the bar's first tick or before */
        const size_t middle = (low + high) / 2;
        if (s->chords[middle].tick <= start)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low ? low - 1 : 0; status == TB_OK && i < s->n_chords && s->chords[i].tick < end; i++) {
        const int32_t tick = s->chords[i].tick > start ? s->chords[i].tick - start : 0;
        status = tb_score_add_chord(out, at + (int32_t)lround(tick * scale), s->chords[i].text);
    }
    return status;
}

/* Copies what starts in a bar, of some roles. cut: what lasts longer ends. */
static TbStatus copy_bar(const Way *w, size_t k, size_t bar, unsigned roles, bool cut, TbScore *out) {
    const bool second = turned(w, k, bar);
    const ScoreEdit *e = second ? &w->to.e : &w->from.e;
    const TbScore *s = source(w, k, second);
    const int32_t start = e->lines.line[bar], end = e->lines.line[bar + 1], at = w->from.e.lines.line[bar];
    const double scale = (double)w->from.e.score.ticks_per_quarter / s->ticks_per_quarter;
    const size_t last = bar + 1 < e->lines.n_bars ? tbi_score_find(s, end) : s->n_notes;
    TbStatus status = TB_OK;
    for (size_t i = bar ? tbi_score_find(s, start - s->ticks_per_quarter) : 0; status == TB_OK && i < last; i++) {
        TbScoreNote note = s->notes[i];
        const TbRole role = e->role[note.part];
        if (!(roles >> role & 1) || note.onset < tbi_edit_from(e, role, bar) ||
            note.onset >= tbi_edit_from(e, role, bar + 1))
            continue;
        if (cut && note.duration > end - note.onset)
            note.duration = end - note.onset;
        note.duration = (int32_t)lround(note.duration * scale);
        note.onset = at + (int32_t)lround((note.onset - start) * scale);
        note.onset = note.onset > 0 ? note.onset : 0;
        note.part = second ? (uint16_t)w->part[note.part] : note.part;
        status = tb_score_add_note(out, note);
    }
    return status;
}

/* ---- drums ---- */

/* Two bars of drums of all steps between the ends; *done: both have them in a metre that patterns can have. */
static TbStatus interpolate_drums(Way *w, size_t bar, TbScore *out, bool *done) {
    const TbDrumMap *map = tb_drum_map(NULL);
    const size_t part = w->from.e.part[TB_ROLE_DRUMS];
    TbRhythmOptions o;
    TbRhythm a, b;
    *done = false;
    if (part == SIZE_MAX || w->to.e.part[TB_ROLE_DRUMS] == SIZE_MAX)
        return TB_OK;
    TbStatus status = tb_rhythm_from_score(&w->from.e.lines, bar, map, &a);
    status = status ? status : tb_rhythm_from_score(&w->to.e.lines, bar, map, &b);
    if (status == TB_ERR_UNSUPPORTED || (status == TB_OK && (!tb_rhythm_hits(&a) || !tb_rhythm_hits(&b))))
        return TB_OK;
    tb_rhythm_defaults(&o);
    o.style = tb_rhythm_style_find(tbi_compose_style(w->o.style)->drums);
    status = status ? status : tb_rhythm_interpolate(w->models->rhythm, &a, &b, w->n, &o, w->rhythm);
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        status = tb_rhythm_add_to_score(&w->rhythm[k], map, w->from.e.lines.line[bar], part, &out[k]);
    *done = true;
    return status;
}

/* ---- melodies ---- */

/* The bars up to the last note, but no more than are asked for. */
static TbStatus count_bars(const Way *w, const TbScore *score, size_t *n) {
    TbBars bars;
    TbStatus status = tb_bars_new(score, tb_score_last_off(score), &bars);
    if (status)
        return status;
    *n = bars.n_bars < w->bars ? bars.n_bars : w->bars;
    tb_bars_free(&bars);
    return TB_OK;
}

/* The first bars of the melody; *is: it is a line that the network can have. */
static TbStatus read_melody(const End *end, size_t n, TbMelody *melody, bool *is) {
    TbStatus status = tb_melody_from_score(&end->e.score, 0, n, melody);
    *is = status == TB_OK && melody->n_notes <= TB_COMPOSE_LINE;
    return status == TB_ERR_UNSUPPORTED || status == TB_ERR_EMPTY ? TB_OK : status;
}

static TbStatus interpolate_melodies(Way *w, TbScore *out) {
    TbMelody a = {0}, b = {0};
    TbMelodyOptions o;
    bool is_a = false, is_b = false;
    size_t n_a = 0, n_b = 0;
    const size_t part = w->from.e.part[TB_ROLE_MELODY];
    if (part == SIZE_MAX || w->to.e.part[TB_ROLE_MELODY] == SIZE_MAX || !w->models->melody || w->n < 3)
        return TB_OK;
    TbStatus status = count_bars(w, &w->from.e.score, &n_a);
    status = status ? status : count_bars(w, &w->to.e.score, &n_b);
    const size_t n = n_a < n_b ? n_a : n_b;
    status = status ? status : read_melody(&w->from, n, &a, &is_a);
    status = status ? status : read_melody(&w->to, n, &b, &is_b);
    if (status == TB_OK && is_a && is_b && memcmp(a.line, b.line, (n + 1) * sizeof *a.line) == 0) {
        tb_melody_defaults(&o);
        o.seed = w->o.seed;
        o.temperature = fmin(0.9 * w->o.temperature, 2);
        o.progress = tbi_stage_report;
        o.context = &w->stage;
        status = tb_melody_interpolate(w->models->melody, &a, &b, w->n, &o, w->melody);
        w->melody_bars = status ? 0 : n;
    }
    for (size_t k = 1; status == TB_OK && w->melody_bars && k + 1 < w->n; k++) {
        w->melody[k].n_chords = 0; /* the steps have their own */
        status = tb_melody_add_to_score(&w->melody[k], 0, n, 0, part, &out[k]);
    }
    tb_melody_free(&a);
    tb_melody_free(&b);
    return status;
}

/* ---- scores ---- */

/* The parts of the steps: those of `from`, and those that `to` has more of a role. */
static TbStatus add_parts(const Way *w, TbScore *out) {
    const TbScore *from = &w->from.e.score, *to = &w->to.e.score;
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < from->n_parts; i++)
        status = tb_score_add_part(out, from->parts[i].name, from->parts[i].program, from->parts[i].channel, NULL);
    for (size_t i = 0; status == TB_OK && i < to->n_parts; i++) {
        const TbScorePart *p = &to->parts[i];
        const TbRole role = w->to.e.role[i];
        size_t before = 0, k = 0;
        for (size_t j = 0; j < i; j++)
            before += w->to.e.role[j] == role;
        while (k < from->n_parts && (w->from.e.role[k] != role || before-- > 0))
            k++;
        w->part[i] = k;
        if (k == from->n_parts)
            status = tbi_score_add_own_part(out, p->name, p->program, p->channel, &w->part[i]);
    }
    return status;
}

static double quarter_at_start(const End *end) {
    return end->e.score.tempos[0].us_per_quarter;
}

/* A score without notes: its tempo is between those of the two. */
static TbStatus begin_step(const Way *w, double share, TbScore *out) {
    const TbScore *from = &w->from.e.score, *key = share < 0.5 ? from : &w->to.e.score;
    const double tempo = exp((1 - share) * log(quarter_at_start(&w->from)) + share * log(quarter_at_start(&w->to)));
    TbStatus status = tb_score_new(from->ticks_per_quarter, out);
    status = status ? status : tb_score_add_metre(out, 0, from->metres[0].numerator, from->metres[0].denominator);
    status = status ? status : tb_score_add_tempo(out, 0, tempo);
    if (status == TB_OK && key->n_keys)
        status = tb_score_add_key(out, 0, key->keys[0].sharps, key->keys[0].minor);
    return status ? status : add_parts(w, out);
}

static void end_step(const Way *w, TbScore *out) {
    out->end = w->from.e.lines.line[w->bars];
    for (size_t i = 0; i < out->n_notes; i++)
        if (out->notes[i].duration > out->end - out->notes[i].onset)
            out->notes[i].duration = out->end - out->notes[i].onset;
    tb_score_tidy(out, NULL);
}

/* What the networks do not write. */
static TbStatus fill_bar(const Way *w, size_t k, size_t bar, bool has_drums, TbScore *out) {
    const unsigned drums = 1u << TB_ROLE_DRUMS, melody = 1u << TB_ROLE_MELODY;
    const bool second = turned(w, k, bar), cut = bar + 1 < w->bars && turned(w, k, bar + 1) != second;
    const int32_t *line = (second ? &w->to : &w->from)->e.lines.line;
    const TbScore *s = source(w, k, second);
    const double scale = (double)w->from.e.score.ticks_per_quarter / s->ticks_per_quarter;
    TbStatus status = copy_chords(s, line[bar], line[bar + 1], w->from.e.lines.line[bar], scale, out);
    if (status == TB_OK && !has_drums)
        status = copy_bar(w, k, bar, drums, false, out);
    return status ? status : copy_bar(w, k, bar, ~drums & ~(bar < w->melody_bars ? melody : 0), cut, out);
}

static TbStatus interpolate(Way *w, TbScore *out) {
    TbStatus status = tb_score_cut(&w->from.e.score, 0, w->bars, &out[0]);
    status = status ? status : tb_score_cut(&w->to.e.score, 0, w->bars, &out[w->n - 1]);
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        status = begin_step(w, share_of(w, k), &out[k]);
    w->stage = (ComposeStage){&w->o, 0, 0.8, "melodies"};
    status = status ? status : interpolate_melodies(w, out);
    w->stage = (ComposeStage){&w->o, w->melody_bars ? 0.8 : 0, 1, "bars"};
    for (size_t bar = 0, done_until = 0; status == TB_OK && bar < w->bars; bar++) {
        bool done = bar < done_until;
        status = tbi_stage_check(&w->stage, (double)bar / (double)w->bars);
        if (status == TB_OK && !done && bar + 1 < w->bars)
            status = interpolate_drums(w, bar, out, &done);
        if (done && bar >= done_until)
            done_until = bar + TB_RHYTHM_BARS;
        for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
            status = fill_bar(w, k, bar, done, &out[k]);
    }
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        end_step(w, &out[k]);
    return status;
}

static TbStatus check(const Way *w) {
    const TbScore *a = &w->from.e.score, *b = &w->to.e.score;
    if (a->n_metres > 1 || b->n_metres > 1 || a->metres[0].numerator != b->metres[0].numerator ||
        a->metres[0].denominator != b->metres[0].denominator)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "The two pieces are not in one metre; give two that are, from first to last.");
    if (!w->models->rhythm)
        return tb_fail(TB_ERR_UNSUPPORTED, "This needs a network of rhythms, which the file of models does not have.");
    if (!tbi_compose_style(w->o.style))
        return tb_fail(TB_ERR_ARGUMENT, "There is no style number %d.", w->o.style);
    return TB_OK;
}

static TbStatus set_up(Way *w) {
    const size_t from = w->from.e.lines.n_bars, to = w->to.e.lines.n_bars;
    w->bars = from < to ? from : to;
    w->rhythm = tbi_arena_alloc(&w->memory, w->n, sizeof *w->rhythm);
    w->melody = tbi_arena_alloc(&w->memory, w->n, sizeof *w->melody);
    w->part = tbi_arena_alloc(&w->memory, w->to.e.score.n_parts + 1, sizeof *w->part);
    if (w->memory.failed)
        return tbi_no_memory("for %zu steps between two pieces", w->n);
    TbStatus status = move(&w->from, w->to.key);
    return status ? status : move(&w->to, w->from.key);
}

TbStatus tb_compose_interpolate(const TbMusicModels *models, const TbScore *from, const TbScore *to, size_t n,
                                const TbComposeOptions *options, TbScore *out) {
    Way w = {.models = models, .n = n};
    if (n < 2 || n > TB_COMPOSE_STEPS)
        return tb_fail(TB_ERR_ARGUMENT, "An interpolation has 2 to %d steps, not %zu.", TB_COMPOSE_STEPS, n);
    memset(out, 0, n * sizeof *out);
    TbStatus status = tbi_options_read(options, &w.o, sizeof w.o);
    status = status ? status : begin_end(from, &w.from);
    status = status ? status : begin_end(to, &w.to);
    status = status ? status : check(&w);
    status = status ? status : set_up(&w);
    status = status ? status : interpolate(&w, out);
    for (size_t k = 0; k < n; k++) {
        if (status)
            tb_score_free(&out[k]);
        if (w.melody)
            tb_melody_free(&w.melody[k]);
    }
    tbi_arena_free(&w.memory);
    free_end(&w.to);
    free_end(&w.from);
    return status;
}
