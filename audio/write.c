/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes sound files. */
#include "audio/sample_chunks.h"
#include "audio/source.h"
#include "base/io_error.h"
#include "base/no_memory.h"
#include "timbrel/audio.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHUNK = 4096 };
#define LARGEST 4.2e9 /* bytes of samples: WAV and AIFF have 32-bit sizes */

struct TbAudioWriter {
    TbAtomicFile out;
    SNDFILE *file;
    char *path; /* for messages; owned */
    int rate, n_channels, format;
    double n_bytes;
    TbRng rng;
};

static const struct {
    const char *extension;
    int container;
    bool holds_float;
} formats[] = {
    {".wav", SF_FORMAT_WAV, true},  {".flac", SF_FORMAT_FLAC, false}, {".aiff", SF_FORMAT_AIFF, true},
    {".aif", SF_FORMAT_AIFF, true}, {".ogg", SF_FORMAT_OGG, true},    {".caf", SF_FORMAT_CAF, true},
};

static TbStatus choose_format(const char *path, TbBits bits, int *format) {
    const char *extension = strrchr(path, '.');
    if (bits != TB_BITS_16 && bits != TB_BITS_24 && bits != TB_BITS_32F)
        return tb_fail(TB_ERR_ARGUMENT, "Cannot write samples of %d bits; choose 16, 24 or 32.", (int)bits);
    for (size_t i = 0; extension && i < sizeof formats / sizeof *formats; i++) {
        if (strcasecmp(extension, formats[i].extension) != 0)
            continue;
        if (bits == TB_BITS_32F && !formats[i].holds_float)
            return tb_fail(TB_ERR_UNSUPPORTED, "A %s file cannot hold 32 bit float; choose 16 or 24 bits, or .wav.",
                           formats[i].extension);
        int encoding = formats[i].container == SF_FORMAT_OGG ? SF_FORMAT_VORBIS
                       : bits == TB_BITS_16                  ? SF_FORMAT_PCM_16
                       : bits == TB_BITS_24                  ? SF_FORMAT_PCM_24
                                                             : SF_FORMAT_FLOAT;
        *format = formats[i].container | encoding;
        return TB_OK;
    }
    return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" does not end in .wav, .flac, .aiff, .aif, .ogg or .caf.", path);
}

/* Quantises with TPDF dither of +-1 LSB, which decorrelates the rounding error from the signal: noise instead of
 * distortion. libsndfile takes the high bits of an int; full scale is 2^(bits - 1), as in reading. */
static void quantise(const float *in, int n, int bits, TbRng *rng, int *out) {
    double scale = ldexp(1.0, bits - 1);
    for (int i = 0; i < n; i++) {
        double x = isfinite(in[i]) ? in[i] * scale : 0.0;
        x = rint(x + tb_rng_uniform(rng) - tb_rng_uniform(rng));
        x = fmin(fmax(x, -scale), scale - 1.0);
        out[i] = (int)x * (1 << (32 - bits));
    }
}

static int bits_of(int format) {
    int encoding = format & SF_FORMAT_SUBMASK;
    return encoding == SF_FORMAT_PCM_16 ? 16 : encoding == SF_FORMAT_PCM_24 ? 24 : 0;
}

static bool write_samples(TbAudioWriter *w, const float *samples, size_t n_frames) {
    int bits = bits_of(w->format);
    size_t n_samples = n_frames * (size_t)w->n_channels, chunk = CHUNK / (size_t)w->n_channels * (size_t)w->n_channels;
    /* Small chunks: the Vorbis encoder copies each onto the stack. */
    for (size_t done = 0; done < n_samples; done += chunk) {
        int n = n_samples - done < chunk ? (int)(n_samples - done) : (int)chunk;
        sf_count_t written;
        if (bits) {
            int values[CHUNK];
            quantise(samples + done, n, bits, &w->rng, values);
            written = sf_write_int(w->file, values, n);
        } else {
            float values[CHUNK];
            for (int i = 0; i < n; i++)
                values[i] = isfinite(samples[done + (size_t)i]) ? samples[done + (size_t)i] : 0.0f;
            written = sf_write_float(w->file, values, n);
        }
        if (written != n)
            return false;
    }
    return true;
}

/* ---- streaming writer ---- */

static void free_writer(TbAudioWriter *w) {
    free(w->path);
    free(w);
}

static TbStatus new_writer(const char *path, int n_channels, double sample_rate, TbBits bits,
                           TbStatus (*begin)(TbAtomicFile *file, const char *path), TbAudioWriter **writer) {
    *writer = NULL;
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No file name was given to write the sound to.");
    if (n_channels < 1 || n_channels > 2)
        return tb_fail(TB_ERR_ARGUMENT, "Cannot write \"%s\": a sound has one channel or two.", path);
    if (!(sample_rate >= 1000 && sample_rate <= 1e6))
        return tb_fail(TB_ERR_ARGUMENT, "Cannot write \"%s\" at %g Hz: rates must be between 1 kHz and 1 MHz.", path,
                       sample_rate);
    int format = 0;
    TbStatus status = choose_format(path, bits, &format);
    if (status)
        return status;
    TbAudioWriter *w = calloc(1, sizeof *w);
    if (!w || !(w->path = strdup(path))) {
        free(w);
        return tbi_no_memory("to write \"%s\"", path);
    }
    status = begin(&w->out, path);
    if (status) {
        free_writer(w);
        return status;
    }
    SF_INFO info = {.samplerate = (int)lround(sample_rate), .channels = n_channels, .format = format};
    w->rate = info.samplerate;
    w->n_channels = n_channels;
    w->format = format;
    tb_rng_seed(&w->rng, 0x7469);
    char reason[200] = "";
    errno = 0;
    w->file = tbi_sndfile_open(NULL, w->out.temp, &info, reason, sizeof reason);
    if (!w->file) {
        int error = errno;
        tb_audio_writer_discard(w);
        if (error && strncmp(reason, "System error", 12) == 0) /* libsndfile's word for what errno tells */
            return tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", path, io_error_text(error));
        return tb_fail(TB_ERR_UNSUPPORTED, "Cannot write \"%s\" at %d Hz (%s).", path, info.samplerate, reason);
    }
    /* No PEAK chunk in float files: it has a time stamp, but the same sound must give the same bytes. */
    sf_command(w->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    double quality = 0.7; /* Vorbis: about 100 kbit/s for mono at 44.1 kHz */
    sf_command(w->file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
    *writer = w;
    return TB_OK;
}

TbStatus tb_audio_writer_new(const char *path, int n_channels, double sample_rate, TbBits bits,
                             TbAudioWriter **writer) {
    return new_writer(path, n_channels, sample_rate, bits, tb_atomic_file_begin, writer);
}

TbStatus tb_audio_writer_new_file(const char *path, int n_channels, double sample_rate, TbBits bits,
                                  TbAudioWriter **writer) {
    return new_writer(path, n_channels, sample_rate, bits, tb_atomic_file_begin_new, writer);
}

TbStatus tb_audio_writer_add(TbAudioWriter *w, const float *samples, size_t n_frames) {
    int container = w->format & SF_FORMAT_TYPEMASK, bits = bits_of(w->format);
    double more = (double)n_frames * w->n_channels * (bits ? bits / 8 : 4);
    if ((container == SF_FORMAT_WAV || container == SF_FORMAT_AIFF) && w->n_bytes + more > LARGEST)
        return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" is full at its format's limit of 4 GB; use .caf or .flac for more.",
                       w->path);
    errno = 0;
    if (!write_samples(w, samples, n_frames)) {
        /* An encoder that does not support the sample rate fails only here, with errno 0. */
        return errno ? tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", w->path, io_error_text(errno))
                     : tb_fail(TB_ERR_UNSUPPORTED, "Cannot write \"%s\" at %d Hz (%s).", w->path, w->rate,
                               sf_strerror(w->file));
    }
    w->n_bytes += more;
    return TB_OK;
}

/* Closes the temporary file, which flushes it to disk. */
static TbStatus finish(TbAudioWriter *w) {
    errno = 0;
    bool closed = sf_close(w->file) == 0;
    int error = errno;
    w->file = NULL;
    return closed ? TB_OK : tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", w->path, io_error_text(error));
}

TbStatus tb_audio_writer_commit(TbAudioWriter *w) {
    TbStatus status = w->file ? finish(w) : TB_OK;
    if (status == TB_OK)
        status = tb_atomic_file_commit(&w->out);
    else
        tb_atomic_file_discard(&w->out);
    free_writer(w);
    return status;
}

void tb_audio_writer_discard(TbAudioWriter *w) {
    if (!w)
        return;
    if (w->file)
        sf_close(w->file);
    tb_atomic_file_discard(&w->out);
    free_writer(w);
}

/* ---- whole sounds ---- */

static TbStatus write_file(const char *path, const float *samples, int n_channels, size_t n_frames, double sample_rate,
                           TbBits bits, const TbSampleInfo *sampler) {
    TbAudioWriter *writer;
    if (path && *path && (n_frames == 0 || !samples))
        return tb_fail(TB_ERR_EMPTY, "There is no sound to write to \"%s\".", path);
    TbStatus status = tb_audio_writer_new(path, n_channels, sample_rate, bits, &writer);
    if (status)
        return status;
    status = tb_audio_writer_add(writer, samples, n_frames);
    if (status == TB_OK && sampler) {
        status = finish(writer);
        if (status == TB_OK)
            status = tbi_sample_chunks_put(writer->out.temp, path, writer->rate, sampler);
    }
    if (status == TB_OK)
        return tb_audio_writer_commit(writer);
    tb_audio_writer_discard(writer);
    return status;
}

TbStatus tb_audio_write(const char *path, const float *samples, size_t n_samples, double sample_rate, TbBits bits) {
    return write_file(path, samples, 1, n_samples, sample_rate, bits, NULL);
}

TbStatus tb_audio_write_stereo(const char *path, const float *samples, size_t n_frames, double sample_rate,
                               TbBits bits) {
    return write_file(path, samples, 2, n_frames, sample_rate, bits, NULL);
}

TbStatus tb_audio_write_sample(const char *path, const float *samples, size_t n_samples, double sample_rate,
                               TbBits bits, const TbSampleInfo *info) {
    bool no_loop = info->loop_start == 0 && info->loop_end == 0;
    if (!no_loop && (info->loop_end <= info->loop_start || info->loop_end > n_samples))
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": a loop from %zu to %zu does not fit into %zu samples.", path,
                       info->loop_start, info->loop_end, n_samples);
    if (info->root_key < 0 || info->root_key > 127 || !(fabs(info->fine_tune_cents) <= 50.0))
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": the root key must be 0 to 127, and the fine tuning -50 to 50 cents.",
                       path);
    return write_file(path, samples, 1, n_samples, sample_rate, bits, info);
}
