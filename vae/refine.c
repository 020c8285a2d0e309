/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder's output is only a first guess (the amortization gap: Cremer, Li and Duvenaud 2018). A few gradient
 * steps through the frozen decoder move z to the minimum of its row's loss (semi-amortized inference: Kim, Wiseman,
 * Miller, Sontag and Rush 2018). Each row has its own step size, which grows while the loss falls and shrinks when
 * it rises, and the best z found is kept. */
#include "base/no_memory.h"
#include "nn/tape.h"
#include "vae/network.h"
#include "vae/training.h"

#include <math.h>
#include <string.h>

enum { CHUNK_ROWS = 256 };
#define FIRST_STEP 0.12f
#define GROW 1.2f
#define SHRINK 0.4f
#define MOMENTUM 0.7f

/* State of the descent for one chunk of rows. */
typedef struct {
    TbArena memory; /* of all arrays */
    TbTape tape;
    TbFlow flow;
    size_t product_size;
    float *product, *x, *y, *dy;                    /* x: [rows][latent + condition] */
    float *gradient, *best_gradient, *speed, *best; /* [rows][latent] */
    float *loss, *lowest, *step;                    /* [rows] */
    float *slab;                                    /* gradients of norm parameters, which are discarded */
} Descent;

static void set_up_descent(Descent *c, const TbVae *vae, size_t rows) {
    const TbVaeConfig *config = &vae->config;
    size_t latent = rows * (size_t)config->latent_dim, out = rows * (size_t)config->output_dim;
    tbi_tape_init(&c->tape, vae->params, &vae->decoder, tbi_matmul_default(), rows, rows, &c->memory, &c->product_size,
                  &c->flow);
    c->product = tbi_arena_floats(&c->memory, c->product_size);
    c->flow.flow[0] = tbi_arena_floats(&c->memory, rows * c->flow.widest);
    c->flow.flow[1] = tbi_arena_floats(&c->memory, rows * c->flow.widest);
    c->x = tbi_arena_floats(&c->memory, rows * tb_padded(config->latent_dim + config->condition_dim));
    c->y = tbi_arena_floats(&c->memory, out);
    c->dy = tbi_arena_floats(&c->memory, out);
    c->gradient = tbi_arena_floats(&c->memory, latent);
    c->best_gradient = tbi_arena_floats(&c->memory, latent);
    c->speed = tbi_arena_floats(&c->memory, latent);
    c->best = tbi_arena_floats(&c->memory, latent);
    c->loss = tbi_arena_floats(&c->memory, rows);
    c->lowest = tbi_arena_floats(&c->memory, rows);
    c->step = tbi_arena_floats(&c->memory, rows);
    c->slab = tbi_arena_floats(&c->memory, vae->parameters.n_params);
}

/* Updates one row: accepts or rejects the current point, then takes the next step. */
static void descend_row(Descent *c, size_t row, size_t latent, float loss, float *z) {
    const float *g = c->gradient + row * latent;
    float *v = c->speed + row * latent, *best = c->best + row * latent, *best_g = c->best_gradient + row * latent;
    bool better = loss < c->lowest[row];
    c->step[row] *= better ? GROW : SHRINK;
    if (better) {
        c->lowest[row] = loss;
        memcpy(best, z, latent * sizeof *z);
        memcpy(best_g, g, latent * sizeof *g);
    }
    for (size_t k = 0; k < latent; k++) {
        v[k] = better ? MOMENTUM * v[k] - c->step[row] * g[k] : 0;
        z[k] = best[k] + (better ? v[k] : -c->step[row] * best_g[k]);
    }
}

typedef struct {
    const TbColumns *groups;
    size_t n_groups;
    const float *target, *threshold, *condition;
    float beta;
} Goal;

static void descend_chunk(const TbVae *vae, Descent *c, const Goal *goal, size_t n, int steps, float *z) {
    size_t latent = (size_t)vae->config.latent_dim, extra = (size_t)vae->config.condition_dim;
    size_t out = (size_t)vae->config.output_dim, ldx = tb_padded(vae->config.latent_dim + vae->config.condition_dim);
    TbShare rows = {0, n};
    for (size_t i = 0; i < n; i++) {
        c->lowest[i] = INFINITY;
        c->step[i] = FIRST_STEP;
        memcpy(c->x + i * ldx, z + i * latent, latent * sizeof *z);
        for (size_t k = 0; k < extra; k++)
            c->x[i * ldx + latent + k] = goal->condition[i * extra + k];
    }
    memset(c->speed, 0, n * latent * sizeof *c->speed);
    memcpy(c->best, z, n * latent * sizeof *z);
    for (int s = 0; s <= steps; s++) { /* the last iteration only evaluates the last step */
        tbi_tape_forward(&c->tape, c->x, rows, c->y, out, c->product);
        memset(c->dy, 0, n * out * sizeof *c->dy);
        for (size_t i = 0; i < n; i++)
            c->loss[i] = (float)tbi_recon_loss(
                goal->groups, goal->n_groups, (int)out, c->y + i * out, goal->target + i * out,
                goal->threshold ? goal->threshold + i * out : NULL, 1, s < steps ? c->dy + i * out : NULL, NULL);
        const float *dx = NULL;
        if (s < steps)
            dx = tbi_tape_backward(&c->tape, c->x, c->dy, out, rows, c->slab, TB_BACKWARD_INPUT, &c->flow, c->product);
        for (size_t i = 0; i < n; i++) {
            float *at = c->x + i * ldx, loss = c->loss[i];
            for (size_t k = 0; k < latent; k++) {
                loss += 0.5f * goal->beta * at[k] * at[k];
                c->gradient[i * latent + k] = (dx ? dx[i * ldx + k] : 0) + goal->beta * at[k];
            }
            descend_row(c, i, latent, loss, at);
        }
    }
    memcpy(z, c->best, n * latent * sizeof *z);
}

TbStatus tbi_vae_refine(const TbVae *vae, const TbColumns *groups, size_t n_groups, const float *target,
                        const float *threshold, const float *condition, size_t n, int steps, double beta, float *z) {
    Descent c = {0};
    size_t rows = n < CHUNK_ROWS ? n : CHUNK_ROWS, latent = (size_t)vae->config.latent_dim;
    size_t extra = (size_t)vae->config.condition_dim, out = (size_t)vae->config.output_dim;
    if (n == 0 || steps <= 0)
        return TB_OK;
    set_up_descent(&c, vae, rows);
    if (c.memory.failed) {
        tbi_arena_free(&c.memory);
        return tbi_no_memory("to encode %zu frames", n);
    }
    for (int i = 0; i < vae->decoder.n_layers; i++) {
        tbi_linear_pack(&c.tape.linear[i], false);
        tbi_linear_pack(&c.tape.linear[i], true);
    }
    for (size_t done = 0; done < n; done += rows) {
        Goal goal = {groups,
                     n_groups,
                     target + done * out,
                     threshold ? threshold + done * out : NULL,
                     extra ? condition + done * extra : NULL,
                     (float)beta};
        descend_chunk(vae, &c, &goal, n - done < rows ? n - done : rows, steps, z + done * latent);
    }
    tbi_arena_free(&c.memory);
    return TB_OK;
}
