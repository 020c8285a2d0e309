/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel sample: writes a note of each of several new instruments. */
#include "app/commands.h"
#include "app/files.h"
#include "app/info_attributes.h"
#include "app/inputs.h"
#include "app/instruments.h"
#include "app/knobs.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "base/no_memory.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000, SPREAD_AMONG = 50 /* candidates per chosen seed */ };
#define FADE 0.03 /* seconds of fade where a note is cut */

typedef struct {
    const char *output, *near, *model;
    OptionTexts knobs;
    double note, hold, tail, amount, rate;
    int count, seed, velocity, bits;
    bool diverse;
    OutputLevel level;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "DIR", .required = true, .help = "folder to write into; created if needed",
     .offset = offsetof(Values, output)},
    {"count", 'n', OPTION_INT, "N", 1, MOST, "8", .help = "number of instruments", .offset = offsetof(Values, count)},
    {"seed", 's', OPTION_INT, "N", 0, 2147483647, "1", .help = "seed of the first; the others follow",
     .offset = offsetof(Values, seed)},
    {"near", 0, OPTION_TEXT, "SOUND", .help = "make variations of this instrument", .offset = offsetof(Values, near)},
    {"amount", 'a', OPTION_NUMBER, "X", 0, 1, "0.3", .help = "distance from --near; 1: as far as other instruments",
     .offset = offsetof(Values, amount)},
    {"knob", 'k', OPTION_TEXTS, "NAME=X", .help = "turn a knob, such as brightness=+1.5; may be repeated",
     .offset = offsetof(Values, knobs)},
    {"diverse", 0, OPTION_FLAG, .help = "choose seeds that sound different from each other",
     .offset = offsetof(Values, diverse)},
    {"note", 0, OPTION_NOTE, "NOTE", TB_LOW_KEY, TB_HIGH_KEY, "C4", .help = "key to play, such as C4 or 60",
     .offset = offsetof(Values, note)},
    {"velocity", 'v', OPTION_INT, "N", 1, 127, "100", .help = "velocity", .offset = offsetof(Values, velocity)},
    {"hold", 0, OPTION_SECONDS, "TIME", 0.01, 60, "2s", .help = "how long the key is held",
     .offset = offsetof(Values, hold)},
    {"tail", 't', OPTION_SECONDS, "TIME", 0, 60, "5s", .help = "maximum length of the tail",
     .offset = offsetof(Values, tail)},
    {"rate", 'r', OPTION_NUMBER, "HZ", 22050, 192000, "44100", .help = "the sample rate",
     .offset = offsetof(Values, rate)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "the sample format",
     .offset = offsetof(Values, bits)},
    LEVEL_OPTIONS(Values, level),
    MODEL_OPTION(Values, model),
};

typedef struct {
    const Values *values;
    float knob[TB_KNOBS];
    uint64_t *seeds; /* [count], owned */
    TbModel *model;
    TbInstrument *base; /* NULL: from the prior */
    char name[80];      /* prefix of the file names */
    TbAudio shown[TB_SHEET_MAX];
    char titles[TB_SHEET_MAX][120];
    size_t done, n_shown;
} Work;

/* ---- one instrument ---- */

static TbStatus new_instrument(const Work *w, uint64_t seed, TbInstrument **instrument) {
    TbStatus status = w->base ? tb_instrument_vary(w->base, w->values->amount, seed, instrument)
                              : tb_instrument_random(w->model, seed, instrument);
    if (status == TB_OK)
        tb_instrument_add_knobs(*instrument, w->knob);
    return status;
}

static TbStatus play(const Work *w, uint64_t seed, TbAudio *audio) {
    const Values *v = w->values;
    TbInstrument *instrument;
    TbNoteOptions note = {.size = sizeof(TbNoteOptions),
                          .key = v->note,
                          .velocity = v->velocity / 127.0,
                          .hold = v->hold,
                          .longest = v->hold + v->tail,
                          .seed = seed};
    TbStatus status = new_instrument(w, seed, &instrument);
    if (status)
        return status;
    status = tb_instrument_note(instrument, &note, v->rate, audio);
    tb_instrument_free(instrument);
    return status;
}

/* Fades out a note that is cut, and sets its level: a note that would clip is scaled down. */
static void finish(const OutputLevel *level, TbAudio *audio) {
    float peak = 0;
    size_t fade = (size_t)(FADE * audio->sample_rate), n = audio->n_samples;
    fade = fade < n ? fade : n;
    output_level(level, audio->samples, n);
    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(audio->samples[i]));
    float most = (float)pow(10, OUTPUT_PEAK_DB / 20), gain = peak > most ? most / peak : 1;
    for (size_t i = 0; i < n; i++) {
        size_t left = n - i;
        audio->samples[i] *= gain * (left < fade ? (float)left / (float)fade : 1);
    }
}

/* Describes the note as analysed: "bright, hollow". */
static TbStatus in_words(const TbAudio *audio, double f0, char *text, size_t size) {
    TbAnalysisOptions analysis_options = {.size = sizeof(TbAnalysisOptions), .f0 = f0, .single_note = true};
    TbAnalysis analysis;
    float value[TB_ATTRIBUTES];
    TbStatus status = tb_analyze(audio, &analysis_options, NULL, NULL, &analysis);
    if (status)
        return status;
    snprintf(text, size, "silent");
    if (analysis.n_notes > 0) {
        status = tb_note_attributes(&analysis.notes[0], value);
        if (status == TB_OK)
            attributes_in_words(value, text, size);
    }
    if (!text[0])
        snprintf(text, size, "as most sounds are");
    tb_analysis_free(&analysis);
    return status;
}

static TbStatus one(Work *w, uint64_t seed) {
    static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};
    const Values *v = w->values;
    char file[120], words[200];
    TbAudio audio = {0};
    TbStatus status = play(w, seed, &audio);
    snprintf(file, sizeof file, "%s-%llu.wav", w->name, (unsigned long long)seed);
    char *path = path_join(v->output, file);
    if (status == TB_OK && !path)
        status = tbi_no_memory("for the instruments");
    if (status == TB_OK) {
        finish(&v->level, &audio);
        bool pitched = !w->base || tb_instrument_has_pitch(w->base);
        status = in_words(&audio, pitched ? 440 * exp2((v->note - 69) / 12) : 0, words, sizeof words);
    }
    if (status == TB_OK)
        status = tb_audio_write(path, audio.samples, audio.n_samples, v->rate, bits[v->bits]);
    free(path);
    if (status == TB_OK) {
        printf("%-20s %s\n", file, words);
        fflush(stdout);
        w->done++;
    }
    if (status == TB_OK && w->n_shown < TB_SHEET_MAX) {
        snprintf(w->titles[w->n_shown], sizeof *w->titles, "%llu: %.90s", (unsigned long long)seed, words);
        w->shown[w->n_shown++] = audio;
    } else {
        tb_audio_free(&audio);
    }
    return status;
}

/* ---- all instruments ---- */

static TbStatus choose_seeds(Work *w) {
    const Values *v = w->values;
    size_t n = (size_t)v->count;
    w->seeds = calloc(n, sizeof *w->seeds);
    if (!w->seeds)
        return tbi_no_memory("for %zu instruments", n);
    if (v->diverse)
        return tb_instruments_spread((uint64_t)v->seed, SPREAD_AMONG * n, n, w->seeds);
    for (size_t i = 0; i < n; i++)
        w->seeds[i] = (uint64_t)v->seed + i;
    return TB_OK;
}

static TbStatus load(Work *w) {
    const Values *v = w->values;
    Progress progress;
    TbStatus status = model_load(v->model, &w->model);
    snprintf(w->name, sizeof w->name, "draw");
    if (status || !v->near)
        return status;
    instrument_file_name(v->near, w->name, sizeof w->name);
    progress_begin(&progress, "listening");
    status = instrument_load(w->model, v->near, progress_report, &progress, &w->base);
    progress_end(&progress);
    return status;
}

static TbStatus write_picture(const Work *w) {
    const TbAudio *sounds[TB_SHEET_MAX];
    const char *titles[TB_SHEET_MAX];
    char file[100];
    for (size_t i = 0; i < w->n_shown; i++) {
        sounds[i] = &w->shown[i];
        titles[i] = w->titles[i];
    }
    snprintf(file, sizeof file, "%s.png", w->name);
    char *path = path_join(w->values->output, file);
    TbStatus status = path ? tb_plot_sheet(path, sounds, titles, w->n_shown) : tbi_no_memory("for the instruments");
    free(path);
    return status;
}

static TbStatus make_all(Work *w) {
    const Values *v = w->values;
    Progress progress;
    TbStatus status = TB_OK;
    progress_begin(&progress, "playing");
    for (int i = 0; i < v->count && status == TB_OK; i++) {
        status = one(w, w->seeds[i]);
        if (status == TB_OK && !progress_report(&progress, (i + 1.0) / v->count, NULL) && i + 1 < v->count)
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    progress_end(&progress);
    if (status == TB_ERR_CANCELLED)
        fprintf(stderr, "%zu of %d sound%s are finished and stay in \"%s\".\n", w->done, v->count,
                plural((size_t)v->count), v->output);
    picture_tell_left_out(status);
    return status == TB_OK && PICTURES ? write_picture(w) : status;
}

static void release(Work *w) {
    for (size_t i = 0; i < w->n_shown; i++)
        tb_audio_free(&w->shown[i]);
    tb_instrument_free(w->base);
    tb_model_free(w->model);
    free(w->seeds);
    free(w);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    (void)operands;
    (void)n_operands;
    Work *w = calloc(1, sizeof *w);
    if (!w)
        return tbi_no_memory("for the instruments");
    w->values = v;
    TbStatus status = output_level_check(&v->level);
    if (status == TB_OK)
        status = output_folder_check("--output", v->output);
    if (status == TB_OK)
        status = knobs_parse(&v->knobs, w->knob);
    if (status == TB_OK)
        status = choose_seeds(w);
    if (status == TB_OK)
        status = load(w);
    if (status == TB_OK && !tb_model_notes(w->model))
        status = tb_fail(TB_ERR_UNSUPPORTED, "This model has no network of notes, so no instrument can be drawn from "
                                             "it; train it again, or use the default model.");
    if (status == TB_OK)
        status = output_folder(v->output);
    if (status == TB_OK)
        status = make_all(w);
    release(w);
    return status;
}

const Command cmd_sample = COMMAND(
    "sample", "Draw new instruments, or vary one, and write a note of each", "", 0, 0,
    "DIR then holds draw-SEED.wav for each instrument, and a picture of all. The instrument of draw-7.wav is\n"
    "seed:7 in other commands. Knobs are the attributes of `timbrel info` in standard deviations: two thirds of\n"
    "all instruments are between -1 and 1. `timbrel info default` shows their ranges.\n"
    "SOUND is a sound file, an encoded sound, a bundled sound, a folder with notes of one instrument, seed:N, or\n"
    "a mix: flute,bell@0.3 is three tenths bell.\n\n"
    "  timbrel sample --count 20 --diverse -o new\n"
    "  timbrel sample --near flute --amount 0.2 --knob brightness=+1.5 -o flutes\n");
