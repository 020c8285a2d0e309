/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to score/: what melodies and chords of leadsheets are like, as 100 times natural logarithms of probabilities.
 * Counted over the training files of 134 lead sheets (OpenEWLD) and 712 folk tunes with chords (Nottingham). */
#ifndef TIMBREL_SCORE_CHORD_TABLES_H
#define TIMBREL_SCORE_CHORD_TABLES_H

#include <stdint.h>

enum { CHORD_ROOTS = 12, CHORD_TYPES = 8 };

/* A pitch class above the root, by duration, in the melody over a chord. */
static const int16_t chord_melody[CHORD_TYPES][12] = {
    {-121, -600, -290, -532, -134, -355, -428, -145, -591, -283, -447, -364}, /* major */
    {-120, -577, -256, -144, -537, -279, -494, -160, -431, -363, -287, -474}, /* minor */
    {-137, -472, -256, -525, -203, -309, -509, -138, -425, -255, -215, -467}, /* dominant */
    {-189, -473, -272, -138, -600, -214, -476, -140, -512, -396, -214, -600}, /* minor seventh */
    {-142, -600, -299, -509, -144, -600, -348, -143, -600, -387, -600, -179}, /* major seventh */
    {-275, -426, -352, -187, -379, -297, -112, -224, -289, -212, -450, -311}, /* diminished */
    {-137, -462, -190, -462, -146, -428, -462, -226, -162, -553, -443, -600}, /* augmented */
    {-118, -347, -224, -508, -347, -118, -508, -203, -508, -288, -508, -508}, /* suspended fourth */
};

/* A chord on a degree (semitones above the tonic) of a major key, and of a minor one. */
static const int16_t chord_degree[2][CHORD_TYPES][12] = {
    {
        {-92, -1000, -566, -626, -659, -179, -1000, -288, -709, -624, -384, -946},          /* major */
        {-443, -966, -314, -835, -556, -520, -880, -462, -1000, -351, -686, -902},          /* minor */
        {-311, -780, -394, -863, -590, -577, -755, -196, -731, -526, -656, -740},           /* dominant */
        {-1000, -1000, -496, -1000, -835, -902, -1000, -591, -1000, -626, -1000, -1000},    /* minor seventh */
        {-654, -1000, -1000, -1000, -1000, -735, -1000, -1000, -1000, -1000, -1000, -1000}, /* major seventh */
        {-698, -689, -780, -780, -745, -755, -727, -855, -752, -835, -863, -755},           /* diminished */
        {-780, -1000, -1000, -1000, -966, -835, -1000, -776, -835, -780, -1000, -863},      /* augmented */
        {-966, -1000, -966, -1000, -1000, -1000, -1000, -835, -1000, -863, -1000, -1000},   /* suspended fourth */
    },
    {
        {-639, -399, -1000, -176, -1000, -533, -839, -502, -190, -900, -315, -668},         /* major */
        {-167, -774, -801, -774, -1000, -274, -1000, -457, -622, -900, -447, -774},         /* minor */
        {-355, -818, -593, -277, -668, -339, -774, -294, -610, -801, -263, -1000},          /* dominant */
        {-639, -1000, -774, -1000, -1000, -397, -707, -676, -1000, -1000, -515, -1000},     /* minor seventh */
        {-1000, -1000, -1000, -539, -1000, -1000, -1000, -1000, -484, -1000, -1000, -1000}, /* major seventh */
        {-774, -1000, -603, -676, -1000, -652, -599, -577, -676, -686, -1000, -668},        /* diminished */
        {-639, -1000, -774, -735, -1000, -774, -1000, -1000, -774, -1000, -559, -1000},     /* augmented */
        {-735, -1000, -1000, -1000, -1000, -1000, -1000, -707, -1000, -1000, -1000, -1000}, /* suspended fourth */
    },
};

/* A step of the root (semitones up) to another chord, beside what the degrees let expect: from a major chord, a minor
 * or diminished one, a dominant or augmented one. */
static const int16_t chord_move[3][12] = {
    {-84, -99, 47, -100, -100, 69, -100, 76, -100, -36, -100, -100},
    {-100, -81, -79, -48, -100, 100, -100, 0, -54, -100, 7, -17},
    {-100, -100, -100, -100, -100, 100, -100, -100, -100, -100, -100, -87},
};

#endif
