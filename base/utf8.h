/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8: validation, and what the name of a file may be made of. */
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

/* The same for a character that can be in the name of a file everywhere, else 0: the letters and digits of all
 * alphabets, - and _. No spaces, no other punctuation of ASCII and Latin-1, no general punctuation (U+2000 to U+206F).
 */
static inline size_t utf8_name_length(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    size_t n = utf8_length(text);
    if (n == 1)
        return (s[0] >= 'a' && s[0] <= 'z') || (s[0] >= 'A' && s[0] <= 'Z') || (s[0] >= '0' && s[0] <= '9') ||
               s[0] == '-' || s[0] == '_';
    bool latin = s[0] == 0xc2 || (s[0] == 0xc3 && (s[1] == 0x97 || s[1] == 0xb7)); /* U+0080 to U+00BF, times, divide */
    bool general = s[0] == 0xe2 && (s[1] == 0x80 || (s[1] == 0x81 && s[2] <= 0xaf));
    return latin || general ? 0 : n;
}

#endif
