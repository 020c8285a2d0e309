/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: code that depends on the processor, the compiler or the C library. */
#ifndef TIMBREL_BASE_CPU_H
#define TIMBREL_BASE_CPU_H

#include <stdint.h> /* defines __GLIBC__ where the C library is glibc */

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* Function attribute: compiles a function for several instruction sets, of which the dynamic loader picks the best.
 * Needs indirect functions (ifunc), which glibc supports and musl does not; sanitizers do not work in ifunc resolvers.
 * Clang before 18 names the result NAME.ifunc, which callers in other files do not find. Elsewhere the function is
 * compiled once, for the baseline target. */
#if !defined(__x86_64__) || !defined(__GLIBC__) || defined(TB_SANITIZE)
#define TB_MULTIVERSION
#elif defined(__clang__) && __clang_major__ >= 18 /* does not accept the x86-64-v* levels */
#define TB_MULTIVERSION __attribute__((target_clones("avx512f", "avx2", "default")))
#elif defined(__GNUC__) && !defined(__clang__)
#define TB_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TB_MULTIVERSION
#endif

/* Arithmetic on denormals can be a hundred times slower, and decaying sounds produce many of them. tb_denormals_off
 * makes the calling thread treat them as zero and returns the previous mode for tb_denormals_restore. RT */
typedef uint64_t TbFloatMode;

static inline TbFloatMode tb_denormals_off(void) {
#if defined(__SSE__)
    enum { FTZ = 1 << 15, DAZ = 1 << 6 }; /* flush results, treat operands as zero */
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FTZ | DAZ);
    return before;
#elif defined(__aarch64__)
    const uint64_t fz = 1 << 24; /* flush results and operands */
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | fz) : "memory");
    return before;
#else
    return 0;
#endif
}

static inline void tb_denormals_restore(TbFloatMode before) {
#if defined(__SSE__)
    _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(before) : "memory");
#else
    (void)before;
#endif
}

#endif
