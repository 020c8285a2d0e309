/* Timbrel measure: listening with instruments. How far one sound is from another, and pictures of sounds.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_MEASURE_H
#define TIMBREL_MEASURE_H

#include "audio/audio.h"

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
TB_API TbStatus tb_compare(const float *reference, size_t n_reference, const float *test, size_t n_test,
                           double midi_pitch, bool pitched, TbComparison *result);

/* What a curve picture may show beside a spectrogram; every pointer may be NULL. */
typedef struct {
    size_t n_points;
    double hop;            /* seconds between points */
    const float *f0;       /* Hz; 0 where there is none */
    const float *loudness; /* dB */
    const float *latents;  /* [n_points][n_latents] */
    size_t n_latents;
} TbCurves;

/* Draws a spectrogram (log frequency 30 Hz .. 20 kHz, 80 dB range) of each of up to 32 sounds one above the other with
 * its title (may be NULL), on one time axis; f0 of `curves` (may be NULL) on the first, its other panels below. 0 dB is
 * the loudest point of all the sounds. Writes a PNG through a temporary file. Uses cairo. OFF. */
TB_API TbStatus tb_plot_spectrograms(const char *png_path, const TbAudio *const *sounds, const char *const *titles,
                                     size_t n_sounds, const TbCurves *curves);

/* Draws up to 6 named line curves against x with axis labels (for training reports). OFF. */
typedef struct {
    const char *name;
    const double *x, *y;
    size_t n;
} TbLine;
TB_API TbStatus tb_plot_lines(const char *png_path, const char *title, const char *x_label, const char *y_label,
                              const TbLine *lines, size_t n_lines);

#ifdef __cplusplus
}
#endif
#endif
