/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the options shared by all commands that write a sound: -o, --rate, --bits.
 *
 *   typedef struct { OutputValues output; double mix; } Values;
 *   static const Option options[] = {OUTPUT_OPTIONS(Values, output), {"mix", ...}};
 *   ... output_check(&v->output) before the work, output_write(&v->output, samples, n, rate) after it. */
#ifndef TIMBREL_APP_OUTPUT_H
#define TIMBREL_APP_OUTPUT_H

#include "app/options.h"
#include "timbrel/synth.h"

typedef struct {
    const char *path;
    double rate; /* Hz; NAN: not given */
    int bits;    /* index into "16|24|32f" */
} OutputValues;

#define OUTPUT_OPTIONS(type, field)                                                                                    \
    {"output",                                                                                                         \
     'o',                                                                                                              \
     OPTION_TEXT,                                                                                                      \
     "FILE",                                                                                                           \
     .required = true,                                                                                                 \
     .help = "file to write: .wav .flac .aiff .ogg .caf",                                                              \
     .offset = offsetof(type, field.path)},                                                                            \
        {"rate",                                                                                                       \
         'r',                                                                                                          \
         OPTION_NUMBER,                                                                                                \
         "HZ",                                                                                                         \
         .low = 22050,                                                                                                 \
         .high = 192000,                                                                                               \
         .help = "sample rate (default: that of the input)",                                                           \
         .offset = offsetof(type, field.rate)},                                                                        \
    {                                                                                                                  \
        "bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "sample format",                            \
                                                 .offset = offsetof(type, field.bits)                                  \
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
 */
TB_NODISCARD TbStatus output_folder_check(const char *folder);
TB_NODISCARD TbStatus output_folder(const char *folder);

TB_NODISCARD TbStatus output_write(const OutputValues *output, const float *samples, size_t n_samples,
                                   double sample_rate);
/* Synthesizes and writes. */
TB_NODISCARD TbStatus output_synthesis(const OutputValues *output, const TbAnalysis *analysis, double sample_rate);
/* samples[2 * n_frames], interleaved. */
TB_NODISCARD TbStatus output_write_stereo(const OutputValues *output, const float *samples, size_t n_frames,
                                          double sample_rate);

#endif
