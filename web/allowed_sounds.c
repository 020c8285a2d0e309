/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/allowed_sounds.h"
#include "timbrel/presets.h"

#include <string.h>

enum { SEED_DIGITS = 18, WEIGHT_CHARS = 8 };
static const char SEED[] = "seed:", DIGITS[] = "0123456789";

static bool is_bundled(const char *name, size_t n) {
    for (size_t i = 0; i < tb_bundled_count(); i++) {
        const char *bundled = tb_bundled_name(i);
        if (strlen(bundled) == n && memcmp(bundled, name, n) == 0)
            return true;
    }
    return false;
}

static bool is_seed(const char *name, size_t n) {
    size_t head = strlen(SEED);
    return n > head && n <= head + SEED_DIGITS && memcmp(name, SEED, head) == 0 &&
           strspn(name + head, DIGITS) >= n - head;
}

/* "0.3", "1", ".25" */
static bool is_weight(const char *text, size_t n) {
    size_t integer = strspn(text, DIGITS);
    size_t point = integer < n && text[integer] == '.';
    size_t fraction = integer + point < n ? strspn(text + integer + point, DIGITS) : 0;
    return n <= WEIGHT_CHARS && integer + fraction > 0 && integer <= 1 && integer + point + fraction >= n;
}

static bool is_part(const char *text, size_t n) {
    const char *at = memchr(text, '@', n);
    size_t name = at ? (size_t)(at - text) : n;
    return (is_bundled(text, name) || is_seed(text, name)) && (!at || is_weight(at + 1, n - name - 1));
}

bool tbi_allowed_sound(const AllowedSounds *initial, const char *name) {
    for (int i = 0; i < initial->n; i++)
        if (strcmp(initial->name[i], name) == 0)
            return true;
    for (int parts = 1; parts <= TB_PARTS; parts++) {
        size_t n = strcspn(name, ",");
        if (!is_part(name, n))
            return false;
        if (name[n] == 0)
            return true;
        name += n + 1;
    }
    return false;
}
