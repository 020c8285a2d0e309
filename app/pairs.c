/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/pairs.h"
#include "app/files.h"
#include "app/instruments.h"
#include "app/named_sound.h"
#include "base/compare.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double COMPARISON_RATE = 44100; /* Hz */

static TbStatus add_pair(Pairs *pairs, const char *name, char *reference, char *test) {
    int program, pitch;
    Pair *pair = &pairs->items[pairs->n++];
    *pair = (Pair){.name = strdup(name), .reference = reference, .test = test, .midi_pitch = -1, .pitched = true};
    if (note_of_name(name, &program, &pitch)) {
        pair->midi_pitch = pitch;
        pair->pitched = program != 128;
    }
    return pair->name && reference && test ? TB_OK : tbi_no_memory("to compare sounds");
}

/* The entry of `list` equal to `name`, or one that differs only in its extension. */
static const char *match(const NameList *list, const char *name) {
    const char *dot = strrchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) + 1 : strlen(name);
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return name;
    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->names[i], name, stem) == 0 && strrchr(list->names[i], '.') == list->names[i] + stem - 1)
            return list->names[i];
    return NULL;
}

static TbStatus pair_folders(const char *reference, const char *test, const NameList *ours, const NameList *theirs,
                             Pairs *pairs) {
    pairs->items = calloc(ours->n + 1, sizeof *pairs->items);
    pairs->missing = calloc(ours->n + 1, sizeof *pairs->missing);
    if (!pairs->items || !pairs->missing)
        return tbi_no_memory("to compare sounds");
    for (size_t i = 0; i < ours->n; i++) {
        const char *name = ours->names[i], *other = match(theirs, name);
        TbStatus status = TB_OK;
        if (other)
            status = add_pair(pairs, name, path_join(reference, name), path_join(test, other));
        else if (!(pairs->missing[pairs->n_missing++] = strdup(name)))
            status = tbi_no_memory("to compare sounds");
        if (status)
            return status;
    }
    if (pairs->n == 0)
        return tb_fail(TB_ERR_EMPTY,
                       "No sound in \"%s\" has one of the same name in \"%s\"; the first without is \"%s\".", reference,
                       test, ours->names[0]);
    return TB_OK;
}

static TbStatus find_in_folders(const char *reference, const char *test, Pairs *pairs) {
    NameList ours, theirs;
    TbStatus status = list_sounds(reference, &ours);
    if (status)
        return status;
    status = list_sounds(test, &theirs);
    if (status == TB_OK) {
        status = pair_folders(reference, test, &ours, &theirs, pairs);
        name_list_free(&theirs);
    }
    name_list_free(&ours);
    return status;
}

/* Names of sounds and instruments count as files. */
static PathKind kind_of(const char *name) {
    return is_bundled_sound(name) || is_instrument_name(name) ? PATH_FILE : path_kind(name);
}

TbStatus pairs_find(const char *reference, const char *test, Pairs *pairs) {
    PathKind a = kind_of(reference), b = kind_of(test);
    TbStatus status;
    *pairs = (Pairs){0};
    if (a == PATH_ABSENT || b == PATH_ABSENT)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no file or folder \"%s\".", a == PATH_ABSENT ? reference : test);
    if (a != b)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a folder and \"%s\" is a file; give two files or two folders.",
                       a == PATH_FOLDER ? reference : test, a == PATH_FOLDER ? test : reference);
    if (a == PATH_FOLDER) {
        status = find_in_folders(reference, test, pairs);
    } else {
        pairs->items = calloc(1, sizeof *pairs->items);
        status = pairs->items ? add_pair(pairs, path_base(reference), strdup(reference), strdup(test))
                              : tbi_no_memory("to compare sounds");
    }
    if (status)
        pairs_free(pairs);
    return status;
}

void pairs_free(Pairs *pairs) {
    for (size_t i = 0; i < pairs->n; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].reference);
        free(pairs->items[i].test);
    }
    for (size_t i = 0; i < pairs->n_missing; i++)
        free(pairs->missing[i]);
    free(pairs->items);
    free(pairs->missing);
    *pairs = (Pairs){0};
}

static TbStatus read_for_comparison(const char *path, TbAudio *audio) {
    TbStatus status = named_audio_load(NULL, path, audio);
    if (status == TB_OK && audio->sample_rate != COMPARISON_RATE) {
        status = tb_audio_resample(audio, COMPARISON_RATE);
        if (status)
            tb_audio_free(audio);
    }
    return status;
}

TbStatus pair_read(const Pair *pair, TbAudio *reference, TbAudio *test) {
    TbStatus status = read_for_comparison(pair->reference, reference);
    if (status)
        return status;
    status = read_for_comparison(pair->test, test);
    if (status)
        tb_audio_free(reference);
    return status;
}

TbStatus pair_compare(Pair *pair) {
    TbAudio reference, test;
    TbStatus status = pair_read(pair, &reference, &test);
    if (status)
        return status;
    status = tb_compare(reference.samples, reference.n_samples, test.samples, test.n_samples, pair->midi_pitch,
                        pair->pitched, &pair->result);
    if (status) {
        status = tb_fail(status, "Cannot compare \"%s\" with \"%s\": %s", pair->test, pair->reference,
                         tb_error_text(status));
    }
    tb_audio_free(&reference);
    tb_audio_free(&test);
    return status;
}

void pairs_drop(Pairs *pairs, size_t i) {
    free(pairs->items[i].name);
    free(pairs->items[i].reference);
    free(pairs->items[i].test);
    memmove(&pairs->items[i], &pairs->items[i + 1], (--pairs->n - i) * sizeof *pairs->items);
    pairs->n_failed++;
}

TbStatus pairs_summary(const Pairs *pairs, size_t metric, Summary *summary) {
    double *values = calloc(pairs->n + 1, sizeof *values), sum = 0;
    size_t n = 0;
    if (!values)
        return tbi_no_memory("to compare sounds");
    for (size_t i = 0; i < pairs->n; i++) {
        double x = tb_metric_value(&pairs->items[i].result, metric);
        if (isfinite(x)) {
            values[n++] = x;
            sum += x;
        }
    }
    qsort(values, n, sizeof *values, tbi_compare_doubles);
    *summary = (Summary){.mean = NAN, .median = NAN, .n = n};
    if (n > 0) {
        summary->mean = sum / (double)n;
        summary->median = 0.5 * (values[(n - 1) / 2] + values[n / 2]);
    }
    free(values);
    return TB_OK;
}
