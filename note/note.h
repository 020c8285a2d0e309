/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the note network's representation of a note, a table. It holds the value of each channel (the
 * latents, then loudness, then pitch) at some times after note on and at some after note off, to be interpolated
 * linearly. The modulation of the held note is stored separately, at three times: for each channel a phasor
 * (vibrato: real and imaginary part) and the standard deviation of its random flicker; and finally the rate of the
 * vibrato. */
#ifndef TIMBREL_NOTE_NOTE_H
#define TIMBREL_NOTE_NOTE_H

#include "timbrel/note.h"

enum {
    NOTE_CHANNELS_MAX = TB_NOTE_LATENTS + 2,
    NOTE_HELD_POINTS = 21,   /* time points of a held note ... */
    NOTE_RELEASE_POINTS = 8, /* ... and of its release */
    NOTE_POINTS = NOTE_HELD_POINTS + NOTE_RELEASE_POINTS,
    NOTE_MOD_POINTS = 3,
    NOTE_KEYS = 9, /* radial basis functions of the key */
    NOTE_CONDITIONS = 2 + NOTE_KEYS + 2,
    NOTE_TABLE_MAX = (NOTE_POINTS + 3 * NOTE_MOD_POINTS) * NOTE_CHANNELS_MAX + 1,
    NOTE_FREEZE = 310, /* frames, 1.8 s: the last time point of a held note */
};
#define NOTE_SILENCE_DB -90.0f
#define NOTE_NO_KEY 60.0f /* for notes without pitch */
#define NOTE_RATE 5.0f    /* Hz */
#define NOTE_FLICKER_MIN 0.003f

/* Time points in frames: after note on; after note off; of the modulation, after note on. */
extern const int tbi_note_held_frames[NOTE_HELD_POINTS], tbi_note_release_frames[NOTE_RELEASE_POINTS],
    tbi_note_mod_frames[NOTE_MOD_POINTS];

static inline int note_channels(int latent) {
    return latent + 2;
}
/* Offsets of the parts of a table: [NOTE_POINTS][channels] first; then [NOTE_MOD_POINTS][3][channels]: real and
 * imaginary parts of the phasors, ln of the flicker's standard deviation; then the rate in octaves from NOTE_RATE. */
static inline int note_table_modulation(int latent) {
    return NOTE_POINTS * note_channels(latent);
}
static inline int note_table_rate(int latent) {
    return note_table_modulation(latent) + 3 * NOTE_MOD_POINTS * note_channels(latent);
}
static inline int note_table_size(int latent) {
    return note_table_rate(latent) + 1;
}
static inline int note_inputs(int latent) {
    return note_table_size(latent) + NOTE_CONDITIONS + TB_KNOBS;
}
/* tbi_note_decompose's output for one frame: [channels] without modulation, [3][channels] modulation, rate. */
static inline int note_row(int latent) {
    return 4 * note_channels(latent) + 1;
}

/* Conversions: loudness in dB and pitch in semitones from the note's own pitch <-> channels. RT */
float tbi_note_loudness_channel(float db);
float tbi_note_channel_loudness(float channel);
float tbi_note_pitch_channel(float semitones);
float tbi_note_channel_pitch(float channel);
#define NOTE_CENT_SCALE 4.0f /* channel per semitone of small deviations, also in the modulation of pitch */

/* One note, frame by frame. */
typedef struct {
    int latent;
    size_t n;        /* frames */
    size_t release;  /* frame of the note off; n: none */
    float *channels; /* [n][latent + 2], owned */
    float key;       /* MIDI note number of its pitch; 60 when it has none */
    float velocity;  /* 0..1 */
    bool pitched;
    float attribute[TB_KNOBS];
} NoteTrack;

/* hold: seconds from the start of the sound to note off; 0: estimate it. OFF */
TB_NODISCARD TbStatus tbi_note_track_new(const TbEncodedNote *note, int latent, double hold, float velocity,
                                         NoteTrack *track);
void tbi_note_track_free(NoteTrack *track);
/* Estimates the frame of the note off: where the loudness begins its final decay; n if there is none. OFF */
size_t tbi_note_find_release(const float *loudness, size_t n);

/* rows[n][note_row]: the track with its modulation separated. OFF */
TB_NODISCARD TbStatus tbi_note_decompose(const NoteTrack *track, float *rows);

/* Makes the table of a track from its rows; weight[NOTE_POINTS + NOTE_MOD_POINTS]: confidence of each time point (0:
 * unknown). OFF */
void tbi_note_table(const NoteTrack *track, const float *rows, float *table, float *weight);
/* The frame of a track at a time point of its table; n or more: the note is over, or its end is unknown. ANY */
size_t tbi_note_point_frame(const NoteTrack *track, int point);

/* The decoder's condition: condition[NOTE_CONDITIONS]. RT */
void tbi_note_condition(float key, float velocity, bool pitched, float *condition);
/* Completes the encoder's input: input[note_inputs], which begins with the table. OFF */
void tbi_note_input_finish(const TbNoteModel *facts, int latent, const float *condition, const float *attribute,
                           float *input);

/* The channels of a held note at a frame: x[channels]. RT */
void tbi_note_table_held(const float *table, int latent, float frame, float *x);
/* Change of the channels since the release, `frames` after it. RT */
void tbi_note_table_released(const float *table, int latent, float frames, float *x);
/* The modulation at a frame: m[3][channels]. RT */
void tbi_note_table_modulation(const float *table, int latent, float frame, float *m);

/* Loss of n tables y against target, weight[n][NOTE_POINTS + NOTE_MOD_POINTS], in units of scale[channels]; adds the
 * gradient of the mean to dy (may be NULL). RT */
double tbi_note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                     float *dy);

TbVaeConfig tbi_note_net_config(int latent);

/* ---- file names ---- */

/* Information in a file name: "flute_C4_v80", "flute-60-100", "0_60_100", "flute/C4". If the name does not end with
 * a note, all of it is the instrument. ANY */
typedef struct {
    size_t length;  /* of the part of the path that names the instrument */
    float key;      /* MIDI note number, or -1 */
    float velocity; /* 0..1, or -1 */
} NoteFileName;
NoteFileName tbi_note_file_name_parse(const char *path);
/* Semitones from a named key to the pitch found, if they are whole octaves: the analyser finds some guitars an
 * octave too high, and an organ's key may sound an octave lower. NAN otherwise. ANY */
float tbi_note_name_octaves(float named_key, float found_key);

/* ---- the network in the model file ---- */

TB_NODISCARD TbStatus tbi_note_model_new(int latent, uint64_t seed, TbNoteModel **notes);
size_t tbi_note_model_n_tensors(const TbNoteModel *notes);
/* Fills views[tbi_note_model_n_tensors]; halves: buffer of tb_vae_n_params numbers for 16-bit weights, or NULL for
 * floats. */
void tbi_note_model_views(const TbNoteModel *notes, int latent, uint16_t *halves, TbTensorView *views);
/* *notes is NULL when the file has no note network. OFF */
TB_NODISCARD TbStatus tbi_note_model_from_file(const TbTensorFile *file, int latent, TbNoteModel **notes);

/* The code of an instrument from n of its notes: the mean of their encodings. (Refining the code by gradient steps
 * improves these notes but makes all others worse.) OFF */
TB_NODISCARD TbStatus tbi_note_code(const TbNoteModel *notes, const NoteTrack *tracks, size_t n, float *code);

#endif
