// SPDX-License-Identifier: GPL-2.0-only
/* See genl.h. Every program here names itself by program_invocation_short_name. */
#define _GNU_SOURCE
#include "genl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

/* Prints what failed and the name of errno, and ends the program. */
noreturn void genl_die(const char *what)
{
	printf("%s: %s: %s\n", program_invocation_short_name, what,
	       strerrorname_np(errno) ?: "0");
	exit(2);
}

/* Enters a namespace, or ends the program. */
void genl_enter(const char *netns)
{
	int err = netns_enter(netns);

	if (!err)
		return;
	errno = -err;
	genl_die(netns);
}

/* Blocks a signal, so that genl_wait() takes it even if it came before. */
void genl_block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool genl_pending(int signal)
{
	sigset_t set;

	return !sigpending(&set) && sigismember(&set, signal) == 1;
}

void genl_wait(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigwait(&set, &signal);
}

/*
 * rcvbuf: the size of the receive buffer in bytes, which may exceed the system's limit if
 * the caller is privileged; 0 leaves it as it is.
 */
struct mnl_socket *genl_open(int rcvbuf)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int one = 1;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		genl_die("socket");
	if (rcvbuf &&
	    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
		       sizeof(rcvbuf)) &&
	    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)))
		genl_die("SO_RCVBUF");
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return nl;
}

struct nlmsghdr *genl_put(void *buffer, __u16 type, __u16 flags, __u8 cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = cmd;
	genl->version = TCPSTATE_FAMILY_VERSION;
	return nlh;
}

static int into_table(const struct nlattr *attr, void *data)
{
	const struct nlattr **table = data;
	__u16 type = mnl_attr_get_type(attr);

	if (type < GENL_ATTRS)
		table[type] = attr;
	return MNL_CB_OK;
}

/* table[GENL_ATTRS] takes the attributes; the last one of each type. */
void genl_parse(const struct nlmsghdr *nlh, const struct nlattr **table)
{
	memset(table, 0, GENL_ATTRS * sizeof(*table));
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), into_table, table);
}

void genl_parse_nest(const struct nlattr *nest, const struct nlattr **table)
{
	memset(table, 0, GENL_ATTRS * sizeof(*table));
	if (nest)
		mnl_attr_parse_nested(nest, into_table, table);
}

/* The value of an attribute of any width; 0 if there is no attribute. */
__u64 genl_number(const struct nlattr *attr)
{
	__u64 number = 0;

	if (attr && mnl_attr_get_payload_len(attr) <= sizeof(number))
		memcpy(&number, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
	return number;
}

static int on_group(const struct nlattr *attr, void *data)
{
	const struct nlattr *table[GENL_ATTRS];
	struct genl_family *family = data;
	const struct nlattr *name;

	genl_parse_nest(attr, table);
	name = table[CTRL_ATTR_MCAST_GRP_NAME];
	if (name && !strcmp(mnl_attr_get_str(name), TCPSTATE_MCGRP_EVENTS))
		family->events = genl_number(table[CTRL_ATTR_MCAST_GRP_ID]);
	return MNL_CB_OK;
}

/* Finds the family, or ends the program. */
struct genl_family genl_find(struct mnl_socket *nl)
{
	struct nlmsghdr buffer[8192 / NLMSG_HDRLEN];
	const struct nlattr *table[GENL_ATTRS];
	struct genl_family family = {};
	struct nlmsghdr *nlh;
	ssize_t got;

	nlh = genl_put(buffer, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TCPSTATE_FAMILY_NAME);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		genl_die("getfamily");
	got = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
	if (got < 0)
		genl_die("getfamily");
	nlh = buffer;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
		genl_die("getfamily");
	}
	genl_parse(nlh, table);
	family.id = genl_number(table[CTRL_ATTR_FAMILY_ID]);
	if (table[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_parse_nested(table[CTRL_ATTR_MCAST_GROUPS], on_group, &family);
	return family;
}
