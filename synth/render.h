/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two halves of a synth share: the oscillator bank and the state that render.c plays on. */
#ifndef TIMBREL_SYNTH_RENDER_H
#define TIMBREL_SYNTH_RENDER_H

#include "synth/noise_source.h"
#include "synth/simd.h"

enum { OSCILLATORS = TB_HARMONICS + TB_PARTIALS };

/* One partial across a stretch of samples: phase and frequency in turns, per sample. */
typedef struct {
    double phase, frequency, slope;
    float amplitude, d_amplitude;
} Oscillator;

/* Adds the oscillators' sines to out[n]. RT */
void tbi_oscillators_add(const Oscillator *o, int count, float *out, int n);

enum { FRAME_CACHE = 8 };

struct TbSynth {
    double rate, hop; /* Hz; samples per frame (need not be whole) */
    int max_hop;
    float pruning; /* share of the amplitude of all that a partial must have */

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

    /* tone: the hop that is being given out, and the next one, which may be made at any time before */
    float *tone, *ahead;       /* [max_hop] */
    int n_tone, taken;         /* samples; of them given out */
    int n_ahead;               /* 0: not made yet */
    size_t frame;              /* behind which the samples lie that are being given out */
    size_t tone_frame;         /* at which the next hop to be made begins */
    double phase[OSCILLATORS]; /* turns, at that frame */
    bool over;

    /* noise: frames of 4 * noise_hop, shaped by FFT, of which the middle half is used; made when they are needed */
    int noise_hop, noise_fft;
    TbFft *fft;
    float *window, *shaped, *spectrum, *tail, *noise; /* shaped [noise_fft]; noise [noise_hop] */
    const NoiseSource *white;
    size_t noise_start_at[NOISE_LOOPS]; /* where in the loops this note began */
    int *bin_band;                      /* [n_shaped] */
    float *bin_weight;
    float band_level[TB_BANDS]; /* a band's power -> level of the spectrum at this rate */
    int n_bins, n_shaped;       /* bins; those that can sound: nothing is known above half the analysis rate */
    size_t noise_frame;         /* next frame of noise */
    int noise_offset;           /* samples by which frames of noise lie before those of the tone */
    int noise_count;            /* samples that wait */
    const float *noise_next;    /* the first of them */
};

/* The frame at `index`, from the cache; behind the last one NULL. RT */
const TbFrame *tbi_frame_at(TbSynth *s, size_t index);

/* Ready for a new note. RT */
void tbi_noise_start(TbSynth *s);
/* Adds n samples of noise times the interpolated sub-frame gains to out; they are numbers first, first + 1 .. of the
 * samples behind s->frame, of which number 0 lies `offset` samples behind it. RT */
void tbi_noise_add(TbSynth *s, float *out, int n, int first, double offset);

#endif
