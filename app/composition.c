/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/composition.h"
#include "app/files.h"
#include "app/written.h"
#include "base/no_memory.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DRAFTS = 5, /* written at most until one is no copy */
    STEPS = 8,  /* of an interpolation */
    LARGEST_FILE = 1 << 28,
};
#define SOME 0.3 /* of a variation */

/* The networks of a file, and what it says that they learned from, beside what is known of those built in. */
static TbStatus load_file(const char *path, TbMusicModels *models, TbCopyIndex *learned) {
    void *data;
    size_t n;
    TbStatus status = tb_read_file(path, LARGEST_FILE, &data, &n);
    if (status)
        return status;
    status = tb_music_models_parse(data, n, models);
    if (status == TB_OK)
        status = tb_music_copies_parse(learned, data, n);
    free(data);
    return tb_fail_in(status, path);
}

TbStatus composition_models(const char *path, TbMusicModels *models, TbCopyIndex **learned) {
    size_t n;
    TbStatus status = tb_music_copies(learned);
    if (status)
        return status;
    if (!is_default_model(path))
        return load_file(path, models, *learned);
    const void *data = tb_music_data(&n);
    if (!data)
        return tb_fail(TB_ERR_UNSUPPORTED, "This build of Timbrel has no networks of music; name a file of them with "
                                           "--model.");
    return tb_music_models_parse(data, n, models);
}

static TbStatus load_score(const char *path, TbScore *score) {
    TbStatus status = tb_score_read(path, score);
    if (status == TB_OK && score->n_notes == 0) {
        tb_score_free(score);
        status = tb_fail(TB_ERR_EMPTY, "\"%s\" has no notes; name a MIDI file with music in it.", path);
    }
    if (status == TB_OK && *score->faults.damage)
        fprintf(stderr, "\"%s\": %s\n", path, score->faults.damage);
    return status;
}

/* Looks for what the networks have written in what they learned from; of several scores the longest run counts. */
static TbStatus find_copies(const TbScore *score, const TbScore given[2], Composition *c) {
    TbScore written;
    TbCopied copied = {.run = NAN};
    TbStatus status = written_notes(score, given, 2, &written);
    if (status == TB_OK && written.n_notes > 0) {
        c->written = true;
        status = tb_copy_index_find(c->learned, &written, &copied);
    }
    if (status == TB_OK && (copied.run > c->copied.run || isnan(c->copied.run)))
        c->copied = copied;
    tb_score_free(&written);
    return status;
}

/* Of a step between two scores the networks write the melody; drums are between those of the two. */
static TbStatus find_copied_melody(const TbScore *step, const TbScore given[2], Composition *c) {
    TbScore melody = {.notes = NULL};
    TbRole *role = calloc(step->n_parts + 1, sizeof *role);
    bool *keep = calloc(step->n_parts + 1, sizeof *keep);
    TbStatus status = role && keep ? tb_score_roles(step, role) : tbi_no_memory("to look for copies");
    if (status == TB_OK)
        status = tb_score_copy(step, &melody);
    for (size_t i = 0; i < step->n_parts && status == TB_OK; i++)
        keep[i] = role[i] == TB_ROLE_MELODY;
    if (status == TB_OK) {
        tb_score_keep_parts(&melody, keep);
        status = find_copies(&melody, given, c);
    }
    tb_score_free(&melody);
    free(role);
    free(keep);
    return status;
}

/* One track that goes from one score to the other. */
static TbStatus interpolate(const TbMusicModels *models, const ComposeRequest *r, const TbComposeOptions *o,
                            const TbScore given[2], Composition *c) {
    size_t n = r->values->steps ? (size_t)r->values->steps : STEPS;
    TbScore *step = calloc(n, sizeof *step);
    TbStatus status = step ? tb_compose_interpolate(models, &given[0], &given[1], n, o, step)
                           : tbi_no_memory("for the steps between two scores");
    for (size_t i = 1; i + 1 < n && status == TB_OK; i++)
        status = find_copied_melody(&step[i], given, c);
    if (status == TB_OK) {
        c->score = step[0];
        step[0] = (TbScore){.notes = NULL};
    }
    for (size_t i = 1; i < n && status == TB_OK; i++)
        status = tb_score_append(&c->score, &step[i]);
    for (size_t i = 0; step && i < n; i++)
        tb_score_free(&step[i]);
    free(step);
    return status;
}

/* Writes a new score with the networks, alone or to a given one. */
static TbStatus write_new(const TbMusicModels *models, const ComposeRequest *r, TbComposeOptions o,
                          const TbScore *given, Composition *c) {
    TbComposeReport report;
    o.locked = r->what == COMPOSE_LOCKED ? given : NULL;
    o.primer = r->what != COMPOSE_LOCKED && r->file[0] ? given : NULL;
    o.continues = r->what == COMPOSE_CONTINUE;
    o.without_primer = r->values->without_primer;
    TbStatus status = tb_compose(models, &o, &c->score, &report);
    if (status == TB_OK) {
        c->style = tb_compose_style_name(report.style);
        c->swing = report.swing;
        c->first = o.without_primer ? 0 : report.first;
    }
    return status;
}

/* Writes a draft, and finds what of it is a copy. On failure c->score may have what is to be freed. */
static TbStatus write_draft(const TbMusicModels *models, const ComposeRequest *r, const TbComposeOptions *o,
                            const TbScore given[2], Composition *c) {
    static const TbScore none[2];
    double amount = r->values->amount;
    TbStatus status = TB_OK;
    c->copied = (TbCopied){.run = NAN};
    switch (r->what) {
    case COMPOSE_INTERPOLATE:
        return interpolate(models, r, o, given, c);
    case COMPOSE_HUMANISE:
        return tb_compose_humanise(models, given, isfinite(amount) ? amount : 1, o, &c->score);
    case COMPOSE_VARY:
        status = tb_compose_vary(models, given, isfinite(amount) ? amount : SOME, o, &c->score);
        break;
    case COMPOSE_HARMONISE:
        status = tb_compose_harmonise(models, given, o, &c->score);
        break;
    default:
        status = write_new(models, r, *o, given, c);
    }
    return status ? status : find_copies(&c->score, r->values->without_primer ? none : given, c);
}

/* The copied run of a draft, in notes; 0: none. */
static double copied_run(const TbCopied *copied) {
    return copied->run > 0 ? copied->run : 0;
}

/* The seed of a draft: that of the first is the user's own. */
static uint64_t seed_of(uint64_t seed, int draft) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int k = 0; k < draft; k++)
        seed = (uint64_t)tb_rng_next(&rng) << 16 | k;
    return seed;
}

/* Writes until the result is no copy; keeps the draft with the shortest copied run. New notes are written again, also
 * after a primer or to locked parts; a changed score (varied, humanised, harmonised, interpolated) is made once. */
static TbStatus write_drafts(const TbMusicModels *models, const ComposeRequest *r, Part *progress,
                             const TbScore given[2], Composition *c) {
    const int most = r->what <= COMPOSE_CONTINUE && !r->values->allow_copies ? DRAFTS : 1;
    double least = INFINITY;
    TbScore best = {.notes = NULL};
    TbCopied copied = {.run = NAN};
    TbStatus status = TB_OK;
    for (int i = 0; i < most && status == TB_OK && least > COPY_NOTES; i++) {
        TbComposeOptions o = r->options;
        o.seed = seed_of(o.seed, i);
        o.progress = part_report;
        o.context = progress;
        status = write_draft(models, r, &o, given, c);
        if (status == TB_OK && (i == 0 || copied_run(&c->copied) < least)) {
            tb_score_free(&best);
            best = c->score;
            c->score = (TbScore){.notes = NULL};
            copied = c->copied;
            least = copied_run(&copied);
        }
        tb_score_free(&c->score);
        c->drafts = i;
    }
    c->score = best;
    c->copied = copied;
    return status;
}

/* What is wrong with the files that are given: both are named if it may be either. */
static TbStatus name_files(TbStatus status, const ComposeRequest *r) {
    if ((status != TB_ERR_EMPTY && status != TB_ERR_UNSUPPORTED) || !r->file[0])
        return status;
    if (!r->file[1])
        return tb_fail_in(status, r->file[0]);
    return tb_fail(status, "\"%s\" and \"%s\": %s", r->file[0], r->file[1], tb_error_text(status));
}

TbStatus composition_make(const ComposeRequest *r, Part progress, Composition *c) {
    TbMusicModels models = {.rhythm = NULL};
    TbScore given[2] = {{.notes = NULL}, {.notes = NULL}};
    *c = (Composition){.style = r->values->style ? r->values->style : "any", .swing = NAN};
    TbStatus status = TB_OK;
    for (int i = 0; i < 2 && r->file[i] && status == TB_OK; i++)
        status = load_score(r->file[i], &given[i]);
    if (status == TB_OK)
        status = composition_models(r->values->model, &models, &c->learned);
    if (status == TB_OK)
        status = name_files(write_drafts(&models, r, &progress, given, c), r);
    if (status == TB_OK && c->score.n_notes == 0)
        status = tb_fail(TB_ERR_EMPTY, "The networks have written no notes; ask for other parts or another seed.");
    tb_music_models_free(&models);
    for (int i = 0; i < 2; i++)
        tb_score_free(&given[i]);
    if (status)
        composition_free(c);
    return status;
}

void composition_free(Composition *c) {
    tb_score_free(&c->score);
    tb_copy_index_free(c->learned);
    *c = (Composition){.style = "any"};
}
