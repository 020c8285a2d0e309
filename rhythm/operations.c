/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model does. */
#include "rhythm/knobs.h"
#include "rhythm/play.h"

#include <math.h>

static TbStatus finish(Play *p, TbStatus status) {
    tbi_play_free(p);
    return status;
}

static TbStatus begin(const TbRhythmModel *model, const TbRhythmOptions *options, const TbRhythm *rhythm, double amount,
                      Play *p) {
    TbStatus status = tbi_rhythm_check(rhythm);
    if (status)
        return status;
    if (!(amount >= 0 && amount <= 1))
        return tb_fail(TB_ERR_ARGUMENT, "The amount %g is not one of 0 to 1.", amount);
    return tbi_play_new(model, options, 1, p);
}

TbStatus tb_rhythm_draw(const TbRhythmModel *model, const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    TbRhythm empty;
    TbStatus status = tbi_play_new(model, options, 1, &p);
    if (status)
        return status;
    const bool possible = tb_rhythm_metre_is_possible(p.o.numerator, p.o.denominator);
    tb_rhythm_clear(possible ? p.o.numerator : 0, possible ? p.o.denominator : 0, p.o.tempo, &empty);
    if (!possible)
        status = tb_fail(TB_ERR_ARGUMENT, "A rhythm in %d/%d is not possible; a bar has at most %d whole sixteenths.",
                         p.o.numerator, p.o.denominator, TB_RHYTHM_BAR_STEPS);
    else
        status = tbi_rhythm_check(&empty);
    if (status)
        return finish(&p, status);
    tbi_play_give(&p, 0, &empty, GIVEN_NOTHING, GIVEN_NOTHING);
    tbi_play_draw_prior(&p, p.z);
    tbi_play_decode(&p);
    tbi_play_finish(&p, 0, &empty, NULL, true, NULL, out);
    return finish(&p, TB_OK);
}

/* What the decoder has to be told so that a pattern's own z gives that pattern: `margin` to the right side. */
static void correct(const Play *p, const TbRhythm *rhythm, float share, float bias[][TB_DRUM_CLASSES]) {
    const float margin = 0.5f, threshold = tbi_play_threshold(p, true);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const float x = p->output[0].logit[t][d] - threshold;
            const bool hit = rhythm->cell[t][d].velocity > 0;
            bias[t][d] = hit ? share * fmaxf(margin - x, 0) : share * fminf(-margin - x, 0);
        }
}

TbStatus tb_rhythm_vary(const TbRhythmModel *model, const TbRhythm *rhythm, double amount,
                        const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    float bias[TB_RHYTHM_STEPS][TB_DRUM_CLASSES];
    TbStatus status = begin(model, options, rhythm, amount, &p);
    if (status)
        return status;
    const RhythmFacts *f = &model->facts;
    const float *mean = f->mean + (size_t)p.o.style * p.latent, change = (float)amount;
    const float kept = sqrtf(1 - change * change); /* the variance of z stays */
    tbi_play_give(&p, 0, rhythm, GIVEN_ALL, GIVEN_NOTHING);
    tbi_play_encode(&p);
    memcpy(p.z, p.mu, p.latent * sizeof *p.z);
    tbi_play_decode(&p);
    correct(&p, rhythm, 1 - change, bias);
    const RhythmOutput own = p.output[0];
    tbi_play_draw_prior(&p, p.z);
    for (size_t k = 0; k < p.latent; k++)
        p.z[k] = mean[k] + kept * (p.mu[k] - mean[k]) + change * (p.z[k] - mean[k]);
    tbi_play_decode(&p);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++) /* how hits are played differs from the pattern as z does */
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = rhythm->cell[t][d], was = own.hit[t][d];
            TbDrumHit *said = &p.output[0].hit[t][d];
            if (!(hit.velocity > 0))
                continue;
            said->velocity += (1 - change) * (hit.velocity - was.velocity);
            said->offset += (1 - change) * (hit.offset + *f->early - was.offset);
        }
    p.o.temperature *= amount;
    tbi_play_finish(&p, 0, rhythm, NULL, true, bias, out);
    return finish(&p, TB_OK);
}

/* Between a and b on the great circle (Shoemake 1985), their lengths interpolated. */
static void slerp(const float *a, const float *b, size_t n, double at, float *z) {
    double aa = 0, bb = 0, ab = 0;
    for (size_t k = 0; k < n; k++) {
        aa += (double)(a[k] * a[k]);
        bb += (double)(b[k] * b[k]);
        ab += (double)(a[k] * b[k]);
    }
    const double length_a = sqrt(aa), length_b = sqrt(bb), c = ab / fmax(length_a * length_b, 1e-12);
    const double angle = acos(fmin(fmax(c, -1), 1)), length = length_a + at * (length_b - length_a);
    double left = 1 - at, right = at;
    if (sin(angle) > 1e-4 && length_a > 0 && length_b > 0) {
        left = sin((1 - at) * angle) / sin(angle) * length / length_a;
        right = sin(at * angle) / sin(angle) * length / length_b;
    }
    for (size_t k = 0; k < n; k++)
        z[k] = (float)(left * (double)a[k] + right * (double)b[k]);
}

TbStatus tb_rhythm_interpolate(const TbRhythmModel *model, const TbRhythm *from, const TbRhythm *to, size_t n,
                               const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    TbStatus status = tbi_rhythm_check(from);
    if (status == TB_OK)
        status = tbi_rhythm_check(to);
    if (status)
        return status;
    if (n < 2 || n > 4096)
        return tb_fail(TB_ERR_ARGUMENT, "An interpolation of %zu patterns is not possible; take 2 to 4096.", n);
    if (from->numerator != to->numerator || from->denominator != to->denominator)
        return tb_fail(TB_ERR_ARGUMENT, "Rhythms in %d/%d and in %d/%d cannot be interpolated; take two of one metre.",
                       from->numerator, from->denominator, to->numerator, to->denominator);
    status = tbi_play_new(model, options, 2, &p);
    if (status)
        return status;
    const TbRhythm start = *from, end = *to;
    tbi_play_give(&p, 0, &start, GIVEN_ALL, GIVEN_NOTHING);
    tbi_play_give(&p, 1, &end, GIVEN_ALL, GIVEN_NOTHING);
    tbi_play_encode(&p);
    p.n = 1; /* from here, one at a time */
    for (size_t i = 0; i < n; i++) {
        const double at = (double)i / (double)(n - 1);
        TbRhythm between = start;
        between.tempo = start.tempo + at * (end.tempo - start.tempo);
        tbi_play_give(&p, 0, &between, GIVEN_ALL, GIVEN_NOTHING);
        if (i == 0 || i == n - 1)
            memcpy(p.z, p.mu + (i > 0) * p.latent, p.latent * sizeof *p.z);
        else
            slerp(p.mu, p.mu + p.latent, p.latent, at, p.z);
        tbi_play_decode(&p);
        tbi_play_finish(&p, 0, &between, NULL, false, NULL, &out[i]);
    }
    return finish(&p, TB_OK);
}

TbStatus tb_rhythm_humanise(const TbRhythmModel *model, const TbRhythm *rhythm, double amount,
                            const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    TbStatus status = begin(model, options, rhythm, amount, &p);
    if (status)
        return status;
    TbRhythm made = *rhythm;
    const float share = (float)amount;
    tbi_play_give(&p, 0, rhythm, GIVEN_HIT, GIVEN_HIT);
    tbi_play_encode(&p);
    memcpy(p.z, p.mu, p.latent * sizeof *p.z);
    tbi_play_decode(&p);
    for (int t = 0; t < tb_rhythm_steps(rhythm); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            TbDrumHit *hit = &made.cell[t][d];
            if (!(hit->velocity > 0))
                continue;
            const TbDrumHit said = tbi_play_hit(&p, 0, t, d, true);
            hit->velocity = fmaxf(hit->velocity + share * (said.velocity - hit->velocity), 1 / 127.0f);
            hit->offset += share * (said.offset - hit->offset);
        }
    tbi_rhythm_knob_play(&made, p.o.knob, NULL);
    *out = made;
    return finish(&p, TB_OK);
}

TbStatus tb_rhythm_fill(const TbRhythmModel *model, const TbRhythm *rhythm, TbRhythmMask locked,
                        const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    TbStatus status = begin(model, options, rhythm, 1, &p);
    if (status)
        return status;
    tbi_play_give(&p, 0, rhythm, GIVEN_NOTHING, GIVEN_NOTHING);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            p.lesson[0].seen.cell[t][d] = p.lesson[0].told.cell[t][d] = locked[t][d] ? GIVEN_ALL : GIVEN_NOTHING;
    tbi_play_encode(&p);
    tbi_play_draw_posterior(&p);
    tbi_play_finish(&p, 0, rhythm, (const bool(*)[TB_DRUM_CLASSES])locked, true, NULL, out);
    return finish(&p, TB_OK);
}

/* Each tap is heard: the likeliest drum there becomes a hit. */
static void hear_taps(const Play *p, float bias[][TB_DRUM_CLASSES]) {
    const float certain = 1e6f;
    memset(bias, 0, TB_RHYTHM_STEPS * sizeof *bias);
    for (int t = 0; t < TB_RHYTHM_STEPS; t++) {
        int best = 0;
        for (int d = 1; d < TB_DRUM_CLASSES; d++)
            best = p->output[0].logit[t][d] > p->output[0].logit[t][best] ? d : best;
        if (p->lesson[0].tap[t].velocity > 0)
            bias[t][best] = certain;
    }
}

TbStatus tb_rhythm_from_taps(const TbRhythmModel *model, const TbRhythm *taps, bool loudness,
                             const TbRhythmOptions *options, TbRhythm *out) {
    Play p;
    TbStatus status = begin(model, options, taps, 1, &p);
    if (status)
        return status;
    tbi_play_give(&p, 0, taps, GIVEN_NOTHING, GIVEN_NOTHING);
    RhythmLesson *l = &p.lesson[0];
    l->seen.taps = l->told.taps = true;
    tbi_rhythm_taps(&p.given[0], l->tap);
    for (int t = 0; !loudness && t < TB_RHYTHM_STEPS; t++)
        if (l->tap[t].velocity > 0)
            l->tap[t].velocity = RHYTHM_TAP_VELOCITY;
    tbi_play_encode(&p);
    tbi_play_draw_posterior(&p);
    float bias[TB_RHYTHM_STEPS][TB_DRUM_CLASSES];
    hear_taps(&p, bias);
    tbi_play_finish(&p, 0, taps, NULL, true, (const float(*)[TB_DRUM_CLASSES])bias, out);
    return finish(&p, TB_OK);
}
