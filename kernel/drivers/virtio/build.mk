# SPDX-License-Identifier: GPL-2.0-only
srcs := virtio.c virtqueue.c virtio_mmio.c virtio_pci.c virtio_rng.c virtio_console.c virtio_hvc.c virtio_port.c virtio_requests.c virtio_sysfs.c \
	tests/virtqueue_selftest.c
deps := lib arch/x86 sync time log pages probe mm crypto vfs fs/sys drivers/pci drivers/serial
public_deps := lib arch/x86 sync pages
host_tests := virtqueue_test.c
host_fuzz := virtqueue_fuzz.c
ifneq ($(wildcard kernel/fs/p9/include/p9/transport.h),)
srcs += virtio_9p.c
deps += fs/p9
endif
ifneq ($(wildcard kernel/fs/fuse/include/fuse/transport.h),)
srcs += virtio_fs.c
deps += fs/fuse
endif
