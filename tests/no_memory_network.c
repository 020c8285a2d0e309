// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/no_memory.h"
const NoMemoryCase cases_network[] = {{NULL, NULL, NULL, NULL, false}};
