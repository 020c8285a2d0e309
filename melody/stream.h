/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: the network one note at a time, without allocation. */
#ifndef TIMBREL_MELODY_STREAM_H
#define TIMBREL_MELODY_STREAM_H

#include "melody/model.h"
#include "nn/sampling.h"

typedef struct {
    const TbMelodyModel *model; /* borrowed */
    bool chords;                /* whether it is told of chords */
    float *x, *hidden, *cell, *gates, *y, *active;
    float *to_input, *to_heads; /* what z adds: [embedding], [fields * head] */
    float logits[MELODY_TIMES], scratch[MELODY_TIMES];
} MelodyStream;

/* With a state of 0; arrays from the arena. OFF */
void tbi_melody_stream_init(MelodyStream *stream, const TbMelodyModel *model, bool chords, TbArena *arena);
/* The vector of the phrase that the next notes are in, [MELODY_LATENT]; NULL: none, as it is at first. RT */
void tbi_melody_stream_phrase(MelodyStream *stream, const float *z);
/* Reads what is known before the next note (tbi_melody_before); once for each note. RT */
void tbi_melody_stream_read(MelodyStream *stream, const MelodyStep *step);
/* Fills stream->logits for a field of that note, whose fields before it are in the step. RT */
void tbi_melody_stream_logits(MelodyStream *stream, const MelodyStep *step, MelodyField field);

#endif
