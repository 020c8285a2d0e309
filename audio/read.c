/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads sound files into memory. Header fields are not trusted: only samples actually read count. */
#include "audio/mixdown.h"
#include "audio/mp3_header.h"
#include "audio/sample_chunks.h"
#include "audio/source.h"
#include "audio/width.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "timbrel/audio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_VALUES = 65536, MAX_HOURS = 4 };
static const double MAX_COUNTED_RATE = 192000; /* Hz: files of higher rates have the same limit in samples */
static const float MAX_LEVEL = 1000.0f;

static const struct {
    int format;
    const char *name;
} containers[] =
    {
        {SF_FORMAT_WAV, "WAV"}, {SF_FORMAT_WAVEX, "WAV"}, {SF_FORMAT_RF64, "RF64"},
        {SF_FORMAT_W64, "W64"}, {SF_FORMAT_AIFF, "AIFF"}, {SF_FORMAT_FLAC, "FLAC"},
        {SF_FORMAT_OGG, "Ogg"}, {SF_FORMAT_CAF, "CAF"},   {SF_FORMAT_AU, "AU"},
},
  encodings[] = {
      {SF_FORMAT_PCM_S8, "8 bit"},        {SF_FORMAT_PCM_U8, "8 bit"},  {SF_FORMAT_PCM_16, "16 bit"},
      {SF_FORMAT_PCM_24, "24 bit"},       {SF_FORMAT_PCM_32, "32 bit"}, {SF_FORMAT_FLOAT, "32 bit float"},
      {SF_FORMAT_DOUBLE, "64 bit float"}, {SF_FORMAT_VORBIS, "Vorbis"}, {SF_FORMAT_OPUS, "Opus"},
};

static const char *format_part(int format, char *scratch, size_t scratch_size, bool container) {
    size_t n = container ? sizeof containers / sizeof *containers : sizeof encodings / sizeof *encodings;
    for (size_t i = 0; i < n; i++)
        if ((container ? containers[i].format : encodings[i].format) == format)
            return container ? containers[i].name : encodings[i].name;
    SF_FORMAT_INFO info = {.format = format};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof info);
    snprintf(scratch, scratch_size, "%s", info.name ? info.name : "unknown");
    return scratch;
}

static void describe(int format, char *text, size_t size) {
    char a[30], b[30];
    snprintf(text, size, "%s, %s", format_part(format & SF_FORMAT_TYPEMASK, a, sizeof a, true),
             format_part(format & SF_FORMAT_SUBMASK, b, sizeof b, false));
}

/* Peak of dither alone, which is silence: two steps of the quantiser. 0 for samples that are not integers. */
static float dither_peak(int format) {
    int encoding = format & SF_FORMAT_SUBMASK;
    int bits = encoding == SF_FORMAT_PCM_S8 || encoding == SF_FORMAT_PCM_U8 ? 8
               : encoding == SF_FORMAT_PCM_16                               ? 16
               : encoding == SF_FORMAT_PCM_24                               ? 24
                                                                            : 0;
    return bits ? ldexpf(1, 2 - bits) : 0;
}

static TbStatus check_header(const TbSource *source, const SF_INFO *info) {
    if ((info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RAW)
        return tb_fail(TB_ERR_FORMAT, "\"%s\" is not a sound file: it has no header.", source->name);
    if (info->channels < 1)
        return tb_fail(TB_ERR_FORMAT, "\"%s\" is damaged: its header declares no channels.", source->name);
    if (info->samplerate < 1000 || info->samplerate > 1000000)
        return tb_fail(TB_ERR_FORMAT,
                       "\"%s\" has a sample rate of %d Hz; convert it to a rate between 1 kHz and 1 MHz first.",
                       source->name, info->samplerate);
    return TB_OK;
}

static TbStatus too_long(const TbSource *source) {
    return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" is longer than %d hours of sound; cut it into shorter files first.",
                   source->name, MAX_HOURS);
}

/* Makes the samples x[n] of a chunk finite; updates the peak and the count of repairs. */
static void repair(float *x, size_t n, TbAudioInfo *about) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            x[i] = 0.0f;
            about->n_repaired++;
        }
        x[i] = fminf(fmaxf(x[i], -MAX_LEVEL), MAX_LEVEL);
        about->peak = fmaxf(about->peak, fabsf(x[i]));
    }
}

/* Mixes a chunk in[n][n_channels] to out[n]. */
static void mix_down(const float *in, size_t n, int n_channels, TbMixdown mixdown, int channel, float *out) {
    for (size_t i = 0; i < n; i++, in += n_channels) {
        float sum = 0.0f;
        for (int c = 0; c < n_channels; c++)
            sum += mixdown == TB_MIXDOWN_DIFFERENCE && c > 0 ? -in[c] : in[c];
        out[i] = mixdown == TB_MIXDOWN_CHANNEL ? in[channel] : sum / (float)n_channels;
    }
}

static TbStatus no_memory(const TbSource *source) {
    return tbi_no_memory("to read \"%s\"", source->name);
}

/* What measures the channels while they are read; each may be NULL. */
typedef struct {
    TbChannelMeter *mix;
    TbWidthMeter *width;
} Meters;

static TbStatus meters_add(const Meters *meters, const float *values, size_t n) {
    if (meters->mix)
        tbi_channel_meter_add(meters->mix, values, n);
    return meters->width ? tbi_width_meter_add(meters->width, values, n) : TB_OK;
}

/* Reads all samples, mixed as `about` says; updates its peak and count of repairs, and measures the channels. */
static TbStatus read_samples(const TbSource *source, SNDFILE *file, const SF_INFO *info, const Meters *meters,
                             TbAudio *audio, TbAudioInfo *about) {
    size_t limit = (size_t)(MAX_HOURS * 3600 * fmin(info->samplerate, MAX_COUNTED_RATE)), capacity = 0;
    /* Fail early if the file is large enough for the header's claim to be true; otherwise count what is read. */
    if (info->frames > (sf_count_t)limit && source->n_bytes / info->channels >= info->frames)
        return too_long(source);
    size_t chunk = CHUNK_VALUES / (size_t)info->channels;
    if (chunk == 0)
        chunk = 1;
    float *values = malloc(chunk * (size_t)info->channels * sizeof *values);
    TbStatus status = values ? TB_OK : no_memory(source);
    while (!status) {
        sf_count_t got = sf_readf_float(file, values, (sf_count_t)chunk);
        if (got <= 0)
            break;
        size_t n = (size_t)got <= chunk ? (size_t)got : chunk;
        if (audio->n_samples + n > limit) {
            status = too_long(source);
            break;
        }
        if (!tbi_grow(&audio->samples, audio->n_samples + n, &capacity)) {
            status = no_memory(source);
            break;
        }
        repair(values, n * (size_t)info->channels, about);
        status = meters_add(meters, values, n);
        mix_down(values, n, info->channels, about->mixdown, about->channel, audio->samples + audio->n_samples);
        audio->n_samples += n;
    }
    free(values);
    if (!status && audio->n_samples > 0 && audio->n_samples < capacity) {
        float *fitted = realloc(audio->samples, audio->n_samples * sizeof *fitted);
        if (fitted)
            audio->samples = fitted;
    }
    return status;
}

static TbStatus fail_unreadable(const TbSource *source, const char *reason) {
    unsigned char head[4096];
    const char *kind = tb_looks_like(head, (size_t)tbi_source_read_at(source, head, sizeof head, 0));
    return tb_fail(TB_ERR_FORMAT, "\"%s\" is not a sound file that can be read%s%s (%s).", source->name,
                   kind ? "; it looks like " : "", kind ? kind : "", reason);
}

static SNDFILE *open_source(TbSource *source, SF_INFO *info, char *reason, size_t reason_size) {
    *info = (SF_INFO){0};
    source->position = 0;
    return tbi_sndfile_open(source, NULL, info, reason, reason_size);
}

/* Reads the file once more, mixed as `about` says. */
static TbStatus read_again(TbSource *source, TbAudio *audio, const TbAudioInfo *about) {
    SF_INFO info;
    char reason[200];
    TbAudioInfo again = {.mixdown = about->mixdown, .channel = about->channel};
    SNDFILE *file = open_source(source, &info, reason, sizeof reason);
    tb_audio_free(audio);
    if (!file)
        return fail_unreadable(source, reason);
    TbStatus status = read_samples(source, file, &info, &(Meters){NULL, NULL}, audio, &again);
    sf_close(file);
    return status;
}

/* Reads the open file as the mean of its channels, and says in `about` how they should be mixed. */
static TbStatus read_mean(const TbSource *source, SNDFILE *file, const SF_INFO *info, TbAudio *audio,
                          TbAudioInfo *about, TbWidth *width) {
    Meters meters = {NULL, NULL};
    TbStatus status = check_header(source, info);
    if (!status && info->channels > 1)
        status = tbi_channel_meter_new(info->channels, info->samplerate, &meters.mix);
    if (!status && width && info->channels == 2)
        status = tbi_width_meter_new(info->samplerate, &meters.width);
    if (!status)
        status = read_samples(source, file, info, &meters, audio, about);
    if (!status && meters.mix)
        about->mixdown = tbi_channel_meter_choose(meters.mix, &about->channel);
    if (!status && meters.width)
        status = tbi_width_meter_take(meters.width, about->mixdown, about->channel, width);
    tbi_channel_meter_free(meters.mix);
    tbi_width_meter_free(meters.width);
    return status;
}

/* width may be NULL. */
static TbStatus read_source(TbSource *source, TbAudio *audio, TbAudioInfo *about, TbWidth *width) {
    if (source->n_bytes == 0)
        return tb_fail(TB_ERR_EMPTY, "\"%s\" is an empty file.", source->name);
    SF_INFO info;
    char reason[200] = "";
    tbi_source_complete_size(source);
    tbi_mp3_header_complete(source);
    SNDFILE *file = open_source(source, &info, reason, sizeof reason);
    if (!file)
        return fail_unreadable(source, reason);
    TbAudioInfo found = {.mixdown = TB_MIXDOWN_MEAN};
    TbStatus status = read_mean(source, file, &info, audio, &found, width);
    bool read_error = sf_error(file) != SF_ERR_NO_ERROR;
    sf_close(file);
    if (!status && found.mixdown != TB_MIXDOWN_MEAN)
        status = read_again(source, audio, &found);
    if (!status && audio->n_samples == 0)
        status = read_error
                     ? tb_fail(TB_ERR_FORMAT, "\"%s\" is damaged: none of its sound can be read.", source->name)
                     : tb_fail(TB_ERR_EMPTY, "\"%s\" holds no sound: it has a header but no samples.", source->name);
    if (status) {
        tb_audio_free(audio);
        if (width)
            tb_width_free(width);
        return status;
    }
    audio->sample_rate = info.samplerate;
    /* Streams of unknown length claim SF_COUNT_MAX frames. */
    bool short_of_claim = info.frames < SF_COUNT_MAX && (sf_count_t)audio->n_samples < info.frames;
    *about = found;
    about->sample_rate = info.samplerate;
    about->n_channels = info.channels;
    about->seconds = (double)audio->n_samples / info.samplerate;
    about->truncated = read_error || short_of_claim || tbi_source_header_exceeds_file(source);
    about->silent = found.peak <= dither_peak(info.format);
    about->root_key = tbi_sample_chunks_root_key(source);
    describe(info.format, about->format, sizeof about->format);
    return TB_OK;
}

bool tb_audio_damage(const TbAudioInfo *info, const char *name, char *text, size_t size) {
    static const char END[] = "ends earlier than its header says; what it has is used";
    text[0] = 0;
    if (info->n_repaired)
        snprintf(text, size, "\"%s\" has %zu sample%s infinite or not a number; 0 is taken for %s%s%s.", name,
                 info->n_repaired, info->n_repaired == 1 ? " that is" : "s that are",
                 info->n_repaired == 1 ? "it" : "them", info->truncated ? ", and it " : "", info->truncated ? END : "");
    else if (info->truncated)
        snprintf(text, size, "\"%s\" %s.", name, END);
    return *text != 0;
}

static TbStatus read_path(const char *path, TbAudio *audio, TbAudioInfo *info, TbWidth *width) {
    TbAudioInfo unused;
    *audio = (TbAudio){0};
    if (info)
        *info = (TbAudioInfo){0};
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No sound file was given to read.");
    TbSource source;
    TbStatus status = tbi_source_open(&source, path);
    if (status)
        return status;
    status = read_source(&source, audio, info ? info : &unused, width);
    tbi_source_close(&source);
    return status;
}

TbStatus tb_audio_read(const char *path, TbAudio *audio, TbAudioInfo *info) {
    return read_path(path, audio, info, NULL);
}

TbStatus tb_audio_read_wide(const char *path, TbAudio *audio, TbAudioInfo *info, TbWidth *width) {
    *width = (TbWidth){0};
    return read_path(path, audio, info, width);
}

TbStatus tb_audio_read_memory(const void *data, size_t n_bytes, TbAudio *audio, TbAudioInfo *info) {
    TbAudioInfo unused;
    *audio = (TbAudio){0};
    if (info)
        *info = (TbAudioInfo){0};
    TbSource source;
    tbi_source_open_memory(&source, data, data ? n_bytes : 0);
    return read_source(&source, audio, info ? info : &unused, NULL);
}
