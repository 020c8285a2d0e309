/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel plot: pictures of sounds, curves, sampled instruments and maps, as PNG files (cairo).
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_PLOT_H
#define TIMBREL_PLOT_H

#include "timbrel/audio.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* ---- maps ---- */

enum { TB_MAP_GROUPS = 24 };

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
