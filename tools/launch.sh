#!/usr/bin/env bash
# Start one process a GPU (or CPU processes where there is none) of a tool, with its arguments:
#   tools/launch.sh TOOL PROCESSES [arguments]
# On one machine they meet at a free port. NNODES, NODE_RANK, MASTER_ADDR and PORT say otherwise.
set -euo pipefail
tool=$1
processes=$2
shift 2
if [ "${NNODES:-1}" = 1 ] && [ -z "${PORT:-}" ]; then
    meeting=(--standalone --local-addr=127.0.0.1)
else
    meeting=(
        --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}"
    )
fi
exec "${PYTHON:-python}" -m torch.distributed.run "${meeting[@]}" \
    --nproc_per_node="$processes" "$(dirname "$0")/$tool" "$@" --launcher pytorch
