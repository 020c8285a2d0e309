/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies between two. Each is written anew: the latent vectors of its phrases are between those of the two, and the
 * notes that these have are more likely, in the shares of the way. Of several tries and of the step before, each bar is
 * taken from the one in which it is nearest to its place on the way, and not farther from the end than before. */
#include "base/no_memory.h"
#include "melody/check.h"
#include "melody/compose.h"
#include "melody/line.h"
#include "melody/phrases.h"

#include <math.h>
#include <stdlib.h>

enum { SEED_OF_STEP = 0x53746570, TRIES = 8 };

/* ---- distance ---- */

/* What sounds at each step: 0: nothing, else the pitch above the tonic, told apart where it starts. */
static void spread(const TbMelody *m, int32_t steps, int16_t *sounding) {
    memset(sounding, 0, (size_t)steps * sizeof *sounding);
    for (size_t i = 0; i < m->n_notes; i++)
        for (int32_t k = 0; k < m->notes[i].duration; k++)
            sounding[m->notes[i].onset + k] = (int16_t)(2 * (128 + m->notes[i].pitch - m->key.tonic) + (k == 0));
}

/* In the steps start .. end - 1; in steps. */
static double difference(const int16_t *a, const int16_t *b, int32_t start, int32_t end) {
    double sum = 0;
    for (int32_t i = start; i < end; i++)
        sum += a[i] / 2 != b[i] / 2 ? 1 : a[i] != b[i] ? 0.5 : 0;
    return sum;
}

static bool same_bars(const TbMelody *a, const TbMelody *b) {
    return a->n_bars == b->n_bars && a->numerator == b->numerator && a->denominator == b->denominator &&
           memcmp(a->line, b->line, ((size_t)a->n_bars + 1) * sizeof *a->line) == 0;
}

static TbStatus check_pair(const TbMelody *a, const TbMelody *b) {
    TbStatus status = tbi_melody_check(a);
    status = status ? status : tbi_melody_check(b);
    if (status)
        return status;
    if (!same_bars(a, b))
        return tb_fail(
            TB_ERR_ARGUMENT,
            "Melodies can be compared bar by bar if both have the same bars; these have %d in %d/%d and %d in "
            "%d/%d.",
            (int)a->n_bars, a->numerator, a->denominator, (int)b->n_bars, b->numerator, b->denominator);
    return TB_OK;
}

TbStatus tb_melody_distance(const TbMelody *a, const TbMelody *b, double *distance) {
    *distance = 1;
    TbStatus status = check_pair(a, b);
    if (status)
        return status;
    const int32_t steps = a->line[a->n_bars];
    int16_t *x = calloc((size_t)steps, 2 * sizeof *x);
    if (!x)
        return tbi_no_memory("to compare melodies");
    spread(a, steps, x);
    spread(b, steps, x + steps);
    *distance = difference(x, x + steps, 0, steps) / steps;
    free(x);
    return TB_OK;
}

/* ---- the way ---- */

typedef struct {
    const TbMelodyModel *model;
    const TbMelody *from, *to;
    TbMelodyOptions o;
    int32_t steps;
    float *z_from, *z_to, *z;       /* [phrases][MELODY_LATENT] */
    int16_t *start, *end, *reached; /* [steps]: what sounds in `from`, in `to`, and in a try */
    double (*before)[2];            /* [bars]: how different the step before is from both */
    double (*now)[2], *error;       /* the same of the best try so far; how far that is from its place */
    uint8_t *best;                  /* [bars]: which try that is */
    TbArena memory;
} Way;

static void add_chord(TbMelody *m, int32_t step, TbChord chord, int up) {
    const TbMelodyChord *last = m->n_chords ? &m->chords[m->n_chords - 1] : NULL;
    if (chord.root >= 0) {
        chord.root = (int8_t)((chord.root + up) % 12);
        chord.bass = (int8_t)(chord.bass < 0 ? chord.bass : (chord.bass + up) % 12);
    }
    if (last ? last->chord.root != chord.root || last->chord.kind != chord.kind : chord.root >= 0)
        m->chords[m->n_chords++] = (TbMelodyChord){step, chord};
}

/* What is given at t: bars, the key of the nearer end, and chords in it. */
static TbStatus set_out(const Way *w, double t, TbMelody *given) {
    const TbMelody *near = t < 0.5 ? w->from : w->to;
    memset(given, 0, sizeof *given);
    TbStatus status = tbi_melody_allocate(given, (size_t)near->n_bars, 0,
                                          w->from->n_chords + w->to->n_chords + 2 * (size_t)near->n_bars);
    if (status)
        return status;
    given->numerator = near->numerator;
    given->denominator = near->denominator;
    given->key = near->key;
    given->n_bars = near->n_bars;
    memcpy(given->line, near->line, ((size_t)near->n_bars + 1) * sizeof *near->line);
    for (int32_t b = 0; b < near->n_bars; b++) {
        const TbMelody *m = tbi_melody_turn(b) < t ? w->to : w->from;
        const int up = (near->key.tonic - m->key.tonic + 12) % 12;
        add_chord(given, m->line[b], tbi_melody_chord_at(m, m->line[b]), up);
        for (size_t i = 0; i < m->n_chords; i++)
            if (m->chords[i].step > m->line[b] && m->chords[i].step < m->line[b + 1])
                add_chord(given, m->chords[i].step, m->chords[i].chord, up);
    }
    return TB_OK;
}

/* The melody in another key, by the nearest octave; notes is [n_notes] for its notes. */
static TbMelody transposed(const TbMelody *m, int tonic, TbMelodyNote *notes) {
    int up = (tonic - m->key.tonic + 12) % 12;
    up -= up > 6 ? 12 : 0;
    TbMelody moved = *m;
    moved.notes = notes;
    for (size_t i = 0; i < m->n_notes; i++) {
        const int pitch = m->notes[i].pitch + up;
        notes[i] = m->notes[i];
        notes[i].pitch = (uint8_t)(pitch < 0 ? pitch + 12 : pitch > 127 ? pitch - 12 : pitch);
    }
    return moved;
}

/* Takes the bars of a try that are nearer to their places at t than those so far, and lead on. */
static void judge(Way *w, double t, const TbMelody *tried, uint8_t number) {
    spread(tried, w->steps, w->reached);
    for (int32_t b = 0; b < tried->n_bars; b++) {
        const int32_t start = tried->line[b], end = tried->line[b + 1];
        const double apart = difference(w->start, w->end, start, end);
        const double here[2] = {difference(w->reached, w->start, start, end),
                                difference(w->reached, w->end, start, end)};
        const double error = fabs(here[0] - t * apart) + fabs(here[1] - (1 - t) * apart);
        if (here[0] < w->before[b][0] || here[0] > apart || here[1] > w->before[b][1] || error >= w->error[b])
            continue;
        w->error[b] = error;
        w->best[b] = number;
        memcpy(w->now[b], here, sizeof here);
    }
}

/* Each bar of the try that was best there; what lasts over a bar line into another one's bar ends there. */
static TbStatus assemble(const Way *w, const TbMelody *tries, TbMelody *out) {
    size_t most = 0;
    for (int k = 0; k <= TRIES; k++)
        most += tries[k].n_notes;
    TbMelody m = tries[0];
    TbStatus status = tbi_melody_allocate(&m, (size_t)m.n_bars, most, m.n_chords);
    if (status)
        return status;
    memcpy(m.line, tries[0].line, ((size_t)m.n_bars + 1) * sizeof *m.line);
    if (m.n_chords)
        memcpy(m.chords, tries[0].chords, m.n_chords * sizeof *m.chords);
    m.n_notes = 0;
    for (int32_t b = 0; b < m.n_bars; b++) {
        const TbMelody *source = &tries[w->best[b]];
        int32_t end = b + 1;
        while (end < m.n_bars && w->best[end] == w->best[b])
            end++;
        for (size_t i = 0; i < source->n_notes; i++) {
            TbMelodyNote note = source->notes[i];
            if (note.onset < m.line[b] || note.onset >= m.line[b + 1])
                continue;
            if (note.onset + note.duration > m.line[end])
                note.duration = m.line[end] - note.onset;
            m.notes[m.n_notes++] = note;
        }
    }
    *out = m;
    return TB_OK;
}

/* The step at t. tries[0] is the one before, in the key of this one, with its chords. */
static TbStatus write_step(Way *w, size_t number, double t, const TbMelody *from, const TbMelody *to, TbMelody *tries,
                           TbMelody *out) {
    static const uint8_t lag[TB_MELODY_BARS];
    TbMelody given = tries[0];
    TbStatus status = TB_OK;
    given.n_notes = 0;
    tbi_melody_mix_phrases(w->z_from, w->z_to, tbi_melody_phrases(given.n_bars), t, w->z);
    for (int32_t b = 0; b < given.n_bars; b++)
        w->error[b] = INFINITY;
    judge(w, t, &tries[0], 0);
    for (uint8_t i = 1; status == TB_OK && i <= TRIES; i++) {
        const float pull = 2 + (float)i;
        const MelodyGuide guide = {w->z, {from, to}, {pull * (float)(1 - t), pull * (float)t}};
        TbMelodyOptions o = w->o;
        o.progress = NULL; /* of one try */
        o.seed = w->o.seed ^ SEED_OF_STEP ^ ((uint64_t)number << 32) ^ (uint64_t)i << 48;
        status = tbi_melody_compose(w->model, &o, &guide, &given, lag, &tries[i]);
        if (status == TB_OK)
            judge(w, t, &tries[i], i);
    }
    status = status ? status : assemble(w, tries, out);
    if (status == TB_OK) {
        spread(out, w->steps, w->reached); /* with what was cut */
        for (int32_t b = 0; b < given.n_bars; b++) {
            w->before[b][0] = fmin(difference(w->reached, w->start, given.line[b], given.line[b + 1]), w->now[b][0]);
            w->before[b][1] = fmax(difference(w->reached, w->end, given.line[b], given.line[b + 1]), w->now[b][1]);
        }
    }
    for (int i = 1; i <= TRIES; i++)
        tb_melody_free(&tries[i]);
    return status;
}

static TbStatus copy(const TbMelody *m, TbMelody *out) {
    memset(out, 0, sizeof *out);
    TbMelody same = *m;
    TbStatus status = tbi_melody_allocate(&same, (size_t)m->n_bars, m->n_notes, m->n_chords);
    if (status)
        return status;
    memcpy(same.line, m->line, ((size_t)m->n_bars + 1) * sizeof *m->line);
    if (m->n_notes)
        memcpy(same.notes, m->notes, m->n_notes * sizeof *m->notes);
    if (m->n_chords)
        memcpy(same.chords, m->chords, m->n_chords * sizeof *m->chords);
    *out = same;
    return TB_OK;
}

static TbStatus go(Way *w, size_t n, TbMelody *out) {
    const size_t room = (size_t)w->steps + 1; /* a note a step */
    TbMelodyNote *notes[3];
    for (int k = 0; k < 3; k++)
        notes[k] = tbi_arena_alloc(&w->memory, room, sizeof **notes);
    if (w->memory.failed)
        return tbi_no_memory("for the way between two melodies");
    TbStatus status = copy(w->from, &out[0]);
    for (size_t i = 1; status == TB_OK && i + 1 < n; i++) {
        const double t = (double)i / (double)(n - 1);
        TbMelody given, tries[TRIES + 1] = {{0}};
        if (w->o.progress && !w->o.progress(w->o.context, t, "melodies"))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        status = status ? status : set_out(w, t, &given);
        if (status)
            break;
        const TbMelody from = transposed(w->from, given.key.tonic, notes[0]);
        const TbMelody to = transposed(w->to, given.key.tonic, notes[1]);
        tries[0] = transposed(&out[i - 1], given.key.tonic, notes[2]);
        tries[0].numerator = given.numerator, tries[0].denominator = given.denominator;
        tries[0].key = given.key;
        tries[0].line = given.line, tries[0].chords = given.chords, tries[0].n_chords = given.n_chords;
        status = write_step(w, i, t, &from, &to, tries, &out[i]);
        tb_melody_free(&given);
    }
    return status ? status : copy(w->to, &out[n - 1]);
}

/* Room for the notes of both. */
static void widen(const TbMelody *m, TbMelodyOptions *o) {
    for (size_t i = 0; i < m->n_notes; i++) {
        o->lowest = m->notes[i].pitch < o->lowest ? m->notes[i].pitch : o->lowest;
        o->highest = m->notes[i].pitch > o->highest ? m->notes[i].pitch : o->highest;
    }
    if (m->n_notes && (m->notes[m->n_notes - 1].pitch - m->key.tonic) % 12 != 0)
        o->loop = true; /* they need not end on the tonic, either */
}

static TbStatus set_up(Way *w) {
    const size_t steps = (size_t)w->steps, n = tbi_melody_phrases(w->from->n_bars) * MELODY_LATENT;
    w->z_from = tbi_arena_floats(&w->memory, n), w->z_to = tbi_arena_floats(&w->memory, n);
    w->z = tbi_arena_floats(&w->memory, n);
    w->start = tbi_arena_alloc(&w->memory, steps, sizeof *w->start);
    w->end = tbi_arena_alloc(&w->memory, steps, sizeof *w->end);
    w->reached = tbi_arena_alloc(&w->memory, steps, sizeof *w->reached);
    const size_t bars = (size_t)w->from->n_bars;
    w->before = tbi_arena_alloc(&w->memory, bars, sizeof *w->before);
    w->now = tbi_arena_alloc(&w->memory, bars, sizeof *w->now);
    w->error = tbi_arena_alloc(&w->memory, bars, sizeof *w->error);
    w->best = tbi_arena_alloc(&w->memory, bars, sizeof *w->best);
    if (w->memory.failed)
        return tbi_no_memory("for the way between two melodies");
    spread(w->from, w->steps, w->start);
    spread(w->to, w->steps, w->end);
    for (size_t b = 0; b < bars; b++)
        w->before[b][1] = difference(w->start, w->end, w->from->line[b], w->from->line[b + 1]);
    widen(w->from, &w->o);
    widen(w->to, &w->o);
    TbStatus status = tbi_melody_phrases_of(w->model, w->from, w->z_from);
    return status ? status : tbi_melody_phrases_of(w->model, w->to, w->z_to);
}

TbStatus tb_melody_interpolate(const TbMelodyModel *model, const TbMelody *from, const TbMelody *to, size_t n,
                               const TbMelodyOptions *options, TbMelody *out) {
    Way w = {.model = model, .from = from, .to = to};
    for (size_t i = 0; i < n; i++)
        memset(&out[i], 0, sizeof out[i]);
    TbStatus status = tbi_melody_read_options(options, &w.o);
    status = status ? status : check_pair(from, to);
    if (status)
        return status;
    if (n < 2)
        return tb_fail(TB_ERR_ARGUMENT, "The way between two melodies has 2 steps or more, not %zu.", n);
    w.steps = from->line[from->n_bars];
    status = set_up(&w);
    status = status ? status : go(&w, n, out);
    for (size_t i = 0; status && i < n; i++)
        tb_melody_free(&out[i]);
    tbi_arena_free(&w.memory);
    return status;
}
