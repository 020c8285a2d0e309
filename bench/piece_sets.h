/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of folders of MIDI files with lists of paths in them, such as train.txt. */
#ifndef TIMBREL_BENCH_PIECE_SETS_H
#define TIMBREL_BENCH_PIECE_SETS_H

#include "timbrel/piece.h"

/* A folder as a program is told it: FOLDER[:STYLE[:WEIGHT]]. STYLE "names": of each file by its name ("SlowBlues2"). */
typedef struct {
    char folder[4096], style[32];
    double weight;
} PieceFolder;
void piece_folder_read(const char *text, PieceFolder *folder);

/* Calls with each piece of the files in FOLDER/LIST.txt, and its style. */
typedef void PieceTake(void *context, const char *path, const TbScore *score, int style);
void piece_folder_each(const PieceFolder *folder, const char *list, PieceTake *take, void *context);

/* Adds them. */
void piece_folder_add(const PieceFolder *folder, const char *list, TbPieceSet *set, bool held_out);

#endif
