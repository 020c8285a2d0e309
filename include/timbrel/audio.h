/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel audio: sound files, resampling, Fourier transforms, windows.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_AUDIO_H
#define TIMBREL_AUDIO_H

#include "timbrel/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A mono sound in memory: full scale is -1..1. */
typedef struct {
    float *samples; /* [n_samples], owned */
    size_t n_samples;
    double sample_rate; /* Hz */
} TbAudio;

/* What a sound file said about itself. */
typedef struct {
    double sample_rate; /* Hz */
    int n_channels;
    double seconds;    /* as found by reading, not as the header claims */
    char format[64];   /* "WAV, 16 bit", ... */
    float peak;        /* largest magnitude in any channel, at most 1000 */
    size_t n_repaired; /* samples that were NaN or infinite and became 0 */
    bool truncated;    /* the header promised more than the file holds */
} TbAudioInfo;

/* Reads any format libsndfile reads, mixed to mono (mean of channels), at the file's own rate. Non-finite samples
 * become 0 and are counted; absurdly large ones (over +-1000) are clamped. Memory grows with the data that is really
 * there, not with what the header claims. A file with no samples is TB_ERR_EMPTY. `info` may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_read(const char *path, TbAudio *audio, TbAudioInfo *info);

/* The same from memory (for fuzzing, and for sounds built into the program). `data` is only borrowed. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_read_memory(const void *data, size_t n_bytes, TbAudio *audio, TbAudioInfo *info);

typedef enum { TB_BITS_16 = 16, TB_BITS_24 = 24, TB_BITS_32F = 32 } TbBits;

/* Writes by file name: .wav .flac .aiff/.aif .ogg .caf; through a temporary file. Integer formats are dithered with
 * triangular noise of 1 LSB (seeded: the same sound gives the same bytes) and clipped to full scale. 32F is refused
 * for formats that cannot hold it (flac), .ogg ignores bits. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write(const char *path, const float *samples, size_t n_samples,
                                            double sample_rate, TbBits bits);

/* The same with two channels: samples[2 * n_frames], left and right in turn. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write_stereo(const char *path, const float *samples, size_t n_frames,
                                                   double sample_rate, TbBits bits);

/* A sound file that grows: formats, bits and errors as above, one channel or two (interleaved). A file that cannot hold
 * more (WAV and AIFF: 4 GB) refuses the samples with TB_ERR_UNSUPPORTED. After a failure what was written before can
 * still be committed. Commit puts the file where it belongs and frees the writer, even when it fails; discard leaves no
 * file; NULL is fine. OFF. */
typedef struct TbAudioWriter TbAudioWriter;
TB_NODISCARD TB_API TbStatus tb_audio_writer_new(const char *path, int n_channels, double sample_rate, TbBits bits,
                                                 TbAudioWriter **writer);
TB_NODISCARD TB_API TbStatus tb_audio_writer_add(TbAudioWriter *writer, const float *samples, size_t n_frames);
TB_NODISCARD TB_API TbStatus tb_audio_writer_commit(TbAudioWriter *writer);
TB_API void tb_audio_writer_discard(TbAudioWriter *writer);

/* What a sampler wants to know about a sample. */
typedef struct {
    int root_key;                    /* MIDI, 0..127: the key that it sounds like ... */
    double fine_tune_cents;          /* ... if it were lower by this, -50..50 */
    double gain_db;                  /* how much louder it should be played, -64..64; kept in whole dB */
    size_t loop_start, loop_end;     /* samples start .. end - 1 are played again and again; both 0: no loop */
    int low_key, high_key;           /* MIDI: where it is meant to be played, */
    int low_velocity, high_velocity; /* 1..127: and how hard */
} TbSampleInfo;

/* As tb_audio_write, with `info` in the chunks smpl and inst; for .wav only (TB_ERR_UNSUPPORTED). A loop that ends
 * behind the last sample is TB_ERR_ARGUMENT. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write_sample(const char *path, const float *samples, size_t n_samples,
                                                   double sample_rate, TbBits bits, const TbSampleInfo *info);

TB_API void tb_audio_free(TbAudio *audio); /* frees samples and zeroes the struct; fine on a zeroed one */

/* Resamples the whole sound in place with soxr at very high quality. Rates 1 kHz .. 1 MHz. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_resample(TbAudio *audio, double sample_rate);

/* One size of real FFT (FFTW single precision, FFTW_ESTIMATE so that results repeat from run to run).
 * Planning takes a lock; executing is RT and any number of threads may share one TbFft with their own buffers. (Sizes
 * with a large prime factor, such as 1994 = 2 * 997, allocate scratch inside FFTW: keep those off the audio thread.) */
typedef struct TbFft TbFft;

TB_NODISCARD TB_API TbStatus tb_fft_new(size_t size, TbFft **fft); /* size >= 2, even. OFF */
TB_API void tb_fft_free(TbFft *fft);
TB_API size_t tb_fft_size(const TbFft *fft); /* ANY */
/* real [size] -> spectrum [2 * (size / 2 + 1)], re and im interleaved, unnormalised. Buffers from tb_aligned_new. RT */
TB_API void tb_fft_forward(const TbFft *fft, const float *real, float *spectrum);
/* spectrum -> real, unnormalised (forward then inverse multiplies by size); the spectrum's content is destroyed. RT */
TB_API void tb_fft_inverse(const TbFft *fft, float *spectrum, float *real);

/* Zeroed floats aligned for SIMD and FFTW (64 bytes). NULL when out of memory. Free with tb_aligned_free. OFF. */
TB_API float *tb_aligned_new(size_t n);
TB_API void tb_aligned_free(float *p);

/* Periodic Hann window: w[i] = 0.5 - 0.5 cos(2 pi i / n). ANY. */
TB_API void tb_hann(float *w, size_t n);

#ifdef __cplusplus
}
#endif
#endif
