/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State of a synth and its oscillator bank, shared by render.c, render_noise.c and synth_new.c. */
#ifndef TIMBREL_SYNTH_RENDER_H
#define TIMBREL_SYNTH_RENDER_H

#include "base/arena.h"
#include "synth/noise_source.h"
#include "synth/simd.h"

enum { OSCILLATORS = TB_HARMONICS + TB_PARTIALS };

/* A partial over a range of samples. Sample i has phase + frequency i + slope i^2 / 2 (in turns, of a sine) and
 * amplitude + d_amplitude i. */
typedef struct {
    double phase, frequency, slope;
    float amplitude, d_amplitude;
} Oscillator;

/* Adds the oscillators' sines to out[n]. RT */
void tbi_oscillators_add(const Oscillator *o, int count, float *out, int n);

enum { FRAME_CACHE = 8 };

struct TbSynth {
    TbArena memory;   /* first: tbi_arena_free_owner */
    double rate, hop; /* Hz; samples per frame, not necessarily an integer */
    int max_hop;
    float pruning; /* minimum amplitude of a partial relative to the frame's total */

    TbFrameSource source;
    void *context;
    TbRng rng;
    TbFrame cache[FRAME_CACHE];
    TbPhases phase_cache[FRAME_CACHE];
    float frequency[FRAME_CACHE][OSCILLATORS]; /* Hz: of harmonics, then free partials */
    float amplitude[FRAME_CACHE][OSCILLATORS]; /* 0 where they would alias */
    float audible[FRAME_CACHE];                /* amplitude below which partials are skipped */
    bool has_phases[FRAME_CACHE];
    size_t n_cached; /* frames read from the source so far */
    size_t n_frames; /* valid once the source has ended */
    bool ended;

    /* tone: the current hop, and the next one, which may be rendered early */
    float *tone, *ahead;       /* [max_hop] */
    int n_tone, n_played;      /* samples in tone; of these already output */
    int n_ahead;               /* samples in ahead; 0: not rendered yet */
    size_t frame;              /* the frame before the current hop */
    size_t tone_frame;         /* the frame before the next hop to render */
    double phase[OSCILLATORS]; /* turns, at tone_frame */
    bool over;

    /* noise: frames of 4 * noise_hop, shaped by FFT; the middle half of each is used; rendered on demand */
    int noise_hop, noise_fft;
    TbFft *fft;
    float *window, *shaped, *spectrum, *tail, *noise; /* shaped [noise_fft]; noise [noise_hop] */
    const NoiseSource *white;
    size_t noise_start_at[NOISE_LOOPS]; /* start position of this note in the loops, in hops */
    int *bin_band;                      /* [n_shaped] */
    float *bin_weight;
    float band_level[TB_BANDS]; /* factor from a band's power to its spectral level at this rate */
    int n_bins, n_shaped;       /* all bins; those up to half the analysis rate, above which there is no noise */
    size_t noise_frame;         /* the next noise frame */
    int noise_offset;           /* samples by which noise frames precede those of the tone */
    int noise_count;            /* rendered samples not yet output */
    const float *noise_next;    /* the first of these */
};

/* The frame at `index`, read from the source into the cache if needed; NULL after the last one. RT */
const TbFrame *tbi_frame_at(TbSynth *s, size_t index);

/* Resets the noise for a new note. RT */
void tbi_noise_start(TbSynth *s);
/* Adds n samples of noise, times the interpolated sub-frame gains, to out[n]: samples first .. first + n - 1 of the hop
 * after s->frame. Sample 0 of the hop is `offset` samples after the frame. RT */
void tbi_noise_add(TbSynth *s, float *out, int n, int first, double offset);

#endif
