/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A complete web session except the sound device: a thread renders blocks at the pace of a device and stores the
 * output. For tests/page.sh and tests/page_picture.sh.
 *
 *   page_host FOLDER local|listen[:PORT] SOUND...
 *
 * Presets, MIDI map and recordings are in FOLDER. Prints the page's address, then reads commands from standard input:
 *   midi A B C   sends a MIDI message as from a keyboard
 *   mark NAME    prints "mark NAME SAMPLE": the current position in the output
 *   state NAME   prints "state NAME {...}": state and counters
 *   quit         writes FOLDER/output.wav (mono) and exits, as does end of input */
#include "app/inputs.h"
#include "app/instruments.h"
#include "base/clock.h"
#include "live/internal.h"
#include "timbrel/presets.h"
#include "timbrel/web.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, BLOCK = 128, SECONDS = 600, KEYBOARD = 1, LINE = 200 };

static const TbEngineOptions engine_options = {
    .size = sizeof(TbEngineOptions), .sample_rate = RATE, .stereo = true, .reverb = true, .limit = true, .seed = 1};

typedef struct {
    TbModel *model; /* the session owns it and the engine once it exists */
    TbEngine *engine;
    TbLive *live;
    TbSession *session;
    TbWeb *page;
    pthread_t thread;
    atomic_bool stop;
    atomic_size_t n;
    atomic_int overruns; /* blocks that took longer than their duration in CPU time without being preempted */
    float output[SECONDS * RATE];
    _Atomic double latest; /* seconds: largest delay of a block since the last state */
} Host;

static TbStatus load_model(void *context, const char *name, TbModel **model) {
    (void)context;
    return model_load(*name ? name : NULL, model);
}

static TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    (void)context;
    return instrument_load(model, name, NULL, NULL, instrument);
}

/* ---- simulated device ---- */

/* Counts CPU time, since the machine may be busy. A preempted block also has to refill its caches, which counts as CPU
 * time; preemption.c identifies those. */
static void *play(void *context) {
    Host *h = context;
    float out[2 * BLOCK];
    double begun = tbi_now();
    const struct sched_param first = {.sched_priority = 10};
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &first); /* like sound servers, if permitted */
    for (size_t n = 0; !atomic_load(&h->stop) && n + BLOCK <= SECONDS * RATE; n += BLOCK) {
        double wait = begun + (double)n / RATE - tbi_now();
        if (wait > 0)
            nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * wait)}, NULL);
        double late = tbi_now() - begun - (double)n / RATE;
        double worked = tbi_thread_time();
        unsigned long long waits = atomic_load(&h->live->thread.preempted_blocks);
        tbi_audio_thread_block(&h->live->thread, out, BLOCK, false);
        bool waited = atomic_load(&h->live->thread.preempted_blocks) != waits;
        atomic_fetch_add(&h->overruns, !waited && tbi_thread_time() - worked > (double)BLOCK / RATE);
        h->latest = late > h->latest ? late : h->latest;
        for (size_t i = 0; i < BLOCK; i++)
            h->output[n + i] = (out[2 * i] + out[2 * i + 1]) / 2;
        atomic_store(&h->n, n + BLOCK);
    }
    return NULL;
}

/* The engine starts with a seed, which needs no loading; the session then loads the sounds. */
static TbStatus begin(Host *h, TbInstrument **seed) {
    TbStatus status = tb_default_model(&h->model);
    if (status == TB_OK)
        status = tb_engine_new(h->model, &engine_options, &h->engine);
    if (status == TB_OK)
        status = tb_instrument_random(h->model, 1, seed);
    h->live = calloc(1, sizeof *h->live);
    if (status || !h->live || tbi_commands_new(h->live))
        return status ? status : TB_ERR_NO_MEMORY;
    h->live->thread.rate = RATE;
    h->live->thread.n_channels = 2;
    snprintf(h->live->device.name, sizeof h->live->device.name, "no sound device");
    tbi_commands_begin(h->live, &(TbLivePlay){.engine = h->engine, .corner = {*seed}, .n_corners = 1});
    memset(h->output, 0, sizeof h->output); /* touches all pages now, so that memory use is constant */
    return pthread_create(&h->thread, NULL, play, h) ? TB_ERR_NO_MEMORY : TB_OK;
}

/* ---- commands ---- */

static long resident_kilobytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void print_state(Host *h, const char *name) {
    TbLiveState s;
    TbSessionState session;
    tb_live_state(h->live, &s);
    tb_session_state(h->session, &session);
    int held = 0;
    for (int key = 0; key < 128; key++)
        held += s.held[key];
    printf("state %s {\"overruns\":%d,\"lost\":%llu,\"voices\":%d,\"held\":%d,\"kilobytes\":%ld,\"late\":%.4f,"
           "\"brightness\":%.4f,\"x\":%.4f,\"sounds\":%d}\n",
           name, atomic_load(&h->overruns), (unsigned long long)s.dropped_events, s.voices, held, resident_kilobytes(),
           h->latest, (double)tb_live_control(h->live, (TbControl)tb_control_find("brightness")),
           (double)tb_live_control(h->live, TB_CONTROL_X), session.preset.n_sounds);
    h->latest = 0;
}

static void run_commands(Host *h) {
    char line[LINE], name[LINE];
    unsigned a, b, c;
    while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0) {
        if (sscanf(line, "midi %u %u %u", &a, &b, &c) == 3)
            tbi_audio_thread_send(&h->live->thread, KEYBOARD, (const uint8_t[]){(uint8_t)a, (uint8_t)b, (uint8_t)c}, 3);
        else if (sscanf(line, "mark %199s", name) == 1)
            printf("mark %s %zu\n", name, atomic_load(&h->n));
        else if (sscanf(line, "state %199s", name) == 1)
            print_state(h, name);
        fflush(stdout);
    }
}

static void *poll_session(void *context) {
    Host *h = context;
    while (!atomic_load(&h->stop)) {
        tb_session_poll(h->session);
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    return NULL;
}

static TbStatus serve(Host *h, const char *folder, const char *where, const TbPreset *first) {
    char presets[1000], map[1000], wav[1000];
    pthread_t poller;
    snprintf(presets, sizeof presets, "%s/presets", folder);
    snprintf(map, sizeof map, "%s/midi.json", folder);
    snprintf(wav, sizeof wav, "%s/output.wav", folder);
    TbStatus status = tb_session_new(&(TbSessionOptions){.size = sizeof(TbSessionOptions),
                                                         .live = h->live,
                                                         .first = h->engine,
                                                         .model = h->model,
                                                         .engine = &engine_options,
                                                         .load_model = load_model,
                                                         .load = load,
                                                         .context = h,
                                                         .folder = presets,
                                                         .map = map},
                                     first, &h->session);
    if (status == TB_OK)
        status = tb_web_new(&(TbWebOptions){.size = sizeof(TbWebOptions),
                                            .session = h->session,
                                            .listen = strncmp(where, "listen", 6) == 0,
                                            .port = strchr(where, ':') ? atoi(strchr(where, ':') + 1) : 0,
                                            .record = folder,
                                            .load_model = load_model,
                                            .load = load,
                                            .context = h},
                            &h->page);
    if (status == TB_OK && pthread_create(&poller, NULL, poll_session, h) == 0) {
        printf("%s\n", tb_web_address(h->page));
        fflush(stdout);
        run_commands(h);
        tb_web_free(h->page);
        atomic_store(&h->stop, true);
        pthread_join(poller, NULL);
    }
    atomic_store(&h->stop, true);
    pthread_join(h->thread, NULL);
    tb_session_free(h->session);
    return status == TB_OK ? tb_audio_write(wav, h->output, h->n, RATE, TB_BITS_32F) : status;
}

int main(int argc, char **argv) {
    static Host host;
    TbInstrument *seed = NULL;
    TbPreset first;
    if (argc < 4 || argc > 3 + TB_PARTS)
        return 2;
    tb_preset_defaults(&first);
    first.n_sounds = argc - 3;
    for (int i = 0; i < first.n_sounds; i++)
        snprintf(first.sound[i], sizeof first.sound[i], "%s", argv[3 + i]);
    TbStatus status = begin(&host, &seed);
    if (status == TB_OK)
        status = serve(&host, argv[1], argv[2], &first);
    if (status)
        fprintf(stderr, "page_host: %s\n", tb_error_text(status));
    if (!host.session) {
        tb_engine_free(host.engine);
        tb_model_free(host.model);
    }
    tb_instrument_free(seed);
    if (host.live)
        tbi_commands_free(host.live);
    free(host.live);
    return status != TB_OK;
}
