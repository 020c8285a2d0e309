/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coordinates of the code, once the network has learned. */
#ifndef TIMBREL_TRAIN_NOTE_BASIS_H
#define TIMBREL_TRAIN_NOTE_BASIS_H

#include "note/note.h"
#include "timbrel/sound.h"

enum { NOTE_BASIS_SAMPLES = 96 }; /* enough to know what a number does in the mean */

/* What n instruments with a pitch, codes[n][TB_CODE_DIM], sound like at C4: where their attributes stand on the knobs,
 * position[n][TB_KNOBS] in standard deviations. The model has a network of notes. OFF */
TB_NODISCARD TbStatus tbi_note_attributes_at_c4(const TbModel *model, const float *codes, size_t n, float *position);

/* Turns the code of `notes`, whose weights are those of the model's network of notes, so that a step along one of the
 * first TB_KNOBS numbers changes its attribute by one standard deviation and leaves the others alone, in the mean over
 * so many draws; the other numbers come in the order of how much they change the sound. The prior is to be found anew
 * then. TB_ERR_CANCELLED when progress (may be NULL) says stop: nothing has been turned. OFF */
TB_NODISCARD TbStatus tbi_note_align_basis(const TbModel *model, TbNoteModel *notes, size_t draws, uint64_t seed,
                                           TbProgress progress, void *context);
/* The same with fewer draws, but NOTE_BASIS_LEAST at least, once tbi_dataset_now() is past the deadline (0: none). */
enum { NOTE_BASIS_LEAST = 2 };
TB_NODISCARD TbStatus tbi_note_basis_until(double deadline, const TbModel *model, TbNoteModel *notes, size_t draws,
                                           uint64_t seed, TbProgress progress, void *context);

#endif
