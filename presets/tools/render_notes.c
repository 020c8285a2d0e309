/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders single notes of a General MIDI sound font to train on: mono, 44.1 kHz, 16 bit, held for 2.0 s and released
 * for 0.5 s with a fade of 10 ms at the end, no reverb or chorus, each note at a peak of -6 dBFS.
 *
 *   render_notes SOUNDFONT OUT RANGES HELD_OUT [FIRST_STEP]
 *
 * OUT/notes gets every program of RANGES (lines "program low high name") in steps of 5 semitones, OUT/drums<kit> the
 * keys 35..81 of each drum kit, named <program>_<pitch>_<velocity>.wav with program 128 for drums. Notes of HELD_OUT
 * (lines "program pitch") are never rendered: a melodic one gives way to the pitch above it, a drum key is left out.
 * FIRST_STEP (0..4, default 0) shifts the grid of pitches, so that a second sound font gives other notes. Existing
 * files are kept, so an interrupted run continues where it stopped. */
#include <errno.h>
#include <fluidsynth.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    RATE = 44100,
    HOLD = 2 * RATE,
    RELEASE = RATE / 2,
    FADE = RATE / 100,
    N_SAMPLES = HOLD + RELEASE,
    BLOCK = 64, /* block size of the synthesizer: notes start and end on block boundaries */
    N_PROGRAMS = 129,
    DRUMS = 128,
    DRUM_BANK = 128,
    FIRST_DRUM = 35,
    LAST_DRUM = 81,
    STEP = 5,
};

typedef struct {
    int low, high; /* MIDI pitches; low > high: not listed */
} Range;

typedef struct {
    fluid_synth_t *synth;
    fluid_sfont_t *font;
    const char *folder;
    bool held_out[N_PROGRAMS][128];
    Range ranges[DRUMS];
    float left[N_SAMPLES + 2 * BLOCK], right[N_SAMPLES + 2 * BLOCK];
    long n_rendered, n_existing, n_silent;
} Renderer;

static void fail(const char *what, const char *name) {
    fprintf(stderr, "render_notes: %s: %s\n", name, what);
    exit(1);
}

/* Calls `use_line` with the first n numbers of each line that is not a comment. */
static void read_table(Renderer *r, const char *path, int n, void (*use_line)(Renderer *, const int *)) {
    char line[256];
    FILE *file = fopen(path, "r");
    if (!file)
        fail(strerror(errno), path);
    while (fgets(line, sizeof line, file)) {
        int v[3] = {0};
        if (line[0] == '#' || line[0] == '\n' || strncmp(line, "recording ", 10) == 0)
            continue;
        if (sscanf(line, "%d %d %d", &v[0], &v[1], &v[2]) < n || v[0] < 0 || v[0] > DRUMS || v[1] < 0 || v[1] > 127)
            fail("a line of this table is malformed", path);
        use_line(r, v);
    }
    fclose(file);
}

static void use_held_out(Renderer *r, const int *v) {
    r->held_out[v[0]][v[1]] = true;
}

static void use_range(Renderer *r, const int *v) {
    if (v[0] < DRUMS)
        r->ranges[v[0]] = (Range){v[1], v[2]};
}

static void render(Renderer *r, size_t from, size_t n) {
    size_t blocks = (n + BLOCK - 1) / BLOCK * BLOCK;
    fluid_synth_write_float(r->synth, (int)blocks, r->left + from, 0, 1, r->right + from, 0, 1);
}

/* Renders a note into r->left, mixed to mono, faded out and normalised. False if it is silent. */
static bool play(Renderer *r, int program, int kit, int pitch, int velocity) {
    int channel = program == DRUMS ? 9 : 0;
    size_t release_at = (HOLD + BLOCK - 1) / BLOCK * BLOCK;
    fluid_synth_system_reset(r->synth);
    render(r, 0, BLOCK);
    fluid_synth_program_change(r->synth, channel, program == DRUMS ? kit : program);
    fluid_synth_noteon(r->synth, channel, pitch, velocity);
    render(r, 0, HOLD);
    fluid_synth_noteoff(r->synth, channel, pitch);
    render(r, release_at, N_SAMPLES - release_at);
    fluid_synth_all_sounds_off(r->synth, channel);

    float peak = 0;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        float x = 0.5f * (r->left[i] + r->right[i]);
        if (i >= N_SAMPLES - FADE)
            x *= (float)(N_SAMPLES - 1 - i) / (FADE - 1);
        r->left[i] = x;
        peak = fmaxf(peak, fabsf(x));
    }
    if (peak < 1e-5f)
        return false;
    float gain = powf(10, -6 / 20.0f) / peak;
    for (size_t i = 0; i < N_SAMPLES; i++)
        r->left[i] *= gain;
    return true;
}

/* Written under a temporary name first, so that an existing file is always complete. */
static void write_note(Renderer *r, const char *path) {
    static short pcm[N_SAMPLES];
    char temporary[4096];
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    for (size_t i = 0; i < N_SAMPLES; i++)
        pcm[i] = (short)lrintf(r->left[i] * 32767);
    SNDFILE *file = sf_open(temporary, SFM_WRITE, &info);
    if (!file)
        fail(sf_strerror(NULL), temporary);
    if (sf_writef_short(file, pcm, N_SAMPLES) != N_SAMPLES || sf_close(file) != 0)
        fail("cannot write; is the disk full?", temporary);
    if (rename(temporary, path) != 0)
        fail(strerror(errno), path);
}

static void note(Renderer *r, const char *folder, int program, int kit, int pitch, int velocity) {
    char path[4000];
    struct stat found;
    if (r->held_out[program][pitch])
        fail("a held-out note was about to be rendered", folder);
    snprintf(path, sizeof path, "%s/%s/%d_%d_%d.wav", r->folder, folder, program, pitch, velocity);
    if (stat(path, &found) == 0) {
        r->n_existing++;
    } else if (play(r, program, kit, pitch, velocity)) {
        write_note(r, path);
        r->n_rendered++;
    } else {
        r->n_silent++;
    }
}

static void make_folder(const Renderer *r, const char *folder) {
    char path[4000];
    mkdir(r->folder, 0777);
    snprintf(path, sizeof path, "%s/%s", r->folder, folder);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(strerror(errno), path);
}

/* Each pitch has one velocity, every second pitch two: 100, 80, 120, 40 in turn. */
static void programs(Renderer *r, int first_step) {
    static const int velocities[4] = {100, 80, 120, 40};
    make_folder(r, "notes");
    for (int program = 0; program < DRUMS; program++) {
        const Range *range = &r->ranges[program];
        if (!fluid_sfont_get_preset(r->font, 0, program))
            continue; /* the synthesizer would substitute another program */
        int turn = program + first_step;
        for (int grid = range->low + first_step; grid <= range->high; grid += STEP, turn++) {
            int pitch = grid;
            while (pitch < 127 && r->held_out[program][pitch])
                pitch++;
            note(r, "notes", program, 0, pitch, velocities[turn % 4]);
            if (turn % 2 == 0)
                note(r, "notes", program, 0, pitch, velocities[(turn / 2 % 2) * 2 + 1]);
        }
    }
}

/* The standard kit at three velocities, other kits at one. */
static void drums(Renderer *r) {
    static const int kits[] = {0, 8, 16, 24, 25, 32, 40, 48};
    for (size_t k = 0; k < sizeof kits / sizeof kits[0]; k++) {
        char folder[32];
        if (!fluid_sfont_get_preset(r->font, DRUM_BANK, kits[k]))
            continue;
        snprintf(folder, sizeof folder, "drums%d", kits[k]);
        make_folder(r, folder);
        for (int key = FIRST_DRUM; key <= LAST_DRUM; key++) {
            if (r->held_out[DRUMS][key])
                continue;
            note(r, folder, DRUMS, kits[k], key, 100);
            if (kits[k] == 0) {
                note(r, folder, DRUMS, kits[k], key, 60);
                note(r, folder, DRUMS, kits[k], key, 120);
            }
        }
    }
}

static void open_font(Renderer *r, const char *path) {
    fluid_settings_t *settings = new_fluid_settings();
    fluid_settings_setnum(settings, "synth.sample-rate", RATE);
    fluid_settings_setnum(settings, "synth.gain", 0.5);
    fluid_settings_setint(settings, "synth.reverb.active", 0);
    fluid_settings_setint(settings, "synth.chorus.active", 0);
    fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1);
    r->synth = new_fluid_synth(settings);
    if (!r->synth || fluid_synth_sfload(r->synth, path, 1) < 0)
        fail("cannot be loaded as a sound font", path);
    r->font = fluid_synth_get_sfont(r->synth, 0);
}

int main(int argc, char **argv) {
    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: render_notes SOUNDFONT OUT RANGES HELD_OUT [FIRST_STEP]\n");
        return 2;
    }
    static Renderer r;
    for (int p = 0; p < DRUMS; p++)
        r.ranges[p] = (Range){1, 0};
    r.folder = argv[2];
    read_table(&r, argv[3], 3, use_range);
    read_table(&r, argv[4], 2, use_held_out);
    open_font(&r, argv[1]);
    programs(&r, argc > 5 ? atoi(argv[5]) % STEP : 0);
    drums(&r);
    printf("%s: %ld notes rendered, %ld existed already, %ld silent and left out\n", r.folder, r.n_rendered,
           r.n_existing, r.n_silent);
    return 0;
}
