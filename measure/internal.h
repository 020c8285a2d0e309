/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to measure/ and plot/. All functions are OFF; the sample rate is 44.1 kHz unless stated otherwise. */
#ifndef TIMBREL_MEASURE_INTERNAL_H
#define TIMBREL_MEASURE_INTERNAL_H

#include "base/arena.h"
#include "timbrel/measure.h"

#define TB_MEASURE_RATE 44100.0

/* ---- short-time spectra (any rate) ---- */

/* See timbrel/measure.h. */
struct TbStft {
    TbArena memory; /* first: tbi_arena_free_owner */
    TbFft *fft;
    size_t size, hop, n_bins;
    float *window, *frame, *spectrum;
};

/* ---- mel bands ---- */

#define TB_N_MELS 80

/* Triangular filters between 30 Hz and 20 kHz, equally spaced on the mel scale 2595 log10(1 + f / 700), each normalised
 * to sum 1. */
typedef struct {
    size_t first[TB_N_MELS], count[TB_N_MELS]; /* first bin and number of bins of each filter */
    float *weights;                            /* of all filters in order; owned */
} TbMel;

TB_NODISCARD TbStatus tbi_mel_new(TbMel *mel, size_t fft_size);
void tbi_mel_free(TbMel *mel);
/* Mean power in each filter: magnitudes[fft_size / 2 + 1] -> power[TB_N_MELS]. */
void tbi_mel_power(const TbMel *mel, const float *magnitudes, double *power);

/* ---- pitch ---- */

#define TB_YIN_HOP 512
/* YIN (de Cheveigne and Kawahara 2002), 30 .. 4500 Hz. f0[n_frames] in Hz, 0 where unvoiced; frame i is centred on
 * sample i * TB_YIN_HOP. The caller frees *f0 with free(). */
TB_NODISCARD TbStatus tbi_yin(const float *x, size_t n, float **f0, size_t *n_frames);

/* ---- parts of the comparison; reference[n] and test[n] have the same scale ---- */

TB_NODISCARD TbStatus tbi_compare_spectra(const float *reference, const float *test, size_t n, TbComparison *result);
TB_NODISCARD TbStatus tbi_compare_pitch(const float *reference, const float *test, size_t n, double midi_pitch,
                                        TbComparison *result);
TB_NODISCARD TbStatus tbi_compare_level(const float *reference, const float *test, size_t n, TbComparison *result);
/* 10-90 % rise time in ms, NAN for silence. */
TB_NODISCARD TbStatus tbi_attack_time(const float *x, size_t n, double *ms);

#endif
