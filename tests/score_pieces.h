/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces made from a seed: metres, tempos, parts and bars that return, on and beside the grid. The same on every
 * machine, which tests/score_golden.h relies on: no expression draws twice, as C leaves the order to the compiler. */
#ifndef TIMBREL_TESTS_SCORE_PIECES_H
#define TIMBREL_TESTS_SCORE_PIECES_H

#include "tests/run_tests.h"
#include "timbrel/score.h"

#include <stdio.h>

static inline int draw(TbRng *rng, int n) {
    return (int)(tb_rng_next(rng) % (unsigned)n);
}

static inline void piece_ok(TbStatus status) {
    if (status)
        fail_msg("%s", tb_error_text(status));
}

/* A note at a 16th or triplet of a bar, moved a little when `played`. */
typedef struct {
    TbScore *score;
    TbRng rng;
    int part, low, step;
    bool drums, played, chords;
} PieceHand;

static inline void piece_bar(PieceHand *h, int32_t from, int32_t to) {
    static const int keys[] = {36, 38, 42, 46, 36, 42, 44, 49, 60};
    int tpq = h->score->ticks_per_quarter, per = draw(&h->rng, 4) == 0 ? 3 : 4;
    int walk = h->low + draw(&h->rng, 12);
    for (int32_t tick = from; tick + tpq / per <= to; tick += tpq / per) {
        int n = draw(&h->rng, 3) == 0 ? 0 : h->chords ? 3 : 1;
        for (int i = 0; i < n; i++) {
            static const int scale[] = {0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19, 21, 23, 24};
            walk += i ? 0 : draw(&h->rng, 5) - 2;
            walk = walk < h->low ? h->low : walk > h->low + 14 ? h->low + 14 : walk;
            int degree = (walk - h->low + 2 * i) % 15,
                pitch = h->drums ? keys[draw(&h->rng, 9)] : h->low + scale[degree];
            int32_t late = h->played && tick + tpq / 8 < to ? draw(&h->rng, tpq / 12) : 0;
            int32_t duration = tpq / per - late - draw(&h->rng, 3);
            piece_ok(tb_score_add_note(h->score, (TbScoreNote){tick + late, duration > 1 ? duration : 1, (uint8_t)pitch,
                                                               (uint8_t)(40 + draw(&h->rng, 60)), (uint16_t)h->part}));
        }
    }
}

/* Each part's bars, of which about half are copies of bars before them, often of several in a row. */
static inline void piece_part(TbScore *s, TbRng *rng, const TbBars *bars, size_t n_bars, bool drums, bool melody) {
    static const char *const names[] = {"Voice", "Chords", "Bass", "Piano left", "\303\234bung"};
    size_t part;
    int which = melody ? 0 : 1 + draw(rng, 4);
    piece_ok(tb_score_add_part(s, drums ? "Drums" : names[which], drums ? -1 : draw(rng, 128),
                               drums ? TB_SCORE_DRUM_CHANNEL : (int)s->n_parts % 9, &part));
    PieceHand h = {.score = s, .part = (int)part, .low = 60, .drums = drums, .chords = which == 1};
    if (!melody)
        h.low = 36 + draw(rng, 12);
    h.played = draw(rng, 2) == 1;
    h.rng = *rng;
    size_t again = 0;
    for (size_t b = 0; b < n_bars; b++) {
        size_t first = s->n_notes;
        bool goes_on = b > 0 && again > 0 && again + 1 < b && draw(&h.rng, 4) > 0;
        again = goes_on ? again + 1 : b > 1 && draw(&h.rng, 2) ? 1 + (size_t)draw(&h.rng, (int)b - 1) : 0;
        int32_t shift = bars->line[b] - bars->line[again];
        if (again == 0 || bars->line[b + 1] - bars->line[b] != bars->line[again + 1] - bars->line[again]) {
            piece_bar(&h, bars->line[b], bars->line[b + 1]);
            continue;
        }
        for (size_t i = 0; i < first; i++) {
            TbScoreNote n = s->notes[i];
            if (n.part != part || n.onset < bars->line[again] || n.onset >= bars->line[again + 1])
                continue;
            n.onset += shift;
            piece_ok(tb_score_add_note(s, n));
        }
    }
    *rng = h.rng;
}

/* A tidy piece that ends on a bar line and whose parts all have notes. */
static inline TbScore piece(uint64_t seed) {
    static const int tpqs[] = {96, 120, 480, 1024}, metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4}, {5, 4}};
    static const char *const chords[] = {"C", "Am", "F", "G7", "Dm7", "E:minor", "Bb:major/D"};
    TbRng rng;
    TbScore s;
    TbBars bars;
    tb_rng_seed(&rng, seed);
    piece_ok(tb_score_new(tpqs[draw(&rng, 4)], &s));
    snprintf(s.title, sizeof s.title, "Piece %d", (int)seed);
    size_t n_bars = 6 + (size_t)draw(&rng, 14);
    const int *m = metres[draw(&rng, 5)];
    piece_ok(tb_score_add_metre(&s, 0, m[0], m[1]));
    piece_ok(tb_bars_new(&s, s.ticks_per_quarter * 6 * (int)n_bars, &bars));
    if (draw(&rng, 3) == 0) { /* another metre, in the middle of a bar */
        int32_t tick = bars.line[n_bars / 2] + (draw(&rng, 2) ? s.ticks_per_quarter : 0);
        m = metres[draw(&rng, 5)];
        piece_ok(tb_score_add_metre(&s, tick, m[0], m[1]));
        tb_bars_free(&bars);
        piece_ok(tb_bars_new(&s, s.ticks_per_quarter * 6 * (int)n_bars, &bars));
    }
    for (int i = draw(&rng, 4); i >= 0; i--) {
        int32_t tick = i ? draw(&rng, bars.line[n_bars]) : 0;
        piece_ok(tb_score_add_tempo(&s, tick, 300000 + draw(&rng, 700000)));
    }
    if (draw(&rng, 2)) {
        int sharps = draw(&rng, 15) - 7;
        piece_ok(tb_score_add_key(&s, 0, sharps, draw(&rng, 2)));
    }
    if (draw(&rng, 2))
        for (size_t b = 0; b < n_bars; b++)
            piece_ok(tb_score_add_chord(&s, bars.line[b], chords[draw(&rng, 7)]));
    int n_parts = draw(&rng, 2) ? 1 : 1 + draw(&rng, 4);
    bool drums = draw(&rng, 5) < 2;
    bool alone = draw(&rng, 4) == 0;
    for (int p = 0; p < n_parts && !(drums && alone); p++)
        piece_part(&s, &rng, &bars, n_bars, false, p == 0);
    if (drums)
        piece_part(&s, &rng, &bars, n_bars, true, false);
    s.end = bars.line[n_bars];
    tb_bars_free(&bars);
    tb_score_tidy(&s, NULL);
    return s;
}

/* An index of pieces first + 1 .. end, called "tune 1" and so on. */
static inline TbCopyIndex *piece_index(size_t first, size_t end) {
    TbCopyIndex *index;
    piece_ok(tb_copy_index_new(&index));
    for (size_t k = first; k < end; k++) {
        char name[32];
        TbScore s = piece(k + 1);
        snprintf(name, sizeof name, "tune %zu", k + 1);
        piece_ok(tb_copy_index_add(index, name, &s));
        tb_score_free(&s);
    }
    return index;
}

#endif
