/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts that measure/ is made of. Inside measure/ only. Everything here is OFF and at 44.1 kHz unless it says so.
 */
#ifndef TIMBREL_MEASURE_INTERNAL_H
#define TIMBREL_MEASURE_INTERNAL_H

#include "timbrel/measure.h"

#define TB_MEASURE_RATE 44100.0

/* ---- short-time spectra (any rate) ---- */

typedef struct {
    TbFft *fft;
    size_t size, hop, n_bins;
    float *window, *frame, *spectrum;
} TbStft;

TB_NODISCARD TbStatus tbi_stft_new(TbStft *stft, size_t size, size_t hop);
void tbi_stft_free(TbStft *stft);
/* Frame i is centred on sample i * hop; beyond the ends there is silence. */
size_t tbi_stft_n_frames(const TbStft *stft, size_t n_samples);
/* Hann-windowed, unnormalised magnitudes of the frame centred on sample `centre`: magnitudes[n_bins]. */
void tbi_stft_magnitudes(TbStft *stft, const float *x, size_t n, size_t centre, float *magnitudes);

/* ---- mel bands ---- */

#define TB_N_MELS 80

/* Triangles between 30 Hz and 20 kHz, equally spaced on the mel scale 2595 log10(1 + f / 700), each of sum 1. */
typedef struct {
    size_t first[TB_N_MELS], count[TB_N_MELS]; /* the bins under each triangle */
    float *weights;                            /* all triangles, one after the other */
} TbMel;

TB_NODISCARD TbStatus tbi_mel_new(TbMel *mel, size_t fft_size);
void tbi_mel_free(TbMel *mel);
/* Mean power under each triangle: power[TB_N_MELS]. */
void tbi_mel_power(const TbMel *mel, const float *magnitudes, double *power);

/* ---- pitch ---- */

#define TB_YIN_HOP 512
/* YIN (de Cheveigne and Kawahara 2002), 30 .. 4500 Hz: f0 in Hz for each frame centred on i * TB_YIN_HOP, 0 where
 * unvoiced. *f0 is [n_frames], malloced, the caller's. */
TB_NODISCARD TbStatus tbi_yin(const float *x, size_t n, float **f0, size_t *n_frames);

/* ---- the halves of the comparison; reference and test have the same length and are scaled alike ---- */

TB_NODISCARD TbStatus tbi_compare_spectra(const float *reference, const float *test, size_t n, TbComparison *result);
TB_NODISCARD TbStatus tbi_compare_pitch(const float *reference, const float *test, size_t n, double midi_pitch,
                                        TbComparison *result);
TB_NODISCARD TbStatus tbi_compare_level(const float *reference, const float *test, size_t n, TbComparison *result);
/* 10-90 % rise time in ms, NAN for silence. */
TB_NODISCARD TbStatus tbi_attack_time(const float *x, size_t n, double *ms);

#endif
