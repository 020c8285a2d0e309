/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of synth/ share with each other and with nobody else. */
#ifndef TIMBREL_SYNTH_INTERNAL_H
#define TIMBREL_SYNTH_INTERNAL_H

#include "timbrel/synth.h"

#define TB_RATE 44100.0f
#define TB_PI 3.14159265358979323846

enum {
    NOISE_FFT = 1024, /* analysis and synthesis size of the noise, at the analysis rate */
    NOISE_BINS = NOISE_FFT / 2 + 1,
};

/* Complex amplitude of one partial at a frame's centre. */
typedef struct {
    float re, im;
} Cpx;

struct Note;

/* ---- demodulate.c: demodulation ---- */

enum { DEMODULATE_LONGEST = 8192, DEMODULATE_SCRATCH = 128 };

/* Amplitude and phase of a signal at n_freq (<= TB_HARMONICS) frequencies, around `centre`: a Hann window of `length`
 * samples (even, <= DEMODULATE_LONGEST) times the signal, correlated with each. Frequencies outside 0..rate/2 give 0.
 * scratch: [length + DEMODULATE_SCRATCH]. */
void tbi_demodulate(const float *x, size_t n, long centre, int length, const float *freq, int n_freq, Cpx *out,
                    float *scratch);

/* ---- oscillators.c ---- */

/* The partials of one moment. */
typedef struct {
    float freq[TB_HARMONICS]; /* Hz */
    float amplitude[TB_HARMONICS];
    float turns[TB_HARMONICS]; /* phase of a cosine, 0 .. 1 */
} Partials;

/* c[count] -> amplitude, turns. To 2e-6 turns. */
void tbi_to_polar(const Cpx *c, int count, float *amplitude, float *turns);
/* x[n] -= what a synth plays between two moments `hop` samples apart (n <= hop) of `count` partials: from `a`, when the
 * first sample sounds, to `b` (NULL: silence). What is left is exactly what the synth will not play. */
void tbi_subtract_partials(float *x, int n, int hop, const Partials *a, const Partials *b, int count);

/* ---- noise_bands.c: the ERB-spaced filter bank ---- */

/* Weights of the two bands that bin frequency f lies between: f = (1 - w) band i + w band i + 1. */
void tbi_band_position(double f, int *i, float *w);
double tbi_band_centre(int i);
/* A band's share of the spectrum 0 .. 22.05 kHz: power = level of the spectrum * share. */
float tbi_band_fraction(int i);

/* All that the bands need to know of the bins of NOISE_FFT; made once per note. */
typedef struct {
    int band[NOISE_BINS]; /* tbi_band_position of each bin */
    float weight[NOISE_BINS];
    float centre[TB_BANDS], width[TB_BANDS]; /* in bins */
    float fraction[TB_BANDS];
} BandMap;

void tbi_band_map_init(BandMap *map);
/* Noise spectrum [NOISE_BINS], scaled so that its mean over bins is the mean square -> power of each band.
 * trust: weight of each bin, > 0; bins that a partial covers say little about the noise. */
void tbi_bands_from_psd(const BandMap *map, const float *psd, const float *trust, float *band);

/* ---- onset.c ---- */

/* Sample positions where notes begin; *starts is malloced. n_starts 0 for silence. `end` is where the last one ends. */
TB_NODISCARD TbStatus tbi_find_onsets(const float *x, size_t n, bool single_note, size_t **starts, size_t *n_starts,
                                      size_t *end);

/* ---- pitch.c ---- */

typedef struct {
    size_t n;     /* pitch frames, PITCH_HOP samples apart */
    float *f0;    /* [n] Hz, 0 where unvoiced */
    float *level; /* [n] mean square */
    float *dip;   /* [n] 0 (periodic) .. 1 */
} PitchTrack;

enum {
    PITCH_HOP = 2 * TB_HOP_SIZE,
    PITCH_LATE =
        640, /* samples: a change of pitch or voicing shows so much after it happened (the window lies early) */
};

TB_NODISCARD TbStatus tbi_track_pitch(const float *x, size_t n, double f0_min, double f0_max, PitchTrack *track);
void tbi_pitch_track_free(PitchTrack *track);
/* Pitch in the middle of the voiced frames, weighted by their amplitude; 0 if there are none. *voicing: their share. */
float tbi_track_median(const PitchTrack *track, float *voicing);

/* ---- tbi_pitch_jumps.c ---- */

/* Pitch frames where a held pitch gives way to another within a moment, as between the notes of a legato: at[max]. */
size_t tbi_pitch_jumps(const PitchTrack *track, size_t *at, size_t max);
/* Bells and other inharmonic sounds have several near-periods, and the tracker slips between them: back to f0 where
 * it returns, or does not stay for long. */
void tbi_fix_octave_slips(PitchTrack *track, float f0);

/* ---- note_fit.c ---- */

/* One stretch that is analysed as a note. */
typedef struct {
    const float *x; /* [n] */
    size_t n;
    bool cut;       /* another note follows at once: no window may reach over the end */
    bool continued; /* goes on from the note before without an onset ... */
    bool goes_on;   /* ... or goes over into the next like this: the two cross */
    PitchTrack track;
} Stretch;

TB_NODISCARD TbStatus tbi_analyze_note(const Stretch *stretch, double known_f0, TbNote *out);

/* ---- voicing.c ---- */

/* Takes harmonics away where a pitched note has no pitch for a while (consonants), so that noise stands for them. */
TB_NODISCARD TbStatus tbi_mute_unvoiced(struct Note *note, const PitchTrack *track);

/* ---- harmonics.c ---- */

/* One note under analysis: a stretch of samples that begins at its onset. */
typedef struct Note {
    const float *x; /* [n] */
    size_t n;
    bool cut; /* another note follows at once: no window may reach over the end */
    size_t n_frames;
    float *f0; /* [n_frames] Hz */
    float inharmonicity;
    int n_harmonics;     /* below the Nyquist frequency for the lowest f0 */
    Cpx *harmonic;       /* [n_frames][TB_HARMONICS] */
    float *partial_freq; /* [n_frames][TB_PARTIALS] Hz */
    Cpx *partial;        /* [n_frames][TB_PARTIALS] */
    float *residual;     /* [n] */
} Note;

/* Finds f0 per frame (starting from note->f0), inharmonicity, and how many harmonics there are. */
TB_NODISCARD TbStatus tbi_tune_harmonics(Note *note);
/* How many samples the harmonics of a frame are measured over; at_least: 0 for their amplitudes and phases. */
int tbi_harmonic_window(float f0, int at_least);
/* Amplitude and phase of the harmonics in every frame. */
void tbi_measure_harmonics(Note *note);
/* How much of x (in dB) the harmonics explain, judged with a long window so that noise counts against. */
TB_NODISCARD TbStatus tbi_harmonics_explain(const Note *note, float *explained);
/* residual = x - harmonics */
void tbi_subtract_harmonics(Note *note);

/* ---- note_fit.c ---- */
TB_NODISCARD TbStatus tbi_note_init(Note *note, const float *x, size_t n, bool cut); /* x is borrowed */
void tbi_note_release(Note *note);

/* ---- octave_fit.c ---- */
/* Fits and measures the harmonics, in the octave of `track` ([n_frames] Hz, as note->f0) or one or two below it. */
TB_NODISCARD TbStatus tbi_fit_with_octaves(Note *note, const float *track);

/* ---- pitch_sweep.c ---- */
/* A kick drum's falling sinusoid as the only harmonic of a new note, if that is what `note` mostly is: then f0,
 * harmonic[0] and n_harmonics are set, and the caller releases it. */
TB_NODISCARD TbStatus tbi_fit_pitch_sweep(const Note *note, Note *sweep, bool *found);

/* ---- partials.c ---- */
TB_NODISCARD TbStatus tbi_fit_partials(Note *note, float min_prominence_db);

/* ---- noise_fit.c ---- */
/* Residual (changed: drift is taken out) -> band powers and sub-frame gains of the frames. */
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
    const double round = 6755399441055744.0; /* 1.5 * 2^52: adding it drops what is behind the point */
    double nearest = t + round;
    return t - (nearest - round);
}

#endif
