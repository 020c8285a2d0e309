/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/context.h"
#include "base/search.h"

#include <math.h>

static const int LAG[MELODY_LAGS] = {1, 2, 4, 8, 16}; /* bars */
enum { LONGEST = MELODY_LAGS, TRANSPOSED, LONGEST_RUN = 24 /* notes */ };

/* ---- classes ---- */

int tbi_melody_metre_class(int numerator, int denominator) {
    static const uint8_t metres[MELODY_METRES - 1][2] = {{4, 4},  {3, 4}, {2, 4}, {6, 8}, {2, 2}, {9, 8},
                                                         {12, 8}, {3, 8}, {6, 4}, {3, 2}, {5, 4}};
    for (int i = 0; i < MELODY_METRES - 1; i++)
        if (metres[i][0] == numerator && metres[i][1] == denominator)
            return i;
    return MELODY_METRES - 1;
}

static int time_class(int32_t steps) {
    return steps < MELODY_TIMES ? steps : MELODY_TIMES - 1;
}

static int run_class(int run) {
    return run < 3 ? run : run < 5 ? 3 : run < 9 ? 4 : run < 17 ? 5 : 6;
}

static int left_class(int bars) {
    return bars < 4 ? bars : bars < 8 ? 4 : bars < 16 ? 5 : 6;
}

int tbi_melody_base(int tonic, double middle) {
    const int near = (int)floor(middle) - 6;
    const int above = ((near - tonic) % 12 + 12) % 12;
    return near - above + (above > 6 ? 12 : 0);
}

int tbi_melody_pitch_class(const MelodyReader *r, int pitch) {
    int relative = pitch - r->base - MELODY_LOWEST;
    while (relative < 0)
        relative += 12;
    while (relative >= MELODY_PITCHES)
        relative -= 12;
    return relative;
}

int tbi_melody_pitch(const MelodyReader *r, int pitch_class) {
    return r->base + MELODY_LOWEST + pitch_class;
}

static int chord_class(const MelodyReader *r, int32_t step) {
    const TbChord chord = tbi_melody_chord_at(r->melody, step);
    if (chord.root < 0)
        return MELODY_NO_CHORD;
    return ((chord.root - r->base) % 12 + 12) % 12 * MELODY_KINDS + (int)tbi_melody_kind(chord);
}

/* ---- places ---- */

int32_t tbi_melody_bar_at(const TbMelody *m, int32_t step) {
    const int32_t n = (int32_t)tbi_lower_bound(m->line, (size_t)m->n_bars, sizeof *m->line, step + 1);
    return n > 0 ? n - 1 : 0;
}

int32_t tbi_melody_phrase(const MelodyReader *r, int32_t bar) {
    return bar < r->pickup ? 0 : (bar - r->pickup) / MELODY_PHRASE_BARS;
}

MelodyReader tbi_melody_reader(const TbMelody *m) {
    double sum = 0;
    for (size_t i = 0; i < m->n_notes; i++)
        sum += m->notes[i].pitch;
    return (MelodyReader){m, tbi_melody_base(m->key.tonic, m->n_notes ? sum / (double)m->n_notes : 66),
                          m->n_notes && 2 * m->notes[0].onset >= m->line[1], true};
}

/* ---- candidates ---- */

static bool same_note(const TbMelodyNote *a, const TbMelodyNote *b, int32_t shift) {
    return a->onset - b->onset == shift && a->pitch == b->pitch;
}

/* The number of notes up to i - 1 that equal those up to j - 1, shifted in time alone. */
static int agreed(const TbMelody *m, size_t i, size_t j, int32_t shift) {
    int run = 0;
    while (run < LONGEST_RUN && j > (size_t)run &&
           same_note(&m->notes[i - 1 - (size_t)run], &m->notes[j - 1 - (size_t)run], shift))
        run++;
    return run;
}

/* The same for intervals and gaps. */
static int agreed_transposed(const TbMelodyNote *n, size_t i, size_t j) {
    int run = 0;
    for (size_t k = 1; k < j && run < LONGEST_RUN; k++, run++)
        if (n[i - k].pitch - n[i - k - 1].pitch != n[j - k].pitch - n[j - k - 1].pitch ||
            n[i - k].onset - n[i - k - 1].onset != n[j - k].onset - n[j - k - 1].onset)
            break;
    return run;
}

/* A candidate: note `note` would return `shift` steps later and `up` semitones higher. */
typedef struct {
    size_t note;
    int32_t shift;
    int up, run; /* run: -1: there is none */
} Candidate;

static Candidate lagged(const MelodyReader *r, size_t i, int lag) {
    const TbMelody *m = r->melody;
    const int32_t last = m->notes[i - 1].onset, bar = tbi_melody_bar_at(m, last);
    if (bar < lag)
        return (Candidate){.run = -1};
    Candidate c = {.shift = m->line[bar] - m->line[bar - lag]};
    c.note = tbi_lower_bound(m->notes, i, sizeof *m->notes, last - c.shift + 1);
    if (c.note == i)
        return (Candidate){.run = -1};
    c.run = c.note ? agreed(m, i, c.note, c.shift) : 0;
    return c;
}

static Candidate longest(const MelodyReader *r, size_t i, bool transposed) {
    const TbMelodyNote *n = r->melody->notes;
    Candidate c = {.run = -1};
    int most = 0;
    for (size_t j = i - 1; j > 0; j--) {
        const int run =
            transposed ? agreed_transposed(n, i, j) : agreed(r->melody, i, j, n[i - 1].onset - n[j - 1].onset);
        if (run > most) {
            most = run;
            c = (Candidate){j, n[i - 1].onset - n[j - 1].onset, n[i - 1].pitch - n[j - 1].pitch, run};
        }
    }
    return c;
}

static Candidate candidate(const MelodyReader *r, size_t i, int k) {
    if (i == 0)
        return (Candidate){.run = -1};
    return k < MELODY_LAGS ? lagged(r, i, LAG[k]) : longest(r, i, k == TRANSPOSED);
}

/* ---- steps ---- */

void tbi_melody_before(const MelodyReader *r, size_t i, MelodyStep *s) {
    const TbMelody *m = r->melody;
    const TbMelodyNote *last = i ? &m->notes[i - 1] : NULL;
    const int32_t at = last ? last->onset : 0, bar = tbi_melody_bar_at(m, at);
    const int32_t before = i > 1 ? m->notes[i - 2].onset : 0;
    int16_t *x = s->input;
    memset(s, 0, sizeof *s);
    s->place[0] = (int16_t)((at - m->line[bar]) % TB_MELODY_BAR);
    s->phrase = (int16_t)tbi_melody_phrase(r, tbi_melody_bar_at(m, last ? at + last->duration : 0));
    s->shortest = (int8_t)(last ? time_class(last->duration) : 0);
    *x++ = (int16_t)(IN_PITCH + (last ? tbi_melody_pitch_class(r, last->pitch) : MELODY_PITCHES));
    *x++ = (int16_t)(IN_GAP + time_class(at - before));
    *x++ = (int16_t)(IN_DURATION + (last ? time_class(last->duration) : 0));
    *x++ = (int16_t)(IN_PLACE + s->place[0]);
    *x++ = (int16_t)(IN_METRE + tbi_melody_metre_class(m->numerator, m->denominator));
    *x++ = (int16_t)(IN_MODE + m->key.minor);
    *x++ = (int16_t)(IN_PHRASE + (bar + MELODY_PHRASE - r->pickup) % MELODY_PHRASE);
    *x++ = (int16_t)(IN_LEFT + (r->ends ? left_class(m->n_bars - 1 - bar) : MELODY_LEFT - 1));
    *x++ = (int16_t)(IN_CHORD + chord_class(r, at));
    *x++ = (int16_t)(IN_NEXT + chord_class(r, at + (last ? last->duration : 0)));
    for (int k = 0; k < MELODY_CANDIDATES; k++) {
        const Candidate c = candidate(r, i, k);
        const int offset = IN_CANDIDATE + k * IN_CANDIDATE_SIZE;
        s->copy[MELODY_GAP][k] = TB_NO_SYMBOL;
        s->run[0][k] = (int8_t)(c.run < 0 ? 0 : run_class(c.run));
        if (c.run < 0) {
            for (int f = 0; f < 3; f++)
                *x++ = TB_NO_SYMBOL;
            continue;
        }
        const int gap = time_class(m->notes[c.note].onset + c.shift - at);
        *x++ = (int16_t)(offset + tbi_melody_pitch_class(r, m->notes[c.note].pitch + c.up));
        *x++ = (int16_t)(offset + MELODY_PITCHES + gap);
        *x++ = (int16_t)(offset + MELODY_PITCHES + MELODY_TIMES + s->run[0][k]);
        s->copy[MELODY_GAP][k] = (int16_t)(gap < s->shortest ? TB_NO_SYMBOL : gap);
    }
}

void tbi_melody_after_gap(const MelodyReader *r, size_t i, int32_t onset, MelodyStep *s) {
    const TbMelody *m = r->melody;
    const int32_t last = i ? m->notes[i - 1].onset : 0;
    const int32_t bar = tbi_melody_bar_at(m, onset);
    s->place[1] = (int16_t)((onset - m->line[bar]) % TB_MELODY_BAR);
    s->phrase_bar = (int8_t)((bar + MELODY_PHRASE_BARS - r->pickup) % MELODY_PHRASE_BARS);
    s->chord[0] = (int16_t)chord_class(r, onset);
    s->chord[1] = (int16_t)chord_class(r, onset + TB_GRID_MELODY);
    s->chosen[MELODY_GAP] = (int16_t)time_class(onset - last);
    for (int k = 0; k < MELODY_CANDIDATES; k++) {
        Candidate c = candidate(r, i, k);
        int run = s->run[0][k];
        if (c.run >= 0 && m->notes[c.note].onset + c.shift != onset) { /* another gap: the note at this place, if any */
            c.note = tbi_lower_bound(m->notes, i, sizeof *m->notes, onset - c.shift);
            run = MELODY_RUNS - 1;
            if (c.note == i || m->notes[c.note].onset + c.shift != onset)
                c.run = -1;
        }
        const bool there = c.run >= 0;
        s->run[1][k] = (int8_t)(there ? run : 0);
        s->copy[MELODY_DURATION][k] = (int16_t)(there ? time_class(m->notes[c.note].duration) : TB_NO_SYMBOL);
        s->copy[MELODY_PITCH][k] =
            (int16_t)(there ? tbi_melody_pitch_class(r, m->notes[c.note].pitch + c.up) : TB_NO_SYMBOL);
    }
}

void tbi_melody_step(const MelodyReader *r, size_t i, MelodyStep *s) {
    const TbMelodyNote *note = &r->melody->notes[i];
    tbi_melody_before(r, i, s);
    tbi_melody_after_gap(r, i, note->onset, s);
    s->chosen[MELODY_DURATION] = (int16_t)time_class(note->duration);
    s->chosen[MELODY_PITCH] = (int16_t)tbi_melody_pitch_class(r, note->pitch);
}

/* ---- symbols ---- */

size_t tbi_melody_inputs(const MelodyStep *s, bool chords, bool ends, int32_t *symbols) {
    for (int k = 0; k < MELODY_INPUTS; k++)
        symbols[k] = s->input[k];
    if (!chords) {
        symbols[INPUT_CHORD] = IN_CHORD + MELODY_NO_CHORD;
        symbols[INPUT_NEXT] = IN_NEXT + MELODY_NO_CHORD;
    }
    if (!ends)
        symbols[INPUT_LEFT] = IN_LEFT + MELODY_LEFT - 1;
    return MELODY_INPUTS;
}

size_t tbi_melody_head_inputs(const MelodyStep *s, MelodyField field, bool chords, int32_t *symbols) {
    size_t n = 0;
    if (field == MELODY_GAP) {
        symbols[n++] = GAP_PLACE + s->place[0];
    } else if (field == MELODY_DURATION) {
        symbols[n++] = DURATION_GAP + s->chosen[MELODY_GAP];
        symbols[n++] = DURATION_PLACE + s->place[1];
    } else {
        symbols[n++] = PITCH_GAP + s->chosen[MELODY_GAP];
        symbols[n++] = PITCH_DURATION + s->chosen[MELODY_DURATION];
        symbols[n++] = PITCH_PLACE + s->place[1];
        symbols[n++] = PITCH_CHORD + (chords ? s->chord[0] : MELODY_NO_CHORD);
        symbols[n++] = PITCH_NEXT + (chords ? s->chord[1] : MELODY_NO_CHORD);
        for (int k = 0; k < MELODY_CANDIDATES; k++)
            if (s->copy[MELODY_PITCH][k] >= 0)
                symbols[n++] = PITCH_CANDIDATE + k * MELODY_PITCHES + s->copy[MELODY_PITCH][k];
    }
    return n;
}
