/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training data: frames as 16-bit fixed-point rows in memory. */
#ifndef TIMBREL_TRAIN_DATASET_H
#define TIMBREL_TRAIN_DATASET_H

#include "timbrel/train.h"

enum { ROW = TB_MODEL_INPUTS + 1 }; /* features and condition of one frame; its level relative to the loudest */

/* Consecutive frames with the recorded audio they represent, for training on raw audio. */
enum { CHUNK_FRAMES = 13, CHUNK_SAMPLES = (CHUNK_FRAMES - 1) * TB_HOP_SIZE, CHUNK_PARTS = TB_HARMONICS + TB_PARTIALS };

typedef struct {
    int16_t rows[CHUNK_FRAMES][ROW];
    int16_t audio[CHUNK_SAMPLES]; /* relative to `peak` */
    float peak;
    float ratio[TB_PARTIALS];
    uint8_t phases[CHUNK_FRAMES][CHUNK_PARTS]; /* 1/256 turns */
    bool begins;                               /* with the first frame of a note */
} Chunk;

/* A note before its latents are inferred. */
typedef struct {
    char *path;         /* of its file; owned */
    bool held_out;      /* its file is held out: not used for training */
    TbEncodedNote note; /* without latents: pitch, loudness, detail; owned */
    float attribute[TB_ATTRIBUTES];
} CachedNote;

struct TbDataset {
    TbDatasetStats stats;
    CachedNote *notes; /* [n_notes], owned */
    size_t n_notes;
    int16_t *rows;       /* [n_frames][ROW] for training */
    int16_t *validation; /* [n_validation][ROW] */
    Chunk *chunks;       /* [n_chunks] of training files */
    size_t n_chunks;
    char **skipped; /* [stats.n_skipped + stats.n_unheard], owned: "PATH: why" */
};

/* ---- dataset_row.c ---- */

#define ROW_UNIT 12000.0f /* values of +-2.7 fit */

/* -> row[ROW]; loudest: maximum power of the frames of its sound. */
void tbi_dataset_pack(const TbFrame *frame, float loudest, int16_t *row);
/* A stored row -> x (encoder input), target (decoder output), condition, dB below the loudest frame. RT */
void tbi_dataset_unpack(const int16_t *row, float *x, float *target, float *condition, float *below);
/* The power of an analysis's loudest frame. */
float tbi_loudest_power(const TbAnalysis *analysis);
/* Index of the i-th to be taken from a list of n, so that the first few are spread over the list. */
size_t tbi_dataset_spread(size_t i, size_t n);

/* The analysis of one file. */
typedef struct {
    const char *path; /* borrowed */
    int16_t *rows;    /* owned */
    size_t n_rows, n_notes;
    Chunk *chunks; /* owned */
    size_t n_chunks;
    CachedNote *cached; /* owned */
    size_t n_cached;
    double seconds;
    bool used;    /* false: not a sound, or silent */
    bool unheard; /* not analysed for lack of time */
    bool cut;     /* only its beginning was analysed */
    TbAudioInfo info;
    char *why; /* reason why it was skipped or not analysed; owned */
} FileFrames;

/* ---- validation_split.c ---- */

/* Moves the analyses of n files into the dataset, split into training and validation data (see tb_dataset_new), and
 * frees them. */
TB_NODISCARD TbStatus tbi_split_validation(FileFrames *found, size_t n, TbDataset *dataset);

/* ---- note_cache.c ---- */

/* Keeps the notes of an analysis, up to max_frames frames in all, without faint ones. */
TB_NODISCARD TbStatus tbi_note_cache_add(const TbAnalysis *analysis, const char *path, size_t max_frames,
                                         FileFrames *out);
void tbi_cached_note_free(CachedNote *note);
/* Builds the note network's training set: the notes of the dataset with latents inferred by `model`. OFF */
struct NoteSet;
TB_NODISCARD TbStatus tbi_note_cache_build_set(TbDataset *dataset, const TbModel *model, double hold,
                                               TbProgress progress, void *context, struct NoteSet *set);
/* The same until `deadline` (tbi_now, 0: none); *n_left: notes left out for lack of time. */
TB_NODISCARD TbStatus tbi_note_cache_build_set_until(double deadline, TbDataset *dataset, const TbModel *model,
                                                     double hold, TbProgress progress, void *context,
                                                     struct NoteSet *set, size_t *n_left);

/* ---- audio_chunks.c ---- */

enum { MAX_CHUNKS = 4096, MAX_CHUNKS_PER_FILE = 8 };

/* Cuts up to `most` chunks from the longest note of an analysis, starting at its onset. Returns their number. */
size_t tbi_cut_chunks(const TbAnalysis *analysis, const TbAudio *audio, size_t most, Chunk *chunks);

#endif
