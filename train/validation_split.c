/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits the data into training and validation sets: whole files if there are many, otherwise blocks of frames, so
 * that the validation error is meaningful even for a single recording. */
#include "base/no_memory.h"
#include "train/dataset.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHARE = 20,            /* one of this many is held out */
    FEW_FILES = 20,        /* below this, or ... */
    FEW_FILES_ASIDE = 3,   /* ... with fewer than these held out, blocks are held out, not files */
    BLOCK = 8,             /* frames; neighbours are similar, so single frames would not be independent */
    FIRST_BLOCK_ASIDE = 5, /* after the attack of the first sound, but within sounds of a quarter of a second */
};

#define HASH_START 14695981039346656037u

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n) {
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        h = (h ^ p[i]) * 1099511628211u;
    return h;
}

/* The choice of held-out files must not change when others are added or removed: it depends on the name alone. */
static bool file_aside(const char *path) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    return hash_bytes(HASH_START, base, strlen(base)) % SHARE == 0;
}

/* `row` counts through all files. */
static bool row_aside(size_t row) {
    return row / BLOCK % SHARE == FIRST_BLOCK_ASIDE;
}

static bool by_files(const FileFrames *found, size_t n) {
    size_t n_used = 0, n_aside = 0;
    for (size_t i = 0; i < n; i++) {
        n_used += found[i].used;
        n_aside += found[i].used && file_aside(found[i].path);
    }
    return n_used >= FEW_FILES && n_aside >= FEW_FILES_ASIDE;
}

static TbStatus make_room(TbDataset *d, const FileFrames *found, size_t n, bool files) {
    size_t row = 0, total[2] = {0, 0}, n_chunks = 0, n_notes = 0;
    for (size_t i = 0; i < n; i++) {
        bool held_out = files && found[i].used && file_aside(found[i].path);
        for (size_t t = 0; t < found[i].n_rows; t++, row++)
            total[held_out || (!files && row_aside(row))]++;
        n_chunks += held_out ? 0 : found[i].n_chunks;
    }
    for (size_t i = 0; i < n; i++)
        n_notes += found[i].n_cached;
    d->notes = malloc((n_notes + 1) * sizeof *d->notes);
    d->rows = malloc((total[0] + 1) * ROW * sizeof *d->rows);
    d->validation = malloc((total[1] + 1) * ROW * sizeof *d->validation);
    d->chunks = malloc((n_chunks + 1) * sizeof *d->chunks);
    d->skipped = calloc(n + 1, sizeof *d->skipped);
    return d->skipped && d->notes && d->rows && d->validation && d->chunks
               ? TB_OK
               : tbi_no_memory("for the training frames; ask for fewer with --frames");
}

/* A chunk that contains a held-out frame must be excluded from training, too. */
static bool chunk_aside(const Chunk *chunk, const int16_t *held_out, size_t n_aside) {
    for (int t = 0; t < CHUNK_FRAMES; t++) {
        for (size_t i = 0; i < n_aside; i++)
            if (memcmp(chunk->rows[t], held_out + i * ROW, sizeof chunk->rows[t]) == 0)
                return true;
    }
    return false;
}

TbStatus tbi_split_validation(FileFrames *found, size_t n, TbDataset *d) {
    bool files = by_files(found, n);
    TbStatus status = make_room(d, found, n, files);
    size_t row = 0;
    uint64_t h = HASH_START;
    TbDatasetStats *stats = &d->stats;
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        FileFrames *f = &found[i];
        bool held_out = files && f->used && file_aside(f->path);
        size_t before = stats->n_validation;
        for (size_t t = 0; t < f->n_rows; t++, row++) {
            bool away = held_out || (!files && row_aside(row));
            int16_t *to = away ? d->validation + stats->n_validation++ * ROW : d->rows + stats->n_frames++ * ROW;
            memcpy(to, f->rows + t * ROW, ROW * sizeof *to);
        }
        h = hash_bytes(h, &held_out, sizeof held_out);
        h = hash_bytes(h, f->rows, f->n_rows * ROW * sizeof *f->rows);
        for (size_t k = 0; !held_out && k < f->n_chunks; k++) {
            if (!chunk_aside(&f->chunks[k], d->validation + before * ROW, stats->n_validation - before)) {
                h = hash_bytes(h, f->chunks[k].audio, sizeof f->chunks[k].audio);
                d->chunks[d->n_chunks++] = f->chunks[k];
            }
        }
        for (size_t k = 0; k < f->n_cached; k++) {
            d->notes[d->n_notes] = f->cached[k];
            d->notes[d->n_notes++].held_out = held_out;
        }
        f->n_cached = 0;
        if (!f->used && !f->unheard) {
            d->skipped[stats->n_skipped++] = f->why;
            f->why = NULL;
        }
        stats->n_cut += f->used && f->cut;
        stats->n_files += f->used;
        stats->n_validation_files += held_out;
        stats->n_notes += f->used ? f->n_notes : 0;
        stats->seconds += f->used ? f->seconds : 0;
        free(f->rows);
        free(f->chunks);
        f->rows = NULL;
        f->chunks = NULL;
    }
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        if (found[i].unheard) {
            d->skipped[stats->n_skipped + stats->n_unheard++] = found[i].why;
            found[i].why = NULL;
        }
    }
    stats->fingerprint = h;
    return status;
}
