// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/note_set.h"
#include "sound/detail.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 6 /* frames */ };

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
    return (size_t)note_inputs(latent) + NOTE_CONDITIONS + NOTE_MOMENTS + NOTE_MOVES +
           NOTE_MOMENTS * (TB_CONDITIONS + 1);
}

/* The frames that the moments stand for, as the frame decoder shall give them. */
static void fill_frames(NoteItem *item, const NoteTrack *t, const TbEncodedNote *note) {
    float loudest = -200;
    for (size_t i = 0; i < note->n_frames; i++) {
        loudest = fmaxf(loudest, note->loudness[i]);
    }
    for (int m = 0; m < NOTE_MOMENTS; m++) {
        size_t at = note_moment(t, m), frame = at < t->n ? at : t->n - 1;
        TbFrame f = {.f0 = note->f0_track[frame], .power = powf(10, note->loudness[frame] / 10)};
        tb_frame_to_condition(&f, item->frame_condition + m * TB_CONDITIONS);
        item->below[m] = loudest - note->loudness[frame];
        memcpy(item->features + m * TB_FEATURES, note->detail + frame * TB_FEATURES, TB_FEATURES);
    }
}

static TbStatus item_new(const TbEncodedNote *note, const NoteTrack *track, const float *rows, const char *group,
                         NoteItem *item) {
    int latent = track->latent;
    *item = (NoteItem){.pitched = track->pitched, .key = track->key, .group = strdup(group)};
    memcpy(item->attribute, track->attribute, sizeof item->attribute);
    float *at = item->input = calloc(1, item_floats(latent) * sizeof *at + NOTE_MOMENTS * TB_FEATURES);
    if (!item->group || !at) {
        item_free(item);
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory for the notes to learn from");
    }
    item->condition = at += note_inputs(latent);
    item->weight = at += NOTE_CONDITIONS;
    item->frame_condition = at += NOTE_MOMENTS + NOTE_MOVES;
    item->below = at += NOTE_MOMENTS * TB_CONDITIONS;
    item->features = (uint8_t *)(at + NOTE_MOMENTS);
    note_table(track, rows, item->input, item->weight);
    note_condition(track->key, track->velocity, track->pitched, item->condition);
    fill_frames(item, track, note);
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
        status = note_take_apart(&track, rows);
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
