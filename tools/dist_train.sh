#!/usr/bin/env bash
# Train on several GPUs: tools/dist_train.sh CONFIG PROCESSES [tools/train.py arguments]
set -euo pipefail
config=$1
processes=$2
shift 2
exec "$(dirname "$0")/launch.sh" train.py "$processes" "$config" "$@"
