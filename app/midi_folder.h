/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: MIDI files to learn from: read, each with what it is good for, or why it is left out. */
#ifndef TIMBREL_APP_MIDI_FOLDER_H
#define TIMBREL_APP_MIDI_FOLDER_H

#include "app/music_kinds.h"

typedef struct {
    char *path;    /* owned */
    TbScore score; /* zeroed if the file is left out */
    char left_out[300], remark[200];
    size_t n[MUSIC_KINDS];      /* what each kind has of it: patterns, notes */
    bool held_out[MUSIC_KINDS]; /* not learned from, but used to judge by */
} MidiFile;

typedef struct {
    MidiFile *files; /* [n_files], owned */
    size_t n_files;
    size_t n_used, used_by[MUSIC_KINDS], held_out[MUSIC_KINDS]; /* files */
    bool cut[MUSIC_KINDS]; /* too few files to hold out whole ones: the last quarter of each */
} MidiFolder;

/* Whether a file is MIDI, by its name or its first bytes. */
bool is_midi_file(const char *path);

/* Reads the MIDI files among paths[n]. Drums that are not on MIDI's channel 10 are moved there if their part is named
 * so and its keys are those of drums; files with the same notes as an earlier one are left out. TB_ERR_EMPTY: none is
 * good for anything; the sentence says why. */
TB_NODISCARD TbStatus midi_folder_read(char *const *paths, size_t n, TbProgress progress, void *context,
                                       MidiFolder *folder);
void midi_folder_free(MidiFolder *folder);

/* Adds all that a kind of network learns from to its set, and what is held out: every eighth file; of fewer than 16
 * every fourth; or where there are fewer than four, the last quarter of each that has eight bars or more. */
TB_NODISCARD TbStatus midi_folder_fill(MidiFolder *folder, int kind, void *set);

/* One line for each file, without its end: what it is used for. text[size]. */
void midi_file_text(const MidiFile *file, char *text, size_t size);

#endif
