/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel map: draws many sounds in latent space. */
#include "app/commands.h"
#include "app/inputs.h"
#include "app/map_json.h"
#include "app/map_sounds.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/parse.h"
#include "app/progress.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"
#include "timbrel/plot.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *output, *model, *size;
    bool json;
    int labels;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "FILE.png", .help = "picture to write (required without --json)",
     .offset = offsetof(Values, output)},
    {"size", 0, OPTION_TEXT, "WxH", .fallback = "1600x1100", .help = "size in pixels",
     .offset = offsetof(Values, size)},
    {"labels", 0, OPTION_CHOICE, "none|some|all", .fallback = "some",
     .help = "names to draw: none, those that fit, or all", .offset = offsetof(Values, labels)},
    {"json", 0, OPTION_FLAG, .help = "print names and positions as JSON", .offset = offsetof(Values, json)},
    MODEL_OPTION(Values, model),
};

static bool read_size(const char *text, int *width, int *height) {
    char copy[32];
    const char *cross = strchr(text, 'x');
    if (!cross || (size_t)(cross - text) >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)(cross - text), text);
    bool good = parse_int(copy, width) && parse_int(cross + 1, height);
    return good && *width >= 400 && *height >= 400 && *width <= 10000 && *height <= 10000;
}

static TbStatus check(const Values *v, int *width, int *height) {
    if (!read_size(v->size, width, height))
        return tb_fail(TB_ERR_ARGUMENT,
                       "--size wants a width and a height from 400 to 10000, such as 1600x1100, not \"%s\".", v->size);
    if (!v->output && !v->json)
        return tb_fail(TB_ERR_ARGUMENT, "--output FILE.png is missing: the picture to write.");
    return v->output ? picture_place_check(v->output) : TB_OK;
}

typedef struct {
    MapSounds sounds;
    float *xy;       /* [n][2] */
    size_t *nearest; /* [n] */
    double stress;
} Plane;

/* The orientation of the plane is arbitrary: flips it so that bright sounds are on the right. */
static void bright_to_the_right(const MapSounds *s, float *xy) {
    double mean = 0, together = 0;
    for (size_t i = 0; i < s->n; i++)
        mean += log2(s->sounds[i].hz) / (double)s->n;
    for (size_t i = 0; i < s->n; i++)
        together += xy[2 * i] * (log2(s->sounds[i].hz) - mean);
    for (size_t i = 0; i < s->n && together < 0; i++)
        xy[2 * i] = -xy[2 * i];
}

static TbStatus arrange(Plane *plane) {
    Progress progress;
    MapSounds *s = &plane->sounds;
    size_t size = tb_descriptor_size(s->latent_dim);
    plane->xy = malloc(2 * s->n * sizeof *plane->xy);
    plane->nearest = malloc(s->n * sizeof *plane->nearest);
    if (!plane->xy || !plane->nearest)
        return tbi_no_memory("for the map");
    progress_begin(&progress, "arranging");
    tb_descriptors_standardize(s->descriptors, s->n, s->latent_dim);
    tb_map_nearest(s->descriptors, s->n, size, plane->nearest);
    TbStatus status = tb_map_layout(s->descriptors, s->n, size, progress_report, &progress, plane->xy, &plane->stress);
    progress_end(&progress);
    if (status == TB_OK)
        bright_to_the_right(s, plane->xy);
    return status;
}

static void write_title(const MapSounds *s, char *title, size_t size) {
    if (s->n_groups > 1)
        snprintf(title, size, "%zu sounds", s->n);
    else if (s->lone_group == 0)
        snprintf(title, size, "%zu %s", s->n, s->groups[0]);
    else
        snprintf(title, size, "%s: %zu sounds", s->groups[0], s->n);
}

static TbStatus draw(const Values *v, const Plane *plane, int width, int height) {
    const MapSounds *s = &plane->sounds;
    char title[300];
    size_t n_unnamed = 0;
    TbArena memory = {0};
    const char **names = tbi_arena_alloc(&memory, s->n, sizeof *names);
    int *group = tbi_arena_alloc(&memory, s->n, sizeof *group);
    double *hz = tbi_arena_alloc(&memory, s->n, sizeof *hz);
    TbStatus status = memory.failed ? tbi_no_memory("for the map") : TB_OK;
    for (size_t i = 0; i < s->n && status == TB_OK; i++) {
        names[i] = s->sounds[i].name;
        group[i] = s->sounds[i].group;
        hz[i] = s->sounds[i].hz;
    }
    write_title(s, title, sizeof title);
    TbMap map = {.title = title,
                 .n = s->n,
                 .xy = plane->xy,
                 .names = names,
                 .group = group,
                 .groups = (const char *const *)s->groups,
                 .n_groups = s->n_groups,
                 .hz = hz,
                 .nearest = plane->nearest,
                 .width = width,
                 .height = height,
                 .labels = (TbMapLabels)v->labels};
    if (status == TB_OK)
        status = tb_plot_map(v->output, &map, &n_unnamed);
    if (status == TB_OK && n_unnamed > 0)
        fprintf(stderr, "There is no room for the name%s of %zu sound%s; use a larger --size, or --labels all.\n",
                plural(n_unnamed), n_unnamed, plural(n_unnamed));
    tbi_arena_free(&memory);
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    int width, height;
    TbModel *model = NULL;
    Plane plane = {0};
    TbStatus status = check(v, &width, &height);
    if (status == TB_OK)
        status = map_find(operands, n_operands, &plane.sounds);
    if (status == TB_OK)
        status = model_load(v->model, &model);
    if (status == TB_OK)
        status = map_listen(model, &plane.sounds);
    if (status == TB_OK)
        status = arrange(&plane);
    if (status == TB_OK && v->output)
        status = draw(v, &plane, width, height);
    if (status == TB_OK && v->json)
        status = map_json(&plane.sounds, plane.xy, plane.nearest, plane.stress);
    free(plane.xy);
    free(plane.nearest);
    map_sounds_free(&plane.sounds);
    tb_model_free(model);
    return status;
}

const Command cmd_map = COMMAND(
    "map", "Draw a map of many sounds: similar sounds are close together", "[FOLDER...]", 0, INT_MAX,
    "FOLDER contains sound files and encoded sounds; single files and bundled sounds may be given, too. Without\n"
    "FOLDER the map shows the bundled sounds. 3 to 2000 sounds. Dots are coloured by folder if there are\n"
    "several, else by brightness (as `timbrel info` prints it). Files that cannot be read are named and\n"
    "skipped. Pitch does not count: notes of one instrument are close together. Distances are those between\n"
    "the sounds' latents (attack, body, movement) and loudness envelopes, as well as a plane can show them.\n"
    "Directions have no meaning, except that bright sounds tend to be on the right.\n\n"
    "  timbrel map drums strings -o map.png\n");
