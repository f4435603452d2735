#!/bin/sh
# install against the real dnf, zypper, rpm, and gpg, on a Debian as root: in a root folder that is this system with
# the tools and a package database of its own laid over it, from repositories on loopback with keys of their own.
# Nothing of this system is changed: the layers are in memory, and end with the namespaces of this script.
set -eu
if [ -z "${WORK-}" ]; then
  WORK=$(mktemp -d) && export WORK
  trap 'rm -rf "$WORK"' EXIT
  unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY NODE_EXTRA_CA_CERTS
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh "$0"
  exit
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$WORK/layers/root
port=18987
failed=0

# The folders of this system below, a layer in memory above.
lay_root() {
  mkdir "$WORK/layers" "$WORK/debs"
  mount -t tmpfs layers "$WORK/layers"
  mkdir "$WORK/layers/changes" "$WORK/layers/work" "$root"
  mount -t overlay root -o "lowerdir=/,upperdir=$WORK/layers/changes,workdir=$WORK/layers/work" "$root"
  mount -t proc proc "$root/proc"
  [ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
  [ -e "$root/dev/urandom" ] || mknod -m 666 "$root/dev/urandom" c 1 9
}

# Unpacked only: no script of a package runs, and the package database of this system does not know of them.
add_tools() {
  cd "$WORK/debs"
  names=$(apt-get install --yes --print-uris dnf zypper rpm createrepo-c | sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p")
  # shellcheck disable=SC2086
  [ -z "$names" ] || apt-get download $names > /dev/null 2>&1
  for deb in *.deb; do
    [ ! -e "$deb" ] || dpkg-deb --fsys-tarfile "$deb" | tar --extract --keep-directory-symlink --directory "$root"
  done
  cd "$here"
}

# A fresh system with this os-release file: no packages, no keys, no repositories.
become() {
  rm -rf "$root"/etc/pki/rpm-gpg "$root"/etc/yum.repos.d/* "$root"/etc/zypp/repos.d/* "$root"/usr/bin/gitlab-runner
  rm -rf "$root"/var/lib/rpm "$root"/var/cache/dnf "$root"/var/cache/zypp "$root"/etc/os-release
  mkdir -p "$root/etc/yum.repos.d" "$root/etc/zypp/repos.d"
  printf '%s\n' "$@" > "$root/etc/os-release"
  chroot "$root" sh -c 'mkdir /var/lib/rpm && rpm --force-debian --install /srv/packages/system-*.rpm' > /dev/null 2>&1
}
become_rocky() { become 'ID="rocky"' 'ID_LIKE="rhel centos fedora"' 'VERSION_ID="9.4"'; }
become_leap() { become 'ID="opensuse-leap"' 'ID_LIKE="suse opensuse"' 'VERSION_ID="15.6"'; }

# serve FOLDER: what the mirror has from now on.
serve() {
  [ -z "${server-}" ] || kill "$server"
  python3 -m http.server --bind 127.0.0.1 --directory "$root/srv/$1" "$port" > /dev/null 2>&1 &
  server=$!
  until curl --silent --output /dev/null "http://127.0.0.1:$port/"; do sleep 0.1; done
}

fingerprint() { cat "$root/srv/$1.fingerprint"; }

# says CODE PATTERN WORDS...: runs runner-setup, shows what it prints, and compares.
says() {
  expected=$1 pattern=$2 code=0
  shift 2
  echo "\$ runner-setup $*"
  node "$here/../../bin/runner-setup.js" "$@" --root "$root" > "$WORK/printed" 2>&1 || code=$?
  sed "s|chroot $root ||" "$WORK/printed"
  check "exit code $code, expected is $expected" [ "$code" = "$expected" ]
  check "it says: $pattern" grep -q -i -e "$pattern" "$WORK/printed"
}

check() {
  sentence=$1
  shift
  if "$@"; then echo "ok: $sentence"; else echo "FAILED: $sentence" && failed=1; fi
}
has() { [ "$(chroot "$root" gitlab-runner --version 2> /dev/null)" = "Version: $1" ]; }
has_none() { [ ! -e "$root/usr/bin/gitlab-runner" ]; }

has_images() {
  [ "$(chroot "$root" rpm -q --queryformat '%{VERSION}' gitlab-runner-helper-images | grep -v 'not installed')" = "$1" ]
}
has_no_key() { [ -z "$(chroot "$root" rpm -qa 'gpg-pubkey*')" ]; }
has_no_source() {
  [ -z "$(ls "$root/etc/pki/rpm-gpg" "$root/etc/yum.repos.d" "$root/etc/zypp/repos.d" | grep gitlab)" ]
}

# The same for each package manager.
journey() {
  mirror="--yes --mirror http://127.0.0.1:$port"
  own="--key-fingerprint $(fingerprint repository) --package-key-fingerprint $(fingerprint packages)"
  # shellcheck disable=SC2086
  {
    serve good
    "$1"
    says 1 'The signing key is not the expected one' install $mirror
    says 1 'The signing key is not the expected one' install $mirror --key-fingerprint "$(fingerprint repository)"
    check 'nothing was installed' has_none
    says 0 'gitlab-runner is installed' install $mirror $own --version 17.5.3
    check 'the version asked for is installed' has 17.5.3
    says 0 'Nothing to do' install $mirror $own
    says 0 'These commands would be run' upgrade --dry-run
    says 0 '18.1.0' upgrade --yes
    check 'the newest version is installed' has 18.1.0
    says 0 'Nothing to do' upgrade --yes
    check 'the helper images are those of the version' has_images 18.1.0
    says 0 '18.0.1' upgrade --yes --version 18.0.1
    check 'an older version is installed when it is asked for' has 18.0.1
    check 'the helper images are those of the version' has_images 18.0.1
    says 1 '99.0.0' upgrade --yes --version 99.0.0
    check 'the older version is still installed' has 18.0.1
    serve broken-program
    says 1 'gitlab-runner 18.2.0-1 is installed, but its program is another version' upgrade --yes
    check 'the old version is back' has 18.0.1
    check 'and its helper images' has_images 18.0.1
    serve good
    says 0 'gitlab-runner is uninstalled' uninstall --yes
    check 'the package is gone' has_none
    check 'the helper images are gone' has_images ''
    check 'no file of the repository is left' has_no_source
    check 'rpm has no key of the repository' has_no_key
    says 0 'Nothing to do' uninstall --yes
    says 0 'gitlab-runner is installed' install $mirror $own
    chroot "$root" rpm --force-debian --erase --nodeps gitlab-runner-helper-images 2> /dev/null
    says 0 'gitlab-runner is uninstalled' uninstall --yes
    check 'the package is gone, also without helper images' has_none
    "$1"
    node "$here/../../bin/runner-setup.js" install --print --root "$root" $mirror $own > "$WORK/script"
    check 'the printed script installs the newest' sh -e "$WORK/script" > "$WORK/printed" 2>&1
    cat "$WORK/printed"
    check 'the newest version is installed' has 18.1.0
    # zypper warns of an expired key only.
    if [ "$1" = become_rocky ]; then
      serve expired-key
      "$1"
      says 1 'Bad GPG signature' install $mirror $own
      serve good
      says 0 'gitlab-runner is installed' install $mirror $own
      # As if time had gone by since.
      cp "$root/srv/repository-expired.asc" "$root/etc/pki/rpm-gpg/RPM-GPG-KEY-gitlab-runner-repository"
      rm -r "$root"/var/cache/dnf
      says 1 'upgrade --renew-keys' upgrade --yes
      says 0 'gitlab-runner.repo was changed' upgrade --yes --renew-keys $own
      says 0 'Nothing to do' upgrade --yes
    fi
    for folder in other-repository-key other-package-key unsigned-package; do
      serve $folder
      "$1"
      says 1 'signature verification\|not correct for this package\|not signed' install $mirror $own
      check "nothing was installed: $folder" has_none
    done
  }
}

lay_root
add_tools
cp "$here/rpm-repositories.sh" "$root/srv/"
chroot "$root" sh /srv/rpm-repositories.sh
echo '=== dnf' && journey become_rocky
echo '=== zypper' && journey become_leap
exit $failed
