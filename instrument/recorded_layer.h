/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to instrument/: the recordings of an instrument, stored as their difference from the note network. */
#ifndef TIMBREL_INSTRUMENT_RECORDED_LAYER_H
#define TIMBREL_INSTRUMENT_RECORDED_LAYER_H

#include "base/arena.h"
#include "note/note.h"
#include "timbrel/instrument.h"
#include "timbrel/sound.h"

/* One recorded note. While the key is down, channels are the recording's minus the network's; after the release they
 * are the change since the release minus the network's change. Pitch is the recording's alone, relative to `jump`. */
typedef struct {
    float key, velocity; /* at which it was played */
    /* Semitones from that key to the pitch found: whole octaves, except for drums. Without pitch: from TB_BASE_F0 to
     * the centre of its partials, since it may contain a falling tone. */
    float above;
    size_t n, release;
    float first, last; /* loop points, in frames: when held longer it is played back and forth between them */
    float fall;        /* dB per frame within the loop; 0: it sustains */
    TbArena memory;    /* of the arrays */
    float *channels;   /* [n][width] */
    float *jump;       /* [n] semitones; f0's offset to another octave, or to another of its partials */
    int8_t *detail;    /* [n][TB_FEATURES] residual of the latents, in 1/LAYER_STEPS; or NULL */
    float inharmonicity, ratio[TB_PARTIALS];
} RecordedLayer;

#define LAYER_STEPS 200.0f

struct TbInstrument {
    const TbModel *model;
    float code[TB_CODE_DIM];
    float knob_offset[TB_KNOBS]; /* offsets applied to its knobs, already included in the code */
    bool has_pitch;
    float above; /* semitones from a key to the pitch that sounds, without recordings */
    size_t n_layers;
    RecordedLayer *layer; /* owned, sorted by key, then velocity */
};

/* The one or two recordings for a key and velocity: index and share; returns how many. The shares sum to 1 at a
 * recording's own key and fall with the distance from it if there is a note network to take over. Recordings that
 * sound in different octaves are not mixed. RT */
typedef struct {
    size_t index;
    float share;
} LayerWeight;
int tbi_layer_weights(const TbInstrument *instrument, float key, float velocity, LayerWeight share[2]);
/* The same for part p of a note. RT */
int tbi_layer_part_shares(const TbPlayedNote *note, int p, LayerWeight share[2]);

/* A recording that contributes to a note, and its share of the note. */
typedef struct {
    int part;
    const RecordedLayer *layer;
    float share;
} LayerSource;
/* Lists them for all parts with weight, in the order of the parts; returns how many. The search is repeated only
 * when the key moves past one of the recordings. RT */
int tbi_layer_sources(TbPlayedNote *note, LayerSource source[2 * TB_PARTS]);

/* The position in a recording after a note was held for `frame` frames. RT */
float tbi_layer_position(const RecordedLayer *layer, float frame);

/* Adds share times the recording's channels at a position to x[width]. RT */
void tbi_layer_add(const RecordedLayer *layer, int width, float position, float share, float *x);

/* The pitch of each frame of a track: jump[n] semitones from its key, and channels pitch[n] relative to that, with a
 * mean deviation of zero. OFF */
void tbi_layer_pitch(const NoteTrack *track, float *jump, float *pitch);

/* Whether a tone of steady pitch makes up a good part of these sounds. OFF */
TB_NODISCARD TbStatus tbi_analyses_are_pitched(const TbAnalysis *analyses, size_t n, bool *pitched);

/* Makes a layer from a recorded note, to be played at `key`, whatever pitch was found. OFF */
TB_NODISCARD TbStatus tbi_layer_new(const TbModel *model, const float *code, const TbEncodedNote *note,
                                    const NoteTrack *track, float key, RecordedLayer *layer);
/* A deep copy. OFF */
TB_NODISCARD TbStatus tbi_layer_copy(const RecordedLayer *from, int width, RecordedLayer *layer);
void tbi_layer_free(RecordedLayer *layer);

#endif
