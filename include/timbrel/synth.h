/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel synth: the signal path. A sound becomes notes, a note becomes frames (harmonics, free partials, noise), and
 * frames become sound again, at any pitch and any sample rate.
 *
 * A frame stands for TB_HOP seconds. Frame t of a note is centred t * TB_HOP after the note's onset; between two frames
 * everything is interpolated. */
#ifndef TIMBREL_SYNTH_H
#define TIMBREL_SYNTH_H

#include "timbrel/audio.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TB_ANALYSIS_RATE 44100.0                /* Hz; sounds at other rates are resampled for analysis */
#define TB_HOP_SIZE 256                         /* samples at the analysis rate */
#define TB_HOP (TB_HOP_SIZE / TB_ANALYSIS_RATE) /* seconds: 5.8 ms */
#define TB_BASE_F0 110.0f                       /* Hz: the fixed base of notes without a pitch */

enum {
    TB_HARMONICS = 128, /* at f0 k sqrt(1 + B k^2), k = 1.. (Fletcher 1964) */
    TB_PARTIALS = 32,   /* free partials, in slots on a geometric grid of ratios 0.25 .. 24 to f0 */
    TB_BANDS = 64,      /* noise bands, spaced evenly in ERB number, 20 Hz .. 20 kHz (Moore and Glasberg) */
    TB_GAINS = 4,       /* noise gains in the sub-frames of a hop: sharp attacks */
};

typedef struct {
    float f0;                     /* Hz, > 0 always: kept from the neighbours, or TB_BASE_F0, where there is no pitch */
    float power;                  /* mean square of the whole frame; loudness is 10 log10 of it */
    float inharmonicity;          /* B */
    float harmonic[TB_HARMONICS]; /* amplitude of each harmonic */
    float partial[TB_PARTIALS];   /* amplitude of each free partial */
    float ratio[TB_PARTIALS];     /* log2 of its frequency over f0 */
    float band[TB_BANDS];         /* mean square that each noise band adds */
    float gain[TB_GAINS];         /* dB: of the noise, at t, t + 1/4, t + 1/2, t + 3/4 of the hop */
} TbFrame;

/* The phases of the partials (of cosines), in turns (0..1), at a frame's centre. Without them oscillators run
 * freely. */
typedef struct {
    float harmonic[TB_HARMONICS];
    float partial[TB_PARTIALS];
} TbPhases;

/* One note: a stretch of sound from one onset to the next. */
typedef struct {
    double start;   /* seconds from the beginning of the sound */
    double seconds; /* how long it is */
    bool pitched;   /* a pitch was found; otherwise f0 is TB_BASE_F0 throughout */
    float voicing;  /* 0..1: share of its energy that has a pitch */
    float f0;       /* Hz: its pitch (energy-weighted median) */
    size_t n_frames;
    TbFrame *frames;  /* [n_frames], owned */
    size_t n_phases;  /* frames whose phases are known: n_frames, 1 (the start), or 0; behind them they run freely */
    TbPhases *phases; /* [n_phases], owned */
} TbNote;

/* A whole sound taken apart. */
typedef struct {
    double seconds;
    size_t n_notes;
    TbNote *notes; /* [n_notes], owned, in order of start, not overlapping */
} TbScore;

typedef struct {
    double f0_min, f0_max; /* Hz: where to look for a pitch; 0 = default (27 .. 4500) */
    double f0;             /* Hz: the pitch, when known; 0 = find it */
    bool single_note;      /* the sound is one note: only its first onset counts */
} TbAnalysisOptions;

/* Takes `audio` apart (resampling a copy when it is not at TB_ANALYSIS_RATE). `options` may be NULL. Silence gives a
 * score without notes. OFF. */
TB_NODISCARD TB_API TbStatus tb_analyze(const TbAudio *audio, const TbAnalysisOptions *options, TbProgress progress,
                                        void *context, TbScore *score);
TB_API void tb_score_free(TbScore *score);
TB_API void tb_note_free(TbNote *note);

/* Renders a whole score at `sample_rate` (8 kHz .. 192 kHz); audio->samples is newly allocated. OFF. */
TB_NODISCARD TB_API TbStatus tb_synthesize(const TbScore *score, double sample_rate, uint64_t seed, TbAudio *audio);

/* ---- streaming ---- */

/* Gives frame `index` of a sound to a synth. *phases may be set (NULL: run freely). Return false behind the last
 * frame. Called from the thread that renders; must itself be RT there. */
typedef bool (*TbFrameSource)(void *context, size_t index, TbFrame *frame, const TbPhases **phases);

/* For the samples between frames t and t + 1 no frame behind t + TB_SYNTH_LOOKAHEAD - 1 is asked for. */
enum { TB_SYNTH_LOOKAHEAD = 4 };

/* Renders frames to samples; the state of one sounding note. Any block size gives the same samples. */
typedef struct TbSynth TbSynth;

TB_NODISCARD TB_API TbStatus tb_synth_new(double sample_rate, TbSynth **synth); /* 8 kHz .. 192 kHz. OFF */
TB_API void tb_synth_free(TbSynth *synth);
/* Ready for a new note: phases start at the source's first phases or at fixed scattered ones. RT */
TB_API void tb_synth_start(TbSynth *synth, TbFrameSource source, void *context, uint64_t seed);
/* Leaves out partials that lie under `share` of the amplitude of all that sounds with them: 3e-5, 90 dB under it, saves
 * work and is not heard. 0, as at first: all are played. RT */
TB_API void tb_synth_set_pruning(TbSynth *synth, float share);
/* For notes after this: noise is made in lumps of a hop, and they shall come `share` (0 .. 1) of one earlier than at
 * first. Synths with shares of their own do not all make theirs in the same block. RT */
TB_API void tb_synth_set_noise_offset(TbSynth *synth, float share);
/* Makes the partials of the next hop now, which otherwise are made when their first sample is asked for: work can be
 * moved to a quieter moment. The samples stay the same. False: there was nothing to do. RT */
TB_API bool tb_synth_render_ahead(TbSynth *synth);
/* Adds the next n samples of the note to out[n]. Returns false once the note is over. RT */
TB_API bool tb_synth_render(TbSynth *synth, float *out, size_t n);
/* The same in two parts, which may be one place. RT */
TB_API bool tb_synth_render_parts(TbSynth *synth, float *tone, float *noise, size_t n);

/* ---- what a listener would say of a note ---- */

/* Perceptual attributes: what frames say of a whole note. Each rises with its second word. They depend little on each
 * other and on pitch. A note of which nothing can be said has the usual values. */
enum TbAttribute {
    TB_BRIGHTNESS, /* ERB (shown in Hz): loudness centroid on the ERB-rate scale, as far as pitch (from middle C) does
                    * not explain it
                    */
    TB_NOISINESS,  /* dB: noise over harmonics and partials, after the attack */
    TB_ATTACK,     /* log2 of ms: from 10 to 90 % of the amplitude */
    TB_DECAY,      /* asinh of dB/s over 6: fall of the level while the note is held; under 0 it swells */
    TB_HOLLOWNESS, /* dB: even harmonics under their odd neighbours */
    TB_WARMTH,     /* dB: harmonics 1 .. 4 over 5 .. 11, more than usual with this brightness and pitch */
    TB_MOVEMENT,   /* log2 of dB: depth of tremolo, vibrato (10 cents: 1 dB) and beating at 1 .. 12 Hz while held */
    TB_ATTRIBUTES
};

typedef struct {
    const char *name, *unit; /* the unit is that of tb_attribute_display */
    const char *low, *high;  /* words for both ends: "dark", "bright" */
    float least, default_value,
        most; /* values, not as shown: 98 of 100 notes lie between the ends, half under the usual one */
} TbAttributeInfo;

TB_API const TbAttributeInfo *tb_attribute_info(int attribute); /* ANY */
/* Values are scaled so that equal steps are about equally audible; this is the number for people, in the unit. RT */
TB_API float tb_attribute_display(int attribute, float value);
/* value[TB_ATTRIBUTES], always finite. From frames alone: phases and note->pitched do not matter. OFF. */
TB_NODISCARD TB_API TbStatus tb_note_attributes(const TbNote *note, float *value);

/* ---- vectors for the network ---- */

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

/* Frame -> x[TB_FEATURES]: levels relative to the frame's power, 100 dB range scaled to 0..1. RT */
TB_API void tb_frame_to_features(const TbFrame *frame, float *x);
/* c[TB_CONDITIONS]: pitch in octaves from 220 Hz over 3, loudness in dB over 40 plus 1. RT */
TB_API void tb_frame_to_condition(const TbFrame *frame, float *c);
/* x[TB_FEATURES] -> frame; f0 and power are read from the frame and kept: the parts are scaled to that power. RT */
TB_API void tb_features_to_frame(const float *x, TbFrame *frame);
/* The level under which each column of x is not heard: threshold[TB_FEATURES], 2 for harmonics over 20 kHz, 0 for
 * columns that are no levels. `below`: dB that the loudest frame of the sound is over this one. RT after the first call
 */
TB_API void tb_masking_threshold(const float *x, const float *condition, float below, float *threshold);

#ifdef __cplusplus
}
#endif
#endif
