#!/usr/bin/env bash
# The gate by the HTTP management API, for where neither the hub nor the command `durable` is at hand.
#
#   DURABLE_URL=https://ops.example.com/shop DURABLE_KEY=… RELEASE=shop-7 gate-http.sh run ./deploy.sh
#   gate-http.sh wait        leaves the fence up when the gate has passed, for another step to deploy behind it
#   gate-http.sh release     takes it down, after that step
#
# Ends with 4 if something was in flight for the whole time, and with 3 if the server could not be asked; nothing was run
# then. `run` otherwise ends as the command did, or with 124 if that took too long.
#
# Times are seconds: GATE_INTERVAL between two looks, GATE_TIMEOUT for all of them, GATE_STABILIZE of quiet before it
# passes, DEPLOY_TIMEOUT for what comes after.
set -euo pipefail
: "${DURABLE_URL:?names the server}" "${RELEASE:?names this deployment, and no other}"
interval=${GATE_INTERVAL:-30}
deploy_timeout=${DEPLOY_TIMEOUT:-600}
# The fence is renewed at each look. It outlives the command, so that nothing begins in between even if that is stopped for
# taking too long.
lease=$((interval * 3 + 60))
hold=$((deploy_timeout + 60))
source "$(dirname "${BASH_SOURCE[0]}")/ask.sh"

say() { echo "$*" >&2; }

# Ends unless the last answer has the expected status.
expect() {
    if [[ $status != "$1" ]]; then
        say "the server answered $status: $answer"
        exit 3
    fi
}

# Looks, behind a fence that is up for so many seconds: what is in flight can only become less.
is_idle() {
    ask POST /durable/fences "{\"id\": \"$RELEASE\", \"reason\": \"the deployment $RELEASE\", \"seconds\": $1}"
    expect 200
    ask GET '/durable/status-check?fail=true'
    if [[ $status == 409 ]]; then
        say "waiting: $answer"
        return 1
    fi
    expect 200
}

pass() {
    local deadline=$((SECONDS + ${GATE_TIMEOUT:-7200})) quiet_since=''
    while true; do
        if ! is_idle "$lease"; then
            quiet_since=''
        else
            quiet_since=${quiet_since:-$SECONDS}
            # The last look is behind the fence that stays.
            if ((SECONDS - quiet_since >= ${GATE_STABILIZE:-10})) && is_idle "$hold"; then
                say "passed: nothing is in flight, and new instances are held back"
                return
            fi
        fi
        if ((SECONDS >= deadline)); then
            say "instances were still in flight after ${GATE_TIMEOUT:-7200} s"
            exit 4
        fi
        sleep "$interval"
    done
}

# Takes the fence down. 404: it has fallen, or was never up.
release() {
    ask DELETE "/durable/fences/$RELEASE"
    [[ $status == 200 || $status == 404 ]]
}

# Takes it down at the end, whatever that is. A signal is obeyed when the command has ended, so that no instance begins
# while it is at work.
release_at_exit() {
    trap 'ended=$?; release || say "the fence $RELEASE falls by itself"; exit "$ended"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

case ${1:-} in
run)
    release_at_exit
    pass
    timeout --kill-after=30 "$deploy_timeout" "${@:2}"
    ;;
wait)
    release_at_exit
    pass
    trap - EXIT
    ;;
release)
    release || exit 3
    ;;
*)
    say "usage: gate-http.sh run COMMAND… | wait | release"
    exit 2
    ;;
esac
