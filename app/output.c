/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/output.h"
#include "app/files.h"
#include "app/standard_streams.h"
#include "base/io_error.h"
#include "base/no_memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};

/* Whether a file or folder can be made there. */
static TbStatus folder_check(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') /* of a folder that is to be made */
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    char *folder = length ? strndup(path, length) : strdup(".");
    if (!folder)
        return tbi_no_memory("for the path of a folder");
    TbStatus status = path_kind(folder) != PATH_FOLDER ? io_no_folder_for(path)
                      : access(folder, W_OK) != 0
                          ? tb_fail(TB_ERR_IO, "Cannot write into \"%s\": %s.", folder, io_error_text(errno))
                          : TB_OK;
    free(folder);
    return status;
}

TbStatus output_place_check(const char *path) {
    if (path_kind(path) == PATH_FOLDER)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a folder; name a file in it.", path);
    return folder_check(path);
}

TbStatus output_ending_check(const char *path, const char *ending, const char *kind) {
    const char *own = strrchr(path_base(path), '.');
    if (!own || strcasecmp(own, ending) != 0)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" does not end in %s, as %s do.", path, ending, kind);
    return TB_OK;
}

TbStatus picture_place_check(const char *path) {
    if (!PICTURES)
        return tb_fail(
            TB_ERR_UNSUPPORTED,
            "Pictures are not in this build of Timbrel; build it with -DTIMBREL_PLOT=ON, which needs cairo.");
    TbStatus status = output_ending_check(path, ".png", "pictures");
    return status ? status : output_place_check(path);
}

void picture_tell_left_out(TbStatus status) {
    if (!PICTURES && status == TB_OK)
        fputs("The picture is left out: pictures are not in this build of Timbrel.\n", stderr);
}

TbStatus output_folder_check(const char *option, const char *folder) {
    if (path_kind(folder) == PATH_FILE)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a file; %s wants a folder.", folder, option);
    return path_kind(folder) == PATH_ABSENT ? folder_check(folder) : TB_OK;
}

TbStatus output_folder(const char *folder) {
    if (path_kind(folder) == PATH_ABSENT && mkdir(folder, 0777) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? io_no_folder_for(folder)
                   : tb_fail(TB_ERR_IO, "Cannot make the folder \"%s\": %s.", folder, io_error_text(errno));
    if (access(folder, W_OK) != 0)
        return tb_fail(TB_ERR_IO, "Cannot write into \"%s\": %s.", folder, io_error_text(errno));
    return TB_OK;
}

static bool is_standard_output(const char *path) {
    return strcmp(path, "-") == 0;
}

TbStatus output_check(const OutputValues *output) {
    static const char *const endings[] = {".wav", ".flac", ".aiff", ".aif", ".ogg", ".caf"};
    const char *base = path_base(output->path), *ending = strrchr(base, '.');
    bool known = false;
    if (is_standard_output(output->path))
        return isatty(STDOUT_FILENO)
                   ? tb_fail(TB_ERR_ARGUMENT, "\"-\" writes a .wav file to standard output, but that is "
                                              "a terminal; redirect it, or name a file.")
                   : output_level_check(&output->level);
    for (size_t i = 0; ending && i < sizeof endings / sizeof endings[0]; i++)
        known = known || strcasecmp(ending, endings[i]) == 0;
    if (!known)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" does not end in .wav, .flac, .aiff, .ogg or .caf.", output->path);
    if (bits[output->bits] == TB_BITS_32F && strcasecmp(ending, ".flac") == 0)
        return tb_fail(TB_ERR_ARGUMENT, "FLAC cannot hold 32f; use --bits 24, or a .wav file.");
    TbStatus status = output_level_check(&output->level);
    return status ? status : output_place_check(output->path);
}

TbStatus output_level_check(const OutputLevel *level) {
    if (level->normalize && isfinite(level->gain))
        return tb_fail(TB_ERR_ARGUMENT, "--gain and --normalize both set the level; give one of them.");
    return TB_OK;
}

void output_level(const OutputLevel *level, float *x, size_t n) {
    float peak = 0, gain = 1;
    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    if (level->normalize && peak > 0)
        gain = (float)pow(10, OUTPUT_PEAK_DB / 20) / peak;
    else if (isfinite(level->gain))
        gain = (float)pow(10, level->gain / 20);
    for (size_t i = 0; i < n && gain != 1; i++)
        x[i] *= gain;
}

/* Integer formats clip at full scale; clipping is reported. */
static void print_clipped(const OutputValues *output, const float *samples, size_t n) {
    size_t over = 0;
    float peak = 1;
    for (size_t i = 0; i < n; i++) {
        over += fabsf(samples[i]) > 1;
        peak = fmaxf(peak, fabsf(samples[i]));
    }
    if (over > 0 && bits[output->bits] != TB_BITS_32F)
        fprintf(stderr, "%s: the peak is %.1f dB over full scale, and %zu sample%s cut off; --bits 32f keeps them\n",
                output->path, 20 * log10((double)peak), over, over == 1 ? " is" : "s are");
}

/* Writes samples[n_frames][n_channels]; to standard output by way of a temporary file, since headers are written last.
 */
static TbStatus write_sound(const OutputValues *output, const float *samples, int n_channels, size_t n_frames,
                            double sample_rate) {
    const char *path = output->path, *folder = getenv("TMPDIR");
    char *temporary = NULL;
    if (is_standard_output(path)) {
        int file = asprintf(&temporary, "%s/timbrel-XXXXXX.wav", folder && *folder ? folder : "/tmp") < 0
                       ? -1
                       : mkstemps(temporary, (int)strlen(".wav"));
        if (file < 0) {
            free(temporary);
            return tb_fail(TB_ERR_IO, "Cannot make a temporary file: %s.", io_error_text(errno));
        }
        close(file);
        path = temporary;
    }
    TbBits b = bits[output->bits];
    TbStatus status = n_channels == 1 ? tb_audio_write(path, samples, n_frames, sample_rate, b)
                                      : tb_audio_write_stereo(path, samples, n_frames, sample_rate, b);
    if (temporary && status == TB_OK)
        status = standard_output_copy(temporary);
    if (temporary)
        unlink(temporary);
    free(temporary);
    return status;
}

TbStatus output_write(const OutputValues *output, float *samples, size_t n_samples, double sample_rate) {
    output_level(&output->level, samples, n_samples);
    print_clipped(output, samples, n_samples);
    return write_sound(output, samples, 1, n_samples, sample_rate);
}

TbStatus output_write_stereo(const OutputValues *output, float *samples, size_t n_frames, double sample_rate) {
    output_level(&output->level, samples, 2 * n_frames);
    print_clipped(output, samples, 2 * n_frames);
    return write_sound(output, samples, 2, n_frames, sample_rate);
}

TbStatus output_write_wide(const OutputValues *output, TbAudio *audio, const TbWidth *width) {
    if (width->n == 0 || output->mono)
        return output_write(output, audio->samples, audio->n_samples, audio->sample_rate);
    float *stereo = malloc(2 * (audio->n_samples + 1) * sizeof *stereo);
    TbStatus status = stereo ? tb_widen(audio->samples, audio->n_samples, audio->sample_rate, width, stereo)
                             : tbi_no_memory("for a stereo sound");
    if (status == TB_OK)
        status = output_write_stereo(output, stereo, audio->n_samples, audio->sample_rate);
    free(stereo);
    return status;
}

TbStatus output_synthesis(TbStatus status, const OutputValues *output, TbAnalysis *analysis, double sample_rate) {
    TbAudio audio = {0};
    if (status == TB_OK)
        status = tb_synthesize(analysis, sample_rate, 1, &audio);
    if (status == TB_OK)
        status = output_write_wide(output, &audio, &analysis->width);
    tb_analysis_free(analysis);
    tb_audio_free(&audio);
    return status;
}
