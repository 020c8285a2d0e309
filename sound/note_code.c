// SPDX-License-Identifier: GPL-3.0-or-later
/* From notes to the code of their instrument. */
#include "sound/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP 0.05f
#define BETA 0.003f /* weight of the code's size against the loss of a table */

typedef struct {
    size_t n;
    float *condition, *table, *weight, *z, *dz, *dy;
} Goal;

static TbStatus goal_new(const TbNoteModel *notes, const NoteTrack *tracks, size_t n, Goal *g, float *code) {
    int latent = tracks[0].latent;
    size_t size = (size_t)note_table_size(latent), row = (size_t)note_row(latent), longest = 1;
    for (size_t i = 0; i < n; i++) {
        longest = tracks[i].n > longest ? tracks[i].n : longest;
    }
    float *input = malloc(((size_t)note_inputs(latent) + longest * row) * sizeof *input),
          *rows = input + note_inputs(latent);
    g->n = n;
    g->condition =
        malloc(n * (NOTE_CONDITIONS + 2 * size + NOTE_MOMENTS + NOTE_MOVES + 2 * TB_CODE_DIM) * sizeof *g->condition);
    TbStatus status = input && g->condition
                          ? TB_OK
                          : tb_fail(TB_ERR_NO_MEMORY, "not enough memory for an instrument of %zu notes", n);
    g->table = g->condition + n * NOTE_CONDITIONS;
    g->dy = g->table + n * size;
    g->weight = g->dy + n * size;
    g->z = g->weight + n * (NOTE_MOMENTS + NOTE_MOVES);
    g->dz = g->z + n * TB_CODE_DIM;
    memset(code, 0, TB_CODE_DIM * sizeof *code);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        const NoteTrack *t = &tracks[i];
        float *table = g->table + i * size, mu[TB_CODE_DIM];
        status = note_take_apart(t, rows);
        if (status == TB_OK) {
            note_table(t, rows, table, g->weight + i * (NOTE_MOMENTS + NOTE_MOVES));
            note_condition(t->key, t->velocity, t->pitched, g->condition + i * NOTE_CONDITIONS);
            memcpy(input, table, size * sizeof *input);
            note_input_finish(notes, latent, g->condition + i * NOTE_CONDITIONS, t->attribute, input);
            status = tb_vae_encode(notes->net, input, 1, mu, NULL);
        }
        for (int k = 0; status == TB_OK && k < TB_CODE_DIM; k++) {
            code[k] += mu[k] / (float)n;
        }
    }
    free(input);
    return status;
}

/* Adam on TB_CODE_DIM numbers; the best place is kept. */
static void climb(const TbNoteModel *notes, int latent, TbPullback *pull, Goal *g, int steps, float *code) {
    float m[TB_CODE_DIM] = {0}, v[TB_CODE_DIM] = {0}, best[TB_CODE_DIM];
    double lowest = INFINITY;
    for (int s = 0; s <= steps; s++) {
        for (size_t i = 0; i < g->n; i++) {
            memcpy(g->z + i * TB_CODE_DIM, code, TB_CODE_DIM * sizeof *code);
        }
        const float *y = tb_pullback_forward(pull, g->z, g->condition, g->n);
        memset(g->dy, 0, g->n * (size_t)note_table_size(latent) * sizeof *g->dy);
        double loss = note_loss(notes->scale, latent, y, g->table, g->weight, g->n, g->dy);
        for (int k = 0; k < TB_CODE_DIM; k++) {
            loss += 0.5 * BETA * code[k] * code[k];
        }
        if (loss < lowest) {
            lowest = loss;
            memcpy(best, code, sizeof best);
        }
        tb_pullback_backward(pull, g->dy, g->dz);
        float rate = STEP * (1 - (float)s / (float)(steps + 1));
        for (int k = 0; k < TB_CODE_DIM; k++) {
            float d = BETA * code[k];
            for (size_t i = 0; i < g->n; i++) {
                d += g->dz[i * TB_CODE_DIM + (size_t)k];
            }
            m[k] = 0.9f * m[k] + 0.1f * d;
            v[k] = 0.98f * v[k] + 0.02f * d * d;
            float mean = m[k] / (1 - powf(0.9f, (float)(s + 1))), square = v[k] / (1 - powf(0.98f, (float)(s + 1)));
            code[k] -= rate * mean / (sqrtf(square) + 1e-6f);
        }
    }
    memcpy(code, best, sizeof best);
}

TbStatus note_code(const TbNoteModel *notes, const NoteTrack *tracks, size_t n, int steps, float *code) {
    TbPullback *pull = NULL;
    Goal g = {0};
    TbStatus status = goal_new(notes, tracks, n, &g, code);
    if (status == TB_OK && steps > 0) {
        status = tb_pullback_new(notes->net, n, &pull);
    }
    if (status == TB_OK && steps > 0) {
        climb(notes, tracks[0].latent, pull, &g, steps, code);
    }
    tb_pullback_free(pull);
    free(g.condition);
    return status;
}
