/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: describers for `timbrel info`. To support another kind of file, write a describer and add it to the list
 * in cmd_info.c. */
#ifndef TIMBREL_APP_INFO_H
#define TIMBREL_APP_INFO_H

#include "timbrel/score.h"

#include <jansson.h>

/* Facts in the order shown. */
typedef struct {
    json_t *facts; /* an object: strings and numbers */
    json_t *units; /* an object with the units of some of them */
} Info;

/* Adds a fact. Text shows it as "sample rate  44100 Hz"; JSON as "sample_rate": 44100. */
void info_text(Info *info, const char *key, const char *value);
void info_number(Info *info, const char *key, double value, const char *unit);
/* A number as JSON: integers without a decimal point, null for NaN. */
json_t *info_value(double value);
/* Adds an array of objects and takes ownership of it. Text shows the "name" or index and "in_words" of each, unless
 * there is only one. An object in place of the array is for JSON alone. */
void info_list(Info *info, const char *key, json_t *list);

/* Prints a title and the facts below it. */
void info_print(const char *title, const Info *info);

/* Adds bars, tempo, metre, key (as written, or else found), chords and form of a score. */
TB_NODISCARD TbStatus info_music(Info *info, const TbScore *score);

typedef struct {
    /* Whether the file is of this kind, judging by its first n bytes. */
    bool (*recognises)(const unsigned char *head, size_t n);
    TbStatus (*describe)(const char *path, Info *info); /* path may be the name of a bundled sound */
} Describer;

extern const Describer describe_sound;   /* info_sound.c: whatever libsndfile reads; accepts everything */
extern const Describer describe_tensors; /* info_tensors.c: safetensors */
extern const Describer describe_midi;    /* info_score.c: MIDI files */
extern const Describer describe_default; /* info_model.c: the built-in model */

#endif
