/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames that training draws from: 16-bit fixed point rows in memory. */
#ifndef TIMBREL_TRAIN_DATASET_H
#define TIMBREL_TRAIN_DATASET_H

#include "timbrel/train.h"

enum { ROW = TB_MODEL_INPUTS + 1 }; /* features and condition of one frame; how far it is under the loudest */

/* A few frames in a row with the recorded audio that they stand for: what training on raw audio needs. */
enum { CHUNK_FRAMES = 13, CHUNK_SAMPLES = (CHUNK_FRAMES - 1) * TB_HOP_SIZE, CHUNK_PARTS = TB_HARMONICS + TB_PARTIALS };

typedef struct {
    int16_t rows[CHUNK_FRAMES][ROW];
    int16_t audio[CHUNK_SAMPLES]; /* of `peak` */
    float peak;
    float ratio[TB_PARTIALS];
    uint8_t phases[CHUNK_FRAMES][CHUNK_PARTS]; /* 1/256 turns */
} Chunk;

/* A note as it was found, before anyone knows its latents. */
typedef struct {
    char *path;         /* of its file; owned, shared by nobody */
    bool held_out;      /* its file is kept aside: it is not learned from */
    TbEncodedNote note; /* without latents: pitch, loudness, detail; owned */
    float attribute[TB_ATTRIBUTES];
} CachedNote;

struct TbDataset {
    TbDatasetStats facts;
    CachedNote *notes; /* [n_notes], owned */
    size_t n_notes;
    int16_t *rows;       /* [n_frames][ROW] for training */
    int16_t *validation; /* [n_validation][ROW] */
    Chunk *chunks;       /* [n_chunks] of training files */
    size_t n_chunks;
    char **skipped; /* [facts.n_skipped], owned: "PATH: why" */
};

#define ROW_UNIT 12000.0f /* values of +-2.7 fit */

/* -> row[ROW]; loudest: of the power of the frames of its sound. */
void tbi_dataset_pack(const TbFrame *frame, float loudest, int16_t *row);
/* A stored row -> x (encoder input), target (decoder output), condition, dB under the loudest frame. RT */
void tbi_dataset_unpack(const int16_t *row, float *x, float *target, float *condition, float *below);
/* The power of a score's loudest frame. */
float tbi_loudest_power(const TbScore *score);

/* What the analysis of one file gave. */
typedef struct {
    const char *path; /* borrowed */
    int16_t *rows;    /* owned */
    size_t n_rows, n_notes;
    Chunk *chunks; /* owned */
    size_t n_chunks;
    CachedNote *cached; /* owned */
    size_t n_cached;
    double seconds;
    bool used;    /* false: no sound, or only silence */
    bool unheard; /* there was no time for it */
    bool cut;     /* only its beginning was heard */
    char *why;    /* of a file that is passed over; owned */
} FileFrames;

/* ---- validation_split.c ---- */

/* Moves what was found in n files into the dataset, parted into what is learned from and what is kept aside (see
 * tb_dataset_new), and frees it there. */
TB_NODISCARD TbStatus tbi_split_validation(FileFrames *found, size_t n, TbDataset *dataset);

/* ---- note_cache.c ---- */

/* Keeps the notes of a score, of up to max_frames frames in all; faint ones are left out. */
TB_NODISCARD TbStatus tbi_keep_notes(const TbScore *score, const char *path, size_t max_frames, FileFrames *out);
void tbi_cached_note_free(CachedNote *note);
/* The notes of the dataset with their latents by `model`, as the note network learns from them. OFF */
struct NoteSet;
TB_NODISCARD TbStatus tbi_note_cache_build_set(TbDataset *dataset, const TbModel *model, double hold,
                                               TbProgress progress, void *context, struct NoteSet *set);
/* The same until `deadline` (tbi_dataset_now, 0: none); *n_left: notes that there was no time for. */
TB_NODISCARD TbStatus tbi_heard_notes_set_until(double deadline, TbDataset *dataset, const TbModel *model, double hold,
                                                TbProgress progress, void *context, struct NoteSet *set,
                                                size_t *n_left);
double tbi_dataset_now(void); /* seconds of the monotonic clock */
/* Where in a list of n the i-th to be taken is, so that the first few are from all over it. */
size_t tbi_dataset_spread(size_t i, size_t n);

/* ---- audio_chunks.c ---- */

enum { MAX_CHUNKS = 4096, MAX_CHUNKS_PER_FILE = 8 };

/* Cuts up to `most` chunks out of the longest note of a score, from its onset on. Returns how many. */
size_t tbi_cut_chunks(const TbScore *score, const TbAudio *audio, size_t most, Chunk *chunks);

#endif
