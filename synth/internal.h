/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to synth/: functions shared between its files. OFF unless stated otherwise; sounds are at the analysis rate,
 * TB_RATE. */
#ifndef TIMBREL_SYNTH_INTERNAL_H
#define TIMBREL_SYNTH_INTERNAL_H

#include "base/arena.h"
#include "timbrel/synth.h"

#define TB_RATE 44100.0f
#define TB_PI 3.14159265358979323846

enum {
    NOISE_FFT = 1024, /* analysis and synthesis size of the noise, at the analysis rate */
    NOISE_BINS = NOISE_FFT / 2 + 1,
};

/* Complex amplitude of a partial at a frame's centre. */
typedef struct {
    float re, im;
} Cpx;

struct Note;

/* ---- demodulate.c ---- */

enum { DEMODULATE_LONGEST = 8192, DEMODULATE_SCRATCH = 128 };

/* Complex amplitudes out[n_freq] of x[n] at freq[n_freq] Hz (n_freq <= TB_HARMONICS) around sample `centre`: the signal
 * times a Hann window of `length` samples (even, <= DEMODULATE_LONGEST), correlated with each frequency. Frequencies
 * outside 0 .. TB_RATE / 2 give 0. scratch[length + DEMODULATE_SCRATCH]. */
void tbi_demodulate(const float *x, size_t n, long centre, int length, const float *freq, int n_freq, Cpx *out,
                    float *scratch);

/* ---- oscillators.c ---- */

/* Fades the partials in over the first `length` samples of a note, x[n]: nothing begins at once, and a partial that did
 * would click. RT */
void tbi_fade_in(float *x, int n, float length);
#define FADE_IN 0.25f /* of a hop: 1.45 ms, one sub-frame of the noise, which has what begins sooner */

/* The partials at one time. */
typedef struct {
    float freq[TB_HARMONICS]; /* Hz */
    float amplitude[TB_HARMONICS];
    float turns[TB_HARMONICS]; /* phase of a cosine, 0 .. 1 */
} Partials;

/* c[count] -> amplitude[count], turns[count], accurate to 2e-6 turns. */
void tbi_to_polar(const Cpx *c, int count, float *amplitude, float *turns);
/* Subtracts from x[n] (n <= hop) what a synth plays for `count` partials that go from `a` at x[0] to `b` (NULL:
 * silence) at x[hop]. In the `first` hop of a note (n <= 2 TB_HOP_SIZE) they fade in. The residual is exactly what the
 * synth does not play. */
void tbi_subtract_partials(float *x, int n, int hop, bool first, const Partials *a, const Partials *b, int count);

/* ---- noise_bands.c: the ERB-spaced filter bank ---- */

/* Weights of the two bands around frequency f in Hz: (1 - w) for band i and w for band i + 1. */
void tbi_band_position(double f, int *i, float *w);
double tbi_band_centre(int i); /* Hz */
/* A band's fraction of the spectrum 0 .. 22.05 kHz: band power = spectral level * fraction. */
float tbi_band_fraction(int i);

/* The bands' weights and positions for the bins of NOISE_FFT. */
typedef struct {
    int band[NOISE_BINS]; /* tbi_band_position of each bin */
    float weight[NOISE_BINS];
    float centre[TB_BANDS], width[TB_BANDS]; /* in bins */
    float fraction[TB_BANDS];
} BandMap;

void tbi_band_map_init(BandMap *map);
/* psd[NOISE_BINS], scaled so that its mean over the bins is the mean square -> band[TB_BANDS], the power of each band.
 * trust[NOISE_BINS] > 0 is the weight of each bin: low for bins near a partial. */
void tbi_bands_from_psd(const BandMap *map, const float *psd, const float *trust, float *band);

/* ---- onset.c ---- */

/* Finds the samples starts[n_starts] at which notes begin, and *end, where the last one ends. The caller frees *starts.
 * Silence gives n_starts 0. */
TB_NODISCARD TbStatus tbi_find_onsets(const float *x, size_t n, bool single_note, size_t **starts, size_t *n_starts,
                                      size_t *end);

/* ---- recurrence.c ---- */

/* Whether x[n] repeats before and after sample `at` at about the same level, as a steady tone does, and a glide,
 * vibrato or tremolo nearly; the note began at `start`. `high`: of its first difference, in which only high partials
 * count. */
bool tbi_goes_on(const float *x, size_t n, size_t at, size_t start, bool high);
/* Whether x[n] was a tone shortly before sample `at`, of a note that began at `start`. */
bool tbi_was_steady(const float *x, size_t n, size_t at, size_t start);

/* ---- phrase.c ---- */

/* Whether the sound x from `at` to `stop`, which begins as if struck, is a further syllable of the speech from `start`
 * to `at`. Samples. */
TB_NODISCARD TbStatus tbi_same_phrase(const float *x, size_t start, size_t at, size_t stop, bool *same);

/* ---- pitch.c ---- */

#define PITCH_LOWEST 16.0 /* Hz: 32-foot organ pipes */
#define PITCH_HIGHEST 6000.0

typedef struct {
    size_t n;       /* pitch frames, PITCH_HOP samples apart */
    float *f0;      /* [n] Hz, 0 where unvoiced */
    float *level;   /* [n] mean square */
    float *dip;     /* [n] aperiodicity: 0 (periodic) .. 1 */
    TbArena memory; /* of the arrays; empty if they are borrowed */
} PitchTrack;

enum {
    PITCH_HOP = 2 * TB_HOP_SIZE,
    PITCH_DELAY = 640, /* samples by which the track lags behind changes of pitch or voicing */
};

TB_NODISCARD TbStatus tbi_track_pitch(const float *x, size_t n, double f0_min, double f0_max, PitchTrack *track);
/* The same, with longer windows for pitches below 27 Hz where there is no higher one. */
TB_NODISCARD TbStatus tbi_find_pitch(const float *x, size_t n, double f0_min, double f0_max, PitchTrack *track);
void tbi_pitch_track_free(PitchTrack *track);
/* Median pitch in Hz of the voiced frames, weighted by amplitude; 0 if there are none. *voicing is their weighted share
 * of all frames. */
float tbi_track_median(const PitchTrack *track, float *voicing);

/* ---- pitch_jumps.c ---- */

/* A change from one held pitch to another, in Hz, at a pitch frame. */
typedef struct {
    size_t at;
    float before, after;
} PitchJump;

/* Finds the jumps[max] of a pitch track, as in legato: not glides or vibrato. Returns their number. */
size_t tbi_pitch_jumps(const PitchTrack *track, PitchJump *jumps, size_t max);
/* The sample of x[n], to which the track belongs, at which the harmonics of the new pitch replace those of the old. */
size_t tbi_place_jump(const float *x, size_t n, const PitchJump *jump);
/* Bells and other inharmonic sounds have several near-periods, between which the tracker slips. Corrects slips by an
 * octave or twelfth from f0 that are short or return to f0. */
void tbi_fix_octave_slips(PitchTrack *track, float f0);

/* ---- note_fit.c ---- */

/* A segment of sound to analyse as one note. */
typedef struct {
    const float *x; /* [n], borrowed */
    size_t n;
    bool follows;     /* another sound comes directly before */
    bool cut;         /* another note follows directly: no window may extend past the end */
    bool continued;   /* continues the note before without an onset: the two crossfade */
    bool continues;   /* the same with the next note */
    PitchTrack track; /* borrowed; n = 0 if the pitch is given */
} Segment;

/* Analyses one segment. known_f0 in Hz, 0 if unknown. On failure, *out may be partly filled; free it with tb_note_free.
 */

TB_NODISCARD TbStatus tbi_analyze_note(const Segment *segment, double known_f0, TbNote *out);

/* ---- voicing.c ---- */

/* Mutes the harmonics of a pitched note where it is unvoiced for a while (consonants), so that noise replaces them. */
TB_NODISCARD TbStatus tbi_mute_unvoiced(struct Note *note, const PitchTrack *track);

/* ---- harmonics.c ---- */

/* A note under analysis: the samples from its onset on. x is borrowed, the rest owned. */
typedef struct Note {
    const float *x; /* [n], borrowed */
    size_t n;
    bool follows; /* another sound comes directly before: that x begins at once is no part of it */
    bool cut;     /* another note follows directly: no window may extend past the end */
    size_t n_frames;
    TbArena memory; /* of the arrays */
    float *f0;      /* [n_frames] Hz */
    float inharmonicity;
    int n_harmonics;     /* below the Nyquist frequency for the lowest f0 */
    Cpx *harmonic;       /* [n_frames][TB_HARMONICS] */
    float *partial_freq; /* [n_frames][TB_PARTIALS] Hz */
    Cpx *partial;        /* [n_frames][TB_PARTIALS] */
    float *residual;     /* [n] */
} Note;

/* Refines note->f0 per frame, and finds the inharmonicity and the number of harmonics. */
TB_NODISCARD TbStatus tbi_tune_harmonics(Note *note);
/* Window length in samples for the harmonics of f0, not less than at_least (0 for amplitudes and phases). */
int tbi_harmonic_window(float f0, int at_least);
/* Amplitude and phase of the harmonics in every frame. */
void tbi_measure_harmonics(Note *note);
/* Energy of x over the residual without harmonics, in dB. Uses long windows, so that noise is not explained. */
TB_NODISCARD TbStatus tbi_harmonics_explain(const Note *note, float *explained);
/* Fits the amplitudes of the first frames, whose windows are shifted, to how the harmonics really begin. */
TB_NODISCARD TbStatus tbi_fit_harmonic_attack(Note *note);
/* residual = x - harmonics */
void tbi_subtract_harmonics(Note *note);

/* ---- note_fit.c ---- */
TB_NODISCARD TbStatus tbi_note_init(Note *note, const float *x, size_t n, bool follows,
                                    bool cut); /* x[n] is borrowed */
void tbi_note_release(Note *note);

/* ---- attack.c ---- */

/* Complex amplitudes c[n_frames][stride] of `count` partials per frame of a note, and their frequencies in Hz. */
typedef struct {
    const Note *note;
    Cpx *c;
    size_t stride;
    int count;
    void (*frequencies)(const Note *note, size_t t, float *freq);
} PartialSet;

/* Gives the partials of frames 0 .. n - 1 the amplitude envelope with which they come nearest to x (at least as long as
 * the note). */
TB_NODISCARD TbStatus tbi_fit_attack(const PartialSet *set, const float *x, int n);

/* ---- octave_fit.c ---- */
/* Fits and measures the harmonics in the octave of track[n_frames] (Hz, like note->f0) or one or two octaves lower. */
TB_NODISCARD TbStatus tbi_fit_with_octaves(Note *note, const float *track);

/* ---- pitch_sweep.c ---- */
/* If `note` is mostly the falling sinusoid of a kick drum, *found is true and `sweep` a new note with this as its only
 * harmonic (f0, harmonic[0] and n_harmonics are set), which the caller releases. */
TB_NODISCARD TbStatus tbi_fit_pitch_sweep(const Note *note, Note *sweep, bool *found);

/* ---- partials.c ---- */
/* Finds free partials in the residual, at least min_prominence_db above its median spectrum, and subtracts them. */
TB_NODISCARD TbStatus tbi_fit_partials(Note *note, float min_prominence_db);

/* ---- noise_fit.c ---- */
/* Residual -> band powers and sub-frame gains of frames[n_frames]. Removes DC and drift from the residual. */
TB_NODISCARD TbStatus tbi_fit_noise(Note *note, TbFrame *frames);

/* ---- features.c: the grid of the free partials' slots ---- */
float tbi_slot_ratio(int slot); /* log2 of the ratio at the centre of a slot */
float tbi_slot_width(void);     /* in log2 */
/* Mean square of all parts of a frame together. */
float tbi_frame_power(const TbFrame *frame);

static inline float clampf(float x, float lo, float hi) {
    return x < lo ? lo : x > hi ? hi : x;
}
static inline long clampl(long x, long lo, long hi) {
    return x < lo ? lo : x > hi ? hi : x;
}
/* Wraps a phase in turns to -0.5 .. 0.5. */
static inline double wrap_turns(double t) {
    const double round = 6755399441055744.0; /* 1.5 * 2^52: adding and subtracting it rounds to an integer */
    double nearest = t + round;
    return t - (nearest - round);
}

#endif
