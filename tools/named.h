/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that a recording has, in the place of numbers that mean nothing elsewhere. */
#ifndef TOOLS_NAMED_H
#define TOOLS_NAMED_H

#include "numbers.h"
#include "record.h"
#include "recording.h"

/** struct named - what a file has the names of; all zero at its beginning */
struct named {
	struct numbers interfaces;
	struct numbers cgroups;
};

bool named_add(const struct flow *flow, uint64_t time_ns, struct recording_buffer *buffer);
bool named_is_name(const struct recording_frame *frame);
int named_take(struct named *named, const struct recording_frame *frame);
void named_forget(struct named *named);

#endif
