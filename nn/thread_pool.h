/* Inside of vae/: threads that stay, and split a piece of work between them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_NN_THREAD_POOL_H
#define TIMBREL_NN_THREAD_POOL_H

#include "timbrel/base.h"

typedef struct TbWorkers TbWorkers;

/* `n` threads in all, the caller's included. */
TB_NODISCARD TbStatus tb_workers_new(int n, TbWorkers **workers);
void tb_workers_free(TbWorkers *workers);
int tb_workers_count(const TbWorkers *workers);

/* Calls work(context, i) once for every i of 0..n-1, each in its own thread (0 in the caller's); returns when all are
 * done. Which thread does which part never changes, so results repeat. */
void tb_workers_run(TbWorkers *workers, void (*work)(void *context, int index), void *context);

/* What tb_set_threads was told last; 1 at the start. */
int tb_threads(void);

#endif
