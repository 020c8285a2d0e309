/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variations: the melody by bars, drums by what their patterns mean to the network, bass and chords by bars. */
#include "base/no_memory.h"
#include "base/options.h"
#include "compose/edit.h"
#include "compose/stage.h"
#include "compose/styles.h"

#include <math.h>
#include <stdlib.h>

enum { SEED_OF_BARS = 0x42617273 };
static const double UNTIL_DRUMS = 0.3, UNTIL_PARTS = 0.4; /* shares of the time */

typedef struct {
    const TbMusicModels *models;
    TbComposeOptions o;
    double amount;
    ScoreEdit e;
    ComposeStage stage;
} Variation;

static TbStatus need(const void *model, const char *what) {
    return model ? TB_OK
                 : tb_fail(TB_ERR_UNSUPPORTED, "This needs a network of %s, which the file of models does not have.",
                           what);
}

static bool is_open(const Variation *v, TbRole role) {
    return !(v->o.locked_parts >> role & 1) && v->e.part[role] != SIZE_MAX;
}

/* ---- melody ---- */

static size_t first_in(const TbMelody *m, int32_t step) {
    size_t i = 0;
    while (i < m->n_notes && m->notes[i].onset < step)
        i++;
    return i;
}

static bool same_bar(const TbMelody *a, const TbMelody *b, int32_t bar) {
    size_t i = first_in(a, a->line[bar]), k = first_in(b, b->line[bar]);
    const size_t i_end = first_in(a, a->line[bar + 1]), k_end = first_in(b, b->line[bar + 1]);
    bool same = i_end - i == k_end - k;
    for (; same && i < i_end; i++, k++) {
        const TbMelodyNote *x = &a->notes[i], *y = &b->notes[k];
        same = x->onset == y->onset && x->duration == y->duration && x->pitch == y->pitch && x->velocity == y->velocity;
    }
    return same;
}

static TbStatus vary_melody(Variation *v) {
    TbMelody given, varied;
    TbMelodyOptions o;
    const size_t part = v->e.part[TB_ROLE_MELODY];
    tb_melody_defaults(&o);
    o.seed = v->o.seed;
    o.temperature = fmin(0.9 * v->o.temperature, 2);
    o.density = v->o.density;
    o.progress = tbi_stage_report;
    o.context = &v->stage;
    v->stage = (ComposeStage){&v->o, 0, UNTIL_DRUMS, "melody"};
    TbStatus status = need(v->models->melody, "melodies");
    status = status ? status : tb_melody_from_score(&v->e.score, 0, 0, &given);
    if (status == TB_ERR_EMPTY)
        return TB_OK; /* no line to vary: the part stays as it is */
    if (status)
        return status;
    status = tb_melody_vary(v->models->melody, &given, v->amount, &o, &varied);
    const size_t n_chords = varied.n_chords;
    varied.n_chords = 0; /* the score has its own */
    for (int32_t b = 0; status == TB_OK && b < given.n_bars; b++)
        if (!same_bar(&given, &varied, b)) {
            tbi_edit_clear(&v->e, TB_ROLE_MELODY, NULL, (size_t)b, (size_t)b + 1);
            status = tb_melody_add_to_score(&varied, (size_t)b, 1, v->e.lines.line[b], part, &v->e.score);
        }
    varied.n_chords = n_chords;
    tb_score_sort(&v->e.score);
    tb_melody_free(&varied);
    tb_melody_free(&given);
    return status;
}

/* ---- drums ---- */

static uint64_t hash_of(const TbRhythm *r) {
    uint64_t h = 14695981039346656037u; /* FNV-1a, of which drums are hit */
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int k = 0; k < TB_DRUM_CLASSES; k++)
            h = (h ^ (uint64_t)(r->cell[t][k].velocity > 0)) * 1099511628211u;
    return h;
}

/* Equal patterns get the same variation. Bars whose metre patterns cannot have stay as they are. */
static TbStatus vary_drums(Variation *v) {
    const TbDrumMap *map = tb_drum_map(NULL);
    const size_t part = v->e.part[TB_ROLE_DRUMS];
    TbRhythmOptions o;
    TbBars given_lines;
    TbScore given;
    tb_rhythm_defaults(&o);
    o.style = tb_rhythm_style_find(tbi_compose_style(v->o.style)->drums);
    o.temperature = v->o.temperature;
    o.knob[TB_RHYTHM_DENSITY] = v->o.density;
    v->stage = (ComposeStage){&v->o, UNTIL_DRUMS, UNTIL_PARTS, "drums"};
    TbStatus status = need(v->models->rhythm, "rhythms");
    status = status ? status : tb_score_copy(&v->e.score, &given);
    if (status)
        return status;
    status = tb_bars_new(&given, v->e.lines.line[v->e.lines.n_bars], &given_lines);
    for (size_t b = 0; status == TB_OK && b + 1 < v->e.lines.n_bars; b += TB_RHYTHM_BARS) {
        TbRhythm rhythm;
        status = tbi_stage_check(&v->stage, (double)b / (double)v->e.lines.n_bars);
        status = status ? status : tb_rhythm_from_score(&given_lines, b, map, &rhythm);
        if (status == TB_ERR_UNSUPPORTED || (status == TB_OK && tb_rhythm_hits(&rhythm) == 0)) {
            status = TB_OK;
            continue;
        }
        o.seed = v->o.seed ^ hash_of(&rhythm);
        status = status ? status : tb_rhythm_vary(v->models->rhythm, &rhythm, v->amount, &o, &rhythm);
        if (status)
            break;
        tbi_edit_clear(&v->e, TB_ROLE_DRUMS, map, b, b + TB_RHYTHM_BARS);
        status = tb_rhythm_add_to_score(&rhythm, map, v->e.lines.line[b], part, &v->e.score);
    }
    tb_score_sort(&v->e.score);
    tb_bars_free(&given_lines);
    tb_score_free(&given);
    return status;
}

/* ---- bass and chords ---- */

/* A copy whose notes of these roles are not early, so that all start in their own bars. */
static TbStatus copy_straight(const Variation *v, unsigned roles, TbScore *copy) {
    const ScoreEdit *e = &v->e;
    TbStatus status = tb_score_copy(&e->score, copy);
    for (size_t i = 0; status == TB_OK && i < copy->n_notes; i++) {
        TbScoreNote *note = &copy->notes[i];
        const size_t bar = tb_bars_find(&e->lines, note->onset) + 1;
        const TbRole role = e->role[note->part];
        if (!(roles >> role & 1) || bar >= e->lines.n_bars || note->onset < tbi_edit_from(e, role, bar))
            continue;
        const int32_t late = e->lines.line[bar] - note->onset;
        note->onset += late;
        note->duration -= note->duration > late ? late : 0;
    }
    if (status == TB_OK)
        tb_score_sort(copy);
    return status;
}

/* Puts the notes of these roles that `from` has in bars first .. end - 1 in the place of those that are there. */
static TbStatus replace(Variation *v, unsigned roles, size_t first, size_t end, const TbScore *from) {
    ScoreEdit *e = &v->e;
    const int32_t start = e->lines.line[first], stop = e->lines.line[end];
    TbStatus status = TB_OK;
    for (int r = 0; r <= TB_ROLE_DRUMS; r++)
        if (roles >> r & 1)
            tbi_edit_clear(e, (TbRole)r, NULL, first, end);
    for (size_t i = 0; i < e->score.n_notes; i++) { /* what lasts into them is cut */
        TbScoreNote *note = &e->score.notes[i];
        if (roles >> e->role[note->part] & 1 && note->onset < start && note->duration > start - note->onset)
            note->duration = start - note->onset;
    }
    for (size_t i = 0; status == TB_OK && i < from->n_notes; i++) {
        const TbScoreNote *note = &from->notes[i];
        if (roles >> e->role[note->part] & 1 && note->onset >= start && note->onset < stop)
            status = tb_score_add_note(&e->score, *note);
    }
    tb_score_sort(&e->score);
    return status;
}

/* New bars first .. end - 1 of these roles. */
static TbStatus rewrite(Variation *v, unsigned roles, size_t first, size_t end) {
    TbScore given, out = {0};
    TbPieceOptions o;
    const int style = tb_piece_style_find(tbi_compose_style(v->o.style)->name);
    tb_piece_defaults(&o);
    o.seed = v->o.seed + first;
    o.style = style > 0 ? style : TB_PIECE_ANY_STYLE;
    o.temperature = fmin(0.9 * v->o.temperature, 2);
    o.density[TB_ROLE_BASS] = o.density[TB_ROLE_CHORDS] = v->o.density;
    o.role = v->e.role;
    o.loop = v->o.loop;
    o.progress = tbi_stage_report;
    o.context = &v->stage;
    const double bar = (1 - UNTIL_PARTS) / (double)v->e.lines.n_bars;
    v->stage =
        (ComposeStage){&v->o, UNTIL_PARTS + bar * (double)first, UNTIL_PARTS + bar * (double)end, "bass and chords"};
    TbStatus status = copy_straight(v, roles, &given);
    if (status)
        return status;
    status = tb_piece_fill(v->models->piece, &given, first, end - first, roles, &o, &out);
    status = status ? status : replace(v, roles, first, end, &out);
    tb_score_free(&out);
    tb_score_free(&given);
    return status;
}

static TbStatus vary_accompaniment(Variation *v, unsigned roles) {
    TbRng rng;
    TbStatus status = need(v->models->piece, "pieces, which writes bass and chords");
    tb_rng_seed(&rng, v->o.seed ^ SEED_OF_BARS);
    const size_t n = v->e.lines.n_bars;
    for (size_t b = 0, first = 0, run = 0; status == TB_OK && b <= n; b++) {
        const bool renew = b < n && (double)tb_rng_uniform(&rng) < v->amount;
        first = renew && !run ? b : first;
        if (!renew && run)
            status = rewrite(v, roles, first, b);
        run = renew ? run + 1 : 0;
    }
    return status;
}

TbStatus tb_compose_vary(const TbMusicModels *models, const TbScore *score, double amount,
                         const TbComposeOptions *options, TbScore *out) {
    Variation v = {.models = models, .amount = amount};
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_options_read(options, &v.o, sizeof v.o);
    if (status == TB_OK && !(amount >= 0 && amount <= 1))
        status = tb_fail(TB_ERR_ARGUMENT, "The amount of a variation is 0 to 1, not %g.", amount);
    if (status == TB_OK && !tbi_compose_style(v.o.style))
        status = tb_fail(TB_ERR_ARGUMENT, "There is no style number %d.", v.o.style);
    status = status ? status : tbi_edit_begin(score, &v.e);
    if (status)
        return status;
    const unsigned roles =
        (is_open(&v, TB_ROLE_BASS) ? 1u << TB_ROLE_BASS : 0) | (is_open(&v, TB_ROLE_CHORDS) ? 1u << TB_ROLE_CHORDS : 0);
    if (amount > 0 && is_open(&v, TB_ROLE_MELODY))
        status = vary_melody(&v);
    if (status == TB_OK && amount > 0 && is_open(&v, TB_ROLE_DRUMS))
        status = vary_drums(&v);
    if (status == TB_OK && amount > 0 && roles)
        status = vary_accompaniment(&v, roles);
    if (status)
        tbi_edit_end(&v.e);
    else
        tbi_edit_finish(&v.e, out);
    return status;
}
