#!/usr/bin/env bash
# Test on a Slurm cluster: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS are described in tools/launch_slurm.sh.
set -euo pipefail
exec "$(dirname "$0")/launch_slurm.sh" test.py "$@"
