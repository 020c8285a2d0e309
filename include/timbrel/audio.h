/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel audio: sound files, resampling, Fourier transforms and windows.
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

/* How the channels of a file became one. */
typedef enum {
    TB_MIXDOWN_MEAN,
    TB_MIXDOWN_DIFFERENCE, /* half of left minus right: one channel was inverted */
    TB_MIXDOWN_CHANNEL,    /* one channel: the others are empty, or the mean would cancel much of the sound */
} TbMixdown;

/* Properties of a sound file. */
typedef struct {
    double sample_rate; /* Hz */
    int n_channels;
    double seconds;    /* duration of the samples read, not the header's claim */
    char format[64];   /* "WAV, 16 bit", ... */
    float peak;        /* largest magnitude in any channel, up to 1000 */
    size_t n_repaired; /* number of NaN or infinite samples replaced by 0 */
    bool truncated;    /* the file holds fewer samples than its header claims */
    bool silent;       /* no sample is larger than dither: two steps of an integer format, else 0 */
    TbMixdown mixdown;
    int channel;  /* the one that was used, from 0, for TB_MIXDOWN_CHANNEL */
    int root_key; /* MIDI key that plays the recording as it is, from the smpl chunk of a WAV file; -1: unknown */
} TbAudioInfo;

/* Reads any format that libsndfile supports, mixed to mono, at the file's own sample rate. The mix is the mean of the
 * channels, unless that is not what is heard: see TbMixdown. Non-finite samples become 0 and are counted; samples
 * outside +-1000 are clamped. Memory use grows with the data read, not with the header's claim. A file without samples
 * is TB_ERR_EMPTY. `info` may be NULL. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_read(const char *path, TbAudio *audio, TbAudioInfo *info);

/* The same from memory (for fuzzing and for embedded sounds). `data` is borrowed during the call only. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_read_memory(const void *data, size_t n_bytes, TbAudio *audio, TbAudioInfo *info);

/* The width of a sound of two channels, which analysis hears as one (parametric stereo): at each step and in each band,
 * how loud both channels are against the mix, and how much they are alike. */
#define TB_WIDTH_STEP (1024 / 44100.0) /* seconds; step i is centred there, i times */
/* dB: the lowest level over 0. The highest is 13.5 dB: bands that cancel in the mix by more come back softer. */
#define TB_WIDTH_LOWEST (-50.0)
enum { TB_WIDTH_BANDS = 28 }; /* evenly spaced in ERB number, 0 .. 20 kHz */

typedef struct {
    uint8_t left, right; /* level: 0 is none, 1 TB_WIDTH_LOWEST, each step 1/4 dB more */
    uint8_t likeness;    /* correlation: 127 + 127 r */
} TbWidthBand;

typedef struct {
    size_t n;           /* steps; 0: the sound has one channel, or two that are the same */
    TbWidthBand *bands; /* [n][TB_WIDTH_BANDS], owned */
} TbWidth;

TB_API TbWidthBand tb_width_band(double left, double right, double likeness); /* amplitudes, correlation; ANY */
TB_API double tb_width_level(uint8_t byte);                                   /* amplitude of a level; ANY */
TB_API void tb_width_free(TbWidth *width);                                    /* and zeroes it. OFF */

/* As tb_audio_read, with the width of a file of two channels, *width, the caller's. An inverted channel is turned
 * round, and an empty one is left out. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_read_wide(const char *path, TbAudio *audio, TbAudioInfo *info, TbWidth *width);

/* mono[n] -> stereo[n][2], left and right: gives the sound a width with steps. Rates 8 .. 192 kHz. The mean of both
 * channels is mono[n] again, where the mix was the mean. OFF. */
TB_NODISCARD TB_API TbStatus tb_widen(const float *mono, size_t n, double sample_rate, const TbWidth *width,
                                      float *stereo);

/* Writes one sentence about what is wrong with a file that was read all the same, and what was done with it; false, and
 * "", if nothing is. name: of the file, for the sentence. ANY */
TB_API bool tb_audio_damage(const TbAudioInfo *info, const char *name, char *text, size_t size);

typedef enum { TB_BITS_16 = 16, TB_BITS_24 = 24, TB_BITS_32F = 32 } TbBits;

/* Writes a mono sound file atomically. The name's extension selects the format: .wav .flac .aiff/.aif .ogg .caf.
 * Integer formats are dithered with triangular noise of +-1 LSB (fixed seed: the same sound gives the same bytes) and
 * clipped to full scale. TB_BITS_32F is TB_ERR_UNSUPPORTED for .flac; .ogg ignores `bits`. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write(const char *path, const float *samples, size_t n_samples,
                                            double sample_rate, TbBits bits);

/* The same with two channels: samples[n_frames][2], interleaved left and right. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write_stereo(const char *path, const float *samples, size_t n_frames,
                                                   double sample_rate, TbBits bits);

/* Streaming writer with one channel or two (interleaved); formats, bits and errors are those of tb_audio_write. Adding
 * samples beyond the format's limit (WAV and AIFF: 4 GB) fails with TB_ERR_UNSUPPORTED. After a failed add, the samples
 * added before can still be committed. Commit moves the file to `path` and frees the writer, even when it fails.
 * Discard deletes the temporary file and frees the writer; NULL is allowed. OFF. */
typedef struct TbAudioWriter TbAudioWriter;
TB_NODISCARD TB_API TbStatus tb_audio_writer_new(const char *path, int n_channels, double sample_rate, TbBits bits,
                                                 TbAudioWriter **writer);
/* The same through tb_atomic_file_begin_new: TB_ERR_BUSY if there is a file of this name, or becomes one. */
TB_NODISCARD TB_API TbStatus tb_audio_writer_new_file(const char *path, int n_channels, double sample_rate, TbBits bits,
                                                      TbAudioWriter **writer);
TB_NODISCARD TB_API TbStatus tb_audio_writer_add(TbAudioWriter *writer, const float *samples, size_t n_frames);
TB_NODISCARD TB_API TbStatus tb_audio_writer_commit(TbAudioWriter *writer);
TB_API void tb_audio_writer_discard(TbAudioWriter *writer);

/* A sample's playback parameters for a sampler. */
typedef struct {
    int root_key;                    /* MIDI key, 0..127, whose pitch the sample has ... */
    double fine_tune_cents;          /* ... plus this, -50..50 */
    double gain_db;                  /* playback gain, -64..64, stored in whole dB */
    size_t loop_start, loop_end;     /* samples start .. end - 1 repeat; both 0: no loop */
    int low_key, high_key;           /* MIDI key range */
    int low_velocity, high_velocity; /* velocity range, 1..127 */
} TbSampleInfo;

/* As tb_audio_write, with `info` in the smpl and inst chunks; .wav only, else TB_ERR_UNSUPPORTED. A loop outside the
 * sample, a root key or a fine tune out of range is TB_ERR_ARGUMENT. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_write_sample(const char *path, const float *samples, size_t n_samples,
                                                   double sample_rate, TbBits bits, const TbSampleInfo *info);

TB_API void
tb_audio_free(TbAudio *audio); /* frees the samples and zeroes the struct; a zeroed struct is allowed. OFF */

/* Resamples the whole sound in place with soxr at very high quality (VHQ). Rates 1 kHz .. 1 MHz. OFF. */
TB_NODISCARD TB_API TbStatus tb_audio_resample(TbAudio *audio, double sample_rate);

/* A real FFT of one size (FFTW, single precision; FFTW_ESTIMATE gives the same result in every run). Planning takes a
 * lock. Executing is RT, and any number of threads may share one TbFft, each with its own buffers. Sizes with a large
 * prime factor, such as 1994 = 2 * 997, make FFTW allocate scratch memory: do not use them on the audio thread. */
typedef struct TbFft TbFft;

TB_NODISCARD TB_API TbStatus tb_fft_new(size_t size, TbFft **fft); /* size >= 2, even. OFF */
TB_API void tb_fft_free(TbFft *fft);
TB_API size_t tb_fft_size(const TbFft *fft); /* ANY */
/* real[size] -> spectrum[size / 2 + 1][2] (re, im), unnormalised. Buffers from tb_aligned_new. RT */
TB_API void tb_fft_forward(const TbFft *fft, const float *real, float *spectrum);
/* spectrum[size / 2 + 1][2] -> real[size], unnormalised (forward and inverse multiply by size); overwrites spectrum. RT
 */
TB_API void tb_fft_inverse(const TbFft *fft, float *spectrum, float *real);

/* n zeroed floats, aligned to 64 bytes for SIMD and FFTW. NULL when out of memory. Free with tb_aligned_free. OFF. */
TB_API float *tb_aligned_new(size_t n);
TB_API void tb_aligned_free(float *p);

/* Periodic Hann window: w[i] = 0.5 - 0.5 cos(2 pi i / n). ANY. */
TB_API void tb_hann(float *w, size_t n);

#ifdef __cplusplus
}
#endif
#endif
