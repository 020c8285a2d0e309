// SPDX-License-Identifier: GPL-3.0-or-later
// What a page says, and what it gives as its host, origin and token: any bytes are either understood, and then within
// their bounds, or refused.
#include "web/access.h"
#include "web/client_messages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good) {
    if (!good)
        abort();
}

static bool is_line(const char *text, size_t size) {
    size_t n = strnlen(text, size);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return false;
    }
    return n < size;
}

static void message(const uint8_t *data, size_t size) {
    static const FirstSounds first = {.n = 1, .name = {"/home/somebody/cello"}};
    Said said;
    if (!page_message((const char *)data, size, &first, &said))
        return;
    require(size <= MESSAGE_BYTES && said.kind <= SAID_PANIC);
    require(is_line(said.name, sizeof said.name) && is_line(said.text, sizeof said.text));
    for (int i = 0; said.kind == SAID_SET && i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        require(isnan(said.control[i]) || (said.control[i] >= c->low && said.control[i] <= c->high));
    }
    if (said.kind == SAID_NOTE)
        require(said.number >= 0 && said.number < 128 && said.velocity >= 0 && said.velocity < 128);
    if (said.kind == SAID_SOUND) {
        require(said.number >= 0 && said.number < TB_PARTS);
        require(!strchr(said.name, '/') || strcmp(said.name, first.name[0]) == 0);
    }
    if (said.kind == SAID_LEARN)
        require(said.number >= -1 && said.number < TB_CONTROLS);
    if (said.kind == SAID_LOAD || said.kind == SAID_SAVE || said.kind == SAID_REMOVE)
        require(*said.name && *said.name != '.' && !strchr(said.name, '/') && strlen(said.name) < TB_PRESET_NAME);
}

/* Lines: host, origin, token. */
static void gate(const uint8_t *data, size_t size) {
    static const char token[] = "0123456789abcdef0123456789abcdef";
    Gate g = {.port = 8321, .name = "studio"};
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
        bool host = gate_host(&g, part[0]), origin = gate_origin(&g, part[1], part[0]);
        require(!host || strcmp(part[0] + strlen(part[0]) - 5, ":8321") == 0);
        require(!host || g.listen || strlen(part[0]) <= strlen("localhost:8321"));
        require(!origin || (host && strlen(part[1]) == strlen("http://") + strlen(part[0])));
        require(gate_token(&g, part[2]) == (!*g.token || strcmp(part[2], token) == 0));
    }
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    message(data, size);
    gate(data, size);
    return 0;
}
