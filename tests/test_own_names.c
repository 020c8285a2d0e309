/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that links all of the static libraries (tests/CMakeLists.txt) may use every name that does not begin with
 * tb_ or tbi_ for itself: this one does, links, gets its own functions, and the library works. */
#include "tests/own_names.h"
#include "tests/run_tests.h"
#include "timbrel/plot.h"
#include "timbrel/presets.h"
#include "timbrel/web.h"

#include <math.h>

#define INDEX(name) index_of_##name,
enum { COMMON_NAMES(INDEX) N_NAMES };

static int n_calls;

#define DEFINE(name)                                                                                                   \
    int name(void);                                                                                                    \
    int name(void) {                                                                                                   \
        n_calls++;                                                                                                     \
        return index_of_##name;                                                                                        \
    }
COMMON_NAMES(DEFINE)

static void test_names_are_the_programs(void **state) {
    (void)state;
#define ADDRESS(name) name,
    int (*const own[])(void) = {COMMON_NAMES(ADDRESS)};
    print_message("%d names\n", (int)N_NAMES);
    assert_true(N_NAMES >= 280);
    n_calls = 0;
    for (int i = 0; i < N_NAMES; i++)
        assert_int_equal(own[i](), i);
    assert_int_equal(n_calls, N_NAMES);
}

static void test_library_works(void **state) {
    (void)state;
    enum { N = 4800 };
    static float left[N], right[N];
    TbModel *model;
    TbInstrument *instrument;
    TbEngine *engine;
    TbEngineOptions options;
    TbWebOptions web;
    TbWeb *page;
    n_calls = 0;
    assert_int_equal(tb_default_model(&model), TB_OK);
    assert_int_equal(tb_instrument_random(model, 1, &instrument), TB_OK);
    tb_engine_defaults(&options);
    assert_int_equal(tb_engine_new(model, &options, &engine), TB_OK);
    tb_engine_set_corners(engine, (const TbInstrument *const[TB_PARTS]){instrument}, 1);
    assert_true(tb_engine_event(engine, 0, (const uint8_t[]){0x90, 60, 100}, 3));
    tb_engine_render(engine, left, right, N);
    double power = 0;
    for (int i = 0; i < N; i++)
        power += left[i] * left[i];
    assert_true(isfinite(power) && power > 0);
    web = (TbWebOptions){0}; /* the other libraries are linked, too */
    assert_int_equal(tb_web_new(&web, &page), TB_ERR_ARGUMENT);
    assert_int_equal(tb_plot_sheet("/nowhere/x.png", NULL, NULL, 0), TB_ERR_EMPTY);
    tb_engine_free(engine);
    tb_instrument_free(instrument);
    tb_model_free(model);
    assert_int_equal(n_calls, 0); /* nor does the library call the program's */
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_names_are_the_programs, test_library_works);
}
