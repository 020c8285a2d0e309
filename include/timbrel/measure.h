/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel measure: loudness, objective distances between two sounds, and two-dimensional maps of many.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_MEASURE_H
#define TIMBREL_MEASURE_H

#include "timbrel/audio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- short-time spectra, at any rate ---- */

typedef struct TbStft TbStft; /* for one thread at a time */

/* size: samples of a frame, even; hop: samples between frames. The caller frees *stft. OFF. */
TB_NODISCARD TB_API TbStatus tb_stft_new(size_t size, size_t hop, TbStft **stft);
TB_API void tb_stft_free(TbStft *stft);
TB_API size_t tb_stft_n_bins(const TbStft *stft); /* size / 2 + 1. ANY */
/* Number of frames; frame i is centred on sample i * hop, and the signal is zero outside its ends. ANY */
TB_API size_t tb_stft_n_frames(const TbStft *stft, size_t n_samples);
/* Unnormalised magnitudes[n_bins] of the Hann-windowed frame centred on sample `centre` of x[n]. RT */
TB_API void tb_stft_magnitudes(TbStft *stft, const float *x, size_t n, size_t centre, float *magnitudes);

/* ---- loudness, at any rate ---- */

/* Integrated loudness in LUFS after ITU-R BS.1770-4: K-weighted blocks of 400 ms, gated at -70 LUFS and at 10 LU below
 * the mean of the rest; -INFINITY for silence and for less than 400 ms. channel[n_channels][n], one or two, each of
 * weight 1. OFF. */
TB_NODISCARD TB_API TbStatus tb_loudness(const float *const *channel, int n_channels, size_t n, double sample_rate,
                                         double *lufs);
/* Raises peak[i] to the largest magnitude of the band-limited signal x[n] at sample i and at the three quarters of a
 * sample after it: four-fold oversampling, as ITU-R BS.1770-4, annex 2, has it. ANY */
TB_API void tb_true_peaks(const float *x, size_t n, float *peak);

/* ---- comparing two sounds ---- */

/* Distances of a test sound from a reference at 44.1 kHz. Smaller is closer; NAN where a metric does not apply. */
typedef struct {
    double mss, mss_lin, mss_log;   /* multi-scale spectral distance (Engel et al. 2020, DDSP) and its two terms */
    double lsd;                     /* dB: log-spectral distance, 2048-point frames */
    double mel_lsd;                 /* dB: the same over 80 mel bands */
    double mcd;                     /* dB: mel-cepstral distortion */
    double f0_err, f0_miss, f0_bad; /* % of frames: wrong by more than 50 cents (of the voiced); unvoiced; either */
    double loud;                    /* dB: mean difference of A-weighted level in 10 ms frames */
    double attack, attack_signed, attack_ref; /* ms: 10-90 % rise time: |test - ref|, test - ref, ref */
} TbComparison;

/* Name, unit and value of metric i: the fields above in order, with their names in tables and JSON. ANY. */
#define TB_N_METRICS 13
TB_API const char *tb_metric_name(size_t i);
TB_API const char *tb_metric_unit(size_t i);
TB_API double tb_metric_value(const TbComparison *c, size_t i);

/* Compares `test` with `reference`, both mono at 44.1 kHz; the test is zero-padded or cut to the reference's length.
 * midi_pitch: the note played, or negative if unknown; then the f0 metrics use the frames where the reference's own
 * track is stable, see measure/pitch.c. If `pitched` is false the f0 metrics stay NAN. A silent reference is
 * TB_ERR_EMPTY; for a silent test the attack and f0_err are NAN. OFF. */
TB_NODISCARD TB_API TbStatus tb_compare(const float *reference, size_t n_reference, const float *test, size_t n_test,
                                        double midi_pitch, bool pitched, TbComparison *result);

/* ---- maps: sounds as points on a plane, similar sounds close together ---- */

enum { TB_MAP_MAX = 2000 };

/* Metric multidimensional scaling of vectors[n][dims], n = 1 .. TB_MAP_MAX, to a plane: starts from their two principal
 * components, then minimises stress by majorisation (de Leeuw 1977). xy[n][2] is centred with its widest direction
 * along x; its distances are in the vectors' unit. *stress (may be NULL) is the normalised stress, 0..1: the square
 * root of the sum of squared distance errors over the sum of squared distances. Deterministic. Takes O(n^2) memory, and
 * O(n^2) time in each of up to 500 steps. TB_ERR_ARGUMENT if a value is not finite or n is out of range. OFF. */
TB_NODISCARD TB_API TbStatus tb_map_layout(const float *vectors, size_t n, size_t dims, TbProgress progress,
                                           void *context, float *xy, double *stress);

/* Nearest neighbour of each of n >= 2 vectors[n][dims] in the full space: nearest[n]; ties take the lowest index. OFF.
 */
TB_API void tb_map_nearest(const float *vectors, size_t n, size_t dims, size_t *nearest);

#ifdef __cplusplus
}
#endif
#endif
