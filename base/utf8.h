/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 validation. */
#ifndef TIMBREL_BASE_UTF8_H
#define TIMBREL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length in bytes of the first character of zero-terminated `text`; 0 if it is not valid UTF-8. */
static inline size_t utf8_length(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
               (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : n;
}

/* Whether zero-terminated `text` is valid UTF-8. */
static inline bool utf8_valid(const char *text) {
    size_t n = 1;
    for (; *text && n > 0; text += n)
        n = utf8_length(text);
    return n > 0;
}

#endif
