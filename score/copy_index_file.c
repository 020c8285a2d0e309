/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of an index of copies. Numbers are in groups of seven bits, the lowest first; the highest bit says that more
 * follow. In order: MAGIC; the version; the number of pieces, and for each the bytes of its name, the name, and how
 * many tokens of lines and of bars it has, ends included; lines; bars; a check sum of all before it, 8 bytes,
 * little-endian. Lines and bars: the number of distinct tokens, these from the most frequent on, and for each place of
 * the text 0 for the end of a line or the number of a token in that list, from 1 on. So most places take a byte. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "score/copy_index.h"

#include <stdlib.h>

enum { VERSION = 1, SUM_BYTES = 8, MOST_BYTES = 1 << 28 };
static const char MAGIC[] = "timbrel copies\n";

/* FNV-1a: no change of a single byte leaves it as it is. */
static uint64_t sum_of(const uint8_t *bytes, size_t n) {
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001b3;
    return h;
}

/* ---- the dictionary of a text ---- */

typedef struct {
    uint64_t token;
    size_t count;
    uint64_t number; /* in the file: 1 .. for the most frequent on */
} Word;

static int by_token(const void *a, const void *b) {
    const Word *x = a, *y = b;
    return (x->token > y->token) - (x->token < y->token);
}

static int by_count(const void *a, const void *b) {
    const Word *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_token(a, b);
}

/* words[n of the text + 1]: distinct tokens by falling count; returns their number. */
static size_t words_of(const CopyText *text, Word *words) {
    size_t n = 0, n_words = 0;
    for (size_t i = 0; i < text->n; i++)
        if (text->token[i] != COPY_END)
            words[n++] = (Word){.token = text->token[i], .count = 1};
    qsort(words, n, sizeof *words, by_token);
    for (size_t i = 0; i < n; i++)
        if (n_words > 0 && words[n_words - 1].token == words[i].token)
            words[n_words - 1].count++;
        else
            words[n_words++] = words[i];
    qsort(words, n_words, sizeof *words, by_count);
    return n_words;
}

/* ---- writing ---- */

typedef struct {
    uint8_t *bytes; /* owned */
    size_t n, room;
    bool failed;
} Out;

static void put(Out *o, const void *bytes, size_t n) {
    o->failed = o->failed || !tbi_grow(&o->bytes, o->n + n + 1, &o->room);
    if (o->failed)
        return;
    memcpy(o->bytes + o->n, bytes, n);
    o->n += n;
}

static void put_number(Out *o, uint64_t x) {
    uint8_t bytes[10];
    size_t n = 0;
    for (; x >= 128; x >>= 7)
        bytes[n++] = (uint8_t)(x | 128);
    bytes[n++] = (uint8_t)x;
    put(o, bytes, n);
}

static void put_text(Out *o, const CopyText *text) {
    Word *words = calloc(text->n + 1, sizeof *words);
    o->failed = o->failed || !words;
    if (o->failed) {
        free(words);
        return;
    }
    const size_t n = words_of(text, words);
    put_number(o, n);
    for (size_t i = 0; i < n; i++) {
        put_number(o, words[i].token);
        words[i].number = i + 1;
    }
    qsort(words, n, sizeof *words, by_token);
    for (size_t i = 0; i < text->n; i++) {
        const Word key = {.token = text->token[i]}, *word = bsearch(&key, words, n, sizeof *words, by_token);
        put_number(o, word ? word->number : 0);
    }
    free(words);
}

TbStatus tb_copy_index_print(const TbCopyIndex *index, void **data, size_t *n_bytes) {
    Out o = {0};
    uint8_t sum[SUM_BYTES];
    put(&o, MAGIC, sizeof MAGIC - 1);
    put_number(&o, VERSION);
    put_number(&o, index->n_pieces);
    for (size_t i = 0; i < index->n_pieces; i++) {
        const CopiedPiece *p = &index->pieces[i];
        const bool last = i + 1 == index->n_pieces;
        put_number(&o, strlen(p->name));
        put(&o, p->name, strlen(p->name));
        put_number(&o, (last ? index->lines.n : p[1].from_lines) - p->from_lines);
        put_number(&o, (last ? index->bars.n : p[1].from_bars) - p->from_bars);
    }
    put_text(&o, &index->lines);
    put_text(&o, &index->bars);
    const uint64_t whole = o.failed ? 0 : sum_of(o.bytes, o.n);
    for (int i = 0; i < SUM_BYTES; i++)
        sum[i] = (uint8_t)(whole >> 8 * i);
    put(&o, sum, sizeof sum);
    if (o.failed) {
        free(o.bytes);
        return tbi_no_memory("to write what music is compared with");
    }
    *data = o.bytes;
    *n_bytes = o.n;
    return TB_OK;
}

TbStatus tb_copy_index_write(const TbCopyIndex *index, const char *path) {
    TbPrinted file = {NULL, 0};
    return tbi_write_printed(tb_copy_index_print(index, &file.data, &file.n_bytes), &file, path);
}

/* ---- reading ---- */

typedef struct {
    const uint8_t *at, *end;
} In;

static TbStatus damaged(void) {
    return tb_fail(TB_ERR_FORMAT, "This file of music to compare with is damaged; get a fresh copy of it.");
}

static TbStatus get_number(In *in, uint64_t *x) {
    *x = 0;
    for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
        const uint8_t byte = *in->at++;
        if (shift == 63 && byte > 1)
            break;
        *x |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return TB_OK;
    }
    return damaged();
}

/* A number of things of which each takes a byte or more of the rest of the file. */
static TbStatus get_count(In *in, size_t *n) {
    uint64_t x;
    TbStatus status = get_number(in, &x);
    if (status == TB_OK && x > (uint64_t)(in->end - in->at))
        status = damaged();
    *n = status == TB_OK ? (size_t)x : 0;
    return status;
}

/* The pieces, each with where it begins in texts that have already from_lines and from_bars tokens. */
static TbStatus get_pieces(In *in, TbCopyIndex *index, size_t *n_lines, size_t *n_bars) {
    size_t n;
    TbStatus status = get_count(in, &n);
    for (size_t i = 0; i < n && status == TB_OK; i++) {
        size_t n_name, lines = 0, bars = 0;
        status = get_count(in, &n_name);
        const char *name = (const char *)in->at;
        if (status == TB_OK && memchr(name, 0, n_name))
            status = damaged();
        in->at += n_name;
        status = status ? status : get_count(in, &lines);
        status = status ? status : get_count(in, &bars);
        status = status ? status : tbi_copy_index_begin(index, name, n_name);
        if (status)
            return status;
        index->pieces[index->n_pieces - 1].from_lines += *n_lines;
        index->pieces[index->n_pieces - 1].from_bars += *n_bars;
        *n_lines += lines;
        *n_bars += bars;
    }
    return status;
}

/* Appends the n tokens of a text, which ends with the end of a line. */
static TbStatus get_tokens(In *in, const uint64_t *words, size_t n_words, size_t n, CopyText *text) {
    if (n > (size_t)(in->end - in->at))
        return damaged();
    if (!tbi_grow(&text->token, text->n + n + 1, &text->room))
        return tbi_no_memory("to compare with other music");
    uint64_t *token = text->token + text->n;
    for (size_t i = 0; i < n; i++) {
        uint64_t number;
        TbStatus status = get_number(in, &number);
        if (status)
            return status;
        if (number > n_words)
            return damaged();
        token[i] = number > 0 ? words[number - 1] : COPY_END;
    }
    if (n > 0 && token[n - 1] != COPY_END)
        return damaged();
    text->n += n;
    return TB_OK;
}

static TbStatus get_text(In *in, size_t n, CopyText *text) {
    size_t n_words;
    TbStatus status = get_count(in, &n_words);
    if (status)
        return status;
    uint64_t *words = malloc((n_words + 1) * sizeof *words);
    status = words ? TB_OK : tbi_no_memory("to compare with other music");
    for (size_t i = 0; i < n_words && status == TB_OK; i++) {
        status = get_number(in, &words[i]);
        if (status == TB_OK && words[i] >= TBI_END_TOKEN)
            status = damaged();
    }
    if (status == TB_OK)
        status = get_tokens(in, words, n_words, n, text);
    free(words);
    return status;
}

static TbStatus check_frame(const uint8_t *bytes, size_t n) {
    const size_t n_magic = sizeof MAGIC - 1;
    uint64_t sum = 0;
    if (n < n_magic || memcmp(bytes, MAGIC, n_magic) != 0)
        return tb_fail_not("a file of music to compare with", "timbrel train makes them", bytes, n);
    if (n > n_magic && bytes[n_magic] != VERSION)
        return tb_fail(TB_ERR_VERSION, "This file of music to compare with is for another version of Timbrel; make it "
                                       "again.");
    for (size_t i = 0; i < SUM_BYTES && n >= SUM_BYTES; i++)
        sum |= (uint64_t)bytes[n - SUM_BYTES + i] << 8 * i;
    return n > n_magic + SUM_BYTES && sum == sum_of(bytes, n - SUM_BYTES) ? TB_OK : damaged();
}

TbStatus tb_copy_index_parse(TbCopyIndex *index, const void *data, size_t n_bytes) {
    const uint8_t *bytes = data;
    const size_t n_pieces = index->n_pieces, lines = index->lines.n, bars = index->bars.n;
    size_t more_lines = 0, more_bars = 0;
    TbStatus status = check_frame(bytes, n_bytes);
    if (status)
        return status;
    In in = {bytes + sizeof MAGIC, bytes + n_bytes - SUM_BYTES}; /* after the version */
    status = get_pieces(&in, index, &more_lines, &more_bars);
    status = status ? status : get_text(&in, more_lines, &index->lines);
    status = status ? status : get_text(&in, more_bars, &index->bars);
    if (status == TB_OK && in.at != in.end)
        status = damaged();
    if (status) {
        tbi_copy_index_shorten(index, n_pieces);
        index->lines.n = lines;
        index->bars.n = bars;
    }
    return status;
}

TbStatus tb_copy_index_read(TbCopyIndex *index, const char *path) {
    TbPrinted file = {NULL, 0};
    TbStatus status = tb_read_file(path, MOST_BYTES, &file.data, &file.n_bytes);
    status = status ? status : tb_copy_index_parse(index, file.data, file.n_bytes);
    return tbi_parsed_file(status, &file, path);
}
