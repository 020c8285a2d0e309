/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `timbrel info` says of a MIDI file. */
#include "app/info.h"
#include "app/numbers.h"
#include "base/no_memory.h"
#include "timbrel/score.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHORD_BARS = 8 /* whose chords are shown */, LONG_PIECE = 32 /* bars; its phrases have eight */ };

/* A text of limited length, written bit by bit. */
typedef struct {
    char text[600];
    size_t n;
} Line;

__attribute__((format(printf, 2, 3))) static void put(Line *line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->text + line->n, sizeof line->text - line->n, format, args);
    va_end(args);
    size_t left = sizeof line->text - 1 - line->n;
    line->n += n < 0 ? 0 : (size_t)n < left ? (size_t)n : left;
}

static bool recognises(const unsigned char *head, size_t n) {
    return (n >= 4 && memcmp(head, "MThd", 4) == 0) ||
           (n >= 12 && memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "RMID", 4) == 0);
}

/* ---- time ---- */

static double beats_a_minute(const TbScoreTempo *t) {
    return 6e7 / t->us_per_quarter;
}

static void tell_tempo(Info *info, const TbScore *s) {
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < s->n_tempos; i++) {
        low = fmin(low, beats_a_minute(&s->tempos[i]));
        high = fmax(high, beats_a_minute(&s->tempos[i]));
    }
    if (high - low < 0.05) {
        info_number(info, "tempo", round(100 * low) / 100, "BPM");
        return;
    }
    Line line = {.n = 0};
    put(&line, "%.4g to %.4g BPM, %zu changes", low, high, s->n_tempos - 1);
    info_text(info, "tempo", line.text);
}

static void tell_metre(Info *info, const TbScore *s, const TbBars *bars) {
    enum { SHOWN = 4 };
    Line line = {.n = 0};
    size_t n = 0;
    for (size_t i = 0; i < s->n_metres; i++) {
        const TbScoreMetre *m = &s->metres[i];
        if (i > 0 && m->numerator == m[-1].numerator && m->denominator == m[-1].denominator)
            continue;
        if (n > 0 && n < SHOWN)
            put(&line, ", %d/%d from bar %zu", m->numerator, m->denominator, tb_bars_find(bars, m->tick) + 1);
        else if (n == 0)
            put(&line, "%d/%d", m->numerator, m->denominator);
        n++;
    }
    if (n > SHOWN)
        put(&line, ", and %zu more changes", n - SHOWN);
    info_text(info, "metre", line.text);
}

/* ---- keys and chords ---- */

static void tell_key(Info *info, const TbKey *key) {
    char name[TB_CHORD_TEXT];
    if (key->tonic >= 0) {
        tb_key_name(*key, name);
        info_text(info, "key", name);
    }
}

static void tell_key_found(Info *info, const TbScore *s, const TbMeasures *m) {
    tell_key(info, &m->key);
    if (m->key.tonic >= 0)
        info_number(info, "key_clarity", m->key.clarity, "(1: the notes fit it perfectly)");
    if (s->n_keys > 0) {
        Line line = {.n = 0};
        int n = s->keys[0].sharps;
        put(&line, "%d %s%s, %s", abs(n), n < 0 ? "flat" : "sharp", plural((size_t)abs(n)),
            s->keys[0].minor ? "minor" : "major");
        info_text(info, "key_signature", line.text);
    }
}

/* A fifth for each sharp; a minor key is three semitones lower. */
static TbKey key_written(const TbScoreKey *key) {
    return (TbKey){.tonic = ((7 * key->sharps + (key->minor ? -3 : 0)) % 12 + 12) % 12, .minor = key->minor};
}

/* The chords of a list that begin before `to`, from *next on. */
static void put_bar(Line *line, const TbChordSpan *chords, size_t n, size_t *next, int32_t to, bool flats) {
    size_t first = *next;
    for (; *next < n && chords[*next].tick < to; ++*next) {
        char name[TB_CHORD_TEXT];
        tb_chord_name(chords[*next].chord, flats, name);
        put(line, "%s%s", *next > first ? " " : "", name);
    }
    if (*next == first)
        put(line, "%%");
}

/* The first bars: "F | C7 | F Gm7 | ..."; "%" repeats the bar before. */
static TbStatus tell_chords(Info *info, const TbScore *s, const TbBars *bars, const TbMeasures *m) {
    TbChordSpan *chords = NULL;
    size_t n = 0, next = 0, first = 0;
    Line line = {.n = 0};
    TbStatus status = tb_score_chords(s, true, &chords, &n);
    if (status)
        return status;
    first = n > 0 ? tb_bars_find(bars, chords[0].tick) : 0;
    for (size_t b = first; b < first + CHORD_BARS && b < bars->n_bars && n > 0; b++) {
        put(&line, b > first ? " | " : "");
        put_bar(&line, chords, n, &next, bars->line[b + 1], tb_key_flats(m->key));
    }
    if (next < n)
        put(&line, " ...");
    if (n > 0)
        info_text(info, s->n_chords ? "chords_written" : "chords", line.text);
    free(chords);
    return TB_OK;
}

static TbStatus tell_form(Info *info, const TbScore *s, size_t n_bars) {
    char *form;
    int phrase = n_bars >= LONG_PIECE ? 8 : 4;
    TbStatus status = tb_score_form(s, phrase, &form);
    if (status)
        return status;
    if (*form) {
        Line line = {.n = 0};
        put(&line, "%.500s (phrases of %d bars)", form, phrase);
        info_text(info, "form", line.text);
    }
    free(form);
    return TB_OK;
}

/* ---- parts ---- */

static void put_pitch(Line *line, int pitch, bool flats) {
    char name[TB_CHORD_TEXT];
    tb_chord_name((TbChord){.root = (int8_t)(pitch % 12), .kind = TB_CHORD_MAJOR, .bass = -1}, flats, name);
    put(line, "%s%d", name, pitch / 12 - 1);
}

static json_t *describe_part(const TbScore *s, size_t p, TbRole role, bool flats) {
    const TbScorePart *part = &s->parts[p];
    const char *program = role == TB_ROLE_DRUMS ? "" : tb_program_name(part->program);
    size_t n = 0;
    int low = 127, high = 0;
    for (size_t i = 0; i < s->n_notes; i++) {
        if (s->notes[i].part != p)
            continue;
        n++;
        low = s->notes[i].pitch < low ? s->notes[i].pitch : low;
        high = s->notes[i].pitch > high ? s->notes[i].pitch : high;
    }
    Line words = {.n = 0}, name = {.n = 0};
    put(&name, "part %zu", p + 1);
    put(&words, "%s", role == TB_ROLE_OTHER ? "accompaniment" : tb_role_name(role));
    if (*part->name)
        put(&words, ", \"%s\"", part->name);
    if (*program)
        put(&words, ", %s", program);
    put(&words, ", channel %d, %zu note%s", part->channel + 1, n, plural(n));
    if (role != TB_ROLE_DRUMS && n > 0) {
        put(&words, ", ");
        put_pitch(&words, low, flats);
        put(&words, " to ");
        put_pitch(&words, high, flats);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:i, s:i}", "name", name.text, "in_words", words.text,
                     "role", tb_role_name(role), "track_name", part->name, "program_name", program, "program",
                     part->program, "channel", part->channel + 1, "notes", (json_int_t)n, "lowest", low, "highest",
                     high);
}

static TbStatus tell_parts(Info *info, const TbScore *s, bool flats) {
    TbRole *role = malloc((s->n_parts + 1) * sizeof *role);
    TbStatus status = role ? tb_score_roles(s, role) : tbi_no_memory("to describe the file");
    json_t *parts = json_array();
    for (size_t p = 0; p < s->n_parts && status == TB_OK; p++)
        json_array_append_new(parts, describe_part(s, p, role[p], flats));
    free(role);
    if (status == TB_OK && s->n_parts == 1)
        info_text(info, "part", json_string_value(json_object_get(json_array_get(parts, 0), "in_words")));
    if (status == TB_OK)
        info_list(info, "parts", parts);
    else
        json_decref(parts);
    return status;
}

/* ---- measures and warnings ---- */

static void tell_number(Info *info, const char *key, double value, const char *unit) {
    if (isfinite(value))
        info_number(info, key, value, unit);
}

static void tell_measures(Info *info, const TbScore *s, const TbMeasures *m) {
    tell_number(info, "density", isfinite(m->density) ? m->density : m->drum_density, "notes a bar");
    tell_number(info, "polyphony", m->polyphony, "notes at once");
    tell_number(info, "scale_consistency", m->scale_consistency, "of the notes are in one scale");
    tell_number(info, "chord_tones", m->chord_tones, "of the melody's time is on notes of its chords");
    tell_number(info, "repeated_bars", isfinite(m->rep1) ? m->rep1 : m->drum_repeat, "of the bars");
    tell_number(info, "groove_consistency", isfinite(m->groove_consistency) ? m->groove_consistency : m->drum_groove,
                "(1: every bar has the rhythm of the one before)");
    tell_number(info, "swing", tb_score_swing(s), "% (50 straight, 67 triplets)");
    tell_number(info, "off_the_grid", m->timing_ms, "ms (deviation from the 16ths)");
    tell_number(info, "velocity_spread", m->vel_spread, "of 127 (deviation of the velocities)");
    json_t *all = json_object();
#define TELL(name) json_object_set_new(all, #name, info_value(m->name));
    TB_MEASURES(TELL)
    info_list(info, "measures", all);
}

static void warn_drums(Line *line, const TbScore *s) {
    uint64_t keys[2];
    size_t n = tb_score_unknown_drums(s, tb_drum_map(NULL), keys);
    if (n == 0)
        return;
    put(line, "%zu drum note%s of no known drum (key%s", n, plural(n),
        __builtin_popcountll(keys[0]) + __builtin_popcountll(keys[1]) == 1 ? "" : "s");
    for (int key = 0; key < 128; key++)
        if (keys[key / 64] >> key % 64 & 1)
            put(line, " %d", key);
    put(line, "). ");
}

static void tell_warnings(Info *info, const TbScore *s, const TbMeasures *m) {
    const TbScoreFaults *f = &s->faults;
    Line line = {.n = 0};
    if (*f->damage)
        put(&line, "%s ", f->damage);
    if (s->n_notes == 0)
        put(&line, "It has no notes. ");
    bool at_once = s->n_notes > 1 && s->notes[0].onset == s->notes[s->n_notes - 1].onset;
    if (at_once)
        put(&line, "All notes start at once. ");
    const struct {
        size_t n;
        const char *what, *more;
    } counts[] = {{f->bad_tempos, "tempo", "of 0 ignored"},
                  {f->bad_metres, "unknown metre", "ignored"},
                  {f->unclosed, "note", "never released: ended with the track"},
                  {f->stray_offs, "release", "without a note"},
                  {f->zero_length, "note", "of no length"},
                  {f->overlaps, "note", "on a key that still sounds"}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].n)
            put(&line, "%zu %s%s %s. ", counts[i].n, counts[i].what, plural(counts[i].n), counts[i].more);
    warn_drums(&line, s);
    if (s->n_notes > 0 && !m->ends_on_bar)
        put(&line, "It does not end on a bar line. ");
    if (line.n > 0)
        line.text[line.n - 1] = 0;
    if (line.n > 0)
        info_text(info, "warnings", line.text);
}

static TbStatus tell_harmony(Info *info, const TbScore *s, const TbBars *bars, const TbMeasures *m) {
    TbStatus status = m->key.tonic >= 0 ? tell_chords(info, s, bars, m) : TB_OK;
    return status == TB_OK && s->n_notes > 0 ? tell_form(info, s, (size_t)m->bars) : status;
}

static TbStatus measure(const TbScore *s, TbMeasures *m, TbBars *bars) {
    TbStatus status = tb_score_measure(s, TB_SCOPE_AUTO, m);
    return status ? status : tb_bars_new(s, s->end, bars);
}

TbStatus info_music(Info *info, const TbScore *s) {
    TbMeasures m;
    TbBars bars;
    TbStatus status = measure(s, &m, &bars);
    if (status)
        return status;
    if (s->n_keys > 0)
        m.key = key_written(&s->keys[0]);
    info_number(info, "bars", (double)bars.n_bars, "");
    tell_tempo(info, s);
    tell_metre(info, s, &bars);
    tell_key(info, &m.key);
    status = tell_harmony(info, s, &bars, &m);
    tb_bars_free(&bars);
    return status;
}

static TbStatus describe_score(const TbScore *s, Info *info) {
    TbMeasures m;
    TbBars bars;
    TbStatus status = measure(s, &m, &bars);
    if (status)
        return status;
    info_text(info, "kind", "MIDI file");
    if (*s->title)
        info_text(info, "title", s->title);
    info_number(info, "length", m.seconds, "s");
    info_number(info, "bars", m.bars, "");
    info_number(info, "notes", m.notes, "");
    tell_tempo(info, s);
    tell_metre(info, s, &bars);
    tell_key_found(info, s, &m);
    status = tell_harmony(info, s, &bars, &m);
    if (status == TB_OK)
        status = tell_parts(info, s, tb_key_flats(m.key));
    if (status == TB_OK) {
        tell_measures(info, s, &m);
        tell_warnings(info, s, &m);
    }
    tb_bars_free(&bars);
    return status;
}

static TbStatus describe(const char *path, Info *info) {
    TbScore score;
    TbStatus status = tb_score_read(path, &score);
    if (status)
        return status;
    status = tb_fail_in(describe_score(&score, info), path);
    tb_score_free(&score);
    return status;
}

const Describer describe_midi = {recognises, describe};
