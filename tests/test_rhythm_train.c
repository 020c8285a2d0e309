/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on rhythms: it learns. Files that are not of a model of rhythms are refused. */
#include "rhythm/evaluate.h"
#include "tests/run_tests.h"
#include "tests/small_rhythms.h"

#include <stdio.h>

static TbRhythmSet *set;

static int setup(void **state) {
    (void)state;
    return small_rhythms(&set);
}

static int teardown(void **state) {
    (void)state;
    tb_rhythm_set_free(set);
    return 0;
}

static bool keep_last(void *context, const TbRhythmReport *report) {
    *(TbRhythmReport *)context = *report;
    return true;
}

static void test_learns(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    TbRhythmReport report;
    small_rhythm_options(&plan, &o);
    o.report = keep_last;
    o.context = &report;
    TbRhythmModel *model;
    assert_int_equal(tbi_rhythm_train(set, &small_rhythm_sizes, &plan, &o, &model), TB_OK);
    print_message("held out: loss %.2f, F1 %.3f, %.2f ms\n", report.progress.held_out, report.f1, report.ms);
    assert_int_equal(report.progress.step, 200);
    assert_true(report.f1 > 0.8);
    assert_true(report.ms < 6); /* the grid: 4 ticks early on average, 8 at most */
    assert_true(*model->facts.early < -0.01f && *model->facts.early > -0.06f);
    tb_rhythm_model_free(model);
}

static void test_other_files(void **state) {
    (void)state;
    TbRhythmModel *model;
    const float x = 1;
    const TbTensorView view = {.name = "x", .dtype = TB_F32, .n_dims = 1, .shape = {1}, .data = &x};
    const struct {
        const char *format, *version, *sizes;
        TbStatus status;
    } cases[] = {{"timbrel model", "1", "8 16 4 8 12", TB_ERR_FORMAT},
                 {"timbrel music", "2", "8 16 4 8 12", TB_ERR_VERSION},
                 {"timbrel music", "1", "8 16 4 8", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 99999", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 12 1", TB_ERR_FORMAT},
                 {"timbrel music", "1", "8 16 4 8 12", TB_ERR_FORMAT}}; /* no weights */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *metadata[] = {
            "format", cases[i].format, "rhythm.version", cases[i].version, "rhythm.sizes", cases[i].sizes, NULL};
        void *data;
        size_t n;
        assert_int_equal(tb_tensor_file_serialize(&view, 1, metadata, &data, &n), TB_OK);
        const TbStatus status = tb_rhythm_model_parse(data, n, &model);
        print_message("%s\n", tb_error_text(status));
        assert_int_equal(status, cases[i].status);
        assert_null(model);
        free(data);
    }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_learns, test_other_files);
}
