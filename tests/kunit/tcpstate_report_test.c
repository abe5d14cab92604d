// SPDX-License-Identifier: GPL-2.0-only
/* Reports of a namespace where nobody has received the last ones. */
#include "table_fixture.h"

#include <linux/module.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/sockptr.h>
#include <net/sock.h>

/* The groups of generic netlink that a listener joins; those of tcpstate are among them. */
#define GROUPS		256

#define DAY_MS		(24 * 60 * 60 * 1000u)

/* Listen to all groups in the initial namespace, so that there is a listener somewhere. */
static struct socket *listen(struct kunit *test)
{
	struct socket *sock;
	int group, err;

	err = sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &sock);
	KUNIT_ASSERT_EQ(test, err, 0);
	for (group = 1; group < GROUPS; group++)
		sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				      KERNEL_SOCKPTR(&group), sizeof(group));
	return sock;
}

/* How many of three reports in a row are built, the last of which was tried so long ago */
static unsigned int built_after(struct tcpstate_net *tn, u32 silent_ms)
{
	unsigned int built = 0, i;

	/* As if nobody had received one that was built then */
	WRITE_ONCE(tn->report_heard_ms, tcpstate_clock_now_ms() - DAY_MS);
	tcpstate_report_unheard(tn);
	WRITE_ONCE(tn->report_again_ms, READ_ONCE(tn->report_again_ms) - silent_ms);
	for (i = 0; i < 3; i++)
		built += tcpstate_report_wanted(tn);
	return built;
}

static void one_report_is_tried_however_long_none_was(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct socket *sock = listen(test);

	KUNIT_EXPECT_TRUE(test, tcpstate_report_wanted(tn));
	KUNIT_EXPECT_EQ(test, built_after(tn, 0), 0);
	KUNIT_EXPECT_EQ(test, built_after(tn, 1000), 1);
	KUNIT_EXPECT_EQ(test, built_after(tn, DAY_MS), 1);
	KUNIT_EXPECT_EQ(test, built_after(tn, 30 * DAY_MS), 1);
	KUNIT_EXPECT_EQ(test, built_after(tn, 49 * DAY_MS), 1);
	sock_release(sock);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(one_report_is_tried_however_long_none_was),
	{}
};

static struct kunit_suite report_suite = {
	.name = "tcpstate_report",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);

MODULE_DESCRIPTION("tests of tcpstate's report.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
