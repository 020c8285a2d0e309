/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation failures: each allocation of every constructor, loader and analysis fails in turn. Each time, the call
 * must return TB_ERR_NO_MEMORY with a message, leave its output unset and leak nothing, and the same call must succeed
 * afterwards. For call sites with many allocations, only the first and the last one fail. */
#include "tests/failing_malloc.h"
#include "tests/no_memory.h"
#include "tests/signals.h"
#include "tests/small_notes.h"

#include <ctype.h>
#include <execinfo.h>
#include <time.h>

#ifdef TB_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

enum { EVERY = 4, UNTOUCHED = 0xa5 };

Things things;

static const NoMemoryCase *const tables[] = {cases_sound, cases_network, cases_sampler, cases_play, cases_train};
#define N_TABLES (sizeof tables / sizeof *tables)

const char *scratch_file(const char *name) {
    static char path[4][128];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof *path, "%s/%s", things.folder.path, name);
    return p;
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

static void print_stack(const char *title, void *const *stack, int depth) {
    fprintf(stderr, "%s (addr2line -fpe %s):\n", title, program_invocation_name);
    backtrace_symbols_fd(stack, depth, 2);
}

static void print_failure(const NoMemoryCase *c, size_t at, const char *what) {
    fprintf(stderr, "%s, allocation %zu: %s\n", c->covers, at, what);
    print_stack("it failed at", failing.stack, failing.depth);
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
    if (status == TB_OK && c->alone && failing.thread) {
        if (c->release)
            c->release(&w->out);
        return NULL;
    }
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
            if (failing.block[i].p) {
                print_stack("leaked", failing.block[i].stack, failing.block[i].depth);
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

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Chooses the allocations to fail: the first few, and the first and last with each call stack. */
static size_t choose(size_t n, bool slow, bool *chosen) {
    size_t count = 0;
    struct Site {
        uint64_t hash, i;
    } *site = __real_malloc((n + 1) * sizeof *site);
    for (size_t i = 0; i < n; i++)
        site[i] = (struct Site){failing.site[i], i};
    qsort(site, n, sizeof *site, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        size_t first = n, last = 0;
        for (end = i; end < n && site[end].hash == site[i].hash; end++) {
            first = site[end].i < first ? site[end].i : first;
            last = site[end].i > last ? site[end].i : last;
        }
        chosen[first] = true;
        chosen[last] = chosen[last] || !slow;
    }
    for (size_t i = 0; i < n; i++) {
        chosen[i] = chosen[i] || i < EVERY;
        count += chosen[i];
    }
    __real_free(site);
    return count;
}

/* Returns the number of allocations that did not fail correctly. */
static size_t check_case(const NoMemoryCase *c) {
    static bool chosen[FAILING_MOST];
    struct timespec from, to;
    size_t wrong = 0, before;
    clock_gettime(CLOCK_MONOTONIC, &from);
    succeeds(c); /* fills the caches */
    before = failing.n_blocks;
    failing.sites = true;
    size_t n = succeeds(c);
    failing.sites = false;
    if (failing.n_blocks != before)
        fail_msg("%s: leaks %zu blocks when it succeeds", c->covers, failing.n_blocks - before);
    assert_in_range(n, 1, FAILING_MOST);
    memset(chosen, 0, n);
    size_t tried = choose(n, c->slow, chosen);
    for (size_t i = 0; i < n && wrong < 6; i++) {
        if (chosen[i]) {
            wrong += !fails_correctly(c, i + 1, false);
            wrong += !c->slow && !fails_correctly(c, i + 1, true);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%-60s %6zu allocations, %4zu tried, %6.2f s\n", c->covers, n, tried,
           (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec));
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
        for (const NoMemoryCase *c = tables[t]; c->run; c++) {
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
            if ((line > text && line[-1] != '\n') || !(status || made) || strcmp(name, "tb_fail") == 0)
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
    assert_int_equal(tb_analyze(&things.audio, NULL, NULL, NULL, &things.score), TB_OK);
    assert_true(things.score.n_notes > 0);
    things.model = small_model(8);
    assert_int_equal(tb_model_set_notes(things.model, small_notes(8, 3)), TB_OK);
    assert_int_equal(tb_vae_clone(tb_model_vae(things.model), &things.vae), TB_OK);
    assert_int_equal(tb_encode(things.model, &things.score, true, &things.sound), TB_OK);
    assert_int_equal(tb_instrument_random(things.model, 1, &things.instrument), TB_OK);
    const TbSound *sounds[] = {&things.sound};
    assert_int_equal(tb_instrument_from_sounds(things.model, sounds, NULL, 1, &things.recorded), TB_OK);
    return 0;
}

static int free_things(void **state) {
    (void)state;
    cases_play_end();
    cases_train_end();
    tb_instrument_free(things.recorded);
    tb_instrument_free(things.instrument);
    tb_sound_free(&things.sound);
    tb_model_free(things.model);
    tb_vae_free(things.vae);
    tb_score_free(&things.score);
    tb_audio_free(&things.audio);
    scratch_free(&things.folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missing),
        {"sound", check_table, NULL, NULL, (void *)cases_sound},
        {"network", check_table, NULL, NULL, (void *)cases_network},
        {"sampler", check_table, NULL, NULL, (void *)cases_sampler},
        {"play", check_table, NULL, NULL, (void *)cases_play},
        {"train", check_table, NULL, NULL, (void *)cases_train},
    };
    return cmocka_run_group_tests(tests, make_things, free_things);
}
