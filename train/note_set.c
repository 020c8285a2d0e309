/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/note_set.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "note/detail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 6 /* frames */ };

void tbi_note_set_init(NoteSet *set, int latent) {
    *set = (NoteSet){.latent = latent};
}

static void item_free(NoteItem *item) {
    free(item->input);
    free(item->group);
}

void tbi_note_set_free(NoteSet *set) {
    for (size_t i = 0; i < set->n; i++)
        item_free(&set->items[i]);
    free(set->items);
    free(set->first);
    free(set->knob);
    memset(set, 0, sizeof *set);
}

static size_t item_floats(int latent) {
    return (size_t)note_inputs(latent) + NOTE_CONDITIONS + NOTE_POINTS + NOTE_MOD_POINTS +
           NOTE_POINTS * (TB_CONDITIONS + 1);
}

/* The frames at the time points, as targets of the frame decoder. */
static void fill_frames(NoteItem *item, const NoteTrack *t, const TbEncodedNote *note) {
    float loudest = -200;
    for (size_t i = 0; i < note->n_frames; i++)
        loudest = fmaxf(loudest, note->loudness[i]);
    for (int m = 0; m < NOTE_POINTS; m++) {
        size_t at = tbi_note_point_frame(t, m), frame = at < t->n ? at : t->n - 1;
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
    float *at = item->input = calloc(1, item_floats(latent) * sizeof *at + NOTE_POINTS * TB_FEATURES);
    if (!item->group || !at) {
        item_free(item);
        return tbi_no_memory("for the notes to learn from");
    }
    item->condition = at += note_inputs(latent);
    item->weight = at += NOTE_CONDITIONS;
    item->frame_condition = at += NOTE_POINTS + NOTE_MOD_POINTS;
    item->below = at += NOTE_POINTS * TB_CONDITIONS;
    item->features = (uint8_t *)(at + NOTE_POINTS);
    tbi_note_table(track, rows, item->input, item->weight);
    tbi_note_condition(track->key, track->velocity, track->pitched, item->condition);
    fill_frames(item, track, note);
    return TB_OK;
}

TbStatus tbi_note_set_add(NoteSet *set, const TbEncodedNote *note, const float *attribute, const char *group,
                          double hold, float velocity) {
    if (!note->detail || note->n_frames < SHORTEST)
        return TB_OK;
    NoteTrack track;
    TbStatus status = tbi_note_track_new(note, set->latent, hold, velocity, &track);
    memcpy(track.attribute, attribute, sizeof track.attribute);
    float *rows = status == TB_OK ? malloc(track.n * (size_t)note_row(set->latent) * sizeof *rows) : NULL;
    if (status == TB_OK && (!rows || !tbi_grow_by_one(&set->items, set->n)))
        status = tbi_no_memory("for the notes to learn from");
    if (status == TB_OK)
        status = tbi_note_decompose(&track, rows);
    if (status == TB_OK)
        status = item_new(note, &track, rows, group, &set->items[set->n]);
    if (status == TB_OK)
        set->n++;
    free(rows);
    tbi_note_track_free(&track);
    return status;
}
