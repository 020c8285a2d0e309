/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what `timbrel info` knows of each kind of file. To teach it another kind, write a describer and add it
 * to the list in cmd_info.c. */
#ifndef TIMBREL_APP_INFO_H
#define TIMBREL_APP_INFO_H

#include "timbrel/base.h"

#include <jansson.h>

/* Facts in the order in which they are shown. */
typedef struct {
    json_t *facts; /* an object: strings and numbers */
    json_t *units; /* an object with the units of some of them */
} Info;

/* Adds a fact. Text shows it as "sample rate  44100 Hz"; JSON as "sample_rate": 44100. */
void info_text(Info *info, const char *key, const char *value);
void info_number(Info *info, const char *key, double value, const char *unit);
/* A number as JSON: a whole one without a point, null for what is none. */
json_t *info_value(double value);
/* An array of objects, which is taken over. Text shows of each its "name", or its number, and what "in_words" says; of
 * one alone nothing, since then all is said already. */
void info_list(Info *info, const char *key, json_t *list);

typedef struct {
    /* Is the file of this kind, judged by its first n bytes? */
    bool (*recognises)(const unsigned char *head, size_t n);
    TbStatus (*describe)(const char *path, Info *info); /* path: also the name of a bundled sound */
} Describer;

extern const Describer describe_sound;   /* info_sound.c: whatever libsndfile reads; recognises everything */
extern const Describer describe_tensors; /* info_tensors.c: safetensors */
extern const Describer describe_default; /* info_model.c: the default model, which is no file */

#endif
