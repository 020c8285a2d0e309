/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that are freed together: those that one object owns, or that one computation needs. */
#ifndef TIMBREL_BASE_ARENA_H
#define TIMBREL_BASE_ARENA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TB_ARENA_ALIGNMENT = 64 }; /* bytes: a cache line, which also suits SIMD and FFTW */

/* Begins as {0}. Each array is an allocation of its own, so that AddressSanitizer sees where it ends. */
typedef struct {
    void *newest; /* the block of the last array, which begins with a pointer to the block before it */
    bool failed;  /* an allocation has failed: check once, after the last of them */
} TbArena;

/* n zeroed elements of `size` bytes, 1 or more, aligned to cache lines; n may be 0. NULL if this allocation or an
 * earlier one failed. Inline: each library has its own. OFF */
static inline void *tbi_arena_alloc(TbArena *arena, size_t n, size_t size) {
    const size_t line = TB_ARENA_ALIGNMENT;
    char *block = NULL;
    if (!arena->failed && n <= (SIZE_MAX / 2 - 2 * line) / size) {
        size_t bytes = line + (n * size + line - 1) / line * line;
        block = aligned_alloc(line, bytes);
        if (block)
            memset(block, 0, bytes);
    }
    arena->failed = !block;
    if (!block)
        return NULL;
    memcpy(block, &arena->newest, sizeof arena->newest);
    arena->newest = block;
    return block + line;
}

static inline float *tbi_arena_floats(TbArena *arena, size_t n) {
    return tbi_arena_alloc(arena, n, sizeof(float));
}

/* Frees all arrays. Afterwards the arena is empty and can be used again. OFF */
static inline void tbi_arena_free(TbArena *arena) {
    while (arena->newest) {
        void *block = arena->newest;
        memcpy(&arena->newest, block, sizeof arena->newest);
        free(block);
    }
    arena->failed = false;
}

/* Frees an object from malloc or calloc whose first member is the arena of its arrays, and these; NULL is fine. OFF */
static inline void tbi_arena_free_owner(void *owner) {
    TbArena *arena = owner;
    if (arena)
        tbi_arena_free(arena);
    free(owner);
}

#endif
