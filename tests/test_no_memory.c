/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that runs out is an error: each allocation of every constructor, of everything that is loaded and of every
 * analysis fails in turn. Each time the call says TB_ERR_NO_MEMORY and why, gives nothing, leaves nothing behind, and
 * the same call succeeds afterwards. An allocation that is reached many times by the same way fails at its first and at
 * its last time. In a slow case it fails only when a call on the way to it has not yet failed, in this case or one
 * before. */
#include "base/clock.h"
#include "tests/failing_malloc.h"
#include "tests/no_memory.h"
#include "tests/signals.h"
#include "tests/small_notes.h"

#include <ctype.h>
#include <execinfo.h>

#ifdef TB_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

enum { EVERY = 4, UNTOUCHED = 0xa5 };

Things things;

static const struct {
    const char *name;
    const NoMemoryCase *cases;
} tables[] = {{"sound", cases_sound},     {"network", cases_network}, {"nn", cases_nn},
              {"sampler", cases_sampler}, {"score", cases_score},     {"play", cases_play},
              {"session", cases_session}, {"train", cases_train},     {"models", cases_models},
              {"rhythm", cases_rhythm},   {"melody", cases_melody},   {"piece", cases_piece},
              {"compose", cases_compose}, {"jam", cases_jam}};
enum { N_TABLES = sizeof tables / sizeof *tables };

const char *scratch_file(const char *name) {
    return scratch_path(things.folder.path, name);
}

/* ---- one case ---- */

typedef struct {
    const NoMemoryCase *what;
    Out out;
} Work;

static TbStatus do_work(void *context) {
    Work *w = context;
    memset(&w->out, UNTOUCHED, sizeof w->out);
    return w->what->run(&w->out);
}

static void print_stack(const char *title, const FailingSite *site) {
    fprintf(stderr, "%s (addr2line -fpe %s):\n", title, program_invocation_name);
    backtrace_symbols_fd(site->stack, site->depth, 2);
}

static void print_failure(const NoMemoryCase *c, size_t at, const char *what) {
    fprintf(stderr, "%s, allocation %zu: %s\n", c->covers, at, what);
    print_stack("it failed at", &failing.where);
}

/* Whether the output is unset: untouched, or an empty object. */
static bool output_is_unset(const Out *out) {
    for (size_t i = 0; i < sizeof *out; i++)
        if (out->bytes[i] != UNTOUCHED && out->bytes[i] != 0)
            return false;
    return true;
}

static const char *what_is_wrong(const NoMemoryCase *c, Work *w, TbStatus status, size_t left) {
    static char text[300];
    if (status == TB_OK)
        return "it succeeds all the same";
    if (status != TB_ERR_NO_MEMORY) {
        snprintf(text, sizeof text, "the error is \"%s\" (%s)", tb_status_text(status), tb_error_text(status));
        return text;
    }
    if (!strstr(tb_error_text(status), "memory")) {
        snprintf(text, sizeof text, "the message is \"%s\"", tb_error_text(status));
        return text;
    }
    if (left) {
        snprintf(text, sizeof text, "%zu blocks are leaked", left);
        return text;
    }
    if (!output_is_unset(&w->out))
        return "it gives something";
    if (c->writes && access(scratch_file(c->writes), F_OK) == 0)
        return "it leaves a file behind";
    return NULL;
}

/* Runs a case with one failure. Returns false and prints the error if it does not fail correctly. */
static bool fails_correctly(const NoMemoryCase *c, size_t at, bool all_after) {
    Work w = {.what = c};
    TbStatus status;
    tb_ignore(tb_fail(TB_ERR_IO, "This is stale."));
    size_t left = failing_run(do_work, &w, at, all_after, &status);
    if (!failing.failed && status == TB_OK) { /* a cached object made the allocation unnecessary */
        if (c->release)
            c->release(&w.out);
        return true;
    }
    const char *wrong = what_is_wrong(c, &w, status, left);
    if (wrong) {
        print_failure(c, at, wrong);
        for (size_t i = 0; left && i < FAILING_BLOCKS; i++) {
            if (failing.block[i].p && failing.block[i].of_run == failing.run) {
                print_stack("left over", &failing.block[i].from);
                left--;
            }
        }
    }
    return !wrong;
}

static size_t succeeds(const NoMemoryCase *c) {
    Work w = {.what = c};
    TbStatus status;
    failing_run(do_work, &w, 0, false, &status);
    size_t n = failing.n;
    if (status != TB_OK)
        fail_msg("%s: %s (%s)", c->covers, tb_status_text(status), tb_error_text(status));
    if (c->release)
        c->release(&w.out);
    if (c->writes)
        unlink(scratch_file(c->writes));
    return n;
}

/* ---- which allocations fail ---- */

/* Return addresses of calls that have failed: a set by open addressing. */
enum { CALLS = 1 << 14 };
static uintptr_t call[CALLS];

/* False: it has been there already. */
static bool add_call(uintptr_t address) {
    size_t i = (address * 0x9e3779b97f4a7c15u >> 40) % CALLS;
    while (call[i] && call[i] != address)
        i = (i + 1) % CALLS;
    bool added = !call[i];
    call[i] = address;
    return added;
}

/* Adds the calls on the way to an allocation; how many of them have not failed before. */
static size_t add_calls(const FailingSite *site) {
    size_t added = 0;
    for (int i = 0; i < site->depth; i++)
        added += add_call((uintptr_t)site->stack[i]);
    return added;
}

static int by_way(const void *a, const void *b) {
    const FailingSite *x = &failing.site[*(const size_t *)a], *y = &failing.site[*(const size_t *)b];
    int order =
        x->depth != y->depth ? x->depth - y->depth : memcmp(x->stack, y->stack, (size_t)x->depth * sizeof *x->stack);
    return order ? order : (*(const size_t *)a > *(const size_t *)b) - (*(const size_t *)a < *(const size_t *)b);
}

/* Marks the first and the last allocation of each way, and the first few of all. */
static void choose_each_way(size_t n, bool *chosen) {
    size_t *i = __real_malloc((n + 1) * sizeof *i);
    for (size_t k = 0; k < n; k++)
        i[k] = k;
    qsort(i, n, sizeof *i, by_way);
    for (size_t k = 0, end; k < n; k = end) {
        const FailingSite *site = &failing.site[i[k]];
        for (end = k + 1; end < n && failing.site[i[end]].depth == site->depth; end++)
            if (memcmp(failing.site[i[end]].stack, site->stack, (size_t)site->depth * sizeof *site->stack) != 0)
                break;
        chosen[i[k]] = chosen[i[end - 1]] = true;
    }
    __real_free(i);
}

/* Returns how many. */
static size_t choose(size_t n, bool slow, bool *chosen) {
    size_t count = 0;
    memset(chosen, 0, n);
    if (!slow)
        choose_each_way(n, chosen);
    for (size_t i = 0; i < n; i++) {
        chosen[i] = slow ? add_calls(&failing.site[i]) > 0 : chosen[i] || i < EVERY;
        count += chosen[i];
    }
    for (size_t i = 0; i < n; i++)
        if (chosen[i])
            add_calls(&failing.site[i]);
    return count;
}

static size_t n_cases, n_tried;

/* How many allocations did not fail well. */
static size_t check_case(const NoMemoryCase *c) {
    static bool chosen[FAILING_MOST];
    size_t wrong = 0;
    double started = tbi_now();
    succeeds(c); /* what is made once and kept, is made */
    failing.sites = true;
    size_t n = succeeds(c);
    failing.sites = false;
    if (failing.n_left)
        fail_msg("%s: %zu blocks are left over when it succeeds", c->covers, failing.n_left);
    assert_in_range(n, 1, FAILING_MOST);
    size_t tried = choose(n, c->slow, chosen);
    for (size_t i = 0; i < n && wrong < 6; i++) {
        if (chosen[i]) {
            wrong += !fails_correctly(c, i + 1, false);
            wrong += !c->slow && !fails_correctly(c, i + 1, true);
        }
    }
    n_tried += tried;
    n_cases++;
    printf("%-60s %6zu allocations, %4zu tried, %6.2f s\n", c->covers, n, tried, tbi_now() - started);
    succeeds(c);
#ifdef TB_SANITIZE
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
#endif
    return wrong;
}

static void check_table(void **state) {
    const char *only = getenv("NO_MEMORY_CASE"); /* for debugging: part of the name of the cases to run */
    size_t wrong = 0;
    for (const NoMemoryCase *c = *state; c->run; c++)
        if (!only || strstr(c->covers, only))
            wrong += check_case(c);
    assert_int_equal(wrong, 0);
}

/* ---- coverage ---- */

/* Whether a table names the function. */
static bool is_covered(const char *name, size_t length) {
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const NoMemoryCase *c = tables[t].cases; c->run; c++) {
            for (const char *at = c->covers; (at = strstr(at, name)); at += length)
                if ((at == c->covers || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
                    return true;
        }
    }
    return false;
}

/* Every public function that returns a TbStatus or whose name ends in _new is in a table. */
static void nothing_is_missing(void **state) {
    (void)state;
    static const char *const headers[] = {TB_HEADERS};
    size_t n = 0, missing = 0;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        char *text = NULL;
        size_t bytes = 0;
        assert_int_equal(tb_read_file(headers[i], 1 << 20, (void **)&text, &bytes), TB_OK);
        for (char *line = text; (line = strstr(line, "TB_API ")); line++) {
            char name[100] = "";
            sscanf(line, "TB_API %*[a-zA-Z0-9_ ]%*[*]%99[a-z0-9_]", name);
            bool status = sscanf(line, "TB_API TbStatus %99[a-z0-9_](", name) == 1;
            size_t length = strlen(name);
            bool made = length > 4 && strcmp(name + length - 4, "_new") == 0;
            if (!(status || made) || strncmp(name, "tb_fail", 7) == 0) /* they make errors */
                continue;
            n++;
            if (!is_covered(name, length)) {
                fprintf(stderr, "%s: %s is in no table of tests/no_memory_*.c\n", headers[i], name);
                missing++;
            }
        }
        free(text);
    }
    assert_true(n > 60);
    assert_int_equal(missing, 0);
}

/* ---- inputs ---- */

static void make_audio(TbAudio *audio) {
    enum { N = 8820 };
    *audio = (TbAudio){.samples = signal_tone(N, 220, 0.01, 0.5), .n_samples = N, .sample_rate = TB_ANALYSIS_RATE};
    float *second = signal_tone(N / 2, 330, 0.002, 0.3), *hiss = signal_noise(N, 1, 0.01, 0.5, 1);
    signal_add(audio->samples, hiss, N);
    signal_add(audio->samples + N / 2, second, N / 2);
    free(second);
    free(hiss);
}

static int make_things(void **state) {
    (void)state;
    failing_begin();
    assert_true(scratch_new(&things.folder));
    make_audio(&things.audio);
    assert_int_equal(tb_analyze(&things.audio, NULL, NULL, NULL, &things.analysis), TB_OK);
    assert_true(things.analysis.n_notes > 0);
    things.model = small_model(8);
    TbNoteModel *notes = small_notes(8, 3);
    notes->program[0].kind = 2;
    assert_int_equal(tb_model_set_notes(things.model, notes), TB_OK);
    assert_int_equal(tb_vae_clone(tb_model_vae(things.model), &things.vae), TB_OK);
    assert_int_equal(tb_encode(things.model, &things.analysis, true, &things.sound), TB_OK);
    assert_int_equal(tb_instrument_random(things.model, 1, &things.instrument), TB_OK);
    const TbSound *sounds[] = {&things.sound};
    assert_int_equal(tb_instrument_from_sounds(things.model, sounds, NULL, 1, &things.recorded), TB_OK);
    return 0;
}

static int free_things(void **state) {
    (void)state;
    cases_session_end();
    cases_train_end();
    cases_models_end();
    cases_melody_end();
    cases_jam_end();
    tb_instrument_free(things.recorded);
    tb_instrument_free(things.instrument);
    tb_sound_free(&things.sound);
    tb_model_free(things.model);
    tb_vae_free(things.vae);
    tb_analysis_free(&things.analysis);
    tb_audio_free(&things.audio);
    scratch_free(&things.folder);
    printf("%zu cases, %zu allocations failed\n", n_cases, n_tried);
    return 0;
}

int main(void) {
    struct CMUnitTest tests[1 + N_TABLES] = {cmocka_unit_test(nothing_is_missing)};
    for (size_t i = 0; i < N_TABLES; i++)
        tests[1 + i] = (struct CMUnitTest){tables[i].name, check_table, NULL, NULL, (void *)tables[i].cases};
    return cmocka_run_group_tests(tests, make_things, free_things);
}
