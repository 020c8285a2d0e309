/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/check.h"
#include "base/options.h"

TbStatus tbi_melody_read_options(const TbMelodyOptions *options, TbMelodyOptions *o) {
    TbStatus status = tbi_options_read(options, o, sizeof *o);
    if (status)
        return status;
    if (!(o->temperature >= 0 && o->temperature <= 2) || !(o->top_p > 0 && o->top_p <= 1) ||
        !(o->density >= -2 && o->density <= 2))
        return tb_fail(TB_ERR_ARGUMENT, "Melodies are drawn with a temperature of 0 to 2, a top-p above 0 and up to 1, "
                                        "and a density of -2 to 2.");
    if (o->lowest < 0 || o->highest > 127 || o->highest - o->lowest < 12)
        return tb_fail(TB_ERR_ARGUMENT,
                       "Pitches %d to %d are no range for a melody; give an octave or more in 0 to 127.", o->lowest,
                       o->highest);
    return TB_OK;
}

static bool has_order(const TbMelody *m) {
    for (int32_t b = 0; b < m->n_bars; b++)
        if (m->line[b + 1] <= m->line[b] || m->line[b + 1] - m->line[b] > TB_MELODY_BAR)
            return false;
    for (size_t i = 0; i < m->n_notes; i++) {
        const TbMelodyNote *n = &m->notes[i];
        const int32_t next = i + 1 < m->n_notes ? n[1].onset : m->line[m->n_bars];
        if (n->onset < 0 || n->duration < 1 || n->onset > next || n->duration > next - n->onset || n->pitch > 127 ||
            n->velocity < 1 || n->velocity > 127)
            return false;
    }
    for (size_t i = 0; i < m->n_chords; i++) {
        const TbMelodyChord *c = &m->chords[i];
        if (c->step < 0 || (i && c->step <= c[-1].step) || c->chord.root < -1 || c->chord.root > 11 ||
            c->chord.kind >= TB_CHORD_KINDS || c->chord.bass < -1 || c->chord.bass > 11)
            return false;
    }
    return true;
}

TbStatus tbi_melody_check(const TbMelody *m) {
    if (m->n_bars < 1 || m->n_bars > TB_MELODY_BARS || m->n_notes > TB_MELODY_NOTES || !m->line || m->line[0] != 0 ||
        (m->n_notes && !m->notes) || (m->n_chords && !m->chords) || m->key.tonic < 0 || m->key.tonic > 11 ||
        !tb_melody_metre_is_possible(m->numerator, m->denominator) || !has_order(m))
        return tb_fail(TB_ERR_ARGUMENT, "The melody that was given is none: its bars, notes or chords overlap, are out "
                                        "of order or out of range.");
    return TB_OK;
}
