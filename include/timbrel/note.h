/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel note: whole notes: one note as latents, and the network that knows how the latents of a note move.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_NOTE_H
#define TIMBREL_NOTE_H

#include "timbrel/synth.h"
#include "timbrel/vae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- encoded notes ---- */

/* One note as latents. What the latents do not hold, but is exact and small, stands beside them. */
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
    uint8_t *detail;       /* [n_frames][TB_FEATURES], owned or NULL: the frames themselves, 8 bits a column */
    uint8_t *phase_detail; /* [n_frames][TB_HARMONICS + TB_PARTIALS], owned or NULL: phases in 1/256 turns */
} TbEncodedNote;

/* ---- the network of notes ---- */

enum {
    TB_CODE_DIM = 16,     /* numbers that stand for a whole instrument */
    TB_KNOBS = 7,         /* the first of them have a name: the attributes of synth.h, in their order */
    TB_NOTE_LATENTS = 64, /* models with more latents have no network of notes */
    TB_KNOB_POINTS = 9,   /* at which a knob's attribute is known: -2, -1.5 ... 2 */
};

/* The network of whole notes, and what its code means. A code and a key, a velocity and a moment give the latents of a
 * frame, its loudness and pitch, and how these move. */
typedef struct {
    TbVae *net;                           /* owned */
    float knob[TB_KNOBS][TB_KNOB_POINTS]; /* what the attribute is where the knob stands */
    /* The prior, of instruments without and with a pitch: code = mean + spread normal; spread is lower triangular. */
    float mean[2][TB_CODE_DIM], spread[2][TB_CODE_DIM * TB_CODE_DIM];
    /* What the encoder is told of attributes: (value - middle) / width. */
    float middle[TB_KNOBS], width[TB_KNOBS];
    float scale[TB_NOTE_LATENTS +
                2]; /* how much each channel of a note differs from note to note: latents, loudness, pitch */
} TbNoteModel;

TB_API void tb_note_model_free(TbNoteModel *notes);

/* What the attribute of a knob (0 .. TB_KNOBS - 1) is where the knob stands, in the attribute's unit. Position in
 * standard deviations, held within -2..2. RT */
TB_API float tb_knob_display(const TbNoteModel *notes, int knob, float position);

#ifdef __cplusplus
}
#endif

#endif
