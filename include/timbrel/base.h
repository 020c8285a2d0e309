/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel: what every folder stands on: statuses, errors, random numbers, safe file replacement, progress.
 *
 * Thread letters used in every header:
 *   RT   may be called on the audio thread: never allocates, locks, does I/O or fails
 *   CT   control thread: one thread at a time per object
 *   OFF  offline only: may allocate, read files, take long; one thread at a time per object
 *   ANY  any thread at any time */
#ifndef TIMBREL_BASE_H
#define TIMBREL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TB_API __attribute__((visibility("default")))
#define TB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TB_NODISCARD __attribute__((warn_unused_result))
#else
#define TB_API
#define TB_PRINTF(fmt, args)
#define TB_NODISCARD
#endif

/* What a call returns; 0 is success. */
typedef enum {
    TB_OK = 0,
    TB_ERR_ARGUMENT,    /* an argument is out of its range */
    TB_ERR_NO_MEMORY,   /* out of memory */
    TB_ERR_NOT_FOUND,   /* a file or folder does not exist */
    TB_ERR_IO,          /* reading or writing failed (disk full, permission) */
    TB_ERR_FORMAT,      /* the data is not what it claims to be, or is damaged */
    TB_ERR_VERSION,     /* made by a newer or unknown version */
    TB_ERR_UNSUPPORTED, /* sound, but something this build cannot do */
    TB_ERR_EMPTY,       /* nothing to work on: no samples, no files, only silence */
    TB_ERR_CANCELLED,   /* stopped by the caller's progress function */
    TB_ERR_BUSY,        /* in use now: the same call can succeed later */
} TbStatus;

/* The general sentence for a status. ANY. The string is static. */
TB_API const char *tb_status_text(TbStatus status);

/* Records what went wrong in detail for the calling thread, and returns `status`: `return tb_fail(TB_ERR_IO, "...")`.
 * The message is for a musician and is one sentence, with a capital and a full stop: what is wrong with what, then what
 * to do. Names of files are in quotes. A parser that does not know the name begins with "This file". CT/OFF. */
TB_NODISCARD TB_API TbStatus tb_fail(TbStatus status, const char *format, ...) TB_PRINTF(2, 3);

/* Puts the name of the file into the message of the failure `status` just returned: in place of "This file" at its
 * beginning, else before it; not if the message names the file already. Returns `status`; TB_OK passes through. CT/OFF.
 */
TB_NODISCARD TB_API TbStatus tb_fail_in(TbStatus status, const char *path);

/* Fails with TB_ERR_FORMAT: "This file is not <what>; it looks like a WAV file.", or "...; <advice>." when the bytes
 * tell nothing. CT/OFF. */
TB_NODISCARD TB_API TbStatus tb_fail_not(const char *what, const char *advice, const void *data, size_t n_bytes);

/* What the beginning of a file seems to be, such as "a WAV file"; NULL when it is not known. ANY. Static. */
TB_API const char *tb_looks_like(const void *data, size_t n_bytes);

/* The message of a call that has returned `status` on this thread: what tb_fail recorded, if its last failure had this
 * very status, else tb_status_text(status). Valid until the next failure there. ANY. */
TB_API const char *tb_error_text(TbStatus status);

/* Ignores a failure on purpose: the reason is given beside it. */
static inline void tb_ignore(TbStatus status) {
    (void)status;
}

/* Called now and then by long work. `done` is 0..1, or negative when not known. Return false to stop the work,
 * which then returns TB_ERR_CANCELLED. A NULL progress function means: never stop. */
typedef bool (*TbProgress)(void *context, double done, const char *what);

/* xoshiro128++ (Blackman and Vigna 2019), seeded through splitmix64. Same seed, same numbers, on every machine. */
typedef struct {
    uint32_t s[4];
} TbRng;

TB_API void tb_rng_seed(TbRng *rng, uint64_t seed); /* RT */
TB_API uint32_t tb_rng_next(TbRng *rng);            /* RT; 32 random bits */
TB_API float tb_rng_uniform(TbRng *rng);            /* RT; 0 <= x < 1 */
TB_API float tb_rng_normal(TbRng *rng);             /* RT; mean 0, variance 1 (Box-Muller, one of the pair) */

/* x[n]: white noise, evenly spread, mean 0, variance 1: cheaper than normal numbers where a filter follows. RT */
TB_API void tb_rng_white(TbRng *rng, float *x, size_t n);

/* Replacing a file without ever leaving half of it: write to the temporary name, then commit (fsync, rename) or
 * discard. The temporary file is in the same folder as `path`. OFF. */
typedef struct {
    char *path; /* owned */
    char *temp; /* owned: the name to write to; exists (empty) after tb_replace_begin */
} TbReplace;

TB_NODISCARD TB_API TbStatus tb_replace_begin(TbReplace *replace, const char *path);
TB_NODISCARD TB_API TbStatus
tb_replace_commit(TbReplace *replace);              /* frees the names; on failure the temporary file is removed */
TB_API void tb_replace_discard(TbReplace *replace); /* removes the temporary file, frees the names */

/* Writes all of `data` to `path` through TbReplace. OFF. */
TB_NODISCARD TB_API TbStatus tb_write_file(const char *path, const void *data, size_t n_bytes);

/* Reads a whole file; `*data` is malloced, owned by the caller, with one zero byte behind its end (not counted).
 * Files over `max_bytes` fail with TB_ERR_FORMAT. OFF. */
TB_NODISCARD TB_API TbStatus tb_read_file(const char *path, size_t max_bytes, void **data, size_t *n_bytes);

#ifdef __cplusplus
}
#endif
#endif
