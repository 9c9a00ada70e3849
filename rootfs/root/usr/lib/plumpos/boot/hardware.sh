# Drivers, swap in compressed RAM, and helpers only where there is something for them to do.

coldplug() {
	find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | xargs modprobe -a -q 2>/dev/null
}

# What a bus driver shows only now is found by the script hotplug a moment later.
load_drivers() {
	modprobe -a -q button evdev virtio_console 2>/dev/null
	coldplug
}

# Below 512 MB: half of the RAM again, compressed; the kernel's own figure leaves out what it took for itself.
# Nobody waits for it: mkswap wants random numbers, which a PC without a source of them has late.
swap_into_ram() {
	kb=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	[ "$kb" -lt 480000 ] && modprobe -q zram num_devices=1 || return
	echo lzo-rle >/sys/block/zram0/comp_algorithm 2>/dev/null
	echo $((kb / 2))K >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
}

# add_respawned COMMAND…: init keeps it running from now on.
add_respawned() {
	echo "::respawn:$*" >>/etc/inittab
}

# The command channel exists only in a lab's virtual machines; serial consoles only where the kernel was told of one.
add_what_is_here() {
	for port in /sys/class/virtio-ports/*; do
		[ "$(cat "$port/name" 2>/dev/null)" = plumpos.lab ] && add_respawned /usr/lib/plumpos/lab-agent "/dev/${port##*/}"
	done
	for console in $(consoles); do
		case $console in
			/dev/tty[0-9]*) ;;
			*) echo "${console#/dev/}::respawn:/usr/lib/plumpos/boot/screen" >>/etc/inittab ;;
		esac
	done
	# Only an image built for debugging holds this file.
	if [ -e /etc/plumpos/debug-shell ]; then echo 'tty2::askfirst:-/bin/sh' >>/etc/inittab; fi
	kill -HUP 1
}
