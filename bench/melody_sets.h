/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies of folders of MIDI files with lists of paths in them, such as train.txt. */
#ifndef TIMBREL_BENCH_MELODY_SETS_H
#define TIMBREL_BENCH_MELODY_SETS_H

#include "timbrel/melody.h"

/* Adds the melodies of the files in FOLDER/LIST.txt. */
void melody_set_read(const char *folder, const char *list, TbMelodySet *set, bool held_out);

/* The first n bars of a melody, in place; false: it has fewer. */
bool melody_shorten(TbMelody *melody, int n);

#endif
