/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note network's inputs and its loss. */
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
    for (int k = 0; k < TB_KNOBS; k++) /* normalised over all notes */
        x[k] = fminf(fmaxf((attribute[k] - facts->middle[k]) / facts->width[k], -3), 3);
}

/* ---- the loss ---- */

#define LOUDNESS_UNIT (2.5f / 20) /* 2.5 dB */
#define PITCH_UNIT 0.3f
#define LATENT_WEIGHT 1.0f
#define LOUDNESS_WEIGHT 1.0f
#define LOUDNESS_MIN_WEIGHT 0.7f /* attacks are short and silence is quiet, but both must be correct */
#define PITCH_WEIGHT 0.1f
#define PHASOR_WEIGHT 0.5f
#define FLICKER_WEIGHT 0.1f
#define RATE_WEIGHT 0.1f

/* Huber loss: quadratic up to 1, then linear. */
static inline float huber(float e, float *slope) {
    float a = fabsf(e);
    *slope = a < 1 ? 2 * e : copysignf(2, e);
    return a < 1 ? e * e : 2 * a - 1;
}

/* Output, target and, if wanted, the gradient. */
typedef struct {
    const float *y, *target;
    float *dy; /* NULL: not needed */
} Pair;

static inline double score(const Pair *p, int k, float unit, float weight) {
    float s, loss = huber((p->y[k] - p->target[k]) / unit, &s);
    if (p->dy)
        p->dy[k] += weight * s / unit;
    return (double)(weight * loss);
}

static double trajectory_loss(const float *scale, int latent, const Pair *table, const float *weight, float share) {
    int width = note_channels(latent);
    double sum = 0;
    for (int m = 0; m < NOTE_POINTS; m++) {
        int at = m * width;
        float w = share * weight[m];
        for (int k = 0; k < latent; k++)
            sum += score(table, at + k, scale[k], LATENT_WEIGHT * w / (float)latent);
        float sounds = weight[m] > 0 || m < NOTE_HELD_POINTS ? fmaxf(w, LOUDNESS_MIN_WEIGHT * share) : 0;
        sum += score(table, at + latent, LOUDNESS_UNIT, LOUDNESS_WEIGHT * sounds);
        sum += score(table, at + latent + 1, PITCH_UNIT, PITCH_WEIGHT * w);
    }
    return sum;
}

static double modulation_loss(const float *scale, int latent, const Pair *table, const float *weight, float share) {
    int width = note_channels(latent);
    double sum = 0;
    float modulation = 0;
    for (int m = 0; m < NOTE_MOD_POINTS; m++) {
        int phasor = note_table_modulation(latent) + 3 * m * width, flicker = phasor + 2 * width;
        float w = share * weight[NOTE_POINTS + m];
        for (int k = 0; k < 2 * width; k++) {
            int c = k % width;
            float unit = c < latent ? 0.5f * scale[c] : c == latent ? 0.05f : 0.4f; /* 1 dB, 10 cents */
            float e = table->target[phasor + k] / unit;
            modulation += c >= latent && k < width ? weight[NOTE_POINTS + m] * e * e : 0;
            sum += score(table, phasor + k, unit, PHASOR_WEIGHT * w * (c < latent ? 1 / (float)latent : 0.5f));
        }
        for (int c = 0; c < width; c++)
            sum += score(table, flicker + c, 0.7f, FLICKER_WEIGHT * w * (c < latent ? 1 / (float)latent : 0.1f));
    }
    return sum + score(table, note_table_rate(latent), 0.3f, RATE_WEIGHT * share * fminf(1, 10 * modulation));
}

double tbi_note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                     float *dy) {
    size_t size = (size_t)note_table_size(latent);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        Pair table = {y + i * size, target + i * size, dy ? dy + i * size : NULL};
        const float *w = weight + i * (NOTE_POINTS + NOTE_MOD_POINTS);
        sum += trajectory_loss(scale, latent, &table, w, 1 / ((float)n * NOTE_POINTS));
        sum += modulation_loss(scale, latent, &table, w, 1 / ((float)n * NOTE_MOD_POINTS));
    }
    return sum;
}
