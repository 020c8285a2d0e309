/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are built into the library. The table is made by presets/CMakeLists.txt. */
#ifndef TIMBREL_PRESETS_EMBEDDED_H
#define TIMBREL_PRESETS_EMBEDDED_H

typedef struct {
    const char *name; /* of the file, without its ending; NULL behind the last */
    const unsigned char *data, *end;
} Embedded;

extern const Embedded tbi_embedded_sounds[], tbi_embedded_models[], tbi_embedded_factory[];

/* Puts the bytes of a file into the read-only data, between the symbols SYMBOL and SYMBOL_end. */
#define EMBED(symbol, path)                                                                                            \
    extern const unsigned char symbol[] __attribute__((visibility("hidden")));                                         \
    extern const unsigned char symbol##_end[] __attribute__((visibility("hidden")));                                   \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".balign 16\n"                                                                                             \
            ".globl " #symbol "\n.hidden " #symbol "\n" #symbol ":\n"                                                  \
            ".incbin \"" path "\"\n"                                                                                   \
            ".globl " #symbol "_end\n.hidden " #symbol "_end\n" #symbol "_end:\n"                                      \
            ".byte 0\n"                                                                                                \
            ".popsection\n");

#endif
