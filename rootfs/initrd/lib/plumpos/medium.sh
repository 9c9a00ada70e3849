# Finding the CD or USB stick this initrd belongs to: the one that carries the same id.

# Loads a driver for every device that says what it is (the kernel loads none by itself without help).
coldplug() {
	find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | xargs modprobe -a -q 2>/dev/null
}

# Drives in the order in which a medium is likely.
drives() {
	for pattern in 'sr*' 'sd*' 'vd*' 'nvme*n*' 'hd*' 'mmcblk*'; do
		for path in /sys/class/block/$pattern; do
			[ -e "$path" ] && [ "$(cat "$path/size")" != 0 ] && echo "/dev/${path##*/}"
		done
	done
}

# is_ours DEVICE: mounts it on /source and keeps it there when its id is ours. Our media are ISO 9660 only: nothing else
# is even looked at, and that file system cannot be written to.
is_ours() {
	mount -t iso9660 -o ro,nosuid,nodev "$1" /source 2>/dev/null || return 1
	cmp -s /source/plumpos/id /etc/plumpos/id && return 0
	[ -e /source/plumpos/id ] && other=$1
	umount /source
	return 1
}

# A USB stick may need ten seconds to appear, and an old CD drive as many to spin up.
# Their drivers are loaded by name: the devices appear after their controller's driver, too late for one pass over the
# modaliases (sr_mod would be missing then).
find_medium() {
	modprobe -a -q isofs sr_mod sd_mod usb_storage uas 2>/dev/null
	tries=0
	while [ $tries -lt 120 ]; do
		[ $((tries % 8)) = 0 ] && coldplug
		for drive in $(drives); do is_ours "$drive" && medium=$drive && return; done
		[ $tries = 20 ] && say 'PlumpOS looks for the CD or USB stick it was started from ...'
		tries=$((tries + 1))
		sleep 0.25
	done
	if [ -n "$other" ]; then
		fail "the PlumpOS medium in $other is another one than this machine was started from" \
			'Take the other PlumpOS medium out and switch the machine off and on.'
	fi
	fail 'no PlumpOS medium found' \
		'The CD or USB stick that this machine was started from does not answer: no driver of' \
		'this kernel knows its controller, or it was taken out too early. Start from another port or drive, or by network.'
}
