/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_pci.c - virtio 1.0 over PCI: q35's and most clouds' transport.
 *
 * WHAT        Vendor capabilities say in which BAR the four register blocks lie. Interrupts are MSI-X:
 *             vector 0 for the configuration, then one for each queue, on CPUs in turn; with too few,
 *             queues share the last one.
 * INVARIANTS  C1  A block is mapped only if it lies inside its BAR and is as long as we use it.
 *             C2  The device has confirmed each vector number that we gave it.
 * LOCKING     Queue selection: at probe only, one thread.
 * SEE         virtio 1.0 section 4.1
 */
#include "virtio_impl.h"

#include <pages/slab.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <pci/pci.h>
#include <linux/virtio_pci.h>

#define VIRTIO_VENDOR	  0x1af4
#define MODERN_FIRST	  0x1040
#define MODERN_LAST	  0x107f
#define RESET_READS	  1000000
#define CONFIG_MAX	  4096

struct pci_virtio {
	struct virtio_device dev;
	struct pci_device *pdev;
	volatile struct virtio_pci_common_cfg *common;
	volatile void *notify, *config;
	u32 notify_len, notify_multiplier, config_len;
	int nr_vectors;
	u16 next_cpu;
};

static struct pci_virtio *vp(struct virtio_device *dev)
{
	return container_of(dev, struct pci_virtio, dev);
}

static u8 vp_get_status(struct virtio_device *dev)
{
	return readb(&vp(dev)->common->device_status);
}

static void vp_set_status(struct virtio_device *dev, u8 status)
{
	writeb(status, &vp(dev)->common->device_status);
	for (int i = 0; !status && i < RESET_READS && vp_get_status(dev); i++)
		cpu_relax();
}

static u64 vp_get_features(struct virtio_device *dev)
{
	volatile struct virtio_pci_common_cfg *common = vp(dev)->common;
	u64 high;

	writel(1, &common->device_feature_select);
	high = readl(&common->device_feature);
	writel(0, &common->device_feature_select);
	return high << 32 | readl(&common->device_feature);
}

static void vp_set_features(struct virtio_device *dev, u64 features)
{
	volatile struct virtio_pci_common_cfg *common = vp(dev)->common;

	writel(1, &common->guest_feature_select);
	writel((u32)(features >> 32), &common->guest_feature);
	writel(0, &common->guest_feature_select);
	writel((u32)features, &common->guest_feature);
}

static u32 vp_config_generation(struct virtio_device *dev)
{
	return readb(&vp(dev)->common->config_generation);
}

static void vp_config_read(struct virtio_device *dev, u32 offset, void *buf, u32 len)
{
	struct pci_virtio *v = vp(dev);
	u8 *out = buf;

	memset(buf, 0, len);
	if (!v->config || offset > v->config_len || len > v->config_len - offset)
		return;
	if (len == 2)
		*(u16 *)buf = readw(v->config + offset);
	else if (len == 4 || len == 8)
		for (u32 i = 0; i < len; i += 4)
			*(u32 *)(out + i) = readl(v->config + offset + i);
	else
		for (u32 i = 0; i < len; i++)
			out[i] = readb(v->config + offset + i);
}

static void vp_config_write(struct virtio_device *dev, u32 offset, const void *buf, u32 len)
{
	struct pci_virtio *v = vp(dev);
	const u8 *in = buf;

	if (!v->config || offset > v->config_len || len > v->config_len - offset)
		return;
	for (u32 i = 0; i < len; i++)
		writeb(in[i], v->config + offset + i);
}

static u16 vp_queue_max(struct virtio_device *dev, u16 index)
{
	volatile struct virtio_pci_common_cfg *common = vp(dev)->common;

	if (index >= readw(&common->num_queues))
		return 0;
	writew(index, &common->queue_select);
	if (readw(&common->queue_enable))
		return 0;
	return readw(&common->queue_size);
}

static void vp_queue_interrupt(void *ctx)
{
	virtqueue_interrupt(ctx);
}

static void vp_config_interrupt(void *ctx)
{
	virtio_config_interrupt(ctx);
}

static void vp_shared_interrupt(void *ctx)
{
	struct virtio_device *dev = ctx;

	for (u16 i = 0; i < READ_ONCE(dev->nr_queues); i++)
		virtqueue_interrupt(dev->queue[i]);
}

static const struct irq_ops queue_irq = { .name = "virtio-queue", .handle = vp_queue_interrupt };
static const struct irq_ops config_irq = { .name = "virtio-config", .handle = vp_config_interrupt };
static const struct irq_ops shared_irq = { .name = "virtio-queues", .handle = vp_shared_interrupt };

/* The queues of a device go round the online CPUs. */
static cpumask_t next_cpu(struct pci_virtio *v)
{
	int cpu = cpumask_next(v->next_cpu - 1, &cpu_online_mask);

	if (cpu >= NR_CPUS)
		cpu = cpumask_first(&cpu_online_mask);
	v->next_cpu = (u16)(cpu + 1);
	return CPUMASK_OF(cpu);
}

/* The vector for a queue: its own, or the last one for all when there are too few. */
static int queue_vector(struct pci_virtio *v, struct virtqueue *vq, u16 nr_queues)
{
	u16 n = vq->index + 1;
	int err;

	if (nr_queues + 1 <= v->nr_vectors) {
		err = pci_msix_request(v->pdev, n, &queue_irq, vq, next_cpu(v));
		return err ? err : n;
	}
	n = (u16)(v->nr_vectors - 1);
	if (vq->index == 0) {
		err = pci_msix_request(v->pdev, n, &shared_irq, &v->dev, cpu_online_mask);
		if (err)
			return err;
	}
	return n;
}

static void write_address(volatile void *low, phys_addr_t address)
{
	writel((u32)address, low);
	writel((u32)(address >> 32), low + 4);
}

static int vp_queue_enable(struct virtio_device *dev, struct virtqueue *vq, u16 nr_queues)
{
	struct pci_virtio *v = vp(dev);
	volatile struct virtio_pci_common_cfg *common = v->common;
	int vector = queue_vector(v, vq, nr_queues);
	u64 doorbell;

	if (vector < 0)
		return vector;
	if (vq->index == 0) /* the reset before made the device forget it */
		writew(0, &common->msix_config);
	writew(vq->index, &common->queue_select);
	doorbell = (u64)readw(&common->queue_notify_off) * v->notify_multiplier;
	if (doorbell + 2 > v->notify_len)
		return -EIO;
	writew((u16)vector, &common->queue_msix_vector);
	if (readw(&common->queue_msix_vector) != vector) /* C2 */
		return -EIO;
	writew(vq->num, &common->queue_size);
	write_address(&common->queue_desc_lo, virt_to_phys(vq->desc));
	write_address(&common->queue_avail_lo, virt_to_phys(vq->avail));
	write_address(&common->queue_used_lo, virt_to_phys(vq->used));
	vq->notify = v->notify + doorbell;
	vq->notify_is_16 = true;
	writew(1, &common->queue_enable);
	return 0;
}

static const struct virtio_transport_ops pci_transport = {
	.name = "pci",
	.get_status = vp_get_status,
	.set_status = vp_set_status,
	.get_features = vp_get_features,
	.set_features = vp_set_features,
	.config_generation = vp_config_generation,
	.config_read = vp_config_read,
	.config_write = vp_config_write,
	.queue_max = vp_queue_max,
	.queue_enable = vp_queue_enable,
};

/* --- finding the blocks ----------------------------------------------------------------------------- */

/* The first capability of @type that can be mapped; @len becomes its length. C1. */
static volatile void *map_block(struct pci_device *pdev, u8 type, u32 least, u32 *len, u8 *cap_at)
{
	u8 cap = pci_find_capability(pdev, PCI_CAP_VENDOR, 0);

	for (; cap; cap = pci_find_capability(pdev, PCI_CAP_VENDOR, cap)) {
		u32 length = pci_read32(pdev, cap + 12);
		volatile void *block;

		if (pci_read8(pdev, cap + 3) != type || length < least)
			continue;
		*len = length > CONFIG_MAX && type == VIRTIO_PCI_CAP_DEVICE_CFG ? CONFIG_MAX : length;
		block = pci_map_bar(pdev, pci_read8(pdev, cap + 4), pci_read32(pdev, cap + 8), *len);
		if (!block)
			continue;
		*cap_at = cap;
		return block;
	}
	return NULL;
}

static int map_blocks(struct pci_virtio *v)
{
	u32 len;
	u8 cap;

	v->common = map_block(v->pdev, VIRTIO_PCI_CAP_COMMON_CFG, sizeof(*v->common), &len, &cap);
	if (!v->common)
		return -ENODEV;
	v->notify = map_block(v->pdev, VIRTIO_PCI_CAP_NOTIFY_CFG, 2, &v->notify_len, &cap);
	if (!v->notify)
		return -ENODEV;
	v->notify_multiplier = pci_read32(v->pdev, cap + 16);
	v->config = map_block(v->pdev, VIRTIO_PCI_CAP_DEVICE_CFG, 1, &v->config_len, &cap);
	return 0;
}

static int use_vectors(struct pci_virtio *v)
{
	int err;

	v->nr_vectors = pci_msix_enable(v->pdev);
	if (v->nr_vectors < 2)
		return -ENODEV;
	err = pci_msix_request(v->pdev, 0, &config_irq, &v->dev, cpu_online_mask);
	if (err)
		return err;
	return 0;
}

static int vp_probe(struct pci_device *pdev)
{
	struct pci_virtio *v;
	int err;

	if (pdev->device > MODERN_LAST)
		return -ENODEV;
	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->pdev = pdev;
	v->dev.transport = &pci_transport;
	v->dev.device_id = pdev->device >= MODERN_FIRST ? pdev->device - MODERN_FIRST : pdev->subsystem;
	v->dev.vendor_id = pdev->subsystem_vendor;
	pci_enable(pdev);
	err = map_blocks(v);
	if (!err)
		err = use_vectors(v);
	if (!err)
		err = virtio_device_register(&v->dev);
	if (err) {
		pr_warn("virtio: pci %02x:%02x.%x can't be used (%d): legacy, or without MSI-X?\n", pdev->bus,
			pdev->devfn >> 3, pdev->devfn & 7, err);
		kfree(v);
	}
	return err;
}

static const struct pci_id virtio_pci_ids[] = { { VIRTIO_VENDOR, PCI_ANY }, { 0, 0 } };
static const struct pci_driver virtio_pci_driver = {
	.name = "virtio-pci",
	.ids = virtio_pci_ids,
	.probe = vp_probe,
};

void virtio_pci_init(void)
{
	pci_driver_register(&virtio_pci_driver);
}
