/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthesises Timbrel's bundled sounds from formulas, without any recordings. The sounds are dedicated to the public
 * domain (CC0).
 *
 * Usage: make_sounds OUT. It writes OUT/flute.flac, OUT/bell.flac, ... (mono, 44.1 kHz, 16 bit). */
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100 };
static const double PI = 3.14159265358979323846;

static uint32_t noise_state;

/* White noise, -1..1 (xorshift). */
static double noise(void) {
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 17;
    noise_state ^= noise_state << 5;
    return noise_state / 2147483648.0 - 1;
}

/* An envelope that rises from 0 to 1 within `attack` seconds and falls to 0 in the `release` seconds before `end`. */
static double envelope(double t, double attack, double end, double release) {
    double up = t < attack ? 0.5 - 0.5 * cos(PI * t / attack) : 1;
    double down = t > end ? 0 : t > end - release ? 0.5 - 0.5 * cos(PI * (end - t) / release) : 1;
    return up * down;
}

static double gaussian(double f, double centre, double width) {
    return exp(-0.5 * pow((f - centre) / width, 2));
}

/* A harmonic tone with levels from a function. */
typedef struct {
    double f0, inharmonicity;
    double vibrato_cents, vibrato_rate, vibrato_after; /* Hz, seconds */
    double scoop_cents;                                /* the pitch starts this much lower and arrives within 60 ms */
    int n_harmonics;
    double (*level)(int k, double f, double t);
} Note;

static void add_harmonics(const Note *note, float *x, size_t n) {
    double cycles = 0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / RATE;
        double depth =
            note->vibrato_cents * envelope(t - note->vibrato_after, 0.5, 100, 0.1) * (t > note->vibrato_after);
        double cents = depth * sin(2 * PI * note->vibrato_rate * t) - note->scoop_cents * exp(-t / 0.02);
        double f0 = note->f0 * exp2(cents / 1200), sum = 0;
        cycles += f0 / RATE;
        for (int k = 1; k <= note->n_harmonics; k++) {
            double stretch = k * sqrt(1 + note->inharmonicity * k * k);
            if (f0 * stretch > 0.45 * RATE)
                break;
            sum += note->level(k, f0 * stretch, t) * sin(2 * PI * stretch * cycles + 1.7 * k * k);
        }
        x[i] += (float)sum;
    }
}

/* Adds an exponentially decaying partial. */
static void add_partial(float *x, size_t n, double f, double level, double decay, double phase) {
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / RATE;
        x[i] += (float)(level * exp(-t / decay) * envelope(t, 0.001, 100, 0.1) * sin(2 * PI * f * t + phase));
    }
}

/* Adds noise through a resonant filter with time-varying centre and level: a state variable filter that stays stable
 * under modulation (Simper 2013). */
static void add_noise(float *x, size_t n, double q, double (*centre)(double t), double (*level)(double t)) {
    double s1 = 0, s2 = 0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / RATE, g = tan(PI * centre(t) / RATE);
        double input = noise() - s2, a = 1 / (1 + g * (g + 1 / q));
        double band = a * s1 + a * g * input;
        double low = s2 + g * band;
        s1 = 2 * band - s1;
        s2 = 2 * low - s2;
        x[i] += (float)(level(t) * band / sqrt(q));
    }
}

/* ---- winds, voice and bow ---- */

static double flute_level(int k, double f, double t) {
    static const double levels[] = {1, 0.45, 0.25, 0.08, 0.05, 0.02, 0.012, 0.006, 0.004, 0.002};
    (void)f;
    return levels[k - 1] * envelope(t, 0.05 + 0.012 * k, 2.0, 0.12) * (1 + 0.06 * k * sin(2 * PI * 5 * t) * (t > 0.5));
}
static double flute_centre(double t) {
    return 1100 + 60 * sin(2 * PI * 5 * t);
}
static double flute_breath(double t) {
    return envelope(t, 0.02, 2.0, 0.1) * (0.08 + 0.2 * exp(-t / 0.04));
}

static void flute(float *x, size_t n) {
    add_harmonics(&(Note){523.25, 0, 12, 5, 0.45, 25, 10, flute_level}, x, n);
    add_noise(x, n, 1.5, flute_centre, flute_breath);
}

/* Louder is brighter; high harmonics start later. */
static double trumpet_level(int k, double f, double t) {
    double force = envelope(t, 0.06, 1.9, 0.15) * (0.8 + 0.2 * exp(-t / 0.3));
    return pow(force, 1 + 0.22 * k) * (0.35 + gaussian(f, 1300, 700)) * exp(-f / 2300);
}
static double trumpet_centre(double t) {
    return 2500 + 0 * t;
}
static double trumpet_breath(double t) {
    return 0.25 * exp(-t / 0.02) + 0.008 * envelope(t, 0.05, 1.9, 0.1);
}

static void trumpet(float *x, size_t n) {
    add_harmonics(&(Note){349.23, 0, 9, 5.3, 0.6, 60, 50, trumpet_level}, x, n);
    add_noise(x, n, 1, trumpet_centre, trumpet_breath);
}

static double clarinet_level(int k, double f, double t) {
    double odd = k % 2 ? 1 : 0.04 + 0.03 * fmin(k, 12);
    return odd * exp(-f / 1500) * envelope(t, 0.035 + 0.004 * k, 2.0, 0.09);
}
static double clarinet_centre(double t) {
    return 1800 + 0 * t;
}
static double clarinet_breath(double t) {
    return 0.006 * envelope(t, 0.03, 2.0, 0.1) + 0.04 * exp(-t / 0.03);
}

static void clarinet(float *x, size_t n) {
    add_harmonics(&(Note){233.08, 0, 0, 5, 0, 15, 70, clarinet_level}, x, n);
    add_noise(x, n, 0.8, clarinet_centre, clarinet_breath);
}

static double violin_level(int k, double f, double t) {
    double body = 0.25 + gaussian(f, 460, 90) + 0.8 * gaussian(f, 1000, 180) + 1.1 * gaussian(f, 2600, 700);
    double bow = envelope(t, 0.09, 2.05, 0.18) * (1 + 0.1 * sin(2 * PI * 5.6 * t + k));
    return body * bow * exp(-f / 7000) / k;
}
static double violin_centre(double t) {
    return 3200 + 0 * t;
}
static double violin_scratch(double t) {
    return envelope(t, 0.03, 2.05, 0.15) * (0.02 + 0.08 * exp(-t / 0.05));
}

static void violin(float *x, size_t n) {
    add_harmonics(&(Note){440, 0, 18, 5.6, 0.3, 20, 40, violin_level}, x, n);
    add_noise(x, n, 0.7, violin_centre, violin_scratch);
}

/* "ah" gliding to "oh", with formants. */
static double voice_level(int k, double f, double t) {
    double way = envelope(t - 0.8, 0.6, 100, 1) * (t > 0.8);
    double mouth = gaussian(f, 730 - 230 * way, 90) + 0.6 * gaussian(f, 1150 - 300 * way, 110) +
                   0.25 * gaussian(f, 2600, 180) + 0.18 * gaussian(f, 3300, 250) + 0.03;
    return mouth * envelope(t, 0.07, 2.1, 0.2) * exp(-f / 3000) / pow(k, 0.5);
}
static double voice_centre(double t) {
    return 2800 + 0 * t;
}
static double voice_breath(double t) {
    return 0.012 * envelope(t, 0.04, 2.1, 0.2);
}

static void voice(float *x, size_t n) {
    add_harmonics(&(Note){196, 0, 22, 5.2, 0.35, 40, 90, voice_level}, x, n);
    add_noise(x, n, 0.7, voice_centre, voice_breath);
}

static double wind_centre(double t) {
    return 600 + 350 * sin(2 * PI * 0.45 * t) + 120 * sin(2 * PI * 1.7 * t);
}
static double wind_level(double t) {
    return envelope(t, 0.4, 2.3, 0.6) * (0.6 + 0.3 * sin(2 * PI * 0.6 * t));
}

static void wind(float *x, size_t n) {
    add_noise(x, n, 6, wind_centre, wind_level);
}

/* ---- struck and plucked strings ---- */

static double damper(double t) {
    return envelope(t, 0.001, 2.2, 0.15);
}

static double piano_level(int k, double f, double t) {
    double hammer = sin(PI * k * 0.12) / k * exp(-f / 2800);
    double fall = 0.6 * exp(-t * (1.2 + f / 900)) + 0.4 * exp(-t * (0.35 + f / 4500));
    return hammer * fall * damper(t);
}

static void piano(float *x, size_t n) {
    static const double cents[] = {-0.6, 0, 0.8};
    for (int string = 0; string < 3; string++)
        add_harmonics(&(Note){220 * exp2(cents[string] / 1200), 0.0004, 0, 1, 0, 0, 45, piano_level}, x, n);
    for (int i = 0; i < 8; i++) /* knock of the case */
        add_partial(x, n, 90 + 67 * i + 11 * (i % 3), 0.08, 0.03, i);
}

/* Karplus-Strong: a noise burst in a delay line with a low-pass. */
static void guitar(float *x, size_t n) {
    enum { MAX_PERIOD = 1024 };
    double string[MAX_PERIOD] = {0}, filtered = 0;
    double period = RATE / 146.83 - 0.5;
    int length = (int)period;
    double part = period - length, last = 0;
    for (int i = 0; i < length; i++) {
        filtered += 0.45 * (noise() - filtered);
        string[i] = filtered;
    }
    for (size_t i = 0; i < n; i++) {
        int at = (int)(i % (size_t)length), pick = (at + length / 5) % length;
        double now = string[at], half = 0.5 * (now + last);
        x[i] += (float)((now - 0.8 * string[pick]) * damper((double)i / RATE));
        string[at] = 0.9985 * ((1 - part) * half + part * last);
        last = now;
    }
}

/* ---- bars, bells, drums ---- */

static void bell(float *x, size_t n) {
    static const double ratios[] = {0.5, 1, 1.183, 1.506, 2, 2.514, 2.662, 3.011, 4.166, 5.433, 6.796, 8.215};
    static const double levels[] = {0.5, 0.8, 0.7, 0.35, 1, 0.4, 0.35, 0.3, 0.4, 0.25, 0.18, 0.1};
    for (int i = 0; i < 12; i++)
        for (int twin = 0; twin < 2; twin++) /* bells beat: each mode is a slightly detuned pair */
            add_partial(x, n, 440 * ratios[i] + twin * (0.4 + 0.15 * i), levels[i], 1.9 / (0.6 + 0.45 * ratios[i]),
                        i + twin);
}

static void marimba(float *x, size_t n) {
    static const double ratios[] = {1, 3.93, 9.2, 16.1};
    static const double levels[] = {1, 0.35, 0.12, 0.04};
    for (int i = 0; i < 4; i++)
        add_partial(x, n, 261.63 * ratios[i], levels[i], 0.45 / (1 + 2.2 * i), 0.3 * i);
    for (int i = 0; i < 6; i++) /* mallet noise */
        add_partial(x, n, 310 + 171 * i, 0.06, 0.008, 2 * i);
}

static void kick(float *x, size_t n) {
    double cycles = 0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / RATE;
        cycles += (48 + 140 * exp(-t / 0.018) + 40 * exp(-t / 0.09)) / RATE;
        x[i] += (float)(exp(-t / 0.16) * sin(2 * PI * cycles) + 0.12 * noise() * exp(-t / 0.004));
    }
}

static double snare_centre(double t) {
    return 3800 + 1500 * exp(-t / 0.05);
}
static double snare_wires(double t) {
    return 0.9 * exp(-t / 0.07) * envelope(t, 0.001, 100, 1);
}

static void snare(float *x, size_t n) {
    static const double modes[] = {184, 293, 331, 421, 475};
    for (int i = 0; i < 5; i++)
        add_partial(x, n, modes[i], 0.45 / (1 + i), 0.09 / (1 + 0.3 * i), i);
    add_noise(x, n, 0.6, snare_centre, snare_wires);
}

static double cymbal_centre(double t) {
    return 7000 - 1500 * (1 - exp(-t / 0.3));
}
static double cymbal_hiss(double t) {
    return 0.5 * exp(-t / 0.35) + 0.6 * exp(-t / 0.03);
}

static void cymbal(float *x, size_t n) {
    for (int i = 0; i < 90; i++) {
        double f = 320 * pow(1.038, i) * (1 + 0.02 * noise());
        add_partial(x, n, f, 0.12 * (0.4 + gaussian(f, 4500, 3000)), 0.9 / (1 + f / 6000), 7 * noise());
    }
    add_noise(x, n, 0.6, cymbal_centre, cymbal_hiss);
}

typedef struct {
    const char *name;
    double seconds;
    void (*make)(float *x, size_t n);
} Sound;

static const Sound sounds[] = {
    {"flute", 2.2, flute},     {"clarinet", 2.2, clarinet}, {"trumpet", 2.2, trumpet}, {"violin", 2.3, violin},
    {"voice", 2.3, voice},     {"guitar", 2.3, guitar},     {"piano", 2.3, piano},     {"bell", 2.5, bell},
    {"marimba", 1.5, marimba}, {"kick", 0.8, kick},         {"snare", 0.6, snare},     {"cymbal", 2.0, cymbal},
    {"wind", 2.5, wind},
};

/* Fades out the last 120 ms, normalises the peak to -3 dBFS, and writes the file. */
static int save(const char *folder, const Sound *sound, float *x, size_t n) {
    char path[4000];
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    size_t fade = RATE * 12 / 100;
    float peak = 0;
    for (size_t i = 0; i < n; i++) {
        if (n - i <= fade)
            x[i] *= (float)(n - 1 - i) / (float)fade;
        peak = fmaxf(peak, fabsf(x[i]));
    }
    for (size_t i = 0; i < n; i++) /* triangular dither of 1 LSB */
        x[i] = x[i] * (0.7079f / peak) + (float)((noise() + noise()) / 2 / 32768);
    snprintf(path, sizeof path, "%s/%s.flac", folder, sound->name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file || sf_writef_float(file, x, (sf_count_t)n) != (sf_count_t)n || sf_close(file) != 0) {
        fprintf(stderr, "make_sounds: cannot write %s\n", path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: make_sounds OUT\n");
        return 2;
    }
    for (size_t s = 0; s < sizeof sounds / sizeof sounds[0]; s++) {
        size_t n = (size_t)(sounds[s].seconds * RATE);
        float *x = calloc(n, sizeof *x);
        noise_state = 2463534242u + (uint32_t)s;
        if (!x)
            return 1;
        sounds[s].make(x, n);
        int failed = save(argv[1], &sounds[s], x, n);
        free(x);
        if (failed)
            return 1;
    }
    return 0;
}
