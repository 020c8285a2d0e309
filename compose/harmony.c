/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chords for the new bars: in each phrase a chain by the shares of what the melody network learned from, drawn such
 * that it ends in a cadence (a Markov chain between two fixed states: filtered backwards, sampled forwards). Phrases of
 * one letter have the same chords but for the cadence, which is open (on the fifth) or closed (on the tonic). */
#include "base/no_memory.h"
#include "compose/draft.h"
#include "melody/chords.h"

static const double STAYS = 0.12; /* the probability that a bar keeps the chord of the one before */

/* A chord as a degree of the scale. */
typedef struct {
    int8_t root; /* semitones above the tonic */
    const char *symbol;
} Degree;
enum { CHOICES = 9, TONIC = 0, FIFTH = 4, FIFTH_SEVENTH = 5 };
static const Degree degrees[2][CHOICES] = {
    {{0, "C:major"},
     {2, "C:minor"},
     {4, "C:minor"},
     {5, "C:major"},
     {7, "C:major"},
     {7, "C:dominant"},
     {9, "C:minor"},
     {2, "C:minor-seventh"},
     {9, "C:minor-seventh"}},
    {{0, "C:minor"},
     {3, "C:major"},
     {5, "C:minor"},
     {8, "C:major"},
     {7, "C:major"},
     {7, "C:dominant"},
     {10, "C:major"},
     {7, "C:minor"},
     {5, "C:minor-seventh"}},
};
static const int fourth[2] = {3, 2}, sixth[2] = {6, 3}; /* of major and minor */

typedef struct {
    const Draft *d;
    TbChord chord[CHOICES];
    double share[CHOICES][CHOICES]; /* of each after each */
    uint8_t *base;                  /* [LETTERS][phrase]: the chords of each letter, */
    bool has_base[LETTERS];         /* if it has been used */
    TbRng rng;
    TbMelodyChord *out;
    size_t n;
} Harmony;

static void init(Harmony *h) {
    const Draft *d = h->d;
    for (int k = 0; k < CHOICES; k++) {
        const Degree *degree = &degrees[d->key.minor][k];
        tb_chord_parse(degree->symbol, &h->chord[k]);
        h->chord[k].root = (int8_t)((degree->root + d->key.tonic) % 12);
    }
    for (int a = 0; a < CHOICES; a++) {
        double sum = 0;
        for (int b = 0; b < CHOICES; b++)
            sum += h->share[a][b] =
                a == b
                    ? 0
                    : (double)tbi_melody_chord_share(d->models->melody, d->key.tonic, h->chord[a], h->chord[b]) + 1e-4;
        for (int b = 0; b < CHOICES; b++)
            h->share[a][b] = (a == b ? STAYS : 0) + (1 - STAYS) * h->share[a][b] / sum;
    }
}

static int draw(Harmony *h, const double *weight) {
    double sum = 0, at = (double)tb_rng_uniform(&h->rng);
    int chosen = TONIC;
    for (int k = 0; k < CHOICES; k++)
        sum += weight[k];
    at *= sum;
    for (int k = 0; k < CHOICES && at >= 0; k++)
        if (weight[k] > 0) {
            chosen = k;
            at -= weight[k];
        }
    return chosen;
}

/* Fills path[n] with a chain from one choice to another. TB_ERR_NO_MEMORY. */
static TbStatus draw_chain(Harmony *h, int from, int to, int n, uint8_t *path) {
    TbArena memory = {0};
    double(*later)[CHOICES] = tbi_arena_alloc(&memory, (size_t)n, sizeof *later);
    if (memory.failed)
        return tbi_no_memory("for %d bars of chords", n);
    for (int k = 0; k < CHOICES; k++) /* the probability of `to` at the end after k at bar t */
        later[n - 1][k] = k == to;
    for (int t = n - 2; t >= 0; t--)
        for (int a = 0; a < CHOICES; a++)
            for (int b = 0; b < CHOICES; b++)
                later[t][a] += h->share[a][b] * later[t + 1][b];
    path[0] = (uint8_t)(n > 1 ? from : to);
    for (int t = 1; t < n; t++) {
        double weight[CHOICES];
        for (int k = 0; k < CHOICES; k++)
            weight[k] = h->share[path[t - 1]][k] * later[t][k];
        path[t] = (uint8_t)draw(h, weight);
    }
    tbi_arena_free(&memory);
    return TB_OK;
}

/* The first chord of a letter: the first one begins on the tonic, others mostly elsewhere. */
static int opening(Harmony *h, int letter) {
    const int mode = h->d->key.minor;
    double weight[CHOICES] = {0};
    if (letter == h->d->letter[0])
        return TONIC;
    weight[TONIC] = 0.2;
    weight[fourth[mode]] = 0.35;
    weight[sixth[mode]] = 0.25;
    weight[1] = 0.1; /* the second; the relative major */
    weight[FIFTH] = 0.1;
    return draw(h, weight);
}

/* ---- into bars ---- */

static TbChord voiced(const Harmony *h, int choice) {
    TbChord chord = h->chord[choice];
    const char *const symbol = degrees[h->d->key.minor][choice].symbol;
    if (h->d->style->sevenths) {
        const int8_t root = chord.root;
        tb_chord_parse(choice == FIFTH                  ? "C:dominant"
                       : strcmp(symbol, "C:minor") == 0 ? "C:minor-seventh"
                       : strcmp(symbol, "C:major") == 0 ? "C:major-seventh"
                                                        : symbol,
                       &chord);
        chord.root = root;
    }
    return chord;
}

static void put(Harmony *h, int32_t step, int choice) {
    const TbMelodyChord next = {step, voiced(h, choice)};
    const TbMelodyChord *last = h->n ? &h->out[h->n - 1] : NULL;
    if (!last || last->chord.root != next.chord.root || last->chord.kind != next.chord.kind)
        h->out[h->n++] = next;
}

static bool can_halve(const Draft *d) {
    return d->numerator % 2 == 0 && d->numerator * 4 / d->denominator >= 3;
}

static TbStatus write_phrase(Harmony *h, int phrase, int32_t bar_steps, uint8_t *path) {
    const Draft *d = h->d;
    const int letter = d->letter[phrase], first = tbi_phrase_first(d, phrase) - d->first;
    const int n = tbi_phrase_end(d, phrase) - tbi_phrase_first(d, phrase), mode = d->key.minor;
    uint8_t *base = h->base + (size_t)letter * (size_t)d->phrase;
    TbStatus status = TB_OK;
    if (!d->returns || !h->has_base[letter])
        status = draw_chain(h, opening(h, letter), FIFTH, d->phrase, base);
    h->has_base[letter] = true;
    memcpy(path, base, (size_t)n);
    const bool closed = tbi_draft_closes(d, phrase);
    const int before = tb_rng_uniform(&h->rng) < 0.75f ? FIFTH_SEVENTH : fourth[mode];
    const bool halves = can_halve(d) && tb_rng_uniform(&h->rng) < 0.5f;
    path[n - 1] = closed ? TONIC : FIFTH;
    if (closed && n > 1)
        path[n - 2] = (uint8_t)before;
    for (int b = 0; b < n; b++) {
        const int32_t step = (first + b) * bar_steps;
        if (closed && halves && n > 2 && b == n - 2 && before == FIFTH_SEVENTH) { /* prepared by the fourth */
            put(h, step, fourth[mode]);
            put(h, step + bar_steps / 2, FIFTH_SEVENTH);
        } else {
            put(h, step, path[b]);
        }
    }
    return status;
}

TbStatus tbi_draft_chords(Draft *d, TbMelodyChord *chords, size_t *n) {
    Harmony h = {.d = d, .out = chords};
    TbArena memory = {0};
    const int32_t bar_steps = d->numerator * 4 * TB_GRID_MELODY / d->denominator;
    h.base = tbi_arena_alloc(&memory, LETTERS * (size_t)d->phrase, sizeof *h.base);
    uint8_t *path = tbi_arena_alloc(&memory, (size_t)d->phrase, sizeof *path);
    TbStatus status = memory.failed ? tbi_no_memory("for chords") : TB_OK;
    tb_rng_seed(&h.rng, tbi_draft_seed(d, STAGE_CHORDS));
    init(&h);
    for (int i = 0; status == TB_OK && i < d->n_phrases; i++)
        status = write_phrase(&h, i, bar_steps, path);
    *n = h.n;
    tbi_arena_free(&memory);
    return status;
}
