/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the SFZ 2 file: opcodes of the common players, every number with a decimal point. */
#include "sampler/key_map.h"
#include "sampler/text_writer.h"

#include <math.h>

/* Open-source players decay by a factor of e^9, 78 dB, in the time of ampeg_release. */
static const double RELEASE_DB = 78.17;

static void opcode(TextWriter *text, const char *name, double value, int digits) {
    fprintf(text->file, " %s=", name);
    tbi_text_writer_number(text, value, digits);
}

static void write_head(TextWriter *text, const TbSamplerOptions *o, bool has_pitch, const TbProbe *probe) {
    /* A drum sounds to its end, however short the note; a piano key has a damper. */
    const char *mode = probe->sustains && !o->no_loop ? "loop_continuous" : has_pitch ? "no_loop" : "one_shot";
    fputs("// ", text->file);
    tbi_text_writer_line(text, o->title);
    fputs("\n// ", text->file);
    tbi_text_writer_line(text, o->licence);
    fprintf(text->file, "\n\n<global>\nloop_mode=%s\nampeg_release=", mode);
    tbi_text_writer_number(text, probe->release * RELEASE_DB / 60, 3);
    fputs("\namp_veltrack=100\n", text->file);
    if (!has_pitch)
        fputs("pitch_keytrack=0\n", text->file);
}

static void write_group(TextWriter *text, const TbLayer *layer) {
    fprintf(text->file, "\n<group> lovel=%d hivel=%d\n", layer->low, layer->high);
    for (int i = 0; i < layer->n_curve; i++)
        if (i == 0 || layer->velocity[i] > layer->velocity[i - 1]) {
            fprintf(text->file, "amp_velcurve_%d=", layer->velocity[i]);
            tbi_text_writer_number(text, layer->gain[i], 4);
            fputc('\n', text->file);
        }
}

static void write_region(TextWriter *text, const TbWrittenSample *w, bool loops) {
    const TbSampleInfo *info = &w->info;
    bool looped = info->loop_end > 0;
    fprintf(text->file, "<region> sample=%s lokey=%d hikey=%d pitch_keycenter=%d", w->file, info->low_key,
            info->high_key, info->root_key);
    opcode(text, "tune", -info->fine_tune_cents, 0);
    if (looped) /* inclusive, as in the WAV file */
        fprintf(text->file, " loop_start=%zu loop_end=%zu", info->loop_start, info->loop_end - 1);
    else if (loops)
        fputs(" loop_mode=no_loop", text->file);
    if (w->volume_db != 0)
        opcode(text, "volume", w->volume_db, 2);
    fputc('\n', text->file);
}

TbStatus tbi_sfz_write(const TbSamplerOptions *o, bool has_pitch, const TbKeyMap *map, const TbProbe *probe,
                       const TbWrittenSample *written, const char *path) {
    TextWriter text;
    TbStatus status = tbi_text_writer_begin(&text);
    if (status)
        return status;
    write_head(&text, o, has_pitch, probe);
    for (int i = 0; i < map->n_layers; i++) {
        write_group(&text, &map->layer[i]);
        for (int j = 0; j < map->n_zones; j++)
            write_region(&text, &written[i * map->n_zones + j], probe->sustains && !o->no_loop);
    }
    return tbi_text_writer_end(&text, path, status);
}
