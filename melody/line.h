/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the line of a whole score, which melodies are cut from. */
#ifndef TIMBREL_MELODY_LINE_H
#define TIMBREL_MELODY_LINE_H

#include "base/arena.h"
#include "timbrel/melody.h"

typedef struct {
    TbMelodyNote *notes; /* of the line, in order */
    size_t n_notes;
    TbMelodyChord *chords;
    size_t n_chords;
    int32_t *line;       /* [n_bars + 1] */
    TbScoreMetre *metre; /* [n_bars + 1] */
    size_t n_bars;
    TbKey key;
    TbArena memory;
} MelodyLine;

TB_NODISCARD TbStatus tbi_melody_line_new(const TbScore *score, MelodyLine *line);
void tbi_melody_line_free(MelodyLine *line);

/* Bars first .. first + n - 1, with 0 or more notes. TB_ERR_UNSUPPORTED as tb_melody_from_score. */
TB_NODISCARD TbStatus tbi_melody_cut(const MelodyLine *line, size_t first, size_t n, TbMelody *melody);

/* Metre, key and bars become those of another melody; `line` has room for them. */
void tbi_melody_copy_bars(const TbMelody *from, TbMelody *to);

/* Arrays of one more than these numbers, filled with 0; on failure nothing is left. */
TB_NODISCARD TbStatus tbi_melody_allocate(TbMelody *melody, size_t bars, size_t notes, size_t chords);

#endif
