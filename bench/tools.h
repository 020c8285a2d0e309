/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the measurements of instruments. OFF. */
#ifndef TIMBREL_BENCH_TOOLS_H
#define TIMBREL_BENCH_TOOLS_H

#include "timbrel/instrument.h"

/* ---- folders of recordings, named PROGRAM_KEY_VELOCITY.wav: a program is an instrument ---- */

typedef struct {
    int program, key, velocity;
    char path[1024];
} Recorded;

typedef struct {
    Recorded *note; /* [n], owned; sorted by program, then key */
    size_t n;
} Folder;

/* Files with other names are ignored. TB_ERR_EMPTY when none is left. */
TB_NODISCARD TbStatus folder_open(const char *path, Folder *folder);
void folder_close(Folder *folder);
/* The index after the last note of the program of note i. */
size_t folder_next_program(const Folder *folder, size_t i);
/* The instrument made from notes first .. end - 1. */
TB_NODISCARD TbStatus folder_instrument(const TbModel *model, const Folder *folder, size_t first, size_t end,
                                        TbInstrument **instrument);

/* ---- models and instruments ---- */

/* NULL or "default": the built-in model. The model must have a note network. Returns NULL and reports on stderr on
 * failure. */
TbModel *bench_model(const char *path);

/* One note of an instrument at a rate: audio->samples is owned by the caller. */
TB_NODISCARD TbStatus bench_note(const TbInstrument *instrument, double key, double hold, bool no_noise, double rate,
                                 TbAudio *audio);

/* ---- pitch ---- */

/* Mean pitch of samples[n] above f0 in cents, from `from` to `to` seconds (vibrato averages out), within about +-60:
 * from the phases of harmonics 1 .. 6, corrected for inharmonicity. false: no harmonics, or too little sound. */
bool mean_cents(const float *samples, size_t n, double rate, double f0, double from, double to, double *cents);
/* The largest error of mean_cents on tones of known pitch, cents. */
double mean_cents_error(void);

/* ---- distances ---- */

enum { MEL_FRAMES = 48, MEL_SIZE = MEL_FRAMES * 80 };

/* The first 1.5 s of a sound at 44.1 kHz from its onset: levels of 80 mel bands in dB, 60 dB range below the
 * maximum. mel[MEL_SIZE]; false: it is silent. */
bool mel_levels(const TbAudio *audio, float *mel);
/* RMS difference, dB. */
double mel_distance(const float *a, const float *b);

/* ---- statistics ---- */

/* Spearman's rank correlation of n pairs; 0 if either is constant. */
double spearman(const double *x, const double *y, size_t n);
/* Sorts x[n]; returns the quantile `share`. */
double quantile(double *x, size_t n, double share);

#endif
