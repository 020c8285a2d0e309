/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/music_report.h"
#include "app/files.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/train_values.h"
#include "base/no_memory.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_SHOWN = 40 };
static const double MUCH = 0.1, LITTLE = 0.02; /* shares by which the error fell */

/* ---- in words ---- */

static double fewer(const MusicResult *r) {
    return isfinite(r->before) && r->before > 0 ? 1 - r->after / r->before : 0;
}

static bool is_judged(const MusicResult *r) {
    return r->held_out > 0 && isfinite(r->before) && isfinite(r->after);
}

static void verdict(const MusicResult *r, char *text, size_t size) {
    const double better = fewer(r);
    const size_t n = r->held_out;
    char files[80];
    if (r->cut)
        snprintf(files, sizeof files, "the held-out end%s of your %zu file%s", plural(n), n, plural(n));
    else
        snprintf(files, sizeof files, "your %zu held-out file%s", n, plural(n));
    if (better > LITTLE)
        snprintf(text, size, "foresees %s %.0f %% better: it has %s", files, 100 * better,
                 better > MUCH ? "taken up your style"
                               : "come a little nearer to your style; more files will help more than more time");
    else
        snprintf(text, size, "foresees %s no better than before: it knew your style already, or needs more files",
                 files);
}

/* What the network of a kind does: text[size], a sentence without its subject. */
static void result_text(const MidiFolder *folder, const MusicResult *r, int kind, char *text, size_t size) {
    if (!r->trained)
        snprintf(text, size, "%s",
                 r->interrupted               ? "has not begun"
                 : folder->used_by[kind] == 0 ? "finds nothing in these files, and stays as it was"
                                              : "stays as it was");
    else if (is_judged(r))
        verdict(r, text, size);
    else
        snprintf(text, size, "learned in %llu steps; %s, so nothing says how well", (unsigned long long)r->steps,
                 r->held_out ? "it was stopped before the first check" : "too little to hold anything out");
}

void music_results_text(const MidiFolder *folder, const MusicResult *result, char *text, size_t size) {
    size_t at = (size_t)snprintf(text, size, "%zu MIDI file%s", folder->n_used, plural(folder->n_used));
    for (int k = 0; k < MUSIC_KINDS; k++)
        if (result[k].trained && at < size) {
            at += (size_t)snprintf(text + at, size - at, "; %s", music_kinds[k].plural);
            if (is_judged(&result[k]) && at < size)
                at += (size_t)snprintf(text + at, size - at, " foreseen %.0f %% better",
                                       100 * fmax(0, fewer(&result[k])));
        }
}

void music_results_print(const MidiFolder *folder, const MusicResult *result) {
    for (int k = 0; k < MUSIC_KINDS; k++) {
        char text[400];
        result_text(folder, &result[k], k, text, sizeof text);
        printf("The network of %s %s.\n", music_kinds[k].plural, text);
    }
}

/* ---- the table of files ---- */

static int name_width(const MidiFolder *folder) {
    size_t width = 0;
    for (size_t i = 0; i < folder->n_files; i++) {
        const size_t n = strlen(path_base(folder->files[i].path));
        width = n > width ? n : width;
    }
    return (int)(width < 40 ? width : 40);
}

static void print_rows(FILE *out, const MidiFolder *folder, size_t most, bool only_left_out) {
    const int width = name_width(folder);
    size_t shown = 0, wanted = 0;
    for (size_t i = 0; i < folder->n_files; i++) {
        const MidiFile *file = &folder->files[i];
        char text[700];
        if (only_left_out && !*file->left_out)
            continue;
        wanted++;
        if (shown == most)
            continue;
        shown++;
        midi_file_text(file, text, sizeof text);
        fprintf(out, "  %-*s  %s\n", width, path_base(file->path), text);
    }
    if (shown < wanted)
        fprintf(out, "  ... and %zu more, all in the report\n", wanted - shown);
}

static void print_sum(FILE *out, const MidiFolder *folder) {
    const size_t left_out = folder->n_files - folder->n_used;
    fprintf(out, "%zu MIDI file%s", folder->n_files, plural(folder->n_files));
    if (left_out)
        fprintf(out, ", %zu left out", left_out);
    for (int k = 0; k < MUSIC_KINDS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < folder->n_files; i++)
            n += folder->files[i].n[k];
        if (n)
            fprintf(out, "; %s from %zu: %zu %s%s", music_kinds[k].plural, folder->used_by[k], n, music_kinds[k].unit,
                    plural(n));
    }
    fprintf(out, "\n");
}

void midi_folder_print(const MidiFolder *folder) {
    print_sum(stdout, folder);
    print_rows(stdout, folder, ROWS_SHOWN, folder->n_files > ROWS_SHOWN);
    fflush(stdout);
}

/* ---- the report ---- */

static TbStatus write_text(const char *path, const MidiFolder *folder, const MusicResult *result, double seconds) {
    char *text = NULL, line[400];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return tbi_no_memory("for the training report");
    print_sum(out, folder);
    for (int k = 0; k < MUSIC_KINDS; k++) {
        result_text(folder, &result[k], k, line, sizeof line);
        fprintf(out, "%-10s  %s\n", music_kinds[k].plural, line);
        if (result[k].trained && is_judged(&result[k]))
            fprintf(out, "%-10s  held-out error %.3f nats a %s, %.3f before\n", "", result[k].after, music_kinds[k].per,
                    result[k].before);
        if (result[k].trained)
            fprintf(out, "%-10s  %llu steps%s\n", "", (unsigned long long)result[k].steps,
                    result[k].interrupted ? "; stopped before its end" : "");
    }
    fprintf(out, "%-10s  %.0f s\n\n", "time", seconds);
    print_rows(out, folder, SIZE_MAX, false);
    const bool failed = ferror(out);
    TbStatus status =
        fclose(out) == 0 && !failed ? tb_write_file(path, text, n) : tbi_no_memory("for the training report");
    free(text);
    return status;
}

/* Errors on what is held out, in percent of those before. */
static TbStatus draw(const char *path, const MusicResult *result) {
    TbLine lines[MUSIC_KINDS];
    double *block[MUSIC_KINDS] = {NULL};
    int n = 0;
    TbStatus status = TB_OK;
    for (int k = 0; k < MUSIC_KINDS && status == TB_OK; k++) {
        const MusicResult *r = &result[k];
        if (!r->trained || r->held_out == 0)
            continue;
        double *x = block[k] = malloc(2 * (r->n_points + 1) * sizeof *x), *y = x ? x + r->n_points + 1 : NULL;
        if (!x) {
            status = tbi_no_memory("for the training report");
            break;
        }
        x[0] = 0, y[0] = 100;
        for (size_t i = 0; i < r->n_points; i++) {
            x[i + 1] = (double)r->points[i].step;
            y[i + 1] = 100 * r->points[i].held_out / r->before;
        }
        lines[n++] = (TbLine){music_kinds[k].plural, x, y, r->n_points + 1};
    }
    if (status == TB_OK && n > 0)
        status = tb_plot_lines(path, "How well the networks know your style", "steps of training",
                               "error on held-out files, % of before", lines, (size_t)n);
    for (int k = 0; k < MUSIC_KINDS; k++)
        free(block[k]);
    return status;
}

TbStatus music_report_write(const char *model_path, const MidiFolder *folder, const MusicResult *result,
                            double seconds) {
    char *text = train_beside(model_path, ".report.txt"), *picture = train_beside(model_path, ".report.png");
    TbStatus status = text && picture ? TB_OK : tbi_no_memory("for the training report");
    if (status == TB_OK)
        status = write_text(text, folder, result, seconds);
    picture_tell_left_out(status);
    if (status == TB_OK && PICTURES)
        status = draw(picture, result);
    free(text);
    free(picture);
    return status;
}
