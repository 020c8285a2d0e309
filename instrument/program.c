/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instruments of General MIDI, from the codes in the model. */
#include "instrument/recorded_layer.h"
#include "timbrel/sound.h"

TbStatus tb_instrument_program(const TbModel *model, int program, TbInstrument **instrument) {
    const TbNoteModel *notes = tb_model_notes(model);
    *instrument = NULL;
    if (program < 0 || program >= TB_PROGRAMS)
        return tb_fail(TB_ERR_ARGUMENT, "There is no program %d; use 0 to %d, or %d + a drum's key.", program,
                       TB_DRUM_KEYS - 1, TB_DRUM_KEYS);
    if (!notes || !(notes->program[program].kind > 0))
        return tb_fail(TB_ERR_UNSUPPORTED,
                       program < TB_DRUM_KEYS
                           ? "This model does not know program %d of General MIDI; play it with another sound."
                           : "This model does not know the drum on key %d of General MIDI; play it with another sound.",
                       program < TB_DRUM_KEYS ? program + 1 : program - TB_DRUM_KEYS);
    const TbProgram *p = &notes->program[program];
    TbStatus status = tb_instrument_new(model, p->code, p->kind > 1, instrument);
    if (status == TB_OK)
        (*instrument)->above = p->above;
    return status;
}
