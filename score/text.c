/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score/text.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 256 };

void tbi_copy_text(const void *bytes, size_t n, char *to, size_t size) {
    char text[LONGEST + 4];
    size_t used = 0;
    n = n < LONGEST ? n : LONGEST; /* perhaps within a character: names are shorter, so it is not reached */
    if (n > 0)
        memcpy(text, bytes, n);
    memset(text + n, 0, 4);
    for (const char *from = text; *from;) {
        size_t length = utf8_length(from);
        char character[4] = {*from};
        if (length > 0) {
            memcpy(character, from, length);
        } else { /* Latin-1 */
            character[0] = (char)(0xc0 | (uint8_t)*from >> 6);
            character[1] = (char)(0x80 | (*from & 0x3f));
        }
        size_t width = length > 0 ? length : 2;
        bool control = width == 1 && ((uint8_t)*from < ' ' || *from == 0x7f);
        if (!control && used + width >= size)
            break;
        memcpy(to + used, character, control ? 0 : width);
        used += control ? 0 : width;
        from += length > 0 ? length : 1;
    }
    while (used > 0 && to[used - 1] == ' ')
        used--;
    memset(to + used, 0, size - used);
}

bool tbi_name_has(const char *name, const char *word) {
    const size_t n = strlen(word);
    for (; *name; name++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)name[i]) == word[i])
            i++;
        if (i == n)
            return true;
    }
    return false;
}
