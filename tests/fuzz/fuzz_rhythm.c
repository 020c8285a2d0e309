/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model of rhythms or refused; a model that is accepted plays only what is possible. */
#include "tests/fuzz/fuzz.h"
#include "tests/valid_rhythm.h"

static void check(TbStatus status, const TbRhythm *rhythm) {
    if (status == TB_OK)
        require(tb_rhythm_hits(rhythm) > 0 && rhythm_is_valid(rhythm));
    else
        require_message(status);
}

static void check_section(const TbRhythmModel *model, const TbRhythm *beat, const TbRhythmOptions *o) {
    TbRhythmSection section;
    TbRhythm made[2];
    tb_rhythm_section_defaults(&section);
    section.n_bars = 3;
    section.crash = section.ending = true;
    TbStatus status = tb_rhythm_section(model, beat, &section, o, made);
    for (int i = 0; i < 2; i++)
        check(status, &made[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {12, 8}, {7, 16}};
    TbRhythmModel *model;
    TbStatus status = tb_rhythm_model_parse(data, size, &model);
    if (fuzz_refused(status, !model))
        return 0;
    TbRhythmOptions o;
    TbRhythm drawn, other, made[3];
    TbRhythmMask locked;
    const uint32_t how = fuzz_hash(data, size);
    tb_rhythm_defaults(&o);
    o.seed = how;
    o.numerator = metres[how % 4][0];
    o.denominator = metres[how % 4][1];
    o.style = (int)(how >> 2 & 15);
    o.temperature = (double)(how >> 6 & 3) / 1.5;
    o.knob[how % TB_RHYTHM_KNOBS] = (double)(how >> 8 & 3) * 4 / 3 - 2;
    memset(locked, 0, sizeof locked);
    for (int t = 0; t < TB_RHYTHM_STEPS / 2; t++)
        locked[t][t % TB_DRUM_CLASSES] = true;
    status = tb_rhythm_draw(model, &o, &drawn);
    check(status, &drawn);
    if (status == TB_OK) {
        check(tb_rhythm_vary(model, &drawn, 0.5, &o, made), made);
        check(tb_rhythm_humanise(model, &drawn, 1, &o, made), made);
        check(tb_rhythm_from_taps(model, &drawn, true, &o, made), made);
        check(tb_rhythm_fill(model, &drawn, locked, &o, made), made);
        check_section(model, &drawn, &o);
        if (tb_rhythm_draw_beat(model, &o, &other) == TB_OK) {
            status = tb_rhythm_interpolate(model, &drawn, &other, 3, &o, made);
            for (int i = 0; i < 3; i++)
                check(status, &made[i]);
        }
    }
    tb_rhythm_model_free(model);
    return 0;
}
