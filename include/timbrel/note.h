/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel note: a whole note as a sequence of latents, and the note network, which models how these latents evolve.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_NOTE_H
#define TIMBREL_NOTE_H

#include "timbrel/synth.h"
#include "timbrel/vae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- encoded notes ---- */

/* One note as latents, with the small exact values that the latents do not represent. */
typedef struct {
    double start, seconds;
    bool pitched;
    float f0; /* Hz, the note's pitch */
    size_t n_frames;
    float *z;        /* [n_frames][latent_dim], owned */
    float *f0_track; /* [n_frames] Hz, owned */
    float *loudness; /* [n_frames] dB, owned */
    float inharmonicity;
    float ratio[TB_PARTIALS]; /* log2 ratios of the free partials (mean over the note) */
    TbPhases start_phases;
    uint8_t *detail;       /* [n_frames][TB_FEATURES], owned or NULL: the analysed features, 8 bits per column */
    uint8_t *phase_detail; /* [n_frames][TB_HARMONICS + TB_PARTIALS], owned or NULL: phases in 1/256 turns */
} TbEncodedNote;

/* ---- the note network ---- */

enum {
    TB_CODE_DIM = 16,     /* dimensions of the code that represents an instrument */
    TB_KNOBS = 7,         /* the first of these are the named attributes of synth.h, in that order */
    TB_NOTE_LATENTS = 64, /* models with more latents have no note network */
    TB_KNOB_POINTS = 9,   /* positions at which a knob's attribute is tabulated: -2, -1.5 ... 2 */
    TB_DRUM_KEYS = 128,   /* General MIDI's programs are 0 .. 127; key k of its drum kit is TB_DRUM_KEYS + k */
    TB_PROGRAMS = 256,
};

/* How the network plays a General MIDI program: the code, and the pitch that sounds above that of the key. */
typedef struct {
    float code[TB_CODE_DIM];
    float kind;  /* 0: the model does not know this program; 1: without pitch; 2: with a pitch */
    float above; /* semitones, whole octaves */
} TbProgram;

/* The note network and the meaning of its code. Given a code, a key and a velocity, it predicts the latents of the
 * note over time, its loudness and pitch, and their modulation. */
typedef struct {
    TbVae *net;                           /* owned */
    float knob[TB_KNOBS][TB_KNOB_POINTS]; /* the attribute at each knob position, in the attribute's unit */
    /* Prior for instruments without and with a pitch: code = mean + spread n, n ~ N(0, I); spread is lower
     * triangular. */
    float mean[2][TB_CODE_DIM], spread[2][TB_CODE_DIM * TB_CODE_DIM];
    /* Attributes are normalised for the encoder: (value - middle) / width. */
    float middle[TB_KNOBS], width[TB_KNOBS];
    float scale[TB_NOTE_LATENTS + 2]; /* how much each channel varies between notes: latents, loudness, pitch */
    TbProgram program[TB_PROGRAMS];   /* all of kind 0 in a model that does not know General MIDI */
} TbNoteModel;

TB_API void tb_note_model_free(TbNoteModel *notes);

/* The attribute's value at a position of knob 0 .. TB_KNOBS - 1, in the attribute's unit. Position in standard
 * deviations, clamped to -2..2. RT */
TB_API float tb_knob_display(const TbNoteModel *notes, int knob, float position);

#ifdef __cplusplus
}
#endif

#endif
