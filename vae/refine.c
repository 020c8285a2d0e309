// SPDX-License-Identifier: GPL-3.0-or-later
// What the encoder gives in one stroke is a first guess (its amortization gap: Cremer, Li and Duvenaud 2018). A few
// gradient steps through the frozen decoder bring z to where its row is decoded best (semi-amortized inference: Kim,
// Wiseman, Miller, Sontag and Rush 2018). Each row has a step size of its own, which grows while the loss falls and
// shrinks when it rises, and no row ends worse than it began.
#include "nn/tape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256 };
#define FIRST_STEP 0.12f
#define GROW 1.2f
#define SHRINK 0.4f
#define MOMENTUM 0.7f

// The rows of one chunk on their way.
typedef struct {
    TbTape tape;
    TbFlow flow;
    size_t product_size;
    float *product, *x, *y, *dy;                    // x: [rows][latent + condition]
    float *gradient, *best_gradient, *speed, *best; // [rows][latent]
    float *loss, *lowest, *step;                    // [rows]
    float *slab;                                    // where the norms' own gradients go, unread
} Climb;

static size_t cut_climb(Climb *c, const TbVae *vae, size_t rows, float *block) {
    const TbVaeConfig *config = &vae->config;
    TbCutter cutter = {.block = block};
    size_t latent = rows * (size_t)config->latent_dim, out = rows * (size_t)config->output_dim;
    tb_tape_cut(&c->tape, vae, &vae->decoder, tb_product_default(), rows, rows, &cutter, &c->product_size, &c->flow);
    c->product = tb_cut(&cutter, c->product_size);
    c->flow.flow[0] = tb_cut(&cutter, rows * c->flow.widest);
    c->flow.flow[1] = tb_cut(&cutter, rows * c->flow.widest);
    c->x = tb_cut(&cutter, rows * tb_padded(config->latent_dim + config->condition_dim));
    c->y = tb_cut(&cutter, out);
    c->dy = tb_cut(&cutter, out);
    c->gradient = tb_cut(&cutter, latent);
    c->best_gradient = tb_cut(&cutter, latent);
    c->speed = tb_cut(&cutter, latent);
    c->best = tb_cut(&cutter, latent);
    c->loss = tb_cut(&cutter, rows);
    c->lowest = tb_cut(&cutter, rows);
    c->step = tb_cut(&cutter, rows);
    c->slab = tb_cut(&cutter, vae->n_params);
    return cutter.used;
}

// The next place of one row, from what was found at this one.
static void climb_row(Climb *c, size_t row, size_t latent, float loss, float *z) {
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
    const float *target, *floor, *condition;
    float beta;
} Goal;

static void climb_chunk(const TbVae *vae, Climb *c, const Goal *goal, size_t n, int steps, float *z) {
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
    for (int s = 0; s <= steps; s++) { // the last time only to see whether the last step was a good one
        tb_tape_forward(&c->tape, c->x, rows, c->y, out, c->product);
        memset(c->dy, 0, n * out * sizeof *c->dy);
        for (size_t i = 0; i < n; i++)
            c->loss[i] = (float)tb_recon_loss(goal->groups, goal->n_groups, (int)out, c->y + i * out,
                                              goal->target + i * out, goal->floor ? goal->floor + i * out : NULL, 1,
                                              s < steps ? c->dy + i * out : NULL, NULL);
        const float *dx = NULL;
        if (s < steps)
            dx = tb_tape_backward(&c->tape, c->x, c->dy, out, rows, c->slab, TB_BACK_TO_INPUT, &c->flow, c->product);
        for (size_t i = 0; i < n; i++) {
            float *at = c->x + i * ldx, loss = c->loss[i];
            for (size_t k = 0; k < latent; k++) {
                loss += 0.5f * goal->beta * at[k] * at[k];
                c->gradient[i * latent + k] = (dx ? dx[i * ldx + k] : 0) + goal->beta * at[k];
            }
            climb_row(c, i, latent, loss, at);
        }
    }
    memcpy(z, c->best, n * latent * sizeof *z);
}

TbStatus tb_vae_refine(const TbVae *vae, const TbColumns *groups, size_t n_groups, const float *target,
                       const float *floor, const float *condition, size_t n, int steps, double beta, float *z) {
    Climb c = {0};
    size_t rows = n < CHUNK_ROWS ? n : CHUNK_ROWS, latent = (size_t)vae->config.latent_dim;
    size_t extra = (size_t)vae->config.condition_dim, out = (size_t)vae->config.output_dim;
    if (n == 0 || steps <= 0)
        return TB_OK;
    size_t size = cut_climb(&c, vae, rows, NULL);
    float *block = tb_alloc_floats(size);
    if (!block)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to encode %zu frames.", n);
    memset(block, 0, size * sizeof *block);
    cut_climb(&c, vae, rows, block);
    for (int i = 0; i < vae->decoder.n_layers; i++) {
        tb_linear_pack(&c.tape.linear[i], false);
        tb_linear_pack(&c.tape.linear[i], true);
    }
    for (size_t done = 0; done < n; done += rows) {
        Goal goal = {groups,
                     n_groups,
                     target + done * out,
                     floor ? floor + done * out : NULL,
                     extra ? condition + done * extra : NULL,
                     (float)beta};
        climb_chunk(vae, &c, &goal, n - done < rows ? n - done : rows, steps, z + done * latent);
    }
    free(block);
    return TB_OK;
}
