/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model of melodies or refused; a model that is accepted makes only melodies that are possible. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/melody.h"

static void check(const TbMelody *m, const TbMelodyOptions *o) {
    const int32_t end = m->line[m->n_bars];
    require(m->n_bars > 0 && m->n_notes > 0);
    for (size_t i = 0; i < m->n_notes; i++) {
        const TbMelodyNote *n = &m->notes[i];
        const int32_t next = i + 1 < m->n_notes ? n[1].onset : end;
        require(n->onset >= 0 && n->duration >= 1 && n->onset + n->duration <= next);
        require(n->velocity >= 1 && n->velocity <= 127 && n->pitch >= o->lowest && n->pitch <= o->highest);
    }
    for (size_t i = 0; i < m->n_chords; i++)
        require(m->chords[i].step >= 0 && m->chords[i].step < end);
}

static void keep(TbStatus status, TbMelody *made, const TbMelodyOptions *o) {
    if (status == TB_OK) {
        check(made, o);
        tb_melody_free(made);
    } else {
        require_message(status);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {7, 8}};
    TbMelodyModel *model;
    TbStatus status = tb_melody_model_parse(data, size, &model);
    if (fuzz_refused(status, !model))
        return 0;
    TbMelodyOptions o;
    TbMelody drawn, made;
    const uint32_t how = fuzz_hash(data, size);
    tb_melody_defaults(&o);
    o.seed = how;
    o.bars = 4;
    o.numerator = metres[how % 4][0];
    o.denominator = metres[how % 4][1];
    o.temperature = (double)(how >> 2 & 3) / 1.5;
    o.top_p = how >> 4 & 1 ? 1 : 0.5;
    o.density = (double)(how >> 5 & 3) - 1;
    o.form = how >> 7 & 1 ? "" : NULL;
    if (tb_melody_draw(model, &o, &drawn) == TB_OK) {
        check(&drawn, &o);
        keep(tb_melody_continue(model, &drawn, &o, &made), &made, &o);
        keep(tb_melody_fill(model, &drawn, 1, 2, &o, &made), &made, &o);
        keep(tb_melody_vary(model, &drawn, 0.5, &o, &made), &made, &o);
        keep(tb_melody_harmonise(model, &drawn, how >> 8 & 1, &made), &made, &o);
        if (tb_melody_vary(model, &drawn, 1, &o, &made) == TB_OK) {
            TbMelody way[4];
            require(tb_melody_interpolate(model, &drawn, &made, 4, &o, way) == TB_OK);
            for (int i = 0; i < 4; i++)
                keep(TB_OK, &way[i], &o);
            tb_melody_free(&made);
        }
        tb_melody_free(&drawn);
    }
    tb_melody_model_free(model);
    return 0;
}
