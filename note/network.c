/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the note network is told, and how what it says is scored. */
#include "note/note.h"

#include <math.h>
#include <string.h>

#define KEY_STEP ((float)(108 - 21) / (NOTE_KEYS - 1))

TbVaeConfig tbi_note_net_config(int latent) {
    return (TbVaeConfig){.input_dim = note_inputs(latent),
                         .condition_dim = NOTE_CONDITIONS,
                         .latent_dim = TB_CODE_DIM,
                         .output_dim = note_table_size(latent),
                         .encoder_width = 384,
                         .encoder_layers = 2,
                         .decoder_width = 768,
                         .decoder_layers = 3};
}

void tbi_note_condition(float key, float velocity, bool pitched, float *c) {
    key = fminf(fmaxf(key, 21), 108);
    float p = (key - 60) / 24;
    *c++ = p;
    *c++ = p * p - 0.5f;
    for (int i = 0; i < NOTE_KEYS; i++) {
        float d = (key - 21) / KEY_STEP - (float)i;
        *c++ = expf(-d * d);
    }
    *c++ = (velocity - 0.63f) * 3;
    *c = pitched ? 1 : -1;
}

void tbi_note_input_finish(const TbNoteModel *facts, int latent, const float *condition, const float *attribute,
                           float *x) {
    x += note_table_size(latent);
    memcpy(x, condition, NOTE_CONDITIONS * sizeof *x);
    x += NOTE_CONDITIONS;
    for (int k = 0; k < TB_KNOBS; k++) /* where it stands among all notes */
        x[k] = fminf(fmaxf((attribute[k] - facts->middle[k]) / facts->width[k], -3), 3);
}

/* ---- the loss ---- */

#define LOUDNESS_UNIT (2.5f / 20) /* 2.5 dB */
#define PITCH_UNIT 0.3f
#define LATENT_WEIGHT 1.0f
#define LOUDNESS_WEIGHT 1.0f
#define LOUDNESS_LEAST 0.7f /* attacks are short and silence is quiet, but both are to be right */
#define PITCH_WEIGHT 0.1f
#define TURN_WEIGHT 0.5f
#define FLICKER_WEIGHT 0.1f
#define RATE_WEIGHT 0.1f

/* Quadratic, from 1 on linear. */
static inline float huber(float e, float *slope) {
    float a = fabsf(e);
    *slope = a < 1 ? 2 * e : copysignf(2, e);
    return a < 1 ? e * e : 2 * a - 1;
}

/* What is to be compared, with what unit and weight. */
typedef struct {
    const float *y, *target;
    float *dy; /* NULL: not wanted */
} Pair;

static inline double score(const Pair *p, int k, float unit, float weight) {
    float s, loss = huber((p->y[k] - p->target[k]) / unit, &s);
    if (p->dy)
        p->dy[k] += weight * s / unit;
    return (double)(weight * loss);
}

static double moments_loss(const float *scale, int latent, const Pair *table, const float *weight, float share) {
    int width = note_channels(latent);
    double sum = 0;
    for (int m = 0; m < NOTE_MOMENTS; m++) {
        int at = m * width;
        float w = share * weight[m];
        for (int k = 0; k < latent; k++)
            sum += score(table, at + k, scale[k], LATENT_WEIGHT * w / (float)latent);
        float sounds = weight[m] > 0 || m < NOTE_DOWN ? fmaxf(w, LOUDNESS_LEAST * share) : 0;
        sum += score(table, at + latent, LOUDNESS_UNIT, LOUDNESS_WEIGHT * sounds);
        sum += score(table, at + latent + 1, PITCH_UNIT, PITCH_WEIGHT * w);
    }
    return sum;
}

static double moves_loss(const float *scale, int latent, const Pair *table, const float *weight, float share) {
    int width = note_channels(latent);
    double sum = 0;
    float moving = 0;
    for (int m = 0; m < NOTE_MOVES; m++) {
        int turn = note_table_moves(latent) + 3 * m * width, flicker = turn + 2 * width;
        float w = share * weight[NOTE_MOMENTS + m];
        for (int k = 0; k < 2 * width; k++) {
            int c = k % width;
            float unit = c < latent ? 0.5f * scale[c] : c == latent ? 0.05f : 0.4f; /* 1 dB, 10 cents */
            float e = table->target[turn + k] / unit;
            moving += c >= latent && k < width ? weight[NOTE_MOMENTS + m] * e * e : 0;
            sum += score(table, turn + k, unit, TURN_WEIGHT * w * (c < latent ? 1 / (float)latent : 0.5f));
        }
        for (int c = 0; c < width; c++)
            sum += score(table, flicker + c, 0.7f, FLICKER_WEIGHT * w * (c < latent ? 1 / (float)latent : 0.1f));
    }
    return sum + score(table, note_table_rate(latent), 0.3f, RATE_WEIGHT * share * fminf(1, 10 * moving));
}

double tbi_note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                     float *dy) {
    size_t size = (size_t)note_table_size(latent);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        Pair table = {y + i * size, target + i * size, dy ? dy + i * size : NULL};
        const float *w = weight + i * (NOTE_MOMENTS + NOTE_MOVES);
        sum += moments_loss(scale, latent, &table, w, 1 / ((float)n * NOTE_MOMENTS));
        sum += moves_loss(scale, latent, &table, w, 1 / ((float)n * NOTE_MOVES));
    }
    return sum;
}
