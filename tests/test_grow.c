/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that grow: their items stay, they double, and a size beyond memory leaves them as they were. */
#include "base/grow.h"
#include "tests/run_tests.h"

enum { ITEMS = 1000 };

static void test_grow(void **state) {
    (void)state;
    int *item = NULL, times = 0;
    size_t room = 0;
    for (size_t n = 0; n < ITEMS; n++) {
        const size_t before = room;
        assert_true(tbi_grow(&item, n + 1, &room));
        assert_true(room > n && (room == before || room >= 2 * before));
        times += room != before;
        item[n] = (int)n;
    }
    assert_true(times <= 11);
    for (int n = 0; n < ITEMS; n++)
        assert_int_equal(item[n], n);
    assert_true(tbi_grow(&item, 3 * ITEMS, &room)); /* more than twice as many */
    assert_int_equal(room, 3 * ITEMS);
    free(item);
}

static void test_grow_by_one(void **state) {
    (void)state;
    int *item = NULL;
    for (size_t n = 0; n < ITEMS; n++) {
        assert_true(tbi_grow_by_one(&item, n));
        item[n] = (int)n;
    }
    for (int n = 0; n < ITEMS; n++)
        assert_int_equal(item[n], n);
    free(item);
}

static void test_too_large(void **state) {
    (void)state;
    int64_t *item = NULL;
    size_t room = 0;
    assert_true(tbi_grow(&item, 1, &room));
    int64_t *const before = item;
    item[0] = 7;
    assert_false(tbi_grow(&item, SIZE_MAX / 4, &room)); /* its bytes exceed size_t */
    assert_ptr_equal(item, before);
    assert_true(room == 1 && item[0] == 7);
    free(item);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_grow, test_grow_by_one, test_too_large);
}
