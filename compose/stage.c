/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compose/stage.h"

bool tbi_stage_report(void *stage, double done, const char *what) {
    const ComposeStage *s = stage;
    (void)what;
    return !s->o->progress || s->o->progress(s->o->context, s->from + done * (s->to - s->from), s->what);
}

TbStatus tbi_stage_check(ComposeStage *stage, double done) {
    return tbi_stage_report(stage, done, NULL) ? TB_OK : tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
}
