#!/bin/sh
# Runs in the root folder of rpm.sh: makes keys, packages named gitlab-runner, and repositories of them, below /srv.
set -eu
cd /srv
export HOME=/root GNUPGHOME=/srv/gnupg
mkdir -m 700 gnupg
# As everywhere but on Debian.
mkdir -p /etc/rpm && echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros

long_ago=$(date --utc --date '10 days ago' +%Y%m%dT%H%M%S)
for name in repository packages another; do
  gpg --batch --quiet --trust-model always --faked-system-time "$long_ago" --passphrase '' \
    --quick-gen-key "$name <$name@example.com>" rsa3072 sign 2d 2> /dev/null
  gpg --armor --export "$name@example.com" > "$name-expired.asc"
  gpg --trust-model always --with-colons --list-keys "$name@example.com" | awk -F: '$1 == "fpr" { print $10; exit }' > "$name.fingerprint"
  gpg --batch --quiet --trust-model always --passphrase '' --quick-set-expire "$(cat "$name.fingerprint")" 1y
  gpg --armor --export "$name@example.com" > "$name.asc"
done

build() {
  rpmbuild -bb -D '_topdir /srv/build' -D '_rpmdir /srv' -D '_rpmfilename packages/%%{NAME}-%%{VERSION}.rpm' \
    -D '__os_install_post %{nil}' --target x86_64 "$1" > build.log 2>&1
}

# What dnf and zypper need to see of a system.
cat > system.spec << 'END'
Name: system
Version: 9
Release: 1
Summary: Stands in for a system
License: MIT
AutoReqProv: no
Provides: glibc, system-release = 9
%description
Stands in for a system.
%files
END
build system.spec

# runner VERSION [IMAGES] [SAID]: since 17.7.1 the package needs one with helper images of the same
# version. The program says another version where one is given.
runner() {
  cat > runner.spec << END
Name: gitlab-runner
Version: $1
Release: 1
Summary: Stands in for gitlab-runner
License: MIT
AutoReqProv: no
${2:+Requires: gitlab-runner-helper-images = $1-1}
%description
Stands in for gitlab-runner.
%install
mkdir -p %{buildroot}/usr/bin
printf '#!/bin/sh\necho Version: ${3-$1}\n' > %{buildroot}/usr/bin/gitlab-runner
chmod 755 %{buildroot}/usr/bin/gitlab-runner
%files
/usr/bin/gitlab-runner
END
  build runner.spec
  [ -z "${2-}" ] || images "$1"
}
images() {
  cat > images.spec << END
Name: gitlab-runner-helper-images
Version: $1
Release: 1
Summary: Stands in for helper images
License: MIT
AutoReqProv: no
%description
Stands in for helper images.
%files
END
  build images.spec
}
runner 17.5.3
runner 18.0.1 images
runner 18.1.0 images

# sign_package KEY FILES...
sign_package() {
  name=$1
  shift
  rpmsign -D '__gpg /usr/bin/gpg' -D "_gpg_name $name@example.com" -D "_gpg_path $GNUPGHOME" --addsign "$@" > /dev/null 2>&1
}

# repository FOLDER KEY-OF-PACKAGES KEY-OF-REPOSITORY: without a key of packages, these are not signed.
repository() {
  for path in el/9 opensuse/15.6; do
    folder=$1/runner/gitlab-runner/$path/x86_64
    mkdir -p "$folder"
    cp packages/gitlab-runner-*.rpm "$folder"
    [ -z "$2" ] || sign_package "$2" "$folder"/*.rpm
    createrepo_c --quiet "$folder"
    gpg --batch --quiet --local-user "$3@example.com" --armor --detach-sign "$folder/repodata/repomd.xml"
  done
  mkdir -p "$1/gpgkey/runner"
  cp repository.asc "$1/gpgkey/gpg.key"
  cp packages.asc "$1/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg"
}
repository good packages repository
runner 18.2.0 images 18.1.9
repository broken-program packages repository
rm packages/gitlab-runner-18.2.0.rpm
repository expired-key packages repository
cp repository-expired.asc expired-key/gpgkey/gpg.key
repository other-repository-key packages another
repository other-package-key another repository
repository unsigned-package '' repository
