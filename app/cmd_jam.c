/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel jam: loopers that write music while they play, live or into a file. */
#include "app/commands.h"
#include "app/composition.h"
#include "app/device_list.h"
#include "app/files.h"
#include "app/jam_render.h"
#include "app/jam_status.h"
#include "app/jam_values.h"
#include "app/mute_stderr.h"
#include "app/progress.h"
#include "app/take.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "timbrel/presets.h"
#include "timbrel/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_EVERY 0.1 /* seconds between two drawings of the lines */
#define WRITTEN 0.3     /* the share of the time until it plays in which the first loops are written */
enum { WAIT = 10, /* milliseconds to wait for a key */ KEY_CTRL_D = 4 };

typedef JamValues Values;

static const Option options[] = {
    {"tempo", 0, OPTION_NUMBER, "BPM", .low = TB_SLOWEST, .high = TB_JAM_FASTEST,
     .help = "quarter notes a minute (default: by style)", .offset = offsetof(Values, tempo)},
    {"key", 0, OPTION_TEXT, "KEY", .help = "such as \"D minor\" (default: by chords or seed)",
     .offset = offsetof(Values, key)},
    {"chords", 0, OPTION_TEXT, "CHORDS", .help = "a bar each, \"Am F C G\", or \"Am F | C G\" (default: drawn)",
     .offset = offsetof(Values, chords)},
    {"metre", 0, OPTION_TEXT, "N/N", .help = "4/4 (default), 3/4, 6/8 ...", .offset = offsetof(Values, metre)},
    {"style", 0, OPTION_TEXT, "STYLE", .help = "folk, rock, jazz ..., as for compose (default: any)",
     .offset = offsetof(Values, style)},
    {"swing", 0, OPTION_NUMBER, "PERCENT", .low = 50, .high = 75,
     .help = "place of off-beat eighths: 50 straight, 67 triplets (default: by style)",
     .offset = offsetof(Values, swing)},
    {"intensity", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .fallback = "0.5",
     .help = "dynamics, density and register of all parts", .offset = offsetof(Values, intensity)},
    {"temperature", 0, OPTION_NUMBER, "X", .low = 0, .high = 2, .fallback = "1",
     .help = "0: only the likeliest notes; higher: more daring", .offset = offsetof(Values, temperature)},
    {"parts", 0, OPTION_TEXT, "LIST", .fallback = "drums:2,bass:4,chords:4,melody:4",
     .help = "parts with the bars of their loops (1, 2, 4, 8)", .offset = offsetof(Values, parts)},
    {"generate", 0, OPTION_TEXT, "LIST", .help = "parts that write on from the start, or none (default: melody)",
     .offset = offsetof(Values, generate)},
    {"quantise", 0, OPTION_CHOICE, "turn|bar", .fallback = "turn", .help = "when new loops begin",
     .offset = offsetof(Values, quantise)},
    {"seed", 0, OPTION_INT, "N", .low = 0, .high = 2147483647, .fallback = "1", .help = "another seed, another jam",
     .offset = offsetof(Values, seed)},
    {"sound", 's', OPTION_TEXTS, "PART=SOUND", .help = "what plays a part (default: by style and seed)",
     .offset = offsetof(Values, sounds)},
    {"model", 'm', OPTION_TEXT, "MODEL", .help = "file of networks of music to use; \"default\": the built-in ones",
     .offset = offsetof(Values, model)},
    {"output", 'o', OPTION_TEXT, "FILE.mid", .help = "write what was played as a MIDI file at the end",
     .offset = offsetof(Values, output)},
    {"record", 0, OPTION_TEXT, "FILE", .help = "record to this file: .wav .flac .aiff .ogg .caf",
     .offset = offsetof(Values, record)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "sample format",
     .offset = offsetof(Values, bits)},
    {"offline", 0, OPTION_SECONDS, "TIME", .help = "no device: play so long into --record, as fast as possible",
     .offset = offsetof(Values, offline)},
    {"list-devices", 0, OPTION_FLAG, .help = "list sound devices and MIDI inputs", .offset = offsetof(Values, list)},
    {"device", 'd', OPTION_TEXT, "DEVICE", .help = "sound device: its number or part of its name; none: silent",
     .offset = offsetof(Values, device)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000,
     .help = "sample rate (default: 48000, or what the device prefers)", .offset = offsetof(Values, rate)},
    {"block", 0, OPTION_INT, "N", .low = 16, .high = 4096, .fallback = "256", .help = "samples per block",
     .offset = offsetof(Values, block)},
    {"osc", 0, OPTION_INT, "PORT", .low = 1, .high = 65535, .help = "receive OSC on this UDP port",
     .offset = offsetof(Values, osc)},
    {"listen", 0, OPTION_FLAG, .help = "let other machines send OSC", .offset = offsetof(Values, listen)},
    {"voices", 'v', OPTION_INT, "N", .low = 1, .high = TB_VOICES_MAX, .fallback = "32",
     .help = "maximum number of voices", .offset = offsetof(Values, voices)},
};

typedef struct {
    const Values *values;
    TbMusicModels music;
    TbCopyIndex *learned;
    TbModel *model;
    TbLive *live; /* NULL: offline */
    TbJam *jam;
    TbOsc *osc; /* NULL: none */
    JamSounds sounds;
    TbEngine *engine;
    JamFeed feed;
    JamKeys keys;
    JamStatus status;
    Terminal terminal;
    Progress progress;
    double rate;
    uint64_t kept; /* the bar at which the session was written last */
} Work;

/* ---- set-up ---- */

static TbStatus open_live(Work *w) {
    const Values *v = w->values;
    TbLiveState state;
    TbStatus status = tb_live_new(&(TbLiveOptions){.size = sizeof(TbLiveOptions),
                                                   .device = v->device,
                                                   .sample_rate = isfinite(v->rate) ? v->rate : 0,
                                                   .block = v->block,
                                                   .mute = mute_stderr},
                                  &w->live);
    if (status)
        return status;
    tb_live_state(w->live, &state);
    w->rate = state.sample_rate;
    return TB_OK;
}

static TbStatus make_jam(Work *w) {
    const Values *v = w->values;
    TbJamOptions o;
    Part writing = {progress_report, &w->progress, 0, WRITTEN, NULL},
         loading = {progress_report, &w->progress, WRITTEN, 1, NULL};
    TbStatus status = jam_values_read(v, &o);
    status = status ? status : composition_models(v->model, &w->music, &w->learned);
    if (status)
        return status;
    o.sample_rate = w->rate;
    o.learned = w->learned;
    o.progress = part_report;
    o.context = &writing;
    status = tb_jam_new(&w->music, &o, &w->jam);
    if (status == TB_OK && v->quantise)
        status = tb_jam_set(w->jam, TB_JAM_QUANTISE, 1);
    status = status ? status : tb_default_model(&w->model);
    return status ? status
                  : jam_sounds_load(w->jam, w->model, &v->sounds, tb_compose_style_name(o.style), w->rate,
                                    (uint64_t)v->seed, loading, &w->sounds);
}

static TbStatus make_engine(Work *w) {
    TbLiveState state = {.n_channels = 2};
    if (w->live)
        tb_live_state(w->live, &state);
    TbStatus status = tb_engine_new(w->model,
                                    &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                                       .sample_rate = w->rate,
                                                       .voices = w->values->voices,
                                                       .gain = w->sounds.gain,
                                                       .stereo = state.n_channels == 2,
                                                       .reverb = true,
                                                       .limit = true,
                                                       .live = w->live != NULL,
                                                       .seed = (uint64_t)w->values->seed},
                                    &w->engine);
    if (status)
        return status;
    jam_sounds_set(&w->sounds, w->jam, w->engine);
    w->feed = (JamFeed){.jam = w->jam, .sounds = &w->sounds};
    return TB_OK;
}

static TbStatus set_up(Work *w) {
    w->rate = isfinite(w->values->rate) ? w->values->rate : 48000;
    TbStatus status = isfinite(w->values->offline) ? TB_OK : open_live(w); /* so that its errors show at once */
    progress_begin(&w->progress, "composing");
    status = status ? status : make_jam(w);
    progress_end(&w->progress);
    return status ? status : make_engine(w);
}

/* ---- playing ---- */

static TbStatus start(Work *w) {
    static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};
    TbLiveState state;
    char port[8];
    snprintf(port, sizeof port, "%d", w->values->osc);
    TbStatus status = tb_jam_start(w->jam);
    if (status == TB_OK && w->values->osc)
        status = tb_osc_new_jam(w->jam, w->values->listen ? "" : NULL, port, &w->osc);
    if (status == TB_OK && w->values->record)
        status = tb_live_record(w->live, w->values->record, bits[w->values->bits]);
    if (status == TB_OK)
        status = tb_live_start(w->live, &(TbLivePlay){.engine = w->engine, .feed = jam_feed, .context = &w->feed});
    tb_live_state(w->live, &state);
    if (status == TB_OK)
        fprintf(stderr, "Jamming on %s at %.0f Hz, blocks of %d. Ctrl-C ends it.\n", state.device, state.sample_rate,
                state.block);
    if (status == TB_OK && w->osc)
        fprintf(stderr, "OSC: UDP port %d\n", tb_osc_port(w->osc));
    if (status == TB_OK && isatty(STDIN_FILENO))
        fputs(JAM_KEYS_HELP, stderr);
    return status;
}

static TbStatus write_session(const Work *w) {
    TbScore score;
    TbStatus status = tb_jam_session(w->jam, &score);
    if (status)
        return status;
    status = tb_score_write(&score, w->values->output);
    tb_score_free(&score);
    return status;
}

/* What was played is kept at each bar, so that little is lost if the program is killed. */
static void keep(Work *w) {
    TbJamState state;
    tb_jam_state(w->jam, &state);
    if (w->values->output && state.bar > w->kept)
        tb_ignore(write_session(w)); /* at the end it is written again, and a failure told */
    w->kept = state.bar;
}

/* Until a key or a signal ends it. A device that comes back at another sample rate ends it, too. */
static TbStatus play(Work *w) {
    double shown = 0;
    bool playing = true;
    TbLiveState state;
    w->keys = (JamKeys){.jam = w->jam};
    jam_status_begin(&w->status, &w->keys, w->live);
    terminal_open(&w->terminal);
    do {
        const int key = terminal_key(&w->terminal, WAIT);
        const double t = tbi_now();
        if (key >= 0)
            jam_keys_press(&w->keys, key, t);
        if (t - shown >= SHOWN_EVERY) {
            tb_live_poll(w->live);
            jam_status_show(&w->status);
            keep(w);
            shown = t;
        }
        tb_live_state(w->live, &state);
        playing = key != KEY_CTRL_D && key != 'q' && state.needed_rate == w->rate;
    } while (playing && !progress_interrupted());
    terminal_close();
    jam_status_end(&w->status);
    return state.needed_rate == w->rate
               ? TB_OK
               : tb_fail(TB_ERR_UNSUPPORTED,
                         "The sound device has changed its sample rate from %.0f to %.0f Hz; start "
                         "the jam again.",
                         w->rate, state.needed_rate);
}

/* Ends the recording; `before` is how it went until then. */
static TbStatus stop(Work *w, TbStatus before) {
    TbLiveState state;
    TbStatus status = tb_live_stop(w->live);
    tb_live_state(w->live, &state);
    if (before)
        return before;
    if (w->values->record && status == TB_OK)
        take_print(w->values->record, state.record_file, &state);
    return status == TB_ERR_EMPTY && !w->values->record ? TB_OK : status;
}

static TbStatus perform(Work *w) {
    TbStatus status;
    bool played = true;
    if (isfinite(w->values->offline)) {
        status = jam_render(w->values, &w->feed, w->engine, w->rate);
        if (status == TB_OK && w->values->record)
            fprintf(stderr, "%s: %.1f s\n", w->values->record, w->values->offline);
    } else {
        status = start(w);
        played = status == TB_OK;
        status = status ? status : play(w);
        status = stop(w, status);
    }
    tb_jam_stop(w->jam);
    if (!played || !w->values->output || status == TB_ERR_CANCELLED)
        return status;
    char text[400]; /* the notes are kept, whatever has become of the sound */
    snprintf(text, sizeof text, "%s", tb_error_text(status));
    const TbStatus written = write_session(w);
    if (!written)
        fprintf(stderr, "%s: all notes, with tempos, keys and chords\n", w->values->output);
    if (status && written)
        fprintf(stderr, "%s\n", text);
    return written ? written : status;
}

static void release(Work *w) {
    tb_osc_free(w->osc);
    tb_live_free(w->live);
    tb_engine_free(w->engine);
    tb_jam_free(w->jam);
    jam_sounds_free(&w->sounds);
    tb_model_free(w->model);
    tb_copy_index_free(w->learned);
    tb_music_models_free(&w->music);
    free(w);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    (void)operands;
    (void)n_operands;
    if (v->list)
        return device_list_print();
    Work *w = calloc(1, sizeof *w);
    if (!w)
        return tbi_no_memory("to jam");
    w->values = v;
    TbStatus status = jam_values_check(v);
    status = status ? status : set_up(w);
    status = status ? status : perform(w);
    release(w);
    return status;
}

const Command cmd_jam = COMMAND(
    "jam", "Jam: loops of drums, bass, chords and melody that networks write while they play", "", 0, 0,
    "A groove plays at once: four parts in one key, each a loop that the networks wrote to the others. They\n"
    "are written a bar ahead, and what you ask for begins at the next turn of the loop or the next bar.\n"
    "PART is drums, bass, chords, melody or other; up to eight parts. SOUND is as for `timbrel play`.\n\n" JAM_KEYS_HELP
    "\n"
    "  timbrel jam\n"
    "  timbrel jam --style funk --tempo 100 --chords \"Am7 D7\"\n"
    "  timbrel jam --sound melody=flute,voice@0.4 --record night.wav -o night.mid\n"
    "  timbrel jam --offline 60 --record minute.wav -o minute.mid --seed 7\n");
