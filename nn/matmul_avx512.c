/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fourteen rows by two vectors: 28 sums in the 32 registers of AVX-512. */
#if defined(__x86_64__)
#define LANES 16
#define TILE 14
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define AVAILABLE                                                                                                      \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&  \
     __builtin_cpu_supports("avx512vl"))
#define KERNELS tbi_avx512_kernels
#include "nn/matmul_tiles.h"
#endif
