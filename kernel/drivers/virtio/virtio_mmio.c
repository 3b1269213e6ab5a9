/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_mmio.c - devices behind a page of registers: microvm's, and Firecracker's.
 *
 * WHAT        Where they are comes from the DSDT (acpi_info.mmio) and from the command line:
 *             virtio_mmio.device=SIZE@BASE:IRQ[:ID], several times. A place may be empty (device id 0).
 * INVARIANTS  M1  Only version 2 of the register layout is used.
 *             M2  An interrupt is acknowledged before the queues are looked at, so that an answer which
 *                 comes meanwhile interrupts again, on edge and level lines alike.
 * LOCKING     None of its own.
 * SEE         virtio 1.0 section 4.2
 */
#include "virtio_impl.h"

#include <pages/slab.h>
#include <pages/vmalloc.h>
#include <arch/acpi.h>
#include <arch/bootinfo.h>
#include <arch/cpu.h>
#include <arch/ioapic.h>
#include <lib/cmdline.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <log/printk.h>
#include <linux/virtio_mmio.h>

#define MMIO_MAGIC   0x74726976u
#define RESET_READS  1000000
#define MMIO_MIN_LEN 0x200

struct mmio_device {
	struct virtio_device dev;
	volatile void *base;
	u32 size;
	struct gsi_line line;
};

static struct mmio_device *mmio(struct virtio_device *dev)
{
	return container_of(dev, struct mmio_device, dev);
}

static u8 mmio_get_status(struct virtio_device *dev)
{
	return (u8)readl(mmio(dev)->base + VIRTIO_MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *dev, u8 status)
{
	writel(status, mmio(dev)->base + VIRTIO_MMIO_STATUS);
	for (int i = 0; !status && i < RESET_READS && mmio_get_status(dev); i++)
		cpu_relax();
}

static u64 mmio_get_features(struct virtio_device *dev)
{
	volatile void *base = mmio(dev)->base;
	u64 high;

	writel(1, base + VIRTIO_MMIO_DEVICE_FEATURES_SEL);
	high = readl(base + VIRTIO_MMIO_DEVICE_FEATURES);
	writel(0, base + VIRTIO_MMIO_DEVICE_FEATURES_SEL);
	return high << 32 | readl(base + VIRTIO_MMIO_DEVICE_FEATURES);
}

static void mmio_set_features(struct virtio_device *dev, u64 features)
{
	volatile void *base = mmio(dev)->base;

	writel(1, base + VIRTIO_MMIO_DRIVER_FEATURES_SEL);
	writel((u32)(features >> 32), base + VIRTIO_MMIO_DRIVER_FEATURES);
	writel(0, base + VIRTIO_MMIO_DRIVER_FEATURES_SEL);
	writel((u32)features, base + VIRTIO_MMIO_DRIVER_FEATURES);
}

static u32 mmio_config_generation(struct virtio_device *dev)
{
	return readl(mmio(dev)->base + VIRTIO_MMIO_CONFIG_GENERATION);
}

static bool in_config(struct virtio_device *dev, u32 offset, u32 len)
{
	u32 room = mmio(dev)->size - VIRTIO_MMIO_CONFIG;

	return offset <= room && len <= room - offset;
}

static void mmio_config_read(struct virtio_device *dev, u32 offset, void *buf, u32 len)
{
	volatile void *at = mmio(dev)->base + VIRTIO_MMIO_CONFIG + offset;
	u8 *out = buf;

	memset(buf, 0, len);
	if (!in_config(dev, offset, len))
		return;
	if (len == 4 || len == 8) { /* fields are read in their own size */
		*(u32 *)buf = readl(at);
		if (len == 8)
			*((u32 *)buf + 1) = readl(at + 4);
		return;
	}
	if (len == 2) {
		*(u16 *)buf = readw(at);
		return;
	}
	for (u32 i = 0; i < len; i++)
		out[i] = readb(at + i);
}

static void mmio_config_write(struct virtio_device *dev, u32 offset, const void *buf, u32 len)
{
	volatile void *at = mmio(dev)->base + VIRTIO_MMIO_CONFIG + offset;
	const u8 *in = buf;

	if (!in_config(dev, offset, len))
		return;
	for (u32 i = 0; i < len; i++)
		writeb(in[i], at + i);
}

static u16 mmio_queue_max(struct virtio_device *dev, u16 index)
{
	volatile void *base = mmio(dev)->base;
	u32 max;

	writel(index, base + VIRTIO_MMIO_QUEUE_SEL);
	if (readl(base + VIRTIO_MMIO_QUEUE_READY))
		return 0;
	max = readl(base + VIRTIO_MMIO_QUEUE_NUM_MAX);
	return max > 32768 ? 32768 : (u16)max;
}

static void write_address(volatile void *low, phys_addr_t address)
{
	writel((u32)address, low);
	writel((u32)(address >> 32), low + 4);
}

static int mmio_queue_enable(struct virtio_device *dev, struct virtqueue *vq, u16 nr_queues)
{
	volatile void *base = mmio(dev)->base;

	writel(vq->index, base + VIRTIO_MMIO_QUEUE_SEL);
	writel(vq->num, base + VIRTIO_MMIO_QUEUE_NUM);
	write_address(base + VIRTIO_MMIO_QUEUE_DESC_LOW, virt_to_phys(vq->desc));
	write_address(base + VIRTIO_MMIO_QUEUE_AVAIL_LOW, virt_to_phys(vq->avail));
	write_address(base + VIRTIO_MMIO_QUEUE_USED_LOW, virt_to_phys(vq->used));
	writel(1, base + VIRTIO_MMIO_QUEUE_READY);
	vq->notify = base + VIRTIO_MMIO_QUEUE_NOTIFY;
	return 0;
}

static const struct virtio_transport_ops mmio_transport = {
	.name = "mmio",
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.get_features = mmio_get_features,
	.set_features = mmio_set_features,
	.config_generation = mmio_config_generation,
	.config_read = mmio_config_read,
	.config_write = mmio_config_write,
	.queue_max = mmio_queue_max,
	.queue_enable = mmio_queue_enable,
};

static void mmio_interrupt(void *ctx)
{
	struct mmio_device *m = ctx;
	u32 why = readl(m->base + VIRTIO_MMIO_INTERRUPT_STATUS);

	writel(why, m->base + VIRTIO_MMIO_INTERRUPT_ACK); /* M2 */
	if (why & VIRTIO_MMIO_INT_CONFIG)
		virtio_config_interrupt(&m->dev);
	if (!(why & VIRTIO_MMIO_INT_VRING))
		return;
	for (u16 i = 0; i < READ_ONCE(m->dev.nr_queues); i++)
		virtqueue_interrupt(m->dev.queue[i]);
}

static const struct irq_ops mmio_irq_ops = { .name = "virtio-mmio", .handle = mmio_interrupt };

/* Somebody with a known layout is there. */
static bool device_is_there(struct mmio_device *m, phys_addr_t phys)
{
	u32 version;

	if (readl(m->base + VIRTIO_MMIO_MAGIC_VALUE) != MMIO_MAGIC)
		return false;
	m->dev.device_id = readl(m->base + VIRTIO_MMIO_DEVICE_ID);
	m->dev.vendor_id = readl(m->base + VIRTIO_MMIO_VENDOR_ID);
	if (!m->dev.device_id)
		return false;
	version = readl(m->base + VIRTIO_MMIO_VERSION);
	if (version != 2) /* M1 */
		pr_warn("virtio: mmio device %u at %#llx has legacy layout %u, not used\n",
			m->dev.device_id, phys, version);
	return version == 2;
}

static void device_add(phys_addr_t phys, u32 size, u32 gsi, u32 flags)
{
	struct mmio_device *m = size < MMIO_MIN_LEN ? NULL : kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return;
	m->size = size;
	m->dev.transport = &mmio_transport;
	m->base = ioremap(phys, size);
	if (!m->base)
		goto free;
	if (!device_is_there(m, phys))
		goto unmap;
	if (gsi_request(gsi, flags, &mmio_irq_ops, m, cpu_online_mask, &m->line)) {
		pr_err("virtio: no interrupt line %u for the device at %#llx\n", gsi, phys);
		goto unmap;
	}
	if (!virtio_device_register(&m->dev))
		return;
	gsi_free(&m->line);
unmap:
	iounmap((const void *)m->base);
free:
	kfree(m);
}

/* SIZE@BASE:IRQ, SIZE with K or M. */
static bool parse_device(char *text, u64 *size, u64 *base, u32 *irq)
{
	char *at = strchr(text, '@'), *colon;

	if (!at)
		return false;
	*at++ = '\0';
	colon = strchr(at, ':');
	if (!colon)
		return false;
	*colon++ = '\0';
	if (strchr(colon, ':'))
		*strchr(colon, ':') = '\0';
	*size = memparse(text, NULL);
	return !kstrtou64(at, 0, base) && !kstrtouint(colon, 0, irq) && *size && *size <= 0x10000;
}

static void devices_of_cmdline(char *line)
{
	struct cmdline_word word;
	u64 size, base;
	u32 irq;

	while (cmdline_next(&line, &word) == 1) {
		if (!cmdline_name_eq(word.name, "virtio_mmio.device") || !word.value)
			continue;
		if (parse_device(word.value, &size, &base, &irq))
			device_add(base, (u32)size, irq, GSI_EDGE | GSI_ISA);
		else
			pr_warn("virtio: virtio_mmio.device=%s is not SIZE@BASE:IRQ\n", word.value);
	}
}

void virtio_mmio_init(void)
{
	char *line = kstrdup(boot_info.cmdline, GFP_KERNEL);

	for (u32 i = 0; i < acpi_info.nr_mmio; i++)
		device_add(acpi_info.mmio[i].phys, acpi_info.mmio[i].size, acpi_info.mmio[i].gsi,
			   acpi_info.mmio[i].is_edge ? GSI_EDGE : GSI_LEVEL);
	if (line)
		devices_of_cmdline(line);
	kfree(line);
}
