/* A whole note as the note network sees it. Channels are the latents, then loudness, then pitch. What the network gives
 * for a moment is a row: the channels without their movement; then the movement: for each channel a turning pointer
 * (vibrato: real and imaginary part), the size of what flickers at random, and how fast the pointer turns.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SOUND_NOTE_H
#define TIMBREL_SOUND_NOTE_H

#include "sound/sound.h"

enum {
    NOTE_CHANNELS_MAX = TB_NOTE_LATENTS + 2,
    NOTE_ON_TIMES = 22,  /* radial basis functions of the time since the key went down */
    NOTE_OFF_TIMES = 10, /* and up */
    NOTE_KEYS = 9,       /* of the key */
    NOTE_CONDITIONS = 2 + NOTE_KEYS + 2 + 1 + NOTE_ON_TIMES + 1 + NOTE_OFF_TIMES,
    NOTE_TIMES = 32, /* moments that the encoder sees: so many while the key is down ... */
    NOTE_TIMES_DOWN = 26,
};

#define NOTE_FREEZE_FRAMES 310.0f /* 1.8 s: from then on a held note has the same time for ever */
#define NOTE_SILENCE_DB -90.0f

static inline int note_channels(int latent) {
    return latent + 2;
}
static inline int note_row(int latent) {
    return 4 * note_channels(latent) + 1;
}
/* Where in a row the parts begin. */
static inline int note_row_turn(int latent) { /* [channels] real, then [channels] imaginary */
    return note_channels(latent);
}
static inline int note_row_flicker(int latent) { /* [channels]: ln of the standard deviation */
    return 3 * note_channels(latent);
}
static inline int note_row_rate(int latent) { /* octaves from NOTE_RATE */
    return 4 * note_channels(latent);
}
#define NOTE_RATE 5.0f /* Hz */
#define NOTE_FLICKER_LEAST 0.003f

static inline int note_inputs(int latent) {
    return NOTE_TIMES * note_channels(latent) + 3 * note_channels(latent) + 1 + 2 + NOTE_KEYS + 2 + TB_KNOBS;
}

/* Loudness in dB and pitch in semitones from the note's own <-> channels. RT */
float note_loudness_channel(float db);
float note_channel_loudness(float channel);
float note_pitch_channel(float semitones);
float note_channel_pitch(float channel);
#define NOTE_CENT_SCALE 4.0f /* of small deviations: channel per semitone, also of the movement of pitch */

/* One note, every frame of it. */
typedef struct {
    int latent;
    size_t n;        /* frames */
    size_t release;  /* frame at which the key went up; n: it did not */
    float *channels; /* [n][latent + 2], owned */
    float key;       /* MIDI note number of its pitch; 60 when it has none */
    float velocity;  /* 0..1 */
    bool pitched;
    float attribute[TB_KNOBS];
} NoteTrack;

/* hold: seconds for which the key was held, counted from the start of the sound; 0: find out. OFF */
TbStatus note_track_new(const TbEncodedNote *note, int latent, double hold, float velocity, NoteTrack *track);
void note_track_free(NoteTrack *track);
/* The frame at which a note was let go: where its loudness begins its last fall, n if it has none. */
size_t find_release(const float *loudness, size_t n);

/* rows[n][note_row]: the track with its movement taken apart. OFF */
TbStatus note_movement(const NoteTrack *track, float *rows);

/* A moment of a note -> what the decoder is told: condition[NOTE_CONDITIONS]. Frames, fractional; off < 0: the key is
 * down. RT */
void note_condition(float key, float velocity, bool pitched, float on, float off, float *condition);
/* A track and its rows -> what the encoder is told: input[note_inputs], the attributes at its end as they are. OFF */
void note_input(const NoteTrack *track, const float *rows, float *input);
/* Makes these attributes comparable, in place. */
void note_input_standardise(const TbNoteModel *notes, int latent, float *input);

/* ---- the loss of rows ---- */

/* Loss of n rows y against target, weight[n] each, in units of scale[latent + 2]; adds its gradient of the mean to dy
 * (may be NULL). RT */
double note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                 float *dy);
/* How much a row of this loudness counts. */
float note_weight(float loudness_channel);

TbVaeConfig note_net_config(int latent);


/* ---- the network in the model's file ---- */

TbStatus note_model_new(int latent, uint64_t seed, TbNoteModel **notes);
size_t note_model_n_tensors(const TbNoteModel *notes);
/* Fills views[note_model_n_tensors]; halves: room for tb_vae_n_params numbers, or NULL for floats. */
void note_model_views(const TbNoteModel *notes, int latent, uint16_t *halves, TbTensorView *views);
/* *notes stays NULL when the file has none. */
TbStatus note_model_from_file(const TbTensorFile *file, int latent, TbNoteModel **notes);

/* The code of an instrument from n of its notes: what the encoder says of each, in the mean, then gradient steps until
 * the decoder gives these notes as well as it can. rows: of each track, from note_movement. OFF */
TbStatus note_code(const TbNoteModel *notes, const NoteTrack *tracks, float *const *rows, size_t n, int steps,
                   float *code);

#endif
