// SPDX-License-Identifier: GPL-2.0-only
/* The same request in every network namespace that the caller may read. */
#include "ipc_all.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "intern.h"
#include "ipc_attr.h"
#include "ipc_recording.h"
#include "ipc_socket.h"
#include "netns_list.h"

/** struct ipc_all - the last round through all namespaces */
struct ipc_all {
	/** @n_read: namespaces that answered */
	unsigned int n_read;
	/** @n_denied: those that the caller may not enter, or not read */
	unsigned int n_denied;
	/** @hidden: processes that do not show theirs */
	unsigned int hidden;
	/** @told: ipc_unread() has told of them */
	bool told;
	char text[PARSE_ERROR];
};

/**
 * ipc_open_all() - make what asks in every network namespace
 *
 * Return: what ipc_each_netns(), ipc_list(), ipc_count() and stream_run() take, or NULL without
 * memory.
 */
struct ipc *ipc_open_all(void)
{
	struct ipc *ipc = calloc(1, sizeof(*ipc));

	if (ipc)
		ipc->all = calloc(1, sizeof(*ipc->all));
	if (ipc && !ipc->all) {
		free(ipc);
		return NULL;
	}
	return ipc;
}

/**
 * ipc_is_all() - does it ask in every network namespace?
 * @ipc: which
 *
 * Return: true if ipc_open_all() made it.
 */
bool ipc_is_all(const struct ipc *ipc)
{
	return ipc->all;
}

/**
 * ipc_netns() - the name of the network namespace that is asked
 * @ipc: which
 *
 * Return: what --netns takes for it; NULL without --all-netns.
 */
const char *ipc_netns(const struct ipc *ipc)
{
	return ipc->netns;
}

/**
 * ipc_unread() - say what could not be read
 * @ipc: where from
 *
 * Return: a sentence without its full stop, once; "" if there is nothing more to say.
 */
const char *ipc_unread(struct ipc *ipc)
{
	struct ipc_all *all = ipc->all;
	char hidden[96] = "";

	if (ipc->recording)
		return ipc_recording_unread(ipc);
	if (!all || all->told || !(all->n_denied || all->hidden))
		return "";
	all->told = true;
	if (all->hidden == 1)
		snprintf(hidden, sizeof(hidden), "the kernel does not show that of 1 process");
	else if (all->hidden)
		snprintf(hidden, sizeof(hidden), "the kernel does not show those of %u processes",
			 all->hidden);
	if (all->n_denied)
		snprintf(all->text, sizeof(all->text), "%u network namespace%s could not be read (it takes CAP_SYS_ADMIN and CAP_NET_ADMIN there)%s%s",
			 all->n_denied, all->n_denied == 1 ? "" : "s", *hidden ? ", and " : "",
			 hidden);
	else
		snprintf(all->text, sizeof(all->text), "network namespaces may be missing: %s",
			 hidden);
	return all->text;
}

/**
 * ipc_no_memory() - fail for lack of memory
 * @ipc: where
 *
 * Return: -ENOMEM, with ipc_error().
 */
int ipc_no_memory(struct ipc *ipc)
{
	return ipc_socket_fail(ipc, ENOMEM, "%s", strerror(ENOMEM));
}

/**
 * ipc_find_netns() - begin a round through all network namespaces
 * @ipc: what ipc_open_all() returned
 * @list: is filled with them; netns_list_free() has to follow
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_find_netns(struct ipc *ipc, struct netns_list *list)
{
	int ret = netns_list_read(list);

	ipc->all->n_read = 0;
	ipc->all->n_denied = 0;
	ipc->all->hidden = list->hidden;
	return ret ? ipc_no_memory(ipc) : 0;
}

static bool is_denied(int error)
{
	return error == -EPERM || error == -EACCES;
}

/**
 * ipc_open_netns() - ask in one network namespace
 * @ipc: what ipc_open_all() returned
 * @netns: which
 * @one: is filled; NULL if the namespace is gone, or the caller may not enter it
 *
 * The caller is in that namespace afterwards.
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_open_netns(struct ipc *ipc, const struct netns *netns, struct ipc **one)
{
	int ret = netns_list_enter(netns);

	*one = NULL;
	if (is_denied(ret)) {
		ipc->all->n_denied++;
		ipc_socket_refused(ipc, EPERM, NULL);
	}
	if (is_denied(ret) || ret == -ENOENT)
		return 0;
	if (ret)
		return ipc_socket_fail(ipc, -ret, "network namespace '%s': %s", netns->name,
				       strerror(-ret));
	*one = ipc_open();
	if (!*one)
		return ipc_no_memory(ipc);
	(*one)->netns = netns->name;
	(*one)->between = ipc->between;
	(*one)->between_data = ipc->between_data;
	if (!*(*one)->error)
		return 0;
	ret = ipc_socket_fail(ipc, ENOTCONN, "%s", (*one)->error);
	ipc_close(*one);
	*one = NULL;
	return ret;
}

/**
 * ipc_judge_netns() - judge what a request in one network namespace returned
 * @ipc: what ipc_open_all() returned
 * @one: where the request was made
 * @ret: what it returned
 *
 * Return: 0 if it was answered, or if the caller may not read that namespace, which is counted;
 * or else @ret, with ipc_error().
 */
int ipc_judge_netns(struct ipc *ipc, const struct ipc *one, int ret)
{
	if (ret == -ENOMEM)
		ipc_no_memory(ipc);
	else if (ret < 0 && *one->error)
		ipc_socket_fail(ipc, -ret, "%s", one->error);
	if (is_denied(ret))
		ipc->all->n_denied++;
	else if (!ret)
		ipc->all->n_read++;
	return is_denied(ret) ? 0 : ret;
}

/**
 * ipc_each_netns() - make requests in every network namespace
 * @ipc: where; if ipc_open() made it, the requests are made there, once
 * @each: makes them; see ipc_each_netns_t
 * @data: for @each
 *
 * A namespace that ends meanwhile is left out, and so is one that the caller may not read, as long
 * as there are others.
 *
 * Return: 0; -EAGAIN if @each returned that for some; or another result of @each, which ends the
 * round; or another negative, with ipc_error().
 */
int ipc_each_netns(struct ipc *ipc, ipc_each_netns_t *each, void *data)
{
	struct netns_list list;
	bool again = false;
	struct ipc *one;
	int ret;

	if (!ipc->all) {
		ret = each(ipc, data);
		return ret == -ENOMEM ? ipc_no_memory(ipc) : ret;
	}
	ret = ipc_find_netns(ipc, &list);
	for (size_t i = 0; i < list.n && !ret; i++) {
		ret = ipc_open_netns(ipc, &list.netns[i], &one);
		if (ret || !one)
			continue;
		ret = each(one, data);
		if (ret == -EAGAIN) {
			again = true;
			ret = 0;
		}
		ret = ipc_judge_netns(ipc, one, ret);
		ipc_close(one);
	}
	netns_list_free(&list);
	/* What is wrong with all of them is in ipc_error(). */
	if (!ret && !ipc->all->n_read && ipc->all->n_denied) {
		ipc->all->told = true;
		return -EPERM;
	}
	return !ret && again ? -EAGAIN : ret;
}

/* The name of an interface. The caller may be elsewhere, but a socket answers for its namespace. */
static const char *name_interface(struct ipc *ipc, uint32_t ifindex)
{
	struct ifreq request = { .ifr_ifindex = ifindex };

	if (ifindex == ipc->ifindex)
		return ipc->interface;
	if (ioctl(mnl_socket_get_fd(ipc->requests), SIOCGIFNAME, &request))
		snprintf(request.ifr_name, sizeof(request.ifr_name), "%u", ifindex);
	ipc->interface = intern(request.ifr_name);
	ipc->ifindex = ifindex;
	return ipc->interface;
}

/**
 * ipc_read_flow() - read a connection, or an event, from a message
 * @ipc: where it comes from
 * @message: the message
 * @flow: is filled
 */
void ipc_read_flow(struct ipc *ipc, const struct nlmsghdr *message, struct flow *flow)
{
	ipc_attr_parse_flow(message, flow);
	flow->netns = ipc->netns;
	if (flow->netns && flow->ifindex)
		flow->interface = name_interface(ipc, flow->ifindex);
}
