/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of instrument/: recordings that an instrument keeps, as what they have over the network of notes. */
#ifndef TIMBREL_INSTRUMENT_RECORDED_LAYER_H
#define TIMBREL_INSTRUMENT_RECORDED_LAYER_H

#include "note/note.h"
#include "timbrel/instrument.h"
#include "timbrel/sound.h"

/* One recorded note. While the key is down, channels are the recording's minus the network's; behind the release they
 * are the change since the release minus the network's change. Pitch is the recording's alone, from where it jumped. */
typedef struct {
    float key, velocity; /* it is the sound of */
    float above;         /* semitones from that key to the pitch that was found: octaves, but for drums. Of what has no
                          * pitch, from TB_BASE_F0 to where its partials lie, as a falling tone may be in it */
    size_t n, release;
    float first, last; /* frames between which it goes to and fro when held longer than it was recorded */
    float fall;        /* dB per frame from there on; 0: it sustains */
    float *channels;   /* [n][width], owned */
    float *jump;       /* [n] semitones; where f0 stands in another octave, or elsewhere among its partials; owned */
    int8_t *detail;    /* [n][TB_FEATURES] what latents lose, in 1/LAYER_STEPS; owned or NULL */
    float inharmonicity, ratio[TB_PARTIALS];
} RecordedLayer;

#define LAYER_STEPS 200.0f

struct TbInstrument {
    const TbModel *model;
    float code[TB_CODE_DIM];
    float knob_offset[TB_KNOBS]; /* how far its knobs have been turned; the code says it, too */
    bool has_pitch;
    size_t n_layers;
    RecordedLayer *layer; /* owned, by key, then velocity */
};

/* The one or two recordings that a note at this key and velocity comes from: index and share; returns how many. Shares
 * are of sum 1 at a recording's own key and fall with the distance from it, if the network knows better there. What
 * sounds in different octaves is not mixed. RT */
typedef struct {
    size_t index;
    float share;
} LayerWeight;
int tbi_layer_weights(const TbInstrument *instrument, float key, float velocity, LayerWeight share[2]);
/* The same of part p of a note. RT */
int tbi_layer_part_shares(const TbPlayedNote *note, int p, LayerWeight share[2]);

/* A recording that a note comes from, and how much of the note that is. */
typedef struct {
    int part;
    const RecordedLayer *layer;
    float share;
} KeptSource;
/* Lists them for all parts that have weight, in the order of the parts; returns how many. They are searched for when
 * the note begins, and when its key has moved past one of them. RT */
int tbi_layer_sources(TbPlayedNote *note, KeptSource source[2 * TB_PARTS]);

/* Where in a recording a note stands that has been held for `frame` frames. RT */
float tbi_layer_position(const RecordedLayer *layer, float frame);

/* Adds share times the recording's channels at a position to x[width]. RT */
void tbi_layer_add(const RecordedLayer *layer, int width, float position, float share, float *x);

/* The pitch of each frame of a track, as channels pitch[n] from where it jumped, which is jump[n] semitones from its
 * key; in tune in the mean. OFF */
void tbi_layer_pitch(const NoteTrack *track, float *jump, float *pitch);

/* Is a tone of steady pitch a good part of these sounds? OFF */
TB_NODISCARD TbStatus tbi_scores_are_pitched(const TbScore *scores, size_t n, bool *pitched);

/* Makes a kept note of a recorded one, which is the sound of that key whatever pitch was found. OFF */
TB_NODISCARD TbStatus tbi_layer_new(const TbModel *model, const float *code, const TbEncodedNote *note,
                                    const NoteTrack *track, float key, RecordedLayer *layer);
/* A copy with memory of its own. OFF */
TB_NODISCARD TbStatus tbi_layer_copy(const RecordedLayer *from, int width, RecordedLayer *layer);
void tbi_layer_free(RecordedLayer *layer);

#endif
