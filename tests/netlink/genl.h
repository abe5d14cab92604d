/* SPDX-License-Identifier: GPL-2.0-only */
/* What the helpers of these tests share: a socket, the family, attributes. */
#ifndef TESTS_NETLINK_GENL_H
#define TESTS_NETLINK_GENL_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/tcpstate.h>
#include <stdbool.h>
#include <stdnoreturn.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* More than the largest attribute of any set */
#define GENL_ATTRS 32
/* More than the kernel puts into one message */
#define GENL_BUFFER (128 * 1024)

struct genl_family {
	__u16 id;
	/* The number of the multicast group */
	__u32 events;
};

noreturn void genl_die(const char *what);
void genl_enter(const char *netns);
void genl_block(int signal);
bool genl_pending(int signal);
void genl_wait(int signal);
struct mnl_socket *genl_open(int rcvbuf);
struct genl_family genl_find(struct mnl_socket *nl);
struct nlmsghdr *genl_put(void *buffer, __u16 type, __u16 flags, __u8 cmd);
void genl_parse(const struct nlmsghdr *nlh, const struct nlattr **table);
void genl_parse_nest(const struct nlattr *nest, const struct nlattr **table);
__u64 genl_number(const struct nlattr *attr);

#endif
