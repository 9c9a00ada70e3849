# Network boot in two stages: the root comes by HTTP or TFTP once a NIC has an address. Needs 30 to 60 MB less RAM than a
# boot loader that loads everything, and is faster.

# fetch_root URL: id and what else that folder says it has (root, add-ons, configuration) into /fetched.
fetch_root() {
	modules=/medium/plumpos/modules-$kernel.squashfs
	[ -e "$modules" ] || fail 'plumpos.root= needs the initrd modules.cpio of this kernel' \
		'Name it beside initrd.img in the boot loader.'
	mkdir -p /netmodules /fetched
	mount -t squashfs -o ro,loop "$modules" /netmodules || fail "the initrd modules.cpio cannot be read" 'Copy pxe/ again.'
	rm -rf /lib/modules
	ln -s /netmodules/lib/modules /lib/modules
	modprobe -a -q af_packet virtio_net 2>/dev/null
	coldplug
	get_address
	say "PlumpOS fetches its root from $1 ..."
	fetch_file "$1" id && cmp -s /fetched/id /etc/plumpos/id ||
		fail "$1 has no root for this kernel and initrd" 'Let kernel, initrd and root come from the same build.'
	fetch_listed "$1"
	mv "$modules" /fetched/
	ifconfig "$nic" 0.0.0.0 down
	umount -l /netmodules
}

# fetch_listed URL: every file the folder's list names. A node without its add-ons or its secret would be found out late.
fetch_listed() {
	fetch_file "$1" files || fail "$1 has no list of its files" 'Copy the folder plumpos/ of pxe/ there again, whole.'
	for name in $(cat /fetched/files); do
		fetch_file "$1" "$name" || fail "$name cannot be fetched from $1" 'Is there RAM enough, and the file?'
	done
}

# fetch_file URL NAME: by HTTP or TFTP, whole or not at all.
fetch_file() {
	case $1 in
		tftp://*)
			rest=${1#tftp://}
			host=${rest%%/*}
			folder=${rest#"$host"}
			tftp -g -b 1428 -l "/fetched/$2" -r "${folder#/}/$2" "${host%%:*}" 2>/dev/null
			;;
		*) wget -q -O "/fetched/$2" "$1/$2" 2>/dev/null ;;
	esac && return 0
	rm -f "/fetched/$2"
	return 1
}

# The first NIC with a link that gets an address; without one the boot goes on asking.
get_address() {
	rounds=0
	while [ $rounds -lt 30 ]; do
		for path in /sys/class/net/*; do
			nic=${path##*/}
			[ "$nic" = lo ] && continue
			ifconfig "$nic" up 2>/dev/null
			[ "$(cat "$path/carrier" 2>/dev/null)" = 1 ] || continue
			udhcpc -i "$nic" -n -q -t 3 -T 2 -s /lib/plumpos/lease >/dev/null 2>&1 && return
		done
		[ $rounds = 5 ] && say 'PlumpOS waits for an address from the network ...'
		rounds=$((rounds + 1))
		sleep 1
	done
	fail 'no network card got an address, so the root cannot be fetched' 'Check the cable and the DHCP server.'
}
