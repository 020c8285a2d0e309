// SPDX-License-Identifier: GPL-3.0-or-later
/* How far the network's levels are from the recorded ones: the figure that training is judged by. */
#include "train/level_error.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 4096 };
#define AUDIBLE_LEVEL 0.25f /* levels above -75 dB count */

TbStatus level_error(const TbVae *vae, const int16_t *rows, size_t n_rows, double *db) {
    size_t n = n_rows < MOST_ROWS ? n_rows : MOST_ROWS;
    int latent = tb_vae_config(vae)->latent_dim;
    float *block = malloc(n * (size_t)(ROW + 3 * TB_FEATURES + TB_CONDITIONS + latent) * sizeof *block);
    if (!block) {
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory to check the model");
    }
    float *x = block, *t = x + n * ROW, *m = t + n * TB_FEATURES, *y = m + n * TB_FEATURES;
    float *c = y + n * TB_FEATURES, *mu = c + n * TB_CONDITIONS;
    for (size_t i = 0; i < n; i++) {
        dataset_unpack(rows + i * n_rows / n * ROW, x + i * ROW, t + i * TB_FEATURES, m + i * TB_FEATURES,
                       c + i * TB_CONDITIONS);
    }
    TbStatus status = tb_vae_encode(vae, x, n, mu, NULL);
    if (status == TB_OK) {
        status = tb_vae_decode(vae, mu, c, n, y);
    }
    double sum = 0, all = 1e-9;
    for (size_t i = 0; i < n * TB_FEATURES; i++) {
        size_t column = i % TB_FEATURES;
        bool level = column < TB_FEATURE_RATIO || (column >= TB_FEATURE_BAND && column < TB_FEATURE_GAIN);
        if (level && t[i] > AUDIBLE_LEVEL && m[i] > 0) {
            double e = 100 * (double)(fminf(fmaxf(y[i], 0), 1.15f) - t[i]);
            sum += e * e;
            all++;
        }
    }
    *db = sqrt(sum / all);
    free(block);
    return status;
}
