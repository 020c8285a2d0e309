/* What the two halves of a synth share: the oscillator bank and the state that render.c plays on.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_SYNTH_RENDER_H
#define TIMBREL_SYNTH_RENDER_H

#include "synth/lanes.h"
#include "synth/white.h"

enum { OSCILLATORS = TB_HARMONICS + TB_PARTIALS };

/* One partial across a stretch of samples: phase and frequency in turns, per sample. */
typedef struct {
    double phase, frequency, slope;
    float amplitude, d_amplitude;
} Oscillator;

/* Adds the oscillators' sines to out[n]. RT */
void oscillators_add(const Oscillator *o, int count, float *out, int n);

enum { FRAME_CACHE = 8 };

struct TbSynth {
    double rate, hop; /* Hz; samples per frame (need not be whole) */
    int max_hop;
    float economy; /* share of the amplitude of all that a partial must have */

    TbFrameSource source;
    void *context;
    TbRng rng;
    TbFrame cache[FRAME_CACHE];
    TbPhases phase_cache[FRAME_CACHE];
    float frequency[FRAME_CACHE][OSCILLATORS]; /* of each frame's partials: harmonics, then free ones */
    float amplitude[FRAME_CACHE][OSCILLATORS]; /* 0 where they would alias */
    float audible[FRAME_CACHE];                /* partials under it are left out */
    bool has_phases[FRAME_CACHE];
    size_t n_cached; /* frames taken from the source so far */
    size_t n_frames; /* known once the source has ended */
    bool ended;

    size_t frame;              /* the tonal part stands at this frame */
    double phase[OSCILLATORS]; /* turns, at that frame */

    /* what is made and not yet given out: one hop */
    float *ready; /* [max_hop] */
    int n_ready, taken;
    bool over;

    /* noise: frames of 4 * noise_hop, shaped by FFT, of which the middle half is used */
    int noise_hop, noise_fft;
    TbFft *fft;
    float *window, *shaped, *spectrum, *tail, *noise; /* shaped [noise_fft]; noise: FIFO */
    const White *white;
    size_t white_from[WHITE_LOOPS]; /* where in the loops this note began */
    int *bin_band;                  /* [n_shaped] */
    float *bin_weight;
    float band_level[TB_BANDS]; /* a band's power -> level of the spectrum at this rate */
    int n_bins, n_shaped;       /* bins; those that can sound: nothing is known above half the analysis rate */
    size_t noise_frame;         /* next frame of noise */
    int noise_count;            /* samples in the FIFO */
    int noise_capacity;
};

/* The frame at `index`, from the cache; behind the last one NULL. RT */
const TbFrame *frame_at(TbSynth *s, size_t index);

/* Ready for a new note. RT */
void noise_start(TbSynth *s);
/* Adds n samples of noise times the interpolated sub-frame gains to out, whose first sample lies `offset` samples
 * behind s->frame. RT */
void noise_add(TbSynth *s, float *out, int n, double offset);

#endif
