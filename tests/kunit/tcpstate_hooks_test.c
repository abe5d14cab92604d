// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registration of the hooks fails half-way: the last place for them is full, so
 * that those registered before are unregistered, while a thread reads them like the
 * dump of nfnetlink_hook.
 */
#include "table_fixture.h"

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netfilter.h>

#include "hooks.h"

/* More than net/netfilter/core.c takes for one place (MAX_HOOK_COUNT) */
#define FILLERS		1025

/* The most registrations that fail before the reader has met one of them */
#define ATTEMPTS	2000

/* How long the reader still uses what it has found, once it is unregistered */
#define HOLD_MS		20

/* struct reader - what the thread looks for, and what it found */
struct reader {
	/* The hooks of this one */
	const struct tcpstate_net *tn;
	/* How many registrations have returned */
	unsigned int returned;
	/* How often a hook was unregistered while it was being read */
	unsigned int met;
	/* How often its registration then returned before the reader was done */
	unsigned int early;
	/* How often the hook was then another one afterwards */
	unsigned int changed;
};

static unsigned int accept(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static struct nf_hook_entries *entries_of(struct net *net)
{
	return rcu_dereference(net->nf.hooks_ipv4[NF_INET_LOCAL_IN]);
}

/* As nfnetlink_hook finds what it dumps. */
static const struct nf_hook_ops *find_hook(const struct nf_hook_entries *entries,
					   const struct tcpstate_net *tn)
{
	struct nf_hook_ops **ops;
	unsigned int i;

	if (!entries)
		return NULL;
	ops = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries; i++) {
		const struct nf_hook_ops *hook = READ_ONCE(ops[i]);

		if (hook->priv == tn)
			return hook;
	}
	return NULL;
}

/* Looks at the hooks once, and for longer if it finds one. */
static void look(struct reader *reader)
{
	struct net *net = reader->tn->net;
	unsigned long deadline = jiffies + HZ;
	const struct nf_hook_entries *entries;
	const struct nf_hook_ops *hook;
	unsigned int returned;

	rcu_read_lock();
	returned = READ_ONCE(reader->returned);
	entries = entries_of(net);
	hook = find_hook(entries, reader->tn);
	if (hook) {
		while (entries_of(net) == entries && time_before(jiffies, deadline))
			cpu_relax();
		/* This leaves time to free it, if unregistering does not wait for readers. */
		mdelay(HOLD_MS);
		reader->early += READ_ONCE(reader->returned) != returned;
		reader->changed += hook->priv != reader->tn || hook->pf != NFPROTO_IPV4 ||
				   hook->hooknum != NF_INET_LOCAL_IN;
		WRITE_ONCE(reader->met, reader->met + 1);
	}
	rcu_read_unlock();
}

static int read_hooks(void *data)
{
	while (!kthread_should_stop()) {
		look(data);
		cond_resched();
	}
	return 0;
}

/* Fills the last place that the hooks are registered for; returns how many that took. */
static unsigned int fill(struct nf_hook_ops *fillers)
{
	unsigned int n;

	for (n = 0; n < FILLERS; n++) {
		fillers[n].hook = accept;
		fillers[n].pf = NFPROTO_IPV6;
		fillers[n].hooknum = NF_INET_FORWARD;
		if (nf_register_net_hook(&init_net, &fillers[n]))
			break;
	}
	return n;
}

static void hooks_are_read_until_their_failed_registration_returns(struct kunit *test)
{
	struct nf_hook_ops *fillers;
	struct reader reader = { .tn = new_net(test) };
	struct tcpstate_net *tn = (struct tcpstate_net *)reader.tn;
	struct task_struct *task;
	unsigned int n, i;
	int err = -E2BIG;

	if (num_online_cpus() < 2)
		kunit_skip(test, "only another processor reads the hooks while they are there");
	fillers = kunit_kcalloc(test, FILLERS, sizeof(*fillers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fillers);
	task = kthread_run(read_hooks, &reader, "tcpstate_hooks");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	n = fill(fillers);
	for (i = 0; err == -E2BIG && !READ_ONCE(reader.met) && i < ATTEMPTS; i++) {
		err = tcpstate_hooks_init(tn);
		WRITE_ONCE(reader.returned, reader.returned + 1);
	}
	kthread_stop(task);
	nf_unregister_net_hooks(&init_net, fillers, n);
	KUNIT_EXPECT_EQ(test, err, -E2BIG);
	KUNIT_EXPECT_NE(test, reader.met, 0);
	KUNIT_EXPECT_EQ(test, reader.early, 0);
	KUNIT_EXPECT_EQ(test, reader.changed, 0);
}

static struct kunit_case hooks_test_cases[] = {
	KUNIT_CASE(hooks_are_read_until_their_failed_registration_returns),
	{}
};

static struct kunit_suite hooks_test_suite = {
	.name = "tcpstate_hooks",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = hooks_test_cases,
};

kunit_test_suite(hooks_test_suite);

MODULE_DESCRIPTION("tests of tcpstate's hooks.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
