/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: a pool of persistent threads that share a task. */
#ifndef TIMBREL_NN_THREAD_POOL_H
#define TIMBREL_NN_THREAD_POOL_H

#include "timbrel/base.h"

typedef struct TbThreadPool TbThreadPool;

/* `n` threads including the caller's. */
TB_NODISCARD TbStatus tbi_thread_pool_new(int n, TbThreadPool **pool);
void tbi_thread_pool_free(TbThreadPool *pool);
int tbi_thread_pool_count(const TbThreadPool *pool);

/* Calls work(context, i) once for every i of 0..n-1, each in its own thread (0 in the caller's); returns when all
 * are done. The assignment of parts to threads is fixed, so results are reproducible. */
void tbi_thread_pool_run(TbThreadPool *pool, void (*work)(void *context, int index), void *context);

/* The number last set by tb_set_threads; initially 1. */
int tbi_threads(void);

#endif
