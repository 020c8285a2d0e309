/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drums: a pattern for each letter of the form, relatives of the first one; slight variations; fills before new
 * sections, and an ending. */
#include "base/no_memory.h"
#include "compose/draft.h"

#include <math.h>

enum { TRIES = 10, VARIANTS = 2 };
static const double RELATED = 0.45, VARIED = 0.12, FILL_DENSITY = 1.6; /* amounts of variation; a knob */

typedef struct {
    Draft *d;
    TbRhythmOptions o;
    TbRhythm pattern[LETTERS][VARIANTS];
    bool has[LETTERS];
    TbRng rng;
    size_t part;
} Drums;

/* ---- patterns ---- */

/* Whether a pattern can carry a track: a kick on the one, a pulse, and neither few hits nor many. */
static bool carries(const TbRhythm *r) {
    const int steps = tb_rhythm_steps(r), hits = (int)tb_rhythm_hits(r);
    int kicks = 0, pulse = 0;
    for (int t = 0; t < steps; t++) {
        const TbDrumHit *cell = r->cell[t];
        kicks += cell[DRUM_KICK].velocity > 0;
        pulse += cell[DRUM_SNARE].velocity > 0 || cell[DRUM_CLOSED_HAT].velocity > 0 || cell[DRUM_RIDE].velocity > 0;
    }
    return r->cell[0][DRUM_KICK].velocity > 0 && kicks >= 2 && 4 * pulse >= steps && hits <= 2 * steps;
}

/* The first pattern: a draw that carries, or the last of some. */
static TbStatus draw_first(Drums *s, TbRhythm *out) {
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < TRIES; i++) {
        s->o.seed = tb_rng_next(&s->rng);
        status = tb_rhythm_draw(s->d->models->rhythm, &s->o, out);
        if (status == TB_OK && carries(out))
            return TB_OK;
    }
    out->cell[0][DRUM_KICK] = (TbDrumHit){0.8f, 0};
    return status;
}

/* A variation that carries, or the pattern itself. */
static TbStatus vary(Drums *s, const TbRhythm *pattern, double amount, TbRhythm *out) {
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < TRIES; i++) {
        s->o.seed = tb_rng_next(&s->rng);
        status = tb_rhythm_vary(s->d->models->rhythm, pattern, amount, &s->o, out);
        if (status == TB_OK && carries(out))
            return TB_OK;
    }
    *out = *pattern;
    return status;
}

/* The patterns of a letter, made when it first appears. */
static TbStatus need_patterns(Drums *s, int letter) {
    const int home = s->d->letter[0];
    TbStatus status = TB_OK;
    if (s->has[letter])
        return TB_OK;
    if (letter != home)
        status = vary(s, &s->pattern[home][0], RELATED, &s->pattern[letter][0]);
    else if (!s->d->given_rhythm.numerator)
        status = draw_first(s, &s->pattern[letter][0]);
    else
        s->pattern[letter][0] = s->d->given_rhythm;
    for (int k = 1; status == TB_OK && k < VARIANTS; k++)
        status = vary(s, &s->pattern[letter][0], VARIED, &s->pattern[letter][k]);
    s->has[letter] = status == TB_OK;
    return status;
}

/* ---- bars ---- */

/* A pattern whose bars 0 and 1 are the two given ones; NULL: empty. */
static void join(const Drums *s, const TbDrumHit (*a)[TB_DRUM_CLASSES], const TbDrumHit (*b)[TB_DRUM_CLASSES],
                 TbRhythm *out) {
    const size_t bar = (size_t)tb_rhythm_steps(&s->pattern[s->d->letter[0]][0]) / TB_RHYTHM_BARS;
    tb_rhythm_clear(s->o.numerator, s->o.denominator, s->o.tempo, out);
    if (a)
        memcpy(out->cell, a, bar * sizeof *a);
    if (b)
        memcpy(out->cell + bar, b, bar * sizeof *b);
}

/* The second half of the bar becomes a fill. */
static TbStatus fill(Drums *s, TbRhythm *bar) {
    const int steps = tb_rhythm_steps(bar), half = steps / TB_RHYTHM_BARS;
    TbRhythmMask locked;
    TbRhythm two;
    join(s, bar->cell, bar->cell, &two);
    memset(locked, 0, sizeof locked);
    for (int t = 0; t < half + half / 2; t++)
        for (int k = 0; k < TB_DRUM_CLASSES; k++)
            locked[t][k] = true;
    TbRhythmOptions o = s->o;
    o.seed = tb_rng_next(&s->rng);
    o.knob[TB_RHYTHM_DENSITY] = fmin(o.knob[TB_RHYTHM_DENSITY] + FILL_DENSITY, 2);
    TbStatus status = tb_rhythm_fill(s->d->models->rhythm, &two, locked, &o, &two);
    join(s, two.cell + half, NULL, bar);
    return status;
}

/* The last bar: its beginning, or in a short piece its middle, is the last hit. */
static void end(const Drums *s, TbRhythm *bar) {
    const int steps = tb_rhythm_steps(bar) / TB_RHYTHM_BARS, last = s->d->bars > 2 ? 0 : steps / 2;
    for (int t = last; t < steps; t++)
        memset(bar->cell[t], 0, sizeof bar->cell[t]);
    bar->cell[last][DRUM_KICK] = (TbDrumHit){0.85f, 0};
    bar->cell[last][DRUM_CRASH] = (TbDrumHit){0.8f, 0};
}

static TbStatus add_bar(Drums *s, TbRhythm *bar, int number) {
    const float level = (float)tbi_draft_level(s->d, number) / 127;
    for (int t = 0; t < tb_rhythm_steps(bar); t++)
        for (int k = 0; k < TB_DRUM_CLASSES; k++)
            if (bar->cell[t][k].velocity > 0)
                bar->cell[t][k].velocity = fminf(fmaxf(bar->cell[t][k].velocity + level, 1 / 127.0f), 1);
    TbScore *score = &s->d->score;
    const size_t n = score->n_notes;
    const int32_t start = s->d->lines.line[s->d->from[TB_ROLE_DRUMS]]; /* early hits stay out of given bars */
    TbStatus status = tb_rhythm_add_to_score(bar, tb_drum_map(NULL), s->d->lines.line[number], s->part, score);
    for (size_t i = n; i < score->n_notes; i++)
        score->notes[i].onset = score->notes[i].onset < start ? start : score->notes[i].onset;
    return status;
}

static TbStatus write_phrase(Drums *s, int phrase) {
    const Draft *d = s->d;
    const int letter = d->letter[phrase < 0 ? 0 : phrase], first = tbi_phrase_first(d, phrase),
              stop = tbi_phrase_end(d, phrase);
    const bool last = phrase + 1 == d->n_phrases, turns = last || d->letter[phrase + 1] != letter;
    TbStatus status = need_patterns(s, letter);
    for (int b = first; status == TB_OK && b < stop; b++) {
        const TbRhythm *pattern = &s->pattern[letter][(b - first) / TB_RHYTHM_BARS % VARIANTS];
        const int half = tb_rhythm_steps(pattern) / TB_RHYTHM_BARS;
        const bool ends = b + 1 == d->bars && !d->o.loop;
        const bool fills = turns && stop - first > 1 && b + 1 + (last && !d->o.loop) == stop;
        TbRhythm bar;
        join(s, pattern->cell + (b - first) % TB_RHYTHM_BARS * half, NULL, &bar);
        if (b == first && phrase > 0 && d->letter[phrase - 1] != letter)
            bar.cell[0][DRUM_CRASH] = (TbDrumHit){0.75f, 0};
        if (fills)
            status = fill(s, &bar);
        if (ends)
            end(s, &bar);
        if (b >= d->from[TB_ROLE_DRUMS])
            status = status ? status : add_bar(s, &bar, b);
    }
    return status;
}

TbStatus tbi_draft_add_drums(Draft *d) {
    TbArena memory = {0};
    Drums *s = tbi_arena_alloc(&memory, 1, sizeof *s);
    TbStatus status = s ? TB_OK : tbi_no_memory("to write drums");
    if (status == TB_OK) {
        s->d = d;
        s->part = d->part[TB_ROLE_DRUMS];
        tb_rng_seed(&s->rng, tbi_draft_seed(d, STAGE_DRUMS));
        tb_rhythm_defaults(&s->o);
        s->o.style = tb_rhythm_style_find(d->style->drums);
        s->o.numerator = d->numerator;
        s->o.denominator = d->denominator;
        s->o.tempo = d->tempo;
        s->o.temperature = d->o.temperature;
        s->o.knob[TB_RHYTHM_DENSITY] = d->o.density;
    }
    for (int i = d->first ? -1 : 0; status == TB_OK && i < d->n_phrases; i++)
        status = write_phrase(s, i);
    tb_score_sort(&d->score);
    tbi_arena_free(&memory);
    return status;
}
