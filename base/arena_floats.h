/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many arrays of floats from one arena, written as a table. */
#ifndef TIMBREL_BASE_ARENA_FLOATS_H
#define TIMBREL_BASE_ARENA_FLOATS_H

#include "base/arena.h"

typedef struct {
    float **array; /* gets tbi_arena_floats(arena, n) */
    size_t n;
} TbArenaFloats;

/* As tbi_arena_alloc of each of the rows; check arena->failed. OFF */
static inline void tbi_arena_floats_each(TbArena *arena, const TbArenaFloats *rows, size_t n_rows) {
    for (size_t i = 0; i < n_rows; i++)
        *rows[i].array = tbi_arena_floats(arena, rows[i].n);
}

#endif
