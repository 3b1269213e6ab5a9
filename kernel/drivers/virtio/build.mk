# SPDX-License-Identifier: GPL-2.0-only
srcs := virtio.c virtqueue.c virtio_mmio.c virtio_pci.c virtio_rng.c virtio_console.c virtio_hvc.c
deps := lib arch/x86 sync time log pages mm crypto drivers/pci drivers/serial
public_deps := lib arch/x86 sync pages
ifneq ($(shell grep -ls 'int chrdev_register' kernel/vfs/*.c),)
srcs += virtio_port.c
deps += vfs
endif
ifneq ($(wildcard kernel/fs/p9/include/p9/transport.h),)
srcs += virtio_9p.c
deps += fs/p9
endif
