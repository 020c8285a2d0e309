/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the index of all music that the networks which ship learned from: the pieces of split "train" in tables
 * (bench/rhythm_table.h). With --find it searches a file in an index, and prints how long that takes.
 *
 *   music_copies INDEX TABLE...
 *   music_copies INDEX --find MIDI... */
#include "base/clock.h"
#include "bench/program.h"
#include "bench/rhythm_table.h"

#include <stdio.h>

static void add(void *context, const RhythmRow *row, const TbScore *score) {
    if (strcmp(row->split, "train") == 0)
        need(tb_copy_index_add(context, row->title, score));
}

static void find(const TbCopyIndex *index, const char *path) {
    TbScore score;
    TbCopied copied;
    need(tb_score_read(path, &score));
    const double started = tbi_now();
    need(tb_copy_index_find(index, &score, &copied));
    printf("%s: %g notes (%s), %g bars of drums (%s); %.1f ms\n", path, copied.run, copied.name ? copied.name : "none",
           copied.drum_run, copied.drum_name ? copied.drum_name : "none", 1e3 * (tbi_now() - started));
    tb_score_free(&score);
}

int main(int argc, char **argv) {
    TbCopyIndex *index;
    usage_if(argc < 3, "music_copies INDEX TABLE... | INDEX --find MIDI...");
    const double started = tbi_now();
    need(tb_copy_index_new(&index));
    if (strcmp(argv[2], "--find") == 0) {
        need(tb_copy_index_read(index, argv[1]));
        printf("%zu pieces read in %.1f ms\n", tb_copy_index_count(index), 1e3 * (tbi_now() - started));
        for (int i = 3; i < argc; i++)
            find(index, argv[i]);
    } else {
        for (int i = 2; i < argc; i++)
            rhythm_table_read(argv[i], add, index);
        need(tb_copy_index_write(index, argv[1]));
        printf("%zu pieces\n", tb_copy_index_count(index));
    }
    tb_copy_index_free(index);
    return 0;
}
