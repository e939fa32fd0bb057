#!/usr/bin/env bash
# Runs a deployment behind the gate: waits until nothing of the release before is in flight, runs the command, and lets new
# instances begin again, whatever became of it.
#
#   DURABLE_HUB=shop.db RELEASE=shop-7 gated.sh ./deploy.sh
#
# Ends with what `durable gate` ended with if it did not pass (4: something was in flight for the whole time); otherwise as
# the command did, or with 124 if that took too long.
#
# Times are seconds: GATE_INTERVAL between two looks, GATE_TIMEOUT for all of them, GATE_STABILIZE of quiet before it
# passes, DEPLOY_TIMEOUT for the command.
set -euo pipefail
: "${DURABLE_HUB:?names the hub}" "${RELEASE:?names this deployment, and no other}"
deploy_timeout=${DEPLOY_TIMEOUT:-600}

release() {
    local ended=$? released=0
    # 1: it is not up, since the gate did not pass. Otherwise it could not be asked.
    durable gate --release "$RELEASE" 2>/dev/null || released=$?
    if ((released > 1)); then
        echo "the fence $RELEASE could not be taken down: it falls by itself" >&2
    fi
    exit "$ended"
}
# Set before the gate: it may pass while this script is being stopped. A signal is obeyed when the command has ended, so
# that no instance begins while it is at work.
trap release EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The fence outlives the command: nothing begins in between even if the command is stopped for taking too long.
durable gate --id "$RELEASE" --reason "the deployment $RELEASE" \
    --interval "${GATE_INTERVAL:-30}s" --timeout "${GATE_TIMEOUT:-7200}s" --stabilize "${GATE_STABILIZE:-10}s" \
    --hold "$((deploy_timeout + 60))s"
timeout --kill-after=30 "$deploy_timeout" "$@"
