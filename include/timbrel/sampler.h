/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel sampler: exports instruments for samplers. Notes become WAV files with seamless loops, and an SFZ file
 * maps keys and velocities to them. The caller provides the notes: any renderer of TbNoteOptions. */
#ifndef TIMBREL_SAMPLER_H
#define TIMBREL_SAMPLER_H

#include "timbrel/instrument.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- loops ---- */

/* Samples start .. end - 1 are repeated. The last `crossfade` of them are crossfaded with the `crossfade` samples
 * before start, so that the sound continues at the end as at the start. */
typedef struct {
    size_t start, end, crossfade; /* samples; crossfade <= start, crossfade <= end - start */
    double correlation;           /* of the tone around start with the tone around end, -1..1 */
} TbLoop;

/* Constraints on a loop. */
typedef struct {
    size_t size;              /* see timbrel/base.h */
    double earliest;          /* seconds: earliest start; the attack is over by then */
    double shortest, longest; /* seconds: length of the loop */
    double crossfade;         /* seconds */
} TbLoopOptions;

static inline void tb_loop_defaults(TbLoopOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->earliest = 0.8;
    options->shortest = 1;
    options->longest = 2.5;
    options->crossfade = 0.25;
}

enum { TB_LOOPS = 12 };

/* Finds loops in tone[n], the part of a sound without its noise, whose ends are most similar to their starts: whole
 * periods of its pitch, its vibrato and any other modulation. loop[TB_LOOPS] receives *n_loops of them, each with a
 * different start, best first. In a silent tone (of pure noise) they have the maximum length. TB_ERR_EMPTY when n
 * samples are too few for the shortest loop. OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_find(const float *tone, size_t n, double sample_rate, const TbLoopOptions *options,
                                          TbLoop *loop, size_t *n_loops);

enum { TB_LOOP_TAIL = 512 }; /* samples after a loop's end that repeat its beginning, for players that interpolate */

/* tone[n] + noise[n] -> out[loop->end + TB_LOOP_TAIL], with the crossfade. A steady change of level across the loop
 * is compensated. The crossfade of the tone is scaled by the measured correlation of its two ends; the noise gets a
 * constant-power crossfade, since its two ends are uncorrelated. OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_make(const float *tone, const float *noise, size_t n, double sample_rate,
                                          const TbLoop *loop, float *out);

/* Audibility of a loop's seam: by how much it exceeds the variation elsewhere in the loop. */
typedef struct {
    double level_db;    /* levels of windows of 20 and 100 ms: excess over the range elsewhere */
    double spectrum_db; /* the same per third-octave band, mean over the audible bands */
    double click;       /* largest second difference at the seam relative to the largest elsewhere: up to 1 no click */
} TbLoopQuality;

/* samples[loop->end]. OFF. */
TB_NODISCARD TB_API TbStatus tb_loop_measure(const float *samples, double sample_rate, const TbLoop *loop,
                                             TbLoopQuality *quality);

/* ---- properties of a note ---- */

/* The audible range: from shortly before the first sample within 70 dB of the loudest, to the last within `range_db`
 * of it. Returns false if all is silent. OFF. */
TB_API bool tb_note_trim(const float *samples, size_t n, double sample_rate, double range_db, size_t *first,
                         size_t *last);
/* Slope of the level between two times, dB/s (linear fit to the levels of 50 ms each). -INFINITY: it decays to
 * silence before. OFF. */
TB_API double tb_note_slope(const float *samples, size_t n, double sample_rate, double from, double to);
/* Whether a held note of 2.5 s or more sustains: from 1.5 s on it decays by less than 3 dB/s, and is within 30 dB of
 * its maximum. OFF. */
TB_API bool tb_note_sustains(const float *samples, size_t n, double sample_rate);
/* Level of the loudest 50 ms, dB. OFF. */
TB_API double tb_note_level(const float *samples, size_t n, double sample_rate);
/* How far the pitch of samples[n] is above f0 Hz, in cents, within +-60: by autocorrelation over increasing numbers
 * of periods. *found is false, and *cents 0, when no pitch is found there. OFF. */
TB_NODISCARD TB_API TbStatus tb_note_tuning(const float *samples, size_t n, double sample_rate, double f0,
                                            double *cents, bool *found);

/* ---- export ---- */

/* The source of notes. */
typedef struct {
    TbStatus (*note)(void *context, const TbNoteOptions *options, double sample_rate, TbAudio *audio);
    void *context;
    bool has_pitch; /* its pitch follows the keys */
} TbNoteRenderer;
/* Renders the notes of an instrument, which must outlive the renderer. ANY */
TB_API TbNoteRenderer tb_notes_from_instrument(const TbInstrument *instrument);

enum { TB_SAMPLER_LAYERS = 8 };

struct TbInstrumentPicture; /* timbrel/plot.h */

typedef struct {
    size_t size;        /* see timbrel/base.h */
    const char *folder; /* existing folder */
    const char *name; /* base name of the files: letters of any alphabet in UTF-8, digits, - and _; 100 bytes at most */
    const char *title;   /* for the texts and the picture; UTF-8, one line */
    const char *licence; /* one line for the texts */
    int low_key, high_key, every;
    int layers;  /* 1 .. TB_SAMPLER_LAYERS */
    double hold; /* seconds until note off; 0: as long as needed */
    double sample_rate;
    TbBits bits; /* 16 or 24 */
    bool no_loop;
    uint64_t seed;
    /* Draws NAME.png: tb_plot_instrument of libtimbrel-plot; NULL: there is no picture. */
    TbStatus (*draw)(const char *png_path, const struct TbInstrumentPicture *picture);
    /* [128], such as from tb_tuning_read: the pitch of each key as a MIDI note number, NAN: the key is silent. Then
     * each key has a sample of its own, whatever `every` is. NULL: equal temperament. */
    const float *tuning;
} TbSamplerOptions;

/* Folder, name, title and licence are still to be set. */
static inline void tb_sampler_defaults(TbSamplerOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->low_key = 36;
    options->high_key = 84;
    options->every = 3;
    options->layers = 2;
    options->sample_rate = 44100;
    options->bits = TB_BITS_24;
}

typedef struct {
    size_t n_samples, n_planned, n_looped; /* WAV files: written, to be written, with a loop */
    bool sustains;
    double release;      /* seconds in which a released note decays by 60 dB */
    double seconds;      /* total duration of the samples */
    TbLoopQuality worst; /* per measure, the worst of all loops */
    double worst_cents;  /* the largest mistuning of a sample; its fine tuning corrects it */
    bool finished;       /* the SFZ file and what goes with it were written, too */
    size_t n_removed;    /* samples of an earlier export of this name that are not among the new ones, deleted */
} TbSamplerReport;

/* Renders and writes every sample, then NAME.sfz, NAME.png (with `draw`) and README.txt, each whole or not at all.
 * *report is filled in even on failure or cancellation by the progress function; files already written remain. OFF. */
TB_NODISCARD TB_API TbStatus tb_sampler_export(const TbNoteRenderer *renderer, const TbSamplerOptions *options,
                                               TbProgress progress, void *context, TbSamplerReport *report);

#ifdef __cplusplus
}
#endif
#endif
