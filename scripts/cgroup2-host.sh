#!/usr/bin/env bash
# Runs a command as root on another kind of host: Debian's kernel in qemu's software emulation, with control groups v2 alone,
# over the files of this machine, which it reads and does not change (what it writes is in its memory, and lost).
#
#   scripts/cgroup2-host.sh "cd $PWD && node_modules/.bin/vitest run --testTimeout=300000 --hookTimeout=600000 src/functions/escape.test.ts"
#
# Needs, of Debian: qemu-system-x86 busybox-static cpio; the kernel is fetched once, by apt. Everything takes ten to
# twenty times as long as outside. Ends with the command's status; its output is on standard output.
set -euo pipefail
command=$1
work=$(cd "$(dirname "$0")/.." && pwd)/.cache/cgroup2-host
mkdir -p "$work"
cd "$work"

if [ ! -e kernel ]; then
  apt-get download "$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2 }')"
  dpkg -x linux-image-*.deb unpacked
  rm linux-image-*.deb
  mv unpacked/boot/vmlinuz-* kernel
fi

rm -rf first
mkdir -p first/bin first/lib
cp "$(command -v busybox)" first/bin/busybox
for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "first/bin/$name"; done
cp -r unpacked/lib/modules first/lib/
busybox depmod -b first "$(ls unpacked/lib/modules)"
printf '%s\n' "$command" > first/command
cat > first/init <<'INIT'
#!/bin/sh
mkdir -p /proc /sys /dev /lower /upper /new
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# crc32c_generic: what nftables needs and does not name. The others: files, and networks of functions.
for module in virtio_pci 9pnet_virtio 9p overlay crc32c_generic nf_tables nft_chain_nat nft_nat nft_masq nft_ct bridge veth tun; do
  modprobe $module
done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose host /lower
mount -t tmpfs upper /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work root /new
for place in proc sys dev; do mount --move /$place /new/$place; done
mkdir -p /new/dev/pts /new/dev/shm
mount -t devpts devpts /new/dev/pts
for place in dev/shm tmp run; do mount -t tmpfs memory /new/$place; done
mount -t cgroup2 cgroup2 /new/sys/fs/cgroup
ip link set lo up
cp /command /new/run/command
cat > /new/run/init <<'RUN'
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
bash /run/command < /dev/null 2>&1 | cat
echo "cgroup2-host: status ${PIPESTATUS[0]}"
echo o > /proc/sysrq-trigger
sleep 60
RUN
# A root of its own: in a chroot the kernel allows nobody a user namespace.
exec switch_root /new /bin/bash /run/init
INIT
chmod +x first/init
(cd first && find . | cpio -o -H newc --quiet | gzip -1) > first.gz

qemu-system-x86_64 -M q35 -cpu max -accel tcg,thread=multi -smp 2 -m 3G -nographic -no-reboot -net none \
  -kernel kernel -initrd first.gz -append 'console=ttyS0 quiet panic=-1 cgroup_no_v1=all' \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap |
  tee console.log
exit "$(sed -n 's/^cgroup2-host: status \([0-9]*\).*/\1/p' console.log | grep . || echo 1)"
