/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel encode: a sound to latents. */
#include "app/batch.h"
#include "app/commands.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/named_sound.h"
#include "app/output.h"

typedef struct {
    const char *output, *model;
    bool latents_only;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "SOUND", .required = true,
     .help = "the encoded sound to write, such as flute" SOUND_ENDING, .offset = offsetof(Values, output)},
    MODEL_OPTION(Values, model),
    {"latents-only", 0, OPTION_FLAG, .help = "leave out the detail that latents lose; much smaller",
     .offset = offsetof(Values, latents_only)},
};

static TbStatus one(const Batch *batch, const char *in, const char *out, TbProgress progress, void *progress_context) {
    const Values *v = batch->context;
    Input input;
    TbStatus status = output_ending_check(out, SOUND_ENDING, "encoded sounds");
    if (status == TB_OK)
        status = output_place_check(out);
    if (status == TB_OK && is_encoded_sound(in))
        status = tb_fail(TB_ERR_ARGUMENT, "\"%s\" is not a sound file: it is encoded already, or a model.", in);
    if (status)
        return status;
    status = named_input_load(batch->model, in, v->latents_only, progress, progress_context, &input);
    if (status == TB_OK) {
        status = tb_sound_write(&input.sound, out);
        tb_sound_free(&input.sound);
    }
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Batch batch = {.label = "encoding", .ending = SOUND_ENDING, .one = one, .context = v};
    (void)n_operands;
    return batch_run_with_model(&batch, v->model, operands[0], v->output);
}

const Command cmd_encode = COMMAND(
    "encode", "Encode a sound as latents", "IN", 1, 1,
    "If IN is a folder, OUT is a folder, too. The file is in safetensors format; `timbrel info` shows what is in\n"
    "it, `timbrel decode` turns it into sound.\n\n"
    "  timbrel encode flute.wav -o flute" SOUND_ENDING "\n");
