/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of an index of copies: what is read finds what was written; damage is refused; and the index that ships. */
#include "tests/score_pieces.h"
#include "tests/scratch_folder.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { PIECES = 6 };

static void expect_equal(const char *a, const char *b) {
    assert_true((a == NULL) == (b == NULL));
    if (a)
        assert_string_equal(a, b);
}

static void expect_same_finds(const TbCopyIndex *a, const TbCopyIndex *b) {
    assert_int_equal(tb_copy_index_count(a), tb_copy_index_count(b));
    for (size_t k = 0; k < 2 * PIECES; k++) {
        TbCopied x, y;
        TbScore s = piece(k + 1);
        piece_ok(tb_copy_index_find(a, &s, &x));
        piece_ok(tb_copy_index_find(b, &s, &y));
        assert_true(x.run == y.run || (isnan(x.run) && isnan(y.run)));
        assert_true(x.drum_run == y.drum_run || (isnan(x.drum_run) && isnan(y.drum_run)));
        expect_equal(x.name, y.name);
        expect_equal(x.drum_name, y.drum_name);
        tb_score_free(&s);
    }
}

/* The pieces of two files, read one after the other, are the same as all pieces together. */
static void test_files_are_read_as_written(void **state) {
    (void)state;
    ScratchFolder folder;
    assert_true(scratch_new(&folder));
    TbCopyIndex *all = piece_index(0, PIECES), *part[] = {piece_index(0, 2), piece_index(2, PIECES)}, *back;
    piece_ok(tb_copy_index_new(&back));
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_path(folder.path, "some.copies");
        piece_ok(tb_copy_index_write(part[i], path));
        piece_ok(tb_copy_index_read(back, path));
        tb_copy_index_free(part[i]);
    }
    expect_same_finds(all, back);
    TbCopied c;
    TbScore s = piece(5);
    piece_ok(tb_copy_index_find(back, &s, &c));
    assert_string_equal(c.name, "tune 5");
    tb_score_free(&s);
    tb_copy_index_free(all);
    tb_copy_index_free(back);
    scratch_free(&folder);
}

static void test_an_empty_index(void **state) {
    (void)state;
    void *data;
    size_t n;
    TbCopied c;
    TbCopyIndex *index, *back;
    TbScore s = piece(1);
    piece_ok(tb_copy_index_new(&index));
    piece_ok(tb_copy_index_new(&back));
    piece_ok(tb_copy_index_print(index, &data, &n));
    piece_ok(tb_copy_index_parse(back, data, n));
    assert_int_equal(tb_copy_index_count(back), 0);
    piece_ok(tb_copy_index_find(back, &s, &c));
    assert_true(c.run == 0 && !c.name);
    free(data);
    tb_score_free(&s);
    tb_copy_index_free(index);
    tb_copy_index_free(back);
}

static void expect_refused(TbCopyIndex *index, const void *data, size_t n, TbStatus status, const char *says) {
    const size_t before = tb_copy_index_count(index);
    assert_int_equal(tb_copy_index_parse(index, data, n), status);
    assert_non_null(strstr(tb_error_text(status), says));
    assert_int_equal(tb_copy_index_count(index), before);
}

/* Nothing of a damaged file stays, and what was there before is still found. */
static void test_damage_is_refused(void **state) {
    (void)state;
    void *data;
    size_t n;
    TbCopyIndex *index = piece_index(0, 2), *same = piece_index(0, 2);
    piece_ok(tb_copy_index_print(index, &data, &n));
    uint8_t *bytes = data;
    for (size_t i = 0; i < n; i += i < 64 ? 1 : 37) {
        bytes[i] ^= 0x10;
        const TbStatus status = tb_copy_index_parse(index, bytes, n);
        assert_true(status == TB_ERR_FORMAT || status == TB_ERR_VERSION);
        bytes[i] ^= 0x10;
    }
    for (size_t length = 0; length < n; length += length < 64 ? 1 : 41)
        assert_int_equal(tb_copy_index_parse(index, bytes, length), TB_ERR_FORMAT);
    expect_refused(index, bytes, n - 1, TB_ERR_FORMAT, "damaged");
    expect_refused(index, "RIFF\0\0\0\0WAVEfmt ", 16, TB_ERR_FORMAT, "WAV");
    bytes[15] = 2;
    expect_refused(index, bytes, n, TB_ERR_VERSION, "another version");
    expect_same_finds(index, same);
    free(data);
    tb_copy_index_free(index);
    tb_copy_index_free(same);
}

/* An index in a file of models of music. */
static void test_in_a_file_of_models(void **state) {
    (void)state;
    void *data;
    size_t n;
    TbCopyIndex *index = piece_index(0, PIECES), *back;
    piece_ok(tb_copy_index_new(&back));
    piece_ok(tb_music_copies_print(index, "six pieces", &data, &n));
    piece_ok(tb_music_copies_parse(back, data, n));
    expect_same_finds(index, back);
    ((uint8_t *)data)[n - 20] ^= 1;
    assert_int_equal(tb_music_copies_parse(back, data, n), TB_ERR_FORMAT);
    assert_int_equal(tb_music_copies_parse(back, "RIFF\0\0\0\0WAVEfmt ", 16), TB_ERR_FORMAT);
    free(data);
    const void *music = tb_music_data(&n);
    piece_ok(tb_music_copies_parse(back, music, n)); /* it has none */
    assert_int_equal(tb_copy_index_count(back), PIECES);
    tb_copy_index_free(index);
    tb_copy_index_free(back);
}

/* The index that ships is read and searched without a wait. */
static void test_what_ships(void **state) {
    (void)state;
    TbCopyIndex *index;
    TbCopied c;
    TbScore s = piece(2);
    const clock_t begun = clock();
    piece_ok(tb_music_copies(&index));
    const clock_t read = clock();
    piece_ok(tb_copy_index_find(index, &s, &c));
    const clock_t found = clock();
    assert_true(tb_copy_index_count(index) > 3000 && c.run > 0 && c.name);
    print_message("read in %.1f ms, searched in %.1f ms\n", 1e3 * (double)(read - begun) / CLOCKS_PER_SEC,
                  1e3 * (double)(found - read) / CLOCKS_PER_SEC);
    assert_true(found - begun < CLOCKS_PER_SEC);
    tb_score_free(&s);
    tb_copy_index_free(index);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_files_are_read_as_written, test_an_empty_index, test_damage_is_refused,
                     test_in_a_file_of_models, test_what_ships);
}
