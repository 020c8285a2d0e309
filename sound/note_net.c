// SPDX-License-Identifier: GPL-3.0-or-later
/* What the note network is told, and how what it says is scored. */
#include "sound/note.h"

#include <math.h>
#include <string.h>

#define ON_STEP 0.4f  /* octaves of time between the centres of the basis functions */
#define OFF_STEP 0.75f
#define FIRST_FRAMES 1.03f /* 6 ms: time counts in octaves of 1 + t / 6 ms */
#define KEY_STEP ((float)(108 - 21) / (NOTE_KEYS - 1))

enum { WIDTH = 512, LAYERS = 3 };

TbVaeConfig note_net_config(int latent) {
    return (TbVaeConfig){.input_dim = note_inputs(latent),
                         .condition_dim = NOTE_CONDITIONS,
                         .latent_dim = TB_CODE_DIM,
                         .output_dim = note_row(latent),
                         .encoder_width = 384,
                         .encoder_layers = 2,
                         .decoder_width = WIDTH,
                         .decoder_layers = LAYERS};
}

static float bump(float x, float centre, float width) {
    float d = (x - centre) / width;
    return expf(-d * d);
}

static void key_condition(float key, float velocity, bool pitched, float *c) {
    key = fminf(fmaxf(key, 21), 108);
    float p = (key - 60) / 24;
    *c++ = p;
    *c++ = p * p - 0.5f;
    for (int i = 0; i < NOTE_KEYS; i++) {
        *c++ = bump(key, 21 + KEY_STEP * (float)i, KEY_STEP);
    }
    *c++ = (velocity - 0.63f) * 3;
    *c = pitched ? 1 : -1;
}

void note_condition(float key, float velocity, bool pitched, float on, float off, float *c) {
    key_condition(key, velocity, pitched, c);
    c += 2 + NOTE_KEYS + 2;
    float u = log2f(1 + fminf(on, NOTE_FREEZE_FRAMES) / FIRST_FRAMES);
    *c++ = u / 4 - 1;
    for (int i = 0; i < NOTE_ON_TIMES; i++) {
        *c++ = bump(u, ON_STEP * (float)i, ON_STEP);
    }
    *c++ = off >= 0 ? -1 : 1;
    float v = log2f(1 + fmaxf(off, 0) / FIRST_FRAMES);
    for (int i = 0; i < NOTE_OFF_TIMES; i++) {
        *c++ = off >= 0 ? bump(v, OFF_STEP * (float)i, OFF_STEP) : 0;
    }
}

/* The frame at which the encoder looks for the i-th time; n when there is nothing more. */
static size_t look_at(const NoteTrack *track, int i) {
    if (i < NOTE_TIMES_DOWN) {
        float u = (float)i / (NOTE_TIMES_DOWN - 1) * log2f(1 + NOTE_FREEZE_FRAMES / FIRST_FRAMES);
        size_t t = (size_t)lrintf(FIRST_FRAMES * (exp2f(u) - 1));
        return t < track->release || track->release == track->n ? t : track->release - 1;
    }
    return track->release + ((size_t)2 << (i - NOTE_TIMES_DOWN)) - 1; /* 1, 3, 7 ... frames behind */
}

void note_input(const NoteTrack *track, const float *rows, float *x) {
    size_t width = (size_t)note_channels(track->latent), row = (size_t)note_row(track->latent);
    for (int i = 0; i < NOTE_TIMES; i++, x += width) {
        size_t t = look_at(track, i);
        memcpy(x, rows + (t < track->n ? t : track->n - 1) * row, width * sizeof *x);
        if (t >= track->n) { /* it is over; or nobody knows how it ends */
            x[track->latent] = i < NOTE_TIMES_DOWN || track->release < track->n
                                   ? note_loudness_channel(NOTE_SILENCE_DB)
                                   : 0;
        }
    }
    size_t from = track->release > 60 ? 52 : track->release / 2, n = track->release - from, move = 3 * width + 1;
    memset(x, 0, move * sizeof *x);
    for (size_t t = from; t < track->release; t++) {
        for (size_t k = 0; k < move; k++) {
            x[k] += rows[t * row + width + k] / (float)n;
        }
    }
    x += move;
    key_condition(track->key, track->velocity, track->pitched, x);
    x += 2 + NOTE_KEYS + 2;
    memcpy(x, track->attribute, TB_KNOBS * sizeof *x);
}

void note_input_standardise(const TbNoteModel *notes, int latent, float *x) {
    x += note_inputs(latent) - TB_KNOBS;
    for (int k = 0; k < TB_KNOBS; k++) {
        x[k] = fminf(fmaxf((x[k] - notes->middle[k]) / notes->width[k], -3), 3);
    }
}

/* ---- the loss ---- */

#define LOUDNESS_UNIT (4.0f / 20) /* 4 dB */
#define PITCH_UNIT 0.3f
#define LATENT_WEIGHT 1.0f
#define LOUDNESS_WEIGHT 0.5f
#define PITCH_WEIGHT 0.1f
#define TURN_WEIGHT 1.0f
#define FLICKER_WEIGHT 0.1f
#define RATE_WEIGHT 0.3f

/* Quadratic, from 1 on linear. */
static float huber(float e, float *slope) {
    float a = fabsf(e);
    *slope = a < 1 ? 2 * e : copysignf(2, e);
    return a < 1 ? e * e : 2 * a - 1;
}

float note_weight(float loudness_channel) {
    return fminf(fmaxf((note_channel_loudness(loudness_channel) + 75) / 40, 0.02f), 1);
}

double note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                 float *dy) {
    int width = note_channels(latent), row = note_row(latent);
    int turn = note_row_turn(latent), flicker = note_row_flicker(latent), rate = note_row_rate(latent);
    double sum = 0;
    for (size_t i = 0; i < n; i++, y += row, target += row) {
        float moves = 1e-3f, w = weight[i], s;
        for (int k = 0; k < row; k++) {
            int c = k % width;
            float e = y[k] - target[k], unit = scale[c], importance;
            if (k < latent) {
                importance = LATENT_WEIGHT * w / (float)latent;
            } else if (k == latent) {
                unit = LOUDNESS_UNIT;
                importance = LOUDNESS_WEIGHT;
            } else if (k == latent + 1) {
                unit = PITCH_UNIT;
                importance = PITCH_WEIGHT * w;
            } else if (k < flicker) {
                unit = c < latent ? 0.5f * unit : c == latent ? 0.05f : 0.4f; /* 1 dB, 10 cents */
                importance = TURN_WEIGHT * w * (c < latent ? 1 / (float)latent : 0.5f);
                moves += k < turn + width ? target[k] * target[k] / (unit * unit) / (float)width : 0;
            } else if (k < rate) {
                unit = 0.7f;
                importance = FLICKER_WEIGHT * w / (float)width * (c < latent ? 1 : 4);
            } else {
                unit = 0.3f;
                importance = RATE_WEIGHT * w * fminf(1, 10 * moves);
            }
            sum += (double)(importance * huber(e / unit, &s));
            if (dy) {
                dy[(size_t)row * i + (size_t)k] += importance * s / unit / (float)n;
            }
        }
    }
    return sum / (double)n;
}
