/* SPDX-License-Identifier: GPL-2.0-only */
/* handle_test.c - proves file handles: what gives them out, that they outlive names, and that they end with the object. */
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
int unshare(int);

#define ROOM 128

union handle {
	struct file_handle fh;
	char bytes[sizeof(struct file_handle) + ROOM];
};

/* Our own namespace with a tmpfs to work in. */
static void own_tmpfs(void)
{
	CHECK_EQ(unshare(0x20000 /* CLONE_NEWNS */), 0);
	CHECK_EQ(mount("none", "/", NULL, (1 << 14) | (1 << 18) /* MS_REC | MS_PRIVATE */, NULL), 0);
	mkdir("/tmp", 0777);
	CHECK_EQ(mount("work", "/tmp", "tmpfs", 0, "size=4m,mode=755"), 0);
	CHECK_EQ(chdir("/tmp"), 0);
}

static void touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static int take(int dfd, const char *name, union handle *h, int *mount_id, int flags)
{
	memset(h, 0, sizeof(*h));
	h->fh.handle_bytes = ROOM;
	return name_to_handle_at(dfd, name, &h->fh, mount_id, flags);
}

CASE(a_handle_opens_what_it_was_taken_of)
{
	union handle h;
	struct stat a, b;
	int mount_id, fd;

	own_tmpfs();
	touch("f");
	CHECK_EQ(take(AT_FDCWD, "f", &h, &mount_id, 0), 0);
	CHECK_EQ(h.fh.handle_bytes, 12);
	CHECK_EQ(h.fh.handle_type, 1);
	CHECK_EQ(stat("f", &a), 0);
	CHECK_EQ(rename("f", "g"), 0);
	fd = open_by_handle_at(AT_FDCWD, &h.fh, O_RDWR);
	CHECK(fd >= 0);
	CHECK_EQ(fstat(fd, &b), 0);
	CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(stat("g", &b), 0);
	CHECK_EQ(b.st_size, 5);
	close(fd);
	fd = open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY | O_TRUNC);
	CHECK(fd >= 0);
	CHECK_EQ(stat("g", &b), 0);
	CHECK_EQ(b.st_size, 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	close(fd);
	fd = open_by_handle_at(AT_FDCWD, &h.fh, O_PATH | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(read(fd, &a, 1), EBADF);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_CREAT | O_EXCL | O_RDONLY), EEXIST);
}

CASE(every_kind_of_object_has_a_handle)
{
	union handle dir, link, target, fifo;
	struct dirent *entry;
	int mount_id, fd;
	char path[80], end[80];
	DIR *d;

	own_tmpfs();
	CHECK_EQ(mkdir("d", 0755), 0);
	touch("d/inside");
	CHECK_EQ(symlink("d/inside", "l"), 0);
	CHECK_EQ(mkfifo("p", 0600), 0);
	CHECK_EQ(take(AT_FDCWD, "d", &dir, &mount_id, 0), 0);
	CHECK_EQ(take(AT_FDCWD, "l", &link, &mount_id, 0), 0);
	CHECK_EQ(take(AT_FDCWD, "l", &target, &mount_id, AT_SYMLINK_FOLLOW), 0);
	CHECK_EQ(take(AT_FDCWD, "p", &fifo, &mount_id, 0), 0);
	CHECK(memcmp(&link, &target, sizeof(link)));
	fd = open_by_handle_at(AT_FDCWD, &dir.fh, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(faccessat(fd, "inside", R_OK, 0), 0);
	d = fdopendir(fd);
	CHECK(d);
	do {
		entry = readdir(d);
		CHECK(entry);
	} while (strcmp(entry->d_name, "inside"));
	closedir(d);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &link.fh, O_RDONLY), ELOOP);
	fd = open_by_handle_at(AT_FDCWD, &link.fh, O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0);
	CHECK_EQ(readlinkat(fd, "", path, sizeof(path)), 8);
	fd = open_by_handle_at(AT_FDCWD, &fifo.fh, O_RDONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	/* where a handle leads has a path again */
	fd = open_by_handle_at(AT_FDCWD, &target.fh, O_RDONLY);
	CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(readlink(path, end, sizeof(end)), 13);
	CHECK(!memcmp(end, "/tmp/d/inside", 13));
}

CASE(the_mount_number_is_the_one_of_mountinfo)
{
	int mount_id = -1, by_path = -1, id;
	char line[512];
	union handle h;
	FILE *f;

	own_tmpfs();
	CHECK_EQ(take(AT_FDCWD, "/tmp", &h, &mount_id, 0), 0);
	f = fopen("/proc/self/mountinfo", "r");
	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		char where[256];

		if (sscanf(line, "%d %*d %*s %*s %255s", &id, where) == 2 && !strcmp(where, "/tmp"))
			by_path = id;
	}
	fclose(f);
	CHECK_EQ(mount_id, by_path);
}

CASE(too_little_room_says_how_much_it_takes)
{
	int mount_id = -1;
	union handle h;

	own_tmpfs();
	touch("f");
	memset(&h, 0x55, sizeof(h));
	h.fh.handle_bytes = 0;
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", &h.fh, &mount_id, 0), EOVERFLOW);
	CHECK_EQ(h.fh.handle_bytes, 12);
	CHECK(mount_id > 0);
	CHECK_EQ((unsigned char)h.fh.f_handle[0], 0x55);
	h.fh.handle_bytes = 11;
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", &h.fh, &mount_id, 0), EOVERFLOW);
	h.fh.handle_bytes = 12;
	CHECK_EQ(name_to_handle_at(AT_FDCWD, "f", &h.fh, &mount_id, 0), 0);
	h.fh.handle_bytes = 129;
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", &h.fh, &mount_id, 0), EINVAL);
	h.fh.handle_bytes = 128;
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "nothing", &h.fh, &mount_id, 0), ENOENT);
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", &h.fh, &mount_id, 1), EINVAL);
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", (void *)8, &mount_id, 0), EFAULT);
	CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "f", &h.fh, (void *)8, 0), EFAULT);
	h.fh.handle_bytes = 0;
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), EINVAL);
	h.fh.handle_bytes = 129;
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), EINVAL);
	h.fh.handle_bytes = 8;
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), ESTALE);
	CHECK_ERRNO(open_by_handle_at(999, &h.fh, O_RDONLY), EBADF);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, (void *)8, O_RDONLY), EFAULT);
}

CASE(an_empty_path_means_the_descriptor)
{
	union handle by_name, by_fd;
	int mount_id, fd;

	own_tmpfs();
	touch("f");
	fd = open("f", O_PATH);
	CHECK(fd >= 0);
	CHECK_EQ(take(AT_FDCWD, "f", &by_name, &mount_id, 0), 0);
	CHECK_ERRNO(take(fd, "", &by_fd, &mount_id, 0), ENOENT);
	CHECK_EQ(take(fd, "", &by_fd, &mount_id, AT_EMPTY_PATH), 0);
	CHECK(!memcmp(&by_name, &by_fd, sizeof(by_fd)));
	/* but the mount must come from a real descriptor */
	CHECK_ERRNO(open_by_handle_at(fd, &by_fd.fh, O_RDONLY), EBADF);
}

CASE(a_handle_ends_with_its_object)
{
	union handle h;
	int mount_id, fd, again;

	own_tmpfs();
	touch("f");
	fd = open("f", O_RDONLY);
	CHECK_EQ(take(AT_FDCWD, "f", &h, &mount_id, 0), 0);
	CHECK_EQ(unlink("f"), 0);
	again = open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY);
	CHECK(again >= 0);
	close(again);
	close(fd);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), ESTALE);
	touch("f");
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), ESTALE);
	/* nor does another instance take it */
	CHECK_EQ(take(AT_FDCWD, "f", &h, &mount_id, 0), 0);
	CHECK_EQ(mkdir("m", 0755), 0);
	CHECK_EQ(mount("other", "m", "tmpfs", 0, NULL), 0);
	touch("m/f");
	touch("m/g");
	fd = open("m", O_RDONLY);
	CHECK_ERRNO(open_by_handle_at(fd, &h.fh, O_RDONLY), ESTALE);
	h.fh.f_handle[0] ^= 1;
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), ESTALE);
}

CASE(file_systems_without_handles_say_so)
{
	static const char *const without[] = { "/proc", "/proc/self/status", "/sys", "/sys/kernel", "/dev/pts" };
	int mount_id, fds[2];
	union handle h;

	own_tmpfs();
	for (unsigned int i = 0; i < sizeof(without) / sizeof(*without); i++) {
		if (access(without[i], F_OK))
			continue;
		CHECK_ERRNO(take(AT_FDCWD, without[i], &h, &mount_id, 0), EOPNOTSUPP);
	}
	CHECK_EQ(pipe(fds), 0);
	CHECK_ERRNO(take(fds[0], "", &h, &mount_id, AT_EMPTY_PATH), EOPNOTSUPP);
	CHECK_ERRNO(name_to_handle_at(fds[0], "", (void *)8, &mount_id, AT_EMPTY_PATH), EOPNOTSUPP);
	h.fh.handle_bytes = 12;
	CHECK_ERRNO(open_by_handle_at(fds[0], &h.fh, O_RDONLY), ESTALE);
}

CASE(an_overlay_gives_out_none)
{
	int mount_id;
	union handle h;

	own_tmpfs();
	mkdir("low", 0755);
	mkdir("up", 0755);
	mkdir("work", 0755);
	mkdir("all", 0755);
	touch("low/f");
	if (mount("o", "all", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work"))
		return; /* a module on Debian's kernel */
	CHECK_ERRNO(take(AT_FDCWD, "all/f", &h, &mount_id, 0), EOPNOTSUPP);
}

CASE(taking_is_free_and_opening_is_not)
{
	union handle h;
	int mount_id;

	own_tmpfs();
	touch("f");
	CHECK_EQ(setuid(1000), 0);
	CHECK_EQ(take(AT_FDCWD, "f", &h, &mount_id, 0), 0);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY), EPERM);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, (void *)8, O_RDONLY), EPERM);
}

/* --- decoding while objects go --- */

#define ROUNDS 400

struct race {
	union handle h;
	int has_handle; /* how many handles were handed over */
	int is_done;
};

static struct race *race;

static void *maker(void *arg)
{
	int mount_id;

	for (int i = 0; i < ROUNDS; i++) {
		union handle h;

		touch("r");
		CHECK_EQ(take(AT_FDCWD, "r", &h, &mount_id, 0), 0);
		memcpy(&race->h, &h, sizeof(h));
		__atomic_store_n(&race->has_handle, i + 1, __ATOMIC_RELEASE);
		CHECK_EQ(unlink("r"), 0);
	}
	__atomic_store_n(&race->is_done, 1, __ATOMIC_RELEASE);
	return arg;
}

CASE(decoding_races_with_the_end_of_objects)
{
	pthread_t thread;
	int opened = 0, stale = 0;

	own_tmpfs();
	race = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(pthread_create(&thread, NULL, maker, NULL), 0);
	while (!__atomic_load_n(&race->is_done, __ATOMIC_ACQUIRE)) {
		union handle h;
		int fd, code;

		if (!__atomic_load_n(&race->has_handle, __ATOMIC_ACQUIRE))
			continue;
		memcpy(&h, &race->h, sizeof(h)); /* half of one and half of the next is a handle of nothing */
		if (h.fh.handle_bytes != 12)
			continue;
		fd = open_by_handle_at(AT_FDCWD, &h.fh, O_RDONLY);
		code = fd < 0 ? errno : 0;
		CHECK(code == 0 || code == ESTALE);
		fd < 0 ? stale++ : opened++;
		if (fd >= 0)
			close(fd);
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(opened + stale > 0 || race->has_handle == ROUNDS);
	CHECK_ERRNO(open_by_handle_at(AT_FDCWD, &race->h.fh, O_RDONLY), ESTALE);
}

TEST_MAIN()
