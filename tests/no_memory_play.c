/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: the engine, songs, live playing, presets, MIDI maps. */
#include "live/internal.h"
#include "session/midi_map_file.h"
#include "tests/no_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- engine, songs ---- */

const TbEngineOptions play_options = {
    .size = sizeof(TbEngineOptions), .sample_rate = 48000, .voices = 2, .stereo = true, .reverb = true, .limit = true};

static TbStatus engine_new(Out *out) {
    return tb_engine_new(things.model, &play_options, &out->engine);
}

static void free_engine(Out *out) {
    tb_engine_free(out->engine);
}

static const unsigned char midi[] = "MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x0d\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0";

static const char scale[] = "third\n1\n5/4\n", keys[] = "0\n0\n127\n60\n60\n261.6\n0\n";

static TbStatus tuning_parse(Out *out) {
    float tuning[TB_TUNING_KEYS];
    (void)out;
    return tb_tuning_parse(scale, sizeof scale - 1, keys, sizeof keys - 1, tuning);
}

static TbStatus tuning_read(Out *out) {
    float tuning[TB_TUNING_KEYS];
    (void)out;
    TbStatus status = tb_write_file(scratch_file("a.scl"), scale, sizeof scale - 1);
    if (status == TB_OK)
        status = tb_write_file(scratch_file("a.kbm"), keys, sizeof keys - 1);
    return status ? status : tb_tuning_read(scratch_file("a.scl"), scratch_file("a.kbm"), tuning);
}

static TbStatus song_parse(Out *out) {
    return tb_song_parse(midi, sizeof midi - 1, &out->song);
}

static TbStatus song_read(Out *out) {
    const char *path = scratch_file("read.mid");
    if (access(path, F_OK))
        (void)!tb_write_file(path, midi, sizeof midi - 1);
    return tb_song_read(path, &out->song);
}

static void free_song(Out *out) {
    tb_song_free(&out->song);
}

/* ---- live, on a null device ---- */

static TbStatus open_none(Device *d, AudioThread *thread) {
    (void)thread;
    d->rate = 48000;
    d->n_channels = 2;
    return TB_OK;
}

static TbStatus start_none(Device *d) {
    (void)d;
    return TB_OK;
}

static bool plays_none(const Device *d) {
    (void)d;
    return true;
}

static int block_none(const Device *d) {
    (void)d;
    return 128;
}

static double latency_none(const Device *d) {
    (void)d;
    return 0;
}

static void close_none(Device *d) {
    (void)d;
}

static const DeviceKind none = {NULL,         open_none,  start_none, plays_none, block_none,
                                latency_none, close_none, NULL,       NULL};

TbStatus __wrap_tbi_device_open(Device *d, AudioThread *thread);
TbStatus __wrap_tbi_device_open(Device *d, AudioThread *thread) {
    d->kind = &none;
    return none.open(d, thread);
}

TbStatus __wrap_tbi_midi_input_check(MidiInput *m);
TbStatus __wrap_tbi_midi_input_check(MidiInput *m) {
    (void)m;
    return TB_OK;
}

void __wrap_tbi_midi_input_open(MidiInput *m);
void __wrap_tbi_midi_input_open(MidiInput *m) {
    (void)m;
}

static TbStatus devices(Out *out) {
    return tb_devices((TbDevice **)&out->list.items, &out->list.n);
}

static TbStatus midi_inputs(Out *out) {
    return tb_midi_inputs((TbMidiInput **)&out->list.items, &out->list.n);
}

static TbStatus live_new(Out *out) {
    static const char *const names[] = {"one", "two"};
    return tb_live_new(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = "some", .midi = names, .n_midi = 2},
                       &out->live);
}

static void free_live(Out *out) {
    tb_live_free(out->live);
}

TbStatus live_of(TbEngine *engine, TbLive **live) {
    TbStatus status = tb_live_new(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = "some"}, live);
    if (status == TB_OK)
        tbi_commands_begin(*live, &(TbLivePlay){.engine = engine});
    return status;
}

/* The end of a case: frees, and returns the status. */
static TbStatus ended(TbStatus status, TbLive *live, TbEngine *engine) {
    tb_live_free(live);
    tb_engine_free(engine);
    return status;
}

/* The player makes no allocations of its own. */
static TbStatus live_start(Out *out) {
    (void)out;
    TbLive *live = NULL;
    TbEngine *engine = NULL;
    TbStatus status = tb_engine_new(things.model, &play_options, &engine);
    status = status ? status : tb_live_new(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .device = "some"}, &live);
    status = status ? status : tb_live_start(live, &(TbLivePlay){.engine = engine});
    status = status ? status : tb_live_stop(live);
    return ended(status, live, engine);
}

/* Other sounds and another engine for what plays. Nothing of it allocates by itself. */
static TbStatus live_set(Out *out) {
    (void)out;
    TbLive *live = NULL;
    TbEngine *first = NULL, *second = NULL;
    const TbInstrument *corner[TB_PARTS] = {things.instrument};
    TbStatus status = tb_engine_new(things.model, &play_options, &first);
    status = status ? status : tb_engine_new(things.model, &play_options, &second);
    status = status ? status : live_of(first, &live);
    status = status ? status : tb_live_set_corners(live, corner, 1);
    status = status ? status : tb_live_set_engine(live, second);
    status = ended(status, live, first);
    tb_engine_free(second);
    return status;
}

/* A recording that begins and ends without a sample is TB_ERR_EMPTY. */
static TbStatus record(Out *out) {
    (void)out;
    TbEngine *engine = NULL;
    TbStatus status = tb_engine_new(things.model, &play_options, &engine);
    TbLive *live = NULL;
    status = status ? status : live_of(engine, &live);
    if (!status) {
        status = tb_live_record(live, scratch_file("record.wav"), TB_BITS_16);
        TbStatus ended = tb_live_record_stop(live);
        status = status ? status : ended == TB_ERR_EMPTY ? TB_OK : ended;
    }
    return ended(status, live, engine);
}

/* ---- presets, MIDI maps ---- */

static const char *preset_text(void) {
    return "{\"timbrel_preset\": 1, \"name\": \"Mine\", \"sounds\": [\"seed:1\"], \"controls\": {\"brightness\": 0.5}}";
}

static TbStatus parse_preset(Out *out) {
    TbPreset preset;
    TbStatus status = tb_preset_parse(preset_text(), strlen(preset_text()), &preset);
    (void)out;
    return status;
}

TbPreset mine(const char *name) {
    TbPreset p;
    tb_preset_defaults(&p);
    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.sound[0], sizeof p.sound[0], "seed:1");
    return p;
}

static TbStatus preset_print(Out *out) {
    TbPreset p = mine("Mine");
    return tb_preset_print(&p, (char **)&out->p);
}

const char *folder_of_presets(void) {
    const char *folder = scratch_file("presets");
    if (access(folder, F_OK)) {
        TbPreset p = mine("Mine");
        (void)!tb_preset_write(folder, &p);
    }
    return folder;
}

static TbStatus presets_list(Out *out) {
    return tb_presets_list(folder_of_presets(), (TbPresetEntry **)&out->list.items, &out->list.n);
}

/* One that is left out, one with a member that no preset has. */
static TbStatus presets_faults(Out *out) {
    static const char unknown[] =
        "{\"timbrel_preset\": 1, \"name\": \"Blue\", \"sounds\": [\"seed:1\"], \"colour\": 1}";
    const char *folder = scratch_file("faults");
    if (access(folder, F_OK)) {
        (void)!mkdir(folder, 0777);
        (void)!tb_write_file(scratch_file("faults/empty.json"), "", 0);
        (void)!tb_write_file(scratch_file("faults/unknown.json"), unknown, sizeof unknown - 1);
    }
    return tb_presets_faults(folder, (TbPresetFault **)&out->list.items, &out->list.n);
}

static TbStatus preset_read(Out *out) {
    (void)out;
    TbPreset preset;
    return tb_preset_read(folder_of_presets(), "mine", &preset);
}

static TbStatus preset_write(Out *out) {
    (void)out;
    TbPreset p = mine("New");
    return tb_preset_write(scratch_file("new presets"), &p);
}

static TbStatus preset_remove(Out *out) {
    (void)out;
    TbPreset p = mine("Removed");
    TbStatus status = tb_preset_write(scratch_file("presets"), &p);
    return status ? status : tb_preset_remove(scratch_file("presets"), "Removed");
}

static TbStatus map_file(Out *out) {
    TbMidiMap map;
    (void)out;
    tb_midi_map_defaults(&map);
    TbStatus status = tbi_midi_map_write(scratch_file("map.json"), &map);
    return status ? status : tbi_midi_map_read(scratch_file("map.json"), &map);
}

const NoMemoryCase cases_play[] = {
    {.covers = "tb_engine_new", .run = engine_new, .release = free_engine, .slow = true},
    {.covers = "tb_tuning_parse", .run = tuning_parse},
    {.covers = "tb_tuning_read", .run = tuning_read},
    {.covers = "tb_song_parse", .run = song_parse, .release = free_song},
    {.covers = "tb_song_read", .run = song_read, .release = free_song},
    {.covers = "tb_devices", .run = devices, .release = free_list},
    {.covers = "tb_midi_inputs", .run = midi_inputs, .release = free_list},
    {.covers = "tb_live_new", .run = live_new, .release = free_live},
    {.covers = "tb_live_start tb_live_stop", .run = live_start, .slow = true},
    {.covers = "tb_live_set_corners tb_live_set_engine", .run = live_set, .slow = true},
    {.covers = "tb_live_record tb_live_record_stop", .run = record, .writes = "record.wav", .slow = true},
    {.covers = "tb_preset_parse", .run = parse_preset},
    {.covers = "tb_preset_print", .run = preset_print, .release = free_p},
    {.covers = "tb_presets_list", .run = presets_list, .release = free_list},
    {.covers = "tb_presets_faults", .run = presets_faults, .release = free_list},
    {.covers = "tb_preset_read", .run = preset_read},
    {.covers = "tb_preset_write", .run = preset_write, .writes = "new presets/new.json"},
    {.covers = "tb_preset_remove", .run = preset_remove},
    {.covers = "MIDI map", .run = map_file},
    {.run = NULL},
};
