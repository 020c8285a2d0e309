// SPDX-License-Identifier: GPL-3.0-or-later
// Training: each worker takes its share of the batch's rows through the whole network and back, with gradients of its
// own, which are then added up in the workers' order: so results repeat bit for bit at the same number of threads.
#include "vae/adam.h"
#include "vae/kernels.h"
#include "vae/network.h"
#include "vae/workers.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the forward pass of one MLP leaves for the backward pass.
typedef struct {
    float *normalised[TB_MAX_HIDDEN], *a[TB_MAX_HIDDEN]; // [batch][padded width]
    float *inverse_deviation[TB_MAX_HIDDEN];             // [batch]
} Tape;

struct TbTrainer {
    TbVae *vae;
    TbWorkers *workers;
    size_t batch, n; // rows at most, rows of the last forward
    size_t widest;   // row of `flow`; workers must not meet there though each layer has its own width
    uint64_t n_steps;
    float *gradients, *moment1, *moment2; // slabs
    float *worker_gradients;              // [workers - 1] slabs
    float *scratch;                       // one block, cut up into what follows
    Tape encoder, decoder;
    float *x;                        // [batch][padded input]
    float *encoded;                  // [batch][padded 2 latent]: mu and logvar before clamping
    float *mu, *logvar, *z, *spread; // [batch][latent]; spread = exp(logvar / 2) noise
    float *decoder_x;                // [batch][padded latent + condition]
    float *y;                        // [batch][output]
    float *flow[2];                  // [batch][widest]: gradients on their way back, in turns
    double *sums;                    // [workers]
    struct {                         // arguments of the work in hand
        const float *x, *condition, *noise, *dy, *dmu, *dlogvar;
        TbAdamStep adam;
    } job;
};

static float *cut(float **at, size_t n_floats) {
    float *piece = *at;
    *at = piece ? piece + (n_floats + 15) / 16 * 16 : NULL;
    return piece;
}

static void cut_tape(Tape *tape, const TbMlp *mlp, size_t batch, float **at, size_t *total) {
    for (int i = 0; i + 1 < mlp->n_layers; i++) {
        size_t size = batch * tb_padded(mlp->layers[i].out);
        tape->normalised[i] = cut(at, size);
        tape->a[i] = cut(at, size);
        tape->inverse_deviation[i] = cut(at, batch);
        *total += 2 * size + batch + 16;
    }
}

// Cuts the scratch block at `at`, or with at = NULL only counts. Returns the floats needed.
static size_t cut_scratch(TbTrainer *t, float *at) {
    const TbVaeConfig *c = &t->vae->config;
    size_t batch = t->batch, latent = batch * (size_t)c->latent_dim, widest = tb_padded(2 * c->latent_dim), total = 0;
    const TbMlp *mlps[2] = {&t->vae->encoder, &t->vae->decoder};
    for (int m = 0; m < 2; m++)
        for (int i = 0; i < mlps[m]->n_layers; i++)
            if (tb_padded(mlps[m]->layers[i].in) > widest)
                widest = tb_padded(mlps[m]->layers[i].in);
    t->widest = widest;
    cut_tape(&t->encoder, mlps[0], batch, &at, &total);
    cut_tape(&t->decoder, mlps[1], batch, &at, &total);
    struct {
        float **piece;
        size_t size;
    } pieces[] = {
        {&t->x, batch * tb_padded(c->input_dim)},
        {&t->encoded, batch * tb_padded(2 * c->latent_dim)},
        {&t->mu, latent},
        {&t->logvar, latent},
        {&t->z, latent},
        {&t->spread, latent},
        {&t->decoder_x, batch * tb_padded(c->latent_dim + c->condition_dim)},
        {&t->y, batch * (size_t)c->output_dim},
        {&t->flow[0], batch * widest},
        {&t->flow[1], batch * widest},
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        *pieces[i].piece = cut(&at, pieces[i].size);
        total += pieces[i].size + 16;
    }
    return total;
}

TbStatus tb_trainer_new(TbVae *vae, size_t batch_rows, TbTrainer **result) {
    *result = NULL;
    if (batch_rows < 1 || batch_rows > 1u << 20)
        return tb_fail(TB_ERR_ARGUMENT, "a batch must have 1 to %u rows", 1u << 20);
    TbTrainer *t = calloc(1, sizeof *t);
    if (!t)
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory for training");
    openblas_set_num_threads(1); // the rows are split here; its own threads would only fight ours
    t->vae = vae;
    t->batch = batch_rows;
    size_t n_params = vae->n_params, n_threads = (size_t)tb_threads(), n_scratch = cut_scratch(t, NULL);
    TbStatus status = tb_workers_new((int)n_threads, &t->workers);
    t->gradients = tb_alloc_floats(n_params);
    t->moment1 = tb_alloc_floats(n_params);
    t->moment2 = tb_alloc_floats(n_params);
    t->worker_gradients = tb_alloc_floats((n_threads - 1) * n_params);
    t->scratch = tb_alloc_floats(n_scratch);
    t->sums = calloc(n_threads, sizeof *t->sums);
    if (status == TB_OK && !(t->gradients && t->moment1 && t->moment2 && t->worker_gradients && t->scratch && t->sums))
        status =
            tb_fail(TB_ERR_NO_MEMORY, "not enough memory to train with %zu rows; ask for a smaller batch", batch_rows);
    if (status != TB_OK) {
        tb_trainer_free(t);
        return status;
    }
    memset(t->gradients, 0, n_params * sizeof(float));
    memset(t->moment1, 0, n_params * sizeof(float));
    memset(t->moment2, 0, n_params * sizeof(float));
    memset(t->scratch, 0, n_scratch * sizeof(float)); // padding columns stay zero for good
    cut_scratch(t, t->scratch);
    *result = t;
    return TB_OK;
}

void tb_trainer_free(TbTrainer *t) {
    if (!t)
        return;
    tb_workers_free(t->workers);
    free(t->gradients);
    free(t->moment1);
    free(t->moment2);
    free(t->worker_gradients);
    free(t->scratch);
    free(t->sums);
    free(t);
}

// The share of worker `index` of n things.
typedef struct {
    size_t first, n;
} Share;

static Share share(const TbTrainer *t, size_t n, int index) {
    size_t count = (size_t)tb_workers_count(t->workers), first = n * (size_t)index / count;
    return (Share){first, n * (size_t)(index + 1) / count - first};
}

static void mlp_forward(const TbVae *vae, const TbMlp *mlp, const Tape *tape, const float *x, Share rows, float *y,
                        size_t ldy) {
    const float *params = vae->params;
    size_t ldx = tb_padded(mlp->layers[0].in);
    x += rows.first * ldx;
    for (int i = 0; i < mlp->n_layers; i++) {
        const TbLayer *layer = &mlp->layers[i];
        if (!layer->hidden) {
            y += rows.first * ldy;
            tb_linear_forward(x, ldx, rows.n, layer->in, params + layer->weight, layer->out, y, ldy);
            tb_bias_forward(y, ldy, rows.n, layer->out, params + layer->bias);
            return;
        }
        size_t ld = tb_padded(layer->out);
        float *h = tape->normalised[i] + rows.first * ld, *a = tape->a[i] + rows.first * ld;
        tb_linear_forward(x, ldx, rows.n, layer->in, params + layer->weight, layer->out, h, ld);
        tb_norm_forward(h, ld, rows.n, layer->out, params + layer->bias, params + layer->scale, params + layer->shift,
                        a, tape->inverse_deviation[i] + rows.first);
        x = a;
        ldx = ld;
    }
}

// dy -> gradients, and dx into flow[0] or flow[1] (returned) unless the caller does not want it.
static const float *mlp_backward(TbTrainer *t, const TbMlp *mlp, const Tape *tape, const float *x, const float *dy,
                                 size_t lddy, Share rows, float *gradients, bool want_dx) {
    const float *params = t->vae->params;
    for (int i = mlp->n_layers - 1; i >= 0; i--) {
        const TbLayer *layer = &mlp->layers[i];
        size_t ldx = tb_padded(layer->in);
        const float *layer_x = (i ? tape->a[i - 1] : x) + rows.first * ldx;
        if (!layer->hidden)
            tb_bias_backward(dy, lddy, rows.n, layer->out, gradients + layer->bias);
        tb_linear_backward_weight(dy, lddy, layer_x, ldx, rows.n, layer->out, layer->in, gradients + layer->weight);
        if (i == 0 && !want_dx)
            return NULL;
        float *dx = t->flow[i & 1] + rows.first * t->widest;
        tb_linear_backward_input(dy, lddy, rows.n, layer->out, params + layer->weight, layer->in, dx, ldx);
        if (i > 0) {
            const TbLayer *below = &mlp->layers[i - 1];
            tb_norm_backward(dx, tape->normalised[i - 1] + rows.first * ldx, ldx, rows.n, layer->in,
                             params + below->scale, params + below->shift, tape->inverse_deviation[i - 1] + rows.first,
                             gradients + below->bias, gradients + below->scale, gradients + below->shift);
        }
        dy = dx;
        lddy = ldx;
    }
    return dy;
}

static void forward_share(void *context, int index) {
    TbTrainer *t = context;
    const TbVaeConfig *c = &t->vae->config;
    Share rows = share(t, t->n, index);
    size_t input = (size_t)c->input_dim, latent = (size_t)c->latent_dim, extra = (size_t)c->condition_dim;
    size_t ldx = tb_padded(c->input_dim), lde = tb_padded(2 * c->latent_dim);
    size_t ldd = tb_padded(c->latent_dim + c->condition_dim);
    if (rows.n == 0)
        return;
    for (size_t row = rows.first; row < rows.first + rows.n; row++)
        memcpy(t->x + row * ldx, t->job.x + row * input, input * sizeof(float));
    mlp_forward(t->vae, &t->vae->encoder, &t->encoder, t->x, rows, t->encoded, lde);
    for (size_t row = rows.first; row < rows.first + rows.n; row++) {
        const float *encoded = t->encoded + row * lde;
        for (size_t k = 0, at = row * latent; k < latent; k++, at++) {
            t->mu[at] = encoded[k];
            t->logvar[at] = fminf(fmaxf(encoded[latent + k], TB_LOGVAR_MIN), TB_LOGVAR_MAX);
            t->spread[at] = expf(0.5f * t->logvar[at]) * t->job.noise[at];
            t->z[at] = t->mu[at] + t->spread[at];
            t->decoder_x[row * ldd + k] = t->z[at];
        }
        if (extra)
            memcpy(t->decoder_x + row * ldd + latent, t->job.condition + row * extra, extra * sizeof(float));
    }
    mlp_forward(t->vae, &t->vae->decoder, &t->decoder, t->decoder_x, rows, t->y, (size_t)c->output_dim);
}

TbForward tb_trainer_forward(TbTrainer *t, const float *x, const float *condition, const float *noise, size_t n) {
    assert(n <= t->batch);
    t->n = n;
    t->job.x = x;
    t->job.condition = condition;
    t->job.noise = noise;
    tb_workers_run(t->workers, forward_share, t);
    return (TbForward){.mu = t->mu, .logvar = t->logvar, .z = t->z, .y = t->y};
}

static void backward_share(void *context, int index) {
    TbTrainer *t = context;
    const TbVaeConfig *c = &t->vae->config;
    Share rows = share(t, t->n, index);
    size_t latent = (size_t)c->latent_dim, n_params = t->vae->n_params;
    size_t lde = tb_padded(2 * c->latent_dim), ldd = tb_padded(c->latent_dim + c->condition_dim);
    float *gradients = t->gradients;
    if (index > 0) {
        gradients = t->worker_gradients + (size_t)(index - 1) * n_params;
        memset(gradients, 0, n_params * sizeof(float));
    }
    if (rows.n == 0)
        return;
    const float *dy = t->job.dy + rows.first * (size_t)c->output_dim;
    const float *dz =
        mlp_backward(t, &t->vae->decoder, &t->decoder, t->decoder_x, dy, (size_t)c->output_dim, rows, gradients, true);
    // z = mu + exp(logvar / 2) noise. The gradient of what the encoder gave takes the place of its output, which is
    // needed no more after the question of whether logvar was clamped.
    for (size_t i = 0; i < rows.n; i++) {
        float *encoded = t->encoded + (rows.first + i) * lde;
        for (size_t k = 0, at = (rows.first + i) * latent; k < latent; k++, at++) {
            float raw = encoded[latent + k];
            float dmu = dz[i * ldd + k], dlogvar = 0.5f * dz[i * ldd + k] * t->spread[at];
            encoded[k] = dmu + (t->job.dmu ? t->job.dmu[at] : 0);
            encoded[latent + k] =
                raw < TB_LOGVAR_MIN || raw > TB_LOGVAR_MAX ? 0 : dlogvar + (t->job.dlogvar ? t->job.dlogvar[at] : 0);
        }
    }
    mlp_backward(t, &t->vae->encoder, &t->encoder, t->x, t->encoded + rows.first * lde, lde, rows, gradients, false);
}

static void reduce_share(void *context, int index) {
    TbTrainer *t = context;
    Share part = share(t, t->vae->n_params, index);
    for (int i = 1; i < tb_workers_count(t->workers); i++)
        tb_add(t->gradients + part.first, t->worker_gradients + (size_t)(i - 1) * t->vae->n_params + part.first,
               part.n);
}

void tb_trainer_backward(TbTrainer *t, const float *dy, const float *dmu, const float *dlogvar) {
    t->job.dy = dy;
    t->job.dmu = dmu;
    t->job.dlogvar = dlogvar;
    tb_workers_run(t->workers, backward_share, t);
    if (tb_workers_count(t->workers) > 1)
        tb_workers_run(t->workers, reduce_share, t);
}

static void norm_share(void *context, int index) {
    TbTrainer *t = context;
    Share part = share(t, t->vae->n_params, index);
    t->sums[index] = tb_sum_of_squares(t->gradients + part.first, part.n);
}

static void step_share(void *context, int index) {
    TbTrainer *t = context;
    Share part = share(t, t->vae->n_params, index);
    for (size_t i = 0; i < t->vae->n_tensors; i++) {
        const TbTensor *tensor = &t->vae->tensors[i];
        size_t first = tensor->offset, end = first + tensor->rows * tensor->cols;
        first = first > part.first ? first : part.first;
        end = end < part.first + part.n ? end : part.first + part.n;
        if (first < end)
            tb_adam_apply(&t->job.adam, tensor->decay, end - first, t->gradients + first, t->moment1 + first,
                          t->moment2 + first, t->vae->params + first);
    }
}

double tb_trainer_step(TbTrainer *t, const TbAdamConfig *config) {
    tb_workers_run(t->workers, norm_share, t);
    double sum = 0;
    for (int i = 0; i < tb_workers_count(t->workers); i++)
        sum += t->sums[i];
    double norm = sqrt(sum);
    if (!isfinite(norm))
        return norm;
    t->n_steps++;
    t->job.adam = tb_adam_prepare(config, t->n_steps, norm);
    tb_workers_run(t->workers, step_share, t);
    return norm;
}

void tb_trainer_zero_gradients(TbTrainer *t) {
    memset(t->gradients, 0, t->vae->n_params * sizeof(float));
}
float *tb_trainer_gradients(TbTrainer *t) {
    return t->gradients;
}
float *tb_trainer_moment1(TbTrainer *t) {
    return t->moment1;
}
float *tb_trainer_moment2(TbTrainer *t) {
    return t->moment2;
}
uint64_t tb_trainer_n_steps(const TbTrainer *t) {
    return t->n_steps;
}
void tb_trainer_set_n_steps(TbTrainer *t, uint64_t n) {
    t->n_steps = n;
}
