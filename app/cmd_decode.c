/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel decode: an encoded sound back to sound, optionally with another pitch, length or formants. */
#include "app/batch.h"
#include "app/commands.h"
#include "app/inputs.h"
#include "app/named_sound.h"
#include "app/output.h"
#include "app/sound_pitch.h"

#include <math.h>

typedef struct {
    OutputValues output;
    const char *model;
    double note, transpose, stretch, formant, detail;
} Values;

static const Option options[] = {
    OUTPUT_OPTIONS(Values, output),
    MONO_OPTION(Values, output),
    MODEL_OPTION(Values, model),
    {"note", 'n', OPTION_NOTE, "NOTE", .low = 0, .high = 127, .help = "pitch of the result, such as C4",
     .offset = offsetof(Values, note)},
    {"transpose", 't', OPTION_NUMBER, "SEMITONES", .low = -48, .high = 48, .help = "shift the pitch",
     .offset = offsetof(Values, transpose)},
    {"stretch", 's', OPTION_NUMBER, "FACTOR", .low = 0.05, .high = 100, .fallback = "1",
     .help = "2 is twice as long; the attack keeps its length", .offset = offsetof(Values, stretch)},
    {"formant", 0, OPTION_NUMBER, "SEMITONES", .low = -24, .high = 24, .fallback = "0",
     .help = "shift formants but not the pitch, as a smaller or larger body does", .offset = offsetof(Values, formant)},
    {"detail", 0, OPTION_NUMBER, "SHARE", .low = 0, .high = 1, .fallback = "1",
     .help = "share of the stored detail to add; 0: the network alone", .offset = offsetof(Values, detail)},
};

static TbStatus decode_options(const Values *v, const TbSound *sound, const char *in, TbDecodeOptions *o) {
    tb_decode_defaults(o);
    o->stretch = v->stretch;
    o->formant = v->formant;
    o->detail = v->detail;
    o->transpose = isfinite(v->transpose) ? v->transpose : 0;
    if (!isfinite(v->note))
        return TB_OK;
    double pitch = sound_pitch(sound);
    if (!isfinite(pitch))
        return tb_fail(TB_ERR_EMPTY, "\"%s\" has no pitch, so it cannot be moved to a note; use --transpose.", in);
    o->transpose = v->note - pitch;
    return TB_OK;
}

static TbStatus one(const Batch *batch, const char *in, const char *out, TbProgress progress, void *progress_context) {
    const Values *v = batch->context;
    OutputValues output = v->output;
    Input input;
    TbDecodeOptions o;
    TbAnalysis analysis = {0};
    output.path = out;
    TbStatus status = output_check(&output);
    if (status == TB_OK)
        status = named_input_load(batch->model, in, false, progress, progress_context, &input);
    if (status)
        return status;
    double rate = output_rate(output.rate, input.sample_rate);
    status = decode_options(v, &input.sound, in, &o);
    if (status == TB_OK)
        status = tb_decode(batch->model, &input.sound, &o, &analysis);
    tb_sound_free(&input.sound);
    return output_synthesis(status, &output, &analysis, rate);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Batch batch = {.label = "decoding", .ending = ".wav", .encoded_too = true, .one = one, .context = v};
    (void)n_operands;
    if (isfinite(v->note) && isfinite(v->transpose))
        return tb_fail(TB_ERR_ARGUMENT, "--note and --transpose both set the pitch; give one of them.");
    return batch_run_with_model(&batch, v->model, operands[0], v->output.path);
}

const Command cmd_decode = COMMAND(
    "decode", "Decode an encoded sound, at any pitch, length and formant shift", "SOUND", 1, 1,
    "SOUND is a file written by `timbrel encode`, or any other sound or instrument, which is encoded first. A folder\n"
    "is decoded into a folder.\n\n"
    "  timbrel decode flute.timbrel -o low.wav --note C3 --stretch 2\n");
