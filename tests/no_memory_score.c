/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: scores. */
#include "tests/no_memory.h"
#include "tests/score_pieces.h"
#include "timbrel/plot.h"
#include "timbrel/score.h"

#include <stdlib.h>
#include <unistd.h>

/* A piece with drums and pitched parts, made once; never freed. */
static const TbScore *song(void) {
    static TbScore s;
    for (uint64_t seed = 1; s.n_parts < 3 || s.parts[s.n_parts - 1].channel != TB_SCORE_DRUM_CHANNEL; seed++) {
        tb_score_free(&s);
        s = piece(seed);
    }
    return &s;
}

static TbStatus score_new(Out *out) {
    return tb_score_new(480, &out->score);
}

static TbStatus score_copy(Out *out) {
    return tb_score_copy(song(), &out->score);
}

static TbStatus add_all(TbScore *s) {
    TbStatus status = TB_OK;
    for (int i = 0; i < 3 && status == TB_OK; i++) {
        status = tb_score_add_part(s, "part", 0, i, NULL);
        status = status ? status : tb_score_add_note(s, (TbScoreNote){100 * i, 10, 60, 90, 0});
        status = status ? status : tb_score_add_tempo(s, 100 * i, 400000);
        status = status ? status : tb_score_add_metre(s, 100 * i, 3, 4);
        status = status ? status : tb_score_add_key(s, 100 * i, 1, false);
        status = status ? status : tb_score_add_chord(s, 100 * i, "Am");
    }
    return status;
}

static TbStatus score_add(Out *out) {
    TbScore s;
    (void)out;
    TbStatus status = tb_score_new(480, &s);
    if (status)
        return status;
    status = add_all(&s);
    tb_score_free(&s);
    return status;
}

static TbStatus score_parse(Out *out) {
    static void *data;
    static size_t n;
    TbStatus status = data ? TB_OK : tb_score_print(song(), &data, &n);
    return status ? status : tb_score_parse(data, n, &out->score);
}

static TbStatus score_read(Out *out) {
    const char *path = scratch_file("score.mid");
    if (access(path, F_OK))
        (void)!tb_score_write(song(), path);
    return tb_score_read(path, &out->score);
}

static TbStatus score_print(Out *out) {
    return tb_score_print(song(), &out->list.items, &out->list.n);
}

static TbStatus score_write(Out *out) {
    (void)out;
    return tb_score_write(song(), scratch_file("written.mid"));
}

static TbStatus bars_new(Out *out) {
    return tb_bars_new(song(), song()->ticks_per_quarter * 400, &out->bars);
}

static void free_bars(Out *out) {
    tb_bars_free(&out->bars);
}

static TbStatus roles(Out *out) {
    (void)out;
    TbRole role[16];
    return tb_score_roles(song(), role);
}

static TbStatus key(Out *out) {
    (void)out;
    TbKey found;
    return tb_score_key(song(), TB_SCOPE_ALL, &found);
}

static TbStatus find_chords(Out *out) {
    return tb_score_find_chords(song(), true, (TbChordSpan **)&out->list.items, &out->list.n);
}

static TbStatus chords(Out *out) {
    return tb_score_chords(song(), true, (TbChordSpan **)&out->list.items, &out->list.n);
}

static TbStatus form(Out *out) {
    return tb_score_form(song(), 4, (char **)&out->p);
}

static TbStatus measure(Out *out) {
    (void)out;
    TbMeasures m;
    return tb_score_measure(song(), TB_SCOPE_AUTO, &m);
}

static TbStatus style(Out *out) {
    (void)out;
    TbStyle found;
    return tb_score_style(song(), TB_SCOPE_AUTO, &found);
}

static TbStatus style_compare(Out *out) {
    (void)out;
    static TbStyle styles[3];
    TbStyleDistance d;
    for (int i = 0; i < 3; i++)
        styles[i].value[0] = i;
    return tb_style_compare(styles, 3, styles, 3, &d);
}

static TbStatus index_of_song(TbCopyIndex **index) {
    TbStatus status = tb_copy_index_new(index);
    return status ? status : tb_copy_index_add(*index, "song", song());
}

static TbStatus copy_index(Out *out) {
    (void)out;
    TbCopyIndex *index;
    TbCopied copied;
    TbStatus status = index_of_song(&index);
    if (status == TB_OK)
        status = tb_copy_index_find(index, song(), &copied);
    tb_copy_index_free(index);
    return status;
}

static TbStatus copy_index_file(Out *out) {
    (void)out;
    TbCopyIndex *index, *back = NULL;
    void *data = NULL;
    size_t n;
    TbStatus status = index_of_song(&index);
    if (status == TB_OK)
        status = tb_copy_index_print(index, &data, &n);
    if (status == TB_OK)
        status = tb_copy_index_new(&back);
    if (status == TB_OK)
        status = tb_copy_index_parse(back, data, n);
    free(data);
    tb_copy_index_free(index);
    tb_copy_index_free(back);
    return status;
}

static TbStatus copy_index_read(Out *out) {
    (void)out;
    TbCopyIndex *index;
    TbStatus status = index_of_song(&index);
    if (status == TB_OK)
        status = tb_copy_index_write(index, scratch_file("song.copies"));
    if (status == TB_OK)
        status = tb_copy_index_read(index, scratch_file("song.copies"));
    if (status == TB_OK)
        unlink(scratch_file("song.copies"));
    tb_copy_index_free(index);
    return status;
}

static TbStatus plot_track(Out *out) {
    (void)out;
    return tb_plot_track(scratch_file("track.png"), song(), &things.audio, NULL, "title");
}

static TbStatus plot_score(Out *out) {
    (void)out;
    return tb_plot_score(scratch_file("score.png"), song(), "title");
}

const NoMemoryCase cases_score[] = {
    {.covers = "tb_score_new", .run = score_new, .release = free_score},
    {.covers = "tb_score_copy", .run = score_copy, .release = free_score},
    {.covers = "tb_score_add_part tb_score_add_note tb_score_add_tempo tb_score_add_metre tb_score_add_key "
               "tb_score_add_chord",
     .run = score_add},
    {.covers = "tb_score_parse", .run = score_parse, .release = free_score},
    {.covers = "tb_score_read", .run = score_read, .release = free_score},
    {.covers = "tb_score_print", .run = score_print, .release = free_list},
    {.covers = "tb_score_write", .run = score_write, .writes = "written.mid"},
    {.covers = "tb_bars_new", .run = bars_new, .release = free_bars},
    {.covers = "tb_score_roles", .run = roles},
    {.covers = "tb_score_key", .run = key},
    {.covers = "tb_score_find_chords", .run = find_chords, .release = free_list},
    {.covers = "tb_score_chords", .run = chords, .release = free_list},
    {.covers = "tb_score_form", .run = form, .release = free_p},
    {.covers = "tb_score_measure", .run = measure},
    {.covers = "tb_score_style", .run = style},
    {.covers = "tb_style_compare", .run = style_compare},
    {.covers = "tb_copy_index_new tb_copy_index_add tb_copy_index_find", .run = copy_index},
    {.covers = "tb_copy_index_print tb_copy_index_parse", .run = copy_index_file},
    {.covers = "tb_copy_index_write tb_copy_index_read", .run = copy_index_read},
    {.covers = "tb_plot_track", .run = plot_track, .writes = "track.png", .slow = true},
    {.covers = "tb_plot_score", .run = plot_score, .writes = "score.png", .slow = true},
    {.run = NULL},
};
