# Drivers, swap in compressed RAM, and helpers only where there is something for them to do.

# Only for devices that were not there at the last look: modprobe reads long lists.
coldplug() {
	seen=/run/plumpos/modaliases
	# busybox' grep takes an empty list for one that everything matches.
	[ -e $seen ] || echo none >$seen
	find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u >$seen.now
	grep -vxFf $seen $seen.now | xargs -r modprobe -a -q 2>/dev/null
	mv $seen.now $seen
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
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || return
	# Swapping is quick here; a page of a program that was dropped has to be read from a CD and unpacked.
	echo 180 >/proc/sys/vm/swappiness
	echo 0 >/proc/sys/vm/page-cluster
}

# Where RAM is short the kernel's newer way of choosing what to drop (6.1 and later) keeps what is in use.
drop_wisely() {
	echo y >/sys/kernel/mm/lru_gen/enabled
} 2>/dev/null

# add_respawned COMMAND…: init keeps it running from now on.
add_respawned() {
	echo "::respawn:$*" >>/etc/inittab
}

# The command channel exists only in a lab's virtual machines. Its port gets its name a moment after the driver came, on a busy
# host seconds after: nobody else waits for it.
add_lab_agent() {
	grep -qsx 0x0003 /sys/bus/virtio/devices/*/device || return
	tries=0
	while [ $tries -lt 200 ]; do
		for port in /sys/class/virtio-ports/*; do
			[ "$(cat "$port/name" 2>/dev/null)" = plumpos.lab ] || continue
			add_respawned /usr/lib/plumpos/lab-agent "/dev/${port##*/}"
			kill -HUP 1
			return
		done
		tries=$((tries + 1))
		sleep 0.2
	done
}

# Consoles beside tty1.
add_screens() {
	for line in $(screen_lines); do echo "$line::respawn:/usr/lib/plumpos/boot/screen" >>/etc/inittab; done
	kill -HUP 1
}

# Where the node's state is shown beside tty1: serial lines the kernel was told of, and plumpos.console=LINE[,SPEED].
screen_lines() {
	{
		for console in $(consoles); do
			case $console in /dev/tty[0-9]*) ;; *) echo "${console#/dev/}" ;; esac
		done
		for word in $(cat /proc/cmdline); do
			case $word in
				plumpos.console=*,*)
					line=${word#*=}
					stty -F "/dev/${line%%,*}" "${line#*,}" 2>/dev/null
					echo "${line%%,*}"
					;;
				plumpos.console=*) echo "${word#*=}" ;;
			esac
		done
	} | while read -r line; do [ "$line" != tty1 ] && [ -c "/dev/$line" ] && echo "$line"; done | sort -u
}
