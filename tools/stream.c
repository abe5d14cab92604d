// SPDX-License-Identifier: GPL-2.0-only
/* Events as they happen, and the table after some were lost. */
#include "stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "stop.h"
#include "term.h"

/* If no event comes for so long, those that were lost were the last. */
#define QUIET_MS	200

static int each_known(const struct flow *flow, void *data)
{
	struct stream *stream = data;

	if (stream->tuple_only && !filter_match_tuple(stream->filter, flow))
		return 0;
	stream->n_known++;
	return stream->known(flow, stream->data);
}

/* Tell the table as it is. If it is flushed meanwhile, the events that follow tell that. */
static int synchronize(struct stream *stream)
{
	static const struct filter all;
	int ret;

	stream->n_known = 0;
	ret = ipc_list(stream->ipc, stream->tuple_only ? &all : stream->filter, each_known,
		       stream);
	if (ret && ret != -EAGAIN)
		return ret;
	return stream->synced(stream->n_known, stream->data);
}

static int lost(struct stream *stream, uint64_t count)
{
	/* The loss was told already, unless more was lost since. */
	bool told = stream->announced && !stream->overrun;
	int ret = stream->lost(count, stream->data);

	stream->total_lost += count;
	stream->overrun = false;
	stream->announced = !count;
	return ret || told ? ret : synchronize(stream);
}

static int each_event(const struct flow *flow, void *data)
{
	struct stream *stream = data;
	uint64_t missing = ipc_missing(stream->ipc);
	int ret = 0;

	if (missing)
		ret = lost(stream, missing);
	if (ret)
		return ret;
	if (!(stream->tuple_only ? filter_match_tuple : filter_match)(stream->filter, flow))
		return 0;
	return stream->event(flow, stream->data);
}

/**
 * stream_run() - listen until a signal comes, or one of the callbacks ends it
 * @stream: the callbacks; its private members are zero
 * @ipc: where to
 * @begin_known: tell the table first
 *
 * Flushes stdout as soon as no more events wait.
 *
 * Return: 0 after SIGINT or SIGTERM, at the end of a recording, or when stdout takes no more; what
 * a callback returned; or negative, with ipc_error().
 */
int stream_run(struct stream *stream, struct ipc *ipc, bool begin_known)
{
	int ret;

	stream->ipc = ipc;
	stop_at(SIGINT);
	stop_at(SIGTERM);
	ret = ipc_subscribe(ipc);
	if (!ret && begin_known)
		ret = synchronize(stream);
	while (!ret && !stop_asked()) {
		if (fflush(stdout))
			return 0;
		ret = ipc_receive(ipc, stream->overrun ? QUIET_MS : -1, each_event, stream);
		if (ret == -ENOBUFS) {
			stream->overrun = true;
			ret = 0;
		} else if (ret == -ENODATA) {
			return 0;
		} else if (ret == -EINTR || ret == 1) {
			ret = 0;
		} else if (!ret && stream->overrun) {
			ret = lost(stream, 0);
		}
	}
	/* End as a write to that pipe would end it. */
	if (ret == -EPIPE) {
		raise(SIGPIPE);
		return 0;
	}
	return ret;
}

/**
 * stream_time_ns() - when an event happened
 * @flow: the event, or a connection of the table
 *
 * Return: ns since boot; the time now for a connection of the table.
 */
uint64_t stream_time_ns(const struct flow *flow)
{
	return record_has(flow, TCPSTATE_A_FLOW_EVENT) ? flow->event.time_ns : term_now_ns();
}

/**
 * stream_kind() - what an event is called
 * @flow: the event
 *
 * Return: "new", "transition", "end"; "known" for a connection of the table.
 */
const char *stream_kind(const struct flow *flow)
{
	switch (flow->command) {
	case TCPSTATE_CMD_FLOW_NEW:
		return "new";
	case TCPSTATE_CMD_FLOW_TRANSITION:
		return "transition";
	case TCPSTATE_CMD_FLOW_END:
		return "end";
	default:
		return "known";
	}
}
