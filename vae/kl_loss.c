/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KL divergence of a diagonal Gaussian from N(0, 1) (Kingma and Welling 2014, appendix B), with free bits (Kingma et
 * al. 2016, appendix C.8): a dim whose mean KL is below `free_bits` is not penalised further. */
#include "timbrel/vae.h"
#include "vae/training.h"

#include <math.h>

double tbi_kl_loss(const float *mu, const float *logvar, size_t n, int latent_dim, double beta, double free_bits,
                   float *dmu, float *dlogvar) {
    enum { BLOCK = 64 }; /* dims at a time, so that the sums need no allocation */
    const size_t latent = (size_t)latent_dim;
    const float gain = (float)(beta / (double)n);
    double loss = 0;
    for (size_t first = 0; first < latent; first += BLOCK) {
        const size_t size = latent - first < BLOCK ? latent - first : BLOCK;
        double sums[BLOCK] = {0};
        for (size_t row = 0; row < n; row++) {
            const float *m = mu + row * latent + first, *v = logvar + row * latent + first;
            for (size_t k = 0; k < size; k++)
                sums[k] += 0.5f * (m[k] * m[k] + (expf(v[k]) - 1) - v[k]);
        }
        float active[BLOCK];
        for (size_t k = 0; k < size; k++) {
            double mean = sums[k] / (double)n;
            active[k] = mean > free_bits || free_bits <= 0 ? gain : 0;
            loss += mean > free_bits ? mean : free_bits > 0 ? free_bits : mean;
        }
        for (size_t row = 0; row < n; row++)
            for (size_t k = 0; k < size; k++) {
                size_t at = row * latent + first + k;
                if (dmu)
                    dmu[at] += active[k] * mu[at];
                if (dlogvar)
                    dlogvar[at] += active[k] * 0.5f * (expf(logvar[at]) - 1);
            }
    }
    return beta * loss;
}
