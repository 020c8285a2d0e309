/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel resynth: analysis and resynthesis without a network. */
#include "app/batch.h"
#include "app/commands.h"
#include "app/inputs.h"
#include "app/named_sound.h"
#include "app/output.h"
#include "app/parse.h"

#include <math.h>
#include <string.h>
#include <strings.h>

typedef struct {
    OutputValues output;
    const char *f0;
    int keep_rumble; /* index into "yes|no" */
} Values;

enum { NO = 1 };

static const Option options[] = {
    OUTPUT_OPTIONS(Values, output),
    {"f0", 0, OPTION_TEXT, "PITCH", .help = "pitch if known, as a note (A4) or in Hz (440Hz); else it is detected",
     .offset = offsetof(Values, f0)},
    MONO_OPTION(Values, output),
    {"keep-rumble", 0, OPTION_CHOICE, "yes|no", .fallback = "yes",
     .help = "whether rumble and hum stay; DC and infrasound go", .offset = offsetof(Values, keep_rumble)},
};

typedef struct {
    const Values *values;
    TbAnalysisOptions analysis_options;
} Work;

/* A4, 69 or 440Hz. */
static TbStatus read_f0(const char *text, double *hz) {
    char number[32];
    size_t n = strlen(text);
    *hz = 0;
    if (n > 2 && n - 2 < sizeof number && strcasecmp(text + n - 2, "hz") == 0) {
        memcpy(number, text, n - 2);
        number[n - 2] = 0;
        if (parse_number(number, hz) && *hz > 0)
            return TB_OK;
    } else if (parse_note(text, hz) && *hz > -200 && *hz < 200) {
        *hz = 440 * exp2((*hz - 69) / 12);
        return TB_OK;
    }
    return tb_fail(TB_ERR_ARGUMENT, "--f0 wants a note such as A4 or a frequency such as 440Hz, not \"%s\".", text);
}

static TbStatus one(const Batch *batch, const char *in, const char *out, TbProgress progress, void *progress_context) {
    const Work *work = batch->context;
    OutputValues output = work->values->output;
    TbAudio audio;
    TbAnalysis analysis = {0};
    TbWidth width;
    output.path = out;
    TbStatus status = output_check(&output);
    if (status == TB_OK)
        status = named_audio_load_wide(in, &audio, &width);
    if (status)
        return status;
    double rate = output_rate(output.rate, audio.sample_rate);
    status = tb_analyze(&audio, &work->analysis_options, progress, progress_context, &analysis);
    tb_audio_free(&audio);
    analysis.width = width;
    if (work->values->keep_rumble == NO) {
        analysis.background.n_hum = 0;
        analysis.background.n_rumble = 0;
    }
    return output_synthesis(status, &output, &analysis, rate);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Work work = {.values = v};
    Batch batch = {.label = "resynthesising", .ending = ".wav", .one = one, .context = &work};
    (void)n_operands;
    tb_analysis_defaults(&work.analysis_options);
    TbStatus status = v->f0 ? read_f0(v->f0, &work.analysis_options.f0) : TB_OK;
    return status == TB_OK ? batch_run(&batch, operands[0], v->output.path) : status;
}

const Command cmd_resynth = COMMAND(
    "resynth", "Analyse a sound into harmonics, partials and noise, and resynthesise it", "IN", 1, 1,
    "No network is involved: this shows what the analysis hears. If IN is a folder, OUT is a folder, too, with a\n"
    ".wav for each sound. Rumble and mains hum are no part of the notes; --keep-rumble no leaves them out.\n\n"
    "  timbrel resynth flute.wav -o again.wav\n");
