/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel morph: one sound between two or more others. */
#include "app/commands.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/morph_picture.h"
#include "app/named_sound.h"
#include "app/output.h"
#include "app/progress.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOADING 0.7 /* share of the progress bar for analysis */

typedef struct {
    OutputValues output;
    const char *model, *picture;
    OptionRange mix, timbre, pitch, loudness;
    double timing;
    int steps;
    OptionList weights;
} Values;

#define PART_OPTION(name, field, text)                                                                                 \
    { name, 0, OPTION_RANGE, "X", .low = 0, .high = 1, .help = text, .offset = offsetof(Values, field) }

static const Option options[] = {
    OUTPUT_OPTIONS(Values, output),
    {"mix", 'x', OPTION_RANGE, "X", .low = 0, .high = 1,
     .help = "0 first sound, 1 second (default 0.5); 0..1 glides between them", .offset = offsetof(Values, mix)},
    {"steps", 'n', OPTION_INT, "N", .low = 2, .high = 1000,
     .help = "write N sounds at even steps: OUT_0, OUT_1 ... (OUT_00 ... if N is 10 or more)",
     .offset = offsetof(Values, steps)},
    {"weights", 'w', OPTION_LIST, "A,B,...", .low = 0, .high = 1e6, .help = "weight of each sound (default: equal)",
     .offset = offsetof(Values, weights)},
    PART_OPTION("timbre-mix", timbre, "mix of the timbre"),
    PART_OPTION("pitch-mix", pitch, "mix of the pitch"),
    PART_OPTION("loudness-mix", loudness, "mix of the loudness"),
    {"timing-mix", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "mix of lengths and onsets",
     .offset = offsetof(Values, timing)},
    MONO_OPTION(Values, output),
    {"picture", 'p', OPTION_TEXT, "FILE.png", .help = "draw the sounds and the morph",
     .offset = offsetof(Values, picture)},
    MODEL_OPTION(Values, model),
};

typedef struct {
    const Values *values;
    TbModel *model;
    char *const *names;
    size_t n;
    Input inputs[TB_MORPH_MAX];
    const TbSound *sounds[TB_MORPH_MAX];
    double rate;
    MorphPicture picture;
    Progress progress;
} Work;

/* ---- mixes ---- */

static TbStatus check(const Values *v, size_t n) {
    bool parts =
        isfinite(v->timbre.from) || isfinite(v->pitch.from) || isfinite(v->loudness.from) || isfinite(v->timing);
    bool mixes = isfinite(v->mix.from) || v->steps || parts;
    double sum = 0;
    for (int i = 0; i < v->weights.n; i++)
        sum += v->weights.values[i];
    if (v->weights.n > 0 && mixes)
        return tb_fail(TB_ERR_ARGUMENT, "--weights cannot be used together with --mix, --steps or the mixes of parts.");
    if (v->weights.n > 0 && (size_t)v->weights.n != n)
        return tb_fail(
            TB_ERR_ARGUMENT,
            "There are %zu sounds, but --weights has another number of weights: %d; give one for each sound.", n,
            v->weights.n);
    if (v->weights.n > 0 && !(sum > 0))
        return tb_fail(TB_ERR_ARGUMENT, "--weights must not all be 0.");
    if (v->steps && strcmp(v->output.path, "-") == 0)
        return tb_fail(TB_ERR_ARGUMENT, "--steps writes several files; name one in place of \"-\".");
    if (n > 2 && mixes)
        return tb_fail(TB_ERR_ARGUMENT,
                       "--mix and --steps go from one sound to another; for %zu sounds give --weights.", n);
    return TB_OK;
}

static void set_part(double *start, double *end, OptionRange glide) {
    if (!isfinite(glide.from))
        return;
    start[0] = 1 - glide.from;
    start[1] = glide.from;
    end[0] = 1 - glide.to;
    end[1] = glide.to;
}

static void set_weights(const Values *v, size_t n, TbMorphOptions *o) {
    *o = (TbMorphOptions){.size = sizeof(TbMorphOptions), .n_sounds = n};
    for (size_t i = 0; i < n; i++) {
        double w = v->weights.n ? v->weights.values[i] : 1;
        o->timbre[i] = o->timbre_end[i] = o->pitch[i] = o->pitch_end[i] = w;
        o->loudness[i] = o->loudness_end[i] = o->timing[i] = w;
    }
}

/* The options of step i of n, and its title. */
static void morph_options(const Values *v, size_t n_sounds, size_t i, size_t n, TbMorphOptions *o, char *title,
                          size_t size) {
    OptionRange mix = isfinite(v->mix.from) ? v->mix : n > 1 ? (OptionRange){0, 1} : (OptionRange){0.5, 0.5};
    if (n > 1)
        mix.from = mix.to = mix.from + (mix.to - mix.from) * (double)i / (double)(n - 1);
    if (n_sounds > 2 || v->weights.n) {
        set_weights(v, n_sounds, o);
        snprintf(title, size, "morph");
        return;
    }
    tb_morph_defaults(o);
    tb_morph_mix(o, mix.from, mix.to);
    set_part(o->timbre, o->timbre_end, v->timbre);
    set_part(o->pitch, o->pitch_end, v->pitch);
    set_part(o->loudness, o->loudness_end, v->loudness);
    if (isfinite(v->timing)) {
        o->timing[0] = 1 - v->timing;
        o->timing[1] = v->timing;
    }
    if (mix.from == mix.to)
        snprintf(title, size, "morph, mix %.3g", mix.from);
    else
        snprintf(title, size, "morph, mix %.3g to %.3g", mix.from, mix.to);
}

/* ---- the work ---- */

static size_t n_steps(const Work *work) {
    return work->values->steps ? (size_t)work->values->steps : 1;
}

/* The share of the time that loading takes: each step takes as long as the only one. */
static double loading(const Work *work) {
    return LOADING / (LOADING + (1 - LOADING) * (double)n_steps(work));
}

static TbStatus load(Work *work) {
    TbStatus status = TB_OK;
    work->rate = 0;
    for (size_t i = 0; i < work->n && status == TB_OK; i++) {
        Part part = {.progress = progress_report,
                     .context = &work->progress,
                     .from = loading(work) * (double)i / (double)work->n,
                     .to = loading(work) * (double)(i + 1) / (double)work->n,
                     .what = work->names[i]};
        status = named_input_load(work->model, work->names[i], false, part_report, &part, &work->inputs[i]);
        work->sounds[i] = &work->inputs[i].sound;
        work->rate = fmax(work->rate, work->inputs[i].sample_rate);
    }
    work->rate = output_rate(work->values->output.rate, work->rate);
    return status;
}

/* out.wav -> out_3.wav, or out_03.wav of 10 or more, so that names sort. */
static char *step_name(const char *path, size_t i, size_t n) {
    char *name;
    int digits = snprintf(NULL, 0, "%zu", n);
    const char *dot = strrchr(path_base(path), '.');
    return asprintf(&name, "%.*s_%0*zu%s", (int)(dot - path), path, digits, i, dot) < 0 ? NULL : name;
}

static TbStatus morph_one(Work *work, size_t i, size_t n, const char *path) {
    const Values *v = work->values;
    TbMorphOptions o;
    TbAnalysis analysis = {0};
    TbAudio audio = {0};
    char title[40];
    OutputValues output = v->output;
    output.path = path;
    morph_options(v, work->n, i, n, &o, title, sizeof title);
    TbStatus status = tb_morph(work->model, work->sounds, &o, &analysis);
    if (status == TB_OK)
        status = tb_synthesize(&analysis, work->rate, 1, &audio);
    if (status == TB_OK)
        status = output_write_wide(&output, &audio, &analysis.width);
    if (status == TB_OK && v->picture && morph_picture_wants(i, n))
        morph_picture_add(&work->picture, &audio, title);
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    return status;
}

static TbStatus morph_all(Work *work) {
    const Values *v = work->values;
    size_t n = n_steps(work);
    double before = loading(work);
    TbStatus status = TB_OK;
    for (size_t i = 0; i < n && status == TB_OK; i++) {
        if (!progress_report(&work->progress, before + (1 - before) * (double)i / (double)n, NULL))
            return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        char *path = n > 1 ? step_name(v->output.path, i, n) : strdup(v->output.path);
        status = path ? morph_one(work, i, n, path) : tbi_no_memory("to morph");
        if (status == TB_OK && n > 1) {
            progress_end(&work->progress);
            printf("%s\n", path);
        }
        free(path);
    }
    return status;
}

/* Reads a sound file, or decodes an encoded sound. */
static TbStatus sound_to_draw(const Work *work, size_t i, TbAudio *audio) {
    TbAnalysis analysis = {0};
    if (!work->inputs[i].encoded)
        return named_audio_load(work->model, work->names[i], audio);
    TbStatus status = tb_decode(work->model, work->sounds[i], NULL, &analysis);
    if (status == TB_OK)
        status = tb_synthesize(&analysis, TB_ANALYSIS_RATE, 1, audio);
    tb_analysis_free(&analysis);
    return status;
}

static TbStatus draw(const Work *work) {
    TbAudio sounds[TB_MORPH_MAX] = {0};
    TbStatus status = TB_OK;
    for (size_t i = 0; i < work->n && status == TB_OK; i++)
        status = sound_to_draw(work, i, &sounds[i]);
    if (status == TB_OK)
        status = morph_picture_write(&work->picture, work->values->picture, sounds, (const char *const *)work->names,
                                     work->n);
    for (size_t i = 0; i < work->n; i++)
        tb_audio_free(&sounds[i]);
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Work work = {.values = v, .names = operands, .n = (size_t)n_operands};
    TbStatus status = check(v, work.n);
    if (status == TB_OK)
        status = output_check(&v->output);
    for (size_t i = 0; i < work.n && status == TB_OK; i++)
        if (same_file(operands[i], v->output.path))
            status = tb_fail(TB_ERR_ARGUMENT,
                             "\"%s\" is one of the sounds themselves and would be lost; name another file to write.",
                             v->output.path);
    if (status == TB_OK && v->picture)
        status = picture_place_check(v->picture);
    if (status == TB_OK)
        status = model_load(v->model, &work.model);
    progress_begin(&work.progress, "morphing");
    if (status == TB_OK)
        status = load(&work);
    if (status == TB_OK)
        status = morph_all(&work);
    if (status == TB_OK && v->picture)
        status = draw(&work);
    progress_end(&work.progress);
    morph_picture_free(&work.picture);
    for (size_t i = 0; i < work.n; i++)
        tb_sound_free(&work.inputs[i].sound);
    tb_model_free(work.model);
    return status;
}

const Command cmd_morph = COMMAND("morph", "Make one sound between two or more others", "A B [C...]", 2, TB_MORPH_MAX,
                                  "A, B ... are sound files, encoded sounds, names of bundled sounds, or instruments "
                                  "such as seed:7. Attack, sustain and release are\n"
                                  "aligned, then pitch, loudness, timing and timbre are mixed separately.\n\n"
                                  "  timbrel morph flute trumpet -o halfway.wav\n"
                                  "  timbrel morph piano violin -o glide.wav --mix 0..1 --picture glide.png\n"
                                  "  timbrel morph flute voice -o step.wav --steps 5\n"
                                  "  timbrel morph flute violin voice -o three.wav --weights 2,1,1\n");
