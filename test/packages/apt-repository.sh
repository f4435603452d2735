#!/bin/sh
# publish KEY VERSION...: makes a repository for apt in /srv/mirror that has these versions of gitlab-runner, signed with
# the key of this name. The program in the packages stands in for gitlab-runner: at SIGQUIT it finishes its job, whose
# length in fifths of a second is in /run/job; at SIGTERM it cancels it. The packages stop the service, as GitLab's do.
set -eu
# shellcheck disable=SC1091
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
export GNUPGHOME=/root/keys
repository=/srv/mirror/runner/gitlab-runner/debian
index=$repository/dists/$codename/main/binary-amd64

make_key() {
  mkdir -p -m 700 "$GNUPGHOME" && mkdir -p /srv/mirror/gpgkey
  [ -e "/srv/$1.fingerprint" ] && return
  gpg --batch --quiet --passphrase '' --quick-gen-key "$1 <$1@example.com>" rsa2048 sign 1d 2> /dev/null
  gpg --list-keys --with-colons "$1@example.com" | awk -F: '/^fpr/ { print $10; exit }' > "/srv/$1.fingerprint"
}

program() {
  cat << EOF
#!/bin/bash
version=$1
log() { echo "\$version \$*" >> /run/runner.log; }
[ "\$1" != --version ] || { printf 'Version:      %s\n' "\$version"; exit; }
[ "\$1" = run ] || exit 1
# In the table of processes it is what it stands for.
[ -n "\$renamed" ] || renamed=yes exec -a /usr/bin/gitlab-runner bash "\$0" run
trap 'quits=yes' QUIT
trap '[ ! -e /run/job ] || log canceled its job; exit' TERM
log started
while sleep 0.2; do
  [ -n "\$quits" ] || continue
  [ -e /run/job ] || { log ended; exit; }
  left=\$((\$(cat /run/job) - 1))
  if [ "\$left" -gt 0 ]; then echo "\$left" > /run/job; else rm /run/job; log finished its job; fi
done
EOF
}

# Version 19.0.0 cannot be unpacked; 19.0.1 cannot be configured while /run/broken is there.
script() {
  unit=/etc/systemd/system/gitlab-runner.service
  case "$1" in
    preinst) [ "$2" = 19.0.0 ] && echo 'exit 1' ;;
    prerm) echo "systemctl stop gitlab-runner; [ \"\$1\" = upgrade ] || rm $unit" ;;
    postinst) [ "$2" != 19.0.1 ] || echo '[ ! -e /run/broken ] || exit 1'
      echo "systemctl stop gitlab-runner; touch $unit; systemctl daemon-reload; systemctl start gitlab-runner" ;;
  esac
}

pack() {
  name=$1 version=$2 depends=$3
  deb=pool/${name}_$version-1.deb
  folder=$(mktemp -d) && chmod 755 "$folder"
  mkdir -p "$folder/DEBIAN" "$folder/usr/bin" "$folder/usr/share/$name" "$repository/pool"
  printf '%s\n' "Package: $name" "Version: $version-1" 'Architecture: amd64' 'Maintainer: Nobody <nobody@example.com>' \
    ${depends:+"Depends: $depends"} 'Description: stands in for a package of GitLab' > "$folder/DEBIAN/control"
  if [ "$name" = gitlab-runner ]; then
    program "$version" > "$folder/usr/bin/gitlab-runner"
    chmod 755 "$folder/usr/bin/gitlab-runner"
    for each in preinst prerm postinst; do
      { echo '#!/bin/sh' && script $each "$version" || :; } > "$folder/DEBIAN/$each"
      chmod 755 "$folder/DEBIAN/$each"
    done
  fi
  dpkg-deb --root-owner-group --build "$folder" "$repository/$deb" > /dev/null
  {
    cat "$folder/DEBIAN/control"
    echo "Filename: $deb"
    echo "Size: $(stat -c %s "$repository/$deb")"
    printf 'SHA256: %s\n\n' "$(sha256sum < "$repository/$deb" | cut -d ' ' -f 1)"
  } >> "$index/Packages"
}

sign() {
  {
    printf '%s\n' "Suite: $codename" "Codename: $codename" 'Architectures: amd64' 'Components: main' \
      "Date: $(date -Ru)" 'SHA256:'
    echo " $(sha256sum < "$index/Packages" | cut -d ' ' -f 1) $(stat -c %s "$index/Packages") main/binary-amd64/Packages"
  } > /tmp/release
  gpg --batch --yes --quiet --local-user "$1@example.com" --clearsign --output "$repository/dists/$codename/InRelease" /tmp/release
  gpg --armor --export "$1@example.com" > /srv/mirror/gpgkey/gpg.key
}

key=$1
shift
make_key "$key"
rm -rf "$repository" && mkdir -p "$index"
for version; do
  case "$version" in
    17.5.3) pack gitlab-runner "$version" '' ;;
    *) pack gitlab-runner-helper-images "$version" ''
      pack gitlab-runner "$version" "gitlab-runner-helper-images (= $version-1)" ;;
  esac
done
sign "$key"
