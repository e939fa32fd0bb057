# Sends a request to the management API: `ask METHOD PATH [BODY]` sets `status` and `answer`. To be sourced.
#
# The status is 000 if the server could not be reached. Uses curl; without it, bash itself, for plain http only.

ask() {
    local whole
    if whole=$(request "$@"); then
        status=${whole##*$'\n'}
        answer=${whole%$'\n'*}
    else
        status=000
        answer="$DURABLE_URL cannot be reached"
    fi
}

# Prints the body of the answer and, on a line of its own, its status.
request() {
    if type -P curl >/dev/null; then
        # The key goes by a file: others may see a command line.
        curl --silent --show-error --max-time 60 --retry 3 --retry-connrefused --write-out '\n%{http_code}' \
            --config <(printf 'header = "x-functions-key: %s"\n' "${DURABLE_KEY:-}") \
            --request "$1" ${3:+--header 'content-type: application/json' --data "$3"} "$DURABLE_URL$2"
    else
        request_by_bash "$1" "$2" "${3:-}"
    fi
}

# HTTP/1.0, so that the answer comes in one piece and ends with the connection.
request_by_bash() {
    local LC_ALL=C place=${DURABLE_URL#http://} line code
    if [[ $place == "$DURABLE_URL" ]]; then
        echo "without curl, only http:// can be asked" >&2
        return 1
    fi
    local host=${place%%/*} port=80
    [[ $host != *:* ]] || port=${host##*:}
    exec {server}<>"/dev/tcp/${host%:*}/$port"
    printf '%s\r\n' "$1 ${place#"$host"}$2 HTTP/1.0" "host: $host" "x-functions-key: ${DURABLE_KEY:-}" \
        'content-type: application/json' "content-length: ${#3}" '' >&"$server"
    printf '%s' "$3" >&"$server"
    read -r _ code _ <&"$server"
    while IFS= read -r line <&"$server" && [[ $line != $'\r' ]]; do :; done
    cat <&"$server"
    printf '\n%s' "$code"
}
