/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which key and velocity plays which sample, and what of one sample is known. Inside sampler/ only; OFF. */
#ifndef TIMBREL_SAMPLER_KEY_MAP_H
#define TIMBREL_SAMPLER_KEY_MAP_H

#include "timbrel/sampler.h"

enum { TB_CURVE = 4, TB_MAX_ZONES = 128, TB_KEY_NAME = 16 };

/* Keys low .. high are played by a sample of key root. */
typedef struct {
    int root, low, high;
} TbZone;

/* Velocities low .. high are played by a sample of velocity high; softer ones by turning it down. */
typedef struct {
    int low, high;
    int velocity[TB_CURVE]; /* low, two between, high: those that differ */
    double gain[TB_CURVE];  /* 0..1 */
    int n_curve;            /* 0: as players do it by themselves */
} TbLayer;

typedef struct {
    TbZone zone[TB_MAX_ZONES];
    int n_zones;
    TbLayer layer[TB_SAMPLER_LAYERS];
    int n_layers;
} TbKeyMap;

/* Every key from low to high is in one zone, every velocity 1..127 in one layer; gains are 1 so far. An instrument
 * without pitch has one zone. */
void tbi_key_map(const TbSamplerOptions *options, bool has_pitch, TbKeyMap *map);

/* "C4", "Fs3": a file name's, without a sharp sign. "F#3" with one. */
void tbi_key_name(int key, bool for_file, char name[TB_KEY_NAME]);

/* What the first listening says of an instrument, before its samples are made. */
typedef struct {
    bool sustains;
    double release; /* seconds for 60 dB */
    double gain;    /* for every sample alike: the loudest lies at -6 dBFS */
} TbProbe;

/* One sample of the instrument, as its file has it. */
typedef struct {
    TbAudio audio;
    TbSampleInfo info;
    TbLoop loop; /* end 0: none */
    TbLoopQuality quality;
    double volume_db; /* by how much to play it louder, since it had to be softer than the others of its kind */
} TbSample;

/* Listens: nature, and the gains of the map's layers. */
TB_NODISCARD TbStatus tbi_probe_instrument(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                           TbKeyMap *map, TbProbe *probe);
TB_NODISCARD TbStatus tbi_sample_make(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                      const TbProbe *probe, const TbZone *zone, const TbLayer *layer, TbSample *sample);

/* What the texts and the picture say of each sample: [layer][zone], names malloced. */
typedef struct {
    char file[160];
    TbSampleInfo info;
    double volume_db, seconds;
} TbWrittenSample;

TB_NODISCARD TbStatus tbi_sfz_write(const TbSamplerOptions *options, bool has_pitch, const TbKeyMap *map,
                                    const TbProbe *probe, const TbWrittenSample *written, const char *path);
TB_NODISCARD TbStatus tbi_sampler_readme(const TbSamplerOptions *options, bool has_pitch, const TbKeyMap *map,
                                         const TbSamplerReport *report, const char *path);

#endif
