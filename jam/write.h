/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to jam/: loops from the networks, each written to the other parts. */
#ifndef TIMBREL_JAM_WRITE_H
#define TIMBREL_JAM_WRITE_H

#include "jam/loop.h"

typedef enum { JAM_NEW, JAM_ON, JAM_VARY } JamHow; /* from nothing; on from the present loop; a variation of it */

/* What a writer knows. */
typedef struct {
    const TbMusicModels *models;
    const TbCopyIndex *learned; /* NULL: none */
    int style;
    double tempo, temperature, intensity;
    const JamHarmony *harmony;
    int n_parts;
    TbRole role[TB_JAM_PARTS];
    const JamSource *source[TB_JAM_PARTS]; /* NULL: silent */
} JamBand;

typedef struct {
    int part;
    JamHow how;
    double amount; /* of a variation */
    int bars;
    uint64_t bar; /* of the jam, at which the loop begins; a multiple of `bars` */
    uint64_t seed;
} JamTask;

/* Writes a loop, and again until it is within the bounds of tbi_jam_faults, a few times. *redrawn counts what was put
 * aside. */
TB_NODISCARD TbStatus tbi_jam_write(const JamBand *band, const JamTask *task, JamSource *loop, uint64_t *redrawn);

/* guard.c: how far a loop misses the bounds of its role: too few or too many notes, one note for ever, out of register,
 * out of key and chords, a copy of what was learned. 0: it is within all. */
TB_NODISCARD TbStatus tbi_jam_faults(const JamBand *band, TbRole role, const JamSource *loop, double *faults);

/* band.c: bars first .. first + n - 1 of the jam as a score, straight, with key and chords: a part for each of the
 * band. Part `own` (-1: none) is there in the bars before `until` only. role[TB_JAM_PARTS]: of the score's parts; other
 * parts of `own`'s role are TB_ROLE_OTHER. */
TB_NODISCARD TbStatus tbi_jam_band_score(const JamBand *band, uint64_t first, int n, int own, uint64_t until,
                                         TbScore *score, TbRole *role);
/* The notes of a part from a tick on become those of the loop. */
void tbi_jam_take_notes(const TbScore *score, size_t part, int32_t from, JamSource *loop);
/* Adds a part of this role to a score; channels by the number of the part. */
TB_NODISCARD TbStatus tbi_jam_add_part(TbScore *score, TbRole role, int part);

/* write_drums.c and write_melody.c */
TB_NODISCARD TbStatus tbi_jam_write_drums(const JamBand *band, const JamTask *task, JamSource *loop);
TB_NODISCARD TbStatus tbi_jam_write_melody(const JamBand *band, const JamTask *task, JamSource *loop);

/* The MIDI channel of a part: drums have their own. RT */
static inline int tbi_jam_channel_of(TbRole role, int part) {
    return role == TB_ROLE_DRUMS ? TB_DRUM_CHANNEL : part;
}

/* Density for the networks, -2 .. 2. */
static inline double tbi_jam_density(const JamBand *band) {
    return 3 * (band->intensity - 0.5);
}

#endif
