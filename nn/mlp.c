/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/mlp.h"

#include <stdlib.h>

float *tbi_floats_new(size_t n_floats) {
    if (n_floats > SIZE_MAX / 8)
        return NULL;
    size_t n_bytes = (n_floats * sizeof(float) + 63) / 64 * 64;
    return aligned_alloc(64, n_bytes ? n_bytes : 64);
}
