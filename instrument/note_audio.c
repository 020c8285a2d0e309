// SPDX-License-Identifier: GPL-3.0-or-later
/* One note of an instrument as sound. */
#include "instrument/instrument.h"
