/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sounds that commands write: what is over full scale is not cut off without a word. */
#include "app/output.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { N = 1000 };

/* Writes a sound and returns what was said to standard error meanwhile. */
static const char *said(const char *folder, int bits, float peak) {
    static char text[1000];
    char path[200], log[200];
    float x[N] = {0};
    x[10] = peak;
    x[20] = -peak;
    snprintf(path, sizeof path, "%s/x.wav", folder);
    snprintf(log, sizeof log, "%s/log", folder);
    int before = dup(STDERR_FILENO);
    assert_non_null(freopen(log, "w+", stderr));
    TbStatus status = output_write(&(OutputValues){.path = path, .bits = bits, .level.gain = NAN}, x, N, 44100);
    rewind(stderr);
    text[fread(text, 1, sizeof text - 1, stderr)] = 0;
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(status, TB_OK);
    return text;
}

static void test_clipping_is_told(void **state) {
    (void)state;
    ScratchFolder scratch;
    assert_true(scratch_new(&scratch));
    for (int bits = 0; bits < 3; bits++)
        assert_string_equal(said(scratch.path, bits, 1), "");
    assert_non_null(strstr(said(scratch.path, 0, 2), "6.0 dB over full scale, and 2 samples are cut off"));
    assert_non_null(strstr(said(scratch.path, 1, 2), "--bits 32f"));
    assert_string_equal(said(scratch.path, 2, 2), ""); /* floats hold it */
    scratch_free(&scratch);
}

static void test_levels(void **state) {
    (void)state;
    static const struct {
        OutputLevel level;
        float peak;
    } cases[] = {{{.gain = NAN}, 0.5f},
                 {{.gain = 6.0206}, 1},
                 {{.gain = -20}, 0.05f},
                 {{NAN, true}, 0.891251f},
                 {{0, false}, 0.5f}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float x[3] = {0.1f, -0.5f, 0};
        output_level(&cases[i].level, x, 3);
        assert_true(fabsf(-x[1] - cases[i].peak) < 1e-5f && fabsf(x[0] - 0.2f * cases[i].peak) < 1e-5f && x[2] == 0);
        assert_int_equal(output_level_check(&cases[i].level), TB_OK);
    }
    float silence[3] = {0};
    output_level(&(OutputLevel){NAN, true}, silence, 3);
    assert_true(silence[0] == 0);
    assert_int_equal(output_level_check(&(OutputLevel){3, true}), TB_ERR_ARGUMENT);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_clipping_is_told, test_levels);
}
