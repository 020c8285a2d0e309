/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss and its gradients. */
#include "nn/bernoulli_loss.h"
#include "nn/layer_norm.h"
#include "rhythm/network.h"

#include <math.h>

/* ---- loss ---- */

/* How the hits are played counts where it is not given. The offset counts by the time it takes, so that slow pieces,
 * where an error is heard more, weigh more. */
static void loss_of_playing(RhythmWorker *w, const RhythmBatch *batch, const RhythmItem *item, int step, size_t row,
                            float scale) {
    const RhythmLoss *l = &batch->loss;
    const float *y = w->out + row * RHYTHM_LD_OUT;
    float *dy = w->dout + row * RHYTHM_LD_OUT;
    const float slow = 0.5f + 0.5f * 110 / (float)item->pattern->tempo;
    for (int d = 0; d < TB_DRUM_CLASSES; d++) {
        const TbDrumHit hit = item->pattern->cell[step][d];
        float *dvelocity = &dy[TB_DRUM_CLASSES + d], *doffset = &dy[2 * TB_DRUM_CLASSES + d];
        *dvelocity = *doffset = 0;
        if (!(hit.velocity > 0) || item->told->cell[step][d] == GIVEN_ALL)
            continue;
        float v = 1 / (1 + expf(-y[TB_DRUM_CLASSES + d])), o = tanhf(y[2 * TB_DRUM_CLASSES + d]);
        float ev = v - hit.velocity, eo = 0.5f * o - hit.offset, bent = sqrtf(1 + eo * eo / (l->bend * l->bend));
        w->losses.velocity += (double)(ev * ev);
        w->losses.offset += (double)(slow * l->bend * l->bend * (bent - 1));
        *dvelocity = scale * l->velocity * 2 * ev * v * (1 - v);
        *doffset = scale * l->offset * slow * eo / bent * 0.5f * (1 - o * o);
    }
}

void tbi_rhythm_loss(RhythmNetwork *net, RhythmWorker *w, const RhythmBatch *batch) {
    const float scale = 1 / (float)batch->n;
    w->losses = (RhythmLosses){0};
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t row = w->first[t]; row < w->first[t + 1]; row++) {
            const RhythmItem *item = &batch->items[w->order[w->sequence[row]]];
            for (size_t d = 0; d < TB_DRUM_CLASSES; d++) {
                const size_t at = row * TB_DRUM_CLASSES + d;
                w->logits[at] = w->out[row * RHYTHM_LD_OUT + d];
                w->target[at] = item->pattern->cell[t][d].velocity > 0;
                w->weight[at] = item->told->cell[t][d] == GIVEN_NOTHING;
            }
            loss_of_playing(w, batch, item, (int)t, row, scale);
        }
    w->losses.hits = tbi_bernoulli_loss(w->logits, w->target, w->weight, w->n_rows, TB_DRUM_CLASSES, scale, w->logits);
    for (size_t row = 0; row < w->n_rows; row++)
        memcpy(w->dout + row * RHYTHM_LD_OUT, w->logits + row * TB_DRUM_CLASSES, TB_DRUM_CLASSES * sizeof(float));
    const size_t latent = (size_t)net->sizes.latent;
    for (size_t i = 0; i < w->n; i++) { /* of q(z) from N(0, 1): Kingma and Welling 2014, appendix B */
        const float *mu = w->mu + i * latent, *logvar = w->bottleneck + (2 * i + 1) * latent;
        double kl = 0;
        for (size_t k = 0; k < latent; k++)
            kl += 0.5 * (double)(mu[k] * mu[k] + expf(logvar[k]) - 1 - logvar[k]);
        w->losses.kl += kl;
        float active = kl > (double)batch->loss.free ? scale * batch->loss.kl : 0; /* free bits: Kingma et al. 2016 */
        for (size_t k = 0; k < latent; k++) {
            w->dbottleneck[2 * i * latent + k] = active * mu[k];
            w->dbottleneck[(2 * i + 1) * latent + k] = active * 0.5f * (expf(logvar[k]) - 1);
        }
    }
}

/* ---- gradients ---- */

void tbi_rhythm_decoder_backward(RhythmNetwork *net, RhythmWorker *w, TbDropout drop, float *gradients) {
    const RhythmSizes *s = &net->sizes;
    const RhythmLayout *at = &net->at;
    const size_t code = (size_t)s->code, flat = rhythm_flat(s), in = rhythm_decoder_in(s);
    const size_t last = rhythm_width(s, RHYTHM_DECODERS), both = 2 * (size_t)s->decoder, ld = tb_padded(s->latent);
    tbi_bias_backward(w->dout, RHYTHM_LD_OUT, w->n_rows, RHYTHM_OUTPUTS, gradients + at->out_bias);
    tbi_linear_backward_weight(&net->out, w->dout, RHYTHM_LD_OUT, w->y[RHYTHM_DECODERS], last, w->n_rows,
                               gradients + at->out, w->scratch);
    tbi_linear_backward_input(&net->out, w->dout, RHYTHM_LD_OUT, w->n_rows, w->dy[RHYTHM_DECODERS], last, w->scratch);
    for (size_t row = 0; row < w->n_rows; row++)
        memcpy(w->dy[0] + row * in, w->dy[RHYTHM_DECODERS] + row * last + both, in * sizeof(float));
    for (int i = RHYTHM_DECODERS - 1; i >= 0; i--) {
        const size_t width = rhythm_width(s, i + 1), below = rhythm_width(s, i);
        if (i > 0)
            memset(w->dy[i], 0, w->n_rows * below * sizeof(float));
        tbi_dropout((TbDropout){drop.key + (uint32_t)i, drop.rate}, w->id, w->n_rows, both, w->dy[i + 1], width);
        tbi_bi_backward(&net->decoder[i], w, w->y[i], below, w->dy[i + 1], width, &w->decoder[i], w->dy[i], below,
                        gradients);
    }
    memset(w->dflat, 0, w->n * flat * sizeof(float));
    for (size_t row = 0; row < w->n_rows; row++)
        for (size_t k = 0; k < code; k++)
            w->dflat[w->sequence[row] * flat + w->slot[row] * code + k] += w->dy[0][row * in + k];
    tbi_linear_backward_weight(&net->linear_from, w->dflat, flat, w->z, ld, w->n, gradients + at->linear_from,
                               w->scratch);
    tbi_linear_backward_input(&net->linear_from, w->dflat, flat, w->n, w->dz, ld, w->scratch);
    const float *dz = tbi_tape_backward(&net->from_z, w->z, w->dflat, flat, w->share, gradients, TB_BACKWARD_BOTH,
                                        &net->flow, w->scratch);
    for (size_t i = 0; i < w->n * ld; i++)
        w->dz[i] += dz[i];
}

void tbi_rhythm_encoder_backward(RhythmNetwork *net, RhythmWorker *w, const RhythmBatch *batch, float *gradients) {
    const RhythmSizes *s = &net->sizes;
    const RhythmLayout *at = &net->at;
    const size_t code = (size_t)s->code, flat = rhythm_flat(s), latent = (size_t)s->latent, ld = tb_padded(s->latent);
    const size_t both = 2 * (size_t)s->encoder, wide = both + RHYTHM_INPUTS;
    for (size_t i = 0; i < w->n; i++) /* z = mu + exp(logvar / 2) noise */
        for (size_t k = 0; k < latent; k++) {
            const float dz = w->dz[i * ld + k], logvar = w->bottleneck[(2 * i + 1) * latent + k];
            w->dbottleneck[2 * i * latent + k] += dz;
            if (batch->noise)
                w->dbottleneck[(2 * i + 1) * latent + k] +=
                    0.5f * dz * expf(0.5f * logvar) * batch->noise[w->order[i] * latent + k];
        }
    tbi_linear_backward_weight(&net->linear_to, w->dbottleneck, 2 * latent, w->flat, flat, w->n,
                               gradients + at->linear_to, w->scratch);
    tbi_linear_backward_input(&net->linear_to, w->dbottleneck, 2 * latent, w->n, w->dlinear, flat, w->scratch);
    const float *dflat = tbi_tape_backward(&net->to_z, w->flat, w->dbottleneck, 2 * latent, w->share, gradients,
                                           TB_BACKWARD_BOTH, &net->flow, w->scratch);
    for (size_t row = 0; row < w->n_rows; row++)
        for (size_t k = 0; k < code; k++) {
            const size_t from = w->sequence[row] * flat + w->slot[row] * code + k;
            w->dcode[row * code + k] = w->dlinear[from] + dflat[from];
        }
    tbi_bias_backward(w->dcode, code, w->n_rows, s->code, gradients + at->code_bias);
    tbi_linear_backward_weight(&net->code, w->dcode, code, w->h, wide, w->n_rows, gradients + at->code, w->scratch);
    tbi_linear_backward_input(&net->code, w->dcode, code, w->n_rows, w->dh, wide, w->scratch);
    tbi_bi_backward(&net->encoder, w, w->x, RHYTHM_INPUTS, w->dh, wide, &w->encoder, NULL, 0, gradients);
}

/* ---- the whole ---- */

static void run_share(void *context, int index) {
    RhythmNetwork *net = context;
    RhythmWorker *w = &net->worker[index];
    const RhythmBatch *batch = net->job.batch;
    const size_t latent = (size_t)net->sizes.latent, ld = tb_padded(net->sizes.latent);
    float *gradients = net->job.training ? tbi_training_worker_gradients(net->job.training, index) : NULL;
    tbi_rhythm_take(w, batch->items, tb_share(batch->n, (size_t)net->n_workers, (size_t)index));
    w->losses = (RhythmLosses){0};
    if (w->n == 0)
        return;
    tbi_rhythm_encoder_forward(net, w, batch->items);
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < latent; k++) {
            const float noise = batch->noise ? batch->noise[w->order[i] * latent + k] : 0;
            w->z[i * ld + k] = w->mu[i * latent + k] + expf(0.5f * w->bottleneck[(2 * i + 1) * latent + k]) * noise;
        }
    tbi_rhythm_decoder_forward(net, w, batch->items, batch->drop);
    tbi_rhythm_loss(net, w, batch);
    if (!gradients)
        return;
    tbi_rhythm_decoder_backward(net, w, batch->drop, gradients);
    tbi_rhythm_encoder_backward(net, w, batch, gradients);
}

RhythmLosses tbi_rhythm_run(RhythmNetwork *net, const RhythmBatch *batch, TbTraining *training) {
    TbThreadPool *pool = training ? tbi_training_pool(training) : NULL;
    net->job = (RhythmJob){.batch = batch, .training = training};
    if (pool)
        tbi_thread_pool_run(pool, run_share, net);
    else
        for (int i = 0; i < net->n_workers; i++)
            run_share(net, i);
    RhythmLosses sum = {0};
    for (int i = 0; i < net->n_workers; i++) {
        const RhythmLosses *l = &net->worker[i].losses;
        sum.hits += l->hits, sum.velocity += l->velocity, sum.offset += l->offset, sum.kl += l->kl;
    }
    return sum;
}
