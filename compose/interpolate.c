/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one score to another: drums between what their patterns mean to the network, all other parts bar by bar. */
#include "base/no_memory.h"
#include "base/options.h"
#include "compose/edit.h"
#include "compose/styles.h"

#include <math.h>

enum { SEED_OF_ORDER = 0x4F726465 };

typedef struct {
    const TbMusicModels *models;
    TbComposeOptions o;
    ScoreEdit from, to;
    size_t n, bars;
    float *turn;      /* [bars]: the share of the way at which each bar becomes that of `to` */
    TbRhythm *rhythm; /* [n] */
    TbArena memory;
} Way;

/* Bars change in a random order, one after the other in equal distances. */
static void draw_order(Way *w) {
    TbRng rng;
    tb_rng_seed(&rng, w->o.seed ^ SEED_OF_ORDER);
    for (size_t b = 0; b < w->bars; b++)
        w->turn[b] = ((float)b + 0.5f) / (float)w->bars;
    for (size_t b = w->bars; b-- > 1;) {
        const size_t k = (size_t)(tb_rng_uniform(&rng) * (float)(b + 1));
        const float turn = w->turn[b];
        w->turn[b] = w->turn[k];
        w->turn[k] = turn;
    }
}

/* The part of `out` for notes of a part of `to`: that of the same role, or a new one. */
static TbStatus part_for(const Way *w, size_t part, TbScore *out, size_t *found) {
    const TbScorePart *p = &w->to.score.parts[part];
    *found = tbi_edit_part(&w->from, w->to.role[part]);
    if (*found != SIZE_MAX)
        return TB_OK;
    for (*found = w->from.score.n_parts; *found < out->n_parts; ++*found)
        if (strcmp(out->parts[*found].name, p->name) == 0 && out->parts[*found].channel == p->channel)
            return TB_OK;
    return tb_score_add_part(out, p->name, p->program, p->channel, found);
}

/* ---- bars of one of the two ---- */

/* Copies what starts in a bar: drums or all others, and with these the chord symbols. cut: what lasts longer ends. */
static TbStatus copy_bar(const Way *w, bool second, size_t bar, bool drums, bool cut, TbScore *out) {
    const ScoreEdit *e = second ? &w->to : &w->from;
    const int32_t start = e->lines.line[bar], end = e->lines.line[bar + 1], at = w->from.lines.line[bar];
    const double factor = (double)w->from.score.ticks_per_quarter / w->to.score.ticks_per_quarter;
    const double scale = second ? factor : 1;
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < e->score.n_notes; i++) {
        TbScoreNote note = e->score.notes[i];
        const TbRole role = e->role[note.part];
        size_t part = note.part;
        if ((role == TB_ROLE_DRUMS) != drums || note.onset < tbi_edit_from(e, role, bar) ||
            note.onset >= tbi_edit_from(e, role, bar + 1))
            continue;
        if (cut && note.duration > end - note.onset)
            note.duration = end - note.onset;
        status = second ? part_for(w, note.part, out, &part) : TB_OK;
        note.duration = (int32_t)lround(note.duration * scale);
        note.onset = at + (int32_t)lround((note.onset - start) * scale);
        note.onset = note.onset > 0 ? note.onset : 0;
        note.part = (uint16_t)part;
        status = status ? status : tb_score_add_note(out, note);
    }
    for (size_t i = 0; status == TB_OK && !drums && i < e->score.n_chords; i++) {
        const TbScoreChord *c = &e->score.chords[i];
        const bool sounds = c->tick < end && (i + 1 == e->score.n_chords || c[1].tick > start);
        const int32_t tick = c->tick > start ? c->tick - start : 0;
        if (sounds)
            status = tb_score_add_chord(out, at + (int32_t)lround(tick * scale), c->text);
    }
    return status;
}

/* ---- drums ---- */

/* Two bars of drums of all steps between the ends; *done: both have them in a metre that patterns can have. */
static TbStatus interpolate_drums(Way *w, size_t bar, TbScore *out, bool *done) {
    const TbDrumMap *map = tb_drum_map(NULL);
    const size_t part = tbi_edit_part(&w->from, TB_ROLE_DRUMS);
    TbRhythmOptions o;
    TbRhythm a, b;
    *done = false;
    if (part == SIZE_MAX || tbi_edit_part(&w->to, TB_ROLE_DRUMS) == SIZE_MAX)
        return TB_OK;
    TbStatus status = tb_rhythm_from_score(&w->from.lines, bar, map, &a);
    status = status ? status : tb_rhythm_from_score(&w->to.lines, bar, map, &b);
    if (status == TB_ERR_UNSUPPORTED || (status == TB_OK && (!tb_rhythm_hits(&a) || !tb_rhythm_hits(&b))))
        return TB_OK;
    tb_rhythm_defaults(&o);
    o.style = tb_rhythm_style_find(tbi_compose_style(w->o.style)->drums);
    status = status ? status : tb_rhythm_interpolate(w->models->rhythm, &a, &b, w->n, &o, w->rhythm);
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        status = tb_rhythm_add_to_score(&w->rhythm[k], map, w->from.lines.line[bar], part, &out[k]);
    *done = true;
    return status;
}

/* ---- scores ---- */

static double quarter_at_start(const ScoreEdit *e) {
    return e->score.tempos[0].us_per_quarter;
}

/* A score without notes: tempo and key are between those of the two. */
static TbStatus begin_step(const Way *w, double share, TbScore *out) {
    const TbScore *from = &w->from.score, *key = share < 0.5 ? from : &w->to.score;
    const double tempo = exp((1 - share) * log(quarter_at_start(&w->from)) + share * log(quarter_at_start(&w->to)));
    TbStatus status = tb_score_new(from->ticks_per_quarter, out);
    status = status ? status : tb_score_add_metre(out, 0, from->metres[0].numerator, from->metres[0].denominator);
    status = status ? status : tb_score_add_tempo(out, 0, tempo);
    if (status == TB_OK && key->n_keys)
        status = tb_score_add_key(out, 0, key->keys[0].sharps, key->keys[0].minor);
    for (size_t i = 0; status == TB_OK && i < from->n_parts; i++)
        status = tb_score_add_part(out, from->parts[i].name, from->parts[i].program, from->parts[i].channel, NULL);
    return status;
}

static void end_step(const Way *w, TbScore *out) {
    out->end = w->from.lines.line[w->bars];
    for (size_t i = 0; i < out->n_notes; i++)
        if (out->notes[i].duration > out->end - out->notes[i].onset)
            out->notes[i].duration = out->end - out->notes[i].onset;
    tb_score_tidy(out, NULL);
}

static bool turned(const Way *w, size_t k, size_t bar) {
    return w->turn[bar] < (float)k / (float)(w->n - 1);
}

static TbStatus interpolate(Way *w, TbScore *out) {
    TbStatus status = tb_score_cut(&w->from.score, 0, w->bars, &out[0]);
    status = status ? status : tb_score_cut(&w->to.score, 0, w->bars, &out[w->n - 1]);
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        status = begin_step(w, (double)k / (double)(w->n - 1), &out[k]);
    for (size_t bar = 0, done_until = 0; status == TB_OK && bar < w->bars; bar++) {
        bool done = bar < done_until;
        if (!done && bar + 1 < w->bars)
            status = interpolate_drums(w, bar, out, &done);
        if (done && bar >= done_until)
            done_until = bar + TB_RHYTHM_BARS;
        for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++) {
            const bool second = turned(w, k, bar), cut = bar + 1 < w->bars && turned(w, k, bar + 1) != second;
            status = copy_bar(w, second, bar, false, cut, &out[k]);
            if (status == TB_OK && !done)
                status = copy_bar(w, second, bar, true, false, &out[k]);
        }
    }
    for (size_t k = 1; status == TB_OK && k + 1 < w->n; k++)
        end_step(w, &out[k]);
    return status;
}

static TbStatus check(const Way *w) {
    const TbScore *a = &w->from.score, *b = &w->to.score;
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

TbStatus tb_compose_interpolate(const TbMusicModels *models, const TbScore *from, const TbScore *to, size_t n,
                                const TbComposeOptions *options, TbScore *out) {
    Way w = {.models = models, .n = n};
    if (n < 2 || n > TB_COMPOSE_STEPS)
        return tb_fail(TB_ERR_ARGUMENT, "An interpolation has 2 to %d steps, not %zu.", TB_COMPOSE_STEPS, n);
    memset(out, 0, n * sizeof *out);
    TbStatus status = tbi_options_read(options, &w.o, sizeof w.o);
    status = status ? status : tbi_edit_begin(from, &w.from);
    status = status ? status : tbi_edit_begin(to, &w.to);
    status = status ? status : check(&w);
    if (status == TB_OK) {
        w.bars = w.from.lines.n_bars < w.to.lines.n_bars ? w.from.lines.n_bars : w.to.lines.n_bars;
        w.turn = tbi_arena_floats(&w.memory, w.bars);
        w.rhythm = tbi_arena_alloc(&w.memory, n, sizeof *w.rhythm);
        status = w.memory.failed ? tbi_no_memory("for %zu steps between two pieces", n) : TB_OK;
    }
    if (status == TB_OK) {
        draw_order(&w);
        status = interpolate(&w, out);
    }
    for (size_t k = 0; status && k < n; k++)
        tb_score_free(&out[k]);
    tbi_arena_free(&w.memory);
    tbi_edit_end(&w.to);
    tbi_edit_end(&w.from);
    return status;
}
