/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backpropagates through a frozen decoder: the gradient of a loss on decoded frames with respect to latents that
 * another network predicts. */
#include "base/no_memory.h"
#include "nn/tape.h"
#include "nn/thread_pool.h"
#include "vae/network.h"
#include "vae/training.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct TbPullback {
    TbArena memory; /* first: tbi_arena_free_owner */
    const TbVae *vae;
    TbThreadPool *pool;
    size_t rows, n; /* maximum; of the last forward */
    TbTape tape;
    TbFlow flow;
    size_t product_size;
    float *x, *y;    /* x: [rows][latent + condition], padded */
    float *products; /* [workers][product_size] */
    float *slabs;    /* [workers][n_params]: weight gradients, which are discarded */
    struct {
        const float *z, *condition, *dy;
        float *dz;
    } job;
};

static void set_up(TbPullback *p) {
    const TbVaeConfig *c = &p->vae->config;
    size_t n_workers = (size_t)tbi_thread_pool_count(p->pool);
    tbi_tape_init(&p->tape, p->vae->params, &p->vae->decoder, tbi_matmul_default(), p->rows, p->rows, &p->memory,
                  &p->product_size, &p->flow);
    p->flow.flow[0] = tbi_arena_floats(&p->memory, p->rows * p->flow.widest);
    p->flow.flow[1] = tbi_arena_floats(&p->memory, p->rows * p->flow.widest);
    p->x = tbi_arena_floats(&p->memory, p->rows * tb_padded(c->latent_dim + c->condition_dim));
    p->y = tbi_arena_floats(&p->memory, p->rows * (size_t)c->output_dim);
    p->product_size = (p->product_size + 15) / 16 * 16;
    p->products = tbi_arena_floats(&p->memory, n_workers * p->product_size);
    p->slabs = tbi_arena_floats(&p->memory, n_workers * p->vae->parameters.n_params);
}

static void pack_weights(TbPullback *p) {
    for (int i = 0; i < p->vae->decoder.n_layers; i++) {
        tbi_linear_pack(&p->tape.linear[i], false);
        tbi_linear_pack(&p->tape.linear[i], true);
    }
}

TbStatus tbi_pullback_new(const TbVae *vae, size_t rows, TbPullback **pullback) {
    TbPullback *p = *pullback = calloc(1, sizeof *p);
    TbStatus status = p ? tbi_thread_pool_new(tbi_threads(), &p->pool) : tbi_no_memory("to train");
    if (status == TB_OK) {
        p->vae = vae;
        p->rows = rows;
        set_up(p);
        if (!p->memory.failed) {
            pack_weights(p);
            return TB_OK;
        }
    }
    tbi_pullback_free(p);
    *pullback = NULL;
    return tbi_no_memory("to train with %zu rows", rows);
}

void tbi_pullback_free(TbPullback *p) {
    if (p)
        tbi_thread_pool_free(p->pool);
    tbi_arena_free_owner(p);
}

static TbShare share_of(const TbPullback *p, int index) {
    return tb_share(p->n, (size_t)tbi_thread_pool_count(p->pool), (size_t)index);
}

static void forward_share(void *context, int index) {
    TbPullback *p = context;
    const TbVaeConfig *c = &p->vae->config;
    size_t latent = (size_t)c->latent_dim, extra = (size_t)c->condition_dim, out = (size_t)c->output_dim;
    size_t ldx = tb_padded(c->latent_dim + c->condition_dim);
    TbShare rows = share_of(p, index);
    if (rows.n == 0)
        return;
    for (size_t i = rows.first; i < rows.first + rows.n; i++) {
        memcpy(p->x + i * ldx, p->job.z + i * latent, latent * sizeof(float));
        if (extra)
            memcpy(p->x + i * ldx + latent, p->job.condition + i * extra, extra * sizeof(float));
    }
    tbi_tape_forward(&p->tape, p->x + rows.first * ldx, rows, p->y + rows.first * out, out,
                     p->products + (size_t)index * p->product_size);
}

const float *tbi_pullback_forward(TbPullback *p, const float *z, const float *condition, size_t n) {
    assert(n <= p->rows);
    p->n = n;
    p->job.z = z;
    p->job.condition = condition;
    tbi_thread_pool_run(p->pool, forward_share, p);
    return p->y;
}

static void backward_share(void *context, int index) {
    TbPullback *p = context;
    const TbVaeConfig *c = &p->vae->config;
    size_t latent = (size_t)c->latent_dim, out = (size_t)c->output_dim;
    size_t ldx = tb_padded(c->latent_dim + c->condition_dim);
    TbShare rows = share_of(p, index);
    if (rows.n == 0)
        return;
    const float *dx = tbi_tape_backward(&p->tape, p->x + rows.first * ldx, p->job.dy + rows.first * out, out, rows,
                                        p->slabs + (size_t)index * p->vae->parameters.n_params, TB_BACKWARD_INPUT,
                                        &p->flow, p->products + (size_t)index * p->product_size);
    for (size_t i = 0; i < rows.n; i++)
        memcpy(p->job.dz + (rows.first + i) * latent, dx + i * ldx, latent * sizeof(float));
}

void tbi_pullback_backward(TbPullback *p, const float *dy, float *dz) {
    p->job.dy = dy;
    p->job.dz = dz;
    tbi_thread_pool_run(p->pool, backward_share, p);
}
