// SPDX-License-Identifier: GPL-2.0-only
/* Connections with what other parts of the kernel know of them, as options ask for it. */
#include "join.h"

#include <stdio.h>
#include <string.h>

/**
 * join_begin() - read what is added to all connections
 * @join: is filled; join_end() has to follow
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: 0 or negative, with ipc_error().
 */
int join_begin(struct join *join, struct ipc *ipc, const struct options *options)
{
	memset(join, 0, sizeof(*join));
	join->options = options;
	return options->process ? sockets_read(&join->sockets, ipc) : 0;
}

static int join_each(const struct flow *flow, void *data)
{
	struct join *join = data;
	struct flow joined = *flow;

	sockets_join(&join->sockets, &joined);
	return join->each(&joined, join->data);
}

/**
 * join_list() - read the table, with what is added to each connection
 * @join: after join_begin(); what is added stays until join_end()
 * @ipc: where from
 * @each: gets each connection that passes the filter
 * @data: for @each
 *
 * Return: as ipc_list().
 */
int join_list(struct join *join, struct ipc *ipc, ipc_each *each, void *data)
{
	if (!join->options->process)
		return ipc_list(ipc, &join->options->filter, each, data);
	join->each = each;
	join->data = data;
	return ipc_list(ipc, &join->options->filter, join_each, join);
}

/**
 * join_flow() - add to one connection what is known of it
 * @join: is filled; join_end() has to follow
 * @ipc: where from
 * @options: what was asked for
 * @flow: the connection
 *
 * Return: 0 or negative, with ipc_error().
 */
int join_flow(struct join *join, struct ipc *ipc, const struct options *options,
	      struct flow *flow)
{
	int ret = 0;

	memset(join, 0, sizeof(*join));
	join->options = options;
	if (options->process)
		ret = sockets_read_flow(&join->sockets, ipc, flow);
	if (options->process && !ret)
		sockets_join(&join->sockets, flow);
	return ret;
}

/**
 * join_end() - undo join_begin() and join_flow()
 * @join: what they have filled
 *
 * Says on stderr what could not be read.
 */
void join_end(struct join *join)
{
	unsigned int hidden = join->sockets.hidden;

	if (hidden)
		fprintf(stderr, "tcpstate: processes may be missing: it takes CAP_SYS_PTRACE to see the sockets of %u of them\n",
			hidden);
	sockets_free(&join->sockets);
}
