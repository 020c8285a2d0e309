/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/midi_folder.h"
#include "app/files.h"
#include "app/numbers.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MOST_BYTES = 1 << 28,
    FEWEST_FILES = 4, /* of which whole ones are held out: */
    FEW_FILES = 16,   /* fewer than these: */
    EVERY_OF_FEW = 4, /* one of so many, as a single one would be a poor judge; */
    EVERY = 8,        /* of others one of so many, */
    FIRST = 3,        /* from this one on */
    FEWEST_BARS = 8,  /* of a file that is cut */
};

bool is_midi_file(const char *path) {
    static const char *const endings[] = {".mid", ".midi", ".kar"};
    unsigned char head[4];
    const char *dot = strrchr(path_base(path), '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return file_head(path, head, sizeof head) == sizeof head && memcmp(head, "MThd", sizeof head) == 0;
}

/* ---- drums on other channels ---- */

static bool is_named_drums(const char *name) {
    static const char *const words[] = {"drum", "perc", "kit"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i]))
            return true;
    return false;
}

/* Nine of ten notes have keys of drums. */
static bool has_drum_keys(const TbScore *s, size_t part) {
    size_t n = 0, drums = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].part == part) {
            n++;
            drums += tb_drum_class(tb_drum_map(NULL), s->notes[i].pitch) >= 0;
        }
    return n > 0 && 10 * drums >= 9 * n;
}

static void find_drums(MidiFile *file) {
    TbScore *s = &file->score;
    for (size_t p = 0; p < s->n_parts; p++)
        if (s->parts[p].channel == TB_SCORE_DRUM_CHANNEL)
            return;
    for (size_t p = 0; p < s->n_parts; p++)
        if (is_named_drums(s->parts[p].name) && has_drum_keys(s, p)) {
            snprintf(file->remark, sizeof file->remark, "its part \"%.40s\" on channel %d is taken for drums",
                     s->parts[p].name, s->parts[p].channel + 1);
            s->parts[p].channel = TB_SCORE_DRUM_CHANNEL;
        }
}

/* ---- reading ---- */

static bool same_notes(const TbScore *a, const TbScore *b) {
    return a->n_notes == b->n_notes && a->ticks_per_quarter == b->ticks_per_quarter &&
           memcmp(a->notes, b->notes, a->n_notes * sizeof *a->notes) == 0;
}

/* A sentence of an error as part of a line: "it is damaged". */
static void as_part(const char *sentence, char *text, size_t size) {
    static const char begin[] = "This file ";
    const bool own = strncmp(sentence, begin, sizeof begin - 1) == 0;
    snprintf(text, size, "%s%.*s", own ? "it " : "", (int)size - 4, own ? sentence + sizeof begin - 1 : sentence);
    const size_t n = strlen(text);
    if (n > 0 && text[n - 1] == '.')
        text[n - 1] = 0;
}

static void leave_out(MidiFile *file, const char *why) {
    as_part(why, file->left_out, sizeof file->left_out);
    tb_score_free(&file->score);
    file->score = (TbScore){0};
}

/* What each kind would have of the file. */
static TbStatus count(MidiFile *file) {
    bool any = false;
    char reason[200] = "it is too short: a melody of eight notes, or two bars of drums with four hits, are the least";
    for (int k = 0; k < MUSIC_KINDS; k++) {
        void *set;
        TbStatus status = music_kinds[k].set_new(&set);
        if (status)
            return status;
        status = music_kinds[k].add(set, &file->score, 0, false, &file->n[k]);
        music_kinds[k].set_free(set);
        if (status == TB_ERR_NO_MEMORY)
            return status;
        if (status) {
            file->n[k] = 0;
            as_part(tb_error_text(status), reason, sizeof reason);
        }
        any = any || file->n[k] > 0;
    }
    if (!any)
        leave_out(file, reason);
    return TB_OK;
}

static TbStatus read_file(MidiFolder *folder, MidiFile *file) {
    void *data = NULL;
    size_t n = 0;
    TbStatus status = tb_read_file(file->path, MOST_BYTES, &data, &n);
    if (status == TB_OK)
        status = tb_score_parse(data, n, &file->score);
    free(data);
    if (status == TB_ERR_NO_MEMORY)
        return status;
    if (status) {
        leave_out(file, tb_error_text(status));
        return TB_OK;
    }
    if (file->score.n_notes == 0) {
        leave_out(file, "it has no notes");
        return TB_OK;
    }
    for (const MidiFile *other = folder->files; other < file; other++)
        if (same_notes(&other->score, &file->score)) {
            char why[300];
            snprintf(why, sizeof why, "it has the same notes as \"%.200s\"", path_base(other->path));
            leave_out(file, why);
            return TB_OK;
        }
    if (*file->score.faults.damage)
        as_part(file->score.faults.damage, file->remark, sizeof file->remark);
    find_drums(file);
    return count(file);
}

static void choose_held_out(MidiFolder *folder, int kind) {
    size_t n = 0;
    for (size_t i = 0; i < folder->n_files; i++)
        folder->used_by[kind] += folder->files[i].n[kind] > 0;
    folder->cut[kind] = folder->used_by[kind] < FEWEST_FILES;
    const size_t every = folder->used_by[kind] < FEW_FILES ? EVERY_OF_FEW : EVERY;
    for (size_t i = 0; i < folder->n_files && !folder->cut[kind]; i++) {
        MidiFile *file = &folder->files[i];
        if (file->n[kind] == 0)
            continue;
        file->held_out[kind] = n++ % every == FIRST;
        folder->held_out[kind] += file->held_out[kind];
    }
}

static TbStatus nothing_to_learn(const MidiFolder *folder) {
    const MidiFile *first = &folder->files[0];
    return tb_fail(TB_ERR_EMPTY, "There is nothing to learn from in %zu MIDI file%s, such as \"%s\": %s.",
                   folder->n_files, plural(folder->n_files), first->path, first->left_out);
}

TbStatus midi_folder_read(char *const *paths, size_t n, TbProgress progress, void *context, MidiFolder *folder) {
    TbStatus status = TB_OK;
    *folder = (MidiFolder){.files = calloc(n + 1, sizeof *folder->files)};
    if (!folder->files)
        return tbi_no_memory("for the list of files");
    for (size_t i = 0; i < n && status == TB_OK; i++) {
        MidiFile *file = &folder->files[folder->n_files];
        if (!is_midi_file(paths[i]) && path_kind(paths[i]) != PATH_FOLDER) /* which cannot be read */
            continue;
        file->path = strdup(paths[i]);
        if (!file->path) {
            status = tbi_no_memory("for the list of files");
            break;
        }
        folder->n_files++;
        status = read_file(folder, file);
        folder->n_used += !*file->left_out;
        if (status == TB_OK && !progress(context, (double)i / (double)n, ""))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    for (int k = 0; k < MUSIC_KINDS; k++)
        choose_held_out(folder, k);
    if (status == TB_OK && folder->n_used == 0)
        status = nothing_to_learn(folder);
    if (status)
        midi_folder_free(folder);
    return status;
}

void midi_folder_free(MidiFolder *folder) {
    for (size_t i = 0; i < folder->n_files; i++) {
        free(folder->files[i].path);
        tb_score_free(&folder->files[i].score);
    }
    free(folder->files);
    *folder = (MidiFolder){0};
}

/* ---- sets ---- */

/* The bars before the last quarter, to learn from, and the others; all to learn from, if there are too few. */
static TbStatus add_in_two(MidiFolder *folder, const MidiFile *file, int kind, int group, void *set) {
    TbBars bars;
    TbStatus status = tb_bars_new(&file->score, tb_score_last_off(&file->score), &bars);
    if (status)
        return status;
    const size_t end = bars.n_bars, cut = end < FEWEST_BARS ? end : end - end / 4;
    tb_bars_free(&bars);
    for (int held_out = 0; held_out < (cut < end ? 2 : 1) && status == TB_OK; held_out++) {
        TbScore part;
        size_t n;
        status =
            held_out ? tb_score_cut(&file->score, cut, end - cut, &part) : tb_score_cut(&file->score, 0, cut, &part);
        if (status)
            return status;
        status = music_kinds[kind].add(set, &part, group, held_out, &n);
        folder->held_out[kind] += held_out && n > 0;
        tb_score_free(&part);
    }
    return status;
}

TbStatus midi_folder_fill(MidiFolder *folder, int kind, void *set) {
    TbStatus status = TB_OK;
    if (folder->cut[kind])
        folder->held_out[kind] = 0;
    for (size_t i = 0; i < folder->n_files && status == TB_OK; i++) {
        const MidiFile *file = &folder->files[i];
        if (file->n[kind] > 0)
            status = folder->cut[kind] ? add_in_two(folder, file, kind, (int)i, set)
                                       : music_kinds[kind].add(set, &file->score, (int)i, file->held_out[kind], NULL);
    }
    return status;
}

void midi_file_text(const MidiFile *file, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    if (*file->left_out) {
        snprintf(text, size, "left out: %s", file->left_out);
        return;
    }
    for (int k = 0; k < MUSIC_KINDS && at < size; k++)
        if (file->n[k] > 0)
            at += (size_t)snprintf(text + at, size - at, "%s%s %zu %s%s%s", at ? ", " : "", music_kinds[k].name,
                                   file->n[k], music_kinds[k].unit, plural(file->n[k]),
                                   file->held_out[k] ? " (held out)" : "");
    if (*file->remark && at < size)
        snprintf(text + at, size - at, "; %s", file->remark);
}
