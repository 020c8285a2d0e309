/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/latent.h"
#include "melody/network.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"

#include <math.h>

enum { BOTH = 2 * MELODY_LATENT, WIDTH = MELODY_ENCODER };

/* ---- weights and memory ---- */

void tbi_melody_latent_lay_out(size_t embedding, size_t heads, TbParameters *table, MelodyLatentLayout *at) {
    at->symbols = tbi_parameters_add(table, ENCODER_SYMBOLS, WIDTH, true, "phrase.symbols");
    at->bias = tbi_parameters_add(table, 1, WIDTH, false, "phrase.bias");
    at->moments = tbi_parameters_add(table, BOTH, WIDTH, true, "phrase.moments.weight");
    at->moments_bias = tbi_parameters_add(table, 1, BOTH, false, "phrase.moments.bias");
    at->none = tbi_parameters_add(table, 1, MELODY_LATENT, false, "phrase.none");
    at->input = tbi_parameters_add(table, embedding, MELODY_LATENT, true, "phrase.input");
    at->heads = tbi_parameters_add(table, heads, MELODY_LATENT, true, "phrase.heads");
}

void tbi_melody_latent_initialise(const MelodyLatentLayout *at, size_t embedding, size_t heads, TbRng *rng,
                                  float *params) {
    tbi_normal_weights(params + at->symbols, ENCODER_SYMBOLS * WIDTH, 0.3, rng);
    tbi_normal_weights(params + at->moments, MELODY_LATENT * WIDTH, 1 / sqrt(WIDTH), rng);
    for (size_t k = MELODY_LATENT; k < BOTH; k++)
        params[at->moments_bias + k] = -2; /* z is exact at first, so that it is worth following */
    tbi_normal_weights(params + at->input, embedding * MELODY_LATENT, 0.1, rng);
    tbi_normal_weights(params + at->heads, heads * MELODY_LATENT, 0.1, rng);
}

void tbi_melody_phrases_init(MelodyPhrases *p, size_t sequences, size_t rows, size_t embedding, size_t heads,
                             TbArena *arena) {
    p->current = tbi_arena_alloc(arena, sequences, sizeof *p->current);
    p->phrase_of = tbi_arena_alloc(arena, rows, sizeof *p->phrase_of);
    p->is_told = tbi_arena_alloc(arena, rows, sizeof *p->is_told);
    p->notes = tbi_arena_alloc(arena, rows, sizeof *p->notes);
    p->hidden = tbi_arena_floats(arena, rows * WIDTH), p->active = tbi_arena_floats(arena, WIDTH);
    p->pooled = tbi_arena_floats(arena, rows * WIDTH), p->dpooled = tbi_arena_floats(arena, rows * WIDTH);
    p->moments = tbi_arena_floats(arena, rows * BOTH), p->dmoments = tbi_arena_floats(arena, rows * BOTH);
    p->eps = tbi_arena_floats(arena, rows * MELODY_LATENT), p->z = tbi_arena_floats(arena, rows * MELODY_LATENT);
    p->dz = tbi_arena_floats(arena, rows * MELODY_LATENT);
    p->to_input = tbi_arena_floats(arena, rows * embedding), p->to_heads = tbi_arena_floats(arena, rows * heads);
}

/* ---- the encoder ---- */

static void symbols_of(const MelodyStep *s, int32_t *symbols) {
    symbols[0] = ENCODER_PITCH + s->chosen[MELODY_PITCH];
    symbols[1] = ENCODER_GAP + s->chosen[MELODY_GAP];
    symbols[2] = ENCODER_DURATION + s->chosen[MELODY_DURATION];
    symbols[3] = ENCODER_PLACE + s->phrase_bar * TB_MELODY_BAR + s->place[1];
}

/* The hidden layer of a note, before and after its nonlinearity. */
static void read_note(const MelodyLatentLayout *at, const float *params, const MelodyStep *step, float *hidden,
                      float *active) {
    int32_t symbols[ENCODER_INPUTS];
    symbols_of(step, symbols);
    memset(hidden, 0, WIDTH * sizeof *hidden);
    tbi_embedding_forward(params + at->symbols, WIDTH, symbols, 1, ENCODER_INPUTS, hidden, 0);
    tbi_gelu_forward(hidden, WIDTH, 1, WIDTH, params + at->bias, active);
}

static void find_moments(const MelodyLatentLayout *at, const float *params, const float *pooled, float *moments) {
    tbi_linear_small(params + at->moments, WIDTH, BOTH, pooled, WIDTH, 1, moments, BOTH);
    for (size_t k = 0; k < BOTH; k++)
        moments[k] += params[at->moments_bias + k];
}

void tbi_melody_encode(const MelodyLatentLayout *at, const float *params, const MelodyStep *steps, size_t n,
                       size_t n_phrases, float *mu, size_t *notes) {
    float hidden[WIDTH], active[WIDTH], pooled[WIDTH], moments[BOTH];
    for (size_t phrase = 0, i = 0; phrase < n_phrases; phrase++) {
        memset(pooled, 0, sizeof pooled);
        notes[phrase] = 0;
        for (; i < n && (size_t)steps[i].phrase == phrase; i++, notes[phrase]++) {
            read_note(at, params, &steps[i], hidden, active);
            for (size_t k = 0; k < WIDTH; k++)
                pooled[k] += active[k];
        }
        for (size_t k = 0; k < WIDTH && notes[phrase]; k++)
            pooled[k] /= (float)notes[phrase];
        find_moments(at, params, pooled, moments);
        memcpy(mu + phrase * MELODY_LATENT, notes[phrase] ? moments : params + at->none, MELODY_LATENT * sizeof *mu);
    }
}

/* ---- the phrases of a batch ---- */

static const MelodyStep *step_of(const MelodyWorker *w, size_t row) {
    return &w->sequence[w->sequence_of[row]]->steps[w->step_of[row]];
}

/* Numbers the phrases; which are told, and their noise, comes from the step of training and the phrase's place. */
static void find_phrases(const MelodyNetwork *net, MelodyWorker *w) {
    MelodyPhrases *p = &w->phrases;
    const MelodyDropout *d = net->job.dropout;
    const uint64_t key = d ? tbi_dropout_key(d->seed, tbi_training_n_steps(net->job.training), MELODY_DROP_PHRASES) : 0;
    p->n = 0;
    for (size_t row = 0; row < tbi_steps_rows(&w->steps); row++) {
        const size_t i = w->sequence_of[row], t = w->step_of[row];
        const MelodySequence *sequence = w->sequence[i];
        if (t > 0 && sequence->steps[t].phrase == sequence->steps[t - 1].phrase) {
            p->phrase_of[row] = p->current[i];
            p->notes[p->current[i]]++;
            continue;
        }
        const size_t phrase = p->current[i] = p->phrase_of[row] = p->n++;
        TbRng rng;
        tb_rng_seed(&rng, key << 32 ^ w->id[row]);
        const bool kept = !d || tb_rng_uniform(&rng) >= d->phrase;
        p->notes[phrase] = 1;
        p->is_told[phrase] =
            sequence->latent == MELODY_LATENT_MEAN || (sequence->latent == MELODY_LATENT_DRAWN && kept);
        for (size_t k = 0; k < MELODY_LATENT; k++)
            p->eps[phrase * MELODY_LATENT + k] = sequence->latent == MELODY_LATENT_DRAWN ? tb_rng_normal(&rng) : 0;
    }
}

static double kl_of(const float *moments) {
    double kl = 0; /* from N(0, 1): Kingma and Welling 2014, appendix B */
    for (size_t k = 0; k < MELODY_LATENT; k++) {
        const float mu = moments[k], logvar = moments[MELODY_LATENT + k];
        kl += 0.5 * (double)(mu * mu + expf(logvar) - 1 - logvar);
    }
    return kl;
}

void tbi_melody_latent_forward(const MelodyNetwork *net, MelodyWorker *w) {
    MelodyPhrases *p = &w->phrases;
    const MelodyLatentLayout *at = &net->at.latent;
    const size_t embedding = (size_t)net->sizes.embedding, heads = MELODY_FIELDS * (size_t)net->sizes.head;
    find_phrases(net, w);
    memset(p->pooled, 0, p->n * WIDTH * sizeof *p->pooled);
    for (size_t row = 0; row < tbi_steps_rows(&w->steps); row++) {
        const size_t phrase = p->phrase_of[row];
        if (!p->is_told[phrase])
            continue;
        read_note(at, net->params, step_of(w, row), p->hidden + row * WIDTH, p->active);
        for (size_t k = 0; k < WIDTH; k++)
            p->pooled[phrase * WIDTH + k] += p->active[k] / (float)p->notes[phrase];
    }
    for (size_t i = 0; i < p->n; i++) {
        float *z = p->z + i * MELODY_LATENT, *moments = p->moments + i * BOTH;
        if (!p->is_told[i]) {
            memcpy(z, net->params + at->none, MELODY_LATENT * sizeof *z);
            continue;
        }
        find_moments(at, net->params, p->pooled + i * WIDTH, moments);
        for (size_t k = 0; k < MELODY_LATENT; k++)
            z[k] = moments[k] + expf(0.5f * moments[MELODY_LATENT + k]) * p->eps[i * MELODY_LATENT + k];
        w->losses.kl += kl_of(moments);
        w->losses.n_phrases++;
    }
    tbi_linear_small(net->params + at->input, MELODY_LATENT, embedding, p->z, MELODY_LATENT, p->n, p->to_input,
                     embedding);
    tbi_linear_small(net->params + at->heads, MELODY_LATENT, heads, p->z, MELODY_LATENT, p->n, p->to_heads, heads);
}

/* dx[in] += dy w, dw += dy x^T, for w[out][in] */
static void backward_small(const float *w, size_t in, size_t out, const float *x, const float *dy, float *dx,
                           float *dw) {
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++) {
            dx[i] += dy[o] * w[o * in + i];
            dw[o * in + i] += dy[o] * x[i];
        }
}

/* From dz to the gradient of mu and logvar, with that of KL. */
static void backward_moments(const MelodyNetwork *net, const float *moments, const float *eps, const float *dz,
                             float *dmoments) {
    const MelodyDropout *d = net->job.dropout; /* free bits: Kingma et al. 2016 */
    const float kl = d && kl_of(moments) > (double)d->free_bits ? d->kl / (float)net->job.n_notes : 0;
    for (size_t k = 0; k < MELODY_LATENT; k++) {
        const float variance = expf(moments[MELODY_LATENT + k]);
        dmoments[k] = dz[k] + kl * moments[k];
        dmoments[MELODY_LATENT + k] = 0.5f * (dz[k] * eps[k] * sqrtf(variance) + kl * (variance - 1));
    }
}

void tbi_melody_latent_backward(const MelodyNetwork *net, MelodyWorker *w, float *gradients) {
    MelodyPhrases *p = &w->phrases;
    const MelodyLatentLayout *at = &net->at.latent;
    const size_t embedding = (size_t)net->sizes.embedding, heads = MELODY_FIELDS * (size_t)net->sizes.head;
    memset(p->dz, 0, p->n * MELODY_LATENT * sizeof *p->dz);
    memset(p->dpooled, 0, p->n * WIDTH * sizeof *p->dpooled);
    for (size_t i = 0; i < p->n; i++) {
        const float *z = p->z + i * MELODY_LATENT;
        float *dz = p->dz + i * MELODY_LATENT, *dmoments = p->dmoments + i * BOTH;
        backward_small(net->params + at->input, MELODY_LATENT, embedding, z, p->to_input + i * embedding, dz,
                       gradients + at->input);
        backward_small(net->params + at->heads, MELODY_LATENT, heads, z, p->to_heads + i * heads, dz,
                       gradients + at->heads);
        if (!p->is_told[i]) {
            for (size_t k = 0; k < MELODY_LATENT; k++)
                gradients[at->none + k] += dz[k];
            continue;
        }
        backward_moments(net, p->moments + i * BOTH, p->eps + i * MELODY_LATENT, dz, dmoments);
        for (size_t k = 0; k < BOTH; k++)
            gradients[at->moments_bias + k] += dmoments[k];
        backward_small(net->params + at->moments, WIDTH, BOTH, p->pooled + i * WIDTH, dmoments, p->dpooled + i * WIDTH,
                       gradients + at->moments);
    }
    for (size_t row = 0; row < tbi_steps_rows(&w->steps); row++) {
        const size_t phrase = p->phrase_of[row];
        int32_t symbols[ENCODER_INPUTS];
        if (!p->is_told[phrase])
            continue;
        for (size_t k = 0; k < WIDTH; k++)
            p->active[k] = p->dpooled[phrase * WIDTH + k] / (float)p->notes[phrase];
        tbi_gelu_backward(p->active, p->hidden + row * WIDTH, WIDTH, 1, WIDTH, gradients + at->bias);
        symbols_of(step_of(w, row), symbols);
        tbi_embedding_backward(p->active, 0, WIDTH, symbols, 1, ENCODER_INPUTS, gradients + at->symbols);
    }
}
