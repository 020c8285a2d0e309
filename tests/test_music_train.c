/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for each network of music: training is repeatable with each number of threads, continues from a checkpoint
 * as if it had not stopped, starts from given weights, mixes a second set in, and refuses what it cannot do; a model is
 * what its file says. *state of each test is a TrainedNetwork. */
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "tests/small_music.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct TrainedNetwork TrainedNetwork;

struct TrainedNetwork {
    const TbModelKind *kind;
    size_t other_size;                    /* index of a size that another network may have */
    uint64_t steps;                       /* of a run */
    TbStatus (*begin)(TrainedNetwork *n); /* makes the plan and the sets */
    void (*free_set)(void *set);
    /* On `set`, and for `also_share` on `other`. */
    TbStatus (*train)(const TrainedNetwork *n, const TbTrainingPlan *plan, const void *start, void **model);
    void *set, *other, *empty;
    double also_share;
    TbTrainingPlan plan; /* of a short run with two looks */
    ScratchFolder folder;
};

static void *trained_model(const TrainedNetwork *n, const TbTrainingPlan *plan, const void *start) {
    void *model;
    const TbStatus status = n->train(n, plan, start, &model);
    if (status)
        print_message("%s\n", tb_error_text(status));
    assert_int_equal(status, TB_OK);
    return model;
}

/* Whether the first n_slabs are the same. */
static bool trained_same(const TrainedNetwork *n, const void *a, const void *b, size_t n_slabs) {
    TbModelContents x, y;
    bool same = true;
    n->kind->contents(a, &x);
    n->kind->contents(b, &y);
    for (size_t i = 0; i < x.n_slabs && i < n_slabs; i++)
        same &= memcmp(x.slab[i].params, y.slab[i].params, x.slab[i].table->n_params * sizeof(float)) == 0;
    return same;
}

static void test_repeatable(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    for (int threads = 1; threads <= 2; threads++) {
        tb_set_threads(threads);
        void *a = trained_model(n, &plan, NULL), *b = trained_model(n, &plan, NULL);
        assert_true(trained_same(n, a, b, TB_MODEL_SLABS));
        plan.seed++;
        void *other = trained_model(n, &plan, NULL);
        assert_false(trained_same(n, a, other, 1));
        plan.seed--;
        tbi_model_free(a), tbi_model_free(b), tbi_model_free(other);
    }
    tb_set_threads(1);
}

static bool trained_stop(void *context) {
    return --*(uint64_t *)context == 0;
}

/* Stopped at a look, and between looks. */
static void test_resume(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    void *whole = trained_model(n, &plan, NULL);
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t left = n->plan.look_every + more;
        plan = n->plan;
        plan.checkpoint = scratch_path(n->folder.path, "checkpoint");
        plan.stop = trained_stop;
        plan.context = &left;
        void *half = trained_model(n, &plan, NULL); /* usable */
        assert_int_equal(left, 0);
        assert_false(trained_same(n, whole, half, 1));
        plan.stop = NULL;
        plan.resume = true;
        void *resumed = trained_model(n, &plan, NULL);
        assert_true(trained_same(n, whole, resumed, TB_MODEL_SLABS));
        tbi_model_free(half), tbi_model_free(resumed);
    }
    plan.learning_rate *= 2; /* another run */
    void *none;
    assert_int_equal(n->train(n, &plan, NULL, &none), TB_ERR_ARGUMENT);
    assert_null(none);
    tbi_model_free(whole);
}

static bool trained_kill(void *context) {
    if (--*(uint64_t *)context == 0)
        kill(getpid(), SIGKILL);
    return false;
}

/* A process that is killed between looks leaves a checkpoint: the run goes on from it as if nothing had happened, and
 * its model's file has the same bytes. */
static void test_killed(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    void *whole = trained_model(n, &plan, NULL), *resumed, *a, *b;
    size_t n_a, n_b;
    int how;
    uint64_t left = n->plan.look_every + n->plan.look_every / 2;
    plan.checkpoint = scratch_path(n->folder.path, "killed");
    plan.stop = trained_kill;
    plan.context = &left;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        tb_ignore(n->train(n, &plan, NULL, &resumed)); /* never returns */
        _exit(1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    plan.stop = NULL;
    plan.resume = true;
    resumed = trained_model(n, &plan, NULL);
    assert_int_equal(tbi_model_print(n->kind, whole, &a, &n_a), TB_OK);
    assert_int_equal(tbi_model_print(n->kind, resumed, &b, &n_b), TB_OK);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a), free(b);
    tbi_model_free(whole), tbi_model_free(resumed);
}

/* Weights to start from: they stay without steps, and must be of the same size. */
static void test_start(void **state) {
    const TrainedNetwork *n = *state;
    TbTrainingPlan plan = n->plan;
    TbModelContents contents;
    void *start = trained_model(n, &plan, NULL), *none;
    plan.steps = 1;
    plan.learning_rate = 0;
    plan.average = 0;
    void *tuned = trained_model(n, &plan, start);
    assert_true(trained_same(n, start, tuned, 1));
    tbi_model_free(tuned);
    n->kind->contents(start, &contents);
    tbi_model_free(start);
    contents.sizes[n->other_size]++;
    assert_int_equal(tbi_model_new(n->kind, contents.sizes, &start), TB_OK);
    assert_int_equal(n->train(n, &n->plan, start, &none), TB_ERR_ARGUMENT);
    assert_null(none);
    tbi_model_free(start);
    plan.batch = 0;
    assert_int_equal(n->train(n, &plan, NULL, &none), TB_ERR_ARGUMENT);
}

static void test_also(void **state) {
    TrainedNetwork *n = *state;
    void *none = trained_model(n, &n->plan, NULL), *mixed, *refused;
    n->also_share = 0.5;
    mixed = trained_model(n, &n->plan, NULL);
    assert_false(trained_same(n, none, mixed, 1));
    n->also_share = 1.5;
    assert_int_equal(n->train(n, &n->plan, NULL, &refused), TB_ERR_ARGUMENT);
    assert_null(refused);
    n->also_share = 0;
    tbi_model_free(none), tbi_model_free(mixed);
}

static void test_empty(void **state) {
    TrainedNetwork *n = *state;
    void *none, *full = n->set;
    n->set = n->empty;
    assert_int_equal(n->train(n, &n->plan, NULL, &none), TB_ERR_EMPTY);
    assert_null(none);
    n->set = full;
}

static void test_file(void **state) {
    const TrainedNetwork *n = *state;
    const char *path = scratch_path(n->folder.path, "model.safetensors");
    char wrong[128];
    void *model = trained_model(n, &n->plan, NULL), *read, *data;
    size_t n_bytes;
    assert_int_equal(tbi_model_write(n->kind, model, path), TB_OK);
    assert_int_equal(tbi_model_read(n->kind, path, &read), TB_OK);
    assert_true(trained_same(n, model, read, TB_MODEL_SLABS));
    tbi_model_free(read);
    assert_int_equal(tbi_model_print(n->kind, model, &data, &n_bytes), TB_OK);
    for (size_t cut = 0; cut < n_bytes; cut += n_bytes / 7) {
        assert_int_not_equal(tbi_model_parse(n->kind, data, cut, &read), TB_OK);
        assert_null(read);
    }
    free(data);
    tbi_model_free(model);
    static const char wav[] = "RIFF\x24\0\0\0WAVEfmt ";
    const TbStatus status = tbi_model_parse(n->kind, wav, sizeof wav - 1, &read);
    assert_int_equal(status, TB_ERR_FORMAT);
    snprintf(wrong, sizeof wrong, "not %s; it looks like a WAV file", n->kind->what);
    assert_non_null(strstr(tb_error_text(status), wrong));
}

/* ---- all networks ---- */

/* The functions of a network. The second set is a score in 6/8, of which there is none in the first. */
#define NETWORK(name, Name, small_set, small_score)                                                                    \
    static TbStatus train_##name(const TrainedNetwork *n, const TbTrainingPlan *plan, const void *start,               \
                                 void **model) {                                                                       \
        TbTrainingPlan unused;                                                                                         \
        Tb##Name##TrainOptions o;                                                                                      \
        small_##name##_options(&unused, &o);                                                                           \
        o.start = start;                                                                                               \
        o.also = n->other;                                                                                             \
        o.also_share = n->also_share;                                                                                  \
        return tbi_##name##_train(n->set, &small_##name##_sizes, plan, &o, (Tb##Name##Model **)model);                 \
    }                                                                                                                  \
    static TbStatus begin_##name(TrainedNetwork *n) {                                                                  \
        TbScore score;                                                                                                 \
        Tb##Name##TrainOptions o;                                                                                      \
        small_##name##_options(&n->plan, &o);                                                                          \
        TbStatus status = small_score(99, 6, 8, &score);                                                               \
        status = status ? status : tb_##name##_set_new((Tb##Name##Set **)&n->empty);                                   \
        status = status ? status : tb_##name##_set_new((Tb##Name##Set **)&n->other);                                   \
        status = status ? status : small_##name##_add(n->other, 0, &score, false);                                     \
        tb_score_free(&score);                                                                                         \
        return status ? status : small_set((Tb##Name##Set **)&n->set);                                                 \
    }                                                                                                                  \
    static void free_##name##_set(void *set) {                                                                         \
        tb_##name##_set_free(set);                                                                                     \
    }
NETWORK(rhythm, Rhythm, small_rhythms, small_beat)
NETWORK(melody, Melody, small_melodies, small_tune)
NETWORK(piece, Piece, small_pieces, small_piece)

static TrainedNetwork networks[] = {
    {&tbi_rhythm_model_kind, 1, 40, begin_rhythm, free_rhythm_set, .train = train_rhythm},
    {&tbi_melody_model_kind, 1, 20, begin_melody, free_melody_set, .train = train_melody},
    {&tbi_piece_model_kind, 3, 10, begin_piece, free_piece_set, .train = train_piece},
};
enum { N = sizeof networks / sizeof *networks };

static int setup(void **state) {
    (void)state;
    for (TrainedNetwork *n = networks; n < networks + N; n++) {
        assert_int_equal(n->begin(n), TB_OK);
        n->plan.steps = n->steps;
        n->plan.look_every = n->steps / 2;
        assert_true(scratch_new(&n->folder));
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (TrainedNetwork *n = networks; n < networks + N; n++) {
        n->free_set(n->set), n->free_set(n->other), n->free_set(n->empty);
        scratch_free(&n->folder);
    }
    return 0;
}

int main(void) {
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } tests[] = {{"repeatable", test_repeatable},
                 {"resume", test_resume},
                 {"killed", test_killed},
                 {"start", test_start},
                 {"also", test_also},
                 {"empty", test_empty},
                 {"file", test_file}};
    enum { EACH = sizeof tests / sizeof *tests };
    struct CMUnitTest all[N * EACH];
    char names[N * EACH][40];
    for (size_t i = 0; i < N * EACH; i++) {
        TrainedNetwork *n = &networks[i / EACH];
        snprintf(names[i], sizeof names[i], "%s: %s", n->kind->name, tests[i % EACH].name);
        all[i] = (struct CMUnitTest){names[i], tests[i % EACH].run, NULL, NULL, n};
    }
    return cmocka_run_group_tests(all, setup, teardown);
}
