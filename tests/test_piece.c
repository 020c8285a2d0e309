/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of pieces writes, with weights that have learned nothing: no invalid note, whatever the options, and
 * what is given stays. */
#include "tests/written_pieces.h"

#include <strings.h>

static TbChord chord_at(const TbScore *score, int32_t tick, int32_t *since) {
    TbChord chord = {-1, 0, -1};
    for (size_t i = 0; i < score->n_chords && score->chords[i].tick <= tick; i++) {
        TbChord next;
        assert_true(tb_chord_parse(score->chords[i].text, &next));
        if (i == 0 || next.root != chord.root)
            *since = score->chords[i].tick;
        chord = next;
    }
    return chord;
}

static bool is_in_scale_or_chord(TbChord chord, int pitch) {
    return (0xAB5 | tb_chord_pitches(chord)) >> pitch % 12 & 1; /* C major */
}

/* By name: what was found in notes without sense would differ from what they were written as. */
static void roles_of(const TbScore *score, TbRole *role) {
    assert_in_range(score->n_parts, 1, 16);
    for (size_t i = 0; i < score->n_parts; i++) {
        const char *name = score->parts[i].name;
        int r = 0;
        while (r < TB_PIECE_ROLES && strcasecmp(name, tb_role_name((TbRole)r)) != 0)
            r++;
        role[i] = r < TB_PIECE_ROLES ? (TbRole)r : TB_ROLE_MELODY; /* "Voice" */
    }
}

/* All notes are valid and end with the piece; those that start at a tick from `from` to `to` are as the options and the
 * header say. */
static void check(const TbScore *score, int32_t from, int32_t to, unsigned write, bool chords) {
    TbRole role[16];
    size_t n[TB_PIECE_ROLES] = {0}, outside[TB_PIECE_ROLES] = {0};
    int32_t bass_end = 0, last_change = -1;
    int repeated = -1, run = 0; /* pitch of the melody, and how often it is in a row */
    roles_of(score, role);
    assert_int_equal(score->end % bar_ticks(score), 0);
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *note = &score->notes[i];
        assert_in_range(note->part, 0, score->n_parts - 1);
        assert_in_range(note->velocity, 1, 127);
        assert_true(note->onset >= 0 && note->duration >= 1 && note->onset + note->duration <= score->end);
        const TbRole r = role[note->part];
        if (note->onset < from || note->onset >= to || !(write >> r & 1))
            continue;
        int32_t since = 0;
        const TbChord chord = chord_at(score, note->onset, &since);
        assert_true(note->onset + note->duration <= to);
        assert_int_equal(note->onset % SMALL_STEP, 0);
        n[r]++;
        if (r == TB_ROLE_DRUMS) {
            assert_true(tb_drum_class(tb_drum_map(NULL), note->pitch) >= 0);
            continue;
        }
        if (chords)
            outside[r] += r == TB_ROLE_CHORDS ? !(tb_chord_pitches(chord) >> note->pitch % 12 & 1)
                                              : !is_in_scale_or_chord(chord, note->pitch);
        if (r == TB_ROLE_MELODY) {
            run = note->pitch == repeated ? run + 1 : 1;
            repeated = note->pitch;
            assert_true(run <= 6);
        }
        if (r != TB_ROLE_BASS)
            continue;
        assert_in_range(note->pitch, 28, 52);
        assert_true(note->onset >= bass_end);
        bass_end = note->onset + note->duration;
        if (chords && since >= from && since != last_change)
            assert_int_equal(note->pitch % 12, chord.root);
        last_change = since;
    }
    for (int r = 0; r < TB_PIECE_ROLES; r++)
        assert_true(outside[r] * (r == TB_ROLE_CHORDS ? 16 : 8) <= n[r]);
    for (int32_t line = from; line + 3 * bar_ticks(score) <= to; line += bar_ticks(score))
        for (int r = 0; r < TB_PIECE_ROLES; r++) {
            bool plays = !(write >> r & 1) || r == TB_ROLE_MELODY || r == TB_ROLE_OTHER;
            for (size_t i = 0; i < score->n_notes; i++)
                plays |= (int)role[score->notes[i].part] == r &&
                         score->notes[i].onset + score->notes[i].duration > line &&
                         score->notes[i].onset < line + 3 * bar_ticks(score);
            assert_true(plays);
        }
}

/* The notes of a that are not of these roles, or start outside these ticks, are in b. */
static void check_kept(const TbScore *a, const TbScore *b, int32_t from, int32_t to, unsigned write) {
    TbRole role[16];
    size_t at = 0;
    roles_of(a, role);
    for (size_t i = 0; i < a->n_notes; i++) {
        const TbScoreNote *note = &a->notes[i];
        const bool is_cut = write >> role[note->part] & 1 && note->onset < from && note->onset + note->duration > from;
        if ((write >> role[note->part] & 1 && note->onset >= from && note->onset < to) || is_cut)
            continue;
        while (at < b->n_notes && memcmp(&b->notes[at], note, sizeof *note) != 0)
            at++;
        assert_true(at < b->n_notes);
    }
}

static bool same(const TbScore *a, const TbScore *b) {
    return a->n_notes == b->n_notes && memcmp(a->notes, b->notes, a->n_notes * sizeof *a->notes) == 0;
}

static void random_options(TbRng *rng, uint64_t seed, TbPieceOptions *o) {
    tb_piece_defaults(o);
    o->seed = seed;
    o->style = (int)(tb_rng_next(rng) % TB_PIECE_STYLES);
    o->temperature = (double)(tb_rng_next(rng) % 5) / 2;
    o->top_p = tb_rng_next(rng) % 2 ? 1 : 0.8;
    o->loop = tb_rng_next(rng) % 2;
    for (int r = 0; r < TB_PIECE_ROLES; r++)
        o->density[r] = (double)(tb_rng_next(rng) % 5) - 2;
}

static void test_draws(void **state) {
    (void)state;
    enum { DRAWS = 350 };
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {5, 4}};
    TbRng rng;
    tb_rng_seed(&rng, 11);
    for (int i = 0; i < DRAWS; i++) {
        TbScore given, out;
        TbPieceOptions o;
        const unsigned write = 1 + tb_rng_next(&rng) % 31;
        song((uint64_t)i, metres[i % 4][0], metres[i % 4][1], &given);
        if (i % 5 == 4)
            given.n_chords = 0;
        const bool chords = given.n_chords > 0;
        const int32_t bar = bar_ticks(&given), end = given.end;
        random_options(&rng, (uint64_t)i, &o);
        assert_int_equal(tb_piece_write_parts(model, &given, write, &o, &out), TB_OK);
        check(&out, 0, end, write, chords);
        check_kept(&given, &out, 0, end, write);
        assert_int_equal(out.end, end);
        tb_score_free(&out);
        const size_t first = tb_rng_next(&rng) % 6, n = 1 + tb_rng_next(&rng) % (8 - first);
        assert_int_equal(tb_piece_fill(model, &given, first, n, write, &o, &out), TB_OK);
        check(&out, (int32_t)first * bar, (int32_t)(first + n) * bar, write, chords);
        check_kept(&given, &out, (int32_t)first * bar, (int32_t)(first + n) * bar, write);
        assert_int_equal(out.end, end);
        tb_score_free(&out);
        assert_int_equal(tb_piece_continue(model, &given, 4, &o, &out), TB_OK);
        check(&out, end, end + 4 * bar, 31, false);
        check_kept(&given, &out, end, end + 4 * bar, 31);
        assert_int_equal(out.end, end + 4 * bar);
        tb_score_free(&out);
        tb_score_free(&given);
    }
}

/* A whole piece of controls, longer than the network sees at once; again with the same seed, and with another. */
static void test_whole_piece(void **state) {
    (void)state;
    enum { ALL = (1 << TB_PIECE_ROLES) - 1, BARS = 64 };
    TbScore frame, out[3];
    TbPieceOptions o;
    assert_int_equal(tb_score_new(SMALL_TICKS, &frame), TB_OK);
    assert_int_equal(tb_score_add_key(&frame, 0, 0, false), TB_OK);
    for (int b = 0; b < BARS; b += 2) {
        assert_int_equal(tb_score_add_chord(&frame, b * 4 * SMALL_TICKS, "C:major"), TB_OK);
        assert_int_equal(tb_score_add_chord(&frame, (b + 1) * 4 * SMALL_TICKS, "F:major"), TB_OK);
    }
    frame.end = BARS * 4 * SMALL_TICKS;
    tb_piece_defaults(&o);
    for (int i = 0; i < 3; i++) {
        o.seed = i < 2 ? 1 : 2;
        assert_int_equal(tb_piece_write_parts(model, &frame, ALL, &o, &out[i]), TB_OK);
        assert_int_equal(out[i].n_parts, TB_PIECE_ROLES);
        check(&out[i], 0, frame.end, ALL, true);
    }
    assert_true(same(&out[0], &out[1]));
    assert_false(same(&out[0], &out[2]));
    for (int i = 0; i < 3; i++)
        tb_score_free(&out[i]);
    tb_score_free(&frame);
}

/* A symbol with a bass note; a range of one's own; roles of one's own. */
static void test_options(void **state) {
    (void)state;
    TbScore given, out;
    TbPieceOptions o;
    static const TbRole roles[] = {TB_ROLE_DRUMS, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_OTHER};
    song(3, 4, 4, &given);
    for (size_t i = 0; i < given.n_chords; i++)
        strcpy(given.chords[i].text, i % 2 ? "G:major/B" : "C:major/E");
    tb_piece_defaults(&o);
    o.range[TB_ROLE_BASS] = (TbPieceRange){40, 52};
    o.role = roles;
    assert_int_equal(tb_piece_write_parts(model, &given, tb_piece_role_bit(TB_ROLE_BASS), &o, &out), TB_OK);
    int32_t before = -1;
    size_t n = 0;
    for (size_t i = 0; i < out.n_notes; i++) {
        int32_t since = 0;
        if (out.notes[i].part != 1)
            continue;
        const TbChord chord = chord_at(&out, out.notes[i].onset, &since);
        assert_in_range(out.notes[i].pitch, 40, 52);
        if (since != before)
            assert_int_equal(out.notes[i].pitch % 12, chord.bass);
        before = since;
        n++;
    }
    assert_true(n > 0);
    tb_score_free(&out);
    tb_score_free(&given);
}

/* More density, more notes. */
static void test_density(void **state) {
    (void)state;
    size_t n[3] = {0};
    for (uint64_t seed = 0; seed < 30; seed++)
        for (int i = 0; i < 3; i++) {
            TbScore given, out;
            TbPieceOptions o;
            song(seed, 4, 4, &given);
            tb_piece_defaults(&o);
            o.seed = seed;
            o.density[TB_ROLE_BASS] = 2.0 * (i - 1);
            assert_int_equal(tb_piece_write_parts(model, &given, tb_piece_role_bit(TB_ROLE_BASS), &o, &out), TB_OK);
            for (size_t k = 0; k < out.n_notes; k++)
                n[i] += out.notes[k].part == 1;
            tb_score_free(&out);
            tb_score_free(&given);
        }
    print_message("%zu, %zu, %zu notes\n", n[0], n[1], n[2]);
    assert_true(n[0] < n[1] && n[1] < n[2]);
}

static void test_refused(void **state) {
    (void)state;
    const unsigned bass = tb_piece_role_bit(TB_ROLE_BASS);
    static const TbRole wrong[] = {TB_ROLE_BASS, TB_ROLE_BASS, TB_ROLE_CHORDS, TB_ROLE_MELODY};
    TbScore given, out, empty;
    TbPieceOptions o, good;
    song(1, 4, 4, &given);
    tb_piece_defaults(&good);
    for (int i = 0; i < 9; i++) {
        o = good;
        switch (i) {
        case 0:
            o.temperature = 3;
            break;
        case 1:
            o.top_p = 0;
            break;
        case 2:
            o.style = TB_PIECE_STYLES;
            break;
        case 3:
            o.density[TB_ROLE_BASS] = 3;
            break;
        case 4:
            o.range[TB_ROLE_BASS] = (TbPieceRange){40, 45};
            break;
        case 5:
            o.role = wrong;
            break;
        case 6:
            o.range[TB_ROLE_MELODY] = (TbPieceRange){-1, 60};
            break;
        case 7:
            o.movement[TB_ROLE_BASS] = -3;
            break;
        default:
            o.size = 0;
        }
        assert_int_equal(tb_piece_write_parts(model, &given, bass, &o, &out), TB_ERR_ARGUMENT);
        assert_int_equal(out.n_notes, 0);
    }
    assert_int_equal(tb_piece_write_parts(model, &given, 0, &good, &out), TB_ERR_EMPTY);
    assert_int_equal(tb_piece_fill(model, &given, 8, 1, bass, &good, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_piece_fill(model, &given, 2, 7, bass, &good, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_piece_continue(model, &given, 0, &good, &out), TB_ERR_ARGUMENT);
    assert_int_equal(tb_score_new(480, &empty), TB_OK);
    assert_int_equal(tb_piece_continue(model, &empty, 4, &good, &out), TB_ERR_EMPTY);
    assert_int_equal(tb_piece_write_parts(model, &empty, bass, &good, &out), TB_ERR_EMPTY);
    assert_int_equal(tb_score_add_metre(&empty, 0, 9, 4), TB_OK);
    empty.end = 480;
    assert_int_equal(tb_piece_write_parts(model, &empty, bass, &good, &out), TB_ERR_UNSUPPORTED);
    tb_score_free(&empty);
    tb_score_free(&given);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_draws, test_whole_piece, test_options, test_density, test_refused);
}
