/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "timbrel/base.h"

#define TEXT_OF(x) #x
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *tb_version(void) {
    return DOTTED(TB_VERSION_MAJOR, TB_VERSION_MINOR, TB_VERSION_PATCH);
}
