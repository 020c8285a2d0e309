/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/linear.h"
#include "base/cpu.h"
#include "nn/vector.h"

static size_t aligned(size_t n_floats) {
    return (n_floats + 15) / 16 * 16;
}

size_t tbi_linear_packed_size(TbMatmulBackend backend, size_t in, size_t out) {
    return aligned(tbi_packed_size(backend, in, out)) + aligned(tbi_packed_size(backend, out, in));
}

void tbi_linear_init(TbLinear *linear, TbMatmulBackend backend, const float *w, size_t in, size_t out, float *memory) {
    *linear = (TbLinear){
        .backend = backend,
        .in = in,
        .out = out,
        .forward = {.b = w, .ldb = in, .transposed = true, .k = in, .n = out, .packed = memory},
        .backward =
            {.b = w, .ldb = in, .k = out, .n = in, .packed = memory + aligned(tbi_packed_size(backend, in, out))},
    };
}

void tbi_linear_pack(const TbLinear *linear, bool backward) {
    tbi_pack(linear->backend, backward ? &linear->backward : &linear->forward);
}

size_t tbi_linear_scratch(TbMatmulBackend backend, size_t in, size_t out, size_t n) {
    size_t forward = tbi_matmul_scratch(backend, n, in), input = tbi_matmul_scratch(backend, n, out);
    size_t weight = aligned(tbi_matmul_scratch(backend, out, n)) + tbi_packed_size(backend, n, in);
    size_t most = forward > input ? forward : input;
    return most > weight ? most : weight;
}

void tbi_linear_forward(const TbLinear *linear, const float *x, size_t ldx, size_t n, float *y, size_t ldy,
                        float *scratch) {
    const TbLeft left = {.a = x, .lda = ldx, .m = n};
    tbi_product(linear->backend, &left, &linear->forward, y, ldy, false, scratch);
}

void tbi_linear_backward_input(const TbLinear *linear, const float *dy, size_t lddy, size_t n, float *dx, size_t lddx,
                               float *scratch) {
    const TbLeft left = {.a = dy, .lda = lddy, .m = n};
    tbi_product(linear->backend, &left, &linear->backward, dx, lddx, false, scratch);
}

void tbi_linear_backward_weight(const TbLinear *linear, const float *dy, size_t lddy, const float *x, size_t ldx,
                                size_t n, float *dw, float *scratch) {
    const TbLeft left = {.a = dy, .lda = lddy, .transposed = true, .m = linear->out};
    const TbRight right = {.b = x,
                           .ldb = ldx,
                           .k = n,
                           .n = linear->in,
                           .packed = scratch + aligned(tbi_matmul_scratch(linear->backend, linear->out, n))};
    tbi_pack(linear->backend, &right);
    tbi_product(linear->backend, &left, &right, dw, linear->in, true, scratch);
}

/* ---- a few rows ---- */

/* Dot products over `in` for m rows (1 or 2) and q outputs (1 or 4), compile-time constants, computed side by side. */
TB_INLINE void dots(size_t m, size_t q, const float *w, size_t in, const float *x, size_t ldx, float *y, size_t ldy) {
    TbVector sum[2][4] = {{{0}}};
    size_t k = 0;
    for (; k + TB_SIMD_WIDTH <= in; k += TB_SIMD_WIDTH)
        TB_UNROLL(2)
    for (size_t i = 0; i < m; i++)
        TB_UNROLL(4)
    for (size_t j = 0; j < q; j++)
        sum[i][j] += *(const TbVector *)(x + i * ldx + k) * *(const TbVector *)(w + j * in + k);
    TB_UNROLL(2)
    for (size_t i = 0; i < m; i++) {
        float total[4];
        if (q == 4)
            tb_vector_sums(sum[i], total);
        else
            total[0] = tb_vector_sum(&sum[i][0]);
        TB_UNROLL(4)
        for (size_t j = 0; j < q; j++) {
            for (size_t rest = k; rest < in; rest++)
                total[j] += x[i * ldx + rest] * w[j * in + rest];
            y[i * ldy + j] = total[j];
        }
    }
}

TB_MULTIVERSION void tbi_linear_small(const float *w, size_t in, size_t out, const float *x, size_t ldx, size_t n,
                                      float *y, size_t ldy) {
    size_t j = 0;
    for (; j + 4 <= out; j += 4) {
        size_t i = 0;
        for (; i + 2 <= n; i += 2)
            dots(2, 4, w + j * in, in, x + i * ldx, ldx, y + i * ldy + j, ldy);
        if (i < n)
            dots(1, 4, w + j * in, in, x + i * ldx, ldx, y + i * ldy + j, ldy);
    }
    for (; j < out; j++)
        for (size_t i = 0; i < n; i++)
            dots(1, 1, w + j * in, in, x + i * ldx, ldx, y + i * ldy + j, ldy);
}
