/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays an SFZ file as a sampler would, with independent readers, and reports defects.
 *
 * sfz_check FILE.sfz LOW HIGH LAYERS looped|decaying|unpitched */
#include "tests/sfz_reader.h"
#include "tests/wav_reader.h"

#include <math.h>

static const double CENTS = 3, SEAM_DB = 0.5, CLICK = 1.1;

static int failures;
static Wav wavs[SFZ_MAX];
static Sfz sfz;

#define FAILED(...) (failures++, printf("FAILED: " __VA_ARGS__), putchar('\n'))

/* Cubic interpolation through four points around a position; after the loop's last sample comes its first. */
static double at_place(const Wav *w, const SfzRegion *r, size_t i) {
    size_t last = (size_t)r->loop_end, first = (size_t)r->loop_start;
    if (strcmp(r->loop_mode, "loop_continuous") == 0 && i > last)
        i = first + (i - first) % (last - first + 1);
    return i < w->n ? w->x[i] : 0;
}

static double interpolated(const Wav *w, const SfzRegion *r, double place) {
    size_t i = (size_t)place;
    double t = place - (double)i, a = at_place(w, r, i ? i - 1 : 0), b = at_place(w, r, i), c = at_place(w, r, i + 1),
           d = at_place(w, r, i + 2);
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static size_t play(const Wav *w, const SfzRegion *r, int key, double from, double seconds, double *out) {
    double step = exp2(((key - r->pitch_keycenter) * r->pitch_keytrack + r->tune) / 1200);
    size_t n = (size_t)(seconds * w->rate);
    for (size_t i = 0; i < n; i++)
        out[i] = interpolated(w, r, from * w->rate * step + (double)i * step);
    return n;
}

typedef struct {
    double re, im;
} Complex;

/* Demodulates x by f and averages twice over `width` samples: one harmonic remains, the others are at zeros of the
 * average. z[n - 2 width]. */
static size_t demodulate(const double *x, size_t n, double rate, double f, size_t width, Complex *z) {
    double re = 0, im = 0;
    for (int pass = 0; pass < 2; pass++) {
        static Complex from[8 * 192000];
        for (size_t i = 0; i < n; i++) {
            double angle = 2 * M_PI * fmod(f / rate * (double)i, 1);
            from[i] = pass ? z[i] : (Complex){x[i] * cos(angle), -x[i] * sin(angle)};
        }
        re = im = 0;
        for (size_t i = 0; i < n; i++) {
            re += from[i].re - (i >= width ? from[i - width].re : 0);
            im += from[i].im - (i >= width ? from[i - width].im : 0);
            if (i + 1 >= width)
                z[i + 1 - width] = (Complex){re, im};
        }
        n -= width - 1;
    }
    return n;
}

/* Mean deviation of x from f0 in cents: the slope of the phase of its strongest harmonic, whatever its vibrato. */
static double mistuning(const double *x, size_t n, double rate, double f0) {
    static Complex z[8 * 192000];
    double most = -1, cents = 0;
    size_t width = (size_t)lround(rate / f0);
    for (int k = 1; k <= 4 && k * f0 < 0.4 * rate; k++) {
        size_t m = demodulate(x, n, rate, k * f0, width, z);
        double power = 0, phase = 0, last = atan2(z[0].im, z[0].re), st = 0, sp = 0, stt = 0, stp = 0, all = 0;
        for (size_t i = 0; i < m; i++) {
            double angle = atan2(z[i].im, z[i].re), square = z[i].re * z[i].re + z[i].im * z[i].im;
            phase += remainder(angle - last, 2 * M_PI);
            last = angle;
            power += square;
            double t = (double)i / rate;
            st += t;
            sp += phase;
            stt += t * t;
            stp += t * phase;
            all++;
        }
        if (power > most) {
            most = power;
            double hz = (all * stp - st * sp) / (all * stt - st * st) / (2 * M_PI);
            cents = 1200 * log2(1 + hz / (k * f0));
        }
    }
    return cents;
}

static double largest(const Wav *w, size_t from, size_t to) {
    double most = 0;
    for (size_t i = from; i < to && i < w->n; i++)
        most = fmax(most, fabs(w->x[i]));
    return most;
}

/* Compares the chunks of the WAV file with the SFZ file. */
static void check_chunks(const SfzRegion *r, const Wav *w, bool looped) {
    double pitch = w->unity_note + ldexp(w->pitch_fraction, -32);
    if (!w->has_smpl || !w->has_inst)
        FAILED("%s has no smpl or no inst", r->sample);
    if (fabs(pitch + r->tune / 100 - r->pitch_keycenter) > 0.006 || w->unshifted_note != r->pitch_keycenter ||
        abs(w->fine_tune - (int)lround(r->tune)) > 1)
        FAILED("%s: its pitch is %.3f in smpl, %d and %d cents in inst, %g and %g cents in the SFZ file", r->sample,
               pitch, w->unshifted_note, w->fine_tune, r->pitch_keycenter, r->tune);
    if (w->low_note != r->lokey || w->high_note != r->hikey || w->low_velocity != r->lovel ||
        w->high_velocity != r->hivel)
        FAILED("%s: inst and the SFZ file differ in keys or velocities", r->sample);
    if (looped != (w->n_loops == 1) || looped != (strcmp(r->loop_mode, "loop_continuous") == 0))
        FAILED("%s: %u loops and loop_mode %s", r->sample, w->n_loops, r->loop_mode);
    if (looped && (w->loop_start != r->loop_start || w->loop_last != r->loop_end || w->loop_last >= w->n))
        FAILED("%s: smpl and the SFZ file differ in the loop", r->sample);
    double most = largest(w, 0, w->n);
    if (most > 0.999 || most < 0.003)
        FAILED("%s: its loudest sample is %.4f", r->sample, most);
    if (largest(w, 0, (size_t)(0.005 * w->rate)) < most * pow(10, -75 / 20.0))
        FAILED("%s begins with silence", r->sample);
    if (!looped && largest(w, w->n - 4, w->n) > most * 0.003)
        FAILED("%s ends abruptly", r->sample);
}

/* A minute of looping at the sample's own pitch: the seam against the rest of the loop. */
static void check_seam(const SfzRegion *r, const Wav *w, double *worst_db, double *worst_click) {
    size_t first = (size_t)r->loop_start, last = (size_t)r->loop_end, length = last - first + 1;
    size_t minute = (size_t)(60 * w->rate), width = (size_t)(0.02 * w->rate);
    size_t fade = (size_t)(0.1 * w->rate); /* before the end: the middle of any crossfade */
    double low = INFINITY, high = -INFINITY, seam_low = INFINITY, seam_high = -INFINITY, bend = 1e-9, seam_bend = 0;
    double sum = 0;
    for (size_t i = 1; i + 1 < minute; i++) {
        double x = at_place(w, r, first + i);
        double b = fabs(at_place(w, r, first + i + 1) - 2 * x + at_place(w, r, first + i - 1));
        size_t in = i % length;
        double *most = in < 4 || in + 4 > length ? &seam_bend : &bend;
        *most = fmax(*most, b);
        sum += x * x;
        if (i % width == 0) {
            double db = 10 * log10(sum / (double)width + 1e-12);
            bool quality = in < width || in + fade > length;
            sum = 0;
            low = quality ? low : fmin(low, db);
            high = quality ? high : fmax(high, db);
            seam_low = quality ? fmin(seam_low, db) : seam_low;
            seam_high = quality ? fmax(seam_high, db) : seam_high;
        }
    }
    double db = fmax(seam_high - high, low - seam_low);
    if (db > SEAM_DB)
        FAILED("%s: the seam stands out by %.2f dB", r->sample, db);
    if (seam_bend > CLICK * bend)
        FAILED("%s: its loop clicks, %.2f times the bend of the sound itself", r->sample, seam_bend / bend);
    *worst_db = fmax(*worst_db, db);
    *worst_click = fmax(*worst_click, seam_bend / bend);
}

/* The region that a key plays at a velocity; there must be exactly one. */
static int region_of(int key, int velocity) {
    int found = -1;
    for (int i = 0; i < sfz.n; i++) {
        const SfzRegion *r = &sfz.region[i];
        if (key < r->lokey || key > r->hikey || velocity < r->lovel || velocity > r->hivel)
            continue;
        if (found >= 0)
            FAILED("key %d plays two samples at velocity %d", key, velocity);
        found = i;
    }
    if (found < 0)
        FAILED("key %d plays nothing at velocity %d", key, velocity);
    return found;
}

static void check_pitch(int key, int region, bool looped, double *worst) {
    static double x[8 * 192000];
    const SfzRegion *r = &sfz.region[region];
    const Wav *w = &wavs[region];
    double f0 = 440 * exp2((key - 69) / 12.0);
    size_t n = looped ? play(w, r, key, 1.5, 2.5, x) : play(w, r, key, 0.08, 0.6, x);
    double cents = mistuning(x, n, w->rate, f0);
    if (fabs(cents) > CENTS)
        FAILED("key %d is %.1f cents off (%s)", key, cents, r->sample);
    *worst = fmax(*worst, fabs(cents));
}

static void check_keys(int low, int high, int layers, const char *kind) {
    double worst = 0;
    bool looped = strcmp(kind, "looped") == 0;
    for (int key = low; key <= high; key++) {
        int before = -1, n = 0;
        for (int velocity = 1; velocity <= 127; velocity++) {
            int region = region_of(key, velocity);
            if (region >= 0 && region != before) {
                n++;
                if (strcmp(kind, "unpitched") != 0)
                    check_pitch(key, region, looped, &worst);
                else if (sfz.region[region].pitch_keytrack != 0)
                    FAILED("key %d changes the pitch of what has none", key);
            }
            before = region;
        }
        if (n != layers)
            FAILED("key %d has %d layers, not %d", key, n, layers);
    }
    printf("%d keys, worst mistuning %.2f cents\n", high - low + 1, worst);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: sfz_check FILE.sfz LOW HIGH LAYERS looped|decaying|unpitched\n");
        return 2;
    }
    double db = 0, click = 0;
    bool looped = strcmp(argv[5], "looped") == 0;
    sfz_read(argv[1], &sfz);
    if (*sfz.wrong || sfz.n == 0) {
        FAILED("%s: %s", argv[1], *sfz.wrong ? sfz.wrong : "no region");
        return 1;
    }
    for (int i = 0; i < sfz.n; i++) {
        char path[1024];
        const char *slash = strrchr(argv[1], '/');
        snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - argv[1]) : 0, argv[1], sfz.region[i].sample);
        const char *wrong = wav_read(path, &wavs[i]);
        if (wrong) {
            FAILED("%s: %s", path, wrong);
            return 1;
        }
        check_chunks(&sfz.region[i], &wavs[i], looped);
        if (looped)
            check_seam(&sfz.region[i], &wavs[i], &db, &click);
        if (!(sfz.region[i].ampeg_release > 0 && sfz.region[i].ampeg_release < 40))
            FAILED("ampeg_release is %g", sfz.region[i].ampeg_release);
    }
    if (looped && failures == 0)
        printf("%d loops, worst seam %.2f dB, click %.2f\n", sfz.n, db, click);
    check_keys(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), argv[5]);
    for (int i = 0; i < sfz.n; i++)
        free(wavs[i].x);
    return failures ? 1 : 0;
}
