/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/qr.h"
#include "app/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { QUIET = 2 }; /* quiet zone, in modules */

static bool is_dark(const QRcode *code, int x, int y) {
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && (code->data[y * code->width + x] & 1);
}

static bool knows_unicode(void) {
    locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool known = user && strcmp(nl_langinfo_l(CODESET, user), "UTF-8") == 0;
    if (user)
        freelocale(user);
    return known;
}

/* Two modules above each other make one character, drawn light on dark in any colour scheme. */
void qr_print(FILE *file, const char *text) {
    static const char *const blocks[] = {"█", "▀", "▄", " "}; /* light modules: both, upper, lower, none */
    bool shown = isatty(fileno(file)) && knows_unicode();
    QRcode *code = shown ? QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L) : NULL;
    if (!code)
        return;
    int end = code->width + QUIET;
    for (int y = -QUIET; y < end && end + QUIET < terminal_columns(); y += 2) {
        fputs("  \033[97;40m", file);
        for (int x = -QUIET; x < end; x++)
            fputs(blocks[2 * is_dark(code, x, y) + is_dark(code, x, y + 1)], file);
        fputs("\033[0m\n", file);
    }
    QRcode_free(code);
}
