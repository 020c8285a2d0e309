/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chords of a melody. */
#ifndef TIMBREL_MELODY_CHORDS_H
#define TIMBREL_MELODY_CHORDS_H

#include "timbrel/melody.h"

/* The share that chord b has after chord a, both with a root, in what the model learned from. RT */
float tbi_melody_chord_share(const TbMelodyModel *model, int tonic, TbChord a, TbChord b);

/* The score's symbols; without these, those of its part of chords, whose notes that start together are one. Fills
 * chords[up to n_chords + n_notes of the score]; returns their number. RT */
size_t tbi_melody_chords(const TbScore *score, const TbRole *role, TbMelodyChord *chords);

/* The chord at a step; its root is -1 if there is none. RT */
TbChord tbi_melody_chord_at(const TbMelody *melody, int32_t step);

/* Which part of the way between two melodies a bar has passed when it gets the second one's chords. Bars do so one by
 * one, far from each other: the bits of their numbers, reversed, are their turns (van der Corput). RT */
double tbi_melody_turn(int32_t bar);

/* The chord that fits a set of pitch classes (bit by pitch class) best; `lowest` is one of them. RT */
TbChord tbi_melody_name_chord(unsigned pitches, int lowest);

/* Kinds as the network knows them. */
typedef enum {
    MELODY_MAJOR,
    MELODY_MINOR,
    MELODY_SEVENTH,
    MELODY_MINOR_SEVENTH,
    MELODY_DIMINISHED,
    MELODY_OTHER,
    MELODY_KINDS
} MelodyKind;
MelodyKind tbi_melody_kind(TbChord chord); /* of one with a root. RT */

#endif
