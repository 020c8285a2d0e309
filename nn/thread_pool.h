/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of nn/: threads that stay, and split a piece of work between them. */
#ifndef TIMBREL_NN_THREAD_POOL_H
#define TIMBREL_NN_THREAD_POOL_H

#include "timbrel/base.h"

typedef struct TbThreadPool TbThreadPool;

/* `n` threads in all, the caller's included. */
TB_NODISCARD TbStatus tbi_thread_pool_new(int n, TbThreadPool **pool);
void tbi_thread_pool_free(TbThreadPool *pool);
int tbi_thread_pool_count(const TbThreadPool *pool);

/* Calls work(context, i) once for every i of 0..n-1, each in its own thread (0 in the caller's); returns when all are
 * done. Which thread does which part never changes, so results repeat. */
void tbi_thread_pool_run(TbThreadPool *pool, void (*work)(void *context, int index), void *context);

/* What tb_set_threads was told last; 1 at the start. */
int tbi_threads(void);

#endif
