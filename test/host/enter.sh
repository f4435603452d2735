#!/bin/sh
# Enters a machine of its own: all folders of this one, but /etc, /run, and the processes. In a new namespace of mounts
# and processes: unshare --map-root-user --mount --pid --fork sh enter.sh ROOT WORDS
set -e
root=$1
shift
path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
for folder in /*; do
  name=${folder#/}
  case $name in
    etc | run | proc | .*) continue ;;
  esac
  if [ -L "$folder" ]; then
    [ -L "$root/$name" ] || ln -s "$(readlink "$folder")" "$root/$name"
  elif [ -d "$folder" ]; then
    mkdir -p "$root/$name"
    mount --rbind "$folder" "$root/$name"
  fi
done
mkdir -p "$root/proc"
mount -t proc proc "$root/proc"
# What apt downloads with has no place on PATH.
[ ! -d /usr/lib/apt ] || mount --bind "$root/host/apt" "$root/usr/lib/apt"
as=
[ "$ENTER_AS" = 0 ] || as="unshare --user --map-user=$ENTER_AS --map-group=$ENTER_AS --keep-caps"
exec $as chroot "$root" /usr/bin/env -C "$HERE" PATH="$path" "$@"
