/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piece_sets.h"
#include "bench/score_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void piece_need(TbStatus status) {
    if (status == TB_OK)
        return;
    fprintf(stderr, "%s\n", tb_error_text(status));
    exit(1);
}

void piece_folder_read(const char *text, PieceFolder *f) {
    *f = (PieceFolder){.weight = 1};
    const int n = sscanf(text, "%4095[^:]:%31[^:]:%lf", f->folder, f->style, &f->weight);
    if (n < 1 || !(f->weight > 0) || (n > 1 && strcmp(f->style, "names") != 0 && tb_piece_style_find(f->style) < 0)) {
        fprintf(stderr, "\"%s\" is not FOLDER[:STYLE[:WEIGHT]].\n", text);
        exit(2);
    }
}

/* The first word that the name has says the style. */
static int style_of_name(const char *path) {
    static const char *const words[][2] = {
        {"ballad", "ballad"},   {"lullaby", "ballad"},    {"blues", "blues"},      {"boggie", "blues"},
        {"country", "country"}, {"bluegrass", "country"}, {"zydeco", "country"},   {"fusion", "funk"},
        {"funk", "funk"},       {"bossa", "latin"},       {"samba", "latin"},      {"latin", "latin"},
        {"rhumba", "latin"},    {"mambo", "latin"},       {"salsa", "latin"},      {"chacha", "latin"},
        {"tango", "latin"},     {"beguine", "latin"},     {"bolero", "latin"},     {"merengue", "latin"},
        {"cuban", "latin"},     {"calypso", "latin"},     {"son", "latin"},        {"soul", "soul"},
        {"r&b", "soul"},        {"ska", "reggae"},        {"reggae", "reggae"},    {"march", "march"},
        {"polka", "march"},     {"hymn", "gospel"},       {"spiritual", "gospel"}, {"gospel", "gospel"},
        {"trance", "dance"},    {"boneym", "dance"},      {"disco", "dance"},      {"folk", "folk"},
        {"swing", "swing"},     {"foxtrot", "swing"},     {"quickstep", "swing"},  {"charleston", "swing"},
        {"dixie", "swing"},     {"bigband", "swing"},     {"ragtime", "swing"},    {"jive", "swing"},
        {"jazz", "jazz"},       {"bebop", "jazz"},        {"evans", "jazz"},       {"rock", "rock"},
        {"twist", "rock"},      {"8beat", "pop"},         {"pop", "pop"},          {"broadway", "pop"},
        {"showtune", "pop"},
    };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (const char *at = name; *at; at++)
            if (strncasecmp(at, words[i][0], strlen(words[i][0])) == 0)
                return tb_piece_style_find(words[i][1]);
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
        piece_need(status);
}

void piece_folder_add(const PieceFolder *folder, const char *list, TbPieceSet *set, bool held_out) {
    Adding adding = {set, folder->weight, held_out};
    piece_folder_each(folder, list, add, &adding);
}
