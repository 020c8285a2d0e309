/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/layer_norm.h"
#include "rhythm/network.h"

#include <math.h>

void tbi_rhythm_encoder_forward(RhythmNetwork *net, RhythmWorker *w, const RhythmItem *items) {
    const RhythmSizes *s = &net->sizes;
    const size_t code = (size_t)s->code, flat = rhythm_flat(s), latent = (size_t)s->latent;
    const size_t both = 2 * (size_t)s->encoder, wide = both + RHYTHM_INPUTS;
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t row = w->first[t]; row < w->first[t + 1]; row++) {
            const RhythmItem *item = &items[w->order[w->sequence[row]]];
            tbi_rhythm_features(item, item->seen, (int)t, w->x + row * RHYTHM_INPUTS);
            memcpy(w->h + row * wide + both, w->x + row * RHYTHM_INPUTS, RHYTHM_INPUTS * sizeof *w->h);
        }
    tbi_bi_forward(&net->encoder, w, w->x, RHYTHM_INPUTS, &w->encoder, w->h, wide);
    tbi_linear_forward(&net->code, w->h, wide, w->n_rows, w->code, code, w->scratch);
    tbi_bias_forward(w->code, code, w->n_rows, s->code, net->params + net->at.code_bias);
    memset(w->flat, 0, w->n * flat * sizeof *w->flat);
    for (size_t row = 0; row < w->n_rows; row++)
        for (size_t k = 0; k < code; k++)
            w->flat[w->sequence[row] * flat + w->slot[row] * code + k] += w->code[row * code + k];
    tbi_tape_forward(&net->to_z, w->flat, w->share, w->bottleneck, 2 * latent, w->scratch);
    tbi_linear_forward(&net->linear_to, w->flat, flat, w->n, w->mu, latent, w->scratch);
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < latent; k++)
            w->mu[i * latent + k] += w->bottleneck[i * 2 * latent + k];
}

void tbi_rhythm_decoder_forward(RhythmNetwork *net, RhythmWorker *w, const RhythmItem *items, TbDropout drop) {
    const RhythmSizes *s = &net->sizes;
    const size_t code = (size_t)s->code, flat = rhythm_flat(s), in = rhythm_decoder_in(s);
    tbi_tape_forward(&net->from_z, w->z, w->share, w->flat2, flat, w->scratch);
    tbi_linear_forward(&net->linear_from, w->z, tb_padded(s->latent), w->n, w->dflat, flat, w->scratch);
    for (size_t i = 0; i < w->n * flat; i++)
        w->flat2[i] += w->dflat[i];
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t row = w->first[t]; row < w->first[t + 1]; row++) {
            const RhythmItem *item = &items[w->order[w->sequence[row]]];
            float *x = w->y[0] + row * in;
            memcpy(x, w->flat2 + w->sequence[row] * flat + w->slot[row] * code, code * sizeof *x);
            tbi_rhythm_features(item, item->told, (int)t, x + code);
        }
    for (int i = 0; i < RHYTHM_DECODERS; i++) {
        const size_t width = rhythm_width(s, i + 1), both = 2 * (size_t)s->decoder;
        tbi_bi_forward(&net->decoder[i], w, w->y[i], rhythm_width(s, i), &w->decoder[i], w->y[i + 1], width);
        tbi_dropout((TbDropout){drop.key + (uint32_t)i, drop.rate}, w->id, w->n_rows, both, w->y[i + 1], width);
    }
    const size_t last = rhythm_width(s, RHYTHM_DECODERS), both = 2 * (size_t)s->decoder;
    for (size_t row = 0; row < w->n_rows; row++)
        memcpy(w->y[RHYTHM_DECODERS] + row * last + both, w->y[0] + row * in, in * sizeof(float));
    tbi_linear_forward(&net->out, w->y[RHYTHM_DECODERS], last, w->n_rows, w->out, RHYTHM_LD_OUT, w->scratch);
    tbi_bias_forward(w->out, RHYTHM_LD_OUT, w->n_rows, RHYTHM_OUTPUTS, net->params + net->at.out_bias);
}

/* ---- without gradients ---- */

static void each_worker(RhythmNetwork *net, TbThreadPool *pool, void (*work)(void *, int)) {
    if (pool)
        tbi_thread_pool_run(pool, work, net);
    else
        for (int i = 0; i < net->n_workers; i++)
            work(net, i);
}

static void encode_share(void *context, int index) {
    RhythmNetwork *net = context;
    RhythmWorker *w = &net->worker[index];
    const RhythmBatch *batch = net->job.batch;
    const size_t latent = (size_t)net->sizes.latent;
    tbi_rhythm_take(w, batch->items, tb_share(batch->n, (size_t)net->n_workers, (size_t)index));
    if (w->n == 0)
        return;
    tbi_rhythm_encoder_forward(net, w, batch->items);
    for (size_t i = 0; i < w->n; i++) {
        memcpy(net->job.mu + w->order[i] * latent, w->mu + i * latent, latent * sizeof(float));
        if (net->job.logvar)
            memcpy(net->job.logvar + w->order[i] * latent, w->bottleneck + (2 * i + 1) * latent,
                   latent * sizeof(float));
    }
}

static void decode_share(void *context, int index) {
    RhythmNetwork *net = context;
    RhythmWorker *w = &net->worker[index];
    const RhythmBatch *batch = net->job.batch;
    const size_t latent = (size_t)net->sizes.latent, ld = tb_padded(net->sizes.latent);
    tbi_rhythm_take(w, batch->items, tb_share(batch->n, (size_t)net->n_workers, (size_t)index));
    if (w->n == 0)
        return;
    for (size_t i = 0; i < w->n; i++)
        memcpy(w->z + i * ld, net->job.z + w->order[i] * latent, latent * sizeof(float));
    tbi_rhythm_decoder_forward(net, w, batch->items, batch->drop);
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t row = w->first[t]; row < w->first[t + 1]; row++) {
            RhythmOutput *out = &net->job.output[w->order[w->sequence[row]]];
            const float *y = w->out + row * RHYTHM_LD_OUT;
            for (int d = 0; d < TB_DRUM_CLASSES; d++) {
                out->logit[t][d] = y[d];
                out->hit[t][d].velocity = 1 / (1 + expf(-y[TB_DRUM_CLASSES + d]));
                out->hit[t][d].offset = 0.5f * tanhf(y[2 * TB_DRUM_CLASSES + d]);
            }
        }
}

void tbi_rhythm_encode(RhythmNetwork *net, const RhythmItem *items, size_t n, TbThreadPool *pool, float *mu,
                       float *logvar) {
    const RhythmBatch batch = {.items = items, .n = n};
    net->job = (RhythmJob){.batch = &batch, .mu = mu, .logvar = logvar};
    each_worker(net, pool, encode_share);
}

void tbi_rhythm_decode(RhythmNetwork *net, const RhythmItem *items, size_t n, const float *z, TbThreadPool *pool,
                       RhythmOutput *out) {
    const RhythmBatch batch = {.items = items, .n = n};
    net->job = (RhythmJob){.batch = &batch, .z = z, .output = out};
    each_worker(net, pool, decode_share);
}
