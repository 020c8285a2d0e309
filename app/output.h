/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the options shared by all commands that write a sound: -o, --rate, --bits, --gain, --normalize.
 *
 *   typedef struct { OutputValues output; double mix; } Values;
 *   static const Option options[] = {OUTPUT_OPTIONS(Values, output), {"mix", ...}};
 *   ... output_check(&v->output) before the work, output_write(&v->output, samples, n, rate) after it. */
#ifndef TIMBREL_APP_OUTPUT_H
#define TIMBREL_APP_OUTPUT_H

#include "app/options.h"
#include "timbrel/synth.h"

/* How loud a sound is written. */
typedef struct {
    double gain;    /* dB; NAN: not given */
    bool normalize; /* to a peak of OUTPUT_PEAK_DB */
} OutputLevel;

typedef struct {
    const char *path;
    double rate; /* Hz; NAN: not given */
    int bits;    /* index into "16|24|32f" */
    OutputLevel level;
    bool mono; /* one channel, even if the sound has a width */
} OutputValues;

#define OUTPUT_PEAK_DB (-1.0) /* dBFS */

#define LEVEL_OPTIONS(type, field)                                                                                     \
    {"gain",                                                                                                           \
     'g',                                                                                                              \
     OPTION_NUMBER,                                                                                                    \
     "DB",                                                                                                             \
     .low = -60,                                                                                                       \
     .high = 60,                                                                                                       \
     .help = "change the level by this many dB",                                                                       \
     .offset = offsetof(type, field.gain)},                                                                            \
    {                                                                                                                  \
        "normalize", 0, OPTION_FLAG, .help = "bring the peak to -1 dB", .offset = offsetof(type, field.normalize)      \
    }

#define OUTPUT_OPTIONS(type, field)                                                                                    \
    {"output",                                                                                                         \
     'o',                                                                                                              \
     OPTION_TEXT,                                                                                                      \
     "FILE",                                                                                                           \
     .required = true,                                                                                                 \
     .help = "file to write: .wav .flac .aiff .ogg .caf, or -",                                                        \
     .offset = offsetof(type, field.path)},                                                                            \
        {"rate",                                                                                                       \
         'r',                                                                                                          \
         OPTION_NUMBER,                                                                                                \
         "HZ",                                                                                                         \
         .low = 22050,                                                                                                 \
         .high = 192000,                                                                                               \
         .help = "sample rate (default: that of the input)",                                                           \
         .offset = offsetof(type, field.rate)},                                                                        \
        {"bits",                                                                                                       \
         'b',                                                                                                          \
         OPTION_CHOICE,                                                                                                \
         "16|24|32f",                                                                                                  \
         .fallback = "24",                                                                                             \
         .help = "sample format",                                                                                      \
         .offset = offsetof(type, field.bits)},                                                                        \
        LEVEL_OPTIONS(type, field.level)

#define MONO_OPTION(type, field)                                                                                       \
    {                                                                                                                  \
        "mono", 0, OPTION_FLAG, .help = "one channel (default: two, where the sound has two)",                         \
                                .offset = offsetof(type, field.mono)                                                   \
    }

/* Checks early what would make output_write fail later: an unknown extension, a missing folder. */
TB_NODISCARD TbStatus output_check(const OutputValues *output);

/* TB_ERR_ARGUMENT unless the path ends in `ending`, such as ".png". kind: what has it, such as "pictures". */
TB_NODISCARD TbStatus output_ending_check(const char *path, const char *ending, const char *kind);
/* The same as output_check for any file: its folder must exist and be writable. */
TB_NODISCARD TbStatus output_place_check(const char *path);
/* Whether this build has pictures. */
enum { PICTURES = TIMBREL_PLOT };
/* The same for a picture (.png); TB_ERR_UNSUPPORTED when this build has none. */
TB_NODISCARD TbStatus picture_place_check(const char *path);
/* Says, if all went well, that a picture that nobody asked for by name is not there. */
void picture_tell_left_out(TbStatus status);

/* The same for a folder that is made when it is not there: what is wrong before the work, and then the folder itself.
 * option: the one that names it, such as "--output". */
TB_NODISCARD TbStatus output_folder_check(const char *option, const char *folder);
TB_NODISCARD TbStatus output_folder(const char *folder);

/* Gives x[n] the level that is asked for. */
void output_level(const OutputLevel *level, float *x, size_t n);
/* --gain and --normalize exclude each other. */
TB_NODISCARD TbStatus output_level_check(const OutputLevel *level);

/* Writes the samples at the level asked for, which changes them; says by how much they are over full scale if that is
 * cut off. */
TB_NODISCARD TbStatus output_write(const OutputValues *output, float *samples, size_t n_samples, double sample_rate);
/* The same with two channels if the sound has a width, unless one is asked for. */
TB_NODISCARD TbStatus output_write_wide(const OutputValues *output, TbAudio *audio, const TbWidth *width);
/* Synthesizes and writes; after a failure, which it returns, it does neither. Frees the analysis. */
TB_NODISCARD TbStatus output_synthesis(TbStatus status, const OutputValues *output, TbAnalysis *analysis,
                                       double sample_rate);
/* samples[2 * n_frames], interleaved. */
TB_NODISCARD TbStatus output_write_stereo(const OutputValues *output, float *samples, size_t n_frames,
                                          double sample_rate);

#endif
