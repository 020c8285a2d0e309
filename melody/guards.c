/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guards of what is drawn: key, chords, density, repeated notes; they keep a melody from drifting off. */
#include "melody/composer.h"

#include <math.h>

enum {
    SAME_NOTES = 4,
    SCALE_WINDOW = 12 /* notes */,
    FOREIGN_NOTES = 2 /* at most of these, outside the scale */,
    FEW_NOTES = 8 /* say nothing about the key and the density */
};

static bool in_scale(const TbKey *key, int pitch) {
    static const unsigned major = 0xAB5, minor = 0xFAD; /* with both forms of the sixth and the seventh */
    return (key->minor ? minor : major) >> ((pitch - key->tonic) % 12 + 12) % 12 & 1;
}

static int foreign_notes(const TbMelody *m) {
    int n = 0;
    for (size_t i = m->n_notes > SCALE_WINDOW ? m->n_notes - SCALE_WINDOW : 0; i < m->n_notes; i++)
        n += !in_scale(&m->key, m->notes[i].pitch);
    return n;
}

/* Whether the last notes are all of this pitch. */
static bool is_tired(const TbMelody *m, int pitch) {
    if (m->n_notes < SAME_NOTES)
        return false;
    for (size_t i = m->n_notes - SAME_NOTES; i < m->n_notes; i++)
        if (m->notes[i].pitch != pitch)
            return false;
    return true;
}

void tbi_melody_allow_pitches(const Composer *c, bool closes, bool *allowed) {
    const TbMelody *m = c->out;
    const bool strict = foreign_notes(m) >= FOREIGN_NOTES;
    size_t n = 0;
    for (int k = 0; k < MELODY_PITCHES; k++) {
        const int pitch = tbi_melody_pitch(&c->reader, k);
        allowed[k] = pitch >= c->lowest && pitch <= c->highest && (!strict || in_scale(&m->key, pitch)) &&
                     (closes ? melody_is_tonic(m, pitch) : !is_tired(m, pitch));
        n += allowed[k];
    }
    if (n == 0) /* a narrow range: it alone counts */
        for (int k = 0; k < MELODY_PITCHES; k++) {
            const int pitch = tbi_melody_pitch(&c->reader, k);
            allowed[k] = pitch >= c->lowest && pitch <= c->highest;
        }
}

MelodyAccent tbi_melody_accent(const TbMelody *m, int32_t onset) {
    const int32_t bar = tbi_melody_bar_at(m, onset), place = onset - m->line[bar];
    const bool compound = m->denominator >= 8 && m->numerator % 3 == 0;
    const int32_t beat = 4 * TB_GRID_MELODY * (compound ? 3 : 1) / m->denominator;
    return place == 0 ? MELODY_STRONG_BEAT : place % (beat ? beat : 1) == 0 ? MELODY_BEAT : MELODY_OFF_BEAT;
}

/* The network learned from melodies and chords that fit better than any that are given to it: pull the pitch a little
 * towards the tones of the chord, the more so the stronger the beat. */
static void pull_to_chord(Composer *c, int32_t onset) {
    static const float pull[] = {[MELODY_OFF_BEAT] = 0.3f, [MELODY_BEAT] = 0.8f, [MELODY_STRONG_BEAT] = 1.6f};
    const TbChord chord = tbi_melody_chord_at(c->out, onset);
    const float strength = pull[tbi_melody_accent(c->out, onset)];
    for (int k = 0; chord.root >= 0 && k < MELODY_PITCHES; k++)
        if (tb_chord_pitches(chord) >> (tbi_melody_pitch(&c->reader, k) % 12 + 12) % 12 & 1)
            c->stream.logits[k] += strength;
}

/* Melodies that wander off take another key's notes for long. When the key is hardly clearer than its best rival, pull
 * the pitch towards notes that make it clearer. */
static void pull_to_key(Composer *c, int32_t duration) {
    static const double CLEAR = 0.08, STRONGEST = 1.5;
    const double margin = c->out->n_notes < FEW_NOTES ? CLEAR : tb_key_margin(c->weight, c->out->key);
    double after[12], mean = 0, variance = 0;
    if (margin >= CLEAR)
        return;
    for (int k = 0; k < 12; k++) {
        c->weight[k] += duration;
        after[k] = tb_key_margin(c->weight, c->out->key);
        c->weight[k] -= duration;
        mean += after[k] / 12;
    }
    for (int k = 0; k < 12; k++)
        variance += (after[k] - mean) * (after[k] - mean) / 12;
    const double strength = STRONGEST * fmin(1, (CLEAR - margin) / CLEAR) / sqrt(variance + 1e-12);
    for (int k = 0; k < MELODY_PITCHES; k++)
        c->stream.logits[k] += (float)(strength * (after[(tbi_melody_pitch(&c->reader, k) % 12 + 12) % 12] - mean));
}

/* How far the notes a bar are out of what melodies of this metre have, as a change of density; that asked for is not
 * taken back. */
static double pull_to_density(const Composer *c) {
    static const double STRENGTH = 6, MOST = 2;
    const TbMelody *m = c->out;
    const float *usual = c->stream.model->facts.density + 2 * tbi_melody_metre_class(m->numerator, m->denominator);
    if (m->n_notes < FEW_NOTES || !(usual[0] > 0) || c->guide->toward[0])
        return 0;
    const double bars = (double)melody_last_end(m) / (double)m->line[m->n_bars] * m->n_bars;
    const double density = (double)m->n_notes / bars;
    if (density > (double)usual[1] && c->o->density <= 0)
        return -fmin(MOST, STRENGTH * (density / (double)usual[1] - 1));
    if (density < (double)usual[0] && c->o->density >= 0)
        return fmin(MOST, STRENGTH * ((double)usual[0] / density - 1));
    return 0;
}

/* The note of a melody at a step, or NULL; exact: it starts there. */
static const TbMelodyNote *note_at(const TbMelody *m, int32_t step, bool exact) {
    const TbMelodyNote *found = NULL;
    for (size_t i = 0; i < m->n_notes && m->notes[i].onset <= step; i++)
        found = &m->notes[i];
    return found && (exact ? found->onset == step : found->onset + found->duration > step) ? found : NULL;
}

static const TbMelodyNote *note_after(const TbMelody *m, int32_t step) {
    for (size_t i = 0; i < m->n_notes; i++)
        if (m->notes[i].onset > step)
            return &m->notes[i];
    return NULL;
}

/* What the melodies that this one is to be like have next. */
static void pull_toward(Composer *c, MelodyField field, int32_t onset) {
    for (int k = 0; k < 2 && c->guide->toward[k]; k++) {
        const TbMelody *m = c->guide->toward[k];
        const bool first = field == MELODY_GAP && c->out->n_notes == 0;
        const TbMelodyNote *n =
            field == MELODY_GAP ? note_after(m, first ? -1 : onset) : note_at(m, onset, field == MELODY_DURATION);
        if (!n)
            continue;
        const int class = field == MELODY_GAP        ? n->onset - onset
                          : field == MELODY_DURATION ? n->duration
                                                     : tbi_melody_pitch_class(&c->reader, n->pitch);
        if (class < (int)melody_classes[field])
            c->stream.logits[class] += c->guide->pull[k];
    }
}

void tbi_melody_pull_time(Composer *c, MelodyField field, int32_t onset) {
    const double density = c->o->density + pull_to_density(c);
    for (int k = 1; k < MELODY_TIMES; k++) /* long ones are few where notes are many */
        c->stream.logits[k] -= (float)(density * log(k));
    pull_toward(c, field, onset);
}

void tbi_melody_pull_pitch(Composer *c, int32_t onset) {
    pull_to_chord(c, onset);
    pull_to_key(c, c->step.chosen[MELODY_DURATION]);
    pull_toward(c, MELODY_PITCH, onset);
}
