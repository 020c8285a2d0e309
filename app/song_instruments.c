/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/song_instruments.h"
#include "app/files.h"
#include "app/instruments.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static TbStatus out_of_memory(void) {
    return tbi_no_memory("for the instruments");
}

/* Takes ownership of the instrument. */
static TbStatus keep(Instruments *all, const char *name, TbInstrument *instrument) {
    char *copy = strdup(name);
    if (!copy || !tbi_grow_by_one(&all->made, (size_t)all->n)) {
        free(copy);
        tb_instrument_free(instrument);
        return out_of_memory();
    }
    all->made[all->n].name = copy;
    all->made[all->n].instrument = instrument;
    all->n++;
    return TB_OK;
}

/* Maps progress of the next sound to its part of the bar. */
static Part next_part(const Instruments *all, const char *name, double from, double to) {
    double each = 1.0 / (all->n_expected > all->n ? all->n_expected : all->n + 1);
    Part part = all->progress;
    double width = (part.to - part.from) * each, start = part.from + width * all->n;
    part.from = start + width * from;
    part.to = start + width * to;
    part.what = path_base(name);
    return part;
}

static TbStatus of_files(Instruments *all, char *const *paths, size_t n, int drum_key, TbInstrument **instrument) {
    Input *inputs = calloc(n, sizeof *inputs);
    const TbSound **sounds = calloc(n, sizeof *sounds);
    TbRecordedNote *as = calloc(n, sizeof *as);
    TbStatus status = inputs && sounds && as ? TB_OK : out_of_memory();
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        Part part = next_part(all, paths[i], (double)i / (double)n, (double)(i + 1) / (double)n);
        status = input_load(all->model, paths[i], false, part_report, &part, &inputs[i]);
        if (status == TB_OK && inputs[i].sound.n_notes == 0)
            status = tb_fail(TB_ERR_EMPTY, "\"%s\" is silent.", paths[i]);
        sounds[i] = &inputs[i].sound;
        as[i] = (TbRecordedNote){(float)drum_key, tb_recorded_note_parse(paths[i]).velocity, true};
    }
    if (status == TB_OK)
        status = tb_instrument_from_sounds(all->model, sounds, as, n, instrument);
    for (size_t i = 0; inputs && i < n; i++)
        tb_sound_free(&inputs[i].sound);
    free(inputs);
    free(sounds);
    free(as);
    return status;
}

TbStatus instruments_of_drum(Instruments *all, const char *name, char *const *paths, size_t n, int key,
                             const TbInstrument **instrument) {
    TbInstrument *made = NULL;
    TbStatus status = of_files(all, paths, n, key, &made);
    if (status == TB_OK)
        status = keep(all, name, made);
    *instrument = status == TB_OK ? made : NULL;
    return status;
}

TbStatus instruments_of_program(Instruments *all, int program, const TbInstrument **instrument) {
    TbInstrument *made = NULL;
    TbStatus status = tb_instrument_program(all->model, program, &made);
    if (status == TB_OK)
        status = keep(all, "", made);
    *instrument = status == TB_OK ? made : NULL;
    return status;
}

TbStatus instruments_find(Instruments *all, const char *name, const TbInstrument **instrument) {
    TbInstrument *made = NULL;
    Part part = next_part(all, name, 0, 1);
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->made[i].name, name) == 0) {
            *instrument = all->made[i].instrument;
            return TB_OK;
        }
    TbStatus status = instrument_load(all->model, name, part_report, &part, &made);
    if (status == TB_OK)
        status = keep(all, name, made);
    *instrument = status == TB_OK ? made : NULL;
    return status;
}

TbStatus instruments_with_knobs(Instruments *all, const char *name, const float knob[TB_KNOBS],
                                const TbInstrument **instrument) {
    const TbInstrument *plain;
    TbInstrument *made = NULL;
    TbStatus status = instruments_find(all, name, &plain);
    if (status == TB_OK)
        status = tb_instrument_vary(plain, 0, 0, &made);
    if (status == TB_OK) {
        tb_instrument_add_knobs(made, knob);
        status = keep(all, "", made);
    }
    *instrument = status == TB_OK ? made : NULL;
    return status;
}

void instruments_free(Instruments *all) {
    for (int i = 0; i < all->n; i++) {
        free(all->made[i].name);
        tb_instrument_free(all->made[i].instrument);
    }
    free(all->made);
    *all = (Instruments){0};
}
