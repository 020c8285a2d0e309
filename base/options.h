/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel base: how a function of the library reads its options, which may be those of an older or a newer version of
 * the struct (timbrel/base.h says what callers are promised). */
#ifndef TIMBREL_BASE_OPTIONS_H
#define TIMBREL_BASE_OPTIONS_H

#include "timbrel/base.h"

enum { TB_OPTIONS_LARGEST = 1 << 16 }; /* bytes: no struct of options comes near that */

/* Copies the caller's options, whose first member is their size, to own[size]: members that the caller's version does
 * not have are 0, which is the default of every member that came later. Inline: each library has its own. */
TB_NODISCARD static inline TbStatus tbi_options_read(const void *options, void *own, size_t size) {
    size_t given = *(const size_t *)options;
    if (given < sizeof given || given > TB_OPTIONS_LARGEST)
        return tb_fail(TB_ERR_ARGUMENT, "The options of this call do not say their size; begin them with their "
                                        "tb_..._defaults.");
    for (size_t i = size; i < given; i++)
        if (((const unsigned char *)options)[i] != 0)
            return tb_fail(TB_ERR_UNSUPPORTED,
                           "The options of this call set something that Timbrel %s does not know; "
                           "the program needs a newer library.",
                           tb_version());
    memset(own, 0, size);
    memcpy(own, options, given < size ? given : size);
    *(size_t *)own = size;
    return TB_OK;
}

#endif
