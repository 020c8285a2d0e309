/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are an index of copies or refused; one that is accepted can be searched, written and read again. The bytes
 * are tried as they are, and as the inner part of a file whose check sum is right. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/score.h"

#include <math.h>

static const char BEGIN[] = "timbrel copies\n\1";
enum { N_BEGIN = sizeof BEGIN - 1, N_SUM = 8 };

/* A tune of two voices with drums. */
static TbScore tune(void) {
    TbScore s;
    require(tb_score_new(480, &s) == TB_OK);
    for (int part = 0; part < 3; part++)
        require(tb_score_add_part(&s, "", 0, part < 2 ? part : TB_SCORE_DRUM_CHANNEL, NULL) == TB_OK);
    for (int i = 0; i < 90; i++) {
        const TbScoreNote note = {240 * (i / 3), 200, (uint8_t)(i % 3 < 2 ? 60 + i * i % 7 : 36 + i % 4), 90,
                                  (uint16_t)(i % 3)};
        require(tb_score_add_note(&s, note) == TB_OK);
    }
    return s;
}

static void check(const TbCopyIndex *index) {
    TbCopied copied;
    TbScore s = tune();
    void *first, *second;
    size_t n_first, n_second;
    TbCopyIndex *again;
    require(tb_copy_index_find(index, &s, &copied) == TB_OK);
    require(copied.run >= 0 && copied.run <= (double)s.n_notes && copied.drum_run >= 0);
    require((copied.run > 0) == (copied.name != NULL) && (copied.drum_run > 0) == (copied.drum_name != NULL));
    tb_score_free(&s);
    require(tb_copy_index_print(index, &first, &n_first) == TB_OK);
    require(tb_copy_index_new(&again) == TB_OK && tb_copy_index_parse(again, first, n_first) == TB_OK);
    require(tb_copy_index_print(again, &second, &n_second) == TB_OK);
    require(n_first == n_second && memcmp(first, second, n_first) == 0);
    tb_copy_index_free(again);
    free(first);
    free(second);
}

static void parse(const uint8_t *data, size_t size) {
    TbCopyIndex *index;
    require(tb_copy_index_new(&index) == TB_OK);
    const TbStatus status = tb_copy_index_parse(index, data, size);
    if (status == TB_OK)
        check(index);
    else {
        require_message(status);
        require(tb_copy_index_count(index) == 0);
    }
    tb_copy_index_free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t sum = 0xcbf29ce484222325;
    uint8_t *framed = malloc(size + N_BEGIN + N_SUM);
    require(framed != NULL);
    parse(data, size);
    memcpy(framed, BEGIN, N_BEGIN);
    if (size > 0)
        memcpy(framed + N_BEGIN, data, size);
    for (size_t i = 0; i < N_BEGIN + size; i++)
        sum = (sum ^ framed[i]) * 0x100000001b3;
    for (int i = 0; i < N_SUM; i++)
        framed[N_BEGIN + size + (size_t)i] = (uint8_t)(sum >> 8 * i);
    parse(framed, N_BEGIN + size + N_SUM);
    free(framed);
    return 0;
}
