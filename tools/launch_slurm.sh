#!/usr/bin/env bash
# Run a tool with one Slurm task a GPU:
#   tools/launch_slurm.sh TOOL PARTITION JOB_NAME [arguments]
# GPUS (8), GPUS_PER_NODE (8 at most), CPUS_PER_TASK (5) and SRUN_ARGS say what to ask Slurm for.
set -euo pipefail
tool=$1
partition=$2
name=$3
shift 3
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
# Two jobs on one node must not share a port.
export MASTER_PORT=${PORT:-$((20000 + RANDOM % 10000))}
# shellcheck disable=SC2086  # several arguments
exec srun --partition="$partition" --job-name="$name" --gres=gpu:"$per_node" \
    --ntasks="$gpus" --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$(dirname "$0")/$tool" "$@" --launcher slurm
