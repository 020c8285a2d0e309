/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/harmony.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "melody/check.h"
#include "melody/line.h"

#include <math.h>

enum { STATES = 12 * MELODY_KINDS, SEED_OF_CHORDS = 0x43686F72 };
static const float STAYS = 0.3f; /* the probability that a span keeps the chord of the one before */

/* The chord of a state, 0 .. STATES - 1. */
static TbChord chord_of(const TbMelody *m, int state) {
    static const char *const symbols[MELODY_KINDS] = {"C:major",         "C:minor",      "C:dominant",
                                                      "C:minor-seventh", "C:diminished", "C:suspended-fourth"};
    TbChord chord = {.root = -1, .bass = -1};
    tb_chord_parse(symbols[state % MELODY_KINDS], &chord);
    chord.root = (int8_t)((state / MELODY_KINDS + m->key.tonic) % 12);
    return chord;
}

static int tonic_of(const TbMelody *m) {
    return m->key.minor ? MELODY_MINOR : MELODY_MAJOR;
}

/* Roots and kinds that the mode's scale has: a draw keeps to them. */
static bool is_diatonic(const TbMelody *m, int state) {
    static const unsigned major = 0xAB5, minor = 0xDAD; /* natural, with the raised seventh of the dominant */
    const unsigned scale = m->key.minor ? minor : major, notes = tb_chord_pitches(chord_of(m, state));
    for (int k = 0; k < 12; k++)
        if (notes >> (k + m->key.tonic) % 12 & 1 && !(scale >> k & 1))
            return false;
    return true;
}

/* ---- progressions ---- */

/* The probability of a state after another: chords stay, or change as in the melodies learned from. */
static float step_share(const TbMelodyModel *model, int from, int to) {
    return (to == from ? STAYS : 0) + (1 - STAYS) * model->facts.chords[from * MELODY_CHORDS + to];
}

static bool is_dominant(int state) {
    const int root = state / MELODY_KINDS, kind = state % MELODY_KINDS;
    return root == 7 && (kind == MELODY_MAJOR || kind == MELODY_SEVENTH);
}

/* How well a chord suits a bar, beside what the neighbours say: phrases of four bars begin on the tonic and end on it
 * or, each first of two, on the dominant; a melody begins and, after a dominant, ends on the tonic. */
static float suits(const TbMelody *m, int32_t bar, int state) {
    const bool tonic = state == tonic_of(m), dominant = is_dominant(state);
    const int32_t last = m->n_bars - 1, place = bar % 8;
    if (bar == 0 || bar == last)
        return tonic;
    if (bar == last - 1 || place == 6)
        return dominant ? 6 : tonic ? 0.5f : 1;
    if (place == 3)
        return dominant ? 4 : tonic ? 2 : 0.5f;
    if (place == 7)
        return tonic ? 6 : dominant ? 1 : 0.2f;
    return tonic && place % 4 == 0 ? 4 : 1;
}

/* later[bar][state]: the share of ways on from the state of a bar that suit the bars after it, up to a factor. */
static void look_ahead(const TbMelodyModel *model, const TbMelody *m, float *later) {
    float next[STATES];
    for (int32_t bar = m->n_bars - 1; bar >= 0; bar--) {
        float *now = later + bar * STATES, most = 0;
        for (int j = 0; j < STATES; j++) {
            now[j] = bar == m->n_bars - 1;
            for (int k = 0; k < STATES && bar < m->n_bars - 1; k++)
                now[j] += step_share(model, j, k) * next[k];
            most = fmaxf(most, now[j]);
        }
        for (int k = 0; k < STATES; k++) {
            now[k] /= most;
            next[k] = is_diatonic(m, k) ? suits(m, bar, k) * now[k] : 0;
        }
    }
}

/* A state by weights; `otherwise` if all are 0. */
static int draw_state(const float *weight, int otherwise, TbRng *rng) {
    double sum = 0, at = (double)tb_rng_uniform(rng);
    int last = otherwise;
    for (int k = 0; k < STATES; k++)
        sum += (double)weight[k];
    at *= sum;
    for (int k = 0; k < STATES; k++) {
        if (!(weight[k] > 0))
            continue;
        if (at < (double)weight[k])
            return k;
        at -= (double)weight[k];
        last = k;
    }
    return last;
}

TbStatus tbi_melody_draw_chords(const TbMelodyModel *model, TbMelody *m, const uint8_t *lag, uint64_t seed) {
    TbRng rng;
    TbArena memory = {0};
    int state[TB_MELODY_BARS];
    float weight[STATES], *later = tbi_arena_floats(&memory, (size_t)m->n_bars * STATES);
    if (memory.failed) {
        tbi_arena_free(&memory);
        return tbi_no_memory("for the chords of a melody");
    }
    look_ahead(model, m, later);
    tb_rng_seed(&rng, seed ^ SEED_OF_CHORDS);
    m->n_chords = 0;
    for (int32_t bar = 0; bar < m->n_bars; bar++) {
        for (int k = 0; k < STATES; k++)
            weight[k] = is_diatonic(m, k) ? (bar ? step_share(model, state[bar - 1], k) : 1) * suits(m, bar, k) *
                                                later[bar * STATES + k]
                                          : 0;
        const int drawn = draw_state(weight, tonic_of(m), &rng);
        const bool returns = lag[bar] && lag[bar] <= bar && bar < m->n_bars - 1;
        state[bar] = returns ? state[bar - lag[bar]] : drawn;
        if (bar == 0 || state[bar] != state[bar - 1])
            m->chords[m->n_chords++] = (TbMelodyChord){m->line[bar], chord_of(m, state[bar])};
    }
    tbi_arena_free(&memory);
    return TB_OK;
}

/* ---- chords for a melody ---- */

/* Log likelihood of the notes in a span, by quarter notes, for a chord. */
static float emission(const TbMelodyModel *model, const TbMelody *m, int32_t start, int32_t end, int state) {
    const float *share = model->facts.notes + state % MELODY_KINDS * 12;
    const int root = state / MELODY_KINDS + m->key.tonic;
    float sum = 0;
    for (size_t i = 0; i < m->n_notes && m->notes[i].onset < end; i++) {
        const TbMelodyNote *n = &m->notes[i];
        const int32_t from = n->onset > start ? n->onset : start;
        const int32_t to = n->onset + n->duration < end ? n->onset + n->duration : end;
        if (to > from)
            sum += (float)(to - from) / TB_GRID_MELODY * logf(share[(n->pitch - root + 24) % 12] + 1e-6f);
    }
    return sum;
}

static size_t spans_of(const TbMelody *m, bool half_bars, int32_t *start) {
    size_t n = 0;
    for (int32_t bar = 0; bar < m->n_bars; bar++) {
        const int32_t length = m->line[bar + 1] - m->line[bar];
        start[n++] = m->line[bar];
        if (half_bars && length % 2 == 0 && length >= 2 * TB_GRID_MELODY)
            start[n++] = m->line[bar] + length / 2;
    }
    start[n] = m->line[m->n_bars];
    return n;
}

/* The best path; score[2][STATES], from[n][STATES]. */
static void search(const TbMelodyModel *model, const TbMelody *m, const int32_t *start, size_t n, float *score,
                   uint8_t *from, uint8_t *path) {
    float *before = score, *now = score + STATES;
    for (size_t t = 0; t < n; t++) {
        for (int k = 0; k < STATES; k++) {
            float best = t ? -INFINITY : k == tonic_of(m) ? 0 : -4;
            for (int j = 0; t && j < STATES; j++) {
                const float share = model->facts.chords[j * MELODY_CHORDS + k];
                const float path_score = before[j] + logf((j == k ? STAYS : (1 - STAYS) * share) + 1e-9f);
                if (path_score > best) {
                    best = path_score;
                    from[t * STATES + (size_t)k] = (uint8_t)j;
                }
            }
            now[k] = best + emission(model, m, start[t], start[t + 1], k) + (t + 1 == n && k == tonic_of(m) ? 4 : 0);
        }
        float *other = before;
        before = now;
        now = other;
    }
    int best = 0;
    for (int k = 1; k < STATES; k++)
        best = before[k] > before[best] ? k : best;
    for (size_t t = n; t-- > 0; best = from[t * STATES + (size_t)best])
        path[t] = (uint8_t)best;
}

TbStatus tb_melody_harmonise(const TbMelodyModel *model, const TbMelody *melody, bool half_bars, TbMelody *out) {
    TbArena memory = {0};
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_check(melody);
    if (status)
        return status;
    const size_t most = 2 * (size_t)melody->n_bars;
    int32_t *start = tbi_arena_alloc(&memory, most + 1, sizeof *start);
    uint8_t *from = tbi_arena_alloc(&memory, most * STATES, sizeof *from);
    uint8_t *path = tbi_arena_alloc(&memory, most, sizeof *path);
    float *score = tbi_arena_floats(&memory, 2 * (size_t)STATES);
    status = memory.failed ? tbi_no_memory("to harmonise a melody")
                           : tbi_melody_allocate(out, (size_t)melody->n_bars, melody->n_notes, most);
    if (status == TB_OK) {
        const size_t n = spans_of(melody, half_bars, start);
        search(model, melody, start, n, score, from, path);
        tbi_melody_copy_bars(melody, out);
        out->n_notes = melody->n_notes;
        if (melody->n_notes)
            memcpy(out->notes, melody->notes, melody->n_notes * sizeof *out->notes);
        for (size_t t = 0; t < n; t++)
            if (t == 0 || path[t] != path[t - 1])
                out->chords[out->n_chords++] = (TbMelodyChord){start[t], chord_of(melody, path[t])};
    }
    tbi_arena_free(&memory);
    return status;
}
