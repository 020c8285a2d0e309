/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model of rhythms or refused; a model that is accepted plays only what is possible. */
#include "timbrel/rhythm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const TbRhythm *rhythm) {
    size_t hits = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = rhythm->cell[t][d];
            if (hit.velocity == 0 && hit.offset == 0)
                continue;
            if (!(t < tb_rhythm_steps(rhythm) && hit.velocity >= 0.0078f && hit.velocity <= 1 && hit.offset > -0.5f &&
                  hit.offset <= 0.5f))
                abort();
            hits++;
        }
    if (hits == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbRhythmModel *model;
    TbStatus status = tb_rhythm_model_parse(data, size, &model);
    if (status != TB_OK) {
        if (model || strcmp(tb_error_text(status), tb_status_text(status)) == 0)
            abort();
        return 0;
    }
    TbRhythmOptions o;
    TbRhythm drawn, made;
    tb_rhythm_defaults(&o);
    o.seed = size;
    if (tb_rhythm_draw(model, &o, &drawn) == TB_OK) {
        check(&drawn);
        if (tb_rhythm_vary(model, &drawn, 0.5, &o, &made) == TB_OK)
            check(&made);
        if (tb_rhythm_humanise(model, &drawn, 1, &o, &made) == TB_OK)
            check(&made);
        if (tb_rhythm_from_taps(model, &drawn, true, &o, &made) == TB_OK)
            check(&made);
    }
    tb_rhythm_model_free(model);
    return 0;
}
