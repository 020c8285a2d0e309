/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readme of an exported instrument. */
#include "sampler/key_map.h"
#include "sampler/text_writer.h"

TbStatus tbi_sampler_readme(const TbSamplerOptions *o, bool has_pitch, const TbKeyMap *map,
                            const TbSamplerReport *report, const char *path) {
    char low[TB_KEY_NAME], high[TB_KEY_NAME];
    TextWriter text;
    TbStatus status = tbi_text_writer_begin(&text);
    if (status)
        return status;
    tbi_key_name(o->low_key, false, low);
    tbi_key_name(o->high_key, false, high);
    tbi_text_writer_line(&text, o->title);
    fprintf(text.file, "\n\n%zu sample%s", report->n_samples, report->n_samples == 1 ? "" : "s");
    fprintf(text.file, has_pitch ? " over the keys %s to %s (C4 is MIDI key 60)" : ", on all keys from %s to %s alike",
            low, high);
    fprintf(text.file, ", in %d velocity layer%s, %d bit, ", map->n_layers, map->n_layers > 1 ? "s" : "", (int)o->bits);
    tbi_text_writer_number(&text, o->sample_rate, 0);
    fputs(" Hz, mono.\n", text.file);
    if (report->n_looped > 0)
        fprintf(text.file,
                "%zu of them have a sustain loop. At the seam the level exceeds the range of the rest of the loop "
                "by ",
                report->n_looped);
    else
        fputs("Every sample plays to its end; there are no loops.\n", text.file);
    if (report->n_looped > 0) {
        tbi_text_writer_number(&text, report->worst.level_db, 2);
        fputs(" dB at most.\n", text.file);
    }
    fprintf(text.file,
            "\nHow to use it\n\n"
            "  Load %s.sfz into a player of SFZ files (sfizz, Sforzando, LinuxSampler, liquidsfz, ...).\n"
            "  Other samplers: load the WAV files. Each has chunks (smpl and inst) with its root key, its\n"
            "  key and velocity range and its loop. Names are %s_KEY_NOTE_vLAYER.wav, KEY a MIDI number,\n"
            "  layer 1 the softest.\n",
            o->name, o->name);
    if (o->draw)
        fprintf(text.file, "  %s.png shows an overview.\n", o->name);
    fputs("\nLicence\n\n  ", text.file);
    tbi_text_writer_line(&text, o->licence);
    fputc('\n', text.file);
    return tbi_text_writer_end(&text, path, status);
}
