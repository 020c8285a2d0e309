/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel plot: pictures of sounds, curves, sampled instruments, scores and maps, as PNG files (cairo).
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_PLOT_H
#define TIMBREL_PLOT_H

#include "timbrel/audio.h"
#include "timbrel/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Curves to draw with a spectrogram; every pointer may be NULL. */
typedef struct {
    size_t n_points;
    double hop;            /* seconds between points */
    const float *f0;       /* [n_points] Hz; 0 where unpitched */
    const float *loudness; /* [n_points] dB */
    const float *latents;  /* [n_points][n_latents] */
    size_t n_latents;
} TbCurves;

/* Draws the spectrograms (log frequency 30 Hz .. 20 kHz, 80 dB range) of up to 32 sounds, one above the other on one
 * time axis, each under its title (`titles` and its elements may be NULL). Of `curves` (may be NULL), f0 is drawn on
 * the first spectrogram and the rest in panels below the last. 0 dB is the loudest point of all sounds. Writes the PNG
 * atomically. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_spectrograms(const char *png_path, const TbAudio *const *sounds,
                                                  const char *const *titles, size_t n_sounds, const TbCurves *curves);

/* A contact sheet: rows of small spectrograms of n = 1 .. TB_SHEET_MAX sounds, each under its title, without axes. All
 * have the same time scale; 0 dB is the loudest point of each. Writes the PNG atomically. OFF. */
enum { TB_SHEET_MAX = 60 };
TB_NODISCARD TB_API TbStatus tb_plot_sheet(const char *png_path, const TbAudio *const *sounds,
                                           const char *const *titles, size_t n);

/* A named line of n points x[n], y[n]; points that are not finite leave gaps. */
typedef struct {
    const char *name;
    const double *x, *y;
    size_t n;
} TbLine;
/* Draws up to 6 lines in one chart with axis labels and a legend. Writes the PNG atomically. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_lines(const char *png_path, const char *title, const char *x_label,
                                           const char *y_label, const TbLine *lines, size_t n_lines);

/* ---- a sampled instrument ---- */

/* The key and velocity range of one sample. */
typedef struct {
    int root_key, low_key, high_key;        /* MIDI */
    int low_velocity, high_velocity, layer; /* 1..127; layer from 0 */
    double seconds, loop_seconds;           /* of the sample; of its loop, 0: no loop */
} TbInstrumentZone;

typedef struct TbInstrumentPicture {
    const char *title;           /* UTF-8 */
    const TbAudio *sound;        /* the sample shown in detail */
    const char *sound_title;     /* its name: "C4, velocity 127" */
    size_t loop_start, loop_end; /* samples, the end exclusive; loop_end 0: no loop */
    const TbInstrumentZone *zones;
    size_t n_zones;
} TbInstrumentPicture;

/* Draws one sample (waveform, spectrogram, loop and loop transition) and the key and velocity ranges of all samples.
 * Writes the PNG atomically. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_instrument(const char *png_path, const TbInstrumentPicture *picture);

/* ---- scores ---- */

/* Draws a piano roll in rows of 8 bars (of more in a long piece): parts in colours, darker where louder, with bar
 * lines, metres and octaves; the chord symbols of the score, or else the chords that its notes make, as far as there is
 * room; drums in lanes below. `title` (may be NULL: the score's). TB_ERR_EMPTY: no notes. Writes the PNG atomically.
 * OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_score(const char *png_path, const TbScore *score, const char *title);
/* The same of a track: with the waveform of `sound` under each row, whose first sample is at tick 0 (NULL: no sound),
 * and what plays each part in the legend, instruments[score->n_parts] (NULL: the parts' General MIDI programs). OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_track(const char *png_path, const TbScore *score, const TbAudio *sound,
                                           const char *const *instruments, const char *title);

/* ---- maps ---- */

enum { TB_MAP_GROUPS = 24 };

typedef enum {
    TB_LABELS_NONE,
    TB_LABELS_SOME, /* those for which there is room */
    TB_LABELS_ALL,  /* all, even if some overlap */
} TbMapLabels;

/* A map to draw. All pointers are borrowed. */
typedef struct {
    const char *title; /* may be NULL */
    size_t n;
    const float *xy;           /* [n][2] */
    const char *const *names;  /* [n], UTF-8 */
    const int *group;          /* [n]: 0 .. n_groups - 1; NULL: one group */
    const char *const *groups; /* [n_groups] names of the groups */
    size_t n_groups;           /* up to TB_MAP_GROUPS; with two or more, dots are coloured by group, ... */
    const double *hz;          /* [n] ... else by this brightness in Hz, > 0; may be NULL */
    const size_t *nearest;     /* [n] a faint line joins mutual nearest neighbours; may be NULL */
    int width, height;         /* pixels, 400 .. 10000 each */
    TbMapLabels labels;
} TbMap;

/* Draws a map with the same scale on both axes. *n_unnamed (may be NULL) is the number of dots without a name for lack
 * of room. Writes the PNG atomically. OFF. */
TB_NODISCARD TB_API TbStatus tb_plot_map(const char *png_path, const TbMap *map, size_t *n_unnamed);

#ifdef __cplusplus
}
#endif

#endif
