#!/usr/bin/env bash
# Test on several GPUs of this machine (or CPU processes where there is none):
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [tools/test.py arguments]
set -euo pipefail
config=$1
checkpoint=$2
processes=$3
shift 3
exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch "$@"
