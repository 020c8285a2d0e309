/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/sampling.h"

#include <math.h>

static bool is_allowed(const bool *allowed, size_t k) {
    return !allowed || allowed[k];
}

static int most_probable(const float *logits, const bool *allowed, size_t n) {
    int best = -1;
    for (size_t k = 0; k < n; k++)
        if (is_allowed(allowed, k) && (best < 0 || logits[k] > logits[best]))
            best = (int)k;
    return best;
}

/* The probability of the least probable class of the nucleus. Goes down from the most probable; equal ones are taken
 * together. */
static float nucleus_limit(const float *p, size_t n, double wanted) {
    float limit = INFINITY;
    double total = 0;
    while (total < wanted) {
        float next = 0;
        for (size_t k = 0; k < n; k++)
            if (p[k] < limit && p[k] > next)
                next = p[k];
        if (next == 0)
            break;
        for (size_t k = 0; k < n; k++)
            if (p[k] == next)
                total += (double)next;
        limit = next;
    }
    return limit;
}

int tbi_sample(const TbSampling *sampling, const float *logits, const bool *allowed, size_t n, TbRng *rng, float *p) {
    const double uniform = (double)tb_rng_uniform(rng);
    const int best = most_probable(logits, allowed, n);
    if (best < 0 || !(sampling->temperature > 0))
        return best;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        p[k] = is_allowed(allowed, k) ? expf((logits[k] - logits[best]) / sampling->temperature) : 0;
        sum += (double)p[k];
    }
    if (sampling->top_p < 1) {
        const float limit = nucleus_limit(p, n, (double)sampling->top_p * sum);
        sum = 0;
        for (size_t k = 0; k < n; k++) {
            p[k] = p[k] >= limit ? p[k] : 0;
            sum += (double)p[k];
        }
    }
    double left = uniform * sum;
    for (size_t k = 0; k < n; k++) {
        if (p[k] > 0 && left < (double)p[k])
            return (int)k;
        left -= (double)p[k];
    }
    return best; /* rounding left a remainder after the last class */
}
