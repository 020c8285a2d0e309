/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/info_attributes.h"
#include "app/instruments.h"
#include "app/named_sound.h"
#include "app/progress.h"
#include "app/sound_pitch.h"

#include <math.h>
#include <stdio.h>

/* Longer files are usually music, and analysis takes long. */
#define LONGEST_ANALYSED 60.0

static bool recognises(const unsigned char *head, size_t n) {
    (void)head;
    (void)n;
    return true; /* the reader reports what is wrong */
}

static double decibels(double x) {
    return x > 0 ? 20 * log10(x) : -INFINITY;
}

/* What goes on besides the notes; it is not part of what follows. */
static void describe_background(const TbBackground *background, Info *info) {
    double power = 0;
    for (int k = 0; k < background->n_hum; k++)
        power += (double)background->hum[k].amplitude * (double)background->hum[k].amplitude / 2;
    if (power > 0) {
        info_number(info, "mains_hum", (double)background->hum_base, "Hz");
        info_number(info, "hum_level", 10 * log10(power), "dBFS");
    }
    power = 0;
    for (size_t i = 0; i < background->n_rumble; i++)
        power += (double)background->rumble[i] * (double)background->rumble[i] / (double)background->n_rumble;
    if (power > 0) {
        info_number(info, "rumble_below", (double)background->cutoff, "Hz");
        info_number(info, "rumble_level", 10 * log10(power), "dBFS");
        info_number(info, "infrasound_level", decibels((double)background->infrasound), "dBFS");
    }
}

static TbStatus describe_notes(const TbAudio *audio, Info *info) {
    TbAnalysis analysis;
    TbStatus status = tb_analyze(audio, NULL, progress_report, NULL, &analysis);
    if (status)
        return status;
    describe_background(&analysis.background, info);
    status = info_attributes(info, &analysis);
    tb_analysis_free(&analysis);
    return status;
}

/* How the channels are heard, when that is not their mean. */
static void describe_mixdown(const TbAudioInfo *found, Info *info) {
    char text[200];
    if (found->mixdown == TB_MIXDOWN_DIFFERENCE) {
        info_text(info, "mix", "left minus right: one channel is inverted, and their mean would cancel");
    } else if (found->mixdown == TB_MIXDOWN_CHANNEL) {
        static const char *const names[] = {"left channel", "right channel"};
        char number[40];
        snprintf(number, sizeof number, "channel %d", found->channel + 1);
        snprintf(text, sizeof text, "%s alone: the mean of the channels would lose much of the sound",
                 found->n_channels == 2 ? names[found->channel] : number);
        info_text(info, "mix", text);
    }
}

/* The note of an instrument, as a file would have it. */
static TbStatus load_note(const char *name, TbAudio *audio, TbAudioInfo *found) {
    TbStatus status = named_audio_load(NULL, name, audio);
    *found = (TbAudioInfo){.sample_rate = audio->sample_rate, .n_channels = 1, .root_key = -1};
    for (size_t i = 0; i < audio->n_samples; i++)
        found->peak = fmaxf(found->peak, fabsf(audio->samples[i]));
    found->seconds = audio->n_samples ? (double)audio->n_samples / audio->sample_rate : 0;
    return status;
}

static TbStatus describe(const char *path, Info *info) {
    TbAudio audio;
    TbAudioInfo found;
    bool instrument = is_instrument_name(path);
    TbStatus status = instrument ? load_note(path, &audio, &found) : audio_load_info(path, &audio, &found);
    if (status)
        return status;
    double energy = 0, sum = 0;
    for (size_t i = 0; i < audio.n_samples; i++) {
        double x = audio.samples[i];
        energy += x * x;
        sum += x;
    }
    double n = (double)audio.n_samples;
    info_text(info, "kind", instrument ? "instrument; what follows is of a note, C4" : "sound file");
    if (*found.format)
        info_text(info, "format", found.format);
    info_number(info, "sample_rate", found.sample_rate, "Hz");
    info_number(info, "channels", found.n_channels, "");
    describe_mixdown(&found, info);
    if (found.root_key >= 0) {
        char key[40];
        pitch_name(found.root_key, key, sizeof key);
        info_text(info, "root_key", key);
    }
    info_number(info, "length", found.seconds, "s");
    info_number(info, "peak", decibels((double)found.peak), "dBFS");
    info_number(info, "level", decibels(sqrt(energy / n)), "dBFS");
    if (fabs(sum / n) > 0.01)
        info_number(info, "dc_offset", sum / n, "of full scale");
    if (energy == 0)
        info_text(info, "note", found.peak > 0 ? "it is silent, but for dither" : "it is silent");
    if (found.n_repaired)
        info_number(info, "repaired_samples", (double)found.n_repaired, found.n_repaired == 1 ? "sample" : "samples");
    if (found.truncated)
        info_text(info, "damage", "it ends earlier than its header says");
    if (energy > 0 && found.seconds <= LONGEST_ANALYSED)
        status = describe_notes(&audio, info);
    tb_audio_free(&audio);
    return status;
}

const Describer describe_sound = {recognises, describe};
