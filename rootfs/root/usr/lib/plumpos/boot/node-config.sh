# Writes the NodeConfig (node-runtime/model/node-config.ts) for the agent: what the image says and what the kernel's
# command line adds. Later keys win over earlier ones of the same name in JSON.

# json TEXT: as a JSON string. Command lines hold no control characters.
json() {
	printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

# has WORD: is it on the command line, alone?
has() {
	case " $(cat /proc/cmdline) " in *" $1 "*) return 0 ;; esac
	return 1
}

boolean() {
	if "$@"; then printf true; else printf false; fi
}

# prefix_length MASK: 255.255.255.0 -> 24
prefix_length() {
	bits=0
	for byte in $(echo "$1" | tr . ' '); do
		while [ "$byte" -gt 0 ]; do
			bits=$((bits + byte % 2))
			byte=$((byte / 2))
		done
	done
	echo $bits
}

# The kernel's own form, ip=CLIENT:SERVER:GATEWAY:MASK:HOST:DEVICE:…, in ours.
kernel_ip() {
	echo "$1" | {
		IFS=: read -r client _ gateway mask _ device _
		case $client in *.*.*.*) ;; *) return ;; esac
		echo "${device:-eth0}:$client/$(prefix_length "${mask:-255.255.255.0}")${gateway:+:$gateway}"
	}
}

# Every static address of the command line, one a line.
addresses() {
	for word in $(cat /proc/cmdline); do
		case $word in
			plumpos.ip=*) echo "${word#plumpos.ip=}" ;;
			ip=*) kernel_ip "${word#ip=}" ;;
		esac
	done
}

address_list() {
	comma=
	for address in $(addresses); do
		printf '%s' "$comma"
		json "$address"
		comma=,
	done
}

# optional KEY ARGUMENT: a pair of the object, only where the argument was given.
optional() {
	value=$(argument "$2")
	if [ -n "$value" ]; then printf ',"%s":%s' "$1" "$(json "$value")"; fi
}

no_dhcp() {
	has plumpos.nodhcp || has ip=off || has ip=none
}

role() {
	if is_role "$(argument plumpos.role)"; then argument plumpos.role; else echo single; fi
}

is_role() {
	case $1 in single | server | half-duplex | adaptive | off) return 0 ;; esac
	return 1
}

# ,"unknownRole":… where plumpos.role= names none; whoever sits in front of the machine is told.
unknown_role() {
	given=$(argument plumpos.role)
	if [ -z "$given" ] || is_role "$given"; then return; fi
	printf ',"unknownRole":%s' "$(json "$given")"
	say "plumpos.role=$given is no role (single, server, half-duplex, adaptive, off): single is used"
}

write_node_config() {
	umask 077
	image=$(tr -d '\n' </run/plumpos/image.json | sed 's/[[:space:]]*}[[:space:]]*$//')
	{
		printf '%s' "${image:-{\"format\":1,\"image\":\"unknown\",\"version\":\"unknown\"}"
		optional join plumpos.join
		optional hostname plumpos.hostname
		unknown_role
		printf ',"addresses":[%s],"noDhcp":%s' "$(address_list)" "$(boolean no_dhcp)"
		printf ',"role":%s,"debug":%s}\n' "$(json "$(role)")" "$(boolean has plumpos.debug)"
	} >/run/plumpos/config.json
	umask 022
}

# A shell for whoever sits in front of this machine exists only where the image was built for it: with a password (then its
# hash is in the configuration, and the screen asks for it), or for debugging, with none.
settle_root_shell() {
	shell=$(sed -n 's/.*"rootShell":"\([^"]*\)".*/\1/p' /run/plumpos/image.json)
	case $shell in
		open) echo '/bin/sh -l' >/run/plumpos/shell ;;
		\$*)
			sed -i "s|^root:[^:]*:|root:$shell:|" /etc/shadow
			echo '/bin/login root' >/run/plumpos/shell
			;;
	esac
}
