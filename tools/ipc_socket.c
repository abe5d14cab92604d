// SPDX-License-Identifier: GPL-2.0-only
/* The socket for requests, and the errors that the kernel answers with. */
#include "ipc_socket.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ipc.h"
#include "ipc_recording.h"
#include "module.h"
#include "version.h"

/**
 * ipc_socket_fail() - keep a sentence for ipc_error()
 * @ipc: where
 * @error: what went wrong, positive
 * @format: as for printf()
 *
 * Return: @error, negative.
 */
int ipc_socket_fail(struct ipc *ipc, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ipc->error, sizeof(ipc->error), format, args);
	va_end(args);
	return -error;
}

static int not_loaded(struct ipc *ipc)
{
	const char *setting = module_wants_signature();

	if (setting)
		return ipc_socket_fail(ipc, ENOPROTOOPT, "the module is not loaded; this kernel (%s) loads only modules with a signature that it trusts: see SECURE BOOT in tcpstate(8)",
				       setting);
	return ipc_socket_fail(ipc, ENOPROTOOPT, "the module is not loaded: 'modprobe tcpstate' loads it where it is installed, 'make load' from its sources");
}

/**
 * ipc_socket_refused() - keep the kernel's error as a sentence
 * @ipc: where
 * @error: its number, positive
 * @text: what it says itself; may be NULL
 *
 * Return: @error, negative.
 */
int ipc_socket_refused(struct ipc *ipc, int error, const char *text)
{
	char version[MODULE_VERSION];

	/* The module's ENOENT has a text; the controller's has none: there is no such family. */
	if (error == ENOENT && !text)
		return not_loaded(ipc);
	switch (error) {
	case EPERM:
	case EACCES:
		return ipc_socket_fail(ipc, error, "permission denied: it takes CAP_NET_ADMIN in the user namespace that owns the network namespace, as root has it");
	default:
		text = text ? text : strerror(error);
		/* One of them may not know what the other one does. */
		if (module_version(version) && strcmp(version, TCPSTATE_VERSION))
			return ipc_socket_fail(ipc, error, "the kernel refuses: %s; the module is version %s, this tool %s",
					       text, version, TCPSTATE_VERSION);
		return ipc_socket_fail(ipc, error, "the kernel refuses: %s", text);
	}
}

static int next_attr(const struct nlattr *attr, void *data)
{
	const char **text = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		*text = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

/* Keep the kernel's own message, which follows the error number in @message. */
static int told_error(struct ipc *ipc, const struct nlmsghdr *message, int error,
		      size_t offset)
{
	const char *text = NULL;

	if (message->nlmsg_flags & NLM_F_ACK_TLVS && message->nlmsg_len > offset + NLMSG_HDRLEN)
		mnl_attr_parse(message, offset, next_attr, &text);
	return ipc_socket_refused(ipc, error, text);
}

/* NLMSG_ERROR: an ACK is one, too, with the error 0. */
static int read_error(struct ipc *ipc, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
		return ipc_socket_fail(ipc, EBADMSG, "the kernel's answer is cut off");
	if (!error->error)
		return 0;
	/* A copy of the request stands before the attributes, unless it was capped. */
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
static int read_answers(struct ipc *ipc, int len, bool *interrupted, ipc_socket_answer *answer,
			void *data)
{
	const struct nlmsghdr *message = (void *)ipc->buffer;
	int ret;

	for (; mnl_nlmsg_ok(message, len); message = mnl_nlmsg_next(message, &len)) {
		/* It belongs to a dump that was given up. */
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

/**
 * ipc_socket_talk() - send a request, and read all of its answer
 * @ipc: where
 * @request: what ipc_socket_prepare() returned, with its attributes
 * @answer: gets each message of the answer
 * @data: for @answer
 *
 * Return: 0; -EAGAIN if the table was flushed meanwhile; what @answer returned, if
 * negative; or another negative, with ipc_error().
 */
int ipc_socket_talk(struct ipc *ipc, struct nlmsghdr *request, ipc_socket_answer *answer,
		    void *data)
{
	bool interrupted = false;
	int len, ret;

	if (ipc->recording)
		return ipc_socket_fail(ipc, EOPNOTSUPP, "a recording does not tell that");
	request->nlmsg_seq = ++ipc->seq;
	if (mnl_socket_sendto(ipc->requests, request, request->nlmsg_len) < 0)
		return ipc_socket_refused(ipc, errno, NULL);
	do {
		len = mnl_socket_recvfrom(ipc->requests, ipc->buffer, sizeof(ipc->buffer));
		if (len < 0)
			return errno == EINTR ? -EINTR : ipc_socket_refused(ipc, errno, NULL);
		ret = read_answers(ipc, len, &interrupted, answer, data);
		if (ret > 0 && ipc->between && ipc->between(ipc->between_data))
			return -ECANCELED;
	} while (ret > 0);
	return !ret && interrupted ? -EAGAIN : ret;
}

/**
 * ipc_set_between() - do something else while a long answer is read
 * @ipc: where from
 * @between: called between two datagrams, of which each takes less than a millisecond; a
 * result that is not 0 ends the request with -ECANCELED, and nothing but ipc_close() may follow
 * @data: for @between
 */
void ipc_set_between(struct ipc *ipc, ipc_between *between, void *data)
{
	ipc->between = between;
	ipc->between_data = data;
}

static struct nlmsghdr *prepare(struct ipc *ipc, char *buffer, uint16_t type, uint8_t command,
				uint8_t version, uint16_t flags)
{
	struct nlmsghdr *message;
	struct genlmsghdr *header;

	/* libmnl does not write the padding between attributes. */
	memset(buffer, 0, IPC_REQUEST_BYTES);
	message = mnl_nlmsg_put_header(buffer);
	message->nlmsg_type = type ? type : ipc->family;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = version;
	return message;
}

/**
 * ipc_socket_prepare() - begin a request to the module
 * @ipc: where to
 * @buffer: for the request
 * @command: TCPSTATE_CMD_*
 * @flags: NLM_F_*, in addition to NLM_F_REQUEST
 *
 * Return: the message, to which attributes may be added.
 */
struct nlmsghdr *ipc_socket_prepare(struct ipc *ipc, char buffer[IPC_REQUEST_BYTES],
				    uint8_t command, uint16_t flags)
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

/**
 * ipc_socket_resolve() - find out the numbers of a family and of one of its groups
 * @ipc: gets them as @family and @group; @group is 0 if there is no such group
 * @family: name of the family
 * @group: name of the group
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_socket_resolve(struct ipc *ipc, const char *family, const char *group)
{
	char buffer[IPC_REQUEST_BYTES];
	struct nlmsghdr *message = prepare(ipc, buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1,
					   NLM_F_ACK);
	int ret;

	ipc->group = 0;
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, family);
	ret = ipc_socket_talk(ipc, message, answer_family, (void *)group);
	return ret == -ENOENT ? not_loaded(ipc) : ret;
}

static void set_option(struct mnl_socket *socket, int option)
{
	int one = 1;

	/* If this fails, errors only lack the kernel's message. */
	mnl_socket_setsockopt(socket, option, &one, sizeof(one));
}

/**
 * ipc_open() - find the module, in the network namespace of the caller
 *
 * Return: what the other functions take, or NULL without memory. If it has failed,
 * ipc_error() says how, and nothing but ipc_close() may follow.
 */
struct ipc *ipc_open(void)
{
	struct ipc *ipc = calloc(1, sizeof(*ipc));

	if (!ipc)
		return NULL;
	ipc->seq = time(NULL);
	ipc->requests = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!ipc->requests || mnl_socket_bind(ipc->requests, 0, MNL_SOCKET_AUTOPID)) {
		ipc_socket_fail(ipc, errno, "no netlink socket: %s", strerror(errno));
		return ipc;
	}
	set_option(ipc->requests, NETLINK_EXT_ACK);
	set_option(ipc->requests, NETLINK_CAP_ACK);
	set_option(ipc->requests, NETLINK_GET_STRICT_CHK);
	ipc_socket_resolve(ipc, TCPSTATE_FAMILY_NAME, TCPSTATE_MCGRP_EVENTS);
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
	ipc_recording_close(ipc->recording);
	free(ipc->all);
	free(ipc);
}

/**
 * ipc_error() - what went wrong last
 * @ipc: where
 *
 * Return: a sentence without its full stop; "" if nothing went wrong.
 */
const char *ipc_error(const struct ipc *ipc)
{
	return ipc->error;
}
