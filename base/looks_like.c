/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guesses a file's format from its first bytes, for error messages about files of the wrong kind. */
#include "timbrel/base.h"

#include <string.h>

static const struct {
    size_t at, length;
    const char *bytes, *kind;
} magics[] = {
    {8, 4, "WAVE", "a WAV file"},
    {0, 4, "fLaC", "a FLAC file"},
    {0, 4, "OggS", "an Ogg file"},
    {0, 4, "FORM", "an AIFF file"},
    {0, 4, "caff", "a CAF file"},
    {0, 3, "ID3", "an MP3 file"},
    {0, 2, "\xff\xfb", "an MP3 file"},
    {0, 4, "MThd", "a MIDI file"},
    {8, 4, "RMID", "a MIDI file"},
    {8, 4, "sfbk", "a SoundFont"},
    {0, 4, "\x89PNG", "a PNG picture"},
    {0, 3, "\xff\xd8\xff", "a JPEG picture"},
    {0, 4, "%PDF", "a PDF file"},
    {0, 4, "PK\x03\x04", "a ZIP archive"},
    {0, 2, "\x1f\x8b", "a gzip archive"},
    {0, 4,
     "\x7f"
     "ELF",
     "a program"},
    {0, 2, "#!", "a script"},
    {0, 1, "<", "an HTML or XML page"},
};

/* A safetensors file: the header's length (8 bytes, little-endian), then the header, a JSON object. */
static const char *safetensors_kind(const char *bytes, size_t n) {
    static const struct {
        const char *format, *kind;
    } formats[] = {
        {"\"timbrel model\"", "a Timbrel model"},
        {"\"timbrel sound\"", "an encoded sound"},
        {"\"timbrel music\"", "a file of models of music"},
        {"\"timbrel checkpoint", "the checkpoint of a training run"},
    };
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        size_t length = strlen(formats[f].format);
        for (size_t i = 8; i + length <= n && i < 65536; i++)
            if (memcmp(bytes + i, formats[f].format, length) == 0)
                return formats[f].kind;
    }
    return "a file of tensors";
}

static bool is_text(const char *bytes, size_t n) {
    for (size_t i = 0; i < n && i < 512; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
            return false;
    }
    return n > 0;
}

const char *tb_looks_like(const void *data, size_t n_bytes) {
    const char *bytes = data;
    if (n_bytes == 0)
        return NULL;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (n_bytes >= magics[i].at + magics[i].length &&
            memcmp(bytes + magics[i].at, magics[i].bytes, magics[i].length) == 0)
            return magics[i].kind;
    if (n_bytes > 8 && bytes[6] == 0 && bytes[7] == 0 && bytes[8] == '{')
        return safetensors_kind(bytes, n_bytes);
    if (bytes[0] == '{' && is_text(bytes, n_bytes))
        return "a JSON file";
    return is_text(bytes, n_bytes) ? "a text file" : NULL;
}
