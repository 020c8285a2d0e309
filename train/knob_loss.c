/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses that tie the first dimensions of the code to attributes of the sound. */
#include "train/note_set.h"

#include <math.h>

#define ORDER_WEIGHT 0.5f      /* of the order of the attributes, compared by tanh of differences times ... */
#define ORDER_STEEPNESS 5.0f   /* ... this */
#define VALUE_WEIGHT 0.5f      /* of their values */
#define COVARIANCE_WEIGHT 0.3f /* of the covariance between knobs and the rest of the code */

/* The code's first dimensions must have the order, and the values, of the attributes' normal scores. */
double tbi_knob_order_loss(const NoteSet *set, const size_t *source, const bool *mixed, size_t n, const float *mu,
                           float *dmu) {
    double sum = 0;
    const NoteItem *items = set->items;
    for (size_t k = 0; k < TB_KNOBS; k++) {
        for (size_t i = 0; i < n; i++) {
            if (mixed && mixed[i]) /* its attributes were not measured */
                continue;
            float a = set->knob[items[source[i]].instrument][k], m = mu[i * TB_CODE_DIM + k];
            sum += VALUE_WEIGHT * (m - a) * (m - a) / (float)n;
            dmu[i * TB_CODE_DIM + k] += 2 * VALUE_WEIGHT * (m - a) / (float)n;
            for (size_t j = 0; j < i; j++) {
                float b = set->knob[items[source[j]].instrument][k];
                float t = tanhf(ORDER_STEEPNESS * (m - mu[j * TB_CODE_DIM + k]));
                float sign = a > b ? 1 : a < b ? -1 : 0, e = t - sign;
                float d = e > 0 ? 1 : e < 0 ? -1 : 0, w = ORDER_WEIGHT * 2 / ((float)n * ((float)n - 1));
                if ((mixed && mixed[j]) || items[source[i]].pitched != items[source[j]].pitched)
                    continue; /* drums are ranked separately */
                sum += w * fabsf(e);
                d *= w * ORDER_STEEPNESS * (1 - t * t);
                dmu[i * TB_CODE_DIM + k] += d;
                dmu[j * TB_CODE_DIM + k] -= d;
            }
        }
    }
    return sum;
}

/* Knobs must be uncorrelated with the rest of the code: penalises their squared covariance with it over the batch
 * (as in DIP-VAE, Kumar et al. 2018). */
void tbi_knob_decorrelation_loss(size_t n, const float *mu, float *dmu) {
    double mean[TB_CODE_DIM] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < TB_CODE_DIM; k++)
            mean[k] += mu[i * TB_CODE_DIM + k] / (float)n;
    for (size_t a = 0; a < TB_KNOBS; a++) {
        for (size_t b = TB_KNOBS; b < TB_CODE_DIM; b++) {
            double c = 0;
            for (size_t i = 0; i < n; i++)
                c += (mu[i * TB_CODE_DIM + a] - mean[a]) * (mu[i * TB_CODE_DIM + b] - mean[b]) / (float)n;
            for (size_t i = 0; i < n; i++) {
                float w = 2 * COVARIANCE_WEIGHT * (float)c / (float)n;
                dmu[i * TB_CODE_DIM + a] += w * (float)(mu[i * TB_CODE_DIM + b] - mean[b]);
                dmu[i * TB_CODE_DIM + b] += w * (float)(mu[i * TB_CODE_DIM + a] - mean[a]);
            }
        }
    }
}
