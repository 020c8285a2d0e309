/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Six rows by two vectors: twelve sums in the sixteen registers of AVX2. */
#if defined(__x86_64__)
#define LANES 8
#define TILE 6
#define TARGET __attribute__((target("avx2,fma")))
#define AVAILABLE (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define KERNELS tbi_avx2_kernels
#include "nn/matmul_tiles.h"
#endif
