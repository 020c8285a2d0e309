/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunings in the format of Scala: lines of text, those that begin with an exclamation mark are comments. */
#include "base/no_memory.h"
#include "timbrel/engine.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DEGREES = 1024,
    MOST_BYTES = 1 << 20,
    LINE = 256, /* characters of a line that count */
    START_KEY = 60,
    NOT_MAPPED = INT16_MIN,
};

/* The lines of a file that are no comments. */
typedef struct {
    const char *at, *end;
    char line[LINE];
} Lines;

typedef struct {
    double cents[MOST_DEGREES + 1]; /* of degree 0 .. n; the last is the period */
    int n;
} Scale;

typedef struct {
    int first, last, middle, reference, octave, size; /* size 0: all degrees in turn */
    double hz;                                        /* of the reference key */
    int16_t degree[TB_TUNING_KEYS];
} Mapping;

static bool next_line(Lines *l) {
    while (l->at < l->end) {
        const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
        size_t n = (size_t)((stop ? stop : l->end) - l->at), kept = n < LINE - 1 ? n : LINE - 1;
        bool comment = n > 0 && l->at[0] == '!';
        memcpy(l->line, l->at, kept);
        l->line[kept] = 0;
        l->at = stop ? stop + 1 : l->end;
        if (!comment)
            return true;
    }
    return false;
}

/* A whole number at the beginning of the next line. */
static bool next_int(Lines *l, int low, int high, int *value) {
    char *end;
    if (!next_line(l))
        return false;
    long x = strtol(l->line, &end, 10);
    *value = (int)x;
    return end > l->line && (!*end || isspace((unsigned char)*end)) && x >= low && x <= high;
}

/* "701.955", "3/2" or "2"; what follows is a comment. False: no interval. */
static bool interval(const char *text, double *cents) {
    char *end;
    text += strspn(text, " \t");
    size_t n = strcspn(text, " \t\r");
    if (memchr(text, '.', n)) {
        *cents = strtod(text, &end);
        return end == text + n && isfinite(*cents) && fabs(*cents) < 1e5;
    }
    double over = strtod(text, &end), under = 1;
    if (end > text && *end == '/')
        under = strtod(end + 1, &end);
    *cents = 1200 * log2(over / under);
    return n > 0 && end == text + n && over > 0 && under > 0 && fabs(*cents) < 1e5;
}

static TbStatus read_scale(const char *text, size_t n_bytes, Scale *s) {
    Lines l = {.at = text, .end = text + n_bytes};
    if (!next_line(&l)) /* the description */
        return tb_fail(TB_ERR_FORMAT, "This file is not a scale of Scala: it has no lines.");
    if (!next_int(&l, 1, MOST_DEGREES, &s->n))
        return tb_fail(TB_ERR_FORMAT,
                       "This file is not a scale of Scala: its second line must be the number of notes, 1 to %d.",
                       MOST_DEGREES);
    s->cents[0] = 0;
    for (int i = 1; i <= s->n; i++) {
        if (!next_line(&l))
            return tb_fail(TB_ERR_FORMAT, "This file ends after %d of its %d notes.", i - 1, s->n);
        if (!interval(l.line, &s->cents[i]))
            return tb_fail(TB_ERR_FORMAT, "This file has no interval, such as 3/2 or 701.955, for note %d.", i);
    }
    return TB_OK;
}

static TbStatus read_degrees(Lines *l, Mapping *m) {
    for (int i = 0; i < m->size; i++) {
        char *end;
        m->degree[i] = NOT_MAPPED;
        if (!next_line(l))
            continue; /* keys at the end may be left out */
        const char *word = l->line + strspn(l->line, " \t");
        long degree = strtol(word, &end, 10);
        if (tolower((unsigned char)*word) == 'x')
            continue;
        if (end == word || (*end && !isspace((unsigned char)*end)) || labs(degree) > MOST_DEGREES)
            return tb_fail(TB_ERR_FORMAT, "This file has no degree of the scale, or x, for key %d of its mapping.",
                           i + 1);
        m->degree[i] = (int16_t)degree;
    }
    return TB_OK;
}

static TbStatus read_mapping(const char *text, size_t n_bytes, Mapping *m) {
    Lines l = {.at = text, .end = text + n_bytes};
    const int top = TB_TUNING_KEYS - 1;
    if (!next_int(&l, 0, TB_TUNING_KEYS, &m->size) || !next_int(&l, 0, top, &m->first) ||
        !next_int(&l, 0, top, &m->last) || !next_int(&l, 0, top, &m->middle) || !next_int(&l, 0, top, &m->reference))
        return tb_fail(TB_ERR_FORMAT,
                       "This file is not a keyboard mapping of Scala: it must begin with the size of the "
                       "mapping, the first and last key, the middle one, and the one of known pitch.");
    char *end = NULL;
    m->hz = next_line(&l) ? strtod(l.line, &end) : 0;
    if (!end || (*end && !isspace((unsigned char)*end)) || !(m->hz >= 1 && m->hz <= 1e5))
        return tb_fail(TB_ERR_FORMAT, "This file has no pitch between 1 and 100000 Hz for key %d.", m->reference);
    if (!next_int(&l, 0, MOST_DEGREES, &m->octave))
        return tb_fail(TB_ERR_FORMAT, "This file does not say which degree of the scale is the octave.");
    return read_degrees(&l, m);
}

#define LOWEST (-24.0) /* as a MIDI key, 2 Hz: what lies beyond is not played, ... */
#define HIGHEST 180.0  /* ... as if it were not mapped */

/* Floored division. */
static int quotient(int a, int b) {
    return a / b - (a % b < 0);
}

static double degree_cents(const Scale *s, int degree) {
    int period = quotient(degree, s->n);
    return period * s->cents[s->n] + s->cents[degree - period * s->n];
}

/* The pitch of a key above the middle one, in cents; NAN: it is not mapped. */
static double key_cents(const Scale *s, const Mapping *m, int key) {
    int from_middle = key - m->middle;
    if (m->size == 0)
        return degree_cents(s, from_middle);
    int octave = quotient(from_middle, m->size), degree = m->degree[from_middle - octave * m->size];
    if (degree == NOT_MAPPED)
        return NAN;
    return octave * degree_cents(s, m->octave ? m->octave : s->n) + degree_cents(s, degree);
}

static TbStatus tune(const Scale *s, const Mapping *m, float *tuning) {
    double base = key_cents(s, m, m->reference);
    if (!isfinite(base))
        return tb_fail(TB_ERR_FORMAT, "The keyboard mapping leaves out key %d, whose pitch it gives; map it.",
                       m->reference);
    for (int key = 0; key < TB_TUNING_KEYS; key++) {
        bool mapped = key >= m->first && key <= m->last;
        double pitch = 69 + 12 * log2(m->hz / 440) + (key_cents(s, m, key) - base) / 100;
        bool audible = pitch > LOWEST && pitch < HIGHEST;
        tuning[key] = !mapped ? (float)key : audible ? (float)pitch : NAN;
    }
    return TB_OK;
}

/* Takes either path for messages; NULL: the text comes from memory. */
static TbStatus parse(const char *scale, size_t n_scale, const char *scale_path, const char *mapping, size_t n_mapping,
                      const char *mapping_path, float *tuning) {
    Scale *s = malloc(sizeof *s);
    Mapping m = {.last = TB_TUNING_KEYS - 1, .middle = START_KEY, .reference = START_KEY};
    m.hz = 440 * exp2((START_KEY - 69) / 12.0);
    TbStatus status = s ? TB_OK : tbi_no_memory("to read a scale");
    if (status == TB_OK)
        status = read_scale(scale, n_scale, s);
    if (scale_path)
        status = tb_fail_in(status, scale_path);
    if (status == TB_OK && mapping) {
        status = read_mapping(mapping, n_mapping, &m);
        if (mapping_path)
            status = tb_fail_in(status, mapping_path);
    }
    if (status == TB_OK)
        status = tune(s, &m, tuning);
    free(s);
    return status;
}

TbStatus tb_tuning_parse(const char *scale, size_t n_scale, const char *mapping, size_t n_mapping, float *tuning) {
    return parse(scale, n_scale, NULL, mapping, n_mapping, NULL, tuning);
}

TbStatus tb_tuning_read(const char *scale_path, const char *mapping_path, float *tuning) {
    void *scale = NULL, *mapping = NULL;
    size_t n_scale = 0, n_mapping = 0;
    TbStatus status = tb_read_file(scale_path, MOST_BYTES, &scale, &n_scale);
    if (status == TB_OK && mapping_path)
        status = tb_read_file(mapping_path, MOST_BYTES, &mapping, &n_mapping);
    if (status == TB_OK)
        status = parse(scale, n_scale, scale_path, mapping, n_mapping, mapping_path, tuning);
    free(scale);
    free(mapping);
    return status;
}
