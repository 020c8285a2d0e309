/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to compose/: a stage of the work, how far it is, and whether to stop. */
#ifndef TIMBREL_COMPOSE_STAGE_H
#define TIMBREL_COMPOSE_STAGE_H

#include "timbrel/compose.h"

typedef struct {
    const TbComposeOptions *o;
    double from, to; /* of all work, 0 .. 1 */
    const char *what;
} ComposeStage;

/* A TbProgress whose context is a ComposeStage: `done` of this stage; `what` is the stage's. */
bool tbi_stage_report(void *stage, double done, const char *what);

/* The same as a status, TB_ERR_CANCELLED. */
TB_NODISCARD TbStatus tbi_stage_check(ComposeStage *stage, double done);

#endif
