// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/note_set.h"
#include "sound/detail.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EARLY = 16, LOGARITHMIC = 30, LATE = 16, SHORTEST = 6 /* frames */ };

void note_set_init(NoteSet *set, int latent) {
    *set = (NoteSet){.latent = latent};
}

static void item_free(NoteItem *item) {
    free(item->input);
    free(item->group);
}

void note_set_free(NoteSet *set) {
    for (size_t i = 0; i < set->n; i++) {
        item_free(&set->items[i]);
    }
    free(set->items);
    free(set->first);
    free(set->knob);
    memset(set, 0, sizeof *set);
}

static size_t item_floats(int latent) {
    return (size_t)note_inputs(latent) +
           NOTE_ROWS * (NOTE_CONDITIONS + (size_t)note_row(latent) + 1 + TB_CONDITIONS + 1);
}

/* The frame of the i-th of NOTE_ROWS moments; behind the end (>= n) the note is over. */
static size_t moment(const NoteTrack *t, size_t i) {
    size_t held = t->release, behind = t->n - held;
    if (i < EARLY) {
        return i;
    }
    if (i >= NOTE_ROWS - LATE) {
        size_t k = i - (NOTE_ROWS - LATE);
        if (behind > 0) { /* denser where the key goes up */
            float u = (float)k / (LATE - 1);
            return held + (size_t)lrintf(u * u * (float)(behind - 1));
        }
        return t->n + k * (size_t)NOTE_FREEZE_FRAMES / LATE;
    }
    size_t k = i - EARLY, last = held > EARLY ? held - 1 : EARLY;
    if (k < LOGARITHMIC) {
        return (size_t)lrintf(EARLY * powf((float)last / EARLY, (float)k / (LOGARITHMIC - 1)));
    }
    size_t even = NOTE_ROWS - EARLY - LATE - LOGARITHMIC;
    return EARLY + (k - LOGARITHMIC) * (last - EARLY) / (even - 1);
}

static void fill_row(NoteItem *item, size_t i, const NoteTrack *t, const float *rows, const TbEncodedNote *note,
                     float loudest) {
    size_t at = moment(t, i), frame = at < t->n ? at : t->n - 1, row = (size_t)note_row(t->latent);
    bool over = at >= t->n, off = at >= t->release && t->release < t->n;
    float *target = item->target + i * row;
    memcpy(target, rows + frame * row, row * sizeof *target);
    if (over) {
        target[t->latent] = note_loudness_channel(NOTE_SILENCE_DB);
    }
    item->weight[i] = over ? 0 : note_weight(target[t->latent]);
    note_condition(t->key, t->velocity, t->pitched, off ? NOTE_FREEZE_FRAMES : (float)at, off ? (float)(at - t->release) : -1,
                   item->condition + i * NOTE_CONDITIONS);
    TbFrame f = {.f0 = note->f0_track[frame], .power = powf(10, note->loudness[frame] / 10)};
    tb_frame_to_condition(&f, item->frame_condition + i * TB_CONDITIONS);
    item->below[i] = loudest - note->loudness[frame];
    memcpy(item->features + i * TB_FEATURES, note->detail + frame * TB_FEATURES, TB_FEATURES);
}

static TbStatus item_new(const TbEncodedNote *note, const NoteTrack *track, const float *rows, const char *group,
                         NoteItem *item) {
    int latent = track->latent;
    *item = (NoteItem){.pitched = track->pitched, .key = track->key, .group = strdup(group)};
    memcpy(item->attribute, track->attribute, sizeof item->attribute);
    float *at = item->input = calloc(1, item_floats(latent) * sizeof *at + NOTE_ROWS * TB_FEATURES);
    if (!item->group || !at) {
        item_free(item);
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory for the notes to learn from");
    }
    item->condition = at += note_inputs(latent);
    item->target = at += NOTE_ROWS * NOTE_CONDITIONS;
    item->weight = at += NOTE_ROWS * note_row(latent);
    item->frame_condition = at += NOTE_ROWS;
    item->below = at += NOTE_ROWS * TB_CONDITIONS;
    item->features = (uint8_t *)(at + NOTE_ROWS);
    note_input(track, rows, item->input);
    float loudest = -200;
    for (size_t t = 0; t < note->n_frames; t++) {
        loudest = fmaxf(loudest, note->loudness[t]);
    }
    for (size_t i = 0; i < NOTE_ROWS; i++) {
        fill_row(item, i, track, rows, note, loudest);
    }
    return TB_OK;
}

TbStatus note_set_add(NoteSet *set, const TbEncodedNote *note, const float *attribute, const char *group, double hold,
                      float velocity) {
    if (!note->detail || note->n_frames < SHORTEST) {
        return TB_OK;
    }
    NoteTrack track;
    TbStatus status = note_track_new(note, set->latent, hold, velocity, &track);
    memcpy(track.attribute, attribute, sizeof track.attribute);
    float *rows = status == TB_OK ? malloc(track.n * (size_t)note_row(set->latent) * sizeof *rows) : NULL;
    NoteItem *more = realloc(set->items, (set->n + 1) * sizeof *more);
    set->items = more ? more : set->items;
    if (status == TB_OK && (!rows || !more)) {
        status = tb_fail(TB_ERR_NO_MEMORY, "not enough memory for the notes to learn from");
    }
    if (status == TB_OK) {
        status = note_movement(&track, rows);
    }
    if (status == TB_OK) {
        status = item_new(note, &track, rows, group, &set->items[set->n]);
    }
    if (status == TB_OK) {
        set->n++;
    }
    free(rows);
    note_track_free(&track);
    return status;
}

/* ---- names ---- */

static bool separator(char c) {
    return c == '_' || c == '-' || c == ' ' || c == '.';
}

/* A MIDI note number from "C4", "f#3", "Bb-1"; -1 if it is none. */
static float note_of_word(const char *word, size_t n) {
    static const int semitone[7] = {9, 11, 0, 2, 4, 5, 7};
    char letter = n ? (char)toupper((unsigned char)word[0]) : 0;
    if (letter < 'A' || letter > 'G') {
        return -1;
    }
    int key = semitone[letter - 'A'];
    size_t i = 1;
    if (i < n && (word[i] == '#' || word[i] == 's')) {
        key++;
        i++;
    } else if (i < n && word[i] == 'b') {
        key--;
        i++;
    }
    bool below = i < n && word[i] == '-';
    i += below;
    if (i + 1 != n || !isdigit((unsigned char)word[i])) {
        return -1;
    }
    int octave = below ? -(word[i] - '0') : word[i] - '0';
    key += 12 * (octave + 1);
    return key >= 0 && key <= 127 ? (float)key : -1;
}

/* A number 0..127, with a letter v before it or not; -1 if it is none. */
static float number_of_word(const char *word, size_t n) {
    size_t i = n > 1 && (word[0] == 'v' || word[0] == 'V');
    int value = 0;
    if (n == i || n - i > 3) {
        return -1;
    }
    for (; i < n; i++) {
        if (!isdigit((unsigned char)word[i])) {
            return -1;
        }
        value = 10 * value + (word[i] - '0');
    }
    return value <= 127 ? (float)value : -1;
}

/* The last word of name[0 .. end). */
static const char *last_word(const char *name, const char *end) {
    const char *w = end;
    while (w > name && !separator(w[-1])) {
        w--;
    }
    return w;
}

NoteName note_name_parse(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const char *end = dot && dot > name ? dot : name + strlen(name);
    NoteName found = {(size_t)(end - path), -1, -1};
    const char *a = last_word(name, end), *b = a > name ? last_word(name, a - 1) : NULL;
    float number = number_of_word(a, (size_t)(end - a)), note = note_of_word(a, (size_t)(end - a));
    if (note >= 0 && a > name) { /* flute_C4 */
        found.key = note;
        found.length = (size_t)(a - 1 - path);
    } else if (number >= 0 && b) {
        size_t n = (size_t)(a - 1 - b);
        float key = note_of_word(b, n);
        key = key >= 0 ? key : number_of_word(b, n);
        if (key >= 0 && b > name) { /* flute_C4_80, 0_60_100 */
            found.key = key;
            found.velocity = number / 127;
            found.length = (size_t)(b - 1 - path);
        }
    }
    return found;
}
