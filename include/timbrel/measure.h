/* Timbrel measure: listening with instruments. How far one sound is from another, and pictures of sounds.
 * SPDX-License-Identifier: GPL-3.0-or-later */
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
TB_NODISCARD TB_API TbStatus tb_plot_spectrograms(const char *png_path, const TbAudio *const *sounds,
                                                  const char *const *titles, size_t n_sounds, const TbCurves *curves);

/* A contact sheet: small spectrograms of n (1 .. TB_SHEET_MAX) sounds in rows, without axes, each under its title, all
 * of one time scale; 0 dB is the loudest point of each. Writes a PNG through a temporary file. Uses cairo. OFF. */
enum { TB_SHEET_MAX = 60 };
TB_NODISCARD TB_API TbStatus tb_plot_sheet(const char *png_path, const TbAudio *const *sounds,
                                           const char *const *titles, size_t n);

/* Draws up to 6 named line curves against x with axis labels (for training reports). OFF. */
typedef struct {
    const char *name;
    const double *x, *y;
    size_t n;
} TbLine;
TB_NODISCARD TB_API TbStatus tb_plot_lines(const char *png_path, const char *title, const char *x_label,
                                           const char *y_label, const TbLine *lines, size_t n_lines);

/* ---- a sampled instrument ---- */

/* One sample's place. */
typedef struct {
    int root_key, low_key, high_key;        /* MIDI */
    int low_velocity, high_velocity, layer; /* 1..127; layer from 0 */
    double seconds, loop_seconds;           /* of sound; of its loop, 0: none */
} TbInstrumentZone;

typedef struct {
    const char *title;           /* UTF-8 */
    const TbAudio *sound;        /* one of the samples, shown at length */
    const char *sound_title;     /* what it is: "C4, velocity 127" */
    size_t loop_start, loop_end; /* samples, the end exclusive; loop_end 0: no loop */
    const TbInstrumentZone *zones;
    size_t n_zones;
} TbInstrumentPicture;

/* Draws one sample (wave, spectrogram, where it loops and how the loop's end meets its start), and which keys and
 * velocities play which sample. Writes a PNG through a temporary file. Uses cairo. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_instrument(const char *png_path, const TbInstrumentPicture *picture);

/* ---- maps: many sounds as dots on a plane, neighbours sound alike ---- */

enum { TB_MAP_MAX = 2000, TB_MAP_GROUPS = 24 };

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

typedef enum {
    TB_LABELS_NONE,
    TB_LABELS_SOME, /* those for which there is room */
    TB_LABELS_ALL,  /* some may lie on others */
} TbMapLabels;

/* What to draw; everything is the caller's. */
typedef struct {
    const char *title; /* may be NULL */
    size_t n;
    const float *xy;           /* [n][2] */
    const char *const *names;  /* [n], UTF-8 */
    const int *group;          /* [n]: 0 .. n_groups - 1; NULL: one group */
    const char *const *groups; /* [n_groups] their names */
    size_t n_groups;           /* up to TB_MAP_GROUPS; dots are coloured by group if there are two or more, ... */
    const double *hz;          /* [n] brightness in Hz, > 0: ... else by this; may be NULL */
    const size_t *nearest;     /* [n]: a faint line joins those that name each other; may be NULL */
    int width, height;         /* pixels, 400 .. 10000 each */
    TbMapLabels labels;
} TbMap;

/* Draws a map; one unit is as long across as upwards. *n_unnamed (may be NULL): dots left without a name for want of
 * room. Writes a PNG through a temporary file. Uses cairo. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_map(const char *png_path, const TbMap *map, size_t *n_unnamed);

#ifdef __cplusplus
}
#endif
#endif
