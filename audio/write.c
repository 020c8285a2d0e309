// SPDX-License-Identifier: GPL-3.0-or-later
// Sounds from memory into files.
#include "audio/audio.h"
#include "audio/sample_chunks.h"
#include "audio/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CHUNK = 4096 };

static const struct {
    const char *ending;
    int container;
    bool holds_float;
} formats[] = {
    {".wav", SF_FORMAT_WAV, true},  {".flac", SF_FORMAT_FLAC, false}, {".aiff", SF_FORMAT_AIFF, true},
    {".aif", SF_FORMAT_AIFF, true}, {".ogg", SF_FORMAT_OGG, true},    {".caf", SF_FORMAT_CAF, true},
};

static TbStatus choose_format(const char *path, TbBits bits, int *format) {
    const char *ending = strrchr(path, '.');
    if (bits != TB_BITS_16 && bits != TB_BITS_24 && bits != TB_BITS_32F)
        return tb_fail(TB_ERR_ARGUMENT, "Sounds are written with 16, 24 or 32 bits, not %d.", (int)bits);
    for (size_t i = 0; ending && i < sizeof formats / sizeof *formats; i++) {
        if (strcasecmp(ending, formats[i].ending) != 0)
            continue;
        if (bits == TB_BITS_32F && !formats[i].holds_float)
            return tb_fail(TB_ERR_UNSUPPORTED, "A %s file cannot hold 32 bit float; choose 16 or 24 bits, or .wav.",
                           formats[i].ending);
        int encoding = formats[i].container == SF_FORMAT_OGG ? SF_FORMAT_VORBIS
                       : bits == TB_BITS_16                  ? SF_FORMAT_PCM_16
                       : bits == TB_BITS_24                  ? SF_FORMAT_PCM_24
                                                             : SF_FORMAT_FLOAT;
        *format = formats[i].container | encoding;
        return TB_OK;
    }
    return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\": the name must end in .wav, .flac, .aiff, .aif, .ogg or .caf.", path);
}

// Triangular noise of +-1 LSB makes the rounding error independent of the sound: noise instead of distortion.
// libsndfile takes the high bits of an int; full scale is 2^(bits - 1), as when reading.
static void quantise(const float *in, int n, int bits, TbRng *rng, int *out) {
    double scale = ldexp(1.0, bits - 1);
    for (int i = 0; i < n; i++) {
        double x = isfinite(in[i]) ? in[i] * scale : 0.0;
        x = rint(x + tb_rng_uniform(rng) - tb_rng_uniform(rng));
        x = fmin(fmax(x, -scale), scale - 1.0);
        out[i] = (int)x * (1 << (32 - bits));
    }
}

static bool write_samples(SNDFILE *file, const float *samples, size_t n_samples, int encoding) {
    int bits = encoding == SF_FORMAT_PCM_16 ? 16 : encoding == SF_FORMAT_PCM_24 ? 24 : 0;
    TbRng rng;
    tb_rng_seed(&rng, 0x7469);
    // In small chunks: the Vorbis encoder takes what it is given onto the stack.
    for (size_t done = 0; done < n_samples; done += CHUNK) {
        int n = n_samples - done < CHUNK ? (int)(n_samples - done) : CHUNK;
        sf_count_t written;
        if (bits) {
            int values[CHUNK];
            quantise(samples + done, n, bits, &rng, values);
            written = sf_writef_int(file, values, n);
        } else {
            float values[CHUNK];
            for (int i = 0; i < n; i++)
                values[i] = isfinite(samples[done + (size_t)i]) ? samples[done + (size_t)i] : 0.0f;
            written = sf_writef_float(file, values, n);
        }
        if (written != n)
            return false;
    }
    return true;
}

static TbStatus write_file(const char *path, const float *samples, size_t n_samples, double sample_rate, TbBits bits,
                           const TbSampleInfo *sampler) {
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No file name was given to write the sound to.");
    if (n_samples == 0 || !samples)
        return tb_fail(TB_ERR_EMPTY, "There is no sound to write to \"%s\".", path);
    if (!(sample_rate >= 1000 && sample_rate <= 1e6))
        return tb_fail(TB_ERR_ARGUMENT, "Cannot write \"%s\" at %g Hz: rates must be between 1 kHz and 1 MHz.", path,
                       sample_rate);
    int format = 0;
    TbStatus status = choose_format(path, bits, &format);
    if (status)
        return status;
    TbReplace replace;
    status = tb_replace_begin(&replace, path);
    if (status)
        return status;
    SF_INFO info = {.samplerate = (int)lround(sample_rate), .channels = 1, .format = format};
    char reason[200] = "";
    SNDFILE *file = tb_sndfile_open(NULL, replace.temp, &info, reason, sizeof reason);
    if (!file) {
        tb_replace_discard(&replace);
        return tb_fail(TB_ERR_UNSUPPORTED, "Cannot write \"%s\" at %d Hz (%s).", path, info.samplerate, reason);
    }
    // The PEAK chunk of float files holds the time of day: the same sound would not give the same bytes.
    sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    double quality = 0.7; // Vorbis: about 100 kbit/s for one channel at 44.1 kHz
    sf_command(file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
    errno = 0;
    bool whole = write_samples(file, samples, n_samples, format & SF_FORMAT_SUBMASK);
    int error = errno;
    snprintf(reason, sizeof reason, "%s", whole ? "is the disk full?" : sf_strerror(file));
    bool closed = sf_close(file) == 0;
    if (!whole || !closed) {
        // An encoder that does not take this rate fails only now; the system has nothing to say about that.
        status = error || whole
                     ? tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", path, error ? strerror(error) : reason)
                     : tb_fail(TB_ERR_UNSUPPORTED, "Cannot write \"%s\" at %d Hz (%s).", path, info.samplerate, reason);
        tb_replace_discard(&replace);
        return status;
    }
    if (sampler)
        status = tb_sample_chunks_put(replace.temp, path, info.samplerate, sampler);
    if (!status)
        return tb_replace_commit(&replace);
    tb_replace_discard(&replace);
    return status;
}

TbStatus tb_audio_write(const char *path, const float *samples, size_t n_samples, double sample_rate, TbBits bits) {
    return write_file(path, samples, n_samples, sample_rate, bits, NULL);
}

TbStatus tb_audio_write_sample(const char *path, const float *samples, size_t n_samples, double sample_rate,
                               TbBits bits, const TbSampleInfo *info) {
    bool no_loop = info->loop_start == 0 && info->loop_end == 0;
    if (!no_loop && (info->loop_end <= info->loop_start || info->loop_end > n_samples))
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": a loop from %zu to %zu does not fit into %zu samples.", path,
                       info->loop_start, info->loop_end, n_samples);
    if (info->root_key < 0 || info->root_key > 127 || !(fabs(info->fine_tune_cents) <= 50.0))
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\": keys go from 0 to 127, fine tunings from -50 to 50 cents.", path);
    return write_file(path, samples, n_samples, sample_rate, bits, info);
}
