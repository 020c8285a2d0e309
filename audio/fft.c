/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real FFT: a thin wrapper around FFTW. */
#include "base/no_memory.h"
#include "timbrel/audio.h"

#include <fftw3.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

struct TbFft {
    size_t size;
    fftwf_plan forward, inverse;
};

/* FFTW's planner and plan destructor use global tables; only execution is thread-safe. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

TbStatus tb_fft_new(size_t size, TbFft **fft) {
    *fft = NULL;
    if (size < 2 || size % 2 != 0 || size > INT_MAX)
        return tb_fail(TB_ERR_ARGUMENT, "Cannot transform %zu points; the FFT size must be even.", size);
    TbFft *f = calloc(1, sizeof *f);
    /* FFTW_ESTIMATE does not access these, but a plan depends on the alignment of its buffers. */
    float *real = tb_aligned_new(size), *spectrum = tb_aligned_new(size + 2);
    if (f && real && spectrum) {
        f->size = size;
        pthread_mutex_lock(&planner_lock);
        f->forward =
            fftwf_plan_dft_r2c_1d((int)size, real, (fftwf_complex *)spectrum, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        f->inverse =
            fftwf_plan_dft_c2r_1d((int)size, (fftwf_complex *)spectrum, real, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
        pthread_mutex_unlock(&planner_lock);
    }
    tb_aligned_free(real);
    tb_aligned_free(spectrum);
    if (!f || !f->forward || !f->inverse) {
        tb_fft_free(f);
        return tbi_no_memory("for a Fourier transform of %zu points", size);
    }
    *fft = f;
    return TB_OK;
}

void tb_fft_free(TbFft *fft) {
    if (!fft)
        return;
    pthread_mutex_lock(&planner_lock);
    if (fft->forward)
        fftwf_destroy_plan(fft->forward);
    if (fft->inverse)
        fftwf_destroy_plan(fft->inverse);
    pthread_mutex_unlock(&planner_lock);
    free(fft);
}

size_t tb_fft_size(const TbFft *fft) {
    return fft->size;
}

void tb_fft_forward(const TbFft *fft, const float *real, float *spectrum) {
    /* Casting away const is safe: the plan has FFTW_PRESERVE_INPUT. */
    fftwf_execute_dft_r2c(fft->forward, (float *)real, (fftwf_complex *)spectrum);
}

void tb_fft_inverse(const TbFft *fft, float *spectrum, float *real) {
    fftwf_execute_dft_c2r(fft->inverse, (fftwf_complex *)spectrum, real);
}
