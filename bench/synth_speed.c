// SPDX-License-Identifier: GPL-3.0-or-later
/* How many times faster than real time one core takes sounds apart (tb_analyze) and puts them together (tb_synthesize):
 *
 *   synth_speed FILE...
 */
#include "synth/synth.h"

#include <stdio.h>
#include <time.h>

/* Seconds of processor time: other programs on the machine do not count. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    double seconds = 0, encoding = 0, rendering = 0;
    int n_files = 0;
    for (int i = 1; i < argc; i++) {
        TbAudio audio = {0}, again = {0};
        TbScore score = {0};
        TbStatus status = tb_audio_read(argv[i], &audio, NULL);
        if (status == TB_OK && audio.sample_rate != TB_ANALYSIS_RATE) {
            status = tb_audio_resample(&audio, TB_ANALYSIS_RATE); /* not what is measured here */
        }
        double start = now();
        status = status == TB_OK ? tb_analyze(&audio, NULL, NULL, NULL, &score) : status;
        double between = now();
        status = status == TB_OK ? tb_synthesize(&score, TB_ANALYSIS_RATE, 1, &again) : status;
        double end = now();
        if (status == TB_OK) {
            n_files++;
            seconds += score.seconds;
            encoding += between - start;
            rendering += end - between;
        } else {
            fprintf(stderr, "%s: %s\n", argv[i], tb_error_detail());
        }
        tb_audio_free(&audio);
        tb_audio_free(&again);
        tb_score_free(&score);
    }
    if (n_files == 0) {
        fprintf(stderr, "usage: synth_speed FILE...\n");
        return 2;
    }
    printf("%d files, %.1f s: encode %.1f x real time, render %.1f x real time, one core\n", n_files, seconds,
           seconds / encoding, seconds / rendering);
    return 0;
}
