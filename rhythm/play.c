/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rhythm/play.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "rhythm/knobs.h"

#include <math.h>
#include <stdlib.h>

/* How random hits are at temperature 1, in parts of what the network leaves open; z is random, too. How they are played
 * is as random as what it leaves open: less, and draws are stiffer than what they were learned from. */
static const float HIT_NOISE = 0.2f;

/* The threshold of the best F1 of reconstructions may let in more hits than drummers play: what is drawn has to be
 * likelier than not. */
float tbi_play_threshold(const Play *p, bool random) {
    const float threshold = *p->model->facts.threshold;
    return random ? fmaxf(threshold, 0) : threshold;
}

static TbStatus check_options(const TbRhythmOptions *o) {
    if (o->style < 0 || o->style >= TB_RHYTHM_STYLES)
        return tb_fail(TB_ERR_ARGUMENT, "Style %d is not one of 0 to %d.", o->style, TB_RHYTHM_STYLES - 1);
    if (!(o->temperature >= 0 && o->temperature <= 2))
        return tb_fail(TB_ERR_ARGUMENT, "The temperature %g is not one of 0 to 2.", o->temperature);
    for (int k = 0; k < TB_RHYTHM_KNOBS; k++)
        if (!(o->knob[k] >= -2 && o->knob[k] <= 2))
            return tb_fail(TB_ERR_ARGUMENT, "The knob %s is at %g; it goes from -2 to 2.", tb_rhythm_knob_name(k),
                           o->knob[k]);
    return TB_OK;
}

TbStatus tbi_rhythm_check(const TbRhythm *r) {
    if (!tb_rhythm_metre_is_possible(r->numerator, r->denominator))
        return tb_fail(TB_ERR_ARGUMENT, "A rhythm in %d/%d is not possible; a bar has at most %d whole sixteenths.",
                       r->numerator, r->denominator, TB_RHYTHM_BAR_STEPS);
    if (!(r->tempo >= TB_SLOWEST && r->tempo <= TB_FASTEST))
        return tb_fail(TB_ERR_ARGUMENT, "The tempo %g is not one of %d to %d.", r->tempo, TB_SLOWEST, TB_FASTEST);
    const int n = tb_rhythm_steps(r);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = r->cell[t][d];
            const bool rest = hit.velocity == 0 && hit.offset == 0;
            if (!rest &&
                !(t < n && hit.velocity >= 1 / 127.0f && hit.velocity <= 1 && hit.offset > -0.5f && hit.offset <= 0.5f))
                return tb_fail(TB_ERR_ARGUMENT,
                               "The hit of drum %d at step %d is not possible: velocity %g, offset %g.", d + 1, t + 1,
                               (double)hit.velocity, (double)hit.offset);
        }
    return TB_OK;
}

TbStatus tbi_play_new(const TbRhythmModel *model, const TbRhythmOptions *options, size_t n, Play *p) {
    *p = (Play){.model = model, .n = n, .latent = (size_t)model->sizes.latent};
    TbStatus status = tbi_options_read(options, &p->o, sizeof p->o);
    if (status == TB_OK)
        status = check_options(&p->o);
    if (status)
        return status;
    tb_rng_seed(&p->rng, p->o.seed);
    p->lesson = tbi_arena_alloc(&p->memory, n, sizeof *p->lesson);
    p->item = tbi_arena_alloc(&p->memory, n, sizeof *p->item);
    p->given = tbi_arena_alloc(&p->memory, n, sizeof *p->given);
    p->output = tbi_arena_alloc(&p->memory, n, sizeof *p->output);
    p->mu = tbi_arena_floats(&p->memory, n * p->latent);
    p->logvar = tbi_arena_floats(&p->memory, n * p->latent);
    p->z = tbi_arena_floats(&p->memory, n * p->latent);
    p->noise = tbi_arena_floats(&p->memory, p->latent);
    status = p->memory.failed ? tbi_no_memory("for %zu rhythms", n)
                              : tbi_rhythm_network_new(&model->sizes, model->params, n, 1, &p->net);
    if (status) {
        tbi_play_free(p);
        return status;
    }
    tbi_rhythm_pack(p->net, NULL);
    return TB_OK;
}

void tbi_play_free(Play *p) {
    tbi_rhythm_network_free(p->net);
    tbi_arena_free(&p->memory);
}

void tbi_play_give(Play *p, size_t i, const TbRhythm *rhythm, Given seen, Given told) {
    RhythmLesson *l = &p->lesson[i];
    p->given[i] = *rhythm;
    tb_rhythm_shift(&p->given[i], *p->model->facts.early);
    tbi_rhythm_give(&l->seen, seen);
    tbi_rhythm_give(&l->told, told);
    l->item = (RhythmItem){&p->given[i], &l->seen, &l->told, l->tap, p->o.style};
}

void tbi_play_encode(Play *p) {
    for (size_t i = 0; i < p->n; i++)
        p->item[i] = p->lesson[i].item;
    tbi_rhythm_encode(p->net, p->item, p->n, NULL, p->mu, p->logvar);
}

void tbi_play_decode(Play *p) {
    for (size_t i = 0; i < p->n; i++)
        p->item[i] = p->lesson[i].item;
    tbi_rhythm_decode(p->net, p->item, p->n, p->z, NULL, p->output);
}

void tbi_play_repeat(Play *p, size_t n) {
    p->n = n;
    for (size_t i = 1; i < n; i++) {
        p->lesson[i].item = p->lesson[0].item;
        memcpy(p->mu + i * p->latent, p->mu, p->latent * sizeof *p->mu);
        memcpy(p->logvar + i * p->latent, p->logvar, p->latent * sizeof *p->logvar);
    }
}

/* A cluster of the kind: how likely it is, is its share. Metres other than 4/4 have too few patterns for styles. */
static const float *draw_centre(Play *p) {
    const RhythmFacts *f = &p->model->facts;
    const bool other = tb_rhythm_steps(p->lesson[0].item.pattern) != RHYTHM_SLOTS;
    const float *share = f->share + (size_t)(other ? RHYTHM_OTHER_METRES : p->o.style) * RHYTHM_CENTRES;
    float left = tb_rng_uniform(&p->rng);
    size_t chosen = 0;
    for (size_t k = 0; k < RHYTHM_CENTRES && left >= 0; k++)
        if (share[k] > 0) {
            chosen = k;
            left -= share[k];
        }
    return f->centre + chosen * p->latent;
}

void tbi_play_draw_prior(Play *p, float *z) {
    const float *centre = draw_centre(p), *factor = p->model->facts.factor;
    for (size_t k = 0; k < p->latent; k++)
        p->noise[k] = (float)p->o.temperature * tb_rng_normal(&p->rng);
    for (size_t i = 0; i < p->latent; i++) {
        z[i] = centre[i];
        for (size_t k = 0; k <= i; k++)
            z[i] += factor[i * p->latent + k] * p->noise[k];
    }
}

void tbi_play_draw_posterior(Play *p) {
    for (size_t k = 0; k < p->n * p->latent; k++)
        p->z[k] = p->mu[k] + (float)p->o.temperature * expf(0.5f * p->logvar[k]) * tb_rng_normal(&p->rng);
    tbi_play_decode(p);
}

TbDrumHit tbi_play_hit(Play *p, size_t i, int step, int drum, bool random) {
    const RhythmFacts *f = &p->model->facts;
    TbDrumHit hit = p->output[i].hit[step][drum];
    hit.offset -= *f->early;
    if (random) {
        const float noise = (float)p->o.temperature;
        hit.velocity += noise * f->velocity[drum] * tb_rng_normal(&p->rng);
        hit.offset += noise * f->offset[drum] * tb_rng_normal(&p->rng);
    }
    hit.velocity = fminf(fmaxf(hit.velocity, 1 / 127.0f), 1);
    hit.offset = fminf(fmaxf(hit.offset, -0.4999f), 0.5f);
    return hit;
}

void tbi_play_finish(Play *p, size_t i, const TbRhythm *source, const bool (*locked)[TB_DRUM_CLASSES], bool random,
                     const float (*bias)[TB_DRUM_CLASSES], TbRhythm *out) {
    TbRhythm made;
    const float threshold = tbi_play_threshold(p, random);
    float highest = -INFINITY;
    int best_step = 0, best_drum = 0;
    tb_rhythm_clear(source->numerator, source->denominator, source->tempo, &made);
    for (int t = 0; t < tb_rhythm_steps(source); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            float x = p->output[i].logit[t][d] - threshold;
            x += tbi_rhythm_knob_logit(source, p->o.knob, t) + (bias ? bias[t][d] : 0);
            if (random) {
                const float u = (float)(tb_rng_next(&p->rng) + 0.5) / 4294967296.0f;
                x += HIT_NOISE * (float)p->o.temperature * logf(u / (1 - fminf(u, 0.9999999f)));
            }
            const TbDrumHit hit = tbi_play_hit(p, i, t, d, random);
            if (locked && locked[t][d])
                made.cell[t][d] = source->cell[t][d];
            else if (x > 0)
                made.cell[t][d] = hit;
            else if (x > highest) {
                highest = x;
                best_step = t;
                best_drum = d;
            }
        }
    if (tb_rhythm_hits(&made) == 0)
        made.cell[best_step][best_drum] = tbi_play_hit(p, i, best_step, best_drum, false);
    tbi_rhythm_knob_play(&made, p->o.knob, locked);
    *out = made;
}
