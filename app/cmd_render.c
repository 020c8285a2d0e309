/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel render: renders a MIDI file. */
#include "app/commands.h"
#include "app/files.h"
#include "app/general_midi.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/song_instruments.h"
#include "app/tuning.h"
#include "base/no_memory.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 3600.0 /* seconds; songs are rendered in memory */
#define LOADING 0.3    /* share of the progress bar for loading sounds */
enum { BLOCK = 256, KEYS = 128 };

typedef struct {
    OutputValues output;
    OptionTexts sounds;
    const char *morph, *drums, *model;
    TuningValues tuning;
    OutputLevel level; /* of the engine: with --gain it limits */
    double tail;
    int voices, seed;
    bool mono, reverb;
} Values;

static const Option options[] = {
    {"sound", 's', OPTION_TEXTS, "SOUND", .help = "instrument for all channels; 2=SOUND: for channel 2",
     .offset = offsetof(Values, sounds)},
    {"morph", 0, OPTION_TEXT, "A,B,...", .help = "morph from A to B over the song, by way of up to two more",
     .offset = offsetof(Values, morph)},
    {"drums", 'd', OPTION_TEXT, "SOUND",
     .help = "drums of channel 10: a sound, or a folder of files named by key (default: bundled)",
     .offset = offsetof(Values, drums)},
    {"output", 'o', OPTION_TEXT, "FILE", .required = true, .help = "file to write: .wav .flac .aiff .ogg .caf, or -",
     .offset = offsetof(Values, output.path)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000, .fallback = "48000", .help = "sample rate",
     .offset = offsetof(Values, output.rate)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .fallback = "24", .help = "sample format",
     .offset = offsetof(Values, output.bits)},
    {"gain", 'g', OPTION_NUMBER, "DB", .low = -60, .high = 60, .help = "gain, with peaks limited to -1 dB",
     .offset = offsetof(Values, level.gain)},
    {"normalize", 0, OPTION_FLAG, .help = "bring the peak to -1 dB (default without --gain)",
     .offset = offsetof(Values, level.normalize)},
    {"tail", 't', OPTION_SECONDS, "TIME", .low = 0, .high = 60, .fallback = "10s",
     .help = "maximum length of the last notes' tail", .offset = offsetof(Values, tail)},
    {"voices", 'v', OPTION_INT, "N", .low = 1, .high = TB_VOICES_MAX, .fallback = "64",
     .help = "maximum number of voices", .offset = offsetof(Values, voices)},
    {"reverb", 0, OPTION_FLAG, .help = "add reverb; CC 91 sets the amount of each channel",
     .offset = offsetof(Values, reverb)},
    {"mono", 0, OPTION_FLAG, .help = "mono (default: stereo, panned by CC 10 and key)",
     .offset = offsetof(Values, mono)},
    {"seed", 0, OPTION_INT, "N", .low = 0, .high = 2147483647, .fallback = "1", .help = "seed of what is random",
     .offset = offsetof(Values, seed)},
    TUNING_OPTIONS(Values, tuning),
    MODEL_OPTION(Values, model),
};

typedef struct {
    const Values *values;
    TbModel *model;
    TbSong song;
    TbSongParts parts;
    GeneralMidi general; /* channels without a sound of their own */
    Instruments instruments;
    TbMix mix[TB_CHANNELS];
    int n_morph; /* instruments to morph between */
    bool morphs[TB_CHANNELS];
    TbDrum kit[KEYS];
    float tuning[KEYS];
    TbEngine *engine;
    float *samples; /* [n_samples][n_channels] */
    size_t n_samples, n_channels;
    Progress progress;
} Work;

/* ---- instruments ---- */

/* Parses "2=NAME": returns the channel from 0 (-2 for 0) and sets *name to NAME; -1 without one. */
static int channel_of(const char **name) {
    const char *p = *name;
    int channel = 0;
    while (isdigit((unsigned char)*p) && channel < 1000)
        channel = 10 * channel + *p++ - '0';
    if (p == *name || *p != '=')
        return -1;
    *name = p + 1;
    return channel ? channel - 1 : -2;
}

static TbStatus check(const Values *v) {
    bool all = false, given[TB_CHANNELS] = {false};
    for (int i = 0; i < v->sounds.n; i++) {
        const char *name = v->sounds.values[i];
        int channel = channel_of(&name);
        if (channel != -1 && (channel < 0 || channel >= TB_CHANNELS))
            return tb_fail(TB_ERR_ARGUMENT, "--sound %s: channels are numbered 1 to %d.", v->sounds.values[i],
                           TB_CHANNELS);
        if (channel == -1 ? all : given[channel])
            return tb_fail(TB_ERR_ARGUMENT,
                           "--sound %s: there is a sound for this channel already; for channel 2 use --sound 2=%s.",
                           name, name);
        *(channel == -1 ? &all : &given[channel]) = true;
    }
    if (all && v->morph)
        return tb_fail(TB_ERR_ARGUMENT, "--morph takes the place of --sound for all channels; give one of them.");
    TbStatus status = output_level_check(&v->level);
    return status ? status : output_check(&v->output);
}

/* Splits --morph's list at commas. */
static TbStatus load_morph(Work *w, const char *list, TbMix *mix) {
    *mix = (TbMix){.weight = {1}};
    for (w->n_morph = 0; list; w->n_morph++) {
        size_t n = strcspn(list, ",");
        if (n == 0)
            return tb_fail(TB_ERR_ARGUMENT, "--morph %s has a comma without a sound %s it.", w->values->morph,
                           *list ? "before" : "after");
        char *name = strndup(list, n);
        if (!name)
            return tbi_no_memory("to render the song");
        TbStatus status = TB_OK;
        if (w->n_morph == TB_PARTS)
            status = tb_fail(TB_ERR_ARGUMENT, "--morph mixes at most %d sounds.", TB_PARTS);
        else
            status = instruments_find(&w->instruments, name, &mix->part[w->n_morph]);
        free(name);
        if (status)
            return status;
        list = list[n] ? list + n + 1 : NULL;
    }
    return w->n_morph > 1 ? TB_OK : tb_fail(TB_ERR_ARGUMENT, "--morph wants two sounds or more, such as flute,bell.");
}

/* Loads the instruments of all channels with notes; a channel's own sound takes precedence. */
static TbStatus load_sounds(Work *w) {
    const Values *v = w->values;
    TbMix all = {.weight = {1}};
    TbStatus status = v->morph ? load_morph(w, v->morph, &all) : TB_OK;
    for (int i = 0; status == TB_OK && i < v->sounds.n; i++) {
        const char *name = v->sounds.values[i];
        int channel = channel_of(&name);
        if (channel == -1)
            status = instruments_find(&w->instruments, name, &all.part[0]);
        else if (w->parts.plays[channel] || w->parts.rhythm[channel])
            status = instruments_find(&w->instruments, name, &w->mix[channel].part[0]);
    }
    for (int c = 0; c < TB_CHANNELS; c++) {
        if (w->mix[c].part[0]) {
            w->mix[c].weight[0] = 1;
        } else if (c != TB_DRUM_CHANNEL) {
            w->mix[c] = all;
            w->morphs[c] = v->morph != NULL;
        }
        w->general.plays[c] = w->parts.plays[c] && !w->mix[c].part[0] && general_midi_known(w->model);
    }
    if (status == TB_OK)
        status = general_midi_load(&w->general, &w->instruments, &w->parts);
    if (status == TB_OK && w->parts.drums && !w->mix[TB_DRUM_CHANNEL].part[0])
        status = kit_load(&w->instruments, v->drums, w->parts.drum, w->kit);
    if (status == TB_OK && w->parts.drums && !w->mix[TB_DRUM_CHANNEL].part[0] && !v->drums && !all.part[0])
        status = general_midi_kit(&w->instruments, w->parts.drum, w->kit);
    return status;
}

/* Only a song of drums needs no --sound, unless the model knows General MIDI. */
static TbStatus check_named(const Work *w) {
    const Values *v = w->values;
    if (v->sounds.n == 0 && !v->morph && w->parts.melodic && !general_midi_known(w->model))
        return tb_fail(TB_ERR_ARGUMENT, "This model does not know General MIDI, so say what to play with: --sound "
                                        "flute, or --morph flute,bell.");
    return TB_OK;
}

/* Names channels without a sound; fails if no channel has one. */
static TbStatus print_mute(const Work *w) {
    const TbMix *drums = &w->mix[TB_DRUM_CHANNEL];
    int sounding = w->parts.drums && !drums->part[0] ? kit_tell_missing(w->values->drums, w->parts.drum, w->kit) : 0;
    for (int c = 0; c < TB_CHANNELS; c++) {
        bool plays = w->parts.plays[c] || w->parts.rhythm[c], own = w->mix[c].part[0] || w->general.plays[c];
        sounding += plays && own;
        if (w->parts.plays[c] && !own)
            fprintf(stderr, "Channel %d has notes but no sound; give it one with --sound %d=SOUND.\n", c + 1, c + 1);
    }
    return sounding ? TB_OK : tb_fail(TB_ERR_EMPTY, "No note of this song has a sound, so there is nothing to write.");
}

static TbStatus load(Work *w, const char *path) {
    const Values *v = w->values;
    TbStatus status = tb_song_read(path, &w->song);
    if (status)
        return status;
    if (*w->song.warning)
        fprintf(stderr, "\"%s\": %s\n", path, w->song.warning);
    if (w->song.n_notes == 0)
        return tb_fail(TB_ERR_EMPTY, "\"%s\" has no notes to play.", path);
    if (w->song.seconds > LONGEST)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "\"%s\" lasts %.0f minutes, but a song can last at most %.0f; cut it into parts.", path,
                       w->song.seconds / 60, LONGEST / 60);
    tb_song_parts(&w->song, &w->parts);
    status = model_load(v->model, &w->model);
    if (status == TB_OK)
        status = check_named(w);
    if (status)
        return status;
    w->instruments = (Instruments){
        .model = w->model,
        .progress = {.progress = progress_report, .context = &w->progress, .from = 0, .to = LOADING},
        .n_expected = v->sounds.n + (v->morph ? 2 : 0) + (w->parts.drums ? 3 : 0),
    };
    status = load_sounds(w);
    general_midi_tell(&w->general, &w->parts);
    return status == TB_OK ? print_mute(w) : status;
}

/* ---- rendering ---- */

/* Sets the morph's position, `at` 0 .. 1 of the song. */
static void set_morph(Work *w, double at) {
    double x = fmin(at, 1) * (w->n_morph - 1);
    for (int c = 0; c < TB_CHANNELS; c++) {
        if (!w->morphs[c])
            continue;
        for (int p = 0; p < w->n_morph; p++)
            w->mix[c].weight[p] = (float)fmax(1 - fabs(x - p), 0);
        tb_engine_set_mix(w->engine, c, &w->mix[c]);
    }
}

/* Releases all held notes and pedals. */
static void release_all(TbEngine *engine) {
    for (int c = 0; c < TB_CHANNELS; c++) {
        static const uint8_t control[3][2] = {{64, 0}, {66, 0}, {123, 0}};
        for (int i = 0; i < 3; i++) {
            const uint8_t message[3] = {(uint8_t)(0xb0 | c), control[i][0], control[i][1]};
            tb_engine_event(engine, 0, message, 3);
        }
    }
}

/* n <= BLOCK */
static void render_block(Work *w, float *out, size_t n) {
    float left[BLOCK], right[BLOCK];
    if (w->n_channels == 1) {
        tb_engine_render(w->engine, out, NULL, n);
        return;
    }
    tb_engine_render(w->engine, left, right, n);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = left[i];
        out[2 * i + 1] = right[i];
    }
}

/* All samples rendered; only n_samples are used. */
static TbStatus play(Work *w) {
    const TbSong *song = &w->song;
    double rate = w->values->output.rate;
    size_t end = (size_t)ceil(song->seconds * rate), most = end + (size_t)ceil(w->values->tail * rate), next = 0,
           at = 0;
    size_t late = tb_engine_latency(w->engine), room = most + late + BLOCK;
    bool released = false;
    w->n_channels = w->values->mono ? 1 : 2;
    w->samples = malloc(w->n_channels * room * sizeof *w->samples);
    if (!w->samples)
        return tbi_no_memory("for %.0f minutes of sound", (double)room / rate / 60);
    while (at < most + late) {
        size_t n = most + late - at < BLOCK ? most + late - at : BLOCK;
        unsigned struck = 0; /* channels with notes in this block */
        for (; next < song->n_events; next++) {
            size_t sample = (size_t)rint(song->events[next].seconds * rate);
            if (sample < at + n && general_midi_changes(&w->general, &song->events[next])) {
                if (sample > at || struck >> (song->events[next].message[0] & 15) & 1) {
                    n = sample > at ? sample - at : 1; /* first the notes before it, with their program */
                    break;
                }
                general_midi_change(&w->general, w->engine, &song->events[next]);
            }
            if (sample >= at + n || !tb_engine_event(w->engine, sample > at ? sample - at : 0,
                                                     song->events[next].message, song->events[next].n_bytes))
                break;
            if (song->events[next].message[0] >> 4 == 9)
                struck |= 1u << (song->events[next].message[0] & 15);
        }
        if (at > end && next == song->n_events && !released) {
            release_all(w->engine);
            released = true;
        }
        set_morph(w, song->seconds > 0 ? (double)at / rate / song->seconds : 0);
        render_block(w, w->samples + at * w->n_channels, n);
        at += n;
        if (released && !tb_engine_is_audible(w->engine) && at > end + late)
            break;
        if (!progress_report(&w->progress, LOADING + (1 - LOADING) * (double)at / (double)most, NULL))
            return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    w->n_samples = at - late;
    memmove(w->samples, w->samples + late * w->n_channels, w->n_samples * w->n_channels * sizeof *w->samples);
    return TB_OK;
}

/* Fades out the last 50 ms if notes still sound, and normalises the peak. */
static void finish(Work *w) {
    size_t fade = w->n_channels * (size_t)(0.05 * w->values->output.rate), n = w->n_samples * w->n_channels;
    fade = fade < n ? fade : n;
    for (size_t i = 0; i < fade; i++)
        w->samples[n - 1 - i] *= (float)(i / w->n_channels) / (float)(fade / w->n_channels);
    if (!isfinite(w->values->level.gain))
        output_level(&(OutputLevel){.gain = NAN, .normalize = true}, w->samples, n);
}

static TbStatus render(Work *w, const char *path) {
    const Values *v = w->values;
    bool gain = isfinite(v->level.gain);
    const float *tuning;
    TbStatus status = tuning_load(&v->tuning, w->tuning, &tuning);
    if (status == TB_OK)
        status = load(w, path);
    if (status == TB_OK)
        status = tb_engine_new(w->model,
                               &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                                  .sample_rate = v->output.rate,
                                                  .voices = v->voices,
                                                  .gain = gain ? v->level.gain : 0,
                                                  .stereo = !v->mono,
                                                  .reverb = v->reverb,
                                                  .limit = gain,
                                                  .seed = (uint64_t)v->seed,
                                                  .tuning = tuning},
                               &w->engine);
    if (status)
        return status;
    for (int c = 0; c < TB_CHANNELS; c++)
        tb_engine_set_mix(w->engine, c, &w->mix[c]);
    general_midi_start(&w->general, w->engine);
    for (int key = 0; key < KEYS; key++)
        tb_engine_set_drum(w->engine, key, &w->kit[key]);
    status = play(w);
    if (status)
        return status;
    finish(w);
    progress_end(&w->progress);
    return (v->mono ? output_write : output_write_stereo)(&v->output, w->samples, w->n_samples, v->output.rate);
}

static void release(Work *w) {
    tb_engine_free(w->engine);
    instruments_free(&w->instruments);
    tb_model_free(w->model);
    tb_song_free(&w->song);
    free(w->samples);
    free(w);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    Work *w = calloc(1, sizeof *w);
    (void)n_operands;
    if (!w)
        return tbi_no_memory("to render the song");
    w->values = values;
    TbStatus status = check(values);
    if (status == TB_OK && same_file(operands[0], w->values->output.path))
        status = tb_fail(TB_ERR_ARGUMENT, "The song itself would be lost; name another file to write.");
    if (status == TB_OK) {
        progress_begin(&w->progress, "rendering");
        status = render(w, operands[0]);
        progress_end(&w->progress);
    }
    release(w);
    return status;
}

const Command cmd_render = COMMAND(
    "render", "Render a MIDI file", "SONG.mid", 1, 1,
    "SOUND is a sound file, an encoded sound, a bundled sound, a folder with notes of one instrument, seed:7 for\n"
    "a new instrument, a mix of these (flute,seed:7@0.3), or \"preset:NAME\".\n"
    "Channels without one play the programs of General MIDI that the song asks for. Channel 10 plays drums, unless it\n"
    "has a sound of its own.\n\n"
    "  timbrel render song.mid -o song.wav\n"
    "  timbrel render song.mid --sound flute -o song.wav\n"
    "  timbrel render song.mid --sound piano --sound 2=violin -o song.wav\n"
    "  timbrel render song.mid --morph clarinet,bell -o song.flac\n");
