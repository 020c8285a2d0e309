// SPDX-License-Identifier: GPL-3.0-or-later
/* From notes to the code of their instrument. */
#include "sound/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 64, MOST_NOTES = 64 }; /* of each note, notes */
#define STEP 0.05f
#define BETA 0.01f /* weight of the code's size against the loss of a row */

/* ROWS moments of a track: dense in its attack, even behind. */
static size_t moment(const NoteTrack *track, size_t i) {
    size_t early = ROWS / 4, late = ROWS / 4, middle = ROWS - early - late;
    size_t held = track->release, tail = track->n - held;
    if (tail == 0) {
        middle += late;
    }
    size_t t = i < early            ? i
               : i < early + middle ? early + (i - early) * (held > early ? held - early : 0) / middle
                                    : held + (i - early - middle) * tail / late;
    return t < track->n ? t : track->n - 1;
}

typedef struct {
    size_t n; /* rows in all */
    float *condition, *target, *weight, *z, *dz, *dy;
} Goal;

static TbStatus goal_new(const NoteTrack *tracks, float *const *rows, size_t n, Goal *g) {
    size_t row = (size_t)note_row(tracks[0].latent);
    g->n = n * ROWS;
    g->condition = malloc(g->n * (NOTE_CONDITIONS + 2 * row + 1 + 2 * TB_CODE_DIM) * sizeof *g->condition);
    if (!g->condition) {
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory for an instrument of %zu notes", n);
    }
    g->target = g->condition + g->n * NOTE_CONDITIONS;
    g->dy = g->target + g->n * row;
    g->weight = g->dy + g->n * row;
    g->z = g->weight + g->n;
    g->dz = g->z + g->n * TB_CODE_DIM;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < ROWS; k++) {
            const NoteTrack *t = &tracks[i];
            size_t at = moment(t, k), to = i * ROWS + k;
            memcpy(g->target + to * row, rows[i] + at * row, row * sizeof *g->target);
            g->weight[to] = note_weight(g->target[to * row + (size_t)t->latent]);
            bool off = at >= t->release;
            note_condition(t->key, t->velocity, t->pitched, off ? NOTE_FREEZE_FRAMES : (float)at,
                           off ? (float)(at - t->release) : -1, g->condition + to * NOTE_CONDITIONS);
        }
    }
    return TB_OK;
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
        memset(g->dy, 0, g->n * (size_t)note_row(latent) * sizeof *g->dy);
        double loss = note_loss(notes->scale, latent, y, g->target, g->weight, g->n, g->dy);
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

TbStatus note_code(const TbNoteModel *notes, const NoteTrack *tracks, float *const *rows, size_t n, int steps,
                   float *code) {
    int latent = tracks[0].latent;
    float *x = malloc((size_t)note_inputs(latent) * sizeof *x), mu[TB_CODE_DIM];
    TbStatus status = x ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "not enough memory for an instrument");
    memset(code, 0, TB_CODE_DIM * sizeof *code);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        note_input(&tracks[i], rows[i], x);
        note_input_standardise(notes, latent, x);
        status = tb_vae_encode(notes->net, x, 1, mu, NULL);
        for (int k = 0; status == TB_OK && k < TB_CODE_DIM; k++) {
            code[k] += mu[k] / (float)n;
        }
    }
    free(x);
    n = n < MOST_NOTES ? n : MOST_NOTES;
    TbPullback *pull = NULL;
    Goal g = {0};
    if (status == TB_OK && steps > 0) {
        status = goal_new(tracks, rows, n, &g);
    }
    if (status == TB_OK && steps > 0) {
        status = tb_pullback_new(notes->net, g.n, &pull);
    }
    if (status == TB_OK && steps > 0) {
        climb(notes, latent, pull, &g, steps, code);
    }
    tb_pullback_free(pull);
    free(g.condition);
    return status;
}
