/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixes frames. The path through latent space is the decoder's output for the mixed latents; the residual that each
 * sound's own latents lose is added in proportion to the sound's weight:
 *
 *     out = D(sum w z) + sum w (x - D(z)),
 *
 * which at weight 1 is the sound itself. Where spectra overlap little, mixing levels in dB would leave a hole midway
 * (each sound's partials meet the other's floor); there levels are mixed by a power mean instead, to a degree that
 * grows as the overlap shrinks, and a sound that is quiet at that time contributes less. */
#include "sound/blend.h"

#include <math.h>

#define DISJOINT_EXPONENT 0.3f /* of the power mean without any overlap; 0 would be dB */

static bool is_level(int column) {
    return column < TB_FEATURE_RATIO || (column >= TB_FEATURE_BAND && column < TB_FEATURE_GAIN);
}

static float power(float level) {
    return exp2f((level - 1) * 33.2192809f);
}

/* Bhattacharyya coefficient of the spectra, minimum over pairs: 1 identical, 0 disjoint. */
static float overlap(const BlendPart *parts, size_t n) {
    float least = 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            float both = 0, a = 1e-12f, b = 1e-12f;
            for (int k = 0; k < TB_FEATURE_GAIN; k++) {
                if (is_level(k)) {
                    float p = power(parts[i].x[k]), q = power(parts[j].x[k]);
                    both += sqrtf(p * q);
                    a += p;
                    b += q;
                }
            }
            float c = both / sqrtf(a * b);
            least = c < least && parts[i].weight > 0 && parts[j].weight > 0 ? c : least;
        }
    }
    return least;
}

static float mix_levels(const BlendPart *parts, size_t n, int k, float exponent) {
    float sum = 0;
    if (exponent < 1e-3f) {
        for (size_t i = 0; i < n; i++)
            sum += (float)parts[i].weight * parts[i].x[k];
        return sum;
    }
    float unit = 33.2192809f * exponent;
    for (size_t i = 0; i < n; i++)
        sum += (float)parts[i].weight * exp2f((parts[i].x[k] + parts[i].level_offset - 1) * unit);
    return 1 + log2f(sum + 1e-30f) / unit;
}

void tbi_blend_frame(const BlendPart *parts, size_t n, const float *joint, float *out) {
    float apart = 1 - overlap(parts, n), exponent = DISJOINT_EXPONENT * apart * apart;
    for (int k = 0; k < TB_FEATURES; k++) {
        float bend = joint[k], mean = 0;
        for (size_t i = 0; i < n; i++) {
            bend -= (float)parts[i].weight * parts[i].decoded[k];
            mean += (float)parts[i].weight * parts[i].x[k];
        }
        out[k] = is_level(k) ? mix_levels(parts, n, k, exponent) + bend * (1 - apart) : mean;
    }
    for (int s = 0; s < TB_PARTIALS; s++) { /* a slot's ratio follows the sounds that are audible in it */
        float sum = 0, all = 1e-12f;
        for (size_t i = 0; i < n; i++) {
            float w = (float)parts[i].weight * exp2f((parts[i].x[TB_FEATURE_PARTIAL + s] - 1) * 8);
            sum += w * parts[i].x[TB_FEATURE_RATIO + s];
            all += w;
        }
        out[TB_FEATURE_RATIO + s] = sum / all;
    }
}
