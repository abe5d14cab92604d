// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network namespaces that there are: those that have a name in the folder of 'ip netns', those
 * that are mounted elsewhere, and those of processes. A namespace that is kept by an open file
 * alone, or by a thread that left that of its process, is not found.
 */
#include "netns_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <mntent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intern.h"
#include "netns.h"

/* The namespace in which this program is. */
static ino_t here;
/* The one in which it was first, which stays as long as the file is open. */
static ino_t own;
static int own_fd = -1;

static struct netns *find(const struct netns_list *list, ino_t inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->netns[i].inode == inode)
			return &list->netns[i];
	return NULL;
}

/* Adds a namespace, unless it is there; @name may be NULL, and the first one counts. */
static int add(struct netns_list *list, ino_t inode, const char *path, const char *name)
{
	struct netns *netns = find(list, inode);

	if (netns && (netns->name || !name))
		return 0;
	if (!netns && list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct netns *grown = reallocarray(list->netns, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->netns = grown;
		list->room = room;
	}
	if (!netns) {
		netns = &list->netns[list->n];
		*netns = (struct netns){ .inode = inode, .path = strdup(path) };
		if (!netns->path)
			return -ENOMEM;
		list->n++;
	}
	netns->name = name ? intern(name) : NULL;
	return name && !netns->name ? -ENOMEM : 0;
}

/* Opens a file if it stands for a network namespace: its descriptor, or -errno. */
static int open_netns(const char *path, ino_t *inode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET || fstat(fd, &stat)) {
		close(fd);
		return -EINVAL;
	}
	*inode = stat.st_ino;
	return fd;
}

/* Adds what a file stands for, if that is a network namespace. */
static int add_file(struct netns_list *list, const char *path, const char *name)
{
	ino_t inode;
	int fd = open_netns(path, &inode);

	if (fd < 0)
		return 0;
	close(fd);
	return add(list, inode, path, name);
}

/* Those that 'ip netns' lists, in the order of their names. */
static int add_named(struct netns_list *list)
{
	char path[sizeof(NETNS_FOLDER) + NAME_MAX + 1];
	struct dirent **entries;
	int n = scandir(NETNS_FOLDER, &entries, NULL, alphasort);
	int ret = 0;

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", NETNS_FOLDER, entries[i]->d_name);
		if (!ret && *entries[i]->d_name != '.')
			ret = add_file(list, path, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return ret;
}

/* Those that are mounted, as container engines do; their name is the path. */
static int add_mounted(struct netns_list *list)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int ret = 0;

	while (file && !ret && (entry = getmntent(file)))
		if (!strcmp(entry->mnt_type, "nsfs"))
			ret = add_file(list, entry->mnt_dir, entry->mnt_dir);
	if (file)
		endmntent(file);
	return ret;
}

/* What --netns takes for the namespace of a process. */
static void name_of_pid(const char *pid, char *name, size_t size)
{
	char path[sizeof(NETNS_FOLDER) + NAME_MAX + 1];

	/* A namespace may have the name that looks like this pid. */
	snprintf(path, sizeof(path), "%s/%s", NETNS_FOLDER, pid);
	snprintf(name, size, access(path, F_OK) ? "%s" : "/proc/%s/ns/net", pid);
}

/* The namespace of a process; a process that has ended meanwhile has none. */
static int add_process(struct netns_list *list, const char *pid)
{
	char path[NAME_MAX + 16], text[32], name[NAME_MAX + 16];
	struct netns *netns;
	unsigned long inode;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	len = readlink(path, text, sizeof(text) - 1);
	if (len < 0) {
		list->hidden += errno == EACCES || errno == EPERM;
		return 0;
	}
	text[len] = '\0';
	if (sscanf(text, "net:[%lu]", &inode) != 1)
		return 0;
	netns = find(list, inode);
	if (netns && netns->name)
		return 0;
	name_of_pid(pid, name, sizeof(name));
	return add(list, inode, path, name);
}

static int add_processes(struct netns_list *list)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int ret = 0;

	while (folder && !ret && (entry = readdir(folder)))
		if (isdigit((unsigned char)*entry->d_name))
			ret = add_process(list, entry->d_name);
	if (folder)
		closedir(folder);
	return ret;
}

/* If no other source names the caller's own namespace, its number does. */
static int name_rest(struct netns_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		char text[24];

		if (list->netns[i].name)
			continue;
		snprintf(text, sizeof(text), "%lu", (unsigned long)list->netns[i].inode);
		list->netns[i].name = intern(text);
		if (!list->netns[i].name)
			return -ENOMEM;
	}
	return 0;
}

/**
 * netns_list_read() - find the network namespaces that there are
 * @list: is filled: that of the caller comes first, then those with a name, by name, then
 * those that are mounted, then those of processes, by the lowest pid
 *
 * Return: 0 or -ENOMEM; netns_list_free() has to follow in both cases.
 */
int netns_list_read(struct netns_list *list)
{
	char path[32];
	int ret = 0;

	memset(list, 0, sizeof(*list));
	if (own_fd < 0) {
		own_fd = open_netns("/proc/self/ns/net", &own);
		here = own;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", own_fd);
	if (own_fd >= 0)
		ret = add(list, own, path, NULL);
	ret = ret ? ret : add_named(list);
	ret = ret ? ret : add_mounted(list);
	ret = ret ? ret : add_processes(list);
	return ret ? ret : name_rest(list);
}

/**
 * netns_list_free() - undo netns_list_read()
 * @list: the list
 *
 * The caller goes back to its own namespace, because it would keep the one where it is.
 */
void netns_list_free(struct netns_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->netns[i].path);
	free(list->netns);
	memset(list, 0, sizeof(*list));
	if (here != own && !setns(own_fd, CLONE_NEWNET))
		here = own;
}

/**
 * netns_list_enter() - go into a network namespace
 * @netns: one of a list
 *
 * The caller stays where it is if it is there already, which takes no privilege.
 *
 * Return: 0; -ENOENT if the namespace is gone; or another negative.
 */
int netns_list_enter(const struct netns *netns)
{
	ino_t inode = 0;
	int fd, ret;

	if (netns->inode == here)
		return 0;
	fd = open_netns(netns->path, &inode);
	if (fd < 0)
		return fd == -ESRCH || fd == -EINVAL ? -ENOENT : fd;
	/* The process has gone to another namespace, or another one has its pid. */
	ret = inode != netns->inode ? -ENOENT : setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (!ret)
		here = inode;
	return ret;
}
