/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities of a pot: those OCI runtimes give by default, without what
 * the attributes deny (raw sockets) and CAP_MKNOD (a jail makes no devices
 * either; device access is not filtered any further), with what they allow,
 * and never more than we have.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/linux/inside.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

static const uint64_t caps_default = CAP(AUDIT_WRITE) | CAP(CHOWN) |
    CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(KILL) |
    CAP(NET_BIND_SERVICE) | CAP(SETFCAP) | CAP(SETGID) | CAP(SETPCAP) |
    CAP(SETUID) | CAP(SYS_CHROOT);

/* Mounting is only ever allowed to a root who is nobody on the host. */
bool
caps_may_mount(const struct cell_attrs *a)
{
	return a->userns &&
	    (a->allow_mount || a->allow_nullfs || a->allow_tmpfs);
}

static uint64_t
caps_wanted(const struct cell_attrs *a)
{
	uint64_t caps = caps_default;

	if (a->raw_sockets)
		caps |= CAP(NET_RAW);
	if (a->mlock)
		caps |= CAP(IPC_LOCK);
	if (caps_may_mount(a))
		caps |= CAP(SYS_ADMIN);
	return caps;
}

int
caps_set(uint64_t caps, struct err *e)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted =
		    (uint32_t)(caps >> (32 * i));
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return err_sys(e, "capabilities: capset");
	return 0;
}

static int
caps_get(uint64_t *caps, struct err *e)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return err_sys(e, "capabilities: capget");
	*caps = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

int
caps_raise(struct err *e)
{
	uint64_t have = 0;

	return caps_get(&have, e) < 0 ? -1 : caps_set(have, e);
}

/* The bounding set: that takes CAP_SETPCAP.  EINVAL ends it at the last
 * capability the kernel knows. */
int
caps_bound(const struct cell_attrs *a, struct err *e)
{
	uint64_t caps = caps_wanted(a);

	for (unsigned long i = 0; i < 64; i++) {
		if ((caps >> i & 1) == 0 && prctl(PR_CAPBSET_DROP, i) < 0) {
			if (errno == EINVAL)
				break;
			return err_sys(e, "capability %lu: drop", i);
		}
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(e, "capabilities: clear ambient");
	return 0;
}

int
caps_apply(const struct cell_attrs *a, struct err *e)
{
	uint64_t have = 0;

	if (caps_get(&have, e) < 0)
		return -1;
	return caps_set(caps_wanted(a) & have, e);
}
