/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel synth: sinusoids-plus-noise analysis and synthesis. Analysis splits a sound into notes and each note into
 * frames (harmonics, free partials, noise bands); synthesis renders frames at any pitch and any sample rate.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h.
 *
 * Frames are TB_HOP seconds apart. Frame t of a note is centred t * TB_HOP after the note's onset; all parameters are
 * interpolated between frames. */
#ifndef TIMBREL_SYNTH_H
#define TIMBREL_SYNTH_H

#include "timbrel/audio.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TB_ANALYSIS_RATE 44100.0                /* Hz; sounds at other rates are resampled for analysis */
#define TB_HOP_SIZE 256                         /* samples at the analysis rate */
#define TB_HOP (TB_HOP_SIZE / TB_ANALYSIS_RATE) /* seconds: 5.8 ms */
#define TB_BASE_F0 110.0f                       /* Hz: nominal f0 of unpitched notes */
#define TB_LOWEST_BAND 20.0                     /* Hz: centres of the first and the last noise band */
#define TB_HIGHEST_BAND 20000.0

enum {
    TB_HARMONICS = 128, /* at f0 k sqrt(1 + B k^2), k = 1.. (Fletcher 1964) */
    TB_PARTIALS = 32,   /* free partials, in slots on a geometric grid of ratios 0.25 .. 24 to f0 */
    TB_BANDS = 64,      /* noise bands, equally spaced in ERB number (Moore and Glasberg 1990) */
    TB_GAINS = 4,       /* noise gains per hop, one for each sub-frame: they resolve sharp attacks */
};

typedef struct {
    float f0;                     /* Hz, always > 0: unpitched frames take a neighbour's, or TB_BASE_F0 */
    float power;                  /* mean square of the whole frame; loudness in dB is 10 log10(power) */
    float inharmonicity;          /* B */
    float harmonic[TB_HARMONICS]; /* amplitude of each harmonic */
    float partial[TB_PARTIALS];   /* amplitude of each free partial */
    float ratio[TB_PARTIALS];     /* log2(its frequency / f0) */
    float band[TB_BANDS];         /* mean square of each noise band */
    float gain[TB_GAINS];         /* dB: noise gain at t, t + 1/4, t + 1/2, t + 3/4 of the hop */
} TbFrame;

/* Phases of the partials (as cosines) at a frame's centre, in turns (0..1). Without them the oscillators are
 * free-running. */
typedef struct {
    float harmonic[TB_HARMONICS];
    float partial[TB_PARTIALS];
} TbPhases;

/* One note: the sound from one onset to the next. */
typedef struct {
    double start;   /* seconds from the beginning of the sound */
    double seconds; /* duration */
    bool pitched;   /* a pitch was found; otherwise f0 is TB_BASE_F0 in all frames */
    bool chord;     /* several notes at once; f0 is that of which all their partials are harmonics, if there is one */
    float voicing;  /* 0..1: fraction of the energy in pitched frames */
    float f0;       /* Hz: energy-weighted median of the pitch */
    float root;     /* Hz: the note that a musician would name: f0, or the root of a chord; 0 if there is none */
    size_t n_frames;
    TbFrame *frames;  /* [n_frames], owned */
    size_t n_phases;  /* frames with known phases: n_frames, 1 (the onset) or 0; oscillators then run freely */
    TbPhases *phases; /* [n_phases], owned */
} TbNote;

enum { TB_HUMS = 20 };
#define TB_RUMBLE_RATE (TB_ANALYSIS_RATE / 64) /* Hz */

/* A harmonic of mains hum: amplitude cos(2 pi (hz t + turns)), t seconds after the beginning of the sound. */
typedef struct {
    float hz, amplitude, turns;
} TbHum;

/* What a recording has besides its notes, all the time: mains hum and rumble. It does not move with the notes. */
typedef struct {
    float dc;         /* constant offset that was removed, of full scale */
    float infrasound; /* RMS of what was removed below hearing */
    float hum_base;   /* Hz: near 50 or 60; 0 if there is no hum */
    int n_hum;
    TbHum hum[TB_HUMS]; /* [n_hum] */
    float cutoff;       /* Hz: rumble is everything below; 0 if there is none */
    size_t n_rumble;
    float *rumble; /* [n_rumble] at TB_RUMBLE_RATE, owned */
} TbBackground;

/* The analysis of a whole sound. */
typedef struct {
    double seconds;
    size_t n_notes;
    TbNote *notes;           /* [n_notes], owned, in order of start, not overlapping */
    TbBackground background; /* all 0 if there is none */
    TbWidth width;           /* owned; tb_analyze leaves it empty */
} TbAnalysis;

typedef struct {
    size_t size;           /* see timbrel/base.h */
    double f0_min, f0_max; /* Hz: pitch search range; 0 = default (16 .. 6000) */
    double f0;             /* Hz: the pitch, if known; 0 = detect it */
    bool single_note;      /* the sound is one note: ignore all onsets but the first */
} TbAnalysisOptions;

static inline void tb_analysis_defaults(TbAnalysisOptions *options) {
    TB_OPTIONS_BEGIN(options);
}

/* Analyses `audio` (a copy, resampled if its rate is not TB_ANALYSIS_RATE): first its background, then the notes in
 * what is left. `options` may be NULL. Silence gives an analysis without notes. The caller frees *analysis with
 * tb_analysis_free; on failure it is empty. OFF. */
TB_NODISCARD TB_API TbStatus tb_analyze(const TbAudio *audio, const TbAnalysisOptions *options, TbProgress progress,
                                        void *context, TbAnalysis *analysis);
TB_API void tb_analysis_free(TbAnalysis *analysis);
TB_API void tb_note_free(TbNote *note);

/* Renders a whole analysis, with its background, at `sample_rate` (8 kHz .. 192 kHz); audio->samples is newly
 * allocated. OFF. */
TB_NODISCARD TB_API TbStatus tb_synthesize(const TbAnalysis *analysis, double sample_rate, uint64_t seed,
                                           TbAudio *audio); /* one channel: tb_widen gives it its width */

/* ---- streaming ---- */

/* Supplies frame `index` of a sound to a synth. May set *phases (NULL: free-running oscillators). Returns false after
 * the last frame. Called on the rendering thread, so it must be RT if that is the audio thread. */
typedef bool (*TbFrameSource)(void *context, size_t index, TbFrame *frame, const TbPhases **phases);

/* Rendering the samples between frames t and t + 1 requests no frame after t + TB_SYNTH_LOOKAHEAD - 1. */
enum { TB_SYNTH_LOOKAHEAD = 4 };

/* Renders frames to samples: the state of one sounding note. The output does not depend on the block size. */
typedef struct TbSynth TbSynth;

TB_NODISCARD TB_API TbStatus tb_synth_new(double sample_rate, TbSynth **synth); /* 8 kHz .. 192 kHz. OFF */
TB_API void tb_synth_free(TbSynth *synth);
/* Starts a new note. The initial phases are those of the source's first frame, or else fixed and spread out. `seed`
 * seeds the noise. RT */
TB_API void tb_synth_start(TbSynth *synth, TbFrameSource source, void *context, uint64_t seed);
/* Skips partials whose amplitude is below `share` of the total amplitude; 3e-5 (-90 dB) saves work inaudibly. The
 * default 0 plays all partials. RT */
TB_API void tb_synth_set_pruning(TbSynth *synth, float share);
/* Noise is computed one hop at a time; from the next note on, this happens `share` (0 .. 1) of a hop earlier. Different
 * offsets spread the cost of many synths over several blocks. RT */
TB_API void tb_synth_set_noise_offset(TbSynth *synth, float share);
/* Computes the partials of the next hop now instead of when its first sample is rendered, so that work can move to a
 * block with time to spare. The output is the same. Returns false if there was nothing to do. RT */
TB_API bool tb_synth_render_ahead(TbSynth *synth);
/* Adds the next n samples of the note to out[n]. Returns false once the note is over. RT */
TB_API bool tb_synth_render(TbSynth *synth, float *out, size_t n);
/* The same with partials and noise in separate buffers, which may be the same buffer. RT */
TB_API bool tb_synth_render_parts(TbSynth *synth, float *tone, float *noise, size_t n);

/* ---- perceptual attributes of a note ---- */

/* Perceptual attributes, measured from the frames of a whole note. Each increases towards its second word ("bright").
 * They depend little on each other and on pitch. An attribute that cannot be measured has its default value. */
enum TbAttribute {
    TB_BRIGHTNESS, /* ERB (shown in Hz): loudness centroid on the ERB-rate scale, corrected for pitch (middle C: none)
                    */
    TB_NOISINESS,  /* dB: noise relative to harmonics and partials while the note is held */
    TB_ATTACK,     /* log2(ms): rise time from 10 to 90 % of the amplitude */
    TB_DECAY,      /* asinh(dB/s / 6): decay of the level while the note is held; negative if it swells */
    TB_HOLLOWNESS, /* dB: by how much even harmonics are below their odd neighbours */
    TB_WARMTH,     /* dB: harmonics 1 .. 4 relative to 5 .. 11, minus the typical value at this brightness and pitch */
    TB_MOVEMENT,   /* log2(dB): depth of tremolo, vibrato (10 cents: 1 dB) and beating at 1 .. 12 Hz while held */
    TB_ATTRIBUTES
};

typedef struct {
    const char *name, *unit; /* the unit is that of tb_attribute_display */
    const char *low, *high;  /* words for both ends of the scale: "dark", "bright" */
    /* In the attribute's own scale: the range of 98 of 100 notes, and the median. */
    float min, default_value, max;
} TbAttributeInfo;

TB_API const TbAttributeInfo *tb_attribute_info(int attribute); /* ANY */
/* Attribute values are scaled so that equal steps are about equally audible. Converts one to its display unit. RT */
TB_API float tb_attribute_display(int attribute, float value);
/* value[TB_ATTRIBUTES], always finite. Uses the frames only, not the phases or note->pitched. OFF. */
TB_NODISCARD TB_API TbStatus tb_note_attributes(const TbNote *note, float *value);

/* ---- feature vectors for the network ---- */

enum {
    TB_FEATURE_HARMONIC = 0,
    TB_FEATURE_PARTIAL = TB_FEATURE_HARMONIC + TB_HARMONICS,
    TB_FEATURE_RATIO = TB_FEATURE_PARTIAL + TB_PARTIALS,
    TB_FEATURE_BAND = TB_FEATURE_RATIO + TB_PARTIALS,
    TB_FEATURE_GAIN = TB_FEATURE_BAND + TB_BANDS,
    TB_FEATURE_INHARMONICITY = TB_FEATURE_GAIN + TB_GAINS,
    TB_FEATURES = TB_FEATURE_INHARMONICITY + 1, /* 261 */
    TB_CONDITIONS = 2,                          /* pitch, loudness */
};

/* Centre frequency of a noise band. ANY */
TB_API float tb_band_hz(int band);

/* frame -> x[TB_FEATURES]: levels relative to the frame's power, a 100 dB range scaled to 0..1. RT */
TB_API void tb_frame_to_features(const TbFrame *frame, float *x);
/* frame -> c[TB_CONDITIONS]: log2(f0 / 220 Hz) / 3 and loudness in dB / 40 + 1. RT */
TB_API void tb_frame_to_condition(const TbFrame *frame, float *c);
/* x[TB_FEATURES] -> frame. frame->f0 and frame->power are inputs; all levels are scaled to that power. RT */
TB_API void tb_features_to_frame(const float *x, TbFrame *frame);
/* threshold[TB_FEATURES]: the masking threshold of x[TB_FEATURES], the level below which each column is inaudible; 2
 * for harmonics above 20 kHz, 0 for columns that are not levels. `condition` is c[TB_CONDITIONS]; `below` is the
 * sound's loudest frame relative to this one, in dB. RT after the first call. */
TB_API void tb_masking_threshold(const float *x, const float *condition, float below, float *threshold);

#ifdef __cplusplus
}
#endif
#endif
