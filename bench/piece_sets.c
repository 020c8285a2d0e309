/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piece_sets.h"
#include "bench/program.h"
#include "bench/score_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void piece_folder_read(const char *text, PieceFolder *f) {
    *f = (PieceFolder){.weight = 1};
    const int n = sscanf(text, "%4095[^:]:%31[^:]:%lf", f->folder, f->style, &f->weight);
    if (n < 1 || !(f->weight > 0) || (n > 1 && strcmp(f->style, "names") != 0 && tb_piece_style_find(f->style) < 0)) {
        fprintf(stderr, "\"%s\" is not FOLDER[:STYLE[:WEIGHT]].\n", text);
        exit(2);
    }
}

/* The first word that the name has says the style. Each row: a style, and its words. */
static int style_of_name(const char *path) {
    static const char *const styles[][2] = {
        {"ballad", "ballad lullaby"},
        {"blues", "blues boggie"},
        {"country", "country bluegrass zydeco"},
        {"funk", "fusion funk"},
        {"latin", "bossa samba latin rhumba mambo salsa chacha tango beguine bolero merengue cuban calypso son"},
        {"soul", "soul r&b"},
        {"reggae", "ska reggae"},
        {"march", "march polka"},
        {"gospel", "hymn spiritual gospel"},
        {"dance", "trance boneym disco"},
        {"folk", "folk"},
        {"swing", "swing foxtrot quickstep charleston dixie bigband ragtime jive"},
        {"jazz", "jazz bebop evans"},
        {"rock", "rock twist"},
        {"pop", "8beat pop broadway showtune"},
    };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        for (const char *word = styles[i][1], *end; *word; word = end + strspn(end, " ")) {
            end = word + strcspn(word, " ");
            for (const char *at = name; *at; at++)
                if (strncasecmp(at, word, (size_t)(end - word)) == 0)
                    return tb_piece_style_find(styles[i][0]);
        }
    return TB_PIECE_ANY_STYLE;
}

typedef struct {
    const PieceFolder *folder;
    PieceTake *take;
    void *context;
} Taking;

static void take_piece(void *context, const char *path, const TbScore *score) {
    const Taking *t = context;
    const char *style = t->folder->style;
    t->take(t->context, path, score,
            strcmp(style, "names") == 0 ? style_of_name(path)
            : *style                    ? tb_piece_style_find(style)
                                        : TB_PIECE_ANY_STYLE);
}

void piece_folder_each(const PieceFolder *f, const char *list, PieceTake *take, void *context) {
    Taking taking = {f, take, context};
    score_folder_each(f->folder, list, take_piece, &taking);
}

typedef struct {
    TbPieceSet *set;
    double weight;
    bool held_out;
} Adding;

static void add(void *context, const char *path, const TbScore *score, int style) {
    const Adding *a = context;
    TbStatus status = tb_piece_set_add(a->set, score, style, a->weight, a->held_out, NULL);
    if (status == TB_ERR_UNSUPPORTED)
        fprintf(stderr, "%s: %s\n", path, tb_error_text(status));
    else
        need(status);
}

void piece_folder_add(const PieceFolder *folder, const char *list, TbPieceSet *set, bool held_out) {
    Adding adding = {set, folder->weight, held_out};
    piece_folder_each(folder, list, add, &adding);
}
