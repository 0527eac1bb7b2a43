#!/usr/bin/env bash
# Train on several GPUs of this machine (or CPU processes where there is none):
#   tools/dist_train.sh CONFIG PROCESSES [tools/train.py arguments]
set -euo pipefail
config=$1
processes=$2
shift 2
exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$(dirname "$0")/train.py" "$config" --launcher pytorch "$@"
