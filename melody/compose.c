/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/no_memory.h"
#include "melody/composer.h"
#include "melody/line.h"

static void read_before(Composer *c) {
    if (c->is_read)
        return;
    tbi_melody_before(&c->reader, c->out->n_notes, &c->step);
    if (c->guide->z)
        tbi_melody_stream_phrase(&c->stream, c->guide->z + c->step.phrase * MELODY_LATENT);
    tbi_melody_stream_read(&c->stream, &c->step);
    c->is_read = true;
}

static void add(Composer *c, TbMelodyNote note) {
    read_before(c);
    c->out->notes[c->out->n_notes++] = note;
    c->weight[note.pitch % 12] += note.duration;
    c->is_read = false;
}

/* ---- notes ---- */

static uint8_t velocity_at(const TbMelody *m, int32_t onset) {
    static const uint8_t velocity[] = {[MELODY_OFF_BEAT] = 78, [MELODY_BEAT] = 86, [MELODY_STRONG_BEAT] = 96};
    return velocity[tbi_melody_accent(m, onset)];
}

/* Times are surer than pitches: a nucleus of the same size would leave the one rhythm, over and over. */
static int sample_time(Composer *c, MelodyField field, int32_t onset, const bool *allowed) {
    const TbSampling sampling = {(float)c->o->temperature * 1.1f, 1 - (1 - (float)c->o->top_p) / 5};
    tbi_melody_stream_logits(&c->stream, &c->step, field);
    tbi_melody_pull_time(c, field, onset);
    return tbi_sample(&sampling, c->stream.logits, allowed, MELODY_TIMES, &c->rng, c->stream.scratch);
}

static int sample_pitch(Composer *c, int32_t onset, const bool *allowed) {
    const TbSampling sampling = {(float)c->o->temperature, (float)c->o->top_p};
    tbi_melody_stream_logits(&c->stream, &c->step, MELODY_PITCH);
    tbi_melody_pull_pitch(c, onset);
    return tbi_sample(&sampling, c->stream.logits, allowed, MELODY_PITCHES, &c->rng, c->stream.scratch);
}

/* Whether a bar that closes ends in these steps. */
static bool is_close(const Composer *c, int32_t from, int32_t to) {
    const TbMelody *m = c->out;
    for (int32_t bar = tbi_melody_bar_at(m, from); bar < m->n_bars && m->line[bar + 1] <= to; bar++)
        if (c->closes[bar])
            return true;
    return false;
}

/* The next note starts before this step: no two bars in a row are empty, nor is the first bar, which others may return,
 * and a bar that closes has a note. */
static int32_t latest_onset(const Composer *c, int32_t now, int32_t before) {
    const TbMelody *m = c->out;
    const int32_t bar = tbi_melody_bar_at(m, before);
    const int32_t after = m->n_notes ? bar + 2 : bar + 1;
    int32_t latest = m->line[after <= m->n_bars ? after : m->n_bars];
    const bool open = m->n_notes && !melody_is_tonic(m, m->notes[m->n_notes - 1].pitch);
    for (int32_t b = tbi_melody_bar_at(m, now); open && b < m->n_bars && m->line[b] < latest; b++)
        if (c->closes[b] && m->line[b + 1] < latest)
            latest = m->line[b + 1];
    return latest > now ? latest : now + 1; /* after a long note */
}

/* Draws the next note of a stretch of new bars; false: its onset would be after the end. */
static bool draw_note(Composer *c, int32_t start, int32_t end) {
    TbMelody *m = c->out;
    const int32_t last = m->n_notes ? m->notes[m->n_notes - 1].onset : 0, free = melody_last_end(m);
    const int32_t now = start > free ? start : free, latest = latest_onset(c, now, start > last ? start : last);
    bool allowed[MELODY_TIMES] = {false};
    int32_t onset;
    read_before(c);
    if (end - last >= MELODY_TIMES && (start - last >= MELODY_TIMES || free - last >= MELODY_TIMES)) {
        onset = now; /* after a long rest or note: at the first place */
    } else {
        for (int32_t gap = 0; gap < MELODY_TIMES; gap++)
            allowed[gap] =
                last + gap >= start && last + gap >= free && (m->n_notes == 0 || gap > 0) && last + gap < latest;
        const int gap = sample_time(c, MELODY_GAP, last, allowed);
        onset = gap < 0 ? end : last + gap;
    }
    if (onset >= end)
        return false;
    tbi_melody_after_gap(&c->reader, m->n_notes, onset, &c->step);
    for (int32_t k = 0; k < MELODY_TIMES; k++)
        allowed[k] = k > 0 && k <= end - onset;
    const int duration = sample_time(c, MELODY_DURATION, onset, allowed);
    c->step.chosen[MELODY_DURATION] = (int16_t)duration;
    tbi_melody_allow_pitches(c, is_close(c, onset, onset + duration), allowed);
    const int pitch = tbi_melody_pitch(&c->reader, sample_pitch(c, onset, allowed));
    add(c, (TbMelodyNote){onset, duration, (uint8_t)pitch, velocity_at(m, onset)});
    return true;
}

/* ---- bars ---- */

static size_t first_of(const TbMelody *m, int32_t step) {
    size_t i = 0;
    while (i < m->n_notes && m->notes[i].onset < step)
        i++;
    return i;
}

static void keep_bar(Composer *c, int32_t bar) {
    const TbMelody *g = c->given;
    for (size_t i = first_of(g, g->line[bar]); i < g->n_notes && g->notes[i].onset < g->line[bar + 1]; i++)
        add(c, g->notes[i]);
}

static bool has_same_chords(const TbMelody *m, int32_t a, int32_t b) {
    const int32_t length = m->line[a + 1] - m->line[a];
    if (length != m->line[b + 1] - m->line[b])
        return false;
    for (int32_t step = 0; step < length; step++) {
        const TbChord x = tbi_melody_chord_at(m, m->line[a] + step), y = tbi_melody_chord_at(m, m->line[b] + step);
        if (x.root != y.root || (x.root >= 0 && x.kind != y.kind))
            return false;
    }
    return true;
}

/* Returns an earlier bar; what lasts over the bar line ends there. */
static void return_bar(Composer *c, int32_t bar, int32_t lag) {
    TbMelody *m = c->out;
    const int32_t shift = m->line[bar] - m->line[bar - lag], end = m->line[bar + 1];
    const size_t n = m->n_notes;
    for (size_t i = first_of(m, m->line[bar - lag]); i < n && m->notes[i].onset + shift < end; i++) {
        TbMelodyNote note = m->notes[i];
        note.onset += shift;
        if (note.onset + note.duration > end)
            note.duration = end - note.onset;
        if (note.onset >= melody_last_end(m))
            add(c, note);
    }
}

static bool is_new(const Composer *c, const uint8_t *lag, int32_t bar) {
    return lag[bar] != MELODY_KEPT &&
           (lag[bar] == 0 || lag[bar] > bar || !has_same_chords(c->out, bar, bar - lag[bar]));
}

static void find_closing_bars(Composer *c, const uint8_t *lag) {
    for (int32_t bar = c->out->n_bars - 1; !c->o->loop && bar >= 0 && lag[bar] != MELODY_KEPT; bar -= lag[bar]) {
        c->closes[bar] = true;
        if (is_new(c, lag, bar))
            break;
    }
}

/* The last note is the tonic, unless it is given: what returns need not end like it. */
static void end_on_tonic(const Composer *c, const uint8_t *lag) {
    TbMelody *m = c->out;
    TbMelodyNote *last = m->n_notes ? &m->notes[m->n_notes - 1] : NULL;
    if (c->o->loop || !last || lag[tbi_melody_bar_at(m, last->onset)] == MELODY_KEPT)
        return;
    for (int step = 0; step < 12; step++) { /* down or up, whichever is nearer */
        const int pitch = last->pitch + (step % 2 ? step / 2 + 1 : -step / 2);
        if (melody_is_tonic(m, pitch) && pitch >= c->lowest && pitch <= c->highest) {
            last->pitch = (uint8_t)pitch;
            return;
        }
    }
}

/* false: stop. */
static bool report(const Composer *c) {
    const TbMelody *m = c->out;
    const double done = m->n_notes ? (double)m->notes[m->n_notes - 1].onset / m->line[m->n_bars] : 0;
    return !c->o->progress || c->o->progress(c->o->context, done, "melody");
}

static TbStatus compose(Composer *c, const uint8_t *lag) {
    const TbMelody *m = c->out;
    bool go_on = true;
    find_closing_bars(c, lag);
    for (int32_t bar = 0; go_on && bar < m->n_bars;) {
        if (lag[bar] == MELODY_KEPT) {
            keep_bar(c, bar++);
        } else if (!is_new(c, lag, bar)) {
            return_bar(c, bar, lag[bar]);
            bar++;
        } else {
            int32_t end = bar;
            while (end < m->n_bars && is_new(c, lag, end))
                end++;
            while (go_on && draw_note(c, m->line[bar], m->line[end]))
                go_on = report(c);
            bar = end;
        }
    }
    end_on_tonic(c, lag);
    return go_on ? TB_OK : tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
}

TbStatus tbi_melody_compose(const TbMelodyModel *model, const TbMelodyOptions *o, const MelodyGuide *guide,
                            const TbMelody *given, const uint8_t *lag, TbMelody *out) {
    static const MelodyGuide none = {0};
    TbArena memory = {0};
    Composer c = {
        .o = o, .guide = guide ? guide : &none, .given = given, .out = out, .lowest = o->lowest, .highest = o->highest};
    const size_t most = (size_t)given->line[given->n_bars] + given->n_notes; /* a note a step */
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_allocate(out, (size_t)given->n_bars, most, given->n_chords);
    if (status)
        return status;
    tbi_melody_stream_init(&c.stream, model, given->n_chords > 0, &memory);
    c.closes = tbi_arena_alloc(&memory, (size_t)given->n_bars, sizeof *c.closes);
    if (memory.failed) {
        tbi_arena_free(&memory);
        tb_melody_free(out);
        return tbi_no_memory("to write a melody");
    }
    tbi_melody_copy_bars(given, out);
    out->n_chords = given->n_chords;
    memcpy(out->chords, given->chords, given->n_chords * sizeof *out->chords);
    c.reader = tbi_melody_reader(given);
    c.reader.melody = out;
    if (given->n_notes == 0)
        c.reader.base = tbi_melody_base(given->key.tonic, (o->lowest + o->highest) / 2.0);
    tb_rng_seed(&c.rng, o->seed);
    status = compose(&c, lag);
    tbi_arena_free(&memory);
    if (status)
        tb_melody_free(out);
    return status;
}
