// SPDX-License-Identifier: GPL-2.0-only
/* The requests to the kernel. */
#include "ipc.h"

#include <errno.h>
#include <string.h>

#include "ipc_attr.h"
#include "ipc_recording.h"
#include "ipc_socket.h"

/** struct list_data - for ipc_list() */
struct list_data {
	ipc_each *each;
	void *data;
	/** @result: what @each returned */
	int result;
};

static int answer_list(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	struct list_data *list = data;

	ipc_read_flow(ipc, message, &ipc->flow);
	ipc->message = message;
	list->result = list->each(&ipc->flow, list->data);
	return list->result;
}

/** struct list_in - for ipc_list() in every network namespace */
struct list_in {
	const struct filter *filter;
	ipc_each *each;
	void *data;
	/** @result: what @each returned */
	int result;
};

static int each_in(const struct flow *flow, void *data)
{
	struct list_in *list = data;

	list->result = list->each(flow, list->data);
	return list->result;
}

static int list_in(struct ipc *one, void *data)
{
	struct list_in *list = data;
	int ret = ipc_list(one, list->filter, each_in, list);

	return list->result ? -ECANCELED : ret;
}

static int list_all(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data)
{
	struct list_in list = { .filter = filter, .each = each, .data = data };
	int ret = ipc_each_netns(ipc, list_in, &list);

	return list.result ? list.result : ret;
}

/**
 * ipc_list() - read the table
 * @ipc: where from; the tables of all network namespaces if ipc_open_all() made it
 * @filter: what to read of it
 * @each: gets each connection
 * @data: for @each
 *
 * Return: 0; what @each returned; -EAGAIN if the table was flushed meanwhile, so that some
 * connections that were told are no longer there; or another negative, with ipc_error().
 */
int ipc_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data)
{
	struct list_data list = { .each = each, .data = data };
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message;
	int ret;

	if (ipc->recording)
		return ipc_recording_list(ipc, filter, each, data);
	if (ipc_is_all(ipc))
		return list_all(ipc, filter, each, data);
	message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_FLOW_LIST, NLM_F_DUMP);
	ipc_attr_put_filter(message, filter);
	ret = ipc_socket_talk(ipc, message, answer_list, &list);
	return list.result ? list.result : ret;
}

static int answer_count(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	uint64_t *count = data;

	ipc_read_flow(ipc, message, &ipc->flow);
	*count += ipc->flow.count;
	return 0;
}

static int count_one(__maybe_unused const struct flow *flow, void *data)
{
	uint64_t *count = data;

	++*count;
	return 0;
}

/** struct count_in - for ipc_count() in every network namespace */
struct count_in {
	const struct filter *filter;
	uint64_t *count;
};

static int count_in(struct ipc *one, void *data)
{
	const struct count_in *in = data;
	uint64_t count;
	int ret = ipc_count(one, in->filter, &count);

	*in->count += ret ? 0 : count;
	return ret;
}

/**
 * ipc_count() - how many connections pass a filter?
 * @ipc: where; in all network namespaces together if ipc_open_all() made it
 * @filter: what they are like
 * @count: is filled
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_count(struct ipc *ipc, const struct filter *filter, uint64_t *count)
{
	struct count_in in = { .filter = filter, .count = count };
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message;

	*count = 0;
	if (ipc->recording)
		return ipc_recording_list(ipc, filter, count_one, count);
	if (ipc_is_all(ipc))
		return ipc_each_netns(ipc, count_in, &in);
	message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_FLOW_LIST, NLM_F_ACK);
	ipc_attr_put_filter(message, filter);
	return ipc_socket_talk(ipc, message, answer_count, count);
}

static int answer_flow(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	ipc_read_flow(ipc, message, data);
	return 0;
}

static int get(struct ipc *ipc, struct nlmsghdr *message, struct flow *flow)
{
	int ret = ipc_socket_talk(ipc, message, answer_flow, flow);

	return ret == -ENOENT ? ipc_socket_fail(ipc, ENOENT, "no such connection") : ret;
}

/**
 * ipc_get_id() - read one connection
 * @ipc: where from
 * @id: its id
 * @flow: is filled
 *
 * Return: 0; -ENOENT where there is none; or another negative, with ipc_error().
 */
int ipc_get_id(struct ipc *ipc, uint64_t id, struct flow *flow)
{
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_FLOW_GET,
						      NLM_F_ACK);

	mnl_attr_put_u64(message, TCPSTATE_A_FLOW_ID, id);
	return get(ipc, message, flow);
}

/**
 * ipc_get_tuple() - read one connection
 * @ipc: where from
 * @tuple: its addresses and ports, either way round
 * @flow: is filled
 *
 * Return: as ipc_get_id().
 */
int ipc_get_tuple(struct ipc *ipc, const struct tuple *tuple, struct flow *flow)
{
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_FLOW_GET,
						      NLM_F_ACK);

	ipc_attr_put_tuple(message, tuple);
	return get(ipc, message, flow);
}

static int answer_stats(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	(void)ipc;
	ipc_attr_parse_stats(message, data);
	return 0;
}

/**
 * ipc_stats() - read totals
 * @ipc: where from
 * @stats: is filled
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_stats(struct ipc *ipc, struct stats *stats)
{
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_STATS_GET,
						      NLM_F_ACK);

	return ipc_socket_talk(ipc, message, answer_stats, stats);
}

/**
 * ipc_flush() - forget connections
 * @ipc: where
 * @filter: what they are like
 * @count: is filled with how many there were
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_flush(struct ipc *ipc, const struct filter *filter, uint64_t *count)
{
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message = ipc_socket_prepare(ipc, buffer, TCPSTATE_CMD_FLUSH,
						      NLM_F_ACK);

	*count = 0;
	ipc_attr_put_filter(message, filter);
	return ipc_socket_talk(ipc, message, answer_count, count);
}
