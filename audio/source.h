/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the bytes of a sound file come from: a file or memory, as libsndfile's virtual I/O. Inside audio/ only. */
#ifndef TIMBREL_AUDIO_SOURCE_H
#define TIMBREL_AUDIO_SOURCE_H

#include "timbrel/base.h"

#include <sndfile.h>

typedef struct {
    const char *name;           /* for messages; borrowed */
    int fd;                     /* -1 when reading from memory */
    const unsigned char *bytes; /* borrowed */
    int64_t n_bytes, position;
} TbSource;

TB_NODISCARD TbStatus tbi_source_open(TbSource *source, const char *path);
void tbi_source_open_memory(TbSource *source, const void *data, size_t n_bytes);
void tbi_source_close(TbSource *source);

/* Opens `source` for reading, or when it is NULL `temp_path` for writing. NULL on failure, with the reason as the
 * inside of a sentence. Safe from any thread. */
SNDFILE *tbi_sndfile_open(TbSource *source, const char *temp_path, SF_INFO *info, char *reason, size_t reason_size);

/* Up to `size` bytes from the beginning, without moving the position; how many. */
size_t tbi_source_peek(const TbSource *source, void *head, size_t size);

/* True when the header of a WAV, AIFF or CAF file promises more bytes of sound than the file holds. libsndfile
 * silently corrects such headers. A length that means "not known when the header was written" promises nothing. */
bool tbi_source_promises_too_much(const TbSource *source);

#endif
