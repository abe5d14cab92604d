// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets of local ends, and the processes that have them open, found as ss(8) finds them: by
 * one list of the sockets of each network namespace, and one walk through the files of all
 * processes.
 */
#include "sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** struct walk - a walk through the files of all processes */
struct walk {
	struct sockets *sockets;
	/** @by_inode: those sockets that are open, by inode */
	struct socket **by_inode;
	size_t n;
	/** @denied: the process does not show its files */
	bool denied;
};

/** struct reading - a list of the sockets of one network namespace */
struct reading {
	struct sockets *sockets;
	const char *netns;
};

static int add(const struct diag *diag, void *data)
{
	struct reading *reading = data;
	struct sockets *sockets = reading->sockets;

	if (sockets->n == sockets->room) {
		size_t room = sockets->room ? 2 * sockets->room : 64;
		struct socket *grown = reallocarray(sockets->socket, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		sockets->socket = grown;
		sockets->room = room;
	}
	sockets->socket[sockets->n++] = (struct socket){
		.diag = *diag, .netns = reading->netns,
	};
	return 0;
}

static int add_netns(struct ipc *ipc, void *data)
{
	struct reading reading = { .sockets = data, .netns = ipc_netns(ipc) };

	return ipc_diag_list(ipc, add, &reading);
}

static int compare_inodes(const void *a, const void *b)
{
	const struct socket *one = *(struct socket *const *)a, *two = *(struct socket *const *)b;

	return one->diag.inode < two->diag.inode ? -1 : one->diag.inode > two->diag.inode;
}

/* Orders by all but the interface. */
static int compare_tuples(const void *a, const void *b)
{
	const struct socket *one = a, *two = b;
	const struct tuple *first = &one->diag.tuple, *second = &two->diag.tuple;
	int ret;

	if (one->netns != two->netns)
		return (uintptr_t)one->netns < (uintptr_t)two->netns ? -1 : 1;
	if (first->family != second->family)
		return first->family < second->family ? -1 : 1;
	ret = memcmp(first->port, second->port, sizeof(first->port));
	return ret ? ret : memcmp(first->address, second->address, sizeof(first->address));
}

static struct socket *find_inode(const struct walk *walk, uint32_t inode)
{
	const struct socket key = { .diag.inode = inode }, *pointer = &key;
	struct socket **found = bsearch(&pointer, walk->by_inode, walk->n, sizeof(*found),
					compare_inodes);

	return found ? *found : NULL;
}

/* The name of a process; one that has ended meanwhile has none. */
static void read_name(const char *pid, char name[SOCKETS_NAME])
{
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.11s/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(name, SOCKETS_NAME, file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
}

static int add_holder(struct socket *socket, const char *pid, const char *fd,
		      const char name[SOCKETS_NAME])
{
	struct socket_holder *holder;

	if (socket->n_holders == SOCKETS_HOLDERS) {
		socket->more++;
		return 0;
	}
	holder = reallocarray(socket->holder, socket->n_holders + 1, sizeof(*holder));
	if (!holder)
		return -ENOMEM;
	socket->holder = holder;
	holder += socket->n_holders++;
	memcpy(holder->name, name, SOCKETS_NAME);
	holder->pid = atoi(pid);
	holder->fd = atoi(fd);
	return 0;
}

/* The socket that a file is, if it is one of ours. */
static struct socket *socket_of(struct walk *walk, int folder, const char *fd)
{
	unsigned int inode;
	char text[64];
	ssize_t len = readlinkat(folder, fd, text, sizeof(text) - 1);

	walk->denied |= len < 0 && errno == EACCES;
	if (len < 0)
		return NULL;
	text[len] = '\0';
	return sscanf(text, "socket:[%u]", &inode) == 1 ? find_inode(walk, inode) : NULL;
}

/* The files of a process, which may end meanwhile. */
static int walk_process(struct walk *walk, const char *pid)
{
	char path[32], name[SOCKETS_NAME] = "";
	struct dirent *entry;
	struct socket *socket;
	DIR *folder;
	int ret = 0;

	snprintf(path, sizeof(path), "/proc/%.11s/fd", pid);
	folder = opendir(path);
	walk->denied = !folder && errno == EACCES;
	while (folder && !ret && (entry = readdir(folder))) {
		socket = socket_of(walk, dirfd(folder), entry->d_name);
		if (!socket)
			continue;
		if (!*name)
			read_name(pid, name);
		ret = add_holder(socket, pid, entry->d_name, name);
	}
	if (folder)
		closedir(folder);
	walk->sockets->hidden += walk->denied;
	return ret;
}

static int walk_processes(struct walk *walk)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int ret = 0;

	while (folder && !ret && (entry = readdir(folder)))
		if (isdigit((unsigned char)*entry->d_name))
			ret = walk_process(walk, entry->d_name);
	if (folder)
		closedir(folder);
	return ret;
}

/* Find the processes that have the sockets open, and sort the sockets for sockets_join(). */
static int find_holders(struct sockets *sockets)
{
	struct walk walk = { .sockets = sockets };
	int ret = 0;

	walk.by_inode = calloc(sockets->n + 1, sizeof(*walk.by_inode));
	if (!walk.by_inode)
		return -ENOMEM;
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->socket[i].diag.inode)
			walk.by_inode[walk.n++] = &sockets->socket[i];
	qsort(walk.by_inode, walk.n, sizeof(*walk.by_inode), compare_inodes);
	if (walk.n)
		ret = walk_processes(&walk);
	free(walk.by_inode);
	if (sockets->n)
		qsort(sockets->socket, sockets->n, sizeof(*sockets->socket), compare_tuples);
	return ret;
}

/**
 * sockets_read() - read the sockets of a network namespace, or of all
 * @sockets: is filled; sockets_free() has to follow
 * @ipc: what ipc_open() or ipc_open_all() returned
 *
 * Return: 0 or negative, with ipc_error().
 */
int sockets_read(struct sockets *sockets, struct ipc *ipc)
{
	int ret;

	memset(sockets, 0, sizeof(*sockets));
	ret = ipc_each_netns(ipc, add_netns, sockets);
	if (!ret)
		ret = find_holders(sockets);
	return ret == -ENOMEM ? ipc_no_memory(ipc) : ret;
}

/**
 * sockets_read_flow() - read the sockets of one connection, with what they tell of it
 * @sockets: is filled; sockets_free() has to follow
 * @ipc: what ipc_open() returned
 * @flow: the connection
 *
 * Return: 0 or negative, with ipc_error().
 */
int sockets_read_flow(struct sockets *sockets, struct ipc *ipc, const struct flow *flow)
{
	struct reading reading = { .sockets = sockets, .netns = flow->netns };
	struct diag diag;
	int ret = 0;

	memset(sockets, 0, sizeof(*sockets));
	for (int end = 0; end < 2 && !ret; end++) {
		ret = ipc_diag_get(ipc, flow, end, &diag);
		if (!ret && diag.tuple.family)
			ret = add(&diag, &reading);
	}
	if (!ret)
		ret = find_holders(sockets);
	return ret == -ENOMEM ? ipc_no_memory(ipc) : ret;
}

/**
 * sockets_free() - undo sockets_read()
 * @sockets: the sockets
 */
void sockets_free(struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		free(sockets->socket[i].holder);
	free(sockets->socket);
	memset(sockets, 0, sizeof(*sockets));
}

static const struct socket *find(const struct sockets *sockets, const struct flow *flow, int end)
{
	const struct socket *first = sockets->socket, *last = first + sockets->n, *found;
	const struct socket *likely = NULL;
	struct socket key = {
		.netns = flow->netns,
		.diag.tuple = {
			.family = flow->family,
			.port = { flow->end[end].port, flow->end[!end].port },
		},
	};

	memcpy(key.diag.tuple.address[0], flow->end[end].address, sizeof(flow->end[end].address));
	memcpy(key.diag.tuple.address[1], flow->end[!end].address, sizeof(flow->end[end].address));
	found = sockets->n ? bsearch(&key, first, sockets->n, sizeof(key), compare_tuples) : NULL;
	if (!found)
		return NULL;
	/* The same addresses and ports may be in use in several VRFs. */
	while (found > first && !compare_tuples(found - 1, &key))
		found--;
	for (; found < last && !compare_tuples(found, &key); found++) {
		uint32_t ifindex = found->diag.tuple.ifindex;

		if (ifindex == flow->ifindex)
			return found;
		/* A socket may be bound to one although its addresses are valid everywhere. */
		if (!ifindex || !flow->ifindex)
			likely = found;
	}
	return likely;
}

/**
 * sockets_join() - add to a connection the sockets of its ends
 * @sockets: after sockets_read(); has to stay as long as @flow
 * @flow: gets them; an end without a socket gets one that nobody has open
 */
void sockets_join(const struct sockets *sockets, struct flow *flow)
{
	static const struct socket none;

	for (int end = 0; end < 2; end++) {
		const struct socket *socket = find(sockets, flow, end);

		flow->end[end].socket = socket ? socket : &none;
	}
}
