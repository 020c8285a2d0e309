/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages from a page and its Host, Origin and token: any bytes are either accepted, with values in range, or
 * refused. */
#include "tests/fuzz/fuzz.h"
#include "web/access.h"
#include "web/client_messages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_line(const char *text, size_t size) {
    size_t n = strnlen(text, size);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return false;
    return n < size;
}

static void message(const uint8_t *data, size_t size) {
    static const AllowedSounds first = {.n = 1, .name = {"/home/somebody/cello"}};
    ClientMessage received;
    if (!tbi_client_message_parse((const char *)data, size, &first, &received))
        return;
    require(size <= MESSAGE_BYTES && received.kind <= CLIENT_PANIC);
    require(is_line(received.name, sizeof received.name) && is_line(received.text, sizeof received.text));
    for (int i = 0; received.kind == CLIENT_SET && i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        require(isnan(received.control[i]) || (received.control[i] >= c->low && received.control[i] <= c->high));
    }
    if (received.kind == CLIENT_NOTE)
        require(received.number >= 0 && received.number < 128 && received.velocity >= 0 && received.velocity < 128);
    if (received.kind == CLIENT_SOUND) {
        require(received.number >= 0 && received.number < TB_PARTS);
        require(!strchr(received.name, '/') || strcmp(received.name, first.name[0]) == 0);
    }
    if (received.kind == CLIENT_LEARN)
        require(received.number >= -1 && received.number < TB_CONTROLS);
    if (received.kind == CLIENT_LOAD || received.kind == CLIENT_SAVE || received.kind == CLIENT_REMOVE)
        require(*received.name && *received.name != '.' && !strchr(received.name, '/') &&
                strlen(received.name) < TB_PRESET_NAME);
}

/* Lines: Host, Origin, token. */
static void access(const uint8_t *data, size_t size) {
    static const char token[] = "0123456789abcdef0123456789abcdef";
    Access g = {.port = 8321, .name = "studio"};
    char *lines = calloc(size + 3, 1), *part[3];
    memcpy(lines, data, size);
    for (int i = 0; i < 3; i++) {
        part[i] = i ? part[i - 1] + strlen(part[i - 1]) + 1 : lines;
        part[i] = part[i] > lines + size ? lines + size : part[i];
        part[i][strcspn(part[i], "\n")] = 0;
    }
    for (int i = 0; i < 2; i++) {
        g.listen = i == 1;
        memcpy(g.token, i ? token : "", i ? sizeof token : 1);
        bool host = tbi_access_host_allowed(&g, part[0]), origin = tbi_access_origin_allowed(&g, part[1], part[0]);
        require(!host || strcmp(part[0] + strlen(part[0]) - 5, ":8321") == 0);
        require(!host || g.listen || strlen(part[0]) <= strlen("localhost:8321"));
        require(!origin || (host && strlen(part[1]) == strlen("http://") + strlen(part[0])));
        require(tbi_access_token_matches(&g, part[2]) == (!*g.token || strcmp(part[2], token) == 0));
    }
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    message(data, size);
    access(data, size);
    return 0;
}
