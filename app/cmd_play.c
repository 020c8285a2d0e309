/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel play: live playing from MIDI, a page, OSC and the terminal's keys. */
#include "app/commands.h"
#include "app/device_list.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/instruments.h"
#include "app/mute_stderr.h"
#include "app/play_status.h"
#include "app/preset_names.h"
#include "app/progress.h"
#include "app/qr.h"
#include "app/take.h"
#include "app/terminal.h"
#include "app/tuning.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "timbrel/web.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define SHOWN_EVERY 0.1 /* seconds between updates of the status line */
#define USUAL_SOUND "piano"
enum { WAIT = 10, /* milliseconds to wait for a key */ KEY_CTRL_D = 4, KEY_BACKSPACE = 127 };

typedef struct {
    bool list, no_reverb, no_page, listen;
    const char *device, *record, *model, *preset;
    OptionTexts midi;
    TuningValues tuning;
    double rate, gain;
    int block, voices, bits, port, osc;
} Values;

static const Option options[] = {
    {"list-devices", 'l', OPTION_FLAG, .help = "list sound devices and MIDI inputs", .offset = offsetof(Values, list)},
    {"device", 'd', OPTION_TEXT, "DEVICE", .help = "sound device: its number or part of its name; none: silent",
     .offset = offsetof(Values, device)},
    {"midi", 0, OPTION_TEXTS, "INPUT", .help = "use only MIDI inputs with this in their names",
     .offset = offsetof(Values, midi)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000,
     .help = "sample rate (default: 48000, or what the device prefers)", .offset = offsetof(Values, rate)},
    {"block", 0, OPTION_INT, "N", .low = 16, .high = 4096, .fallback = "128",
     .help = "samples per block: fewer for low latency, more for a busy machine", .offset = offsetof(Values, block)},
    {"voices", 'v', OPTION_INT, "N", .low = 1, .high = TB_VOICES_MAX, .fallback = "16",
     .help = "maximum number of voices", .offset = offsetof(Values, voices)},
    {"gain", 'g', OPTION_NUMBER, "DB", .low = -60, .high = 60, .fallback = "0",
     .help = "output gain; peaks stay under -1 dB", .offset = offsetof(Values, gain)},
    {"preset", 'p', OPTION_TEXT, "PRESET", .help = "start with this preset: its name, number, or .json file",
     .offset = offsetof(Values, preset)},
    {"no-reverb", 0, OPTION_FLAG, .help = "no reverb", .offset = offsetof(Values, no_reverb)},
    {"record", 'o', OPTION_TEXT, "FILE", .help = "record to this file: .wav .flac .aiff .ogg .caf",
     .offset = offsetof(Values, record)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "sample format",
     .offset = offsetof(Values, bits)},
    {"listen", 0, OPTION_FLAG, .help = "let other machines open the page (its address has a token) and send OSC",
     .offset = offsetof(Values, listen)},
    {"port", 0, OPTION_INT, "N", .low = 1, .high = 65535,
     .help = "port of the page (default: 8321, or the next free one)", .offset = offsetof(Values, port)},
    {"no-page", 0, OPTION_FLAG, .help = "do not serve the page", .offset = offsetof(Values, no_page)},
    {"osc", 0, OPTION_INT, "PORT", .low = 1, .high = 65535, .help = "receive OSC on this UDP port",
     .offset = offsetof(Values, osc)},
    TUNING_OPTIONS(Values, tuning),
    MODEL_OPTION(Values, model),
};

typedef struct {
    const Values *values;
    TbModel *model; /* initial ones; the session owns both once it exists */
    TbEngine *engine;
    TbEngineOptions engine_options;
    float tuning[TB_TUNING_KEYS]; /* what they point to */
    TbLive *live;
    TbSession *session;
    TbOsc *osc;
    TbWeb *page;
    ComputerKeyboard keys;
    Terminal terminal;
    PlayStatus status;
    Progress progress;             /* loading the first sounds */
    bool listening;                /* progress is shown */
    char first_file[TB_LIVE_NAME]; /* of the recording, without its folder */
} Work;

/* ---- set-up ---- */

static TbStatus set_model(const char *path, TbPreset *preset) {
    bool default_value = is_default_model(path);
    char *here = *path == '/' || default_value ? NULL : realpath(".", NULL);
    int n =
        snprintf(preset->model, TB_SOUND_NAME, "%s%s%s", here ? here : "", here ? "/" : "", default_value ? "" : path);
    free(here);
    return n < TB_SOUND_NAME ? TB_OK : tb_fail(TB_ERR_ARGUMENT, "The path of the model is too long.");
}

/* The initial state: a preset, sounds, or a preset with other sounds. */
static TbStatus first_preset(const Values *v, char *const *names, int n, TbPreset *preset) {
    static char *const default_value[] = {USUAL_SOUND};
    tb_preset_defaults(preset);
    TbStatus status = v->preset ? preset_load(v->preset, preset) : TB_OK;
    if (v->model && status == TB_OK)
        status = set_model(v->model, preset);
    if (n == 0 && !v->preset) {
        names = default_value;
        n = 1;
    }
    if (n > 0)
        preset->n_sounds = n;
    for (int i = 0; i < n && status == TB_OK; i++)
        if (snprintf(preset->sound[i], TB_SOUND_NAME, "%s", names[i]) >= TB_SOUND_NAME)
            status = tb_fail(TB_ERR_ARGUMENT, "The name of a sound is too long.");
    if (v->no_reverb)
        preset->control[TB_CONTROL_REVERB] = 0;
    return status;
}

static TbStatus open_live(Work *w) {
    const Values *v = w->values;
    return tb_live_new(&(TbLiveOptions){.size = sizeof(TbLiveOptions),
                                        .device = v->device,
                                        .sample_rate = isfinite(v->rate) ? v->rate : 0,
                                        .block = v->block,
                                        .midi = v->midi.values,
                                        .n_midi = (size_t)v->midi.n,
                                        .mute = mute_stderr},
                       &w->live);
}

/* Runs on threads of the session and the web server, like load_sound; start-up waits for the first model and sounds. */
static TbStatus load_model(void *context, const char *name, TbModel **model) {
    (void)context;
    return model_load(*name ? name : NULL, model);
}

static TbStatus load_sound(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    Work *w = context;
    return instrument_load(model, name, w->listening ? progress_report : NULL, &w->progress, instrument);
}

/* Locks touched pages in memory if there is no limit: under a limit, later allocations would fail. */
static void stay_in_memory(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

static TbStatus start_engine(Work *w, const TbPreset *first) {
    const Values *v = w->values;
    TbLiveState state;
    const float *tuning;
    TbStatus status = tuning_load(&v->tuning, w->tuning, &tuning);
    tb_live_state(w->live, &state);
    w->engine_options = (TbEngineOptions){.size = sizeof(TbEngineOptions),
                                          .sample_rate = state.sample_rate,
                                          .voices = v->voices,
                                          .gain = v->gain,
                                          .stereo = state.n_channels == 2,
                                          .reverb = true,
                                          .limit = true,
                                          .live = true,
                                          .seed = 1,
                                          .tuning = tuning};
    if (status == TB_OK)
        status = load_model(w, first->model, &w->model);
    if (status == TB_OK)
        status = tb_engine_new(w->model, &w->engine_options, &w->engine);
    if (status == TB_OK)
        status = tb_live_start(w->live, &(TbLivePlay){.engine = w->engine});
    if (status == TB_OK)
        stay_in_memory();
    return status;
}

static TbStatus start_session(Work *w, const TbPreset *first) {
    progress_begin(&w->progress, "listening");
    w->listening = true;
    TbStatus status = tb_session_new(&(TbSessionOptions){.size = sizeof(TbSessionOptions),
                                                         .live = w->live,
                                                         .first = w->engine,
                                                         .model = w->model,
                                                         .engine = &w->engine_options,
                                                         .load_model = load_model,
                                                         .load = load_sound,
                                                         .context = w},
                                     first, &w->session);
    w->listening = false;
    progress_end(&w->progress);
    return status;
}

static TbStatus record(Work *w) {
    static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};
    TbLiveState state;
    TbStatus status = tb_live_record(w->live, w->values->record, bits[w->values->bits]);
    tb_live_state(w->live, &state);
    memcpy(w->first_file, state.record_file, sizeof w->first_file);
    return status;
}

/* Starts what needs everything else to be ready. */
static TbStatus open_doors(Work *w) {
    const Values *v = w->values;
    char port[8];
    snprintf(port, sizeof port, "%d", v->osc);
    TbStatus status = v->osc ? tb_osc_new(w->session, v->listen ? "" : NULL, port, &w->osc) : TB_OK;
    if (status == TB_OK && !v->no_page)
        status = tb_web_new(&(TbWebOptions){.size = sizeof(TbWebOptions),
                                            .session = w->session,
                                            .listen = v->listen,
                                            .port = v->port,
                                            .load_model = load_model,
                                            .load = load_sound,
                                            .context = w},
                            &w->page);
    return status == TB_OK && v->record ? record(w) : status;
}

static void greet(const Work *w) {
    TbLiveState state;
    tb_live_state(w->live, &state);
    fprintf(stderr, "Playing on %s at %.0f Hz, blocks of %d%s. Ctrl-C ends it.\n", state.device, state.sample_rate,
            state.block, state.block == w->values->block ? "" : " as it wants");
    if (w->page) {
        fprintf(stderr, "Page: %s\n", tb_web_address(w->page));
        if (w->values->listen)
            qr_print(stderr, tb_web_address(w->page));
    }
    if (w->osc)
        fprintf(stderr, "OSC: UDP port %d\n", tb_osc_port(w->osc));
    if (isatty(STDIN_FILENO))
        fprintf(stderr, "Keys: a w s e d ... are notes, z x octaves, space holds, 1..7 - = knobs, arrows the pad,\n"
                        "[ ] presets, Backspace undoes, \\ silences; q ends.\n");
}

/* ---- playing ---- */

/* Loads the previous or next preset. */
static void next_preset(const Work *w, int step) {
    TbPresetEntry *entries;
    TbSessionState state;
    size_t n = 0, at = SIZE_MAX;
    tb_session_state(w->session, &state);
    if (tb_presets_list(NULL, &entries, &n) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++)
        at = strcmp(entries[i].name, state.preset.name) == 0 ? i : at;
    free(entries);
    if (n > 0)
        tb_ignore(tb_session_load_number(/* failures show in the session's state */
                                         w->session,
                                         (int)(at == SIZE_MAX ? (step > 0 ? 0 : n - 1) : (at + n + (size_t)step) % n)));
}

static void press(Work *w, int key, double t) {
    switch (key) {
    case '[':
    case ']':
        next_preset(w, key == ']' ? 1 : -1);
        break;
    case KEY_BACKSPACE:
        tb_session_undo(w->session);
        break;
    case '\\':
        tb_live_panic(w->live);
        break;
    default:
        computer_keyboard_press(&w->keys, key, t);
    }
}

static void play(Work *w) {
    double shown = 0;
    bool playing = true;
    terminal_open(&w->terminal);
    computer_keyboard_begin(&w->keys, w->live);
    play_status_begin(&w->status, w->live, w->session, &w->keys, w->values->record);
    while (playing && !progress_interrupted()) {
        int key = terminal_key(&w->terminal, WAIT);
        double t = tbi_now();
        if (key >= 0)
            press(w, key, t);
        playing = key != KEY_CTRL_D && key != 'q';
        computer_keyboard_poll(&w->keys, t);
        if (t - shown >= SHOWN_EVERY) {
            tb_live_poll(w->live);
            tb_session_poll(w->session);
            play_status_show(&w->status);
            shown = t;
        }
    }
    play_status_clear(&w->status);
    terminal_close();
}

/* The reason has been told when it happened. */
static TbStatus broken(const Work *w) {
    const PlayStatus *s = &w->status;
    return s->kept > 0 ? tb_fail(TB_ERR_IO, "The recording \"%s\" is not whole: it stopped after %.1f s.",
                                 w->values->record, s->kept)
                       : tb_fail(TB_ERR_IO, "The recording \"%s\" failed; there is no file.", w->values->record);
}

static TbStatus stop(Work *w) {
    TbLiveState s;
    tb_web_free(w->page);
    tb_osc_free(w->osc);
    w->page = NULL;
    w->osc = NULL;
    TbStatus status = tb_live_stop(w->live);
    tb_live_state(w->live, &s);
    play_status_end(&s);
    if (status == TB_OK && w->status.broken)
        return broken(w);
    if (w->values->record && status == TB_OK && s.recorded > 0)
        take_print(w->values->record, w->first_file, &s);
    if (status == TB_ERR_EMPTY && !w->values->record) /* it was begun on the page */
        status = TB_OK;
    else if (status == TB_ERR_EMPTY)
        status = tb_fail(status, "Nothing was played, so \"%s\" is not written.", w->values->record);
    return status;
}

static void release(Work *w) {
    tb_web_free(w->page);
    tb_osc_free(w->osc);
    if (w->live)
        tb_ignore(tb_live_stop(w->live)); /* for a recording that failed, or that stop() has stopped */
    if (!w->session) {
        tb_engine_free(w->engine);
        tb_model_free(w->model);
    }
    tb_session_free(w->session);
    tb_live_free(w->live);
    free(w);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    Work *w = calloc(1, sizeof *w);
    TbPreset first;
    if (!w)
        return tbi_no_memory("to play");
    w->values = values;
    if (w->values->list) {
        free(w);
        return device_list_print();
    }
    TbStatus status = take_check(w->values->record, w->values->bits);
    if (status == TB_OK)
        preset_faults_print(NULL); /* problems of files in the folder, which the page and [ ] list */
    if (status == TB_OK)
        status = first_preset(w->values, operands, n_operands, &first);
    if (status == TB_OK)
        status = open_live(w); /* before loading sounds, so device errors show at once */
    if (status == TB_OK)
        status = start_engine(w, &first);
    if (status == TB_OK)
        status = start_session(w, &first);
    if (status == TB_OK)
        status = open_doors(w);
    if (status == TB_OK) {
        greet(w);
        play(w);
        status = stop(w);
    }
    release(w);
    return status;
}

const Command cmd_play = COMMAND(
    "play", "Play live: MIDI, the page in the browser, OSC, the terminal's keys", "[SOUND [SOUND [SOUND [SOUND]]]]", 0,
    TB_PARTS,
    "SOUND is a sound file, an encoded sound, a bundled sound, a folder with notes of one instrument, seed:7 for\n"
    "a new instrument, or a mix of these (default: " USUAL_SOUND "). With --preset, SOUNDs replace the preset's.\n"
    "Two sounds are the left and right edge of a pad; three or four are its corners: lower left, lower right,\n"
    "upper left, upper right. CC 16 and 17 or the arrow keys move on the pad.\n\n"
    "Keys: a w s e d f t g y h u j k o l p ; are notes, z x change the octave, c v the velocity, space holds\n"
    "notes; 1 to 7 choose a knob (brightness, noisiness, attack, decay, hollowness, warmth, movement), - and =\n"
    "turn it, 0 puts all back; [ ] go through the presets, Backspace undoes, \\ silences all; q ends.\n\n"
    "The page, whose address is printed, has the pad, knobs, keys, presets and a map of sounds.\n"
    "`timbrel presets` lists presets.\n\n"
    "  timbrel play\n"
    "  timbrel play --preset \"Warm Front\" --listen\n"
    "  timbrel play flute seed:7 voice bell --record today.wav\n"
    "  timbrel play cello/ --device USB --block 64 --voices 32\n");
