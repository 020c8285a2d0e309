/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces as tokens and back, note for note, the same in all keys; played notes on the grid; windows to learn from. */
#include "piece/window.h"
#include "tests/run_tests.h"
#include "tests/small_pieces.h"

static void song(uint64_t seed, int numerator, int denominator, TbScore *score) {
    assert_int_equal(small_piece(seed, numerator, denominator, score), TB_OK);
}

static PieceTokens tokens_new(size_t room) {
    PieceTokens t = {malloc(room * PIECE_FIELDS * sizeof(int32_t)), malloc(room * PIECE_PREDICTED * sizeof(int32_t)),
                     malloc(room * sizeof(int)), 0, room};
    assert_non_null(t.fields), assert_non_null(t.labels), assert_non_null(t.bars);
    return t;
}

static void tokens_free(PieceTokens *t) {
    free(t->fields), free(t->labels), free(t->bars);
}

static void encode(const Piece *piece, PieceView *view, PieceTokens *tokens) {
    size_t bars[SMALL_BARS];
    tbi_piece_view_all(piece, view);
    for (size_t b = 0; b < SMALL_BARS; b++)
        bars[b] = b;
    *tokens = tokens_new(4096);
    tbi_piece_encode(view, bars, SMALL_BARS, tokens);
    assert_true(tokens->n < tokens->room);
}

static const TbScoreNote *find_note(const TbScore *score, TbRole role, const PieceNote *note) {
    static const TbRole roles[] = {TB_ROLE_DRUMS, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_MELODY};
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *n = &score->notes[i];
        const int pitch = role == TB_ROLE_DRUMS ? tb_drum_class(tb_drum_map(NULL), n->pitch) : n->pitch;
        if (roles[n->part] == role && n->onset == note->onset * SMALL_STEP && pitch == note->pitch)
            return n;
    }
    return NULL;
}

/* The labels of all tokens give all notes back. */
static void test_round_trip(void **state) {
    (void)state;
    static const int metres[][2] = {{4, 4}, {3, 4}, {2, 4}, {6, 8}, {5, 4}, {7, 8}, {4, 2}};
    for (size_t m = 0; m < sizeof metres / sizeof *metres; m++) {
        TbScore score;
        Piece piece;
        PieceView v;
        PieceTokens t;
        const PieceReading reading = {.find = false};
        song(m, metres[m][0], metres[m][1], &score);
        assert_int_equal(tbi_piece_read(&score, &reading, &piece), TB_OK);
        assert_int_equal(piece.n_notes, score.n_notes);
        encode(&piece, &v, &t);
        size_t row = tbi_piece_n_controls(&v), notes = 0;
        for (size_t b = 0; b < SMALL_BARS; b++)
            for (size_t k = 0; k < tbi_piece_n_spans(&v, b); k++)
                for (size_t i = 0; i < v.n_parts; i++) {
                    const PieceSpan span = tbi_piece_span(&v, b, k);
                    for (;; row++, notes++) {
                        const int32_t *label = t.labels + row * PIECE_PREDICTED;
                        assert_int_equal(t.bars[row], b);
                        if (label[PIECE_PLACE] == PIECE_NONE)
                            break;
                        const PieceNote note = tbi_piece_note_of(&v, v.order[i], &span, label);
                        const TbScoreNote *n = find_note(&score, v.order[i], &note);
                        assert_non_null(n);
                        assert_int_equal(n->velocity, note.velocity);
                        assert_int_equal(n->duration, note.duration * SMALL_STEP);
                        assert_memory_equal(t.fields + (row + 1) * PIECE_FIELDS, label,
                                            PIECE_PREDICTED * sizeof *label);
                    }
                    row++;
                }
        assert_int_equal(notes, score.n_notes);
        assert_int_equal(row, t.n);
        for (size_t i = 0; i < t.n; i++)
            for (int f = 0; f < PIECE_FIELDS; f++)
                assert_in_range(t.fields[i * PIECE_FIELDS + f] + 1, 0, tbi_piece_classes[f]);
        tokens_free(&t);
        tbi_piece_free(&piece);
        tb_score_free(&score);
    }
}

static void test_values(void **state) {
    (void)state;
    int32_t longest = 0;
    for (int class = 0; class < (int)tbi_piece_classes[PIECE_DURATION]; class ++) {
        const int32_t steps = tbi_piece_duration_steps(class);
        assert_true(steps > longest);
        assert_int_equal(tbi_piece_duration_class(steps), class);
        longest = steps;
    }
    assert_int_equal(tbi_piece_duration_class(longest + 1000), tbi_piece_classes[PIECE_DURATION] - 1);
    for (int v = 0; v < 128; v++)
        assert_in_range(piece_velocity(piece_velocity_class(v)), 1, 127);
    for (int style = 0; style < TB_PIECE_STYLES; style++)
        assert_int_equal(tb_piece_style_find(tb_piece_style_name(style)), style);
    assert_int_equal(tb_piece_style_find("nonesuch"), -1);
    assert_string_equal(tb_piece_style_name(TB_PIECE_STYLES), "");
}

/* A piece a tone higher, in D, has the same tokens. */
static void test_keys(void **state) {
    (void)state;
    TbScore score, higher;
    Piece piece[2];
    PieceView v;
    PieceTokens t[2];
    const PieceReading reading = {.find = false};
    song(1, 4, 4, &score);
    assert_int_equal(tb_score_copy(&score, &higher), TB_OK);
    for (size_t i = 0; i < higher.n_notes; i++)
        higher.notes[i].pitch += higher.notes[i].part ? 2 : 0;
    for (size_t i = 0; i < higher.n_chords; i++) {
        TbChord chord;
        assert_true(tb_chord_parse(higher.chords[i].text, &chord));
        chord.root = (int8_t)((chord.root + 2) % 12);
        tb_chord_symbol(chord, false, higher.chords[i].text);
    }
    higher.keys[0].sharps = 2;
    assert_int_equal(tbi_piece_read(&score, &reading, &piece[0]), TB_OK);
    assert_int_equal(tbi_piece_read(&higher, &reading, &piece[1]), TB_OK);
    for (int i = 0; i < 2; i++)
        encode(&piece[i], &v, &t[i]);
    assert_int_equal(t[0].n, t[1].n);
    assert_memory_equal(t[0].fields, t[1].fields, t[0].n * PIECE_FIELDS * sizeof(int32_t));
    for (int i = 0; i < 2; i++)
        tokens_free(&t[i]), tbi_piece_free(&piece[i]);
    tb_score_free(&score), tb_score_free(&higher);
}

/* Notes moved by up to a step and a half are read where they were. */
static void test_played(void **state) {
    (void)state;
    TbScore score;
    Piece straight, played;
    TbRng rng;
    const PieceReading reading = {.find = false};
    song(2, 4, 4, &score);
    tb_rng_seed(&rng, 1);
    assert_int_equal(tbi_piece_read(&score, &reading, &straight), TB_OK);
    for (size_t i = 0; i < score.n_notes; i++) {
        const int32_t onset = score.notes[i].onset - 45 + (int32_t)(tb_rng_next(&rng) % 91);
        score.notes[i].onset = onset > 0 ? onset : 0;
    }
    tb_score_sort(&score);
    assert_int_equal(tbi_piece_read(&score, &reading, &played), TB_OK);
    assert_int_equal(straight.n_lines, played.n_lines);
    size_t same = 0;
    for (size_t l = 0; l < played.n_lines; l++) {
        assert_int_equal(played.lines[l].n, straight.lines[l].n);
        for (size_t i = 0; i < played.lines[l].n; i++)
            same += played.lines[l].notes[i].onset == straight.lines[l].notes[i].onset;
    }
    assert_true(same * 100 >= played.n_notes * 98);
    tbi_piece_free(&straight), tbi_piece_free(&played);
    tb_score_free(&score);
}

/* Pitches and velocities of a window's notes. */
typedef struct {
    int lowest, highest, softest, loudest;
} Extent;

static void extend(Extent *e, const int32_t *label) {
    const int pitch = label[PIECE_PITCH], velocity = label[PIECE_VELOCITY];
    if (pitch >= 0 && pitch < PIECE_DRUM) {
        e->lowest = pitch < e->lowest ? pitch : e->lowest;
        e->highest = pitch > e->highest ? pitch : e->highest;
    }
    if (velocity >= 0) {
        e->softest = velocity < e->softest ? velocity : e->softest;
        e->loudest = velocity > e->loudest ? velocity : e->loudest;
    }
}

/* Windows to learn from: no symbol out of range, bars in an order that has each once, labels that are the next token.
 * Varied ones reach an octave lower or higher than the piece, and are softer and louder. */
static void test_windows(void **state) {
    (void)state;
    TbScore score;
    Piece piece;
    PieceTokens t = tokens_new(PIECE_WINDOW);
    TbRng rng;
    size_t moved = 0;
    Extent extent[2] = {{PIECE_DRUM, 0, 127, 0}, {PIECE_DRUM, 0, 127, 0}};
    const PieceReading reading = {.find = true};
    song(5, 4, 4, &score);
    tb_rng_seed(&rng, 7);
    assert_int_equal(tbi_piece_read(&score, &reading, &piece), TB_OK);
    for (int n = 0; n < 500; n++) {
        t.n = 0;
        tbi_piece_draw_window(&piece, n % 2, &rng, &t);
        assert_in_range(t.n, 4, PIECE_WINDOW);
        bool falls = false;
        for (size_t i = 0; i < t.n; i++) {
            const int32_t *fields = t.fields + i * PIECE_FIELDS, *label = t.labels + i * PIECE_PREDICTED;
            for (int f = 0; f < PIECE_FIELDS; f++)
                assert_in_range(fields[f] + 1, 0, tbi_piece_classes[f]);
            for (int f = 0; f < PIECE_PREDICTED; f++)
                assert_in_range(label[f] + 1, 0, tbi_piece_classes[f]);
            extend(&extent[n % 2], label);
            falls |= i > 0 && t.bars[i] < t.bars[i - 1];
            if (label[PIECE_PITCH] >= 0 && i + 1 < t.n)
                assert_memory_equal(label, fields + PIECE_FIELDS, PIECE_PREDICTED * sizeof *label);
        }
        moved += falls;
    }
    assert_in_range(moved, 10, 200);
    assert_true(extent[1].lowest == extent[0].lowest - 12 || extent[1].highest == extent[0].highest + 12);
    assert_true(extent[1].softest < extent[0].softest && extent[1].loudest > extent[0].loudest);
    tokens_free(&t);
    tbi_piece_free(&piece);
    tb_score_free(&score);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_round_trip, test_values, test_keys, test_played, test_windows);
}
