/* SPDX-License-Identifier: GPL-2.0-only */
/* uabi_socket.h - the socket calls' constants and structures. Options (SO_*) come from asm/socket.h. */
#ifndef LIB_UABI_SOCKET_H
#define LIB_UABI_SOCKET_H

#include <lib/types.h>

#ifdef HOST_TEST
#include <sys/socket.h>
#include <sys/un.h>
#else

#include <asm/socket.h>
#include <linux/socket.h>
#include <linux/un.h>

typedef __kernel_sa_family_t sa_family_t;

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_LOCAL 1
#define AF_INET 2
#define AF_INET6 10
#define AF_KEY 15
#define AF_NETLINK 16
#define AF_ROUTE AF_NETLINK
#define AF_PACKET 17
#define AF_CAN 29
#define AF_BLUETOOTH 31
#define AF_ALG 38
#define AF_VSOCK 40
#define AF_XDP 44
#define AF_MAX 46
#define PF_UNSPEC AF_UNSPEC
#define PF_UNIX AF_UNIX
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_NETLINK AF_NETLINK
#define PF_PACKET AF_PACKET

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5
#define SOCK_DCCP 6
#define SOCK_PACKET 10
#define SOCK_TYPE_MASK 0xf
#define SOCK_CLOEXEC 02000000
#define SOCK_NONBLOCK 00004000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOMAXCONN 4096

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_CONFIRM 0x800
#define MSG_ERRQUEUE 0x2000
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000
#define MSG_WAITFORONE 0x10000
#define MSG_ZEROCOPY 0x4000000
#define MSG_FASTOPEN 0x20000000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD 253

#define SOL_IP 0
#define SOL_TCP 6
#define SOL_UDP 17
#define SOL_IPV6 41
#define SOL_ICMPV6 58
#define SOL_RAW 255
#define SOL_PACKET 263
#define SOL_NETLINK 270

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};
ASSERT_SIZE(struct sockaddr, 16);
#define sockaddr_storage __kernel_sockaddr_storage
ASSERT_SIZE(struct sockaddr_storage, 128);
ASSERT_SIZE(struct sockaddr_un, 110);

/* Pointers of user space are numbers here: nobody dereferences them by mistake. */
struct user_msghdr {
	u64 msg_name;
	s32 msg_namelen;
	u32 __pad0;
	u64 msg_iov;
	u64 msg_iovlen;
	u64 msg_control;
	u64 msg_controllen;
	u32 msg_flags;
	u32 __pad1;
};
ASSERT_SIZE(struct user_msghdr, 56);
ASSERT_OFFSET(struct user_msghdr, msg_iov, 16);
ASSERT_OFFSET(struct user_msghdr, msg_control, 32);
ASSERT_OFFSET(struct user_msghdr, msg_flags, 48);

struct user_mmsghdr {
	struct user_msghdr msg_hdr;
	u32 msg_len;
	u32 __pad0;
};
ASSERT_SIZE(struct user_mmsghdr, 64);
ASSERT_OFFSET(struct user_mmsghdr, msg_len, 56);

struct cmsghdr {
	u64 cmsg_len; /* with this header */
	s32 cmsg_level;
	s32 cmsg_type;
};
ASSERT_SIZE(struct cmsghdr, 16);
#define CMSG_ALIGN(len) ALIGN(len, sizeof(long))
#define CMSG_SPACE(len) (sizeof(struct cmsghdr) + CMSG_ALIGN(len))
#define CMSG_LEN(len) (sizeof(struct cmsghdr) + (len))

struct ucred {
	u32 pid;
	u32 uid;
	u32 gid;
};
ASSERT_SIZE(struct ucred, 12);

struct linger {
	int l_onoff;
	int l_linger; /* seconds */
};

#endif /* HOST_TEST */

/* In an abstract address sun_path[0] is NUL and the length counts. */
#define SUN_PATH_OFFSET 2

#endif
