/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New chords for a melody: a track whose other parts are locked, and whose chords are not given. */
#include "base/options.h"
#include "compose/edit.h"

TbStatus tb_compose_harmonise(const TbMusicModels *models, const TbScore *score, const TbComposeOptions *options,
                              TbScore *out) {
    const unsigned new_parts = TB_COMPOSE_PART(TB_ROLE_BASS) | TB_COMPOSE_PART(TB_ROLE_CHORDS);
    TbComposeOptions o;
    ScoreEdit e;
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_options_read(options, &o, sizeof o);
    status = status ? status : tbi_edit_begin(score, &e);
    if (status)
        return status;
    unsigned has = 0;
    for (size_t i = 0; i < e.score.n_notes; i++)
        has |= TB_COMPOSE_PART(e.role[e.score.notes[i].part]);
    if (!(has & TB_COMPOSE_PART(TB_ROLE_MELODY)))
        status = tb_fail(TB_ERR_EMPTY, "This piece has no melody that could get chords; give one with a melody.");
    e.score.n_chords = 0;
    o.parts &= new_parts;
    o.locked_parts = has & ~TB_COMPOSE_PART(TB_ROLE_CHORDS) & ~o.parts;
    o.parts = o.parts ? o.parts : TB_COMPOSE_PART(TB_ROLE_MELODY); /* which is locked: chord symbols alone */
    o.locked = &e.score;
    o.primer = NULL;
    o.continues = o.without_primer = false;
    o.tempo = 0;
    status = status ? status : tb_compose(models, &o, out, NULL);
    tbi_edit_end(&e);
    return status;
}
