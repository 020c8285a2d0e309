/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what was learned from MIDI files: in the terminal, and as text and picture next to the model. */
#ifndef TIMBREL_APP_MUSIC_REPORT_H
#define TIMBREL_APP_MUSIC_REPORT_H

#include "app/midi_folder.h"

/* Of a kind of network. */
typedef struct {
    bool trained, interrupted;
    double before, after; /* nats on what was held out */
    uint64_t steps;
    size_t held_out;    /* files */
    bool cut;           /* the ends of them */
    MusicPoint *points; /* [n_points], owned */
    size_t n_points;
} MusicResult;

/* The table of files on stdout; those left out on stderr as well, if the table is long. */
void midi_folder_print(const MidiFolder *folder);
/* result[MUSIC_KINDS]: a line for each kind, with a verdict. */
void music_results_print(const MidiFolder *folder, const MusicResult *result);
/* All in a sentence: for the model's own file. */
void music_results_text(const MidiFolder *folder, const MusicResult *result, char *text, size_t size);
/* Writes STEM.report.txt and STEM.report.png, STEM being the model's path without .safetensors. */
TB_NODISCARD TbStatus music_report_write(const char *model_path, const MidiFolder *folder, const MusicResult *result,
                                         double seconds);

#endif
