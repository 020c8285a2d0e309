/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel base: status codes, error messages, random numbers, atomic file replacement and progress callbacks.
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
#include <string.h>

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

/* The version of these headers, and of the library that runs ("0.1.0"; static; ANY). They are of the same major and
 * minor version, or the program does not start. */
#define TB_VERSION_MAJOR 0
#define TB_VERSION_MINOR 1
#define TB_VERSION_PATCH 0
TB_API const char *tb_version(void);

/* Returned by every call that can fail; 0 is success. */
typedef enum {
    TB_OK = 0,
    TB_ERR_ARGUMENT,    /* an argument is out of range */
    TB_ERR_NO_MEMORY,   /* out of memory */
    TB_ERR_NOT_FOUND,   /* a file or folder does not exist */
    TB_ERR_IO,          /* reading or writing failed (disk full, permission) */
    TB_ERR_FORMAT,      /* the data is not what it claims to be, or is damaged */
    TB_ERR_VERSION,     /* made by a newer or unknown version */
    TB_ERR_UNSUPPORTED, /* valid, but not supported by this build */
    TB_ERR_EMPTY,       /* the input is empty: no samples, no files, or only silence */
    TB_ERR_CANCELLED,   /* cancelled by the caller's progress callback */
    TB_ERR_BUSY,        /* in use at present; the same call can succeed later */
} TbStatus;

/* The generic message for a status; a static string. ANY. */
TB_API const char *tb_status_text(TbStatus status);

/* Stores a detailed error message for the calling thread and returns `status`: `return tb_fail(TB_ERR_IO, "...")`.
 * The message is written for musicians. It is one sentence that starts with a capital and ends with a full stop: what
 * is wrong with what, then what to do. File names are quoted. A parser that does not know the file name begins with
 * "This file". CT/OFF. */
TB_NODISCARD TB_API TbStatus tb_fail(TbStatus status, const char *format, ...) TB_PRINTF(2, 3);

/* Adds the file name to the message of the failure `status`: it replaces a leading "This file", or else precedes the
 * message. A message that already names the file stays unchanged, and so does TB_OK. Returns `status`. CT/OFF. */
TB_NODISCARD TB_API TbStatus tb_fail_in(TbStatus status, const char *path);

/* Fails with TB_ERR_FORMAT: "This file is not <what>; it looks like a WAV file.", or "...; <advice>." when the format
 * is not recognised. CT/OFF. */
TB_NODISCARD TB_API TbStatus tb_fail_not(const char *what, const char *advice, const void *data, size_t n_bytes);

/* Guesses a file's format from its first bytes, e.g. "a WAV file"; a static string, NULL if not recognised. ANY. */
TB_API const char *tb_looks_like(const void *data, size_t n_bytes);

/* The error message for a call that returned `status` on this thread: the message stored by tb_fail if the thread's
 * last failure had the same status, else tb_status_text(status). Valid until the thread's next failure. ANY. */
TB_API const char *tb_error_text(TbStatus status);

/* Ignores a failure on purpose; the caller states the reason in a comment. ANY. */
static inline void tb_ignore(TbStatus status) {
    (void)status;
}

/* Progress callback of a long operation. `done` is 0..1, or negative if unknown; `what` names the current step. Return
 * false to cancel the operation, which then returns TB_ERR_CANCELLED. May be NULL: no reports, no cancellation. */
typedef bool (*TbProgress)(void *context, double done, const char *what);

/* Options that can grow. Calls with many settings take a struct TbSomethingOptions, which begins with its own size. Its
 * initialiser sets that and all defaults; then set what differs:
 *
 *     TbEngineOptions options;
 *     tb_engine_defaults(&options);
 *     options.voices = 32;
 *
 * Where every default is 0, C's `{.size = sizeof(TbLiveOptions), .block = 64}` is the same. Later versions may add
 * members at the end, and 0 in them keeps the former behaviour. So a program compiled with older headers works with a
 * newer library; one compiled with newer headers works with an older library unless it sets a member which that library
 * does not know (TB_ERR_UNSUPPORTED). Options without a size are TB_ERR_ARGUMENT. Options, and what they point to, are
 * only read during the call, unless their header says "borrowed". */
#define TB_OPTIONS_BEGIN(options) ((void)(memset((options), 0, sizeof *(options)), (options)->size = sizeof *(options)))

/* xoshiro128++ (Blackman and Vigna 2019), seeded with splitmix64. A seed gives the same sequence on every machine. */
typedef struct {
    uint32_t s[4];
} TbRng;

TB_API void tb_rng_seed(TbRng *rng, uint64_t seed); /* RT */
TB_API uint32_t tb_rng_next(TbRng *rng);            /* RT; 32 random bits */
TB_API float tb_rng_uniform(TbRng *rng);            /* RT; 0 <= x < 1 */
TB_API float tb_rng_normal(TbRng *rng);             /* RT; mean 0, variance 1 (Box-Muller, one of each pair) */

/* Fills x[n] with uniformly distributed white noise, mean 0, variance 1. Cheaper than normal noise, and equivalent for
 * input to a filter. RT */
TB_API void tb_rng_white(TbRng *rng, float *x, size_t n);

/* Atomic file replacement: write to the temporary file, then commit (fsync and rename) or discard. `path` never holds a
 * partial file. The temporary file is in the same folder as `path`. OFF. */
typedef struct {
    char *path; /* owned */
    char *temp; /* owned: the file to write to; tb_atomic_file_begin creates it empty */
    bool is_new;
} TbAtomicFile;

TB_NODISCARD TB_API TbStatus tb_atomic_file_begin(TbAtomicFile *file, const char *path);
/* The same for a file that must not exist, which its temporary file PATH.tmp reserves. TB_ERR_BUSY: there is one of
 * this name, or its temporary file, perhaps that of a program that was killed. If another program makes `path`
 * meanwhile, commit fails with TB_ERR_BUSY and leaves the temporary file. */
TB_NODISCARD TB_API TbStatus tb_atomic_file_begin_new(TbAtomicFile *file, const char *path);
/* Both free the names; on failure commit removes the temporary file, as discard does. */
TB_NODISCARD TB_API TbStatus tb_atomic_file_commit(TbAtomicFile *file);
TB_API void tb_atomic_file_discard(TbAtomicFile *file);

/* Writes all of `data` to `path` through TbAtomicFile. OFF. */
TB_NODISCARD TB_API TbStatus tb_write_file(const char *path, const void *data, size_t n_bytes);

/* Reads a whole file. `*data` is allocated with malloc, owned by the caller and followed by one zero byte that
 * `*n_bytes` does not count. A file larger than `max_bytes` fails with TB_ERR_FORMAT. OFF. */
TB_NODISCARD TB_API TbStatus tb_read_file(const char *path, size_t max_bytes, void **data, size_t *n_bytes);

#ifdef __cplusplus
}
#endif
#endif
