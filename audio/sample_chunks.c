// SPDX-License-Identifier: GPL-3.0-or-later
// The chunks that make a WAV file a sampler's: smpl (root key, loop) and inst (ranges), as the "Multimedia Data
// Standards Update" of IBM and Microsoft (1994) lays them out. libsndfile writes smpl alone, so both are appended here.
#include "audio/sample_chunks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SMPL_HEAD = 36,
    SMPL_LOOP = 24,
    INST = 7,
    CHUNK_HEAD = 8,
    FORWARD = 0, // kind of loop
    ALL_BYTES = CHUNK_HEAD + SMPL_HEAD + SMPL_LOOP + CHUNK_HEAD + INST + 1,
};

static unsigned char *put_u32(unsigned char *at, uint32_t x) {
    for (int i = 0; i < 4; i++)
        *at++ = (unsigned char)(x >> (8 * i));
    return at;
}

static unsigned char *put_head(unsigned char *at, const char *id, uint32_t size) {
    memcpy(at, id, 4);
    return put_u32(at + 4, size);
}

// The pitch is that of a key plus a fraction upwards, never downwards: three cents flat is 97 over the key below.
static void key_and_fraction(const TbSampleInfo *info, uint32_t *key, uint32_t *fraction) {
    double pitch = fmin(fmax(info->root_key + info->fine_tune_cents / 100.0, 0.0), 127.0);
    double whole = floor(pitch), rest = rint(ldexp(pitch - whole, 32));
    *key = (uint32_t)whole + (rest >= 4294967296.0);
    *fraction = rest >= 4294967296.0 ? 0 : (uint32_t)rest;
}

static unsigned char *put_smpl(unsigned char *at, double sample_rate, const TbSampleInfo *info) {
    bool loop = info->loop_end > info->loop_start;
    uint32_t key, fraction;
    key_and_fraction(info, &key, &fraction);
    at = put_head(at, "smpl", SMPL_HEAD + (loop ? SMPL_LOOP : 0));
    at = put_u32(at, 0); // manufacturer, product: for any sampler
    at = put_u32(at, 0);
    at = put_u32(at, (uint32_t)lround(1e9 / sample_rate)); // a sample lasts so many nanoseconds
    at = put_u32(at, key);
    at = put_u32(at, fraction);
    at = put_u32(at, 0); // no SMPTE time
    at = put_u32(at, 0);
    at = put_u32(at, loop);
    at = put_u32(at, 0); // no data of one sampler's own
    if (loop) {
        at = put_u32(at, 0); // the loop's name: cue point 0
        at = put_u32(at, FORWARD);
        at = put_u32(at, (uint32_t)info->loop_start);
        at = put_u32(at, (uint32_t)info->loop_end - 1); // the last sample that is played
        at = put_u32(at, 0);                            // no fraction of a sample
        at = put_u32(at, 0);                            // for ever
    }
    return at;
}

static unsigned char in_midi(int x, int low) {
    return (unsigned char)(x < low ? low : x > 127 ? 127 : x);
}

static unsigned char *put_inst(unsigned char *at, const TbSampleInfo *info) {
    // What must be added to hit the key exactly: the other way round than in smpl.
    double tune = fmin(fmax(-info->fine_tune_cents, -50.0), 50.0);
    double gain = fmin(fmax(info->gain_db, -64.0), 64.0);
    at = put_head(at, "inst", INST);
    *at++ = in_midi(info->root_key, 0);
    *at++ = (unsigned char)(signed char)lround(tune);
    *at++ = (unsigned char)(signed char)lround(gain);
    *at++ = in_midi(info->low_key, 0);
    *at++ = in_midi(info->high_key, 0);
    *at++ = in_midi(info->low_velocity, 1);
    *at++ = in_midi(info->high_velocity, 1);
    *at++ = 0; // chunks begin at even places; this one is odd
    return at;
}

static bool append(FILE *file, double sample_rate, const TbSampleInfo *info, bool *is_wav) {
    unsigned char head[12], bytes[ALL_BYTES], size[4];
    *is_wav = fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, "RIFF", 4) == 0 &&
              memcmp(head + 8, "WAVE", 4) == 0;
    if (!*is_wav || fseek(file, 0, SEEK_END) != 0)
        return false;
    long end = ftell(file);
    if (end < 0 || (end % 2 != 0 && fputc(0, file) == EOF))
        return false;
    unsigned char *stop = put_inst(put_smpl(bytes, sample_rate, info), info);
    size_t n = (size_t)(stop - bytes);
    if (fwrite(bytes, 1, n, file) != n)
        return false;
    put_u32(size, (uint32_t)(end + end % 2 + (long)n - CHUNK_HEAD));
    return fseek(file, 4, SEEK_SET) == 0 && fwrite(size, 1, sizeof size, file) == sizeof size;
}

TbStatus tb_sample_chunks_append(const char *path, const char *name, double sample_rate, const TbSampleInfo *info) {
    bool is_wav = true, done = false;
    FILE *file = fopen(path, "r+b");
    if (file) {
        done = append(file, sample_rate, info, &is_wav);
        int error = errno;
        done = fclose(file) == 0 && done;
        errno = done ? errno : error;
    }
    if (!is_wav)
        return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\": only .wav files can say what a sampler wants to know.", name);
    return done ? TB_OK : tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", name, strerror(errno));
}
