/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/written.h"

static bool has(const TbScore *given, const TbScore *score, const TbScoreNote *note) {
    const bool drum = score->parts[note->part].channel == TB_SCORE_DRUM_CHANNEL;
    const int64_t at = (int64_t)note->onset * given->ticks_per_quarter;
    size_t low = 0, high = given->n_notes;
    while (low < high) { /* the first note that is not earlier */
        const size_t middle = (low + high) / 2;
        if ((int64_t)given->notes[middle].onset * score->ticks_per_quarter < at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < given->n_notes && (int64_t)given->notes[low].onset * score->ticks_per_quarter == at; low++) {
        const bool is_drum = given->parts[given->notes[low].part].channel == TB_SCORE_DRUM_CHANNEL;
        if (given->notes[low].pitch == note->pitch && is_drum == drum)
            return true;
    }
    return false;
}

TbStatus written_notes(const TbScore *score, const TbScore *given, size_t n, TbScore *written) {
    size_t kept = 0;
    TbStatus status = tb_score_copy(score, written);
    for (size_t i = 0; status == TB_OK && i < written->n_notes; i++) {
        const TbScoreNote note = written->notes[i];
        bool is_given = false;
        for (size_t k = 0; k < n && !is_given; k++)
            is_given = given[k].n_notes && has(&given[k], written, &note);
        if (!is_given)
            written->notes[kept++] = note;
    }
    written->n_notes = kept;
    return status;
}
