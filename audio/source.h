/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source of a sound file's bytes, a file or memory, for libsndfile's virtual I/O. Internal to audio/. OFF. */
#ifndef TIMBREL_AUDIO_SOURCE_H
#define TIMBREL_AUDIO_SOURCE_H

#include "timbrel/base.h"

#include <sndfile.h>

enum { TBI_SOURCE_BEFORE = 2048 };

typedef struct {
    const char *name;           /* for messages; borrowed */
    int fd;                     /* -1 when reading from memory */
    const unsigned char *bytes; /* borrowed */
    int64_t n_bytes, position;
    /* The beginning of the file, up to `skipped`, reads as n_before other bytes. */
    unsigned char before[TBI_SOURCE_BEFORE];
    int64_t n_before, skipped;
} TbSource;

TB_NODISCARD TbStatus tbi_source_open(TbSource *source, const char *path);
void tbi_source_open_memory(TbSource *source, const void *data, size_t n_bytes);
void tbi_source_close(TbSource *source);

/* Opens `source` for reading, or, if it is NULL, `temp_path` for writing. On failure returns NULL with the reason in
 * reason[reason_size], phrased as part of a sentence. Thread-safe. */
SNDFILE *tbi_sndfile_open(TbSource *source, const char *temp_path, SF_INFO *info, char *reason, size_t reason_size);

/* Reads up to `count` bytes at `offset`, without moving the position; returns the number read. */
int64_t tbi_source_read_at(const TbSource *source, void *out, int64_t count, int64_t offset);

/* Makes the source read as if its first `skipped` bytes were `before`[n], n up to TBI_SOURCE_BEFORE. Once. */
void tbi_source_replace(TbSource *source, const unsigned char *before, int64_t n, int64_t skipped);

/* WAV files that a program has not finished have 0 as the size of their samples: reads as if it were right. */
void tbi_source_complete_size(TbSource *source);

/* Offset of the contents of the first chunk called `id` of a WAV file; *size: as its header says. 0: there is none. */
int64_t tbi_source_find_chunk(const TbSource *source, const char *id, uint32_t *size);

/* Whether the header of a WAV, AIFF or CAF file claims more bytes of samples than the file holds, which libsndfile
 * corrects silently. False if the header marks the length as unknown. */
bool tbi_source_header_exceeds_file(const TbSource *source);

#endif
