/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The perceptual level error between the network's output and the recorded frames: the validation measure of
 * training. */
#include "train/level_error.h"
#include "base/no_memory.h"
#include "sound/infer_latents.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_ROWS = 768 };

TbStatus tbi_level_error(const TbVae *vae, const int16_t *rows, size_t n_rows, double *db) {
    size_t n = n_rows < MAX_ROWS ? n_rows : MAX_ROWS;
    size_t latent = (size_t)tb_vae_config(vae)->latent_dim;
    float *block = malloc(n * (TB_MODEL_INPUTS + 3 * TB_FEATURES + TB_CONDITIONS + latent) * sizeof *block);
    if (!block)
        return tbi_no_memory("to check the model");
    float *x = block, *t = x + n * TB_MODEL_INPUTS, *threshold = t + n * TB_FEATURES, *y = threshold + n * TB_FEATURES;
    float *c = y + n * TB_FEATURES, *z = c + n * TB_CONDITIONS;
    for (size_t i = 0; i < n; i++) {
        float below;
        tbi_dataset_unpack(rows + i * n_rows / n * ROW, x + i * TB_MODEL_INPUTS, t + i * TB_FEATURES,
                           c + i * TB_CONDITIONS, &below);
        tb_masking_threshold(t + i * TB_FEATURES, c + i * TB_CONDITIONS, below, threshold + i * TB_FEATURES);
    }
    TbStatus status = tbi_model_infer(vae, x, t, threshold, c, n, z);
    if (status == TB_OK)
        status = tb_vae_decode(vae, z, c, n, y);
    double sum = 0, all = 1e-9;
    for (size_t i = 0; i < n * TB_FEATURES; i++) {
        size_t column = i % TB_FEATURES;
        bool level = column < TB_FEATURE_RATIO || (column >= TB_FEATURE_BAND && column < TB_FEATURE_GAIN);
        if (level && (t[i] > threshold[i] || y[i] > threshold[i])) {
            double e = 100 * (double)(fmaxf(fminf(y[i], 1.15f), threshold[i]) - fmaxf(t[i], threshold[i]));
            sum += e * e;
            all++;
        }
    }
    *db = sqrt(sum / all);
    free(block);
    return status;
}
