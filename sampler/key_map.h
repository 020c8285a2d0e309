/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to sampler/: which key and velocity plays which sample, and data of each sample. OFF. */
#ifndef TIMBREL_SAMPLER_KEY_MAP_H
#define TIMBREL_SAMPLER_KEY_MAP_H

#include "timbrel/sampler.h"

enum { TB_CURVE = 4, TB_MAX_ZONES = 128, TB_KEY_NAME = 16, TB_SAMPLE_FILE = 160 };

/* Keys low .. high are played by a sample of key root. */
typedef struct {
    int root, low, high;
} TbZone;

/* Velocities low .. high are played by a sample of velocity high, attenuated for softer ones. */
typedef struct {
    int low, high;
    int velocity[TB_CURVE]; /* low, two between, high: without duplicates */
    double gain[TB_CURVE];  /* 0..1 */
    int n_curve;            /* 0: the player's default curve */
} TbLayer;

typedef struct {
    TbZone zone[TB_MAX_ZONES];
    int n_zones;
    TbLayer layer[TB_SAMPLER_LAYERS];
    int n_layers;
} TbKeyMap;

/* The pitch of a key, as a MIDI note number. */
static inline double tbi_key_pitch(const TbSamplerOptions *options, int key) {
    return options->tuning ? (double)options->tuning[key] : key;
}

/* Assigns every key from low to high that is not silent to one zone, every velocity 1..127 to one layer; gains are
 * initially 1. An instrument without pitch has one zone. */
void tbi_key_map(const TbSamplerOptions *options, bool has_pitch, TbKeyMap *map);

/* "C4", "Fs3" for a file name, without a sharp sign; otherwise "F#3". */
void tbi_key_name(int key, bool for_file, char name[TB_KEY_NAME]);

/* Properties of the instrument, measured before its samples are made. */
typedef struct {
    bool sustains;
    double release; /* seconds for 60 dB */
    double gain;    /* common to all samples: puts the peak at -6 dBFS */
} TbProbe;

/* One sample of the instrument, as in its file. */
typedef struct {
    TbAudio audio;
    TbSampleInfo info;
    TbLoop loop; /* end 0: none */
    TbLoopQuality quality;
    double volume_db; /* to be boosted by the player, because the sample had to be attenuated to avoid clipping */
} TbSample;

/* Measures the instrument's properties and sets the gains of the map's layers. */
TB_NODISCARD TbStatus tbi_probe_instrument(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                           TbKeyMap *map, TbProbe *probe);
TB_NODISCARD TbStatus tbi_sample_make(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                      const TbProbe *probe, const TbZone *zone, const TbLayer *layer, TbSample *sample);

/* Data of each sample for the texts and the picture: [layer][zone]. */
typedef struct {
    char file[TB_SAMPLE_FILE];
    TbSampleInfo info;
    double volume_db, seconds;
} TbWrittenSample;

/* NAME_060_C4_v1.wav */
void tbi_sample_file_name(const char *instrument, int root, int layer, char file[TB_SAMPLE_FILE]);
/* Deletes samples in the folder that an earlier export of this name has written, and that are not among written[n]. */
TB_NODISCARD TbStatus tbi_sampler_remove_leftovers(const TbSamplerOptions *options, const TbWrittenSample *written,
                                                   size_t n, size_t *n_removed);

TB_NODISCARD TbStatus tbi_sfz_write(const TbSamplerOptions *options, bool has_pitch, const TbKeyMap *map,
                                    const TbProbe *probe, const TbWrittenSample *written, const char *path);
TB_NODISCARD TbStatus tbi_sampler_readme(const TbSamplerOptions *options, bool has_pitch, const TbKeyMap *map,
                                         const TbSamplerReport *report, const char *path);

#endif
