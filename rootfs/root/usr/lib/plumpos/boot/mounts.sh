# Mounts every Linux program expects, and the cgroups.

# The agent is kept alive on machines that are kept busy on purpose: it has memory of its own and runs first.
AGENT_CGROUP=/sys/fs/cgroup/plumpos

mount_basics() {
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o mode=620,gid=5,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
	ln -sf /proc/self/fd /dev/fd
	for stream in 0,stdin 1,stdout 2,stderr; do ln -sf "/proc/self/fd/${stream%,*}" "/dev/${stream#*,}"; done
	chmod 1777 /tmp
	chmod 600 /etc/shadow
	mkdir -p /home/plump && chown 1000:1000 /home/plump
	mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
	for controller in cpu memory pids io; do
		echo +$controller >/sys/fs/cgroup/cgroup.subtree_control
	done 2>/dev/null
	mkdir -p $AGENT_CGROUP
	# 64 MB of its own, on a small machine a third of the RAM: the kernel needs some that it may take.
	echo $(($(awk '$1 == "MemTotal:" { kb = int($2 / 3); print kb < 65536 ? kb : 65536 }' /proc/meminfo) * 1024)) >$AGENT_CGROUP/memory.min
	echo 1000 >$AGENT_CGROUP/cpu.weight
	# Read only: the agent looks there whether Secure Boot is on.
	if [ -d /sys/firmware/efi ]; then
		modprobe -q efivarfs
		mount -t efivarfs -o ro,nosuid,nodev,noexec efivarfs /sys/firmware/efi/efivars
	fi
}
