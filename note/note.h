/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole note as the note network sees it: a table. At some moments after the key went down, and at some after it went
 * up, it says where each channel stands: the latents, then loudness, then pitch. Between these moments lines are drawn.
 * What moves while the note is held is said apart, at three moments: for each channel a turning pointer (vibrato: real
 * and imaginary part) and the size of what flickers at random; and last how fast the pointer turns. */
#ifndef TIMBREL_NOTE_NOTE_H
#define TIMBREL_NOTE_NOTE_H

#include "timbrel/note.h"

enum {
    NOTE_CHANNELS_MAX = TB_NOTE_LATENTS + 2,
    NOTE_DOWN = 21, /* moments of a held note ... */
    NOTE_UP = 8,    /* and of its release */
    NOTE_MOMENTS = NOTE_DOWN + NOTE_UP,
    NOTE_MOVES = 3,
    NOTE_KEYS = 9, /* radial basis functions of the key */
    NOTE_CONDITIONS = 2 + NOTE_KEYS + 2,
    NOTE_TABLE_MAX = (NOTE_MOMENTS + 3 * NOTE_MOVES) * NOTE_CHANNELS_MAX + 1,
    NOTE_FREEZE = 310, /* frames, 1.8 s: the last moment of a held note */
};
#define NOTE_SILENCE_DB -90.0f
#define NOTE_NO_KEY 60.0f /* of what has no pitch */
#define NOTE_RATE 5.0f    /* Hz */
#define NOTE_FLICKER_LEAST 0.003f

/* Frames after the key went down; after it went up; of the movement. */
extern const int tbi_note_down[NOTE_DOWN], tbi_note_up[NOTE_UP], tbi_note_move[NOTE_MOVES];

static inline int note_channels(int latent) {
    return latent + 2;
}
/* Where in a table the parts begin: [NOTE_MOMENTS][channels] first; then [NOTE_MOVES][3][channels]: pointers' real and
 * imaginary parts, ln of the flicker's standard deviation; then the rate in octaves from NOTE_RATE. */
static inline int note_table_moves(int latent) {
    return NOTE_MOMENTS * note_channels(latent);
}
static inline int note_table_rate(int latent) {
    return note_table_moves(latent) + 3 * NOTE_MOVES * note_channels(latent);
}
static inline int note_table_size(int latent) {
    return note_table_rate(latent) + 1;
}
static inline int note_inputs(int latent) {
    return note_table_size(latent) + NOTE_CONDITIONS + TB_KNOBS;
}
/* What tbi_note_decompose says of one frame: [channels] without movement, [3][channels] movement, rate. */
static inline int note_row(int latent) {
    return 4 * note_channels(latent) + 1;
}

/* Loudness in dB and pitch in semitones from the note's own <-> channels. RT */
float tbi_note_loudness_channel(float db);
float tbi_note_channel_loudness(float channel);
float tbi_note_pitch_channel(float semitones);
float tbi_note_channel_pitch(float channel);
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
TB_NODISCARD TbStatus tbi_note_track_new(const TbEncodedNote *note, int latent, double hold, float velocity,
                                         NoteTrack *track);
void tbi_note_track_free(NoteTrack *track);
/* The frame at which a note was let go: where its loudness begins its last fall, n if it has none. */
size_t tbi_note_find_release(const float *loudness, size_t n);

/* rows[n][note_row]: the track with its movement taken apart. OFF */
TB_NODISCARD TbStatus tbi_note_decompose(const NoteTrack *track, float *rows);

/* The table of a track, from its rows; weight[NOTE_MOMENTS + NOTE_MOVES]: how much each moment says (0: nothing is
 * known of it). OFF */
void tbi_note_table(const NoteTrack *track, const float *rows, float *table, float *weight);
/* The frame of a track that a moment of its table stands for; n or more: the note is over, or its end is not known. */
size_t tbi_note_moment(const NoteTrack *track, int moment);

/* What the decoder is told: condition[NOTE_CONDITIONS]. RT */
void tbi_note_condition(float key, float velocity, bool pitched, float *condition);
/* What the encoder is told: input[note_inputs], whose beginning is the table already. OFF */
void tbi_note_input_finish(const TbNoteModel *facts, int latent, const float *condition, const float *attribute,
                           float *input);

/* Where the channels of a held note stand at a frame: x[channels]. RT */
void tbi_note_table_held(const float *table, int latent, float frame, float *x);
/* How far they are, so long after the release, from where they stood in the end. RT */
void tbi_note_table_released(const float *table, int latent, float frames, float *x);
/* Movement at a frame: m[3][channels]. RT */
void tbi_note_table_movement(const float *table, int latent, float frame, float *m);

/* Loss of n tables y against target, weight[n][NOTE_MOMENTS + NOTE_MOVES], in units of scale[channels]; adds its
 * gradient of the mean to dy (may be NULL). RT */
double tbi_note_loss(const float *scale, int latent, const float *y, const float *target, const float *weight, size_t n,
                     float *dy);

TbVaeConfig tbi_note_net_config(int latent);

/* ---- names of files ---- */

/* What a file's name says of the note in it: "flute_C4_v80", "flute-60-100", "0_60_100", "flute/C4". Without a note at
 * its end the instrument is the whole name. */
typedef struct {
    size_t length;  /* of the part of the name that is the instrument's */
    float key;      /* MIDI note number, or -1 */
    float velocity; /* 0..1, or -1 */
} NoteFileName;
NoteFileName tbi_note_file_name_parse(const char *path);
/* Semitones from a named key to a pitch found, if they are whole octaves: the analyser takes some guitars an octave too
 * high, and an organ's key may sound an octave lower. NAN if they are not, and the name means something else. */
float tbi_note_name_octaves(float named_key, float found_key);

/* ---- the network in the model's file ---- */

TB_NODISCARD TbStatus tbi_note_model_new(int latent, uint64_t seed, TbNoteModel **notes);
size_t tbi_note_model_n_tensors(const TbNoteModel *notes);
/* Fills views[tbi_note_model_n_tensors]; halves: room for tb_vae_n_params numbers, or NULL for floats. */
void tbi_note_model_views(const TbNoteModel *notes, int latent, uint16_t *halves, TbTensorView *views);
/* *notes stays NULL when the file has none. */
TB_NODISCARD TbStatus tbi_note_model_from_file(const TbTensorFile *file, int latent, TbNoteModel **notes);

/* The code of an instrument from n of its notes: the mean of what the encoder says of each. (Gradient steps from there
 * on, until the decoder gives these notes better, give all others worse.) OFF */
TB_NODISCARD TbStatus tbi_note_code(const TbNoteModel *notes, const NoteTrack *tracks, size_t n, float *code);

#endif
