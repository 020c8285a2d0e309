/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel instrument: exports samples, loops and an SFZ file for a sampler. */
#include "app/commands.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/instruments.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/tuning.h"
#include "timbrel/plot.h"
#include "timbrel/sampler.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *output, *name, *licence, *model;
    double low, high, hold, rate;
    int every, layers, bits, seed;
    bool no_loop;
    TuningValues tuning;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "DIR", .required = true, .help = "folder to write into; created if needed",
     .offset = offsetof(Values, output)},
    {"low", 0, OPTION_NOTE, "NOTE", TB_LOW_KEY, TB_HIGH_KEY, "C2", .help = "the lowest key, such as C2 or 36",
     .offset = offsetof(Values, low)},
    {"high", 0, OPTION_NOTE, "NOTE", TB_LOW_KEY, TB_HIGH_KEY, "C6", .help = "the highest key",
     .offset = offsetof(Values, high)},
    {"every", 0, OPTION_INT, "N", 1, 24, "3", .help = "a sample every N semitones", .offset = offsetof(Values, every)},
    {"layers", 0, OPTION_INT, "N", 1, TB_SAMPLER_LAYERS, "2", .help = "velocity layers",
     .offset = offsetof(Values, layers)},
    {"hold", 0, OPTION_SECONDS, "TIME", 1, 30, .help = "how long keys are held (default: as long as needed)",
     .offset = offsetof(Values, hold)},
    {"no-loop", 0, OPTION_FLAG, .help = "make no sustain loops", .offset = offsetof(Values, no_loop)},
    {"rate", 'r', OPTION_NUMBER, "HZ", 22050, 192000, "44100", .help = "the sample rate",
     .offset = offsetof(Values, rate)},
    {"bits", 'b', OPTION_CHOICE, "16|24", .fallback = "24", .help = "the sample format",
     .offset = offsetof(Values, bits)},
    {"name", 'n', OPTION_TEXT, "NAME", .help = "base name of the files (default: that of the sound)",
     .offset = offsetof(Values, name)},
    {"licence", 0, OPTION_TEXT, "TEXT", .help = "licence line for README.txt and the SFZ file",
     .offset = offsetof(Values, licence)},
    {"seed", 0, OPTION_INT, "N", 0, 2147483647, "1", .help = "seed of random movement in the notes",
     .offset = offsetof(Values, seed)},
    TUNING_OPTIONS(Values, tuning),
    MODEL_OPTION(Values, model),
};

static const char LICENCE[] = "Made with Timbrel, which claims no rights in it. Rights in the recordings that it was "
                              "made of, if there are any, go on.";

static TbStatus check(const Values *v) {
    if (v->low != floor(v->low) || v->high != floor(v->high))
        return tb_fail(TB_ERR_ARGUMENT, "--low and --high want keys: whole numbers, or names such as C2.");
    if (v->low > v->high)
        return tb_fail(TB_ERR_ARGUMENT, "--low is above --high.");
    return output_folder_check("--output", v->output);
}

static void tell(const Values *v, const TbSamplerOptions *o, const TbSamplerReport *r) {
    if (!r->finished) {
        if (r->n_samples > 0)
            fprintf(stderr, "%zu of %zu samples are finished and stay in \"%s\"; the SFZ file is not written yet.\n",
                    r->n_samples, r->n_planned, v->output);
        return;
    }
    printf("%zu sample%s, %.0f s of sound, %zu with a loop, and %s.sfz written to %s\n", r->n_samples,
           plural(r->n_samples), r->seconds, r->n_looped, o->name, v->output);
    if (r->n_removed > 0)
        printf("%zu sample%s of an earlier instrument of this name removed\n", r->n_removed, plural(r->n_removed));
    if (r->n_looped > 0)
        printf("worst seam of a loop: %.2f dB of level, %.2f dB of spectrum\n", r->worst.level_db,
               r->worst.spectrum_db);
}

static TbStatus load(const Values *v, const char *name, TbModel **model, TbInstrument **instrument) {
    Progress progress;
    TbStatus status = model_load(v->model, model);
    if (status)
        return status;
    progress_begin(&progress, "listening");
    status = instrument_load(*model, name, progress_report, &progress, instrument);
    progress_end(&progress);
    return status;
}

static TbStatus export_to(const Values *v, const char *operand, const TbInstrument *instrument, const float *tuning) {
    char name[80], title[200];
    Progress progress;
    TbSamplerReport report;
    instrument_file_name(operand, name, sizeof name);
    snprintf(title, sizeof title, "%s, an instrument of Timbrel", v->name ? v->name : path_base(operand));
    TbSamplerOptions o = {.size = sizeof(TbSamplerOptions),
                          .folder = v->output,
                          .name = v->name ? v->name : name,
                          .title = title,
                          .licence = v->licence ? v->licence : LICENCE,
                          .low_key = (int)v->low,
                          .high_key = (int)v->high,
                          .every = v->every,
                          .layers = v->layers,
                          .hold = isfinite(v->hold) ? v->hold : 0,
                          .sample_rate = v->rate,
                          .bits = v->bits ? TB_BITS_24 : TB_BITS_16,
                          .no_loop = v->no_loop,
                          .seed = (uint64_t)v->seed,
                          .tuning = tuning,
                          .draw = PICTURES ? tb_plot_instrument : NULL};
    TbNoteRenderer renderer = tb_notes_from_instrument(instrument);
    progress_begin(&progress, "sampling");
    TbStatus status = tb_sampler_export(&renderer, &o, progress_report, &progress, &report);
    progress_end(&progress);
    tell(v, &o, &report);
    picture_tell_left_out(status);
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    TbModel *model = NULL;
    TbInstrument *instrument = NULL;
    (void)n_operands;
    float tuning[TB_TUNING_KEYS];
    const float *tuned;
    TbStatus status = check(v);
    if (status == TB_OK)
        status = tuning_load(&v->tuning, tuning, &tuned);
    if (status == TB_OK)
        status = load(v, operands[0], &model, &instrument);
    if (status == TB_OK)
        status = output_folder(v->output);
    if (status == TB_OK)
        status = export_to(v, operands[0], instrument, tuned);
    tb_instrument_free(instrument);
    tb_model_free(model);
    return status;
}

const Command cmd_instrument = COMMAND(
    "instrument", "Export an instrument for a sampler: looped WAV files and an SFZ file", "SOUND", 1, 1,
    "SOUND is a sound file, an encoded sound, a bundled sound, a folder with notes of one instrument, seed:N for\n"
    "a new instrument, a mix (flute,bell@0.3 is three tenths bell), or \"preset:NAME\".\n"
    "DIR then holds a WAV file for every few keys and each velocity layer (with root key, ranges and a seamless\n"
    "loop), an SFZ file, a picture and README.txt. Sounds that decay, such as a piano, are not looped but\n"
    "recorded to their end. With --tuning each key has a sample of its own.\n\n"
    "  timbrel instrument flute -o flute --low C4 --high C7\n"
    "  timbrel instrument seed:7 -o new --layers 3\n");
