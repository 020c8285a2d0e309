/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of MPEG audio, layer III (ISO 11172-3, 13818-3), and the Xing header: a first frame without sound whose side
 * information is followed by "Xing", flags, and the number of frames. */
#include "audio/mp3_header.h"

#include <string.h>
#include <strings.h>

enum {
    SEARCHED = 65536, /* bytes from the beginning in which the first frame must be */
    CERTAIN = 4,      /* frames in a row that are no accident */
    HEADER = 4,       /* bytes of a frame's header */
    TAG = 12,         /* "Xing", flags, number of frames */
    HAS_FRAMES = 1,   /* flag */
    WINDOW = 16384,
    ID3_HEADER = 10,
    MPEG1 = 3, /* version bits */
};

/* Bytes of the frame with this header; 0: it is none. */
static int64_t frame_length(const unsigned char *h) {
    static const int rates[3] = {44100, 48000, 32000}; /* Hz, of MPEG 1 */
    static const int bits[2][15] = {{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
                                    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}}; /* kbit/s */
    int version = h[1] >> 3 & 3, layer = h[1] >> 1 & 3, rate = h[2] >> 2 & 3, bit_rate = h[2] >> 4;
    if (h[0] != 0xff || (h[1] & 0xe0) != 0xe0 || version == 1 || layer != 1 || rate == 3 || bit_rate == 0 ||
        bit_rate == 15)
        return 0;
    int hz = rates[rate] >> (version == MPEG1 ? 0 : version == 2 ? 1 : 2);
    return (version == MPEG1 ? 144000 : 72000) * bits[version == MPEG1][bit_rate] / hz + (h[2] >> 1 & 1);
}

/* A part of the file in memory: headers are searched byte by byte, and read many at a time. */
typedef struct {
    const TbSource *source;
    int64_t from, n; /* bytes of the file that are here */
    unsigned char bytes[WINDOW];
} Window;

/* Reads a header; false where the file ends before it does. */
static bool read_header(Window *w, int64_t at, unsigned char *header) {
    if (at < w->from || at + HEADER > w->from + w->n) {
        w->from = at;
        w->n = tbi_source_read_at(w->source, w->bytes, sizeof w->bytes, at);
    }
    if (w->n - (at - w->from) < HEADER)
        return false;
    memcpy(header, w->bytes + (at - w->from), HEADER);
    return true;
}

/* The length of the frame at this offset, of the same version and rate as `like` if that is given; 0: there is none. */
static int64_t frame_at(Window *file, int64_t at, const unsigned char *like, unsigned char *header) {
    if (!read_header(file, at, header))
        return 0;
    bool alike = !like || ((header[1] ^ like[1]) & 0xfe) == 0;
    return alike && (!like || ((header[2] ^ like[2]) & 0x0c) == 0) ? frame_length(header) : 0;
}

/* Whether CERTAIN frames follow each other from this offset on, or as many as there are to the end of the file. */
static bool frames_begin(Window *file, int64_t at, unsigned char *header) {
    unsigned char next[HEADER];
    int64_t length = frame_at(file, at, NULL, header);
    for (int i = 1; i < CERTAIN && length > 0; i++) {
        at += length;
        if (at + HEADER > file->source->n_bytes)
            return i > 1;
        length = frame_at(file, at, header, next);
    }
    return length > 0;
}

/* The number of frames from `at` on, whatever is between them. */
static uint32_t count_frames(Window *file, int64_t at, const unsigned char *like) {
    unsigned char header[HEADER];
    uint32_t n = 0;
    int64_t lost = 0;
    while (at + HEADER <= file->source->n_bytes && lost < SEARCHED) {
        int64_t length = frame_at(file, at, like, header);
        n += length > 0;
        lost = length > 0 ? 0 : lost + 1;
        at += length > 0 ? length : 1;
    }
    return n;
}

/* Bytes from a frame's start to the end of its side information. */
static size_t side_end(const unsigned char *header) {
    bool mono = header[3] >> 6 == 3, mpeg1 = (header[1] >> 3 & 3) == MPEG1;
    return HEADER + (mpeg1 ? (mono ? 17 : 32) : (mono ? 9 : 17));
}

static bool has_tag(const TbSource *source, int64_t at, const unsigned char *header) {
    unsigned char tag[4];
    return tbi_source_read_at(source, tag, 4, at + (int64_t)side_end(header)) == 4 &&
           (!memcmp(tag, "Xing", 4) || !memcmp(tag, "Info", 4));
}

void tbi_mp3_header_complete(TbSource *source) {
    unsigned char head[ID3_HEADER] = {0}, header[HEADER];
    const char *dot = strrchr(source->name, '.');
    int64_t first = 0;
    Window file = {.source = source};
    tbi_source_read_at(source, head, sizeof head, 0);
    if (!memcmp(head, "ID3", 3)) /* the length of the tag has 7 bits a byte */
        first = ID3_HEADER +
                ((int64_t)(head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127));
    else if (frame_length(head) == 0 && !(dot && !strcasecmp(dot, ".mp3")))
        return;
    int64_t last = first + SEARCHED;
    while (first < last && first < source->n_bytes && !frames_begin(&file, first, header))
        first++;
    if (first >= last || first >= source->n_bytes || has_tag(source, first, header))
        return;
    uint32_t n = count_frames(&file, first, header);
    memset(source->before, 0, sizeof source->before);
    header[1] |= 1;    /* no check sum */
    header[2] &= 0xfd; /* no padding */
    memcpy(source->before, header, HEADER);
    unsigned char *tag = source->before + side_end(header);
    memcpy(tag,
           (unsigned char[TAG]){'X', 'i', 'n', 'g', 0, 0, 0, HAS_FRAMES, (unsigned char)(n >> 24),
                                (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n},
           TAG);
    int64_t length = frame_length(header);
    if (length >= (int64_t)side_end(header) + TAG && length <= (int64_t)sizeof source->before)
        tbi_source_replace(source, source->before, length, first);
}
