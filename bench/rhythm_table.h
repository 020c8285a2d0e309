/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI files listed in a table with tabs, such as that of the Groove MIDI Dataset. Its first line names the columns:
 * file (in the folder midi beside the table), split (train, valid, test) and, if known, style, drummer (a number),
 * title or groove, and composer. For tools: they end the program with a sentence if something is wrong. */
#ifndef TIMBREL_BENCH_RHYTHM_TABLE_H
#define TIMBREL_BENCH_RHYTHM_TABLE_H

#include "timbrel/rhythm.h"

typedef struct {
    char path[4096];
    char split[16], style[64];
    char title[512]; /* "composer: title"; the file's name if it is not known */
    int drummer;
} RhythmRow;

/* Calls use(context, row, score) for each file of the table. */
void rhythm_table_read(const char *table, void (*use)(void *context, const RhythmRow *row, const TbScore *score),
                       void *context);

/* Ends the program with the error's sentence, unless the status is TB_OK. */

#endif
