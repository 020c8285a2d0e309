/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/phrases.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>

void tbi_melody_draw_phrases(const TbMelodyModel *model, int numerator, int denominator, size_t n, TbRng *rng,
                             float *z) {
    static const float MIDDLE = 0.4f, VARIED = 0.5f; /* nearer to the middle of all: what is rare is easily overdone */
    const MelodyFacts *f = &model->facts;
    const float metre = (float)tbi_melody_metre_class(numerator, denominator);
    size_t alike = 0, chosen = tb_rng_next(rng) % MELODY_BANK;
    for (size_t i = 0; i < MELODY_BANK; i++) /* each of the alike ones is as likely */
        if (f->metres[i] == metre && tb_rng_next(rng) % ++alike == 0)
            chosen = i;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MELODY_LATENT; k++)
            z[i * MELODY_LATENT + k] =
                MIDDLE * f->phrases[chosen * MELODY_LATENT + k] + VARIED * f->spread[k] * tb_rng_normal(rng);
}

TbStatus tbi_melody_phrases_of(const TbMelodyModel *model, const TbMelody *melody, float *z) {
    const size_t n = tbi_melody_phrases(melody->n_bars);
    const MelodyReader reader = tbi_melody_reader(melody);
    MelodyStep *steps = calloc(melody->n_notes + 1, sizeof *steps);
    size_t *notes = calloc(n, sizeof *notes);
    TbStatus status = steps && notes ? TB_OK : tbi_no_memory("for the phrases of a melody");
    if (status == TB_OK) {
        for (size_t i = 0; i < melody->n_notes; i++)
            tbi_melody_step(&reader, i, &steps[i]);
        tbi_melody_encode(&model->at.latent, model->params, steps, melody->n_notes, n, z, notes);
    }
    free(steps);
    free(notes);
    return status;
}

static double dot(const float *a, const float *b) {
    double sum = 0;
    for (size_t k = 0; k < MELODY_LATENT; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

void tbi_melody_mix_phrases(const float *a, const float *b, size_t n, double t, float *z) {
    for (size_t i = 0; i < n; i++, a += MELODY_LATENT, b += MELODY_LATENT, z += MELODY_LATENT) {
        const double length_a = sqrt(dot(a, a)), length_b = sqrt(dot(b, b));
        const double cosine = dot(a, b) / (length_a * length_b + 1e-12);
        const double angle = acos(fmax(-1, fmin(1, cosine)));
        double of_a = 1 - t, of_b = t; /* nearly parallel: the chord is the arc */
        if (angle > 1e-3 && angle < 3.14) {
            const double length = (1 - t) * length_a + t * length_b;
            of_a = sin((1 - t) * angle) / sin(angle) * length / length_a;
            of_b = sin(t * angle) / sin(angle) * length / length_b;
        }
        for (size_t k = 0; k < MELODY_LATENT; k++)
            z[k] = (float)(of_a * (double)a[k] + of_b * (double)b[k]);
    }
}
