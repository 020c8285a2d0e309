/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The web server, with a session but no sound device, given arbitrary bytes. The first byte selects how they are sent:
 * 0: raw; 1: as frames of an accepted WebSocket; 2: each line as a message in its own frame. */
#include "live/internal.h"
#include "tests/fuzz/fuzz.h"
#include "timbrel/presets.h"
#include "timbrel/web.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RATE = 48000, BLOCK = 64, SENT = 1 << 16 };

static TbModel *model;
static TbLive live;
static TbWeb *page;
static int port;

/* Fast, with a different sound for each name. */
static TbStatus load(void *context, const TbModel *of, const char *name, TbInstrument **instrument) {
    uint64_t seed = 1;
    (void)context;
    while (*name)
        seed = 31 * seed + (unsigned char)*name++;
    return tb_instrument_random(of, seed, instrument);
}

/* To be called once. Files cannot be written, since their folder cannot be created. */
static void begin(void) {
    const TbEngineOptions options = {.size = sizeof(TbEngineOptions), .sample_rate = RATE, .stereo = true};
    TbEngine *engine = NULL;
    TbInstrument *seed;
    TbSession *session;
    TbPreset first;
    tb_preset_defaults(&first);
    require(tb_default_model(&model) == TB_OK && tb_engine_new(model, &options, &engine) == TB_OK);
    require(load(NULL, model, "first", &seed) == TB_OK && tbi_commands_new(&live) == TB_OK);
    live.thread.rate = RATE;
    live.thread.n_channels = 2;
    tbi_commands_begin(&live, &(TbLivePlay){.engine = engine, .corner = {seed}, .n_corners = 1});
    const TbSessionOptions around = {.size = sizeof(TbSessionOptions),
                                     .live = &live,
                                     .first = engine,
                                     .model = model,
                                     .load = load,
                                     .folder = "/dev/null/x",
                                     .map = "/dev/null/y"};
    require(tb_session_new(&around, &first, &session) == TB_OK);
    require(tb_web_new(&(TbWebOptions){.size = sizeof(TbWebOptions), .session = session, .record = "/dev/null/x"},
                       &page) == TB_OK);
    port = atoi(strrchr(tb_web_address(page), ':') + 1);
}

/* ---- input ---- */

typedef struct {
    uint8_t bytes[SENT];
    size_t n;
} Sent;

static void add(Sent *s, const void *bytes, size_t n) {
    n = n < SENT - s->n ? n : SENT - s->n;
    memcpy(s->bytes + s->n, bytes, n);
    s->n += n;
}

static void add_upgrade(Sent *s) {
    char text[400];
    int n = snprintf(text, sizeof text,
                     "GET /socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Protocol: timbrel\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     port, port);
    add(s, text, (size_t)n);
}

static void add_messages(Sent *s, const uint8_t *data, size_t size) {
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t n = end ? (size_t)(end - data) : size;
        uint8_t small[] = {0x81, (uint8_t)(0x80 | n), 0, 0, 0, 0};
        uint8_t large[] = {0x81, 0xfe, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, 0, 0};
        add(s, n < 126 ? small : large, n < 126 ? sizeof small : sizeof large);
        add(s, data, n);
        n += end != NULL;
        data += n;
        size -= n;
    }
}

/* Sends until the server has read everything and closes the connection. */
static void say(const Sent *s) {
    const struct timeval patience = {.tv_sec = 20};
    const struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[4096];
    ssize_t n;
    int visitor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(visitor >= 0 && connect(visitor, (const struct sockaddr *)&there, sizeof there) == 0);
    setsockopt(visitor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (size_t sent = 0; sent < s->n; sent += (size_t)n) {
        n = send(visitor, s->bytes + sent, s->n - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
    }
    shutdown(visitor, SHUT_WR);
    do
        n = recv(visitor, answer, sizeof answer, 0);
    while (n > 0);
    close(visitor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Sent sent;
    static float out[2 * BLOCK];
    if (!page)
        begin();
    if (size == 0 || size > SENT / 2)
        return 0;
    sent.n = 0;
    if (data[0] % 3 > 0)
        add_upgrade(&sent);
    if (data[0] % 3 == 2)
        add_messages(&sent, data + 1, size - 1);
    else
        add(&sent, data + 1, size - 1);
    say(&sent);
    tbi_audio_thread_block(&live.thread, out, BLOCK, false);
    return 0;
}
