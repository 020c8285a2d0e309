/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel sampler: instruments for samplers. Notes become WAV files with seamless loops, and an SFZ file that says
 * which key and how hard a touch plays which. Where notes come from is the caller's: anything that renders
 * TbNoteOptions. */
#ifndef TIMBREL_SAMPLER_H
#define TIMBREL_SAMPLER_H

#include "timbrel/instrument.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- loops ---- */

/* The samples start .. end - 1 are played again and again. The last `crossfade` of them go over into the `crossfade`
 * samples before start, so that what follows the end is what follows the start. */
typedef struct {
    size_t start, end, crossfade; /* samples; fade <= start, fade <= end - start */
    double correlation;           /* correlation of the tone around start and around end, -1..1 */
} TbLoop;

/* Where to look for a loop. */
typedef struct {
    double earliest;          /* seconds: the loop begins there or later; the attack is over by then */
    double shortest, longest; /* seconds: of the loop */
    double crossfade;         /* seconds */
} TbLoopOptions;

TB_API void tb_loop_defaults(TbLoopOptions *options); /* 0.8, 1, 2.5, 0.25 */

enum { TB_LOOPS = 12 };

/* Finds loops in tone[n], the part of a sound without its noise, whose ends are most like their starts: whole periods
 * of its pitch, its vibrato and whatever else moves in it. loop[TB_LOOPS] receives *n_loops of them, each with a start
 * of its own, the best first. In a silent tone (of a sound that is all noise) they are as long as they may be.
 * TB_ERR_EMPTY when n samples are too few for the shortest loop. OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_find(const float *tone, size_t n, double sample_rate, const TbLoopOptions *options,
                                          TbLoop *loop, size_t *n_loops);

enum { TB_LOOP_TAIL = 512 }; /* samples behind a loop's end: its beginning once more, for interpolating players */

/* tone[n] + noise[n] -> out[loop->end + TB_LOOP_TAIL], with the fade. A level that falls or rises steadily through the
 * loop is levelled. The tone is faded by the power that its two ends really have together, noise by constant power
 * (its two ends know nothing of each other). OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_make(const float *tone, const float *noise, size_t n, double sample_rate,
                                          const TbLoop *loop, float *out);

/* How far the seam of a loop stands out, in dB and times, from what happens elsewhere in the loop. */
typedef struct {
    double level_db;    /* of windows of 20 and 100 ms: beyond the loudest and softest elsewhere, */
    double spectrum_db; /* the same in each band of a third octave, mean over those that are heard */
    double click;       /* largest second difference at the seam over the largest elsewhere: 1 and below is none */
} TbLoopQuality;

/* samples[loop->end]. OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_measure(const float *samples, double sample_rate, const TbLoop *loop,
                                             TbLoopQuality *quality);

/* ---- what a note is like ---- */

/* The stretch that is heard: from shortly before the first sample within 70 dB of the loudest, to the last within
 * `range_db` of it. false: silence. OFF. */
TB_API bool tb_note_trim(const float *samples, size_t n, double sample_rate, double range_db, size_t *first,
                         size_t *last);
/* How fast the level rises between two times, dB/s (a line through the levels of 50 ms each). -INFINITY: it dies away
 * before. OFF. */
TB_API double tb_note_slope(const float *samples, size_t n, double sample_rate, double from, double to);
/* A held note of 2.5 s or more sustains: from 1.5 s on it falls by less than 3 dB/s, and it is within 30 dB of its
 * loudest. OFF. */
TB_API bool tb_note_sustains(const float *samples, size_t n, double sample_rate);
/* Level of the loudest 50 ms, dB. OFF. */
TB_API double tb_note_level(const float *samples, size_t n, double sample_rate);
/* How far the sound at samples[n] is above f0 Hz: cents, found within +-60 by autocorrelation over ever more periods.
 * *found is false, and *cents 0, when it has no pitch there. OFF. */
TB_NODISCARD TB_API TbStatus tb_note_tuning(const float *samples, size_t n, double sample_rate, double f0,
                                            double *cents, bool *found);

/* ---- export ---- */

/* Where notes come from. */
typedef struct {
    TbStatus (*note)(void *context, const TbNoteOptions *options, double sample_rate, TbAudio *audio);
    void *context;
    bool has_pitch; /* it follows the keys */
} TbNoteRenderer;
/* The notes of one instrument; it must outlive the maker. ANY */
TB_API TbNoteRenderer tb_notes_from_instrument(const TbInstrument *instrument);

enum { TB_SAMPLER_LAYERS = 8 };

typedef struct {
    const char *folder;  /* there already */
    const char *name;    /* of the files: letters, digits, - and _ */
    const char *title;   /* for people, in the texts and the picture; UTF-8, one line */
    const char *licence; /* one line for the texts */
    int low_key, high_key, every;
    int layers;  /* 1 .. TB_SAMPLER_LAYERS */
    double hold; /* seconds a key is held; 0: as long as it needs */
    double sample_rate;
    TbBits bits; /* 16 or 24 */
    bool no_loop;
    uint64_t seed;
} TbSamplerOptions;

typedef struct {
    size_t n_samples, n_planned, n_looped; /* WAV files: written, to be written, with a loop */
    bool sustains;
    double release;      /* seconds until a released note has fallen by 60 dB */
    double seconds;      /* of sound in all */
    TbLoopQuality worst; /* each the worst of any loop */
    double worst_cents;  /* the largest mistuning found in a sample, corrected by its fine tuning */
    bool finished;       /* the SFZ file, the picture and README.txt stand beside them */
} TbSamplerReport;

/* Renders every sample, writes each as a file of its own, then NAME.sfz, NAME.png and README.txt, each whole or not at
 * all. *report is filled in also on failure or when the progress function stops it: what is written stays. OFF. */
TB_NODISCARD TB_API TbStatus tb_sampler_export(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                               TbProgress progress, void *context, TbSamplerReport *report);

#ifdef __cplusplus
}
#endif
#endif
