/* SPDX-License-Identifier: GPL-3.0-or-later
 * timbrel play: sounds under MIDI and the keys of the terminal, now. */
#include "app/commands.h"
#include "app/keys.h"
#include "app/output.h"
#include "app/players.h"
#include "app/progress.h"
#include "app/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_EVERY 0.1 /* seconds between two status lines */
#define USUAL_SOUND "piano"
enum { WAIT = 10 }; /* milliseconds for a key */

typedef struct {
    bool list, no_reverb;
    const char *device, *record, *model;
    OptionTexts midi;
    double rate, gain;
    int block, voices, bits;
} Values;

static const Option options[] = {
    {"list-devices", 'l', OPTION_FLAG, .help = "print sound devices and MIDI inputs, and play nothing",
     .offset = offsetof(Values, list)},
    {"device", 'd', OPTION_TEXT, "DEVICE", .help = "the sound device: its number or a part of its name",
     .offset = offsetof(Values, device)},
    {"midi", 0, OPTION_TEXTS, "INPUT", .help = "listen to MIDI inputs with this in their names, not to all",
     .offset = offsetof(Values, midi)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000,
     .help = "the device's sample rate (default: 48000, or what it likes)", .offset = offsetof(Values, rate)},
    {"block", 0, OPTION_INT, "N", .low = 16, .high = 4096, .fallback = "128",
     .help = "samples made at once: fewer answer sooner, more bear a busy machine", .offset = offsetof(Values, block)},
    {"voices", 'v', OPTION_INT, "N", .low = 1, .high = TB_VOICES_MAX, .fallback = "16",
     .help = "how many notes sound at once at most", .offset = offsetof(Values, voices)},
    {"gain", 'g', OPTION_NUMBER, "DB", .low = -60, .high = 60, .fallback = "0",
     .help = "how loud; peaks are held under -1 dB", .offset = offsetof(Values, gain)},
    {"no-reverb", 0, OPTION_FLAG, .help = "without the room", .offset = offsetof(Values, no_reverb)},
    {"record", 'o', OPTION_TEXT, "FILE", .help = "write what is heard: .wav .flac .aiff .ogg .caf",
     .offset = offsetof(Values, record)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "its sample format",
     .offset = offsetof(Values, bits)},
    MODEL_OPTION(Values, model),
};

typedef struct {
    const Values *values;
    TbModel *model;
    Instruments instruments;
    TbLivePlay play;
    TbLive *live;
    Keys keys;
    Terminal terminal;
    char midi[2000]; /* names of the inputs, and what else has been said */
    char trouble[200];
    bool status_line, lost, record_failed;
} Work;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- --list-devices ---- */

static TbStatus list(void) {
    TbDevice *devices = NULL;
    TbMidiInput *inputs = NULL;
    size_t n_devices, n_inputs;
    TbStatus status = tb_devices(&devices, &n_devices);
    if (status == TB_OK)
        status = tb_midi_inputs(&inputs, &n_inputs);
    if (status == TB_OK) {
        printf(n_devices ? "Sound devices (* is used when none is named):\n" : "No sound device.\n");
        for (size_t i = 0; i < n_devices; i++)
            printf("%c %2d  %s, %d channel%s, %.0f Hz\n", devices[i].standard ? '*' : ' ', devices[i].number,
                   devices[i].name, devices[i].n_channels, devices[i].n_channels == 1 ? "" : "s",
                   devices[i].sample_rate);
        printf(n_inputs ? "MIDI inputs:\n" : "No MIDI input.\n");
        for (size_t i = 0; i < n_inputs; i++)
            printf("      %s\n", inputs[i].name);
    }
    free(devices);
    free(inputs);
    return status;
}

/* ---- getting ready ---- */

static TbStatus load(Work *w, char *const *names, int n) {
    static char *const usual[] = {USUAL_SOUND};
    Progress progress;
    progress_begin(&progress, "listening");
    TbStatus status = model_load(w->values->model, &w->model);
    names = n > 0 ? names : usual;
    w->play.n_corners = n > 0 ? n : 1;
    w->instruments = (Instruments){.model = w->model,
                                   .progress = {.progress = progress_report, .context = &progress, .from = 0, .to = 1},
                                   .n_expected = w->play.n_corners};
    for (int i = 0; status == TB_OK && i < w->play.n_corners; i++)
        status = instruments_find(&w->instruments, names[i], &w->play.corner[i]);
    progress_end(&progress);
    return status;
}

static TbStatus open_live(Work *w) {
    static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};
    const Values *v = w->values;
    return tb_live_new(&(TbLiveOptions){.device = v->device,
                                        .sample_rate = isfinite(v->rate) ? v->rate : 0,
                                        .block = v->block,
                                        .midi = v->midi.values,
                                        .n_midi = (size_t)v->midi.n,
                                        .record = v->record,
                                        .bits = bits[v->bits]},
                       &w->live);
}

static TbStatus start(Work *w) {
    const Values *v = w->values;
    const TbEngineOptions engine = {.sample_rate = tb_live_sample_rate(w->live),
                                    .voices = v->voices,
                                    .gain = v->gain,
                                    .stereo = tb_live_channels(w->live) == 2,
                                    .reverb = !v->no_reverb,
                                    .limit = true,
                                    .seed = 1};
    TbStatus status = tb_engine_new(w->model, &engine, &w->play.engine);
    if (status == TB_OK)
        status = tb_live_start(w->live, &w->play);
    if (status == TB_OK) {
        fprintf(stderr, "Playing on %s at %.0f Hz, blocks of %d. Ctrl-C ends it.\n", tb_live_device(w->live),
                tb_live_sample_rate(w->live), tb_live_block(w->live));
        if (isatty(STDIN_FILENO))
            fprintf(stderr,
                    "Keys: a w s e d ... are notes, z x octaves, space holds, 1..7 - = knobs, arrows the pad.\n");
    }
    return status;
}

/* ---- while it plays ---- */

static void clear_line(const Work *w) {
    if (w->status_line)
        fprintf(stderr, "\r\033[K");
}

static void tell_inputs(Work *w) {
    char names[sizeof w->midi] = "";
    for (size_t i = 0; tb_live_midi(w->live, i); i++) {
        strncat(names, i ? ", " : "", sizeof names - strlen(names) - 1);
        strncat(names, tb_live_midi(w->live, i), sizeof names - strlen(names) - 1);
    }
    if (strcmp(names, w->midi) != 0) {
        clear_line(w);
        fprintf(stderr, "MIDI from %s\n", *names ? names : "no input any more");
        memcpy(w->midi, names, sizeof names);
    }
}

/* What happens seldom, each time once. */
static void tell_changes(Work *w, const TbLiveState *s) {
    if (s->lost != w->lost) {
        clear_line(w);
        fprintf(stderr, s->lost ? "The sound device is gone; looking for it.\n" : "The sound device is back.\n");
        w->lost = s->lost;
    }
    if (strcmp(s->trouble, w->trouble) != 0) {
        if (*s->trouble) {
            clear_line(w);
            fprintf(stderr, "It cannot be used: %s.\n", s->trouble);
        }
        memcpy(w->trouble, s->trouble, sizeof w->trouble);
    }
    if (s->record_failed && !w->record_failed) {
        clear_line(w);
        fprintf(stderr, "The recording has stopped; what there was is kept.\n");
        w->record_failed = true;
    }
}

static void show(const Work *w, const TbLiveState *s) {
    char line[300], part[60];
    snprintf(line, sizeof line, "load %2.0f %% (worst %2.0f)  voices %2d  latency %.1f ms  xruns %llu", 100 * s->load,
             100 * s->worst_load, s->voices, 1e3 * s->latency, (unsigned long long)s->xruns);
    if (w->values->record) {
        snprintf(part, sizeof part, "  recorded %.0f s", s->recorded);
        strncat(line, part, sizeof line - strlen(line) - 1);
    }
    if (w->play.n_corners > 1) {
        snprintf(part, sizeof part, "  pad %.2f %.2f", (double)tb_live_get(w->live, TB_CONTROL_X),
                 (double)tb_live_get(w->live, TB_CONTROL_Y));
        strncat(line, part, sizeof line - strlen(line) - 1);
    }
    snprintf(part, sizeof part, "  %s %+.2f  C%d%s", tb_control_info(keys_knob(&w->keys))->name,
             (double)tb_live_get(w->live, keys_knob(&w->keys)), w->keys.octave / 12 - 1, w->keys.hold ? "  held" : "");
    strncat(line, part, sizeof line - strlen(line) - 1);
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, line);
    fflush(stderr);
}

static void play(Work *w) {
    const char *term = getenv("TERM");
    TbLiveState state;
    double shown = 0;
    bool typing = true;
    w->status_line = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    terminal_open(&w->terminal);
    keys_begin(&w->keys, w->live);
    while (typing && !progress_interrupted()) {
        int key = terminal_key(&w->terminal, WAIT);
        double t = now();
        if (key >= 0)
            keys_press(&w->keys, key, t);
        typing = key != 4 && key != 'q'; /* Ctrl-D, or q */
        keys_tend(&w->keys, t);
        if (t - shown >= SHOWN_EVERY) {
            tb_live_tend(w->live);
            tb_live_state(w->live, &state);
            tell_changes(w, &state);
            tell_inputs(w);
            if (w->status_line)
                show(w, &state);
            shown = t;
        }
    }
    clear_line(w);
    terminal_close();
}

static TbStatus stop(Work *w) {
    TbStatus status = tb_live_stop(w->live);
    TbLiveState s;
    tb_live_state(w->live, &s);
    fprintf(stderr, "Played %.1f s; xruns %llu; blocks too late: by our fault %llu, waiting for the processor %llu",
            s.seconds, (unsigned long long)s.xruns, (unsigned long long)s.overruns, (unsigned long long)s.waits);
    if (s.lost_events)
        fprintf(stderr, "; %llu MIDI messages lost", (unsigned long long)s.lost_events);
    if (s.lost_frames)
        fprintf(stderr, "; the disk was too slow for %llu samples", (unsigned long long)s.lost_frames);
    fprintf(stderr, ".\n");
    if (w->values->record && status == TB_OK)
        fprintf(stderr, "%s: %.1f s\n", w->values->record, s.recorded);
    if (status == TB_ERR_EMPTY)
        status = tb_fail(status, "nothing was played, so %s is not written", w->values->record);
    return status;
}

static TbStatus check(const Values *v) {
    const OutputValues record = {.path = v->record, .bits = v->bits};
    return v->record ? output_check(&record) : TB_OK;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    Work *w = calloc(1, sizeof *w);
    if (!w)
        return TB_ERR_NO_MEMORY;
    w->values = values;
    if (w->values->list) {
        free(w);
        return list();
    }
    TbStatus status = check(w->values);
    if (status == TB_OK)
        status = open_live(w); /* first: what is wrong with the device is known at once */
    if (status == TB_OK)
        status = load(w, operands, n_operands);
    if (status == TB_OK)
        status = start(w);
    if (status == TB_OK) {
        play(w);
        status = stop(w);
    }
    tb_live_free(w->live);
    tb_engine_free(w->play.engine);
    instruments_free(&w->instruments);
    tb_model_free(w->model);
    free(w);
    return status;
}

const Command cmd_play = {
    .name = "play",
    .summary = "Play sounds live, with a MIDI keyboard or the terminal's keys",
    .operands = "[SOUND...]",
    .min_operands = 0,
    .max_operands = TB_PARTS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .values_size = sizeof(Values),
    .more =
        "A SOUND is a sound file, an encoded sound, a bundled sound by its name, a folder of notes of one instrument,\n"
        "seed:7 for an instrument that never was, or a mix of such (default: " USUAL_SOUND ").\n"
        "Two sounds are the left and right edge of a pad, three or four its corners: lower left, lower right, upper\n"
        "left, upper right. CC 16 and 17, or the arrow keys, move between them.\n\n"
        "Keys: a w s e d f t g y h u j k o l p ; are notes, z x change the octave, c v the velocity, space holds\n"
        "notes; 1 to 7 choose a knob (brightness, noisiness, attack, decay, hollowness, warmth, movement), - and =\n"
        "turn it, 0 puts all back; q ends.\n\n"
        "  timbrel play\n"
        "  timbrel play flute seed:7 voice bell --record today.wav\n"
        "  timbrel play cello/ --device USB --block 64 --voices 32\n",
    .run = run,
};
