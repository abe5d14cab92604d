/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording for the tests of its reader, made with the spec and libmnl alone. */
#ifndef RECORDING_MAKE_H
#define RECORDING_MAKE_H

#include "recording.h"

/* The connection that begins and ends in the recording */
#define MAKE_ID		7000000000ull
/* Between two of its events */
#define MAKE_STEP_NS	100000000ull
/* The events of the recording, and how many of those between them are lost */
#define MAKE_EVENTS	9
#define MAKE_LOST	5
/* The connections of the table at its beginning, one of which is IPv6 */
#define MAKE_KNOWN	3

void make_recording(struct recording_buffer *buffer);

#endif
