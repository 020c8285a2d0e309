/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drums: a beat for each letter of the form, relatives of the first one; a fill before a new section, and an ending. */
#include "base/no_memory.h"
#include "compose/draft.h"

#include <math.h>

enum { TRIES = 8, FILL = 2 /* beats */ };
static const double RELATED = 0.45; /* amount of variation of another letter */

typedef struct {
    Draft *d;
    TbRhythmOptions o;
    TbRhythm beat[LETTERS];
    bool has[LETTERS];
    TbRng rng;
    TbRhythm *section; /* [(phrase + 1) / 2] */
} Drums;

/* A relative of a beat that begins with the kick, too; if there is none, the beat itself. */
static TbStatus relate(Drums *s, const TbRhythm *beat, TbRhythm *out) {
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < TRIES; i++) {
        s->o.seed = tb_rng_next(&s->rng);
        status = tb_rhythm_vary(s->d->models->rhythm, beat, RELATED, &s->o, out);
        if (status == TB_OK && out->cell[0][DRUM_KICK].velocity > 0)
            return TB_OK;
    }
    *out = *beat;
    return status;
}

/* The beat of a letter is made when it is first needed. */
static TbStatus need_beat(Drums *s, int letter) {
    const int home = s->d->letter[0];
    TbStatus status = TB_OK;
    if (s->has[letter])
        return TB_OK;
    s->o.seed = tb_rng_next(&s->rng);
    if (letter != home)
        status = relate(s, &s->beat[home], &s->beat[letter]);
    else if (s->d->given_rhythm.numerator)
        s->beat[letter] = s->d->given_rhythm;
    else
        status = tb_rhythm_draw_beat(s->d->models->rhythm, &s->o, &s->beat[letter]);
    s->has[letter] = status == TB_OK;
    return status;
}

/* Two bars from `bar` on: those that are not given, at the level of their place. */
static TbStatus add_bars(Drums *s, TbRhythm *two, int bar) {
    TbScore *score = &s->d->score;
    const int given = s->d->from[TB_ROLE_DRUMS], steps = tb_rhythm_steps(two) / TB_RHYTHM_BARS;
    const int32_t start = s->d->lines.line[given];
    const size_t n = score->n_notes;
    for (int t = 0; t < TB_RHYTHM_BARS * steps; t++) {
        const float level = (float)tbi_draft_level(s->d, bar + t / (double)steps) / 127;
        for (int k = 0; k < TB_DRUM_CLASSES; k++) {
            float *velocity = &two->cell[t][k].velocity;
            if (bar + t / steps < given)
                two->cell[t][k] = (TbDrumHit){0, 0};
            else if (*velocity > 0)
                *velocity = fminf(fmaxf(*velocity + level, 1 / 127.0f), 1);
        }
    }
    TbStatus status =
        tb_rhythm_add_to_score(two, tb_drum_map(NULL), s->d->lines.line[bar], s->d->part[TB_ROLE_DRUMS], score);
    for (size_t i = n; i < score->n_notes; i++) /* early hits stay out of given bars */
        score->notes[i].onset = score->notes[i].onset < start ? start : score->notes[i].onset;
    return status;
}

/* The beats of a fill: no more than a bar has, which are quarter notes, or three eighths in compound metres. */
static int fill_beats(const Draft *d) {
    const int steps = d->numerator * 16 / d->denominator;
    const int beats = steps / (d->denominator >= 8 && d->numerator % 3 == 0 ? 6 : 4);
    return beats < FILL ? beats : FILL;
}

static TbStatus write_phrase(Drums *s, int phrase) {
    const Draft *d = s->d;
    const int letter = d->letter[phrase < 0 ? 0 : phrase], first = tbi_phrase_first(d, phrase);
    const int n = tbi_phrase_end(d, phrase) - first;
    const bool last = phrase + 1 == d->n_phrases, turns = last || d->letter[phrase + 1] != letter;
    TbRhythmSection section;
    tb_rhythm_section_defaults(&section);
    section.n_bars = (size_t)n;
    section.fill = phrase >= 0 && turns && n > 1 ? fill_beats(d) : 0;
    section.crash = phrase > 0 && d->letter[phrase - 1] != letter;
    section.ending = last && !d->o.loop && d->bars > 1;
    TbStatus status = need_beat(s, letter);
    s->o.seed = tb_rng_next(&s->rng);
    if (status || first + n <= d->from[TB_ROLE_DRUMS])
        return status;
    status = tb_rhythm_section(d->models->rhythm, &s->beat[letter], &section, &s->o, s->section);
    for (int b = 0; status == TB_OK && b < n; b += TB_RHYTHM_BARS)
        if (first + b + TB_RHYTHM_BARS > d->from[TB_ROLE_DRUMS])
            status = add_bars(s, &s->section[b / TB_RHYTHM_BARS], first + b);
    return status;
}

TbStatus tbi_draft_add_drums(Draft *d) {
    TbArena memory = {0};
    Drums *s = tbi_arena_alloc(&memory, 1, sizeof *s);
    TbRhythm *section = tbi_arena_alloc(&memory, (size_t)d->bars / TB_RHYTHM_BARS + 1, sizeof *section);
    if (memory.failed) {
        tbi_arena_free(&memory);
        return tbi_no_memory("to write drums");
    }
    TbStatus status = TB_OK;
    s->d = d;
    s->section = section;
    tb_rng_seed(&s->rng, tbi_draft_seed(d, STAGE_DRUMS));
    tb_rhythm_defaults(&s->o);
    s->o.style = tb_rhythm_style_find(d->style->drums);
    s->o.numerator = d->numerator;
    s->o.denominator = d->denominator;
    s->o.tempo = d->tempo;
    s->o.temperature = d->o.temperature;
    s->o.knob[TB_RHYTHM_DENSITY] = d->o.density;
    for (int i = d->first ? -1 : 0; status == TB_OK && i < d->n_phrases; i++) {
        status = tbi_stage_check(&d->stage, (i + 1) / (d->n_phrases + 1.0));
        status = status ? status : write_phrase(s, i);
    }
    tb_score_sort(&d->score);
    tbi_arena_free(&memory);
    return status;
}
