/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on rhythms: it learns, is repeatable with each number of threads, continues from a checkpoint as if it had
 * not stopped, stops when told, and refuses what it cannot do. Model files: read back as they were, others refused. */
#include "rhythm/evaluate.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "tests/small_rhythms.h"

#include <stdio.h>

static ScratchFolder folder;
static TbRhythmSet *set;
static char checkpoint[256], file[256];

static int setup(void **state) {
    (void)state;
    assert_true(scratch_new(&folder));
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", folder.path);
    snprintf(file, sizeof file, "%s/model.safetensors", folder.path);
    assert_int_equal(small_rhythms(&set), TB_OK);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_rhythm_set_free(set);
    scratch_free(&folder);
    return 0;
}

static TbRhythmModel *train(const TbTrainingPlan *plan, const TbRhythmTrainOptions *o) {
    TbRhythmModel *model;
    TbStatus status = tbi_rhythm_train(set, &small_rhythm_sizes, plan, o, &model);
    if (status)
        print_message("%s\n", tb_error_text(status));
    assert_int_equal(status, TB_OK);
    return model;
}

static bool same(const TbRhythmModel *a, const TbRhythmModel *b) {
    return memcmp(a->params, b->params, a->table.n_params * sizeof(float)) == 0 &&
           memcmp(a->facts.slab, b->facts.slab, a->facts.table.n_params * sizeof(float)) == 0;
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
    TbRhythmModel *model = train(&plan, &o);
    print_message("held out: loss %.2f, F1 %.3f, %.2f ms\n", report.progress.held_out, report.f1, report.ms);
    assert_int_equal(report.progress.step, 200);
    assert_true(report.f1 > 0.8);
    assert_true(report.ms < 6); /* the grid: 4 ticks early on average, 8 at most */
    assert_true(*model->facts.early < -0.01f && *model->facts.early > -0.06f);
    tb_rhythm_model_free(model);
}

static void test_repeatable(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    small_rhythm_options(&plan, &o);
    plan.steps = 40;
    plan.look_every = 20;
    for (int threads = 1; threads <= 2; threads++) {
        tb_set_threads(threads);
        TbRhythmModel *a = train(&plan, &o), *b = train(&plan, &o);
        assert_true(same(a, b));
        plan.seed = 2;
        TbRhythmModel *other = train(&plan, &o);
        assert_false(same(a, other));
        plan.seed = 1;
        tb_rhythm_model_free(a), tb_rhythm_model_free(b), tb_rhythm_model_free(other);
    }
    tb_set_threads(1);
}

static bool stop(void *context, const TbRhythmReport *report) {
    (void)context, (void)report;
    return false;
}

static void test_resume(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    small_rhythm_options(&plan, &o);
    plan.steps = 40;
    plan.look_every = 20;
    TbRhythmModel *whole = train(&plan, &o);
    plan.checkpoint = checkpoint;
    o.report = stop;
    TbRhythmModel *half = train(&plan, &o); /* stopped after 20 steps, and usable */
    assert_false(same(whole, half));
    plan.resume = true;
    o.report = NULL;
    TbRhythmModel *resumed = train(&plan, &o);
    assert_true(same(whole, resumed));
    tb_rhythm_model_free(whole), tb_rhythm_model_free(half), tb_rhythm_model_free(resumed);

    TbRhythmModel *none;
    plan.learning_rate *= 2;
    assert_int_not_equal(tbi_rhythm_train(set, &small_rhythm_sizes, &plan, &o, &none), TB_OK); /* another run */
    assert_null(none);
    print_message("%s\n", tb_error_text(TB_ERR_ARGUMENT));
}

static void test_refused(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    TbRhythmModel *model;
    TbRhythmSet *empty;
    small_rhythm_options(&plan, &o);
    assert_int_equal(tb_rhythm_set_new(&empty), TB_OK);
    assert_int_equal(tb_rhythm_train(empty, &plan, &o, &model), TB_ERR_EMPTY);
    assert_null(model);
    tb_rhythm_set_free(empty);
    plan.batch = 0;
    assert_int_equal(tbi_rhythm_train(set, &small_rhythm_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
    small_rhythm_options(&plan, &o);
    TbRhythmModel *other;
    const RhythmSizes sizes = {.latent = 2, .hidden = 3, .code = 1, .encoder = 2, .decoder = 2};
    assert_int_equal(tbi_rhythm_model_new(&sizes, &other), TB_OK);
    o.start = other; /* weights of another size */
    assert_int_equal(tbi_rhythm_train(set, &small_rhythm_sizes, &plan, &o, &model), TB_ERR_ARGUMENT);
    tb_rhythm_model_free(other);
}

/* A trained model is what its file says; the start of another training is that model. */
static void test_file(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    small_rhythm_options(&plan, &o);
    plan.steps = plan.look_every = 10;
    TbRhythmModel *model = train(&plan, &o), *read;
    assert_int_equal(tb_rhythm_model_write(model, file), TB_OK);
    assert_int_equal(tb_rhythm_model_read(file, &read), TB_OK);
    assert_true(same(model, read));
    plan.steps = plan.look_every = 1;
    plan.learning_rate = 0;
    plan.average = 0;
    o.start = read;
    TbRhythmModel *tuned = train(&plan, &o);
    assert_memory_equal(tuned->params, read->params, read->table.n_params * sizeof(float));
    tb_rhythm_model_free(tuned), tb_rhythm_model_free(read);

    void *data;
    size_t n;
    assert_int_equal(tb_rhythm_model_print(model, &data, &n), TB_OK);
    for (size_t cut = 0; cut < n; cut += n / 7) {
        assert_int_not_equal(tb_rhythm_model_parse(data, cut, &read), TB_OK);
        assert_null(read);
    }
    free(data);
    tb_rhythm_model_free(model);
}

static void test_other_files(void **state) {
    (void)state;
    static const char wav[] = "RIFF\x24\0\0\0WAVEfmt ";
    TbRhythmModel *model;
    TbStatus status = tb_rhythm_model_parse(wav, sizeof wav - 1, &model);
    assert_int_equal(status, TB_ERR_FORMAT);
    assert_non_null(strstr(tb_error_text(status), "not a model of rhythms; it looks like a WAV file"));
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
        status = tb_rhythm_model_parse(data, n, &model);
        print_message("%s\n", tb_error_text(status));
        assert_int_equal(status, cases[i].status);
        assert_null(model);
        free(data);
    }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_learns, test_repeatable, test_resume, test_refused, test_file,
                     test_other_files);
}
