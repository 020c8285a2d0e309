/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: from a score to a track: every part is rendered alone, set to the level of a plan by its loudness,
 * panned, sent to one room, and the sum is brought to the loudness of a finished track under a peak limiter. */
#ifndef TIMBREL_APP_TRACK_H
#define TIMBREL_APP_TRACK_H

#include "app/options.h"
#include "app/orchestra.h"

#define TRACK_LUFS (-16.0) /* of a finished track, ... */
#define TRACK_PEAK (-1.0)  /* ... and its highest true peak, in dB */

/* What an engineer sets on the strip of a part. */
typedef struct {
    double level; /* LU relative to a melody; parts of one role share it */
    bool stereo;
    float width, pan, send;
} TrackStrip;
const TrackStrip *track_strip(TbRole role); /* static */

/* A part of a track. */
typedef struct {
    const OrchestraPart *of;
    double plan; /* LU relative to a melody */
    double lufs; /* as it sounds alone, panned, without its room; -INFINITY: too short or too soft to measure */
    float *x[2]; /* left and right with its room, [n_samples] of the track: the sum of all parts is the track. Owned;
                    NULL unless stems were asked for */
} TrackPart;

typedef struct {
    TrackPart *part; /* [n_parts], owned: those of the score that have notes */
    size_t n_parts;
    float *x[2]; /* left and right, [n_samples], owned */
    size_t n_samples;
    double sample_rate;
    double lufs, peak; /* integrated loudness; true peak in dB */
    double limited;    /* dB by which the limiter turns down the highest peak */
} Track;

/* Renders the score with the sounds of an orchestra made for it. stems: keeps the parts. The same seed gives the same
 * samples, with stems or without. TB_ERR_UNSUPPORTED: too long to be held in memory. On failure the track is empty. */
TB_NODISCARD TbStatus track_make(const TbScore *score, const Orchestra *orchestra, double sample_rate, uint64_t seed,
                                 bool stems, TbProgress progress, void *context, Track *track);
void track_free(Track *track);

#endif
