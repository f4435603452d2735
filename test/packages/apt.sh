#!/bin/sh
# install, upgrade, and uninstall against the real apt, dpkg, and gpg, on a Debian as root: in a root folder that is this
# system with changes in memory laid over it, from a repository on loopback with a key of its own. systemctl.sh stands in
# for systemd. Nothing of this system is changed: the layers end with the namespaces of this script.
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
# A free one: several runs do not meet.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mirror=http://127.0.0.1:$port
node=$(node -p process.execPath)
failed=0

# The folders of this system below, a layer in memory above; no repository but our own.
lay_root() {
  mkdir "$WORK/layers"
  mount -t tmpfs layers "$WORK/layers"
  mkdir "$WORK/layers/changes" "$WORK/layers/work" "$root"
  mount -t overlay root -o "lowerdir=/,upperdir=$WORK/layers/changes,workdir=$WORK/layers/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs run "$root/run"
  mkdir -p "$root/dev/pts" && mount -t devpts pts "$root/dev/pts"
  mkdir -p "$root/run/systemd/system" "$root/srv/program"
  mount --bind "$here/../.." "$root/srv/program"
  [ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
  [ -e "$root/dev/urandom" ] || mknod -m 666 "$root/dev/urandom" c 1 9
  rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*
  rm -rf "$root"/etc/apt/keyrings/* "$root"/etc/gitlab-runner
  cp "$here/systemctl.sh" "$root/usr/bin/systemctl"
}

publish() { chroot "$root" sh /srv/program/test/packages/apt-repository.sh "$@"; }
serve() {
  python3 -m http.server --bind 127.0.0.1 --directory "$root/srv/mirror" "$port" > /dev/null 2>&1 &
  until curl --silent --output /dev/null "$mirror/"; do sleep 0.1; done
}

run() { chroot "$root" "$node" /srv/program/bin/runner-setup.js "$@"; }

# says CODE PATTERN WORDS...: runs runner-setup, shows what it prints, and compares.
says() {
  expected=$1 pattern=$2 code=0
  shift 2
  echo "\$ runner-setup $*"
  run "$@" > "$WORK/printed" 2>&1 || code=$?
  cat "$WORK/printed"
  check "exit code $code, expected is $expected" [ "$code" = "$expected" ]
  check "it says: $pattern" grep -q -e "$pattern" "$WORK/printed"
}

check() {
  sentence=$1
  shift
  if "$@"; then echo "ok: $sentence"; else echo "FAILED: $sentence" && failed=1; fi
}
has() { [ "$(chroot "$root" dpkg-query -W -f '${db:Status-Status} ${Version}' gitlab-runner 2> /dev/null)" = "installed $1-1" ]; }
runs() { chroot "$root" systemctl is-active gitlab-runner && [ "$(grep started "$root/run/runner.log" | tail -n 1)" = "$1 started" ]; }
lacks() { [ ! -e "$root/$1" ]; }
logged() { grep -q -e "$1" "$root/run/runner.log"; }
not() { ! "$@"; }
start_job() { echo "$1" > "$root/run/job"; }
# wait_until COMMAND...: for 30 seconds at most.
wait_until() {
  tries=150
  until "$@" || [ $tries = 0 ]; do
    sleep 0.2
    tries=$((tries - 1))
  done
}
wait_for_job() {
  wait_until lacks run/job
  # Until the stand-in for systemd has started it again.
  sleep 1
  wait_until chroot "$root" systemctl is-active gitlab-runner
}

installs() {
  publish own 17.5.3
  serve
  own="--mirror $mirror --key-fingerprint $(cat "$root/srv/own.fingerprint")"
  says 1 'gitlab-runner is not installed' upgrade --yes
  says 1 'The signing key is not the expected one' install --yes --mirror "$mirror"
  check 'nothing was installed' lacks usr/bin/gitlab-runner
  # shellcheck disable=SC2086
  says 0 'gitlab-runner is installed, and its service is running' install --yes $own
  check 'the version of the repository is installed' has 17.5.3
  check 'its service runs' runs 17.5.3
  # shellcheck disable=SC2086
  says 0 'Nothing to do' install --yes $own
  says 0 'Nothing to do' upgrade --yes
}

upgrades() {
  publish own 17.5.3 18.0.1
  start_job 30
  says 1 'still runs jobs after 1 s. Nothing was upgraded' upgrade --yes --drain-timeout 1s
  check 'the old version is installed' has 17.5.3
  check 'the job still runs' [ -e "$root/run/job" ]
  wait_for_job
  check 'the job finished' logged '17.5.3 finished its job'
  check 'the service was started again' runs 17.5.3
  start_job 15
  says 0 'gitlab-runner 18.0.1-1 is installed (before: 17.5.3-1). Its service is running' upgrade --yes
  check 'the job finished before the upgrade' [ "$(grep -c '17.5.3 finished its job' "$root/run/runner.log")" = 2 ]
  check 'the new version is installed' has 18.0.1
  check 'the new version runs' runs 18.0.1
  says 0 'Nothing to do' upgrade --yes
}

refuses() {
  says 1 'The signing key is not the expected one, so nothing was upgraded' upgrade --yes --mirror "http://localhost:$port"
  check 'the repository is the one from before' grep -q "$mirror" "$root/etc/apt/sources.list.d/gitlab-runner.sources"
  publish other 17.5.3 18.0.1 18.1.0
  says 1 'The signature of .* is not valid' upgrade --yes
  check 'a repository with another signature changes nothing' has 18.0.1
  check 'the service still runs' runs 18.0.1
  chroot "$root" env --default-signal=QUIT setsid /usr/bin/gitlab-runner run > /dev/null 2>&1 &
  sleep 1
  says 1 'which is not a service of systemd' upgrade --yes
  check 'it names the process' grep -q "jobs finish: kill -QUIT $!\$" "$WORK/printed"
  check 'that command ends it' kill -QUIT $!
  wait $! || :
}

fails() {
  publish own 17.5.3 18.0.1 19.0.0
  says 1 'gitlab-runner 18.0.1-1 is installed, and its service is running again' upgrade --yes
  check 'the old version runs' runs 18.0.1
  publish own 17.5.3 18.0.1 19.0.1
  : > "$root/run/broken"
  says 1 'gitlab-runner 18.0.1-1 is installed, and its service is running again' upgrade --yes
  check 'the old version runs' runs 18.0.1
  publish own 19.0.1
  says 1 'is not completely installed' upgrade --yes
  check 'it names the command that goes on' grep -q 'dpkg --configure -a' "$WORK/printed"
  rm "$root/run/broken"
  check 'that command finishes the installation' chroot "$root" dpkg --configure -a
  check 'the new version runs' runs 19.0.1
  publish own 18.0.1 19.0.1
  says 0 'gitlab-runner 18.0.1-1 is installed (before: 19.0.1-1)' upgrade --yes --version 18.0.1
  run upgrade --print > "$WORK/script"
  cp "$WORK/script" "$root/srv/script"
  start_job 10
  check 'the printed script upgrades' chroot "$root" sh /srv/script
  check 'the job finished' logged '18.0.1 finished its job'
  check 'the newest version runs' runs 19.0.1
}

uninstalls() {
  mkdir -p "$root/etc/gitlab-runner"
  printf '[[runners]]\n  name = "build"\n  url = "https://gitlab.example.com"\n  token = "glrt-example"\n  executor = "shell"\n' \
    > "$root/etc/gitlab-runner/config.toml"
  start_job 10
  says 0 'Still registered in GitLab: #1 "build"' uninstall --yes
  check 'the job finished' logged '19.0.1 finished its job'
  check 'the program is gone' lacks usr/bin/gitlab-runner
  check 'the service is gone' lacks etc/systemd/system/gitlab-runner.service
  check 'the repository is gone' lacks etc/apt/sources.list.d/gitlab-runner.sources
  check 'the key is gone' lacks etc/apt/keyrings/gitlab-runner.asc
  check 'config.toml is kept' [ -e "$root/etc/gitlab-runner/config.toml" ]
  says 0 'Nothing to do' uninstall --yes
  says 0 'The files were removed' uninstall --yes --remove-config
  check 'config.toml is gone' lacks etc/gitlab-runner
}

lay_root
for part in installs upgrades refuses fails uninstalls; do
  echo "=== $part" && $part
done
check 'no job was canceled' not logged canceled
exit $failed
