// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the kernel, and events from it. */
#include "ipc.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "compiler.h"
#include "ipc_attr.h"

/* What the kernel fills at once, in a dump and with events, is below that. */
#define BUFFER_BYTES	(256 * 1024)
#define REQUEST_BYTES	1024
/* Events that wait while the reader is busy, with the kernel's own overhead. */
#define EVENTS_BYTES	(64 * 1024 * 1024)
/* Reads of a table that is flushed again each time. */
#define ATTEMPTS	5

/** struct ipc - the way to the kernel's module */
struct ipc {
	struct mnl_socket *requests;
	/** @events: NULL until ipc_subscribe() */
	struct mnl_socket *events;
	uint16_t family;
	/** @group: the multicast group that was looked for last; 0 for none */
	uint32_t group;
	uint32_t seq;
	/** @flow: what is told at the moment */
	struct flow flow;
	char error[PARSE_ERROR];
	char buffer[BUFFER_BYTES] __aligned(8);
};

/* What to do with one message of an answer; not 0 ends the answer. */
typedef int answer_fn(struct ipc *ipc, const struct nlmsghdr *message, void *data);

static __printf(3, 4) int fail(struct ipc *ipc, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ipc->error, sizeof(ipc->error), format, args);
	va_end(args);
	return -error;
}

static int not_loaded(struct ipc *ipc)
{
	return fail(ipc, ENOPROTOOPT, "the module is not loaded: 'modprobe tcpstate' loads it where it is installed, 'make load' from its sources");
}

/* An error of the kernel's, as a sentence; @text is what it says itself. */
static int refused(struct ipc *ipc, int error, const char *text)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return fail(ipc, error, "permission denied: it takes CAP_NET_ADMIN in the user namespace that owns the network namespace, as root has it");
	case ENOENT:
		/* What ipc_open() found is no longer there. */
		return fail(ipc, error, "the module was unloaded");
	default:
		return fail(ipc, error, "the kernel refuses: %s",
			    text ? text : strerror(error));
	}
}

static int next_attr(const struct nlattr *attr, void *data)
{
	const char **text = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) > 0)
		*text = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

/* The kernel's own words, behind an error number in @message. */
static int told_error(struct ipc *ipc, const struct nlmsghdr *message, int error,
		      size_t offset)
{
	const char *text = NULL;

	if (message->nlmsg_flags & NLM_F_ACK_TLVS && message->nlmsg_len > offset + NLMSG_HDRLEN)
		mnl_attr_parse(message, offset, next_attr, &text);
	return refused(ipc, error, text);
}

/* NLMSG_ERROR: an ACK, too, is one, of 0. */
static int read_error(struct ipc *ipc, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
		return fail(ipc, EBADMSG, "the kernel's answer is cut off");
	if (!error->error)
		return 0;
	/* The request is there, too, unless it was capped. */
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += error->msg.nlmsg_len - sizeof(error->msg);
	return told_error(ipc, message, -error->error, MNL_ALIGN(offset));
}

static int read_done(struct ipc *ipc, const struct nlmsghdr *message)
{
	const int *error = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error) || *error >= 0)
		return 0;
	return told_error(ipc, message, -*error, MNL_ALIGN(sizeof(*error)));
}

/* Reads one datagram: 1 if there is more to come, 0 at the end, or negative. */
static int read_answers(struct ipc *ipc, int len, bool *interrupted, answer_fn *answer,
			void *data)
{
	const struct nlmsghdr *message = (void *)ipc->buffer;
	int ret;

	for (; mnl_nlmsg_ok(message, len); message = mnl_nlmsg_next(message, &len)) {
		/* Of a dump that was given up. */
		if (message->nlmsg_seq != ipc->seq)
			continue;
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			*interrupted = true;
		if (message->nlmsg_type == NLMSG_ERROR)
			return read_error(ipc, message);
		if (message->nlmsg_type == NLMSG_DONE)
			return read_done(ipc, message);
		if (message->nlmsg_type < NLMSG_MIN_TYPE ||
		    mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
			continue;
		ret = answer(ipc, message, data);
		if (ret)
			return ret < 0 ? ret : -ECANCELED;
	}
	return 1;
}

/* Sends a request, and reads all of its answer. -EAGAIN: a flush came between. */
static int talk(struct ipc *ipc, struct nlmsghdr *request, answer_fn *answer, void *data)
{
	bool interrupted = false;
	int len, ret;

	request->nlmsg_seq = ++ipc->seq;
	if (mnl_socket_sendto(ipc->requests, request, request->nlmsg_len) < 0)
		return refused(ipc, errno, NULL);
	do {
		len = mnl_socket_recvfrom(ipc->requests, ipc->buffer, sizeof(ipc->buffer));
		if (len < 0)
			return errno == EINTR ? -EINTR : refused(ipc, errno, NULL);
		ret = read_answers(ipc, len, &interrupted, answer, data);
	} while (ret > 0);
	return !ret && interrupted ? -EAGAIN : ret;
}

static struct nlmsghdr *prepare(struct ipc *ipc, char *buffer, uint16_t type, uint8_t command,
				uint8_t version, uint16_t flags)
{
	struct nlmsghdr *message;
	struct genlmsghdr *header;

	/* Attributes are padded, and libmnl leaves that as it is. */
	memset(buffer, 0, REQUEST_BYTES);
	message = mnl_nlmsg_put_header(buffer);
	message->nlmsg_type = type ? type : ipc->family;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = version;
	return message;
}

static struct nlmsghdr *request(struct ipc *ipc, char *buffer, uint8_t command, uint16_t flags)
{
	return prepare(ipc, buffer, 0, command, TCPSTATE_FAMILY_VERSION, flags);
}

static int find_group(const struct nlattr *nest, const char *name, uint32_t *id)
{
	const struct nlattr *attr;
	const char *found = "";
	uint32_t number = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			found = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			number = mnl_attr_get_u32(attr);
	}
	if (!strcmp(found, name))
		*id = number;
	return 0;
}

static int answer_family(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	const char *group = data;
	const struct nlattr *attr, *nest;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			ipc->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(nest, attr)
			find_group(nest, group, &ipc->group);
	}
	return 0;
}

/* Finds out the numbers of a family, and of a group of its. */
static int resolve(struct ipc *ipc, const char *family, const char *group)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = prepare(ipc, buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1,
					   NLM_F_ACK);
	int ret;

	ipc->group = 0;
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, family);
	ret = talk(ipc, message, answer_family, (void *)group);
	return ret == -ENOENT ? not_loaded(ipc) : ret;
}

static void set_option(struct mnl_socket *socket, int option)
{
	int one = 1;

	/* Without it, an error has fewer words: that is all. */
	mnl_socket_setsockopt(socket, option, &one, sizeof(one));
}

/**
 * ipc_open() - find the module, in the network namespace of the caller
 *
 * Return: what the others need, or NULL where there is no memory. It may have
 * failed: then ipc_error() says how, and ipc_close() is all that may follow.
 */
struct ipc *ipc_open(void)
{
	struct ipc *ipc = calloc(1, sizeof(*ipc));

	if (!ipc)
		return NULL;
	ipc->seq = time(NULL);
	ipc->requests = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!ipc->requests || mnl_socket_bind(ipc->requests, 0, MNL_SOCKET_AUTOPID)) {
		fail(ipc, errno, "no netlink socket: %s", strerror(errno));
		return ipc;
	}
	set_option(ipc->requests, NETLINK_EXT_ACK);
	set_option(ipc->requests, NETLINK_CAP_ACK);
	set_option(ipc->requests, NETLINK_GET_STRICT_CHK);
	resolve(ipc, TCPSTATE_FAMILY_NAME, TCPSTATE_MCGRP_EVENTS);
	return ipc;
}

/**
 * ipc_close() - undo ipc_open()
 * @ipc: what it returned; may be NULL
 */
void ipc_close(struct ipc *ipc)
{
	if (!ipc)
		return;
	if (ipc->requests)
		mnl_socket_close(ipc->requests);
	if (ipc->events)
		mnl_socket_close(ipc->events);
	free(ipc);
}

/**
 * ipc_error() - what went wrong last
 * @ipc: where
 *
 * Return: a sentence without its full stop; "" where nothing did.
 */
const char *ipc_error(const struct ipc *ipc)
{
	return ipc->error;
}

/** struct list_data - for ipc_list() */
struct list_data {
	ipc_each *each;
	void *data;
	/** @filter: for what the kernel could not see to; else NULL */
	const struct filter *filter;
	/** @result: of @each */
	int result;
};

static int answer_list(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	struct list_data *list = data;

	ipc_attr_parse_flow(message, &ipc->flow);
	if (list->filter && !filter_match_tuple(list->filter, &ipc->flow))
		return 0;
	list->result = list->each(&ipc->flow, list->data);
	return list->result;
}

/**
 * ipc_list() - read the table
 * @ipc: where from
 * @filter: what to read of it
 * @each: gets each connection
 * @data: for @each
 *
 * Return: 0; what @each returned; -EAGAIN where a flush came between, so that some
 * of what was told is no longer there; or another negative, with ipc_error().
 */
int ipc_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = request(ipc, buffer, TCPSTATE_CMD_FLOW_LIST, NLM_F_DUMP);
	struct list_data list = {
		.each = each, .data = data,
		.filter = filter_is_split(filter) ? filter : NULL,
	};
	int ret;

	ipc_attr_put_filter(message, filter);
	ret = talk(ipc, message, answer_list, &list);
	return list.result ? list.result : ret;
}

static int answer_count(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	uint64_t *count = data;

	ipc_attr_parse_flow(message, &ipc->flow);
	*count += ipc->flow.count;
	return 0;
}

static int count_one(const struct flow *flow, void *data)
{
	uint64_t *count = data;

	(void)flow;
	++*count;
	return 0;
}

/**
 * ipc_count() - how many connections pass a filter?
 * @ipc: where
 * @filter: what they are like
 * @count: is filled
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_count(struct ipc *ipc, const struct filter *filter, uint64_t *count)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = request(ipc, buffer, TCPSTATE_CMD_FLOW_LIST, NLM_F_ACK);
	int ret = -EAGAIN;

	*count = 0;
	if (!filter_is_split(filter)) {
		ipc_attr_put_filter(message, filter);
		return talk(ipc, message, answer_count, count);
	}
	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++) {
		*count = 0;
		ret = ipc_list(ipc, filter, count_one, count);
	}
	return ret == -EAGAIN ? 0 : ret;
}

static int answer_flow(struct ipc *ipc, const struct nlmsghdr *message, void *data)
{
	(void)ipc;
	ipc_attr_parse_flow(message, data);
	return 0;
}

static int get(struct ipc *ipc, struct nlmsghdr *message, struct flow *flow)
{
	int ret = talk(ipc, message, answer_flow, flow);

	return ret == -ENOENT ? fail(ipc, ENOENT, "no such connection") : ret;
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
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = request(ipc, buffer, TCPSTATE_CMD_FLOW_GET, NLM_F_ACK);

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
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = request(ipc, buffer, TCPSTATE_CMD_FLOW_GET, NLM_F_ACK);

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
	char buffer[REQUEST_BYTES];

	return talk(ipc, request(ipc, buffer, TCPSTATE_CMD_STATS_GET, NLM_F_ACK),
		    answer_stats, stats);
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
	struct filter parts[3];
	unsigned int n = filter_split(filter, parts);
	int ret = 0;

	*count = 0;
	for (unsigned int i = 0; i < n && !ret; i++) {
		char buffer[REQUEST_BYTES];
		struct nlmsghdr *message;

		message = request(ipc, buffer, TCPSTATE_CMD_FLUSH, NLM_F_ACK);
		ipc_attr_put_filter(message, &parts[i]);
		ret = talk(ipc, message, answer_count, count);
	}
	return ret;
}

static int join_group(struct ipc *ipc, const char *family, const char *group)
{
	uint16_t own = ipc->family;
	int ret = resolve(ipc, family, group);

	ipc->family = own;
	if (ret)
		return ret;
	if (!ipc->group)
		return fail(ipc, ENOENT, "the kernel has no group '%s' of '%s'", group, family);
	if (mnl_socket_setsockopt(ipc->events, NETLINK_ADD_MEMBERSHIP, &ipc->group,
				  sizeof(ipc->group)))
		return refused(ipc, errno, NULL);
	return 0;
}

/**
 * ipc_subscribe() - begin to listen to events
 * @ipc: where
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_subscribe(struct ipc *ipc)
{
	int size = EVENTS_BYTES, fd;
	int ret;

	ipc->events = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!ipc->events || mnl_socket_bind(ipc->events, 0, MNL_SOCKET_AUTOPID))
		return fail(ipc, errno, "no netlink socket: %s", strerror(errno));
	fd = mnl_socket_get_fd(ipc->events);
	/* Beyond the limit for all, with the right for it; else up to that. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* The module's group is dropped without a word when it is unloaded. */
	ret = join_group(ipc, "nlctrl", "notify");
	return ret ? ret : join_group(ipc, TCPSTATE_FAMILY_NAME, TCPSTATE_MCGRP_EVENTS);
}

/* Is that the controller's word on the end of our family? */
static bool is_farewell(const struct nlmsghdr *message)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	if (header->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(attr, message, sizeof(*header))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME &&
		    !strcmp(mnl_attr_get_str(attr), TCPSTATE_FAMILY_NAME))
			return true;
	return false;
}

static int read_events(struct ipc *ipc, char *buffer, int len, ipc_each *each, void *data)
{
	const struct nlmsghdr *message = (void *)buffer;
	/* @each may ask for others, which come by way of @ipc->flow. */
	struct flow flow;
	int ret;

	for (; mnl_nlmsg_ok(message, len); message = mnl_nlmsg_next(message, &len)) {
		if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
			continue;
		if (message->nlmsg_type == GENL_ID_CTRL && is_farewell(message))
			return fail(ipc, ENOTCONN, "the module was unloaded: there is nothing more to hear");
		if (message->nlmsg_type != ipc->family)
			continue;
		ipc_attr_parse_flow(message, &flow);
		ret = each(&flow, data);
		if (ret)
			return ret;
	}
	return 1;
}

/**
 * ipc_receive() - wait for events, and tell them
 * @ipc: where, after ipc_subscribe()
 * @timeout_ms: how long to wait, at most; -1 for ever
 * @each: gets each event of what came at once; may ask @ipc for other things
 * @data: for @each
 *
 * Signals that the caller has blocked come through while it waits, and only then.
 *
 * Return: 1 where events were told; 0 after @timeout_ms; what @each returned;
 * -ENOBUFS where the kernel found no room for more, so that some were lost after
 * what is told next; -EINTR; or another negative, with ipc_error().
 */
int ipc_receive(struct ipc *ipc, int timeout_ms, ipc_each *each, void *data)
{
	/* Not the one that @each's own questions go through. */
	static char buffer[BUFFER_BYTES] __aligned(8);
	struct pollfd poller = {
		.fd = mnl_socket_get_fd(ipc->events), .events = POLLIN,
	};
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000l,
	};
	sigset_t none;
	ssize_t len;
	int ret;

	sigemptyset(&none);
	ret = ppoll(&poller, 1, timeout_ms < 0 ? NULL : &timeout, &none);
	if (!ret)
		return 0;
	if (ret > 0) {
		len = recv(poller.fd, buffer, sizeof(buffer), 0);
		if (len >= 0)
			return read_events(ipc, buffer, len, each, data);
	}
	if (errno == EINTR || errno == ENOBUFS)
		return -errno;
	return errno == EAGAIN ? 1 : fail(ipc, errno, "the kernel's events end: %s",
					  strerror(errno));
}
