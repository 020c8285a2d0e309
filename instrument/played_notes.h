/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of one step of played notes, for the engine, which spreads work over time. */
#ifndef TIMBREL_INSTRUMENT_PLAYED_NOTES_H
#define TIMBREL_INSTRUMENT_PLAYED_NOTES_H

#include "timbrel/instrument.h"

/* The two halves of tb_notes_next, for schedulers that spread work over time. tbi_notes_infer runs the note network
 * for those of n notes that need it, because they are new or because knobs, weights or key have changed;
 * TB_NOTES_BATCH notes share one run. tbi_notes_frames then computes frames from the latest tables; a note gets
 * one frame for each time it is listed in `notes`. RT */
enum { TB_NOTES_BATCH = 16 };
bool tbi_note_needs_inference(const TbModel *model, const TbPlayedNote *note);
void tbi_notes_infer(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch);
/* Runs the note network for n <= TB_NOTES_BATCH notes in steps 0, 1, .., whether they need it or not; true: that was
 * the last step, and the notes have tables for their state at the first step. Between steps scratch must be
 * preserved, and notes that have ended must be set to NULL. RT */
bool tbi_notes_infer_step(const TbModel *model, int step, TbPlayedNote *const *notes, size_t n, float *scratch);
/* A new note can start with the table of a similar note until its own is computed. tbi_note_query gives the network's
 * input for a note; the distance between two inputs has as its unit a standard deviation of the code, half an
 * octave, or 0.3 of velocity; INFINITY when `other` has no table. RT */
void tbi_note_query(const TbPlayedNote *note, float query[TB_NOTE_QUERY]);
float tbi_note_query_distance(const float query[TB_NOTE_QUERY], const TbPlayedNote *other);
void tbi_note_reuse_table(TbPlayedNote *note, const TbPlayedNote *other);
void tbi_notes_frames(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch,
                      TbFrame *const *frames);

#endif
