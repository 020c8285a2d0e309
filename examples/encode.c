/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes a sound as latents, writes those, and decodes them an octave lower and twice as long.
 *
 *   encode IN.wav OUT.timbrel OUT.wav */
#include <stdio.h>
#include <timbrel/presets.h>
#include <timbrel/sound.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: encode IN.wav OUT.timbrel OUT.wav\n");
        return 2;
    }
    TbModel *model = NULL;
    TbAudio in = {0}, out = {0};
    TbAnalysis notes = {0}, decoded = {0};
    TbSound sound = {0};
    TbDecodeOptions options;
    tb_decode_defaults(&options);
    options.transpose = -12;
    options.stretch = 2;

    TbStatus status = tb_default_model(&model);
    if (status == TB_OK)
        status = tb_audio_read(argv[1], &in, NULL);
    if (status == TB_OK) /* sound -> notes, frame by frame */
        status = tb_analyze(&in, NULL, NULL, NULL, &notes);
    if (status == TB_OK) /* frames -> latents, with the detail that they lose */
        status = tb_encode(model, &notes, true, &sound);
    if (status == TB_OK)
        status = tb_sound_write(&sound, argv[2]);
    if (status == TB_OK) /* and back */
        status = tb_decode(model, &sound, &options, &decoded);
    if (status == TB_OK)
        status = tb_synthesize(&decoded, in.sample_rate, 1, &out);
    if (status == TB_OK)
        status = tb_audio_write(argv[3], out.samples, out.n_samples, out.sample_rate, TB_BITS_24);
    if (status == TB_OK)
        printf("%zu note%s, %.2f s -> %.2f s\n", sound.n_notes, sound.n_notes == 1 ? "" : "s", sound.seconds,
               decoded.seconds);
    else
        fprintf(stderr, "encode: %s\n", tb_error_text(status));

    tb_audio_free(&out);
    tb_analysis_free(&decoded);
    tb_sound_free(&sound);
    tb_analysis_free(&notes);
    tb_audio_free(&in);
    tb_model_free(model);
    return status == TB_OK ? 0 : 1;
}
