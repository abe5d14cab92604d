// SPDX-License-Identifier: GPL-2.0-only
/* The frames of a recording, written to memory and read from a file. */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNED(bytes)	(((bytes) + 7) & ~(size_t)7)

/**
 * recording_checksum() - the checksum of a header or a frame
 * @data: what it is of
 * @len: how many bytes; a multiple of 8
 *
 * Each step is a bijection of the sum and one of the word, so that a change of one word always
 * changes the result. It has to find accidents; whoever changes a file on purpose can
 * calculate it, too.
 *
 * Return: the checksum.
 */
uint64_t recording_checksum(const void *data, size_t len)
{
	const char *at = data;
	uint64_t sum = len, word;

	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 32;
	}
	return sum;
}

static uint64_t header_checksum(const struct recording_header *header)
{
	return recording_checksum(header, offsetof(struct recording_header, checksum));
}

/**
 * recording_begin() - make the header of a file
 * @header: is filled
 * @boot_ns: the time since boot
 * @wall_ns: the wall clock at the same time
 */
void recording_begin(struct recording_header *header, uint64_t boot_ns, uint64_t wall_ns)
{
	*header = (struct recording_header){
		.order = RECORDING_ORDER, .version = RECORDING_VERSION,
		.boot_ns = boot_ns, .wall_ns = wall_ns,
	};
	memcpy(header->magic, RECORDING_MAGIC, sizeof(header->magic));
	header->checksum = header_checksum(header);
}

/**
 * recording_is_header() - does a recording begin with that, of whatever version?
 * @header: the first bytes of a file
 *
 * Return: whether it does.
 */
bool recording_is_header(const struct recording_header *header)
{
	return !memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic));
}

/**
 * recording_bytes() - how many bytes a frame takes
 * @frame: the frame
 *
 * Return: its bytes, up to the next one.
 */
size_t recording_bytes(const struct recording_frame *frame)
{
	return sizeof(*frame) + ALIGNED(frame->len);
}

static uint64_t frame_checksum(const struct recording_frame *frame)
{
	return recording_checksum(&frame->time_ns, recording_bytes(frame) -
				  offsetof(struct recording_frame, time_ns));
}

static bool reserve(struct recording_buffer *buffer, size_t len)
{
	size_t room = buffer->room ? buffer->room : 64 * 1024;
	char *data;

	while (room < buffer->len + len)
		room *= 2;
	if (room == buffer->room)
		return true;
	data = realloc(buffer->data, room);
	if (!data)
		return false;
	buffer->data = data;
	buffer->room = room;
	return true;
}

/**
 * recording_add() - make a frame at the end of a buffer
 * @buffer: the buffer
 * @kind: what the frame has
 * @time_ns: the time now
 * @payload: what is in it
 * @len: how many bytes
 *
 * Return: false without memory.
 */
bool recording_add(struct recording_buffer *buffer, enum recording_kind kind, uint64_t time_ns,
		   const void *payload, size_t len)
{
	struct recording_frame *frame;

	if (!reserve(buffer, sizeof(*frame) + ALIGNED(len)))
		return false;
	frame = (void *)(buffer->data + buffer->len);
	memset(frame->payload + len, 0, ALIGNED(len) - len);
	memcpy(frame->payload, payload, len);
	frame->time_ns = time_ns;
	frame->kind = kind;
	frame->len = len;
	frame->checksum = frame_checksum(frame);
	buffer->len += recording_bytes(frame);
	return true;
}

/**
 * recording_append() - add bytes to the end of a buffer
 * @buffer: the buffer
 * @data: a header, or frames
 * @len: how many bytes
 *
 * Return: false without memory.
 */
bool recording_append(struct recording_buffer *buffer, const void *data, size_t len)
{
	if (!reserve(buffer, len))
		return false;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	return true;
}

/**
 * recording_drop() - forget the first bytes of a buffer
 * @buffer: the buffer
 * @len: how many, from its head on
 */
void recording_drop(struct recording_buffer *buffer, size_t len)
{
	buffer->head += len;
	if (buffer->head != buffer->len)
		return;
	buffer->head = 0;
	buffer->len = 0;
}

/**
 * recording_free() - free the memory of a buffer
 * @buffer: the buffer
 */
void recording_free(struct recording_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct recording_buffer){};
}

/**
 * recording_damage() - keep a sentence that says where and how a file is damaged
 * @reader: the file; the damage is in the frame that was read last, or could not be read
 * @reason: what is wrong there
 *
 * Return: -EBADMSG.
 */
int recording_damage(struct recording_reader *reader, const char *reason)
{
	snprintf(reader->error, sizeof(reader->error),
		 "the recording is damaged at byte %llu: %s",
		 (unsigned long long)reader->offset, reason);
	return -EBADMSG;
}

/* Read that many bytes: 1; 0 at the end of the file; -EBADMSG if it ends in between. */
static int read_bytes(struct recording_reader *reader, void *to, size_t len)
{
	size_t got = fread(to, 1, len, reader->file);

	if (got == len)
		return 1;
	if (ferror(reader->file))
		return recording_damage(reader, strerror(errno));
	return got ? recording_damage(reader, "it is cut off in the middle of what begins here") :
		     0;
}

/**
 * recording_open() - read the header of a file
 * @reader: is filled
 * @file: the file, at its beginning
 *
 * Return: 0, or -EBADMSG with @reader->error.
 */
int recording_open(struct recording_reader *reader, FILE *file)
{
	struct recording_header *header = &reader->header;
	int ret;

	reader->file = file;
	reader->offset = 0;
	ret = read_bytes(reader, header, sizeof(*header));
	if (ret < 0 && memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic)))
		return recording_damage(reader, "this is no recording");
	if (ret < 0)
		return ret;
	if (!ret)
		return recording_damage(reader, "it is empty");
	if (!recording_is_header(header))
		return recording_damage(reader, "this is no recording");
	if (header->order == __builtin_bswap32(RECORDING_ORDER))
		return recording_damage(reader,
					"a machine of the other byte order has made it, and can read it");
	if (header->checksum != header_checksum(header))
		return recording_damage(reader, "its header is not as it was written");
	if (header->version != RECORDING_VERSION)
		return recording_damage(reader, "a newer tcpstate has made it");
	reader->offset = sizeof(*header);
	return 0;
}

/**
 * recording_read() - read the next frame
 * @reader: the file
 * @frame: set to the frame, which stays until the next one is read
 *
 * @reader->offset is the place of the frame until the next one is read.
 *
 * Return: 1; 0 at the end of the file; or -EBADMSG with @reader->error.
 */
int recording_read(struct recording_reader *reader, const struct recording_frame **frame)
{
	struct recording_frame *head = (void *)reader->words;
	int ret;

	if (*frame)
		reader->offset += recording_bytes(*frame);
	*frame = NULL;
	ret = read_bytes(reader, head, sizeof(*head));
	if (ret <= 0)
		return ret;
	if (head->len > RECORDING_MOST)
		return recording_damage(reader, "a frame is too long");
	if (head->len) {
		ret = read_bytes(reader, head->payload, ALIGNED(head->len));
		if (!ret)
			return recording_damage(reader, "it is cut off in the middle of what begins here");
		if (ret < 0)
			return ret;
	}
	if (head->checksum != frame_checksum(head))
		return recording_damage(reader, "a frame is not as it was written");
	*frame = head;
	return 1;
}
