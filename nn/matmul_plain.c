/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For any processor: vectors of four floats, as in SSE2 and NEON. Six rows by two vectors fit the sixteen registers
 * of SSE2, twelve rows the 32 of NEON. */
#define LANES 4
#if defined(__aarch64__)
#define TILE 12
#else
#define TILE 6
#endif
#define TARGET
#define AVAILABLE true
#define KERNELS tbi_plain_kernels
#include "nn/matmul_tiles.h"
