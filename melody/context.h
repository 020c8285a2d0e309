/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to melody/: what the network reads before each note. The same function makes it in training and in
 * generation. A note is three fields, chosen one after the other: the gap from the onset before, the duration, the
 * pitch relative to the tonic. Beside the last note, place and chord, the network is told of candidates for the next
 * note, taken from what came earlier:
 *
 *   lags     the note that followed this place 1, 2, 4, 8 and 16 bars ago (lookback)
 *   longest  the note that followed the longest stretch equal to what was played last; and the same transposed
 *
 * with the number of notes that agreed before it: so it sees whether this bar has returned an earlier one so far. */
#ifndef TIMBREL_MELODY_CONTEXT_H
#define TIMBREL_MELODY_CONTEXT_H

#include "melody/chords.h"
#include "nn/embedding.h"

/* The fields of a note, in order. */
typedef enum { MELODY_GAP, MELODY_DURATION, MELODY_PITCH, MELODY_FIELDS } MelodyField;

enum {
    MELODY_TIMES = 97,    /* gaps and durations of 0 .. 96 steps; longer ones count as 96 */
    MELODY_PITCHES = 64,  /* relative to the tonic near the melody's middle, from ... */
    MELODY_LOWEST = -24,  /* ... here on; others are moved by octaves */
    MELODY_CHORDS = 73,   /* 12 roots x 6 kinds, none */
    MELODY_NO_CHORD = 72, /* the last */
    MELODY_METRES = 12,
    MELODY_PHRASE = 16,     /* bars */
    MELODY_PHRASE_BARS = 4, /* of a phrase with a latent vector (melody/latent.h) */
    MELODY_LEFT = 8,        /* classes of the number of bars until the end; the last: unknown */
    MELODY_LAGS = 5,
    MELODY_CANDIDATES = MELODY_LAGS + 2,
    MELODY_RUNS = 8, /* classes of the number of notes that agreed; the last: at this place, but after another gap */
};

/* Symbols of the input: offsets of their kinds in one table. */
enum {
    IN_PITCH,
    IN_GAP = IN_PITCH + MELODY_PITCHES + 1, /* one more: before the first note */
    IN_DURATION = IN_GAP + MELODY_TIMES,
    IN_PLACE = IN_DURATION + MELODY_TIMES,
    IN_METRE = IN_PLACE + TB_MELODY_BAR,
    IN_MODE = IN_METRE + MELODY_METRES,
    IN_PHRASE = IN_MODE + 2,
    IN_LEFT = IN_PHRASE + MELODY_PHRASE,
    IN_CHORD = IN_LEFT + MELODY_LEFT,   /* at the last note's onset */
    IN_NEXT = IN_CHORD + MELODY_CHORDS, /* at its end */
    IN_CANDIDATE = IN_NEXT + MELODY_CHORDS,
    IN_CANDIDATE_SIZE = MELODY_PITCHES + MELODY_TIMES + MELODY_RUNS,
    IN_SYMBOLS = IN_CANDIDATE + MELODY_CANDIDATES * IN_CANDIDATE_SIZE,
};
enum { /* places in MelodyStep.input */
       INPUT_LEFT = 7,
       INPUT_CHORD,
       INPUT_NEXT,
       INPUT_CANDIDATES,
       MELODY_INPUTS = INPUT_CANDIDATES + 3 * MELODY_CANDIDATES
};

/* Symbols of the heads: what is chosen, and where that is. Offsets in one table for each. */
enum { GAP_PLACE, GAP_SYMBOLS = TB_MELODY_BAR };
enum { DURATION_GAP, DURATION_PLACE = MELODY_TIMES, DURATION_SYMBOLS = DURATION_PLACE + TB_MELODY_BAR };
enum {
    PITCH_GAP,
    PITCH_DURATION = PITCH_GAP + MELODY_TIMES,
    PITCH_PLACE = PITCH_DURATION + MELODY_TIMES,
    PITCH_CHORD = PITCH_PLACE + TB_MELODY_BAR, /* at the new onset */
    PITCH_NEXT = PITCH_CHORD + MELODY_CHORDS,  /* one quarter note later */
    PITCH_CANDIDATE = PITCH_NEXT + MELODY_CHORDS,
    PITCH_SYMBOLS = PITCH_CANDIDATE + MELODY_CANDIDATES * MELODY_PITCHES,
};
static const size_t melody_head_symbols[MELODY_FIELDS] = {GAP_SYMBOLS, DURATION_SYMBOLS, PITCH_SYMBOLS};
static const size_t melody_classes[MELODY_FIELDS] = {MELODY_TIMES, MELODY_TIMES, MELODY_PITCHES};
enum { MELODY_HEAD_INPUTS = 5 + MELODY_CANDIDATES /* at most */ };

/* All that the network reads before note i, and the note itself. */
typedef struct {
    int16_t input[MELODY_INPUTS];                   /* symbols, or TB_NO_SYMBOL */
    int16_t place[2];                               /* in the bar: of the last onset, of the new one */
    int16_t chord[2];                               /* at the new onset, and one quarter note later */
    int16_t copy[MELODY_FIELDS][MELODY_CANDIDATES]; /* the candidates' classes, or TB_NO_SYMBOL */
    int8_t run[2][MELODY_CANDIDATES];               /* before the gap is chosen, and after */
    int8_t shortest;                                /* gap */
    int8_t phrase_bar;                              /* of the new onset */
    int16_t phrase;                                 /* number, at the last note's end */
    int16_t chosen[MELODY_FIELDS];                  /* classes */
} MelodyStep;

/* A melody as the network reads it. */
typedef struct {
    const TbMelody *melody;
    int base;    /* MIDI pitch: the tonic near the melody's middle */
    bool pickup; /* the first bar is half empty or more */
    bool ends;   /* the number of bars is known */
} MelodyReader;

/* One of MELODY_METRES classes; the last one is that of all rare metres. RT */
int tbi_melody_metre_class(int numerator, int denominator);
/* The tonic nearest to six semitones below `middle`, a MIDI pitch. */
int tbi_melody_base(int tonic, double middle);
/* For a melody with notes: base and pickup by these. RT */
MelodyReader tbi_melody_reader(const TbMelody *melody);
/* Class of a pitch, and back. RT */
int tbi_melody_pitch_class(const MelodyReader *reader, int pitch);
int tbi_melody_pitch(const MelodyReader *reader, int pitch_class);

/* What is known before note i, 0 .. n_notes: `input`, place[0], and the gap's copies. RT */
void tbi_melody_before(const MelodyReader *reader, size_t i, MelodyStep *step);
/* And what is known once the gap of note i is chosen, which makes its onset; sets chosen[MELODY_GAP]. RT */
void tbi_melody_after_gap(const MelodyReader *reader, size_t i, int32_t onset, MelodyStep *step);
/* The whole step of a note that is there. RT */
void tbi_melody_step(const MelodyReader *reader, size_t i, MelodyStep *step);

/* The symbols of a head's table for a step; returns how many. chords: false leaves them out. RT */
size_t tbi_melody_head_inputs(const MelodyStep *step, MelodyField field, bool chords, int32_t *symbols);
/* The symbols of the input's table. RT */
size_t tbi_melody_inputs(const MelodyStep *step, bool chords, bool ends, int32_t *symbols);

/* The bar of a step; the last one after the end. RT */
int32_t tbi_melody_bar_at(const TbMelody *melody, int32_t step);
/* The number of the phrase of four bars that a bar is in; a pickup belongs to the first. RT */
int32_t tbi_melody_phrase(const MelodyReader *reader, int32_t bar);

#endif
