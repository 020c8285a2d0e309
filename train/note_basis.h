/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The basis of the code, chosen after training. */
#ifndef TIMBREL_TRAIN_NOTE_BASIS_H
#define TIMBREL_TRAIN_NOTE_BASIS_H

#include "note/note.h"
#include "timbrel/sound.h"

enum { NOTE_BASIS_SAMPLES = 96 }; /* enough for a reliable mean effect of each dimension */

/* Plays n instruments with a pitch, codes[n][TB_CODE_DIM], at C4 and measures their attributes as knob positions,
 * position[n][TB_KNOBS] in standard deviations. The model must have a note network. OFF */
TB_NODISCARD TbStatus tbi_note_attributes_at_c4(const TbModel *model, const float *codes, size_t n, float *position);

/* Changes the basis of the code of `notes`, whose weights are those of the model's note network, so that a step
 * along one of the first TB_KNOBS dimensions changes its attribute by one standard deviation and leaves the others
 * alone, in the mean over `draws` random codes; the other dimensions are sorted by how much they change the sound.
 * The prior must be fitted again afterwards. TB_ERR_CANCELLED when progress (may be NULL) requests a stop: the basis
 * is unchanged. OFF */
TB_NODISCARD TbStatus tbi_note_align_basis(const TbModel *model, TbNoteModel *notes, size_t draws, uint64_t seed,
                                           TbProgress progress, void *context);
/* The same with fewer draws, but at least NOTE_BASIS_MIN_SAMPLES, once tbi_now() is past the deadline (0: none). */
enum { NOTE_BASIS_MIN_SAMPLES = 2 };
TB_NODISCARD TbStatus tbi_note_basis_until(double deadline, const TbModel *model, TbNoteModel *notes, size_t draws,
                                           uint64_t seed, TbProgress progress, void *context);

#endif
