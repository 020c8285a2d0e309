/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel measure: how far one sound is from another, and maps of many. */
#ifndef TIMBREL_MEASURE_H
#define TIMBREL_MEASURE_H

#include "timbrel/audio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Distances of a test sound from a reference at 44.1 kHz; smaller is closer; NAN where one does not apply. */
typedef struct {
    double mss, mss_lin, mss_log;   /* multi-scale spectral distance (Engel et al. 2020, DDSP) and its halves */
    double lsd;                     /* dB: log-spectral distance, 2048-point frames */
    double mel_lsd;                 /* dB: the same over 80 mel bands */
    double mcd;                     /* dB: mel-cepstral distortion */
    double f0_err, f0_miss, f0_bad; /* % of frames: off by over 50 cents; unvoiced; either */
    double loud;                    /* dB: mean difference of A-weighted level in 10 ms frames */
    double attack, attack_signed, attack_ref; /* ms: 10-90 % rise time: |test - ref|, test - ref, ref */
} TbComparison;

/* The names of the fields above, in order, as written in tables and JSON. ANY. */
#define TB_N_METRICS 13
TB_API const char *tb_metric_name(size_t i);
TB_API const char *tb_metric_unit(size_t i);
TB_API double tb_metric_value(const TbComparison *c, size_t i);

/* Compares `test` with `reference`, both mono at 44.1 kHz; the test is padded or cut to the reference's length.
 * midi_pitch: the note that is played, or a negative number when unknown or unpitched (then the f0 columns are judged
 * where the reference's own track is stable, see measure/pitch.c; pass `pitched` false to leave them NAN). A silent
 * reference is TB_ERR_EMPTY; against a silent test the attack and f0_err are NAN. OFF. */
TB_NODISCARD TB_API TbStatus tb_compare(const float *reference, size_t n_reference, const float *test, size_t n_test,
                                        double midi_pitch, bool pitched, TbComparison *result);

/* ---- maps: many sounds as points on a plane, neighbours sound alike ---- */

enum { TB_MAP_MAX = 2000 };

/* A plane on which the distances of n (1 .. TB_MAP_MAX) vectors[n][dims] are kept as well as they can be: their two
 * principal components, improved by stress majorisation (de Leeuw 1977). xy[n][2] is centred, its widest direction is
 * x, and distances are in the vectors' unit. *stress (may be NULL): how wrong they are, the
 * root of the sum of squared errors over that of the squared distances, 0..1. The same vectors give the same plane;
 * takes O(n^2) memory, and time for each of up to 500 steps. TB_ERR_ARGUMENT when a number is not finite or there are
 * too many. OFF. */
TB_NODISCARD TB_API TbStatus tb_map_layout(const float *vectors, size_t n, size_t dims, TbProgress progress,
                                           void *context, float *xy, double *stress);

/* Which vector is nearest to each of n (2 or more): nearest[n], the first of several. What a plane cannot show. OFF. */
TB_API void tb_map_nearest(const float *vectors, size_t n, size_t dims, size_t *nearest);

#ifdef __cplusplus
}
#endif
#endif
