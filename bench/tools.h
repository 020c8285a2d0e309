/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measurements of instruments share. OFF. */
#ifndef TIMBREL_BENCH_TOOLS_H
#define TIMBREL_BENCH_TOOLS_H

#include "timbrel/instrument.h"

/* ---- folders of recordings, named PROGRAM_KEY_VELOCITY.wav: a program is an instrument ---- */

typedef struct {
    int program, key, velocity;
    char path[1024];
} Recorded;

typedef struct {
    Recorded *note; /* [n], owned; by program, then key */
    size_t n;
} Folder;

/* Files of other names are passed over. TB_ERR_EMPTY when none is left. */
TB_NODISCARD TbStatus folder_open(const char *path, Folder *folder);
void folder_close(Folder *folder);
/* The first note behind those of the program of note i. */
size_t folder_next_program(const Folder *folder, size_t i);
/* The instrument of notes first .. end - 1. */
TB_NODISCARD TbStatus folder_instrument(const TbModel *model, const Folder *folder, size_t first, size_t end,
                                        TbInstrument **instrument);

/* ---- models and instruments ---- */

/* NULL or "default": the one built in; it must know whole notes. Says on stderr what is wrong. NULL: it failed. */
TbModel *bench_model(const char *path);

/* One note of an instrument at a rate: audio->samples is new. */
TB_NODISCARD TbStatus bench_note(const TbInstrument *instrument, double key, double hold, bool no_noise, double rate,
                                 TbAudio *audio);

/* ---- pitch ---- */

/* How many cents the harmonics of samples[n] lie above those of f0, mean from `from` to `to` seconds (a vibrato
 * averages out), within about +-60: by the phases of harmonics 1 .. 6, with what stretches higher ones taken out.
 * false: there are no harmonics, or too little sound. */
bool mean_cents(const float *samples, size_t n, double rate, double f0, double from, double to, double *cents);
/* Tries that on tones whose pitch is known; the largest error, cents. */
double mean_cents_error(void);

/* ---- distances ---- */

enum { MEL_FRAMES = 48, MEL_SIZE = MEL_FRAMES * 80 };

/* The first 1.5 s of a sound at 44.1 kHz from its onset: levels of 80 mel bands in dB, 60 dB range under its loudest.
 * mel[MEL_SIZE]; false: it is silent. */
bool mel_levels(const TbAudio *audio, float *mel);
/* Root mean square of the difference, dB. */
double mel_distance(const float *a, const float *b);

/* ---- statistics ---- */

/* Spearman's rank correlation of n pairs; 0 where one of both stands still. */
double spearman(const double *x, const double *y, size_t n);
/* Sorts x[n]; the value that `share` of them lie under. */
double quantile(double *x, size_t n, double share);

#endif
