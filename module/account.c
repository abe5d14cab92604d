// SPDX-License-Identifier: GPL-2.0-only
/* Accounts: the user and the cgroup that a socket belongs to, as one number. */
#include "account.h"

#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "net.h"
#include "owner.h"
#include "stats.h"

/**
 * DOC: accounts
 *
 * A record has 16 bits for the owner of each end, so that it knows one when the socket is gone.
 * They are the number of an account: a user and a cgroup, each pair once.
 *
 * To count the records of an account would cost each new record an atomic operation on a shared
 * cache line. So numbers are taken back as zones are: while few are left, a pass over all records
 * finds out which are in use. What is not is hidden, so that no packet finds it any more, and freed
 * after another pass, which begins after an RCU grace period: a packet may have found it before.
 * A number that is free is used again as late as possible, because a copy of an ended record, such
 * as an event that waits to be sent, may still have it.
 */

/* Users of other namespaces than the initial ones have at most so many accounts together. */
#define FOREIGN_MAX	(TCPSTATE_ACCOUNT_LAST / 2)

/* From so many accounts on, all of them or those of such users, look for those without records. */
#define SCARCE		(TCPSTATE_ACCOUNT_LAST / 4 * 3)
#define FOREIGN_SCARCE	(FOREIGN_MAX / 4 * 3)

#define HEADS		1024

/** struct account - a user and a cgroup */
struct account {
	/** @node: among those of the same hash, unless it is hidden */
	struct hlist_node node;
	/** @rcu: frees it */
	struct rcu_head rcu;
	/** @cgroup: number of the cgroup's folder; 0: none */
	u64 cgroup;
	/** @uid: the user */
	kuid_t uid;
	/** @number: what records keep of it */
	u16 number;
	/** @foreign: it counts towards FOREIGN_MAX */
	bool foreign;
	/** @hidden: no packet finds it */
	bool hidden;
};

/* Accounts by number, and those that are not hidden by user and cgroup; read under RCU */
static DEFINE_XARRAY_FLAGS(accounts, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
static struct hlist_head heads[HEADS];

/* Protects what follows, and all changes to the above; nests inside the bucket's lock. */
static DEFINE_SPINLOCK(lock);
static unsigned int n_accounts, n_foreign, n_hidden;
static u32 next;

/*
 * Those that records had since the pass began. The pass clears it; the pass and the collector set
 * bits, and a bit too many only keeps an account longer.
 */
static DECLARE_BITMAP(used, TCPSTATE_ACCOUNT_LAST + 1);

static struct hlist_head *head_of(kuid_t uid, u64 cgroup)
{
	return &heads[jhash_3words(__kuid_val(uid), cgroup, cgroup >> 32, 0) % HEADS];
}

/* Under RCU, or with the lock held */
static struct account *find(kuid_t uid, u64 cgroup)
{
	struct account *account;

	hlist_for_each_entry_rcu(account, head_of(uid, cgroup), node, lockdep_is_held(&lock))
		if (uid_eq(account->uid, uid) && account->cgroup == cgroup)
			return account;
	return NULL;
}

/* Number a new account, which the caller frees if that fails. The lock is held. */
static bool add(struct account *account)
{
	u32 number;

	lockdep_assert_held(&lock);
	if (account->foreign && n_foreign >= FOREIGN_MAX)
		return false;
	if (xa_alloc_cyclic(&accounts, &number, account,
			    XA_LIMIT(TCPSTATE_ACCOUNT_FIRST, TCPSTATE_ACCOUNT_LAST), &next,
			    GFP_ATOMIC | __GFP_NOWARN) < 0)
		return false;
	account->number = number;
	hlist_add_head_rcu(&account->node, head_of(account->uid, account->cgroup));
	WRITE_ONCE(n_accounts, n_accounts + 1);
	WRITE_ONCE(n_foreign, n_foreign + account->foreign);
	return true;
}

/**
 * tcpstate_account_get_pair() - find or make an account
 * @tn: the namespace of the socket
 * @uid: the user
 * @cgroup: the number of the cgroup, or 0
 *
 * What has no room is counted.
 *
 * Context: any up to softirq, bottom halves off, under rcu_read_lock() until a record has the
 * number. Takes a lock only when it first sees an account.
 * Return: the account's number, or TCPSTATE_ACCOUNT_UNKNOWN.
 */
u16 tcpstate_account_get_pair(struct tcpstate_net *tn, kuid_t uid, u64 cgroup)
{
	struct account *account = find(uid, cgroup), *new;
	u16 number = TCPSTATE_ACCOUNT_UNKNOWN;

	if (likely(account))
		return account->number;
	new = kzalloc(sizeof(*new), GFP_ATOMIC | __GFP_NOWARN);
	if (new) {
		new->uid = uid;
		new->cgroup = cgroup;
		new->foreign = !tcpstate_owner_is_initial(tn->owner);
		spin_lock(&lock);
		/* Another CPU may have made it meanwhile. */
		account = find(uid, cgroup);
		if (account || add(new))
			number = account ? account->number : new->number;
		spin_unlock(&lock);
		if (account || number == TCPSTATE_ACCOUNT_UNKNOWN)
			kfree(new);
	}
	if (number == TCPSTATE_ACCOUNT_UNKNOWN)
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_OWNER_UNKNOWN, 1);
	return number;
}

/*
 * The socket of a user that sends a segment, or NULL. A SYN/ACK is sent by a request, which has
 * its listener's owner. What the kernel answers for an end without socket, or in TIME_WAIT, is sent
 * by a raw socket of its own.
 */
static const struct sock *user_socket(const struct sock *sk)
{
	/* It takes no constant socket, and changes none. */
	sk = sk_to_full_sk((struct sock *)sk);
	return sk && sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP ? sk : NULL;
}

static u64 cgroup_of(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	return cgroup_id(sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data));
#else
	return 0;
#endif
}

/**
 * tcpstate_account_get() - find or make the account of a socket
 * @tn: the namespace
 * @sk: what sends a segment of the end, from the hook's state; may be NULL
 *
 * Context: as tcpstate_account_get_pair().
 * Return: the account's number; TCPSTATE_ACCOUNT_NONE if no socket of a user sends it;
 * TCPSTATE_ACCOUNT_UNKNOWN.
 */
u16 tcpstate_account_get(struct tcpstate_net *tn, const struct sock *sk)
{
	sk = user_socket(sk);
	if (!sk)
		return TCPSTATE_ACCOUNT_NONE;
	return tcpstate_account_get_pair(tn, sock_net_uid(tn->net, sk), cgroup_of(sk));
}

/**
 * tcpstate_account_find() - find the user and the cgroup of an account
 * @number: what a record has
 * @uid: set to the user
 * @cgroup: set to the number of the cgroup's folder, or 0
 *
 * Context: any.
 * Return: false if the number is that of no account.
 */
bool tcpstate_account_find(u16 number, kuid_t *uid, u64 *cgroup)
{
	const struct account *account;

	if (number < TCPSTATE_ACCOUNT_FIRST)
		return false;
	rcu_read_lock();
	account = xa_load(&accounts, number);
	if (account) {
		*uid = account->uid;
		*cgroup = account->cgroup;
	}
	rcu_read_unlock();
	return account;
}

/**
 * tcpstate_account_is_scarce() - tell whether few numbers are left
 *
 * Users of other namespaces than the initial ones may run out of theirs long before all are given.
 *
 * Context: any.
 * Return: true if those without records should be taken back.
 */
bool tcpstate_account_is_scarce(void)
{
	return READ_ONCE(n_accounts) >= SCARCE || READ_ONCE(n_foreign) >= FOREIGN_SCARCE;
}

/**
 * tcpstate_account_begin_pass() - begin to find out which accounts have records
 *
 * Context: process; may sleep. One caller at a time.
 */
void tcpstate_account_begin_pass(void)
{
	/* No packet that found one before it was hidden must give it to a record any more. */
	if (READ_ONCE(n_hidden))
		synchronize_rcu();
	bitmap_zero(used, TCPSTATE_ACCOUNT_LAST + 1);
}

/**
 * tcpstate_account_mark() - a record has accounts
 * @number: those of both its ends
 *
 * Context: the record's bucket locked.
 */
void tcpstate_account_mark(const u16 number[2])
{
	if (!test_bit(number[0], used))
		set_bit(number[0], used);
	if (!test_bit(number[1], used))
		set_bit(number[1], used);
}

/* Let packets find no account that has no records. */
static void hide(struct account *account)
{
	hlist_del_rcu(&account->node);
	account->hidden = true;
	WRITE_ONCE(n_hidden, n_hidden + 1);
}

/* Let them find one again that got a record while it was being hidden, unless there is another. */
static void unhide(struct account *account)
{
	if (find(account->uid, account->cgroup))
		return;
	account->hidden = false;
	WRITE_ONCE(n_hidden, n_hidden - 1);
	hlist_add_head_rcu(&account->node, head_of(account->uid, account->cgroup));
}

static void drop(struct account *account)
{
	xa_erase(&accounts, account->number);
	WRITE_ONCE(n_hidden, n_hidden - 1);
	WRITE_ONCE(n_accounts, n_accounts - 1);
	WRITE_ONCE(n_foreign, n_foreign - account->foreign);
	kfree_rcu(account, rcu);
}

/**
 * tcpstate_account_end_pass() - take back the numbers of accounts without records
 *
 * All records that there were since tcpstate_account_begin_pass() must have been marked.
 *
 * Context: process; may sleep. One caller at a time.
 * Return: true if another pass is needed to free some.
 */
bool tcpstate_account_end_pass(void)
{
	bool scarce = tcpstate_account_is_scarce(), again = false;
	struct account *account;
	unsigned long number;

	xa_for_each(&accounts, number, account) {
		bool unused = !test_bit(number, used);

		spin_lock_bh(&lock);
		if (!account->hidden) {
			if (unused && scarce) {
				hide(account);
				again = true;
			}
		} else if (unused) {
			drop(account);
		} else {
			unhide(account);
		}
		spin_unlock_bh(&lock);
		cond_resched();
	}
	return again;
}

/**
 * tcpstate_account_exit() - free all accounts; no record is left
 *
 * Context: process; may sleep.
 */
void tcpstate_account_exit(void)
{
	struct account *account;
	unsigned long number;

	xa_for_each(&accounts, number, account) {
		xa_erase_bh(&accounts, number);
		kfree(account);
	}
	xa_destroy(&accounts);
}
