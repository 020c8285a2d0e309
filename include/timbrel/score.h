/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel score: music as data. Notes, parts, tempo, metre, keys and chord symbols, read from and written to standard
 * MIDI files; time in ticks, bars and seconds; a grid; drum maps; what a listener would say about a piece (key, chords,
 * form, roles); and the measures by which generated music is compared with real music.
 * Thread letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. Ticks count from the start of the piece. */
#ifndef TIMBREL_SCORE_H
#define TIMBREL_SCORE_H

#include "timbrel/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the score ---- */

enum {
    TB_SCORE_TEXT = 64,        /* bytes of a name, with its end */
    TB_CHORD_TEXT = 40,        /* of a chord symbol */
    TB_SCORE_DRUM_CHANNEL = 9, /* from 0: MIDI's channel 10 */
    TB_SCORE_BARS = 200000,    /* no score has more bars, ... */
    TB_SCORE_TICKS = 1 << 30,  /* ... nor as many ticks */
};

typedef struct {
    int32_t onset, duration; /* ticks; a duration of 0 is possible in what was read */
    uint8_t pitch, velocity; /* MIDI: 0 .. 127, 1 .. 127 */
    uint16_t part;           /* index of its part */
} TbScoreNote;

/* A part is one channel of one track. Parts are in order of track, then channel. */
typedef struct {
    char name[TB_SCORE_TEXT]; /* UTF-8, may be "" */
    int8_t program;           /* General MIDI, 0 .. 127; -1: not said */
    uint8_t channel;          /* 0 .. 15; drums are on TB_SCORE_DRUM_CHANNEL, and nothing else is */
} TbScorePart;

typedef struct {
    int32_t tick;
    uint32_t us_per_quarter; /* microseconds, 1 .. 2^24 - 1 */
    double seconds;          /* at `tick`; tb_score_add_tempo fills it in */
} TbScoreTempo;

typedef struct {
    int32_t tick;                   /* a bar starts here, even if the one before is incomplete */
    uint8_t numerator, denominator; /* the latter 1, 2, 4 .. 64 */
} TbScoreMetre;

typedef struct {
    int32_t tick;
    int8_t sharps; /* -7 (seven flats) .. 7 */
    bool minor;
} TbScoreKey;

/* A chord symbol, valid until the next. Files hold them as texts of the form "ROOT:kind/BASS" ("Bb:minor-seventh/F",
 * with MusicXML's names of kinds), or "N.C." for none; tb_chord_parse reads them. */
typedef struct {
    int32_t tick;
    char text[TB_CHORD_TEXT];
} TbScoreChord;

/* What was wrong in a file. The first six are counts of what reading has mended: an unclosed note ends with its track,
 * a note-off without a note is ignored, a note on a key that still sounds is paired first in, first out. */
typedef struct {
    size_t unclosed, stray_offs, zero_length, overlaps, bad_tempos, bad_metres;
    size_t open_tracks; /* without an end-of-track event */
    char damage[200];   /* "" or one sentence */
} TbScoreFaults;

/* The arrays are owned; tb_score_add_... append to them. Notes are in order of onset, then duration, pitch, velocity
 * and part, all others in order of tick, one for each tick. The first tempo and the first metre are at tick 0. */
typedef struct {
    int ticks_per_quarter; /* 1 .. 32767 */
    int32_t end;           /* tick at which the piece ends: the last end-of-track of a file */
    bool composed;         /* as a whole by Timbrel: its file is marked as such; reading does not tell */
    char title[TB_SCORE_TEXT];
    TbScoreNote *notes; /* [n_notes] */
    TbScorePart *parts; /* [n_parts], each with notes in what was read */
    TbScoreTempo *tempos;
    TbScoreMetre *metres;
    TbScoreKey *keys;
    TbScoreChord *chords;
    size_t n_notes, n_parts, n_tempos, n_metres, n_keys, n_chords;
    TbScoreFaults faults; /* of reading */
} TbScore;

/* An empty score in 4/4 at 120 quarter notes a minute. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_new(int ticks_per_quarter, TbScore *score);
TB_NODISCARD TB_API TbStatus tb_score_copy(const TbScore *score, TbScore *copy); /* OFF */
TB_API void tb_score_free(TbScore *score);                                       /* a zeroed score is fine. OFF */

/* Append one item; `part` (may be NULL) is the new index. Notes may come in any order: call tb_score_sort after the
 * last. Tempo, metre, key and chord replace one at the same tick. A chord is any text that tb_chord_parse reads. On
 * failure the score is as before. TB_ERR_ARGUMENT: a member is out of range. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_add_part(TbScore *score, const char *name, int program, int channel,
                                               size_t *part);
TB_NODISCARD TB_API TbStatus tb_score_add_note(TbScore *score, TbScoreNote note);
TB_NODISCARD TB_API TbStatus tb_score_add_tempo(TbScore *score, int32_t tick, double us_per_quarter);
TB_NODISCARD TB_API TbStatus tb_score_add_metre(TbScore *score, int32_t tick, int numerator, int denominator);
TB_NODISCARD TB_API TbStatus tb_score_add_key(TbScore *score, int32_t tick, int sharps, bool minor);
TB_NODISCARD TB_API TbStatus tb_score_add_chord(TbScore *score, int32_t tick, const char *text);
TB_API void tb_score_sort(TbScore *score); /* OFF */

/* ---- whole scores ---- */

/* Bars first .. first + n - 1 as a new score that ends with them. Notes that start there stay, and end with the last
 * bar at the latest; tempo, metre, key and chord at the beginning are those in force there. All parts stay, also those
 * without notes. TB_ERR_ARGUMENT: there are no such bars up to `end` and the last note. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_cut(const TbScore *score, size_t first, size_t n, TbScore *out);
/* Appends a score after the first bar line at or after `end` and the last note; its ticks are converted. Parts of the
 * same name and program, of these rather those of the same channel, are one, but no two parts of one score; a part that
 * is new gets a free channel, if its own is taken. On failure the score is as before. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_append(TbScore *score, const TbScore *next);
/* Moves all but the drums by -127 .. 127 semitones, with keys and chord symbols. TB_ERR_ARGUMENT: a note would leave
 * 0 .. 127, and the score is as before. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_transpose(TbScore *score, int semitones);
/* Takes out the parts whose keep[n_parts] is false, with their notes. ANY. */
TB_API void tb_score_keep_parts(TbScore *score, const bool *keep);

/* The first tick at which no note sounds any more; 0 without notes. ANY. */
TB_API int32_t tb_score_last_off(const TbScore *score);

/* ---- MIDI files ---- */

/* Reads a standard MIDI file as tb_song_parse does (timbrel/engine.h), with the same limits and the same treatment of
 * damage. Kept are notes, the first program of each part, names of tracks, tempo, metre, key and chord symbols; pedals,
 * bends and other controllers, release velocities and lyrics are not. SMPTE time becomes a constant tempo. A file
 * without notes gives a score without notes. `data` is borrowed. TB_ERR_UNSUPPORTED: longer than TB_SCORE_BARS or
 * TB_SCORE_TICKS, or 2^27 quarter notes. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_parse(const void *data, size_t n_bytes, TbScore *score);
TB_NODISCARD TB_API TbStatus tb_score_read(const char *path, TbScore *score);

/* Makes notes such that each note-off of a MIDI file ends just the note it belongs to: for all notes of one key on one
 * channel, whatever their parts, (1) of those that start together the longest stays, with the greatest velocity;
 * (2) a note that lasts into the next is cut where that starts; (3) a note of no length lasts one tick. Returns the
 * number of notes taken out and changed through `counts` (may be NULL), and sorts the notes. OFF. */
typedef struct {
    size_t removed, shortened, lengthened;
} TbScoreTidied;
TB_API void tb_score_tidy(TbScore *score, TbScoreTidied *counts);

/* Writes a standard MIDI file of type 1: a track with title, tempos, metres, keys and chord symbols, then one for each
 * part with its name, program and notes. All tracks end on the first bar line at or after `end`, the last note's end
 * and the last change of metre, key, tempo or chord. Notes are written as tb_score_tidy makes them; the score does not
 * change. A tidy score that ends on a bar line and whose parts all have notes is read back as it was,
 * but for `composed`.
 * TB_ERR_ARGUMENT: a member is out of range. tb_score_print returns the bytes, newly allocated (free);
 * tb_score_write replaces `path` atomically. OFF. */
/* In the file of a score that is `composed`: an event for one sequencer alone (meta 0x7f), by which Timbrel knows that
 * it may write it again. 0x7d is the number of software without a manufacturer's. */
#define TB_SCORE_MARK                                                                                                  \
    "\x7d"                                                                                                             \
    "Timbrel"
TB_NODISCARD TB_API TbStatus tb_score_print(const TbScore *score, void **data, size_t *n_bytes);
TB_NODISCARD TB_API TbStatus tb_score_write(const TbScore *score, const char *path);

/* ---- time ---- */

/* Bar b = 0 .. n_bars - 1 lasts from line[b] to line[b + 1]. `line` is owned. */
typedef struct {
    int32_t *line; /* [n_bars + 1], line[0] = 0 */
    size_t n_bars;
    const TbScore *score; /* borrowed */
} TbBars;

/* The bars up to the first bar line at or after `until` and the last change of metre, at least one. A change of metre
 * starts a bar. TB_ERR_UNSUPPORTED: over TB_SCORE_BARS. OFF. */
TB_NODISCARD TB_API TbStatus tb_bars_new(const TbScore *score, int32_t until, TbBars *bars);
TB_API void tb_bars_free(TbBars *bars);                      /* OFF */
TB_API size_t tb_bars_find(const TbBars *bars, double tick); /* the bar of a tick; the last one after the end. RT */
TB_API TbScoreMetre tb_bars_metre(const TbBars *bars, size_t bar); /* RT */
/* Beats (of the metre's denominator) from the start of the bar to `tick`, and back. RT */
TB_API double tb_bars_beat(const TbBars *bars, size_t bar, double tick);
TB_API double tb_bars_tick(const TbBars *bars, size_t bar, double beat);

/* By the tempo map. RT */
TB_API double tb_score_seconds(const TbScore *score, double tick);
TB_API double tb_score_tick(const TbScore *score, double seconds);

/* ---- a grid ---- */

enum { TB_SLOWEST = 20, TB_FASTEST = 400 }; /* tempo of what is composed, in quarter notes a minute */

enum { TB_GRID_MELODY = 12, TB_GRID_RHYTHM = 4 }; /* steps a quarter note */

/* A note as steps of a grid and what is left: onset = tick of `step` + `offset`. */
typedef struct {
    int32_t step, steps;          /* of the onset; of the duration, at least 1 */
    int32_t offset, steps_offset; /* ticks; up to half a step and one for rounding, but of shorter notes more */
    uint8_t pitch, velocity;
    uint16_t part;
} TbGridNote;

/* The nearest step of a tick (halves round up) and the tick of a step, rounded. `per_quarter` is positive. RT */
TB_API int32_t tb_grid_step(int ticks_per_quarter, int per_quarter, int32_t tick);
TB_API int32_t tb_grid_tick(int ticks_per_quarter, int per_quarter, int32_t step);
/* The two are inverse, tick by tick. RT */
TB_API TbGridNote tb_grid_from_note(int ticks_per_quarter, int per_quarter, TbScoreNote note);
TB_API TbScoreNote tb_grid_to_note(int ticks_per_quarter, int per_quarter, TbGridNote note);

/* ---- drums ---- */

enum { TB_DRUM_CLASSES = 9 }; /* kick, snare, closed and open hi-hat, low, mid and high tom, crash, ride */

typedef struct {
    const char *name;                /* "gm" */
    uint8_t number_of[128];          /* of each key: its class + 1, or 0: none */
    uint8_t key_of[TB_DRUM_CLASSES]; /* to write */
    uint8_t pedal_hat;               /* to write a closed hi-hat that the foot plays; 0: as others */
} TbDrumMap;

/* The class of a key, -1: none. RT */
static inline int tb_drum_class(const TbDrumMap *map, int key) {
    return key >= 0 && key < 128 ? map->number_of[key] - 1 : -1;
}

/* "all" (General MIDI and Roland TD-11, which agree; used by the measures), "gm", "td-11"; NULL: none of that name.
 * NULL returns "all". Other maps are structs of one's own. ANY. */
TB_API const TbDrumMap *tb_drum_map(const char *name);
TB_API const char *tb_drum_class_name(int drum_class); /* static; ANY */
/* The drum notes of a score whose key the map does not know: their number, and which keys (bit k % 64 of keys[k / 64];
 * may be NULL). RT */
TB_API size_t tb_score_unknown_drums(const TbScore *score, const TbDrumMap *map, uint64_t keys[2]);

/* ---- names ---- */

TB_API const char *tb_program_name(int program); /* General MIDI, 0 .. 127; "" for others. Static. ANY */

typedef struct {
    int8_t root;  /* pitch class, 0 = C; -1: no chord */
    uint8_t kind; /* below TB_CHORD_KINDS; 0 is major */
    int8_t bass;  /* pitch class; -1: the root */
} TbChord;
enum { TB_CHORD_KINDS = 25, TB_CHORD_MAJOR = 0, TB_CHORD_MINOR = 1 };

/* Reads "Bb:minor-seventh/F", "Bbm7/F", "N.C."; an unknown kind with "maj" or "min" in it counts as that triad. False:
 * not a chord symbol. ANY. */
TB_API bool tb_chord_parse(const char *text, TbChord *chord);
/* "Bbm7/F", and "Bb:minor-seventh/F" for files. `flats`: how to spell black keys. ANY. */
TB_API void tb_chord_name(TbChord chord, bool flats, char text[TB_CHORD_TEXT]);
TB_API void tb_chord_symbol(TbChord chord, bool flats, char text[TB_CHORD_TEXT]);
TB_API unsigned tb_chord_pitches(TbChord chord); /* bit per pitch class; 0: no chord. ANY */

/* ---- analysis: what a listener would say ---- */

typedef enum { TB_ROLE_OTHER, TB_ROLE_MELODY, TB_ROLE_CHORDS, TB_ROLE_BASS, TB_ROLE_DRUMS } TbRole;
TB_API const char *tb_role_name(TbRole role); /* static; ANY */

/* role[n_parts]. Drums: on TB_SCORE_DRUM_CHANNEL. Chords: the first part with "chord" in its name, or of two pitched
 * parts the first one with 2.5 notes an onset or more; then other parts with 2 or more. Bass: "bass" in its name, a
 * bass program, or the lowest part below C3 on average with single notes. Melody: of the rest the part with single
 * notes (below 1.3 an onset) that is highest on average. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_roles(const TbScore *score, TbRole *role);

/* The key by the profiles of Krumhansl and Kessler (1982): the best of the correlations with the durations of the pitch
 * classes. `tonic` is -1 with fewer than two pitch classes. ANY. */
typedef struct {
    int tonic; /* pitch class */
    bool minor;
    double clarity; /* the correlation, -1 .. 1 */
} TbKey;

/* Which notes a measure looks at: those of the one melody part, if there is only one beside chords and drums, else all
 * pitched ones; always one melody part; all pitched ones. */
typedef enum { TB_SCOPE_AUTO, TB_SCOPE_MELODY, TB_SCOPE_ALL } TbScope;
TB_NODISCARD TB_API TbStatus tb_score_key(const TbScore *score, TbScope scope, TbKey *key); /* OFF */
TB_API void tb_key_name(TbKey key, char text[TB_CHORD_TEXT]);                               /* "Eb major"; ANY */
/* By how much a key's correlation with the durations of the pitch classes is above that of the best other key; below 0:
 * it is not the one that tb_score_key would find. At least two pitch classes have a duration. RT. */
TB_API double tb_key_margin(const double weight[12], TbKey key);
TB_API bool tb_key_flats(TbKey key); /* whether its black keys are flats; ANY */
/* Its signature: sharps, -5 (five flats) .. 6, on the circle of fifths; ANY */
TB_API int tb_key_sharps(TbKey key);

/* The chords that fit the notes best: one for each bar, or half bar where the metre has an even number of beats.
 * Viterbi search over 12 roots x 8 kinds, by the durations of pitch classes and the lowest note of each span. Adjacent
 * equal chords are one; empty bars continue the chord before. `*chords` is newly allocated (free). OFF. */
typedef struct {
    int32_t tick, end;
    TbChord chord;
} TbChordSpan;
TB_NODISCARD TB_API TbStatus tb_score_find_chords(const TbScore *score, bool half_bars, TbChordSpan **chords,
                                                  size_t *n);
/* The chord symbols of the score; if it has none, the chords found as above. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_chords(const TbScore *score, bool half_bars, TbChordSpan **chords, size_t *n);

/* The form: a letter for each phrase of `bars_per_phrase` bars. Phrases whose notes (place and pitch of the melody)
 * agree by 3/4 have the same letter; by 2/5, the same with a prime: "A A' B A". `*form` is newly allocated (free); ""
 * for fewer than two phrases. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_form(const TbScore *score, int bars_per_phrase, char **form);

/* The mean place in the beat of the off-beat eighths, in percent: 50 straight, 67 triplets. NAN with fewer than 8.
 * Taken from the drums, if there are any. ANY. */
TB_API double tb_score_swing(const TbScore *score);

/* ---- measures, after MusPy (Dong et al. 2020) and others; a measure without data is NAN ---- */

/* clang-format off */
#define TB_MEASURES(X) \
    X(notes) X(bars) X(seconds) /* to the end of the last note */ \
    X(key_clarity)         /* see TbKey */ \
    X(scale_consistency)   /* the best share of notes in one of the 12 diatonic scales */ \
    X(pc_entropy)          /* bits, of the 12 pitch classes */ \
    X(pitch_range) X(used_pitches) /* semitones; number */ \
    X(mean_interval) X(leap_share) /* of the top line: semitones; share of steps over 5 */ \
    X(density)             /* notes a bar, of bars that are not empty */ \
    X(ioi) X(note_len)     /* quarter notes: mean of the top line's inter-onset intervals, of all durations */ \
    X(groove_consistency)  /* 1 - mean Hamming distance of neighbouring bars' onsets, in 16ths */ \
    X(rep1) X(rep2) X(rep4) X(rep8) /* share of windows of 1 .. 8 bars that stood earlier, note for note */ \
    X(self_sim) X(self_sim_lag) /* mean Jaccard index of all pairs of bars; best of lags 1 2 4 8 16 */ \
    X(longest_same_note)   /* in the top line */ \
    X(empty_bars)          /* share */ \
    X(polyphony)           /* mean number of notes where any sounds */ \
    X(chord_tones)         /* share of the melody's duration that lies in the chord */ \
    X(timing_ms) X(offbeat_ms) /* standard deviation from the 16ths; of off-beats only */ \
    X(vel_spread) X(vel_levels) /* standard deviation and number of velocities */ \
    X(drum_repeat)         /* share of drum bars that stand elsewhere, too */ \
    X(drum_match)          /* mean Jaccard index with the most alike other drum bar */ \
    X(drum_groove)         /* 1 - mean Hamming distance of neighbouring drum bars, in 16ths x 9 classes */ \
    X(drum_density) X(drum_patterns) /* hits a bar; distinct bars divided by bars */
/* clang-format on */

#define TB_MEASURE_MEMBER(name) double name;
typedef struct {
    TB_MEASURES(TB_MEASURE_MEMBER)
    bool ends_on_bar; /* whether `end` is on a bar line */
    TbKey key;
} TbMeasures;
TB_NODISCARD TB_API TbStatus tb_score_measure(const TbScore *score, TbScope scope, TbMeasures *measures); /* OFF */

/* Distances of a set of pieces from another, after Yang and Lerch (2018, "On the evaluation of generative models in
 * music"): 12 features a piece; Euclidean distances inside the tested set and across; their densities by Gaussian
 * kernels (Scott); overlap area (1: alike) and Kullback-Leibler divergence (0: alike) for each feature. */
enum { TB_STYLE_FEATURES = 12, TB_STYLE_VALUES = 331, TB_STYLE_PIECES = 120 };
typedef struct {
    double value[TB_STYLE_VALUES];
} TbStyle;
typedef struct {
    double oa[TB_STYLE_FEATURES], kl[TB_STYLE_FEATURES];         /* inside the tested set against across */
    double oa_ref[TB_STYLE_FEATURES], kl_ref[TB_STYLE_FEATURES]; /* inside the reference against across */
    double shift[TB_STYLE_FEATURES]; /* difference of the means by the reference's deviation; NAN: no single number */
    double mean_oa, mean_kl;
} TbStyleDistance;
TB_API const char *tb_style_feature(int feature); /* "used_pitch"; static; ANY */
/* TB_ERR_EMPTY: fewer than two notes. OFF. */
TB_NODISCARD TB_API TbStatus tb_score_style(const TbScore *score, TbScope scope, TbStyle *style);
/* Each set has three pieces or more (TB_ERR_EMPTY); of over TB_STYLE_PIECES choose with tb_style_pick. OFF. */
TB_NODISCARD TB_API TbStatus tb_style_compare(const TbStyle *test, size_t n_test, const TbStyle *reference,
                                              size_t n_reference, TbStyleDistance *distance);
/* Reorders names[n] such that the first TB_STYLE_PIECES are an arbitrary but repeatable choice (by CRC-32 of the file
 * name without its folder); with fewer it does nothing. Returns how many to take. OFF. */
TB_API size_t tb_style_pick(const char **names, size_t n);

/* How much of a piece stands in a corpus. The index is of all melodic lines (the top line of each pitched part, as
 * steps of interval and distance in 1/12 quarter notes: transposed copies count; an ostinato of up to 8 steps counts
 * three times at most), and of all drum bars (16ths x 9 classes). Exact: a suffix array. */
typedef struct TbCopyIndex TbCopyIndex;
typedef struct {
    double run;      /* notes of the longest melodic run that stands in the corpus; NAN: the piece has no line */
    double drum_run; /* bars; NAN: no drums */
    const char *name, *drum_name; /* a piece of the corpus with that run (borrowed from the index); NULL: none */
} TbCopied;
TB_NODISCARD TB_API TbStatus tb_copy_index_new(TbCopyIndex **index); /* empty. OFF */
/* Adds the lines of a piece; none on failure. OFF. */
TB_NODISCARD TB_API TbStatus tb_copy_index_add(TbCopyIndex *index, const char *name, const TbScore *score);
TB_API size_t tb_copy_index_count(const TbCopyIndex *index); /* pieces. ANY */
/* Searches; takes some 10 ms where the corpus has half a million notes. Several threads may search one index. OFF. */
TB_NODISCARD TB_API TbStatus tb_copy_index_find(const TbCopyIndex *index, const TbScore *score, TbCopied *copied);
/* Files: a little over a byte a note, with a check sum. Parsing and reading add the pieces of a file to what the index
 * has; none on failure: TB_ERR_FORMAT, not such a file, or damaged; TB_ERR_VERSION. `data` that is printed is newly
 * allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_copy_index_print(const TbCopyIndex *index, void **data, size_t *n_bytes);
TB_NODISCARD TB_API TbStatus tb_copy_index_write(const TbCopyIndex *index, const char *path);
TB_NODISCARD TB_API TbStatus tb_copy_index_parse(TbCopyIndex *index, const void *data, size_t n_bytes);
TB_NODISCARD TB_API TbStatus tb_copy_index_read(TbCopyIndex *index, const char *path);
TB_API void tb_copy_index_free(TbCopyIndex *index); /* NULL is fine. OFF */

#ifdef __cplusplus
}
#endif
#endif
