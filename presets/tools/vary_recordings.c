/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes training data of real recordings: a copy of each as it is, and copies as other rooms, microphones and recorders
 * would have given it.
 *
 *   vary_recordings RECORDINGS OUT HELD_OUT [COPIES [SECONDS]]
 *
 * RECORDINGS has folders of sound files. OUT/original/FOLDER/NAME.flac is the recording,
 * OUT/varied<k>/FOLDER/NAME.flac, k from 1 to COPIES (default 1), a variation of its first SECONDS (default 3): mono,
 * 16 bit. What an instrument's notes have in common is drawn once for all files of a folder whose names differ only in
 * the key and velocity at the end, the rest for each file; both depend on the names and k alone.
 *
 * For an instrument: an equaliser (two shelves and two bells, up to 8 dB); in two of three a room (60 dB in 0.15 to
 * 0.6 s, -26 to -12 dB of the direct sound); in one of four an upper limit of 12 to 17 kHz.
 *
 * For a file: a gain of 0 to -15 dB; and below the peak, in half of them hum of 50 or 60 Hz (-65 to -50 dB), in two of
 * three hiss (-78 to -60 dB), in three of four rumble under 60 Hz (-50 to -32 dB).
 *
 * One of ten recordings, chosen by a hash of its name, is kept aside and never written: HELD_OUT must list it (a line
 * "recording NAME", without folder and ending). Files that exist are kept. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ASIDE = 10, ASIDE_REST = 3, PATH = 4096, MOST_ASIDE = 4096, NAME = 256, BELLS = 2, LIMIT_STAGES = 4 };
#define PI 3.14159265358979323846
#define PULSES 2000.0 /* of the room per second */
#define FADE 0.03     /* s, at the end of a cut copy */

typedef struct {
    char aside[MOST_ASIDE][NAME];
    size_t n_aside, n_written, n_existing, n_kept_aside, n_missing;
    int copies;
    double seconds;
    const char *out;
} Maker;

static void fail(const char *what, const char *name) {
    fprintf(stderr, "vary_recordings: %s: %s\n", name, what);
    exit(1);
}

/* FNV-1a. */
static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

/* ---- random numbers ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static double uniform(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double between(uint64_t *state, double low, double high) {
    return low + (high - low) * uniform(state);
}

static double log_between(uint64_t *state, double low, double high) {
    return low * pow(high / low, uniform(state));
}

static double amplitude(double db) {
    return pow(10, db / 20);
}

/* Nearly normal, variance 1. */
static double normal(uint64_t *state) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

/* ---- filters: Robert Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" ---- */

typedef enum { LOW_SHELF, HIGH_SHELF, BELL, LOW_PASS } Shape;

static void filter(float *x, size_t n, double rate, Shape shape, double hz, double db, double q) {
    double a = amplitude(db / 2), w = 2 * PI * fmin(hz / rate, 0.49), c = cos(w), alpha = sin(w) / (2 * q);
    double s = 2 * sqrt(a) * alpha, b0, b1, b2, a0, a1, a2;
    if (shape == BELL) {
        b0 = 1 + alpha * a, b1 = -2 * c, b2 = 1 - alpha * a;
        a0 = 1 + alpha / a, a1 = -2 * c, a2 = 1 - alpha / a;
    } else if (shape == LOW_PASS) {
        b0 = b2 = (1 - c) / 2, b1 = 1 - c;
        a0 = 1 + alpha, a1 = -2 * c, a2 = 1 - alpha;
    } else {
        double e = shape == LOW_SHELF ? c : -c, turn = shape == LOW_SHELF ? 1 : -1;
        b0 = a * (a + 1 - (a - 1) * e + s), b1 = turn * 2 * a * (a - 1 - (a + 1) * e),
        b2 = a * (a + 1 - (a - 1) * e - s);
        a0 = a + 1 + (a - 1) * e + s, a1 = turn * -2 * (a - 1 + (a + 1) * e), a2 = a + 1 + (a - 1) * e - s;
    }
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (size_t i = 0; i < n; i++) {
        double y = (b0 * x[i] + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / a0;
        x2 = x1, x1 = x[i], y2 = y1, y1 = y;
        x[i] = (float)y;
    }
}

/* ---- what is added ---- */

static void equalise(float *x, size_t n, double rate, uint64_t *draw) {
    filter(x, n, rate, LOW_SHELF, log_between(draw, 120, 500), between(draw, -8, 8), 0.7);
    filter(x, n, rate, HIGH_SHELF, log_between(draw, 2000, 8000), between(draw, -8, 8), 0.7);
    for (int i = 0; i < BELLS; i++)
        filter(x, n, rate, BELL, log_between(draw, 200, 6000), between(draw, -8, 8), log_between(draw, 0.5, 2));
}

/* A room's late reverberation as velvet noise, decaying pulses of random sign (Karjalainen and Järveläinen 2007). */
static void add_room(float *x, size_t n, double rate, uint64_t *draw) {
    bool used = uniform(draw) < 2 / 3.0;
    double decay = between(draw, 0.15, 0.6), level = amplitude(between(draw, -26, -12)),
           late = between(draw, 0.002, 0.015);
    size_t n_pulses = (size_t)(PULSES * decay);
    float *wet = calloc(n + 1, sizeof *wet);
    double energy = 0;
    if (!wet)
        fail("out of memory", "room");
    for (size_t p = 0; p < n_pulses; p++) {
        double at = late + ((double)p + uniform(draw)) / PULSES, gain = pow(10, -3 * (at - late) / decay);
        float g = (float)(uniform(draw) < 0.5 ? gain : -gain);
        energy += gain * gain;
        size_t delay = (size_t)(at * rate);
        for (size_t i = delay; used && i < n; i++)
            wet[i] += g * x[i - delay];
    }
    for (size_t i = 0; used && i < n; i++)
        x[i] += (float)(level / sqrt(energy)) * wet[i];
    free(wet);
}

static void limit_band(float *x, size_t n, double rate, uint64_t *draw) {
    bool used = uniform(draw) < 0.25;
    double hz = between(draw, 12000, 17000);
    for (int i = 0; used && i < LIMIT_STAGES; i++) /* Butterworth of 8th order */
        filter(x, n, rate, LOW_PASS, hz, 0, 1 / (2 * cos(PI * (2 * i + 1) / (4 * LIMIT_STAGES))));
}

static float peak_of(const float *x, size_t n) {
    float peak = 0;
    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

static void add_background(float *x, size_t n, double rate, uint64_t *draw, double mains) {
    float peak = peak_of(x, n), *rumble = malloc((n + 1) * sizeof *rumble);
    double hum = uniform(draw) < 0.5 ? amplitude(between(draw, -65, -50)) : 0;
    double hiss = uniform(draw) < 2 / 3.0 ? amplitude(between(draw, -78, -60)) : 0;
    double low = uniform(draw) < 0.75 ? amplitude(between(draw, -50, -32)) : 0;
    double phase = 2 * PI * uniform(draw);
    if (!rumble)
        fail("out of memory", "rumble");
    for (size_t i = 0; i < n; i++)
        rumble[i] = (float)normal(draw);
    filter(rumble, n, rate, LOW_PASS, 15, 0, 0.7);
    filter(rumble, n, rate, LOW_PASS, 60, 0, 0.7);
    float highest = fmaxf(peak_of(rumble, n), 1e-9f);
    for (size_t i = 0; i < n; i++) {
        double w = 2 * PI * mains * (double)i / rate + phase, tone = sin(w) + sin(2 * w) / 2 + sin(3 * w) / 4;
        x[i] += peak * (float)(low * rumble[i] / highest + hum * tone + hiss * normal(draw));
    }
    free(rumble);
}

/* ---- files ---- */

static float *read_mono(const char *path, size_t *n, int *rate) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        fail(sf_strerror(NULL), path);
    size_t channels = (size_t)info.channels, frames = (size_t)info.frames;
    float *x = malloc((frames + 1) * channels * sizeof *x);
    if (!x)
        fail("out of memory", path);
    *n = (size_t)sf_readf_float(file, x, info.frames);
    *rate = info.samplerate;
    sf_close(file);
    for (size_t i = 0; i < *n; i++) {
        float sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += x[i * channels + c];
        x[i] = sum / (float)channels;
    }
    return x;
}

/* Written under a temporary name first, so that an existing file is always complete. */
static void write_mono(const char *path, float *x, size_t n, int rate) {
    char temporary[PATH + 8];
    SF_INFO info = {.samplerate = rate, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    SNDFILE *file = sf_open(temporary, SFM_WRITE, &info);
    if (!file)
        fail(sf_strerror(NULL), temporary);
    if (sf_writef_float(file, x, (sf_count_t)n) != (sf_count_t)n || sf_close(file) != 0)
        fail("cannot write; is the disk full?", temporary);
    if (rename(temporary, path) != 0)
        fail(strerror(errno), path);
}

static void make_folder(const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(strerror(errno), path);
}

/* The length of a name without the key and velocity at its end. */
static int instrument_length(const char *name) {
    size_t n = strlen(name);
    for (int numbers = 0; numbers < 2; numbers++) {
        size_t m = n;
        while (m > 0 && name[m - 1] >= '0' && name[m - 1] <= '9')
            m--;
        if (m == n || m == 0 || name[m - 1] != '_')
            break;
        n = m - 1;
    }
    return (int)n;
}

static void vary(const Maker *m, float *x, size_t *n, int rate, const char *folder, const char *name, int copy) {
    char seed[PATH];
    snprintf(seed, sizeof seed, "%d/%s/%.*s", copy, folder, instrument_length(name), name);
    uint64_t instrument = hash(seed), file;
    snprintf(seed, sizeof seed, "%d/%s/%s/file", copy, folder, name);
    file = hash(seed);
    size_t fade = (size_t)(FADE * rate), most = (size_t)(m->seconds * rate);
    if (*n > most && most > fade) {
        *n = most;
        for (size_t i = 0; i < fade; i++)
            x[most - 1 - i] *= (float)i / (float)fade;
    }
    double mains = uniform(&instrument) < 0.5 ? 50 : 60;
    float before = peak_of(x, *n);
    equalise(x, *n, rate, &instrument);
    add_room(x, *n, rate, &instrument);
    add_background(x, *n, rate, &file, mains);
    limit_band(x, *n, rate, &instrument);
    float gain = (float)amplitude(between(&file, -15, 0)) * fminf(before, 0.95f) / fmaxf(peak_of(x, *n), 1e-9f);
    for (size_t i = 0; i < *n; i++)
        x[i] *= gain;
}

static void make(Maker *m, const char *from, const char *folder, const char *name) {
    for (int copy = 0; copy <= m->copies; copy++) {
        char kind[32], path[PATH];
        struct stat found;
        snprintf(kind, sizeof kind, copy == 0 ? "original" : "varied%d", copy);
        snprintf(path, sizeof path, "%s/%s", m->out, kind);
        make_folder(path);
        snprintf(path, sizeof path, "%s/%s/%s", m->out, kind, folder);
        make_folder(path);
        snprintf(path, sizeof path, "%s/%s/%s/%s.flac", m->out, kind, folder, name);
        if (stat(path, &found) == 0) {
            m->n_existing++;
            continue;
        }
        size_t n;
        int rate;
        float *x = read_mono(from, &n, &rate);
        if (copy > 0)
            vary(m, x, &n, rate, folder, name, copy);
        write_mono(path, x, n, rate);
        free(x);
        m->n_written++;
    }
}

static bool is_listed(const Maker *m, const char *name) {
    for (size_t i = 0; i < m->n_aside; i++)
        if (strcmp(m->aside[i], name) == 0)
            return true;
    return false;
}

static void use_file(Maker *m, const char *path, const char *folder, const char *file) {
    char name[NAME];
    const char *dot = strrchr(file, '.');
    if (!dot || file[0] == '.' || (strcmp(dot, ".flac") != 0 && strcmp(dot, ".wav") != 0))
        return;
    snprintf(name, sizeof name, "%.*s", (int)(dot - file), file);
    bool aside = hash(name) % ASIDE == ASIDE_REST, listed = is_listed(m, name);
    if (aside && !listed)
        printf("recording %s\n", name);
    m->n_missing += aside && !listed;
    m->n_kept_aside += aside || listed;
    if (!aside && !listed)
        make(m, path, folder, name);
}

/* Files of the folder, and of the folders in it. */
static void search(Maker *m, const char *path, const char *folder) {
    DIR *dir = opendir(path);
    if (!dir)
        fail(strerror(errno), path);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char inside[PATH];
        struct stat found;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || stat(inside, &found) != 0)
            continue;
        if (S_ISDIR(found.st_mode) && !folder)
            search(m, inside, entry->d_name);
        else if (S_ISREG(found.st_mode) && folder)
            use_file(m, inside, folder, entry->d_name);
    }
    closedir(dir);
}

static void read_held_out(Maker *m, const char *path) {
    static const char word[] = "recording ";
    char line[NAME + sizeof word - 2];
    FILE *file = fopen(path, "r");
    if (!file)
        fail(strerror(errno), path);
    while (fgets(line, sizeof line, file)) {
        const size_t length = strcspn(line, "\n");
        if (!line[length] && !feof(file))
            fail("a line of this table is too long", path);
        line[length] = 0;
        if (strncmp(line, word, sizeof word - 1) != 0)
            continue;
        if (m->n_aside == MOST_ASIDE)
            fail("this table has too many recordings", path);
        snprintf(m->aside[m->n_aside++], NAME, "%s", line + sizeof word - 1);
    }
    fclose(file);
}

/* A number from the command line. */
static double number(const char *text, const char *name, double low, double high) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= low && value <= high))
        fail("is not a number in its range", name);
    return value;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 6) {
        fprintf(stderr, "usage: vary_recordings RECORDINGS OUT HELD_OUT [COPIES [SECONDS]]\n");
        return 2;
    }
    static Maker m;
    m.out = argv[2];
    m.copies = argc > 4 ? (int)number(argv[4], "COPIES", 0, 100) : 1;
    m.seconds = argc > 5 ? number(argv[5], "SECONDS", 0.1, 3600) : 3;
    read_held_out(&m, argv[3]);
    make_folder(m.out);
    search(&m, argv[1], NULL);
    fprintf(stderr, "%s: %zu files written, %zu existed already; %zu recordings kept aside\n", m.out, m.n_written,
            m.n_existing, m.n_kept_aside);
    if (m.n_missing > 0) {
        fprintf(stderr, "vary_recordings: %s does not list %zu of those kept aside; add the lines above to it\n",
                argv[3], m.n_missing);
        return 1;
    }
    return 0;
}
