#!/usr/bin/env bash
# Train on a Slurm cluster: tools/slurm_train.sh PARTITION JOB_NAME CONFIG [tools/train.py arguments]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS are described in tools/launch_slurm.sh.
set -euo pipefail
exec "$(dirname "$0")/launch_slurm.sh" train.py "$@"
