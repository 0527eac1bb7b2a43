#!/usr/bin/env bash
# Test on several GPUs: tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [tools/test.py arguments]
set -euo pipefail
config=$1
checkpoint=$2
processes=$3
shift 3
exec "$(dirname "$0")/launch.sh" test.py "$processes" "$config" "$checkpoint" "$@"
