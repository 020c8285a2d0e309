/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The melody: drawn over the planned chords and the form, with an ending, and played with dynamics. */
#include "base/no_memory.h"
#include "compose/draft.h"

#include <math.h>
#include <stdlib.h>

enum { LOWEST = 62, HIGHEST = 82 }; /* D4 .. Bb5: above the chords */

static void melody_options(Draft *d, TbMelodyOptions *o) {
    tb_melody_defaults(o);
    o->seed = tbi_draft_seed(d, STAGE_MELODY);
    o->numerator = d->numerator;
    o->denominator = d->denominator;
    o->tonic = d->key.tonic;
    o->minor = d->key.minor;
    o->bars = d->bars - d->first;
    o->temperature = fmin(0.9 * d->o.temperature, 2);
    o->density = d->o.density;
    o->lowest = LOWEST;
    o->highest = HIGHEST;
    o->loop = d->o.loop;
    o->progress = tbi_stage_report;
    o->context = &d->stage;
}

/* ---- the ending ---- */

/* The tonic nearest to a pitch. */
static uint8_t nearest_tonic(const TbKey *key, int pitch) {
    int nearest = LOWEST + (key->tonic - LOWEST % 12 + 12) % 12;
    for (int p = nearest; p <= HIGHEST; p += 12)
        if (abs(p - pitch) < abs(nearest - pitch))
            nearest = p;
    return (uint8_t)nearest;
}

/* The last bar becomes one note, the tonic; of a single bar its second half. */
static void end_on_tonic(Draft *d) {
    TbMelody *m = &d->melody;
    const int32_t end = m->line[m->n_bars], bar = m->line[m->n_bars - 1];
    const int32_t start = m->n_bars > 1 ? bar : bar + (end - bar) / 2;
    while (m->n_notes && m->notes[m->n_notes - 1].onset >= start)
        m->n_notes--;
    TbMelodyNote *last = m->n_notes ? &m->notes[m->n_notes - 1] : NULL;
    if (last && last->onset + last->duration > start)
        last->duration = start - last->onset;
    m->notes[m->n_notes++] = (TbMelodyNote){start, end - start, nearest_tonic(&d->key, last ? last->pitch : 69), 90};
}

/* ---- dynamics ---- */

/* Accents of the metre, which the melody has, rise and fall with the phrase and the line. */
static void shape(Draft *d) {
    TbMelody *m = &d->melody;
    TbRng rng;
    double mean = 0;
    const int32_t start = m->line[d->from[TB_ROLE_MELODY]];
    tb_rng_seed(&rng, tbi_draft_seed(d, STAGE_PLAY));
    for (size_t i = 0; i < m->n_notes; i++)
        mean += m->notes[i].pitch / (double)m->n_notes;
    int32_t bar = 0;
    for (size_t i = 0; i < m->n_notes; i++) {
        TbMelodyNote *n = &m->notes[i];
        while (n->onset >= m->line[bar + 1])
            bar++;
        if (n->onset < start)
            continue;
        const double place = (n->onset - m->line[bar]) / (double)(m->line[bar + 1] - m->line[bar]);
        const double level = tbi_draft_level(d, bar + place);
        const double high = fmin(fmax((n->pitch - mean) * 0.8, -8), 8);
        const double velocity = n->velocity - 6 + level + high + 3 * (double)tb_rng_normal(&rng);
        n->velocity = (uint8_t)lround(fmin(fmax(velocity, 30), 122));
    }
}

/* ---- the stage ---- */

TbStatus tbi_draft_add_melody(Draft *d) {
    const size_t n = (size_t)d->bars, first = (size_t)d->from[TB_ROLE_MELODY];
    const size_t unknown = d->score.n_chords ? (size_t)d->given_bars : 0; /* given bars without symbols get them, too */
    TbMelody chords = d->melody;
    TbStatus status = TB_OK;
    chords.n_notes = 0;
    if (unknown < n)
        status = tb_melody_add_to_score(&chords, unknown, n - unknown, d->lines.line[unknown], 0, &d->score);
    if (status == TB_OK && tbi_draft_writes(d, TB_ROLE_MELODY))
        status = tb_melody_add_to_score(&d->melody, first, n - first, d->lines.line[first], d->part[TB_ROLE_MELODY],
                                        &d->score);
    tb_score_sort(&d->score);
    return status;
}

/* The chords that the new bars are written over: given ones, or planned ones. */
static TbStatus find_chords(Draft *d, TbMelodyChord *planned, const TbMelodyChord **chords, size_t *n) {
    *chords = planned;
    if (d->first || !d->given_melody.n_chords)
        return tbi_draft_chords(d, planned, n);
    *chords = d->given_melody.chords;
    *n = d->given_melody.n_chords;
    return TB_OK;
}

static TbStatus draw(Draft *d, const TbMelodyChord *chords, size_t n) {
    const TbMelodyModel *model = d->models->melody;
    TbMelodyOptions o;
    TbMelody all;
    char form[TB_COMPOSE_PHRASES + 1] = "";
    melody_options(d, &o);
    if (d->returns)
        tbi_draft_form(d, form);
    o.form = form;
    o.chords = chords;
    o.n_chords = n;
    if (!d->first)
        return tb_melody_draw(model, &o, &d->melody);
    TbStatus status = tb_melody_continue(model, &d->given_melody, &o, &d->melody);
    if (status || d->from[TB_ROLE_MELODY] >= d->first || !tbi_draft_writes(d, TB_ROLE_MELODY))
        return status;
    status = tb_melody_fill(model, &d->melody, 0, (size_t)d->first, &o, &all); /* the given bars have no melody */
    if (status)
        return status;
    tb_melody_free(&d->melody);
    d->melody = all;
    return TB_OK;
}

TbStatus tbi_draft_melody(Draft *d) {
    TbArena memory = {0};
    const TbMelodyChord *chords = NULL;
    size_t n = 0;
    tb_melody_free(&d->melody);
    if (d->from[TB_ROLE_MELODY] >= d->bars) {
        d->melody = d->given_melody;
        memset(&d->given_melody, 0, sizeof d->given_melody);
        return TB_OK;
    }
    TbMelodyChord *planned = tbi_arena_alloc(&memory, 2 * (size_t)d->bars + 1, sizeof *planned);
    TbStatus status = memory.failed ? tbi_no_memory("for chords") : find_chords(d, planned, &chords, &n);
    status = status ? status : draw(d, chords, n);
    tbi_arena_free(&memory);
    if (status)
        return status;
    if (!d->o.loop)
        end_on_tonic(d);
    shape(d);
    return TB_OK;
}
