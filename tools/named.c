// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that a recording has. A name is looked up when a message comes that refers to it, since it
 * may be gone when the message is written. Its frame goes with the message, and is left out of a
 * file that has it already.
 */
#include "named.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "format.h"

static bool add_interface(uint32_t ifindex, uint64_t time_ns, struct recording_buffer *buffer)
{
	struct recording_interface interface = { .ifindex = ifindex };

	snprintf(interface.name, sizeof(interface.name), "%s", format_interface(ifindex));
	return recording_add(buffer, RECORDING_INTERFACE, time_ns, &interface, sizeof(interface));
}

static bool add_cgroup(uint64_t id, uint64_t time_ns, struct recording_buffer *buffer)
{
	union {
		struct recording_cgroup cgroup;
		char bytes[sizeof(struct recording_cgroup) + CGROUP_PATH];
	} it = { .cgroup = { .id = id } };
	const char *path = cgroup_path(id);
	size_t len;

	if (!path)
		return true;
	len = strlen(path) + 1;
	memcpy(it.cgroup.path, path, len);
	return recording_add(buffer, RECORDING_CGROUP, time_ns, &it,
			     offsetof(struct recording_cgroup, path) + len);
}

/**
 * named_add() - make frames with the names of all that a message refers to
 * @flow: what the message tells
 * @time_ns: the time now
 * @buffer: gets the frames; the message comes behind them
 *
 * Return: false without memory.
 */
bool named_add(const struct flow *flow, uint64_t time_ns, struct recording_buffer *buffer)
{
	if (flow->ifindex && !add_interface(flow->ifindex, time_ns, buffer))
		return false;
	for (int i = 0; i < 2; i++)
		if (record_has(&flow->end[i], TCPSTATE_A_END_CGROUP) &&
		    !add_cgroup(flow->end[i].cgroup, time_ns, buffer))
			return false;
	return true;
}

/**
 * named_is_name() - does a frame have a name?
 * @frame: the frame
 *
 * Return: whether it has.
 */
bool named_is_name(const struct recording_frame *frame)
{
	return frame->kind == RECORDING_INTERFACE || frame->kind == RECORDING_CGROUP;
}

/**
 * named_take() - does a file need a frame?
 * @named: what the file has the names of
 * @frame: the frame, of any kind
 *
 * Return: 1 if the frame has to be written; 0 for a name that the file has; or -ENOMEM.
 */
int named_take(struct named *named, const struct recording_frame *frame)
{
	const struct recording_interface *interface = (const void *)frame->payload;
	const struct recording_cgroup *cgroup = (const void *)frame->payload;
	struct numbers *numbers = &named->cgroups;
	uint64_t number;

	if (!named_is_name(frame))
		return 1;
	if (frame->kind == RECORDING_INTERFACE) {
		numbers = &named->interfaces;
		number = interface->ifindex;
	} else {
		number = cgroup->id;
	}
	if (numbers_has(numbers, number))
		return 0;
	return numbers_add(numbers, number) ? 1 : -ENOMEM;
}

/**
 * named_forget() - another file begins
 * @named: what the last one has the names of
 */
void named_forget(struct named *named)
{
	numbers_free(&named->interfaces);
	numbers_free(&named->cgroups);
}
