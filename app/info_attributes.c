/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes the notes of a sound. */
#include "app/info_attributes.h"
#include "app/sound_pitch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CLEAR_SHARE 0.33f /* share of the way from the typical value to the end of the range */
#define STRONG_SHARE 0.67f

/* "bright", "very bright", or "" if typical. */
static void word_of(int attribute, float value, char *text, size_t size) {
    const TbAttributeInfo *a = tb_attribute_info(attribute);
    float end = value < a->default_value ? a->min : a->max,
          share = (value - a->default_value) / (end - a->default_value);
    snprintf(text, size, "%s%s", share > STRONG_SHARE ? "very " : "",
             share < CLEAR_SHARE        ? ""
             : value < a->default_value ? a->low
                                        : a->high);
}

/* Rounds to tenths, and to whole numbers from 100 on. */
static double shown(int attribute, float value) {
    double x = (double)tb_attribute_display(attribute, value), unit = fabs(x) < 100 ? 0.1 : 1;
    return round(x / unit) * unit + 0.0; /* + 0 avoids -0 */
}

void attributes_in_words(const float *value, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < TB_ATTRIBUTES && at < size; i++) {
        char word[40];
        word_of(i, value[i], word, sizeof word);
        if (word[0])
            at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", word);
    }
}

static double energy(const TbNote *note) {
    double sum = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        sum += (double)note->frames[t].power;
    return sum;
}

const TbNote *main_note(const TbAnalysis *analysis) {
    const TbNote *best = NULL;
    for (size_t i = 0; i < analysis->n_notes; i++)
        if (!best || energy(best) < energy(&analysis->notes[i]))
            best = &analysis->notes[i];
    return best;
}

static json_t *describe_note(const TbNote *note, const float *value) {
    char pitch[40] = "unpitched", like[200], words[300];
    json_t *object = json_object();
    if (note->root > 0)
        pitch_name(midi_of_hz((double)note->root), pitch, sizeof pitch);
    json_object_set_new(object, "start", info_value(round(1e4 * note->start) / 1e4));
    json_object_set_new(object, "pitch", note->root > 0 ? json_string(pitch) : json_null());
    json_object_set_new(object, "chord", json_boolean(note->chord));
    for (int i = 0; i < TB_ATTRIBUTES; i++)
        json_object_set_new(object, tb_attribute_info(i)->name, info_value(shown(i, value[i])));
    attributes_in_words(value, like, sizeof like);
    snprintf(words, sizeof words, "%.2f s %s%s%s%s", note->start, pitch, note->chord ? " (root of a chord)" : "",
             like[0] ? ", " : "", like);
    json_object_set_new(object, "in_words", json_string(words));
    return object;
}

TbStatus info_attributes(Info *info, const TbAnalysis *analysis) {
    const TbNote *headline = main_note(analysis);
    float value[TB_ATTRIBUTES], one[TB_ATTRIBUTES];
    json_t *list = json_array();
    for (size_t i = 0; i < analysis->n_notes; i++) {
        const TbNote *note = &analysis->notes[i];
        TbStatus status = tb_note_attributes(note, one);
        if (status) {
            json_decref(list);
            return status;
        }
        if (note == headline)
            memcpy(value, one, sizeof value);
        json_array_append_new(list, describe_note(note, one));
    }
    info_number(info, "notes", (double)analysis->n_notes, "");
    if (headline) {
        char pitch[40] = "none";
        if (headline->root > 0)
            pitch_name(midi_of_hz((double)headline->root), pitch, sizeof pitch);
        info_text(info, "pitch", pitch);
        if (headline->chord)
            info_text(info, "chord", "its pitch is the root");
    }
    for (int i = 0; i < TB_ATTRIBUTES && headline; i++) {
        char word[40], unit[60];
        word_of(i, value[i], word, sizeof word);
        snprintf(unit, sizeof unit, "%s%s%s", tb_attribute_info(i)->unit, word[0] ? ", " : "", word);
        info_number(info, tb_attribute_info(i)->name, shown(i, value[i]), unit);
    }
    info_list(info, "note_list", list);
    return TB_OK;
}
