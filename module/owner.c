// SPDX-License-Identifier: GPL-2.0-only
/* Owners: whoever answers for the records of one or several namespaces. */
#include "owner.h"

#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

/**
 * DOC: owners
 *
 * An unprivileged user may create any number of user namespaces, and of network namespaces in
 * them. So room is shared out between users and not between namespaces. A network namespace
 * belongs to the user who created the outermost user namespace around it: whatever is created
 * inside, with whatever ids are mapped there, is still his. All network namespaces of the initial
 * user namespace, which only a privileged user can create, have one owner together.
 */

struct tcpstate_owner tcpstate_owner_initial = {
	.list = LIST_HEAD_INIT(tcpstate_owner_initial.list),
};

/* Protects @list and @refs of all owners. */
static DEFINE_MUTEX(mutex);
static LIST_HEAD(owners);

static struct tcpstate_owner *find(kuid_t uid)
{
	struct tcpstate_owner *owner;

	lockdep_assert_held(&mutex);
	list_for_each_entry(owner, &owners, list)
		if (uid_eq(owner->uid, uid))
			return owner;
	return NULL;
}

/**
 * tcpstate_owner_get_uid() - find or make the owner of a user's namespaces
 * @uid: the user
 *
 * Context: process; may sleep.
 * Return: the owner, until tcpstate_owner_put(); NULL without memory.
 */
struct tcpstate_owner *tcpstate_owner_get_uid(kuid_t uid)
{
	struct tcpstate_owner *owner;

	mutex_lock(&mutex);
	owner = find(uid);
	if (!owner) {
		owner = kzalloc(sizeof(*owner), GFP_KERNEL);
		if (owner) {
			owner->uid = uid;
			list_add(&owner->list, &owners);
		}
	}
	if (owner)
		owner->refs++;
	mutex_unlock(&mutex);
	return owner;
}

/**
 * tcpstate_owner_get() - find or make the owner of a namespace
 * @net: the namespace
 *
 * Context: process; may sleep.
 * Return: the owner, until tcpstate_owner_put(); NULL without memory.
 */
struct tcpstate_owner *tcpstate_owner_get(const struct net *net)
{
	const struct user_namespace *user_ns = net->user_ns;

	if (user_ns == &init_user_ns)
		return &tcpstate_owner_initial;
	while (user_ns->parent != &init_user_ns)
		user_ns = user_ns->parent;
	return tcpstate_owner_get_uid(user_ns->owner);
}

/**
 * tcpstate_owner_put() - undo tcpstate_owner_get()
 * @owner: the owner; freed after an RCU grace period if nobody has it any more
 *
 * Context: process; may sleep.
 */
void tcpstate_owner_put(struct tcpstate_owner *owner)
{
	if (tcpstate_owner_is_initial(owner))
		return;
	mutex_lock(&mutex);
	if (!--owner->refs) {
		WARN_ON_ONCE(atomic_read(&owner->records));
		list_del(&owner->list);
		kfree_rcu(owner, rcu);
	}
	mutex_unlock(&mutex);
}
