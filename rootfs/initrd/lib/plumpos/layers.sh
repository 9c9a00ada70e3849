# The root: one read-only squashfs layer, or several, and a writable one in RAM on top.

# With less beside the kernel (and the root, where the boot loader has put that into RAM) nothing can start. What a node needs to
# be of use is more: LEAST_RAM_MB of node-runtime/model/manifest.ts, which the screen names.
LEAST_KB=60000
# What a node needs beside the copy of its root to run well.
RESERVE_KB=160000

memory_kb() {
	while read -r name kb _; do [ "$name" = "$1:" ] && echo "$kb" && return; done </proc/meminfo
}

check_memory() {
	# What the boot loader brought did not fit into RAM: the kernel goes on with what it could unpack. Its words depend on
	# CONFIG_BLK_DEV_RAM (init/initramfs.c).
	if dmesg | grep -Eq '(Initramfs unpacking failed: |rootfs image is not initramfs \()write error'; then
		fail 'this machine has too little RAM for what its boot loader brought' \
			'PlumpOS needs 240 MB when it starts by network (192 MB with plumpos.root=), 144 MB from CD or stick.'
	fi
	loaded=$(du -sk /medium)
	kb=$(($(memory_kb MemTotal) - ${loaded%%[!0-9]*}))
	[ $kb -ge $LEAST_KB ] && return
	fail "this machine has too little RAM: $((kb / 1024)) MB are left beside the kernel" \
		"PlumpOS needs a machine with at least 144 MB (240 MB when it starts by network)."
}

# The image's configuration holds the cluster's secret: readable by root only.
keep_configuration() {
	umask 077
	if [ -e $folder/config.json ]; then cat $folder/config.json >/run/plumpos/image.json; fi
	umask 022
}

# Copies the layers to RAM and lets go of the medium, so that it can be taken out; plumpos.toram=0|1 decides otherwise.
copy_to_ram() {
	[ "$folder" = /source/plumpos ] || return
	layers=$(ls $folder/root.squashfs $folder/modules-$kernel.squashfs $folder/addons.squashfs 2>/dev/null)
	size=$(du -kc $layers | tail -n 1)
	size=${size%%[!0-9]*}
	wish=$(argument plumpos.toram)
	if [ "$wish" = 0 ]; then return; fi
	if [ "$wish" != 1 ] && [ $(($(memory_kb MemAvailable) - size)) -lt $RESERVE_KB ]; then return; fi
	mkdir -p /ram
	mount -t tmpfs -o "size=$((size + 1024))k" tmpfs /ram
	cp $layers /ram/ || fail 'the medium cannot be read to its end' 'Write it again, or try another drive.'
	folder=/ram
	umount /source
	medium=
}

# mount_squashfs FILE NAME: mounts it below /layers.
mount_squashfs() {
	[ -e "$1" ] || return 1
	mkdir -p "/layers/$2"
	mount -t squashfs -o ro,loop "$1" "/layers/$2"
}

# Programs started here may run on other members, with this root as theirs. NFS can serve an overlay whose lower layers have
# an identity, which squashfs has not: there may be one such layer. So the modules are a mount of their own, and add-ons are
# copied into RAM where there is plenty; where there is not, they are layers, and programs started here stay here.
mount_layers() {
	mount_squashfs $folder/root.squashfs root || fail 'the root of this image cannot be read' 'Write the medium again.'
	mount_squashfs $folder/modules-$kernel.squashfs modules ||
		fail "the modules of kernel '$kernel' cannot be read" 'Write the medium again.'
	lower=/layers/root
	served=nfs_export=on,index=on,
	if [ -e $folder/addons.squashfs ]; then add_addons; fi
	mkdir -p /layers/rw
	mount -t tmpfs -o mode=755 tmpfs /layers/rw
	mkdir /layers/rw/upper /layers/rw/work
	mount -t overlay -o "${served}lowerdir=$lower,upperdir=/layers/rw/upper,workdir=/layers/rw/work" overlay /newroot ||
		fail 'the root cannot be put together' 'Does this kernel have overlayfs?'
	if [ -n "$served" ]; then mount --bind /layers/modules/usr/lib/modules /newroot/usr/lib/modules; fi
	hand_over_medium
}

add_addons() {
	mount_squashfs $folder/addons.squashfs addons || fail 'the add-ons of this image cannot be read' 'Write the medium again.'
	size=$(du -sk /layers/addons)
	size=${size%%[!0-9]*}
	if [ -d /layers/addons/usr/lib/modules ] || [ $(($(memory_kb MemAvailable) - size)) -lt $((2 * RESERVE_KB)) ]; then
		served=
		lower=/layers/addons:/layers/modules:$lower
		return
	fi
	mkdir -p /layers/copied
	mount -t tmpfs -o "mode=755,size=$((size * 2 + 1024))k" tmpfs /layers/copied
	cp -a /layers/addons/. /layers/copied/
	umount /layers/addons
	lower=/layers/copied:$lower
}

# The overlay holds the layers by itself, the loop devices their files; only a medium still in use stays visible.
hand_over_medium() {
	if [ -n "$medium" ]; then mount --move /source /newroot/cdrom; fi
	for mount in /layers/root /layers/modules /layers/addons /layers/copied /layers/rw /ram; do umount -l $mount 2>/dev/null; done
}
