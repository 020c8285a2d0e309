/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sample rate conversion of a whole sound. */
#include "base/no_memory.h"
#include "timbrel/audio.h"

#include <math.h>
#include <pthread.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

/* soxr caches FFT tables globally and locks the cache only in builds with OpenMP. */
static pthread_mutex_t soxr_lock = PTHREAD_MUTEX_INITIALIZER;

static soxr_error_t run(soxr_t soxr, const float *in, size_t n_in, float *out, size_t n_out) {
    enum { BLOCK = 65536 }; /* small input blocks keep soxr's buffers small */
    size_t read = 0, written = 0;
    while (written < n_out) {
        size_t n = n_in - read < BLOCK ? n_in - read : BLOCK, consumed = 0, produced = 0;
        soxr_error_t error =
            soxr_process(soxr, n ? in + read : NULL, n, &consumed, out + written, n_out - written, &produced);
        if (error)
            return error;
        read += consumed;
        written += produced;
        if (consumed == 0 && produced == 0)
            break; /* the end; one or two last samples, missing by rounding, stay 0 */
    }
    return NULL;
}

TbStatus tb_audio_resample(TbAudio *audio, double sample_rate) {
    if (!(sample_rate >= 1000 && sample_rate <= 1e6) || !(audio->sample_rate >= 1000 && audio->sample_rate <= 1e6))
        return tb_fail(TB_ERR_ARGUMENT, "Cannot resample from %g to %g Hz: rates must be between 1 kHz and 1 MHz.",
                       audio->sample_rate, sample_rate);
    if (audio->n_samples == 0)
        return tb_fail(TB_ERR_EMPTY, "Cannot resample a sound with no samples.");
    if (audio->sample_rate == sample_rate)
        return TB_OK;
    double length = round((double)audio->n_samples * sample_rate / audio->sample_rate);
    size_t n_out = length < 1 ? 1 : (size_t)length;
    float *out = n_out <= SIZE_MAX / sizeof *out ? calloc(n_out, sizeof *out) : NULL;
    if (!out)
        return tbi_no_memory("to resample %.1f seconds of sound to %g Hz",
                             (double)audio->n_samples / audio->sample_rate, sample_rate);

    soxr_error_t error = NULL;
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    pthread_mutex_lock(&soxr_lock);
    soxr_t soxr = soxr_create(audio->sample_rate, sample_rate, 1, &error, NULL, &quality, NULL);
    if (soxr && !error)
        error = run(soxr, audio->samples, audio->n_samples, out, n_out);
    soxr_delete(soxr);
    pthread_mutex_unlock(&soxr_lock);
    if (error || !soxr) {
        free(out);
        return tbi_no_memory("to resample from %g to %g Hz (%s)", audio->sample_rate, sample_rate,
                             error ? error : "soxr");
    }
    free(audio->samples);
    *audio = (TbAudio){.samples = out, .n_samples = n_out, .sample_rate = sample_rate};
    return TB_OK;
}
