/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MIDI files in a list of paths, one a line, from the folder of the list. For tools: they end the program with a
 * sentence if something is wrong. */
#ifndef TIMBREL_BENCH_SCORE_LIST_H
#define TIMBREL_BENCH_SCORE_LIST_H

#include "timbrel/score.h"

/* Calls take(context, path, score) for each file of a list; what follows a tab in its line does not count. */
typedef void ScoreTake(void *context, const char *path, const TbScore *score);
void score_list_each(const char *list, ScoreTake *take, void *context);

/* The same for the list FOLDER/LIST.txt. */
void score_folder_each(const char *folder, const char *list, ScoreTake *take, void *context);

#endif
