/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model of rhythms or refused; a model that is accepted plays only what is possible. */
#include "tests/fuzz/fuzz.h"
#include "tests/valid_rhythm.h"

static void check(const TbRhythm *rhythm) {
    require(tb_rhythm_hits(rhythm) > 0 && rhythm_is_valid(rhythm));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbRhythmModel *model;
    TbStatus status = tb_rhythm_model_parse(data, size, &model);
    if (status != TB_OK) {
        require(!model);
        require_message(status);
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
