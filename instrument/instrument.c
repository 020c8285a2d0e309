// SPDX-License-Identifier: GPL-3.0-or-later
/* Instruments: made here, played by play.c. */
#include "instrument/instrument.h"
