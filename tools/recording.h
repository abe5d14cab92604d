/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format of a recording: a header, then frames, in the byte order of the machine that wrote
 * them. A frame is a netlink message as the kernel sent it, or says something of the recording.
 */
#ifndef TOOLS_RECORDING_H
#define TOOLS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A file begins with that. */
#define RECORDING_MAGIC		"tcpstate"
/* The version of the format; readers skip kinds of frames that they do not know. */
#define RECORDING_VERSION	1
/* As the machine writes it, it shows in what order the bytes of numbers are. */
#define RECORDING_ORDER		0x01020304u
/* More than any netlink message has that the kernel sends. */
#define RECORDING_MOST		(64 * 1024)
#define RECORDING_ERROR		160

/** enum recording_kind - what a frame has */
enum recording_kind {
	/** @RECORDING_KNOWN: a message, which tells a connection of the table */
	RECORDING_KNOWN = 1,
	/** @RECORDING_SYNCED: uint64_t; the table has ended, and has had so many connections */
	RECORDING_SYNCED,
	/** @RECORDING_EVENT: a message, which tells an event */
	RECORDING_EVENT,
	/** @RECORDING_LOST: uint64_t; so many events were lost here, or 0 if that is not known */
	RECORDING_LOST,
	/** @RECORDING_CLOCK: uint64_t; the wall clock at the time of the frame, in ns */
	RECORDING_CLOCK,
	/** @RECORDING_INTERFACE: struct recording_interface */
	RECORDING_INTERFACE,
	/** @RECORDING_CGROUP: struct recording_cgroup */
	RECORDING_CGROUP,
};

/** struct recording_header - the beginning of a file */
struct recording_header {
	char magic[8];
	uint32_t order;
	uint32_t version;
	/** @boot_ns: when the recording began, in ns since boot, as all of its times are */
	uint64_t boot_ns;
	/** @wall_ns: the wall clock at that time, in ns since 1970 */
	uint64_t wall_ns;
	/** @checksum: of the members before it */
	uint64_t checksum;
};

/** struct recording_frame - one frame; the next one begins at a multiple of 8 bytes */
struct recording_frame {
	/** @checksum: of all that follows, with the zeros behind @payload */
	uint64_t checksum;
	/** @time_ns: when it was written */
	uint64_t time_ns;
	uint32_t kind;
	/** @len: the bytes of @payload */
	uint32_t len;
	char payload[];
};

/** struct recording_interface - what the interface of a number is called */
struct recording_interface {
	uint32_t ifindex;
	char name[20];
};

/** struct recording_cgroup - the path of the cgroup of a number */
struct recording_cgroup {
	uint64_t id;
	/** @path: with the null byte at its end */
	char path[];
};

/** struct recording_buffer - frames in memory; all zero at first */
struct recording_buffer {
	char *data;
	/** @head: where the first frame begins that is still wanted */
	size_t head;
	size_t len;
	size_t room;
};

/** struct recording_reader - a file that is being read */
struct recording_reader {
	FILE *file;
	struct recording_header header;
	/** @offset: where the next frame begins in the file */
	uint64_t offset;
	/** @error: where and how the file is damaged */
	char error[RECORDING_ERROR];
	/** @words: the last frame */
	uint64_t words[(sizeof(struct recording_frame) + RECORDING_MOST) / 8];
};

uint64_t recording_checksum(const void *data, size_t len);
void recording_begin(struct recording_header *header, uint64_t boot_ns, uint64_t wall_ns);
bool recording_is_header(const struct recording_header *header);

bool recording_add(struct recording_buffer *buffer, enum recording_kind kind, uint64_t time_ns,
		   const void *payload, size_t len);
bool recording_append(struct recording_buffer *buffer, const void *data, size_t len);
size_t recording_bytes(const struct recording_frame *frame);
void recording_drop(struct recording_buffer *buffer, size_t len);
void recording_free(struct recording_buffer *buffer);

int recording_open(struct recording_reader *reader, FILE *file);
int recording_read(struct recording_reader *reader, const struct recording_frame **frame);
int recording_damage(struct recording_reader *reader, const char *reason);

#endif
