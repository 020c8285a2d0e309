/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drums of a section: a beat and its returns, a drum fill before what follows, an ending. */
#include "base/options.h"
#include "rhythm/knobs.h"
#include "rhythm/play.h"

#include <math.h>

enum { KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE };
enum { MOST_DRAWS = 8, FILLS = 12, MOST_BARS = 4096 };
static const float ALIKE = 0.5f; /* bars of a beat; half of all that drummers play is */

static int bar_steps(const TbRhythm *r) {
    return tb_rhythm_steps(r) / TB_RHYTHM_BARS;
}

/* ---- a beat ---- */

/* The hits that both bars have, in parts of those that either has. */
static float likeness(const TbRhythm *r) {
    float both = 0, either = 0;
    const int bar = bar_steps(r);
    for (int t = 0; t < bar; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const bool first = r->cell[t][d].velocity > 0, second = r->cell[bar + t][d].velocity > 0;
            both += first && second;
            either += first || second;
        }
    return either > 0 ? both / either : 0;
}

TbStatus tb_rhythm_draw_beat(const TbRhythmModel *model, const TbRhythmOptions *options, TbRhythm *out) {
    TbRhythmOptions o;
    TbRhythm best;
    float highest = -1;
    TbStatus status = tbi_options_read(options, &o, sizeof o);
    TbRng rng;
    tb_rng_seed(&rng, o.seed);
    for (int i = 0; status == TB_OK && i < MOST_DRAWS && highest < ALIKE + 1; i++) {
        TbRhythm drawn;
        status = tb_rhythm_draw(model, &o, &drawn);
        o.seed = tb_rng_next(&rng);
        if (status)
            break;
        const float score = fminf(likeness(&drawn), ALIKE) + (drawn.cell[0][KICK].velocity > 0);
        if (score > highest) {
            highest = score;
            best = drawn;
        }
    }
    if (status == TB_OK)
        *out = best;
    return status;
}

/* ---- a drum fill ---- */

/* What a fill has more of than a beat, in nats. */
static const float IN_FILL[TB_DRUM_CLASSES] = {
    [KICK] = -0.5f, [SNARE] = 1,    [CLOSED_HAT] = -2, [OPEN_HAT] = -2, [LOW_TOM] = 2,
    [MID_TOM] = 2,  [HIGH_TOM] = 2, [CRASH] = -1,      [RIDE] = -2};

/* How much of a fill the decoder says there is in item i, in steps first .. end - 1. */
static float fill_likeness(const Play *p, size_t i, int first, int end) {
    float sum = 0;
    for (int t = first; t < end; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            sum += IN_FILL[d] / (1 + expf(*p->model->facts.threshold - p->output[i].logit[t][d]));
    return sum;
}

/* Makes the last `steps` steps of a pattern a fill: of some draws of what could follow the rest of it, the one that is
 * most of a fill, made a little more of one. */
static TbStatus add_fill(const TbRhythmModel *model, TbRhythm *rhythm, int steps, const TbRhythmOptions *options) {
    Play p;
    TbRhythmMask locked;
    float bias[TB_RHYTHM_STEPS][TB_DRUM_CLASSES], highest = -INFINITY;
    TbStatus status = tbi_play_new(model, options, FILLS, &p);
    if (status)
        return status;
    p.n = 1;
    const int end = tb_rhythm_steps(rhythm), first = end - steps;
    tbi_play_give(&p, 0, rhythm, GIVEN_NOTHING, GIVEN_NOTHING);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            locked[t][d] = t < first;
            p.lesson[0].seen.cell[t][d] = p.lesson[0].told.cell[t][d] = t < first ? GIVEN_ALL : GIVEN_NOTHING;
            bias[t][d] = IN_FILL[d];
        }
    tbi_play_encode(&p);
    tbi_play_repeat(&p, FILLS);
    tbi_play_draw_posterior(&p);
    size_t best = 0;
    for (size_t i = 0; i < FILLS; i++) {
        const float score = fill_likeness(&p, i, first, end);
        if (score > highest) {
            highest = score;
            best = i;
        }
    }
    p.o.knob[TB_RHYTHM_DENSITY] = p.o.knob[TB_RHYTHM_SYNCOPATION] = 0;
    tbi_play_finish(&p, best, rhythm, (const bool(*)[TB_DRUM_CLASSES])locked, true,
                    (const float(*)[TB_DRUM_CLASSES])bias, rhythm);
    tbi_play_free(&p);
    return TB_OK;
}

/* ---- bars of a section ---- */

static void copy_bar(const TbRhythm *from, size_t bar, TbRhythm *to, size_t at) {
    const size_t n = (size_t)bar_steps(from);
    memcpy(to[at / 2].cell[at % 2 * n], from[bar / 2].cell[bar % 2 * n], n * sizeof *to->cell);
}

static float loudest(const TbRhythm *r) {
    float velocity = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            velocity = fmaxf(velocity, r->cell[t][d].velocity);
    return fmaxf(velocity, 1 / 127.0f);
}

/* Kick and crash on the first step of a bar; the hand on the crash leaves hats and ride. */
static void strike(TbRhythm *out, size_t bar, float velocity) {
    TbRhythm *r = &out[bar / 2];
    TbDrumHit *cell = r->cell[bar % 2 * (size_t)bar_steps(r)];
    if (!(cell[KICK].velocity > 0))
        cell[KICK] = (TbDrumHit){velocity, 0};
    cell[CRASH] = (TbDrumHit){velocity, cell[KICK].offset};
    cell[CLOSED_HAT] = cell[OPEN_HAT] = cell[RIDE] = (TbDrumHit){0};
}

static void clear_bar(TbRhythm *out, size_t bar) {
    TbRhythm *r = &out[bar / 2];
    const size_t n = (size_t)bar_steps(r);
    memset(r->cell[bar % 2 * n], 0, n * sizeof *r->cell);
}

static TbStatus check(const TbRhythmSection *s, const TbRhythm *rhythm) {
    TbStatus status = tbi_rhythm_check(rhythm);
    if (status)
        return status;
    if (s->n_bars < 1 || s->n_bars > MOST_BARS)
        return tb_fail(TB_ERR_ARGUMENT, "A section of %zu bars is not possible; take 1 to %d.", s->n_bars, MOST_BARS);
    if (!(s->change >= 0 && s->change <= 1))
        return tb_fail(TB_ERR_ARGUMENT, "The change %g is not one of 0 to 1.", s->change);
    if (s->fill < 0)
        return tb_fail(TB_ERR_ARGUMENT, "A fill of %d beats is not possible; take 0 or more.", s->fill);
    return TB_OK;
}

TbStatus tb_rhythm_section(const TbRhythmModel *model, const TbRhythm *rhythm, const TbRhythmSection *section,
                           const TbRhythmOptions *options, TbRhythm *out) {
    TbRhythmSection s;
    TbRhythmOptions o, plain;
    TbStatus status = tbi_options_read(section, &s, sizeof s);
    if (status == TB_OK)
        status = tbi_options_read(options, &o, sizeof o);
    if (status == TB_OK)
        status = check(&s, rhythm);
    if (status)
        return status;
    const TbRhythm beat = *rhythm;
    const size_t n = (s.n_bars + 1) / 2, body = s.n_bars - s.ending;
    TbRng rng;
    tb_rng_seed(&rng, o.seed);
    plain = o;
    memset(plain.knob, 0, sizeof plain.knob);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        plain.seed = tb_rng_next(&rng);
        out[i] = beat;
        if (i > 0 && s.change > 0)
            status = tb_rhythm_vary(model, &beat, s.change, &plain, &out[i]);
    }
    if (status == TB_OK && s.fill > 0 && body > 0) {
        TbRhythm last = beat; /* the last two bars, or the last one after itself */
        copy_bar(out, body > 1 ? body - 2 : 0, &last, 0);
        copy_bar(out, body - 1, &last, 1);
        o.seed = tb_rng_next(&rng);
        const int most = bar_steps(&beat) / tbi_rhythm_beat_steps(&beat);
        status = add_fill(model, &last, s.fill < most ? s.fill * tbi_rhythm_beat_steps(&beat) : bar_steps(&beat), &o);
        copy_bar(&last, 1, out, body - 1);
    }
    if (status)
        return status;
    if (s.ending)
        clear_bar(out, s.n_bars - 1);
    if (s.n_bars % 2)
        clear_bar(out, s.n_bars);
    if (s.crash)
        strike(out, 0, loudest(&beat));
    if (s.ending)
        strike(out, s.n_bars - 1, loudest(&beat));
    return TB_OK;
}
