// SPDX-License-Identifier: GPL-2.0-only
/* Answers the requests of ipc.h from a recording, as the kernel would have then. */
#include "ipc_recording.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "format.h"
#include "ipc_attr.h"
#include "ipc_socket.h"
#include "named.h"
#include "past.h"
#include "recording.h"
#include "term.h"

/* How many events one call of ipc_receive() tells, so that signals are looked for. */
#define EVENTS		64

/*
 * The kernel sends events in the order of their numbers, some after others that are newer. Later
 * than that, none comes.
 */
#define LATE_NS		NS_PER_S
#define NS_PER_US	1000

/** enum last_words - what ipc_recording_receive() tells next at the end of the file */
enum last_words {
	ENDING_NOT_YET,
	/** @ENDING_LOST: that the last events were lost, as it does for the kernel: in two steps */
	ENDING_LOST,
	ENDING_QUIET,
	ENDING_LAST,
};

/** struct ipc_recording - a recording, as far as it was read */
struct ipc_recording {
	struct recording_reader reader;
	/** @frame: the frame that was read last, or NULL */
	const struct recording_frame *frame;
	struct past past;
	/** @subscribed: it is being read event by event */
	bool subscribed;
	/** @synced: the table at the beginning was read */
	bool synced;
	/** @begin_ns: when that table was known */
	uint64_t begin_ns;
	/** @now_ns: the time of the last frame */
	uint64_t now_ns;
	/** @has_time: ipc_list() is asked for the table at @time_ns, not at the end */
	bool has_time;
	uint64_t time_ns;
	/** @found: the table at that time, or the end, is there, or @failed is why not */
	bool found;
	int failed;
	/** @damaged: the recording ends with what is damaged, and the table is that before it */
	bool damaged;
	/** @missing: how many events were lost before the next one */
	uint64_t missing;
	/** @overrun: some were lost, and it is not known how many */
	bool overrun;
	enum last_words ending;
	struct flow flow;
	/** @unread: what ipc_recording_unread() returned last */
	char unread[PARSE_ERROR];
};

static int damage(struct ipc *ipc, const char *reason)
{
	struct recording_reader *reader = &ipc->recording->reader;

	if (reason)
		recording_damage(reader, reason);
	return ipc_socket_fail(ipc, EBADMSG, "%s", reader->error);
}

/*
 * Do the numbers that stand for something stand for something? A newer module may have others
 * than we know, but none that is no bit of a mask.
 */
static bool is_sane(const struct flow *flow)
{
	const struct event *event = &flow->event;

	for (int i = 0; i < 2; i++)
		if (flow->end[i].state > TCPSTATE_CLOSED ||
		    flow->end[i].state_before > TCPSTATE_CLOSED)
			return false;
	for (unsigned int i = 0; i < event->n_transitions; i++)
		if (event->transition[i].end > TCPSTATE_RESPONDER ||
		    event->transition[i].from > TCPSTATE_CLOSED ||
		    event->transition[i].to > TCPSTATE_CLOSED)
			return false;
	return flow->phase < 32 && flow->verdict < 32 && flow->timer < 32 && event->timer < 32 &&
	       event->segment.from <= TCPSTATE_RESPONDER;
}

/* Read the message of a frame; false if it is none of ours. */
static bool parse_message(struct ipc *ipc, const struct recording_frame *frame)
{
	const struct nlmsghdr *message = (const void *)frame->payload;
	struct flow *flow = &ipc->recording->flow;

	if (frame->len < NLMSG_HDRLEN + GENL_HDRLEN || message->nlmsg_len != frame->len)
		return false;
	ipc_attr_parse_flow(message, flow);
	ipc->message = message;
	return is_sane(flow) && record_has(flow, TCPSTATE_A_FLOW_ID);
}

static bool parse_u64(const struct recording_frame *frame, uint64_t *number)
{
	if (frame->len != sizeof(*number))
		return false;
	memcpy(number, frame->payload, sizeof(*number));
	return true;
}

/* Does the frame have a path that ends with it? */
static bool is_cgroup(const struct recording_frame *frame)
{
	const struct recording_cgroup *cgroup = (const void *)frame->payload;
	size_t len = frame->len - offsetof(struct recording_cgroup, path);

	return frame->len > offsetof(struct recording_cgroup, path) && len <= CGROUP_PATH &&
	       memchr(cgroup->path, '\0', len) == cgroup->path + len - 1;
}

/* Take what one frame tells: 0, or negative, with ipc_error(). */
static int take(struct ipc *ipc, const struct recording_frame *frame)
{
	static const char memory[] = "there is no memory for the connections of the recording";
	struct ipc_recording *recording = ipc->recording;
	const struct recording_interface *interface = (const void *)frame->payload;
	const struct recording_cgroup *cgroup = (const void *)frame->payload;
	uint64_t number;

	switch (frame->kind) {
	case RECORDING_KNOWN:
		if (!parse_message(ipc, frame) ||
		    record_has(&recording->flow, TCPSTATE_A_FLOW_EVENT))
			return damage(ipc, "the message is not that of a connection");
		if (!past_know(&recording->past, &recording->flow))
			return ipc_socket_fail(ipc, ENOMEM, memory);
		break;
	case RECORDING_EVENT:
		if (!parse_message(ipc, frame) ||
		    !record_has(&recording->flow, TCPSTATE_A_FLOW_EVENT))
			return damage(ipc, "the message is not that of an event");
		if (!past_happen(&recording->past, &recording->flow))
			return ipc_socket_fail(ipc, ENOMEM, memory);
		break;
	case RECORDING_SYNCED:
		if (!recording->synced)
			recording->begin_ns = frame->time_ns;
		recording->synced = true;
		past_sync(&recording->past);
		break;
	case RECORDING_LOST:
		if (!parse_u64(frame, &number))
			return damage(ipc, "the number of lost events is none");
		recording->missing += number;
		recording->overrun = !number;
		past_lose(&recording->past);
		break;
	case RECORDING_CLOCK:
		if (!parse_u64(frame, &number))
			return damage(ipc, "the wall clock's time is none");
		if (!term_change_wall(frame->time_ns, number))
			return ipc_socket_fail(ipc, ENOMEM, memory);
		break;
	case RECORDING_INTERFACE:
		if (frame->len != sizeof(*interface) ||
		    !memchr(interface->name, '\0', sizeof(interface->name)))
			return damage(ipc, "the name of the interface is none");
		if (!format_set_interface(interface->ifindex, interface->name))
			return ipc_socket_fail(ipc, ENOMEM, memory);
		break;
	case RECORDING_CGROUP:
		if (!is_cgroup(frame))
			return damage(ipc, "the path of the cgroup is none");
		if (!cgroup_set(cgroup->id, cgroup->path))
			return ipc_socket_fail(ipc, ENOMEM, memory);
		break;
	}
	return 0;
}

/* Read the next frame: 1; 0 at the end; or negative, with ipc_error(). */
static int next(struct ipc *ipc)
{
	int ret = recording_read(&ipc->recording->reader, &ipc->recording->frame);

	return ret < 0 ? damage(ipc, NULL) : ret;
}

/* Read the next frame and take it: 1; 0 at the end; or negative, with ipc_error(). */
static int step(struct ipc *ipc)
{
	struct ipc_recording *recording = ipc->recording;
	int ret = next(ipc);

	if (ret <= 0)
		return ret;
	if (recording->frame->time_ns > recording->now_ns) {
		recording->now_ns = recording->frame->time_ns;
		term_set_now(recording->now_ns);
	}
	ret = take(ipc, recording->frame);
	return ret ? ret : 1;
}

/* Read up to the end of the first table, or of the file: 0; or negative, with ipc_error(). */
static int read_beginning(struct ipc *ipc)
{
	int ret = 1;

	while (ret > 0 && !ipc->recording->synced)
		ret = step(ipc);
	return ret < 0 ? ret : 0;
}

/**
 * ipc_recording_subscribe() - begin to read events
 * @ipc: where from
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_recording_subscribe(struct ipc *ipc)
{
	ipc->recording->subscribed = true;
	return read_beginning(ipc);
}

/* The end of the file: what ipc_receive() returns then. */
static int end(struct ipc_recording *recording)
{
	if (recording->ending == ENDING_NOT_YET)
		recording->ending = recording->overrun ? ENDING_LOST : ENDING_LAST;
	switch (recording->ending) {
	case ENDING_LOST:
		recording->ending = ENDING_QUIET;
		return -ENOBUFS;
	case ENDING_QUIET:
		recording->ending = ENDING_LAST;
		return 0;
	default:
		return -ENODATA;
	}
}

/**
 * ipc_recording_receive() - read the next events
 * @ipc: where from
 * @each: gets each event
 * @data: for @each
 *
 * Return: as ipc_receive().
 */
int ipc_recording_receive(struct ipc *ipc, ipc_each *each, void *data)
{
	struct ipc_recording *recording = ipc->recording;

	for (int n = 0; n < EVENTS;) {
		int ret = recording->ending ? 0 : step(ipc);

		if (ret < 0)
			return ret;
		if (!ret)
			return end(recording);
		if (recording->frame->kind != RECORDING_EVENT)
			continue;
		n++;
		ipc->missing = recording->missing;
		recording->missing = 0;
		recording->overrun = false;
		ret = each(&recording->flow, data);
		if (ret)
			return ret;
	}
	return 1;
}

/* Is that a time after the one that was asked for? */
static bool is_after(const struct ipc_recording *recording, uint64_t time_ns)
{
	return recording->has_time && time_ns > recording->time_ns;
}

static uint64_t time_of(const struct ipc_recording *recording)
{
	return recording->frame->kind == RECORDING_EVENT ? recording->flow.event.time_ns :
							   recording->frame->time_ns;
}

/*
 * Is the frame, which is not taken yet, of a later time than was asked for? The table at the
 * beginning is as old as its last connection. An event is as old as its segment, and some that are
 * older follow it.
 */
static bool is_later(const struct ipc_recording *recording)
{
	const struct recording_frame *frame = recording->frame;

	/* A name was looked up after the event that refers to it, and stands before that. */
	if (!recording->synced || named_is_name(frame))
		return false;
	return is_after(recording, time_of(recording));
}

/* Does nothing follow the frame, which is later than was asked for, that is not? */
static bool is_last(const struct ipc_recording *recording)
{
	return time_of(recording) - recording->time_ns > LATE_NS;
}

/*
 * Read up to the time that was asked for, or to the end: 0; or negative, with ipc_error(). Set
 * @read_ns to how far the recording was read, which is further than that.
 */
static int read_frames(struct ipc *ipc, uint64_t *read_ns)
{
	struct ipc_recording *recording = ipc->recording;
	int ret;

	while ((ret = next(ipc)) > 0) {
		const struct recording_frame *frame = recording->frame;

		if (frame->time_ns > *read_ns)
			*read_ns = frame->time_ns;
		if (frame->kind == RECORDING_EVENT && !parse_message(ipc, frame))
			return damage(ipc, "the message is not that of an event");
		if (is_later(recording)) {
			if (is_last(recording))
				return 0;
			continue;
		}
		ret = take(ipc, frame);
		if (ret)
			return ret;
	}
	return ret;
}

/* Was a time before the beginning asked for? The beginning is printed without its ns. */
static bool is_before(const struct ipc_recording *recording)
{
	return recording->time_ns < recording->begin_ns / NS_PER_US * NS_PER_US;
}

/* The time that was asked for is not between the beginning and the end, up to which this reads. */
static int outside(struct ipc *ipc, uint64_t read_ns)
{
	char begin[FORMAT_TIME], end[FORMAT_TIME], asked[FORMAT_TIME];
	const struct ipc_recording *recording = ipc->recording;

	while (next(ipc) > 0) {
		if (recording->frame->time_ns > read_ns)
			read_ns = recording->frame->time_ns;
		if (recording->frame->kind == RECORDING_CLOCK && take(ipc, recording->frame))
			break;
	}
	format_time(recording->begin_ns, FORMAT_DATE, begin);
	format_time(read_ns, FORMAT_DATE, end);
	format_time(recording->time_ns, FORMAT_DATE, asked);
	return ipc_socket_fail(ipc, ERANGE, "the recording begins at %s and ends at %s: %s is %s that",
			       begin, end, asked,
			       is_before(recording) ? "before" : "after");
}

/* Have the table as it was at the time that was asked for: 0; or negative, with ipc_error(). */
static int find_time(struct ipc *ipc)
{
	struct ipc_recording *recording = ipc->recording;
	uint64_t read_ns = recording->now_ns;
	int ret = read_frames(ipc, &read_ns);

	recording->now_ns = recording->has_time ? recording->time_ns : read_ns;
	term_set_now(recording->now_ns);
	/* Damage behind that time does not matter. */
	if (ret && !(ret == -EBADMSG && is_after(recording, read_ns)))
		return ret;
	if (!recording->synced)
		return ipc_socket_fail(ipc, ENODATA,
				       "the recording ends before the table at its beginning does");
	if (!recording->has_time)
		return 0;
	if (is_before(recording) || recording->time_ns > read_ns)
		return outside(ipc, read_ns);
	if (recording->past.lossy)
		return ipc_socket_fail(ipc, ENODATA,
				       "events were lost right before that time: the table is known again a moment later");
	return 0;
}

/*
 * Read up to that time. Damage is no failure where nothing behind it was asked for: it is told with
 * the table.
 */
static void go(struct ipc *ipc)
{
	struct ipc_recording *recording = ipc->recording;
	int ret = find_time(ipc);

	recording->found = true;
	recording->damaged = ret == -EBADMSG && !recording->has_time && recording->synced;
	if (!recording->damaged)
		recording->failed = ret;
	else
		*ipc->error = '\0';
}

/**
 * ipc_recording_list() - tell the table as it was
 * @ipc: where from
 * @filter: what to tell of it
 * @each: gets each connection
 * @data: for @each
 *
 * That is the table at the event which was told last; or, if it is not read event by event, at the
 * time of ipc_go_to_time(), or at the end. If the file is damaged there, the table is that before
 * the damage.
 *
 * Return: as ipc_list().
 */
int ipc_recording_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data)
{
	struct ipc_recording *recording = ipc->recording;
	int ret = 0, told;

	if (!recording->subscribed && !recording->found)
		go(ipc);
	if (recording->failed)
		return recording->failed;
	if (recording->damaged)
		ret = damage(ipc, NULL);
	told = past_list(&recording->past, recording->now_ns, filter, each, data);
	return told ? told : ret;
}

/**
 * ipc_recording_unread() - say that connections are missing from the last table
 * @ipc: where from
 *
 * Return: as ipc_unread().
 */
const char *ipc_recording_unread(struct ipc *ipc)
{
	struct ipc_recording *recording = ipc->recording;
	size_t n = recording->past.n_unknown;

	if (!n)
		return "";
	recording->past.n_unknown = 0;
	snprintf(recording->unread, sizeof(recording->unread), "%zu more connection%s may pass this filter, or not: what it asks for is not in the recording",
		 n, n == 1 ? "" : "s");
	return recording->unread;
}

/**
 * ipc_go_to_begin() - go to the beginning of a recording, which is when its first table was known
 * @ipc: where from; nothing was asked yet
 *
 * If that fails, ipc_error() says why. term_now_ns() returns that time from now on.
 */
void ipc_go_to_begin(struct ipc *ipc)
{
	if (!read_beginning(ipc) && ipc->recording->synced)
		term_set_now(ipc->recording->begin_ns);
}

/**
 * ipc_go_to_time() - have the table of a recording as it was at a time
 * @ipc: where from; nothing was asked yet but for ipc_go_to_begin()
 * @time_ns: the time, in ns since boot
 *
 * If that fails, ipc_error() says why. term_now_ns() returns that time from now on.
 */
void ipc_go_to_time(struct ipc *ipc, uint64_t time_ns)
{
	ipc->recording->has_time = true;
	ipc->recording->time_ns = time_ns;
	go(ipc);
}

/**
 * ipc_go_to_end() - have the table of a recording as it was at its end
 * @ipc: where from; nothing was asked yet
 *
 * As ipc_go_to_time().
 */
void ipc_go_to_end(struct ipc *ipc)
{
	go(ipc);
}

/**
 * ipc_recording_close() - close the file, and free what was read
 * @recording: the recording; may be NULL
 */
void ipc_recording_close(struct ipc_recording *recording)
{
	if (!recording)
		return;
	if (recording->reader.file && recording->reader.file != stdin)
		fclose(recording->reader.file);
	past_free(&recording->past);
	format_forget_interfaces();
	free(recording);
}

/**
 * ipc_open_recording() - open a recording in the place of the kernel
 * @path: its name; "-" for stdin
 *
 * From now on the clocks of term.h are those of the recording.
 *
 * Return: as ipc_open(). Requests other than ipc_list(), ipc_count(), ipc_subscribe() and
 * ipc_receive() fail.
 */
struct ipc *ipc_open_recording(const char *path)
{
	struct ipc *ipc = calloc(1, sizeof(*ipc));
	struct ipc_recording *recording = calloc(1, sizeof(*recording));
	FILE *file;

	if (!ipc || !recording) {
		free(ipc);
		free(recording);
		return NULL;
	}
	ipc->recording = recording;
	file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!file) {
		ipc_socket_fail(ipc, errno, "'%s': %s", path, strerror(errno));
		return ipc;
	}
	if (recording_open(&recording->reader, file)) {
		damage(ipc, NULL);
		return ipc;
	}
	term_set_now(recording->reader.header.boot_ns);
	if (!term_set_wall(recording->reader.header.boot_ns, recording->reader.header.wall_ns)) {
		ipc_socket_fail(ipc, ENOMEM, "%s", strerror(ENOMEM));
		return ipc;
	}
	format_forget_interfaces();
	cgroup_forget();
	return ipc;
}
