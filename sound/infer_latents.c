/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Infers latents from frames: the encoder's guess, refined. Neighbouring frames are similar, and so are the errors
 * of the encoder: every few frames are refined thoroughly, their correction is interpolated, and then all frames
 * take the last steps. That is nearly as good as refining all of them thoroughly, in half the time. The
 * frame-to-frame variation that remains in a steady sound is noise, and is smoothed. */
#include "sound/infer_latents.h"
#include "base/no_memory.h"
#include "timbrel/sound.h"
#include "vae/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 6, KEY_STEPS = 10, LAST_STEPS = 2, PASSES = 3 };
#define BETA 0.001   /* as in training */
#define SAME_DB 4.0f /* frames whose levels differ by this much are not similar */

typedef struct {
    const float *features, *threshold, *condition;
} Frames;

static TbStatus refine(const TbVae *vae, Frames f, size_t n, int steps, float *z) {
    size_t n_columns;
    const TbColumns *columns = tbi_model_columns(&n_columns);
    return tbi_vae_refine(vae, columns, n_columns, f.features, f.threshold, f.condition, n, steps, BETA, z);
}

TbStatus tbi_model_infer(const TbVae *vae, const float *x, const float *features, const float *threshold,
                         const float *condition, size_t n, float *z) {
    TbStatus status = tb_vae_encode(vae, x, n, z, NULL);
    Frames f = {features, threshold, condition};
    return status == TB_OK ? refine(vae, f, n, KEY_STEPS + LAST_STEPS, z) : status;
}

/* Copies row `from` of an array to row `to` of the key frames' array. */
static void copy_row(float *to_rows, size_t to, const float *from_rows, size_t from, size_t width) {
    memcpy(to_rows + to * width, from_rows + from * width, width * sizeof *to_rows);
}

/* Similarity of frames t and t + 1: 1 where their audible levels agree, towards 0 where they are more than a few
 * decibels apart. */
static float similarity(const float *features, const float *threshold, size_t t) {
    const float *a = features + t * TB_FEATURES, *b = a + TB_FEATURES;
    const float *fa = threshold + t * TB_FEATURES, *fb = fa + TB_FEATURES;
    float sum = 0, all = 1e-6f;
    for (int k = 0; k < TB_FEATURE_GAIN; k++) {
        bool level = k < TB_FEATURE_RATIO || k >= TB_FEATURE_BAND;
        float low = fmaxf(fa[k], fb[k]), u = fmaxf(a[k], low), v = fmaxf(b[k], low);
        if (level && (u > low || v > low)) {
            sum += fabsf(u - v);
            all += 1;
        }
    }
    float db = 100 * sum / all / SAME_DB;
    return expf(-db * db);
}

/* Each frame's z was fitted to that frame alone, noise included. Where a sound is steady, z should be steady too:
 * anisotropic diffusion along time (Perona and Malik 1990), which stops at attacks and other changes. */
static TbStatus smooth(const float *features, const float *threshold, size_t n, size_t latent, float *z) {
    float *flow = malloc((n + 1) * (latent + 1) * sizeof *flow);
    if (!flow)
        return tbi_no_memory("to encode %zu frames", n);
    float *similar = flow + (n + 1) * latent;
    for (size_t t = 0; t + 1 < n; t++)
        similar[t] = similarity(features, threshold, t);
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t t = 0; t + 1 < n; t++) /* flow from frame t + 1 to frame t */
            for (size_t k = 0; k < latent; k++)
                flow[t * latent + k] = 0.25f * similar[t] * (z[(t + 1) * latent + k] - z[t * latent + k]);
        for (size_t t = 0; t + 1 < n; t++) {
            for (size_t k = 0; k < latent; k++) {
                z[t * latent + k] += flow[t * latent + k];
                z[(t + 1) * latent + k] -= flow[t * latent + k];
            }
        }
    }
    free(flow);
    return TB_OK;
}

TbStatus tbi_model_infer_track(const TbVae *vae, const float *x, const float *features, const float *threshold,
                               const float *condition, size_t n, float *z) {
    size_t latent = (size_t)tb_vae_config(vae)->latent_dim, n_keys = (n + EVERY - 1) / EVERY;
    float *keys = malloc((n_keys * (2 * TB_FEATURES + TB_CONDITIONS + latent) + 1) * sizeof *keys);
    if (!keys)
        return tbi_no_memory("to encode %zu frames", n);
    float *key_features = keys, *key_floor = key_features + n_keys * TB_FEATURES,
          *key_condition = key_floor + n_keys * TB_FEATURES, *key_z = key_condition + n_keys * TB_CONDITIONS;
    TbStatus status = tb_vae_encode(vae, x, n, z, NULL);
    for (size_t k = 0; status == TB_OK && k < n_keys; k++) {
        copy_row(key_features, k, features, k * EVERY, TB_FEATURES);
        copy_row(key_floor, k, threshold, k * EVERY, TB_FEATURES);
        copy_row(key_condition, k, condition, k * EVERY, TB_CONDITIONS);
        copy_row(key_z, k, z, k * EVERY, latent);
    }
    if (status == TB_OK)
        status = refine(vae, (Frames){key_features, key_floor, key_condition}, n_keys, KEY_STEPS, key_z);
    for (size_t k = 0; status == TB_OK && k < n_keys; k++) /* key_z becomes the correction */
        for (size_t i = 0; i < latent; i++)
            key_z[k * latent + i] -= z[k * EVERY * latent + i];
    for (size_t t = 0; status == TB_OK && t < n; t++) {
        size_t a = t / EVERY, b = a + 1 < n_keys ? a + 1 : a;
        float w = (float)(t % EVERY) / EVERY;
        for (size_t i = 0; i < latent; i++)
            z[t * latent + i] += (1 - w) * key_z[a * latent + i] + w * key_z[b * latent + i];
    }
    free(keys);
    if (status == TB_OK)
        status = refine(vae, (Frames){features, threshold, condition}, n, LAST_STEPS, z);
    return status == TB_OK ? smooth(features, threshold, n, latent, z) : status;
}
