# Words to whoever sits in front of the machine: all consoles get them, the kernel's log too.

# argument NAME: the value of NAME=… on the kernel's command line, the last one counts.
argument() {
	for word in $(cat /proc/cmdline); do
		case $word in "$1"=*) found=${word#*=} ;; esac
	done
	echo "$found"
	unset found
}

consoles() {
	for name in $(cat /sys/class/tty/console/active); do echo "/dev/$name"; done
}

say() {
	for console in $(consoles); do printf '%s\r\n' "$@" >"$console" 2>/dev/null; done
}

# phase NAME: how far the boot is. On the screen of a PC it would only be noise: serial consoles and the log get it.
phase() {
	echo "<6>plumpos: $1" >/dev/kmsg
	for console in $(consoles); do
		case $console in /dev/tty[0-9]*) ;; *) printf 'plumpos: %s\r\n' "$1" >"$console" 2>/dev/null ;; esac
	done
}

# fail WHAT HINT…: ends the boot. The machine stays on so that the words can be read, and does nothing any more.
fail() {
	what=$1
	shift
	echo "<4>plumpos: error $what" >/dev/kmsg
	say '' "plumpos: error $what" "$@" 'The machine has stopped; nothing on its disks was touched.'
	sync
	while :; do sleep 86400; done
}
