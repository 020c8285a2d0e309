/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the linear layer, forward and backward, as three matrix products. The bias is added separately,
 * fused with the next operation. Row-major; `ld` is the row stride in floats. RT */
#ifndef TIMBREL_NN_LINEAR_H
#define TIMBREL_NN_LINEAR_H

#include "nn/matmul.h"

/* A layer's weights w[out][in], packed for both directions. The weights are borrowed. */
typedef struct {
    TbMatmulBackend backend;
    size_t in, out;
    TbRight forward, backward;
} TbLinear;

/* Floats for both packed forms; `memory` has that size, is aligned to 64 bytes and belongs to the caller. */
size_t tbi_linear_packed_size(TbMatmulBackend backend, size_t in, size_t out);
void tbi_linear_init(TbLinear *linear, TbMatmulBackend backend, const float *w, size_t in, size_t out, float *memory);
/* Repacks after the weights have changed; once for each direction that will be used. */
void tbi_linear_pack(const TbLinear *linear, bool backward);

/* Floats of scratch for up to n rows, for all functions below; aligned to 64 bytes. */
size_t tbi_linear_scratch(TbMatmulBackend backend, size_t in, size_t out, size_t n);

/* y[n][out] = x[n][in] w^T */
void tbi_linear_forward(const TbLinear *linear, const float *x, size_t ldx, size_t n, float *y, size_t ldy,
                        float *scratch);
/* dx[n][in] = dy[n][out] w */
void tbi_linear_backward_input(const TbLinear *linear, const float *dy, size_t lddy, size_t n, float *dx, size_t lddx,
                               float *scratch);
/* dw[out][in] += dy[n][out]^T x[n][in] */
void tbi_linear_backward_weight(const TbLinear *linear, const float *dy, size_t lddy, const float *x, size_t ldx,
                                size_t n, float *dw, float *scratch);

/* For few rows, without packing or scratch: y[n][out] = x[n][in] w[out][in]^T. RT */
void tbi_linear_small(const float *w, size_t in, size_t out, const float *x, size_t ldx, size_t n, float *y,
                      size_t ldy);

#endif
