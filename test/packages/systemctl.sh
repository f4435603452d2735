#!/bin/sh
# Stands in for systemctl where no systemd runs: the one unit that the package of gitlab-runner has, with Restart=always
# after two seconds. GitLab's unit waits for two minutes.
unit=/etc/systemd/system/gitlab-runner.service
state=/run/stand-in
mkdir -p "$state"

pid() {
  found=$(cat "$state/pid" 2> /dev/null)
  if [ -n "$found" ] && kill -0 "$found" 2> /dev/null; then echo "$found"; else echo 0; fi
}
start() {
  [ -e "$unit" ] || { echo 'Unit gitlab-runner.service not found.' >&2; exit 5; }
  [ -e "$state/wanted" ] && return
  date +%s%N > "$state/wanted"
  setsid sh "$0" supervise > /dev/null 2>&1 < /dev/null &
  for _ in 1 2 3 4 5 6 7 8 9; do
    [ "$(pid)" = 0 ] || break
    sleep 0.1
  done
}
stop() {
  rm -f "$state/wanted"
  while [ "$(pid)" != 0 ]; do
    kill -TERM "$(pid)"
    sleep 0.2
  done
}
show() {
  active=inactive
  [ ! -e "$state/wanted" ] || active=activating
  [ "$(pid)" = 0 ] || active=active
  echo "LoadState=$([ -e "$unit" ] && echo loaded || echo not-found)"
  printf 'ActiveState=%s\nMainPID=%s\nRestart=always\nUnitFileState=enabled\n' "$active" "$(pid)"
}

case "$*" in
  supervise)
    start=$(cat "$state/wanted")
    while [ "$(cat "$state/wanted" 2> /dev/null)" = "$start" ]; do
      # A shell makes its background processes ignore it.
      env --default-signal=QUIT /usr/bin/gitlab-runner run &
      echo $! > "$state/pid"
      wait $!
      rm -f "$state/pid"
      sleep 2
    done ;;
  'show --property=MainPID --value gitlab-runner') pid ;;
  show*) show ;;
  'kill --kill-who=main --signal=SIGQUIT gitlab-runner') kill -QUIT "$(pid)" ;;
  start*) start ;;
  stop*) stop ;;
  'enable --now'*) start ;;
  enable* | disable* | daemon-reload) ;;
  is-active*) [ "$(pid)" != 0 ] ;;
  *) echo "no stand-in for: systemctl $*" >&2; exit 1 ;;
esac
