// SPDX-License-Identifier: GPL-2.0-only
/* Events as they happen, and the table after some were lost. */
#include "stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "stop.h"
#include "stream_all.h"
#include "term.h"

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
 * stream_begin() - begin to listen
 * @stream: the callbacks; its private members are zero
 * @ipc: where to
 * @begin_known: tell the table first
 *
 * Return: 0; what a callback returned; or negative, with ipc_error().
 */
int stream_begin(struct stream *stream, struct ipc *ipc, bool begin_known)
{
	int ret;

	stream->ipc = ipc;
	ret = ipc_subscribe(ipc);
	return ret || !begin_known ? ret : synchronize(stream);
}

/**
 * stream_receive() - call back for the events that wait, or come within a time
 * @stream: after stream_begin()
 * @timeout_ms: how long to wait, at most; -1 for ever
 *
 * If none comes although the kernel said that some were lost, those were the last.
 *
 * Return: 0; what a callback returned; -EPIPE if nobody reads stdout any more; or another
 * negative, with ipc_error().
 */
int stream_receive(struct stream *stream, int timeout_ms)
{
	int ret = ipc_receive(stream->ipc, timeout_ms, each_event, stream);

	if (ret == -ENOBUFS) {
		stream->overrun = true;
		return 0;
	}
	if (ret == -EINTR || ret == 1)
		return 0;
	return !ret && stream->overrun ? lost(stream, 0) : ret;
}

static int run_one(struct stream *stream, struct ipc *ipc, bool begin_known)
{
	int ret = stream_begin(stream, ipc, begin_known);

	while (!ret && !stop_asked()) {
		if (fflush(stdout))
			return 0;
		ret = stream_receive(stream, stream->overrun ? STREAM_QUIET_MS : -1);
	}
	/* A recording ends. */
	return ret == -ENODATA ? 0 : ret;
}

/**
 * stream_run() - listen until a signal comes, or one of the callbacks ends it
 * @stream: the callbacks; its private members are zero
 * @ipc: where to; in every network namespace if ipc_open_all() made it
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

	stop_at(SIGINT);
	stop_at(SIGTERM);
	ret = (ipc_is_all(ipc) ? stream_run_all : run_one)(stream, ipc, begin_known);
	/* End as a write to that pipe would end it. */
	if (ret == -EPIPE) {
		raise(SIGPIPE);
		return 0;
	}
	return ret;
}

/**
 * stream_sum_up() - say on stderr how much was shown, and how many events were lost
 * @stream: after stream_run()
 * @shown: how much
 * @what: what one of them is
 */
void stream_sum_up(const struct stream *stream, uint64_t shown, const char *what)
{
	fprintf(stderr, "%llu %s%s shown, %llu%s events lost\n", (unsigned long long)shown, what,
		shown == 1 ? "" : "s", (unsigned long long)stream->total_lost,
		stream->announced ? "+" : "");
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
